"""Facets of a unit."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis.errors import BadValue, UnknownName
from attrvis.objectives import mask_sparsity
from attrvis.recipes import facets
from attrvis.recipes.diverse import style_cosines


@pytest.fixture(scope="module")
def net():
    return attrvis.load("embedded")


@pytest.fixture(scope="module")
def made(net):
    drawing = {"count": 3, "steps": 40, "size": 32}
    return [facets(net, "mixed3b:5", strength=s, **drawing) for s in (0.0, 2.0)]


def test_they_differ_more_than_without_the_wish(made):
    plain, diverse = (plate.facts["mean_likeness"][0] for plate in made)
    assert diverse < plain - 0.15
    assert min(made[1].facts["reached"]) > 0.2 * max(made[0].facts["reached"])


def test_the_numbers_are_of_the_pictures(net, made):
    plate = made[1]
    rgba = plate.values["rgba"]
    maps = net.trunk(["mixed3b"], (32, 32))(rgba[..., :3])["mixed3b"].numpy()
    np.testing.assert_allclose(plate.values["reached"], maps[..., 5].mean((1, 2)), rtol=1e-3)
    flat = maps.reshape(3, -1, maps.shape[-1])
    grams = np.einsum("bpc,bpd->bcd", flat, flat).reshape(3, -1)
    grams /= np.linalg.norm(grams, axis=1, keepdims=True)
    np.testing.assert_allclose(plate.values["likeness"], grams @ grams.T, atol=1e-3)
    assert np.array_equal(plate.parts["facet-2"], rgba[2])


def test_pictures_that_excite_nothing_are_like_nothing():

    class Silent:
        exact = property(lambda self: self)

        def trunk(self, read, size):
            return lambda images: {read[0]: images * tf.constant([1.0, 0.0, 0.0])}

    pictures = np.zeros((2, 4, 4, 3), np.float32)
    pictures[0] = 0.5
    assert style_cosines(Silent(), "x", pictures).tolist() == [[1, 0], [0, 0]]


def test_negatives_are_drawn_too_and_silence_the_unit(net):
    plate = facets(net, "mixed3b:5", count=2, steps=12, size=32, negative=True)
    assert set(plate.parts) == {"facet-0", "facet-1", "minus-facet-0", "minus-facet-1"}
    assert plate.values["minus_reached"].max() < plate.values["reached"].min()
    assert plate.values["minus_likeness"].shape == (2, 2)
    assert len(plate.facts["mean_likeness"]) == 2


def test_another_layer_compares(net):
    plate = facets(net, "mixed3a:5", layer="conv2", count=2, steps=2, size=32)
    assert plate.facts["compared_at"] == "conv2" and plate.facts["unit"] == "mixed3a:5"


def test_wrong_numbers_and_names(net):
    with pytest.raises(BadValue, match="at least 2"):
        facets(net, "mixed3b:5", count=1)
    for strength in (-1.0, float("nan")):
        with pytest.raises(BadValue, match="strength"):
            facets(net, "mixed3b:5", strength=strength)
    with pytest.raises(UnknownName, match="mixed3b"):
        facets(net, "mixed3b:5", layer="mixed3bb")
    with pytest.raises(BadValue, match="layer="):
        facets(net, mask_sparsity())
