"""Units with what does not matter left transparent."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from attrvis.errors import BadValue, UnknownName
from attrvis.recipes import transparency
from attrvis.recipes.cutouts import on_chequers
from tests import toys

SIDE = 24


@pytest.fixture(scope="module")
def net():
    """Give the light, as it is everywhere and as it is in the left third only."""
    left = (np.arange(SIDE) < SIDE // 3).astype(np.float32)[None, :, None]

    def build(x):
        light = tf.reduce_mean(x, -1, keepdims=True)
        maps = tf.concat([light, light * left], -1, name="maps")
        return tf.identity(tf.reduce_mean(maps, [1, 2]), name="scores")

    return toys.network(build, SIDE, SIDE, logits="scores", labels=["all", "left"])


@pytest.fixture(scope="module")
def drawing():
    return {"steps": 120, "transforms": "identity", "seed": 1}


@pytest.fixture(scope="module")
def plate(net, drawing):
    return transparency(net, ["maps:1", "logit:left"], centred=False, **drawing)


def test_what_matters_is_opaque_and_the_rest_is_not(plate):
    for rgba in plate.values["rgba"]:
        alpha = rgba[..., 3]
        assert alpha[:, :6].mean() > 0.6 and alpha[:, 12:].mean() < 0.4
        assert rgba[:, :6, :3].mean() > 0.55
    alpha = plate.values["rgba"][..., 3]
    np.testing.assert_allclose(plate.facts["shown"], alpha.mean((1, 2)), atol=1e-3)
    assert np.array_equal(plate.parts["cutout-1"], plate.values["rgba"][1])


def test_the_weights_do_what_they_say(net, drawing, plate):
    def masks(**more):
        made = transparency(net, "maps:1", centred=False, **{**drawing, **more})
        return made.facts["shown"][0], made.values["rgba"][..., 3]

    shown, alpha = plate.facts["shown"][0], plate.values["rgba"][0, ..., 3]
    assert masks(sparsity=0.0)[0] > shown + 0.1
    hazy = masks(haze=0.0)[1]
    assert (4 * hazy * (1 - hazy)).mean() > (4 * alpha * (1 - alpha)).mean() + 0.02
    smooth = masks(smooth=5000.0)[1]
    assert np.abs(np.diff(smooth[0], axis=1)).max() < 0.7 * np.abs(np.diff(alpha, axis=1)).max()


def test_a_centred_channel_counts_its_middle(net, drawing):
    plain, centred = (
        transparency(net, "maps:0", centred=centred, **{**drawing, "steps": 60})
        for centred in (False, True)
    )

    def middle(plate):
        alpha = plate.values["rgba"][0, ..., 3]
        return alpha[8:16, 8:16].mean() - alpha.mean()

    assert middle(centred) > middle(plain) + 0.1
    assert centred.facts["units"] == ["maps:0"] and len(centred.facts["reach_alone"]) == 1


def test_chequers_show_through():
    rgba = np.ones((16, 16, 4), np.float32)
    rgba[8:, :, 3] = 0
    made = on_chequers(rgba)
    assert (made[:8] == 1).all()
    assert made[8, 0, 0] == np.float32(0.8) and made[8, 1, 0] == np.float32(0.6)


def test_wrong_units_and_weights(net):
    with pytest.raises(BadValue, match="at least one"):
        transparency(net, [])
    for more in ({"sparsity": -1.0}, {"haze": float("inf")}, {"smooth": float("nan")}):
        with pytest.raises(BadValue, match=r"weights|smooth= of"):
            transparency(net, "maps:1", **more)
    with pytest.raises(UnknownName):
        transparency(net, "mops:1")
