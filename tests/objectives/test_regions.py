"""Scores of every position: segmentation, and outputs by name."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis.errors import BadValue
from attrvis.objectives import logit

MAPS = np.random.default_rng(0).normal(size=(2, 4, 5, 3)).astype(np.float32)


def test_a_region_is_a_position_a_map_or_everything():
    read = {"logits": tf.constant(MAPS)}
    assert logit(1, region=(2, 3))(read).numpy() == pytest.approx(MAPS[:, 2, 3, 1])
    assert logit(1)(read).numpy() == pytest.approx(MAPS[..., 1].mean(axis=(1, 2)), abs=1e-6)
    mask = np.zeros((4, 5))
    mask[1:3, 2:4] = 2.0
    expected = MAPS[:, 1:3, 2:4, 1].mean(axis=(1, 2))
    assert logit(1, region=mask)(read).numpy() == pytest.approx(expected, abs=1e-6)


def test_scores_are_taken_of_the_pooled_logits():
    read = {"logits": tf.constant(MAPS)}
    pooled = MAPS[:, 2, 3]
    expected = np.exp(pooled[:, 0]) / np.exp(pooled).sum(axis=1)
    assert logit(0, "prob", region=(2, 3))(read).numpy() == pytest.approx(expected, rel=1e-5)


def test_descriptions_and_structures_tell_them_apart():
    mask = np.ones((4, 5))
    made = [logit(1), logit(1, region=(2, 3)), logit(1, region=mask), logit(1, output="boxes")]
    said = ["logit:1", "logit:1@2,3", "logit:1 in a region", "logit:1 of boxes"]
    assert [str(q) for q in made] == said
    assert len({q.structure for q in made}) == 4
    assert made[3].layers == ("boxes",)
    assert logit(1, region=mask).structure == logit(2, region=mask * np.eye(4, 5)).structure


@pytest.mark.parametrize(
    "region", [(4, 0), (1,), (0, -1), np.ones((5, 4)), np.ones(4), np.ones((2, 4, 5))]
)
def test_regions_that_do_not_fit(region):
    with pytest.raises(BadValue):
        logit(1, region=region)({"logits": tf.constant(MAPS)})


@pytest.mark.parametrize("region", [np.zeros((4, 5)), -np.ones((4, 5)), np.full((4, 5), np.nan)])
def test_regions_without_weight(region):
    with pytest.raises(BadValue, match="weights"):
        logit(1, region=region)


def segmenter():
    import keras

    layers = keras.layers
    images = keras.Input((8, 8, 3))
    value = layers.Conv2D(6, 3, padding="same", activation="relu", name="body")(images)
    return keras.Model(images, layers.Conv2D(4, 1, activation="softmax", name="classes")(value))


def test_a_segmentation_network_is_explained_at_a_region():
    model = segmenter()
    net = attrvis.load(model, preprocess="unit", labels=["sky", "cat", "dog", "lawn"])
    photos = np.random.default_rng(1).random((2, 8, 8, 3)).astype(np.float32)
    assert net.classes == 4
    given = tf.nn.softmax(net.run(photos)["logits"])
    assert np.abs(given - model(photos)).max() < 1e-6
    assert [p[0].label in net.labels for p in net.predict(photos)] == [True, True]
    found = attrvis.attribute(
        net, list(photos), target=logit("cat", region=(2, 5)), layer="body", baseline="zero"
    )
    assert found.relative_gap.max() < 1e-3
    # Only what that position sees can have contributed.
    assert set(map(tuple, np.argwhere(found.values[0].any(axis=-1)))) <= {(2, 5)}
    pixels = attrvis.attribute(
        net, list(photos), target=logit("cat", region=(2, 5)), baseline="zero", points=64
    )
    rows, columns = np.where(pixels.values[0].any(axis=-1))
    assert {rows.min(), rows.max(), columns.min(), columns.max()} == {1, 3, 4, 6}
