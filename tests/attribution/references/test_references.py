"""Other libraries agree: their values on the same small networks, stored with where they are from.

`tools/references` makes the values. Where a library is wrong, a test of its own shows how.
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pytest

import attrvis
from attrvis.attribution import method_of
from attrvis.errors import AttrVisWarning
from tests.attribution.references.conftest import HELD, KINDS

BASE = "constant:0.3"

# What they give, our method, its settings, and what is asked besides.
CASES = [
    ("captum/saliency", "saliency", {}, {}),
    *(
        (
            f"captum/ig_{theirs}",
            "integrated-gradients",
            {"steps": 16, "quadrature": ours, "baseline": BASE},
            {},
        )
        for theirs, ours in (
            ("gausslegendre", "gauss-legendre"),
            ("riemann_left", "left"),
            ("riemann_right", "right"),
            ("riemann_middle", "midpoint"),
        )
    ),
    ("captum/input_x_gradient", "gradient-times-input", {}, {}),
    ("captum/guided_backprop", "guided-backprop", {}, {}),
    ("captum/deconvolution", "deconv-net", {}, {}),
    ("zennit/guided_backprop", "guided-backprop", {}, {}),
    ("captum/layer_gradient_x_activation", "gradient-times-input", {}, {"layer": "pool"}),
    ("captum/neuron_gradient", "saliency", {}, {"target": "relu2:2@1,3"}),
    (
        "captum/neuron_ig",
        "integrated-gradients",
        {"steps": 16, "baseline": BASE},
        {"target": "relu2:2@1,3"},
    ),
    ("captum/guided_grad_cam", "guided-grad-cam", {}, {}),
    (
        "captum/feature_ablation",
        "feature-ablation",
        {"features": "grid:2", "baseline": BASE},
        {},
    ),
    (
        "captum/shapley_values",
        "shapley-values",
        {"features": "grid:2", "baseline": BASE, "normalize": "count"},
        {},
    ),
    ("captum/occlusion", "occlusion", {"window": 4, "stride": 2, "baseline": BASE}, {}),
]


def explained(nets, kind, method, settings, asked):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AttrVisWarning)
        given = {"target": HELD["targets"].tolist(), **asked}
        return method_of(method, settings)(nets[kind], HELD["images"], **given)


def close(ours, theirs, share=1e-5):
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=share * np.abs(theirs).max())


@pytest.mark.parametrize("kind", KINDS)
def test_the_networks_are_the_same(nets, kind):
    logits = nets[kind].run(HELD["images"])["logits"].numpy()
    close(logits, HELD[f"{kind}/logits"])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("key", "method", "settings", "asked"), CASES, ids=lambda v: str(v)[:40])
def test_it_agrees(nets, kind, key, method, settings, asked):
    if f"{kind}/{key}" not in HELD:
        assert kind == "bare" and key.split("/")[0] in ("shap", "pair")
        return
    ours = explained(nets, kind, method, settings, asked)
    close(ours.values, HELD[f"{kind}/{key}"])


@pytest.mark.parametrize("kind", KINDS)
def test_grad_cam(nets, kind):
    ours = explained(nets, kind, "grad-cam", {}, {"layer": "relu2"})
    close(ours.values.sum(-1, keepdims=True), HELD[f"{kind}/captum/layer_grad_cam"])


def test_shapley_values_of_quarters(nets):
    for method, more in (("shapley-values", {}), ("kernel-shap", {"samples": 14})):
        settings = {"features": "grid:2", "baseline": BASE, **more}
        ours = explained(nets, "biased", method, settings, {}).values
        quarters = ours.reshape(3, 2, 4, 2, 4, 3).sum((2, 4, 5)).reshape(3, 4)
        close(quarters, HELD["biased/shap/exact"])


def test_captums_trapezoid_does_not_add_up(nets):
    """Its weights sum to 15/16 for 16 steps; those of a trapezoid sum to 1."""
    settings = {"steps": 16, "quadrature": "trapezoid", "baseline": BASE}
    ours = explained(nets, "biased", "integrated-gradients", settings, {})
    theirs = HELD["biased/captum/ig_riemann_trapezoid"]
    close(ours.values * 15 / 16, theirs)
    gap = np.abs(theirs.sum((1, 2, 3)) - ours.change) / np.abs(ours.change)
    assert gap.min() > 0.05 and ours.relative_gap.max() < 0.05


def test_where_the_values_are_from():
    text = (Path(__file__).parent / "provenance.json").read_text(encoding="utf-8")
    told = json.loads(text)
    assert set(told["arrays"]) == set(HELD) and told["versions"]["captum"]
    assert attrvis.__version__
