"""On a real network: a cat beside an empty half, of which nothing may be lost."""

from __future__ import annotations

import numpy as np
import pytest

import attrvis
from attrvis import images
from attrvis.attribution import method_of

BASE = "constant:0.5"
SIDE, HALF = 96, 48


@pytest.fixture(scope="module")
def net(data):
    import keras

    weights = data / "networks/mobilenet-v2-100/mobilenet_v2_1.0_224_weights.h5"
    model = keras.applications.MobileNetV2(input_shape=(SIDE, SIDE, 3), weights=str(weights))
    return attrvis.load(model, preprocess="tf")


@pytest.fixture(scope="module")
def photo():
    found = images.fit(images.read(images.bundled("chelsea")), (SIDE, SIDE))[0].copy()
    found[:, HALF:] = 0.5
    return found[None]


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "settings", "forwards"),
    [
        ("occlusion", {"window": 24, "stride": 12, "baseline": BASE}, 50),
        ("tiled-occlusion", {"window": 24, "shifts": 2, "baseline": BASE}, 82),
        ("feature-ablation", {"features": "grid:4", "baseline": BASE}, 17),
        ("shapley-values", {"features": "grid:2", "baseline": BASE}, 16),
        ("shapley-sampling", {"features": "grid:4", "baseline": BASE, "orders": 2}, 32),
        ("sobol", {"features": "grid:4", "baseline": BASE, "designs": 4}, 72),
    ],
)
def test_nothing_is_lost_of_an_empty_half(net, photo, name, settings, forwards):
    made = method_of(name, settings)(net, photo)
    assert made.forwards == forwards and made.status == "ok"
    far = HALF + (12 if "occlusion" in name else 0)
    left, right = made.values[0, :, :HALF], made.values[0, :, far:]
    assert np.abs(right).max() < 1e-3 * np.abs(left).max()
    if made.change is not None:
        assert made.relative_gap.max() < 1e-3 and made.change[0] > 1


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("rise", {"masks": 100, "baseline": BASE}),
        ("kernel-shap", {"features": "grid:4", "samples": 100, "baseline": BASE}),
        ("lime", {"features": "grid:4", "samples": 100, "baseline": BASE}),
        ("hsic", {"features": "grid:4", "designs": 100, "baseline": BASE}),
    ],
)
def test_samples_point_to_the_cat(net, photo, name, settings):
    made = method_of(name, settings)(net, photo)
    left, right = made.values[0, :, :HALF], made.values[0, :, HALF:]
    assert left.mean() > right.mean() and left.max() > right.max()


@pytest.mark.data
def test_segments_of_a_photo(net):
    photo = images.fit(images.read(images.bundled("chelsea")), (SIDE, SIDE))[0][None]
    for features in ("slic:30", "felzenszwalb:300"):
        made = method_of("feature-ablation", {"features": features})(net, photo)
        assert 10 < made.forwards < 200 and made.values.max() > 0.2
