"""Caricatures, of what a layer sees and of what speaks for a class."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis import images
from attrvis.errors import BadValue, ImageError, ModelError, UnknownName
from attrvis.recipes import attribution_caricature, caricature
from attrvis.recipes.likeness import cosine
from attrvis.recipes.subject import activations, fitted_photo
from tests.toys import network, noise

PHOTO = images.bundled("chelsea")


@pytest.fixture(scope="module")
def net():
    return attrvis.load("embedded")


def test_a_caricature_comes_nearer_to_the_photo_and_says_how_near(net):
    layers, powers = ["mixed3a", "mixed4a"], [0.0, 2.0]
    plate = caricature(net, PHOTO, layers, power=powers, steps=40)
    rows = plate.facts["pictures"]
    assert [(r["layer"], r["name"]) for r in rows] == [
        (layer, f"power {power:g}") for layer in layers for power in powers
    ]
    photo = fitted_photo(net, PHOTO)
    seen = activations(net, photo, layers)
    grey = activations(net, np.full((64, 64, 3), 0.5), layers)
    own = activations(net, plate.values["rgba"][..., :3], layers)
    for i, row in enumerate(rows):
        name = row["layer"]
        assert row["cosine"] == pytest.approx(cosine(own[name][i : i + 1], seen[name]), abs=1e-3)
        assert row["cosine"] > cosine(grey[name], seen[name]) + 0.1
    # The power is what keeps it close.
    assert rows[1]["cosine"] > rows[0]["cosine"] and rows[3]["cosine"] > rows[2]["cosine"]
    assert set(plate.parts) == {"photo", *(f"{x}-power_{p}" for x in layers for p in (0, 2))}


def test_it_exaggerates(net):
    plate = caricature(net, PHOTO, "mixed4a", power=0, steps=80)
    seen = activations(net, fitted_photo(net, PHOTO), ["mixed4a"])["mixed4a"]
    own = activations(net, plate.values["rgba"][..., :3], ["mixed4a"])["mixed4a"]
    assert (own * seen).sum() > 1.1 * (seen**2).sum()


def test_another_size_and_the_same_seed(net):
    made = [caricature(net, PHOTO, "conv2", steps=3, size=(48, 80), seed=4) for _ in range(2)]
    assert made[0].values["photo"].shape == (48, 80, 3)
    assert np.array_equal(made[0].values["rgba"], made[1].values["rgba"])


def test_what_cannot_be_drawn(net):
    with pytest.raises(UnknownName, match="mixed3a"):
        caricature(net, PHOTO, "mixd3a")
    with pytest.raises(BadValue, match="power"):
        caricature(net, PHOTO, "mixed3a", power=-1)
    for powers in ([], [1, 1]):
        with pytest.raises(BadValue, match="power"):
            caricature(net, PHOTO, "mixed3a", power=powers)
    with pytest.raises(BadValue, match="layer"):
        caricature(net, PHOTO, [])
    with pytest.raises(ImageError, match=r"none\.png"):
        caricature(net, "none.png", "mixed3a")


WEIGHTS = np.array([[1.0, -1.0], [0.0, 0.0], [-1.0, 1.0]], np.float32)


def by_colour(images):
    """Score red against blue, and the other way round."""
    maps = tf.nn.relu(images, name="maps")
    tf.nn.relu(tf.constant([[0.0, 0.0]]) + tf.reduce_sum(maps, [1, 2])[:, :2], name="beside")
    tf.matmul(tf.reduce_mean(maps, [1, 2]), tf.constant(WEIGHTS), name="scores")


@pytest.fixture(scope="module")
def toy():
    return network(by_colour, 16, 16, logits="scores", labels=["red thing, x", "blue thing"])


def photo(red_left=0.8, blue_right=0.8):
    made = np.full((16, 16, 3), 0.2, np.float32)
    made[:, :8, 0], made[:, 8:, 2] = red_left, blue_right
    return made


@pytest.mark.parametrize(("target", "colour", "half"), [(0, 0, "left"), ("blue thing", 2, "right")])
def test_only_what_speaks_for_the_class_is_drawn_and_only_where(toy, target, colour, half):
    plate = attribution_caricature(
        toy, photo(), "maps", target=target, steps=150, fit="stretch", transforms="identity"
    )
    drawn = plate.values["rgba"][0, ..., :3]
    mine, other = (drawn[:, :8], drawn[:, 8:]) if half == "left" else (drawn[:, 8:], drawn[:, :8])
    rest = [c for c in range(3) if c != colour]
    assert mine[..., colour].mean() > 0.75
    assert mine[..., colour].mean() > other[..., colour].mean() + 0.2
    assert mine[..., rest].mean() < 0.7
    assert plate.facts["label"] == ("red thing, x" if colour == 0 else "blue thing")
    assert plate.facts["pictures"][0]["cosine"] > 0.6


def test_a_position_that_on_the_whole_speaks_against_is_left_out(toy):
    torn = photo()
    torn[:, 8:, 0], torn[:, 8:, 2] = 0.8, 0.9  # as red as the left half, and more blue than red
    plate = attribution_caricature(
        toy, torn, "maps", target=0, steps=80, power=0, fit="stretch", transforms="identity"
    )
    red = plate.values["rgba"][0, ..., 0]
    assert red[:, :8].mean() > red[:, 8:].mean() + 0.1


def test_against_is_the_other_class_of_two(toy):
    settings = {"steps": 20, "fit": "stretch", "transforms": "identity"}
    against = attribution_caricature(toy, photo(), "maps", target=0, against=True, **settings)
    for_other = attribution_caricature(toy, photo(), "maps", target=1, **settings)
    np.testing.assert_allclose(against.values["rgba"], for_other.values["rgba"], atol=1e-3)


def test_the_default_is_the_top_class_and_the_map_grows_with_the_picture(toy):
    plate = attribution_caricature(toy, photo(blue_right=0.9), "maps", steps=2, size=24)
    assert plate.facts["label"] == "blue thing"
    assert plate.values["rgba"].shape == (1, 24, 24, 4)


def test_a_method_of_ones_own_is_asked(toy):
    asked = []

    def method(net, images, **given):
        from attrvis.recipes.subject import from_silence

        asked.append(given["layer"])
        return from_silence()(net, images, **given)

    attribution_caricature(toy, photo(), "maps", method=method, steps=1)
    assert asked == ["maps"]


def test_nothing_that_speaks_for_it(toy):
    only_red = photo(blue_right=0.0)
    only_red[..., 2] = 0
    with pytest.raises(BadValue, match="speaks for"):
        attribution_caricature(toy, only_red, "maps", target=1, steps=1)
    with pytest.raises(ModelError, match="beside"):
        attribution_caricature(toy, photo(), "beside", target=1, steps=1)
    with pytest.raises(UnknownName, match="red thing"):
        attribution_caricature(toy, noise(16, 16, 3), "maps", target="read thing", steps=1)
