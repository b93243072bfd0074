"""Atlases of several layers: the same places in each of them, and one layout."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis.errors import BadValue, ModelError, UnknownName
from attrvis.recipes import atlas
from attrvis.recipes.collecting import aligned
from tests.toys import network, noise


@pytest.fixture(scope="module")
def toy():
    """A layer as fine as the picture, and one of a quarter and a third of its sides."""

    def build(x):
        fine = tf.identity(2.0 * x, name="fine")
        coarse = tf.identity(tf.nn.avg_pool2d(fine, (4, 3), (4, 3), "VALID"), name="coarse")
        tf.reduce_mean(coarse, [1, 2], name="scores")

    return network(build, 24, 18)


def test_each_layer_is_seen_at_the_same_places(toy):
    photos = noise(5, 24, 18, 3)
    fine, coarse = aligned(toy, ["fine", "coarse"], photos, per_photo=4, seed=2)
    number, row, column = coarse.places.T
    assert (fine.places == np.stack([number, 4 * row + 2, 3 * column + 1], 1)).all()
    np.testing.assert_allclose(
        fine.activations, 2 * photos[number, 4 * row + 2, 3 * column + 1], rtol=1e-5
    )
    blocks = 2 * photos.reshape(5, 6, 4, 6, 3, 3).mean(axis=(2, 4))
    np.testing.assert_allclose(coarse.activations, blocks[number, row, column], rtol=1e-5)
    assert len({tuple(place) for place in coarse.places.tolist()}) == 20
    swapped = aligned(toy, ["coarse", "fine"], photos, per_photo=4, seed=2)
    assert np.array_equal(swapped[0].places, coarse.places)


def test_a_cell_is_the_mean_of_the_same_samples_in_every_layer(tmp_path):
    net = attrvis.load("embedded")
    look = {"grid": 2, "layout": "pca", "per_photo": 3, "least": 2, "steps": 2, "icon": 32}
    plate = atlas(net, noise(10, 64, 64, 3), ["mixed3a", "mixed4a"], classes=True, **look)
    values, layers = plate.values, plate.facts["layers"]
    assert [one["layer"] for one in layers] == ["mixed3a", "mixed4a"]
    assert plate.facts["samples"] == 30 and values["counts"].sum() == 30
    assert plate.picture.shape == (2 * 32 + 24, 2 * 64 + 16, 3)
    samples = aligned(net, ["mixed3a", "mixed4a"], noise(10, 64, 64, 3), per_photo=3)
    for number, own in enumerate(samples):
        assert np.array_equal(values[f"samples-{number}"], own.places)
        inside = (values["cells"] == values[f"places-{number}"][0]).all(axis=1)
        mean = own.activations[inside].mean(axis=0)
        np.testing.assert_allclose(values[f"directions-{number}"][0], mean, atol=1e-4)
        assert all(cell["class"] for cell in layers[number]["cells"])
    row, column = values["places-0"][0]
    shown = plate.picture[24 + 32 * row :, 32 * column :]
    part = plate.parts[f"mixed3a-{row:02d}-{column:02d}"]
    np.testing.assert_array_equal(shown[:4, :32], part[:4])  # the caption covers what is below
    plate.save(tmp_path / "made")
    alone = atlas(net, noise(10, 64, 64, 3), ["mixed3a"], **look)
    assert alone.facts["layer"] == "mixed3a"


def test_what_cannot_be_compared(toy):
    photos = noise(6, 24, 18, 3)
    for wrong in ([], ["fine", "fine"]):
        with pytest.raises(BadValue, match="each named once"):
            atlas(toy, photos, wrong)
    with pytest.raises(ModelError, match="'logits' has no positions"):
        atlas(toy, photos, ["fine", "logits"])
    with pytest.raises(UnknownName, match="fine"):
        atlas(toy, photos, ["fine", "fines"])
    with pytest.raises(BadValue, match="1 position"):
        atlas(toy, photos, ["fine", "coarse"], per_photo=0)
    with pytest.raises(BadValue, match="no photo"):
        atlas(toy, [], ["fine", "coarse"])
