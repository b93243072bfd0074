"""Many pictures in one call: grouped by structure, batched, and given back in order."""

from __future__ import annotations

import numpy as np
import pytest

import attrvis
from attrvis.errors import BadValue
from attrvis.objectives import channel, logit, neuron, weighted
from attrvis.rendering.batches import batches, picked, pictures_of, stacked
from tests import toys


def test_strings_objectives_and_lists_are_drawn_in_their_order(plain_net):
    given = ["deep:1", channel("conv", 2), "logit:cat", channel("deep", [3, 0]), "deep:1@2,1"]
    made = attrvis.render(plain_net, given, steps=5, seed=10)
    assert len(made) == 6
    assert made.settings["objectives"][0] != made.settings["objectives"][1]
    alone = [
        attrvis.render(plain_net, one, steps=5, seed=10 + i).images[0]
        for i, one in enumerate(["deep:1", "conv:2", "logit:cat", "deep:3", "deep:0", "deep:1@2,1"])
    ]
    np.testing.assert_allclose(made.images, np.stack(alone), atol=1e-4)


def test_the_history_of_a_picture_without_a_term_is_not_a_number(plain_net):
    made = attrvis.render(plain_net, ["deep:1", "deep:2 - 0.5*conv:1"], steps=4)
    assert np.isfinite(made.history["objective"]).all()
    assert np.isfinite(made.history["deep:2"][:, 1]).all()
    assert np.isnan(made.history["deep:2"][:, 0]).all()
    assert made.values.shape == (2,)


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_the_batch_size_changes_nothing_that_counts(plain_net, size):
    units = [f"deep:{i}" for i in range(5)]
    whole = attrvis.render(plain_net, units, steps=4, seed=3)
    parts = attrvis.render(plain_net, units, steps=4, seed=3, batch_size=size)
    np.testing.assert_allclose(whole.images, parts.images, atol=1e-4)
    assert whole.history["objective"].shape == parts.history["objective"].shape == (4, 5)


def test_a_thousand_units_share_one_trace(plain_net):
    net = attrvis.load(plain_net.lowered.graph_def, preprocess="unit", logits="scores") \
        if not plain_net.lowered.captures else plain_net  # fmt: skip

    def traces():
        steps = [v for k, v in net._remembered.items() if k[0] == "render"]
        return sum(step.experimental_get_tracing_count() for step in steps)

    attrvis.render(net, ["deep:0", "deep:1"], steps=2)
    before = traces()
    for i in range(5):
        attrvis.render(net, [f"deep:{i}", f"deep:{(i + 1) % 5}"], steps=2)
    assert traces() == before


def test_numbers_are_stacked_and_picked():
    rows = stacked([channel("a", 1), channel("a", [2, 3])], [1, 2])
    assert rows.parameters[0].tolist() == [1, 2, 3] and pictures_of(rows) == 3
    assert picked(rows, np.array([2, 0])).parameters[0].tolist() == [3, 1]
    sums = stacked([2 * channel("a", 1) - logit(3), 5 * channel("a", 4) - logit(3)], [1, 1])
    readings = {"a": np.arange(12, dtype=np.float32).reshape(2, 1, 6) ** 2}
    readings["logits"] = np.tile(np.arange(5, dtype=np.float32), (2, 1))
    assert sums(readings).numpy().tolist() == [2 * 1 - 3, 5 * 10**2 - 3]


def test_what_is_the_same_for_all_stays_one_number():
    weights = toys.noise(4, 4, 3)
    whole = stacked([weighted("a", weights), weighted("a", weights)], [1, 1])
    assert whole.parameters[0].shape == (4, 4, 3)
    other = stacked([weighted("a", weights), weighted("a", weights[::-1])], [1, 1])
    assert other.parameters[0].shape == (2, 4, 4, 3)


def test_each_structure_has_its_own_batches():
    given = [channel("a", i) for i in range(5)] + [neuron("a", 1), channel("b", 0)]
    made = batches(given, None, 2)
    assert [part.index for part in made] == [(0, 1), (2, 3), (4,), (5,), (6,)]


@pytest.mark.parametrize("count", [0, -1, 2])
def test_counts_that_do_not_fit(count):
    with pytest.raises(BadValue, match="pictures"):
        batches([channel("a", [1, 2, 3])], count, 16)
    with pytest.raises(BadValue, match="at least one objective"):
        batches([], None, 16)


def test_sixteen_together_are_sixteen_alone(plain_net):
    units = [f"deep:{i % 5}" for i in range(16)]
    together = attrvis.render(plain_net, units, steps=8, seed=100)
    for i in (0, 7, 15):
        alone = attrvis.render(plain_net, units[i], steps=8, seed=100 + i)
        np.testing.assert_allclose(together.images[i], alone.images[0], atol=1e-4)


def test_the_same_seed_gives_the_same_bits(plain_net):
    first, second = (attrvis.render(plain_net, ["deep:1", "conv:2"], steps=6) for _ in range(2))
    assert first.images.tobytes() == second.images.tobytes()


def test_pictures_that_look_at_each_other_are_never_drawn_apart(plain_net):
    from attrvis.objectives import diversity

    objective = channel("deep", [1, 1, 1]) - 5.0 * diversity("conv")
    assert objective.coupled and not channel("deep", 1).coupled
    whole = attrvis.render(plain_net, objective, steps=5)
    asked = attrvis.render(plain_net, objective, steps=5, batch_size=1)
    assert np.array_equal(whole.images, asked.images)
    with pytest.raises(BadValue, match="other images of a batch"):
        attrvis.attribute(plain_net, toys.noise(2, 16, 12, 3), target=objective)
