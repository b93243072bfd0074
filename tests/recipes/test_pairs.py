"""Mixtures of two units, and ways between them."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from attrvis.errors import BadValue, UnknownName
from attrvis.recipes import interaction, interpolation
from attrvis.rendering import render
from tests import toys

LEFT = (np.arange(16) < 8).astype(np.float32)[None]
PLAIN = {"transforms": "identity", "size": 16}


@pytest.fixture(scope="module")
def net():
    """Give the light on the left, and ten times that on the right."""

    def build(x):
        light = tf.reduce_mean(x, -1)
        return tf.reduce_mean(
            tf.stack([light * LEFT, 10 * light * (1 - LEFT)], -1, name="maps"), [1, 2]
        )

    return toys.network(build, 16, 16)


@pytest.mark.parametrize("aligned", [True, False])
def test_every_cell_is_its_mixture(net, aligned):
    plate = interaction(net, "maps:0", "maps:1", cells=3, steps=150, aligned=aligned, **PLAIN)
    across, upwards = plate.values["weights"]
    assert across.tolist() == [[-1, 0, 1]] * 3
    assert upwards[:, 0].tolist() == [1, 0, -1]
    light = plate.values["rgba"][..., :3].mean((1, 3)).reshape(3, 3, 2, 8).mean(-1)
    for weights, half in ((across, light[..., 0]), (upwards, light[..., 1])):
        assert half[weights > 0].min() > half[weights < 0].max() + 0.1
    np.testing.assert_allclose(
        plate.values["reached"][1],
        5 * light[..., 1] / plate.facts["reach_alone"][1],
        rtol=1e-3,
    )
    assert sorted(plate.parts)[:2] == ["0-0", "0-1"] and len(plate.parts) == 9
    assert np.array_equal(plate.parts["0-2"], plate.values["rgba"][2])


@pytest.mark.parametrize("recipe", [interaction, interpolation])
def test_units_of_any_size_mix_evenly(net, recipe, monkeypatch):
    wanted = []

    def listening(net, objective, **drawing):
        wanted.append(objective)
        return render(net, objective, **drawing)

    monkeypatch.setattr("attrvis.recipes.pairs.render", listening)
    count = {"cells": 2} if recipe is interaction else {"count": 4, "strength": 0.0}
    plate = recipe(net, "maps:0", "maps:1", steps=2, **count, **PLAIN)
    small, large = plate.facts["reach_alone"]
    assert large == pytest.approx(10 * small, rel=0.1)
    weights = [[-1, 1, -1, 1], [1, 1, -1, -1]]
    if recipe is interpolation:
        weights = [[1, 2 / 3, 1 / 3, 0], [0, 1 / 3, 2 / 3, 1]]
    readings = {"maps": np.tile(np.float32([3.0, 5.0]), (4, 2, 2, 1))}
    readings["image"] = np.zeros((4, 2, 2, 3), np.float32)
    expected = np.array(weights[0]) * 3 / small + np.array(weights[1]) * 5 / large
    np.testing.assert_allclose(wanted[0](readings), expected, rtol=1e-3, atol=1e-3)


def test_only_positive_mixtures(net):
    plate = interaction(net, "maps:0", "maps:1", cells=2, low=0.0, steps=2, **PLAIN)
    assert plate.values["weights"].min() == 0


@pytest.fixture(scope="module")
def ways(net):
    drawing = {"count": 4, "steps": 120, "seed": 3, **PLAIN}
    return [
        interpolation(net, "maps:0 - 0.1*maps:1", "0.1*maps:1 - maps:0", aligned=aligned, **drawing)
        for aligned in (True, False)
    ]


def test_a_way_starts_at_one_unit_and_ends_at_the_other(ways):
    for plate in ways:
        first, second = plate.values["reached"]
        assert first[0] > first[-1] + 0.1 and second[-1] > second[0] + 0.1
        assert set(plate.parts) == {f"between-{i}" for i in range(4)}


def test_aligned_pictures_change_less_from_one_to_the_next(ways):
    together, apart = (plate.facts["mean_step"] for plate in ways)
    assert together < 0.7 * apart
    rgb = ways[0].values["rgba"][..., :3]
    steps = np.sqrt(np.square(rgb[1:] - rgb[:-1]).mean((1, 2, 3)))
    np.testing.assert_allclose(ways[0].values["steps"], steps, rtol=1e-5)


def test_a_stronger_wish_to_agree_is_heard(net):
    drawing = {"count": 3, "steps": 40, **PLAIN}
    weak, strong = (
        interpolation(net, "maps:0", "maps:1", strength=s, **drawing) for s in (0.0, 200.0)
    )
    assert strong.facts["mean_step"] < 0.6 * weak.facts["mean_step"]


def test_wrong_numbers_and_names(net):
    for words, more in (
        ("2 cells", {"cells": 1}),
        ("below 1", {"low": 1.0}),
        ("low= of interaction", {"low": float("nan")}),
        ("image=", {"image": "pixels", "steps": 1}),
    ):
        with pytest.raises(BadValue, match=words):
            interaction(net, "maps:0", "maps:1", **more)
    for words, more in (("2 pictures", {"count": 1}), ("strength", {"strength": -1.0})):
        with pytest.raises(BadValue, match=words):
            interpolation(net, "maps:0", "maps:1", **more)
    with pytest.raises(UnknownName):
        interpolation(net, "maps:0", "mopz:1")
