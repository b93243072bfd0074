"""The mean of a run's last variables: by hand, and where there is none."""

from __future__ import annotations

import pytest
import tensorflow as tf

from attrvis.errors import BadValue
from attrvis.optimise import climb, compile_step
from attrvis.optimisers import Momentum


def test_the_mean_of_the_last_steps():
    step = compile_step(lambda v, data, t: (v["x"], {}), Momentum(momentum=0.0))
    start = {"x": tf.constant([0.0])}
    given = {"steps": 5, "rate": lambda t: 1.0, "optimizer": Momentum(momentum=0.0)}
    run = climb(step, start, None, averaged=3, **given)
    # A gradient of 1 at a rate of 1: 1, 2, 3, 4, 5.
    assert float(run.variables["x"][0]) == 5 and float(run.mean["x"][0]) == pytest.approx(4)
    assert float(climb(step, start, None, **given).mean["x"][0]) == 5


def test_a_run_that_ended_early_has_no_mean():
    step = compile_step(lambda v, data, t: (v["x"], {}), Momentum(momentum=0.0))
    run = climb(
        step, {"x": tf.constant([0.0])}, None, steps=5, rate=lambda t: 1.0, averaged=4,
        optimizer=Momentum(momentum=0.0), watch=lambda t, terms, held: t == 2,
    )  # fmt: skip
    assert run.status == "converged" and float(run.mean["x"][0]) == 3
    with pytest.raises(BadValue, match="averaged share"):
        Momentum(averaged=1.5)


@pytest.mark.parametrize(("first", "averaged", "wanted"), [(7, 3, 4), (2, 1, 5), (2, 5, 3)])
def test_the_mean_of_a_run_that_is_gone_on_with(first, averaged, wanted):
    """Steps are counted from where the run goes on: the last ones are the same."""
    step = compile_step(lambda v, data, t: (v["x"], {}), Momentum(momentum=0.0))
    run = climb(
        step, {"x": tf.constant([0.0])}, None, steps=5, rate=lambda t: 1.0, first=first,
        averaged=averaged, optimizer=Momentum(momentum=0.0),
    )  # fmt: skip
    assert float(run.mean["x"][0]) == pytest.approx(wanted)


def test_what_is_averaged_needs_no_trace_of_its_own():
    assert Momentum(averaged=0.5).law == Momentum().law
