"""The picture of a run is that of its variables' mean over the last steps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import attrvis
from attrvis.optimisers import Adam, Momentum
from attrvis.transforms import compose

MORE = {"steps": 8, "transforms": compose(), "seed": 3}


def variables(plain_net, optimizer, stop):
    """Give the variables after so many steps of a run."""
    made = attrvis.render(plain_net, "deep:1", optimizer=replace(optimizer, averaged=0.0),
                          callbacks=[lambda moment: moment.step == stop], **MORE)  # fmt: skip
    return made, {n: v for n, v in made.state.items() if n.startswith("variable-")}


@pytest.mark.parametrize("optimizer", [Adam(rate=0.1), Momentum(rate=20.0)])
@pytest.mark.parametrize(("share", "steps"), [(0.5, (5, 6, 7, 8)), (0.4, (6, 7, 8)), (0.1, (8,))])
def test_it_is_the_mean_of_its_share_of_the_steps(plain_net, optimizer, share, steps):
    each = [variables(plain_net, optimizer, step) for step in steps]
    mean = {n: np.mean([held[n] for _, held in each], axis=0) for n in each[0][1]}
    last = each[-1][0]
    wanted = replace(last, state={**last.state, **mean}).at((16, 12))
    made = attrvis.render(plain_net, "deep:1", optimizer=replace(optimizer, averaged=share), **MORE)
    np.testing.assert_allclose(made.images, wanted.images, atol=1e-5)


def test_a_run_that_is_gone_on_with_late_averages_what_is_left(plain_net):
    optimizer = Adam(rate=0.1, averaged=0.5)
    (_, seventh), (last, eighth) = (variables(plain_net, optimizer, step) for step in (7, 8))
    mean = {n: (seventh[n] + eighth[n]) / 2 for n in seventh}
    wanted = replace(last, state={**last.state, **mean}).at((16, 12))
    half = attrvis.render(plain_net, "deep:1", optimizer=optimizer,
                          callbacks=[lambda moment: moment.step == 6], **MORE)  # fmt: skip
    rest = attrvis.render(plain_net, "deep:1", optimizer=optimizer, start=half, **MORE)
    np.testing.assert_allclose(rest.images, wanted.images, atol=1e-5)
