"""Predictions that look like a wrong range are warned about; others are not."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest

import attrvis
from attrvis import images
from attrvis.errors import AttrVisWarning
from attrvis.networks.layer import Layer
from attrvis.networks.sanity import check_predictions


def spiked(count, classes=20, same=False, height=0.9):
    found = np.full((count, classes), (1 - height) / (classes - 1))
    found[np.arange(count), 0 if same else np.arange(count) % classes] = height
    return found


@pytest.mark.parametrize(
    ("probabilities", "said"),
    [
        (spiked(1, height=0.06), "nearly uniform over the 20"),
        (spiked(8, same=True), "One class wins on all 8"),
        (np.full((1, 3), np.nan), "not finite"),
    ],
)
def test_what_looks_wrong_is_warned_about(probabilities, said):
    with pytest.warns(AttrVisWarning, match=said):
        check_predictions(probabilities, "tf")


@pytest.mark.parametrize(
    "probabilities", [spiked(1), spiked(7, same=True), spiked(9), spiked(1, 5, height=0.21)]
)
def test_what_looks_right_is_not(probabilities):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_predictions(probabilities, "tf")


@pytest.mark.data
def test_the_wrong_range_of_a_real_network_is_noticed(data):
    """GoogLeNet eats RGB * 255 - mean; in [0, 1] all photos look alike to it."""
    path = data / "networks" / "googlenet-bvlc" / "googlenet_bvlc_frozen.pb"
    folder = data / "images" / "imagenet-val60"
    names = [row["file"] for row in json.loads((folder / "annotations.json").read_text())[:8]]
    photos = [images.fit(images.read(folder / "images" / n), (224, 224), "crop")[0] for n in names]
    with pytest.warns(AttrVisWarning, match="wrong range"):
        attrvis.load(path, preprocess="unit").predict(np.stack(photos))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        attrvis.load(path, preprocess="caffe-rgb").predict(np.stack(photos))


@pytest.mark.parametrize(
    ("layer", "good"),
    [
        (Layer("mixed", (None, 14, 14, 512), "ConcatV2"), True),
        (Layer("act", (None, None, None, 64), "Relu"), True),
        (Layer("act.in", (None, 14, 14, 64), "Relu"), False),
        (Layer("conv1_bn/batchnorm/add_1", (None, 14, 14, 64), "AddV2"), False),
        (Layer("conv1_bn", (None, 14, 14, 64), "AddV2"), False),
        (Layer("block_add", (None, 14, 14, 64), "AddV2"), True),
        (Layer("pooled", (None, 1, 1, 64), "Relu"), False),
        (Layer("scores", (None, 10), "BiasAdd"), False),
        (Layer("mask", (None, 14, 14, 1), "Relu"), False),
    ],
)
def test_which_layers_are_worth_drawing(layer, good):
    assert layer.drawable is good
