"""On a real network the strongest units are shown on the object, not beside it."""

from __future__ import annotations

import json

import numpy as np
import pytest

import attrvis
from attrvis.attribution import IntegratedGradients
from attrvis.attribution.by_name import fitted
from attrvis.attribution.visualisers import TopKWithBlur


def inside(frame, entry):
    """Mark the pixels of the network's input that lie in the photo's one box."""
    top, left, bottom, right = frame.box
    height, width = frame.network
    x0, y0, x1, y1 = entry["boxes_xyxy"][0]
    rows = np.arange(height)[:, None] * (bottom - top) / height + top
    columns = np.arange(width) * (right - left) / width + left
    return (rows >= y0) & (rows < y1) & (columns >= x0) & (columns < x1)


@pytest.mark.data
def test_masks_of_googlenet_lie_on_the_object(data):
    folder = data / "images" / "imagenet-val60"
    entries = [
        entry
        for entry in json.loads((folder / "annotations.json").read_text())
        if len(boxes := entry["boxes_xyxy"]) == 1
        and np.prod(np.subtract(boxes[0][2:], boxes[0][:2]))
        < 0.35 * entry["width"] * entry["height"]
    ][:4]
    path = data / "networks" / "googlenet-bvlc" / "googlenet_bvlc_frozen.pb"
    net = attrvis.load(path, preprocess="caffe-rgb")
    photos, frames = fitted(net, [folder / "images" / e["file"] for e in entries])
    make = TopKWithBlur(
        3,
        alpha=0,
        percentile=90,
        method=IntegratedGradients(steps=4),
        influence="gradient-times-activation",
    )
    target = [entry["class_index"] for entry in entries]
    masks = make(net, photos, layer="mixed5a", target=target).masks
    boxes = np.stack([inside(*pair) for pair in zip(frames, entries, strict=True)])
    share = (masks * boxes).sum(axis=(1, 2)) / masks.sum(axis=(1, 2))
    # A mask that knew nothing would have a box's share of the picture; 2.2 to 4.6 times was seen.
    gain = share / boxes.mean(axis=(1, 2))
    assert gain.min() > 1.5 and np.median(gain) > 2.2
