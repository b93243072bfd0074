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
from attrvis.attribution.influence.distributions import Line
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
    ("captum/layer_activation", "activation", {}, {"layer": "pool"}),
    (
        "captum/layer_influence",
        "internal-influence",
        {"distribution": Line(16, from_=BASE), "space": "input", "multiply": False},
        {"layer": "pool"},
    ),
    (
        "captum/neuron_conductance_gausslegendre",
        "neuron-conductance",
        {"neuron": "relu2:2@1,3", "steps": 16, "baseline": BASE},
        {},
    ),
    (
        "pair/guided_ig_straight",
        "guided-ig",
        {"steps": 16, "fraction": 0.5, "max_dist": 0.0, "baseline": BASE},
        {},
    ),
    (
        "captum/occlusion",
        "occlusion",
        {"window": (4, 4), "stride": (2, 2), "baseline": BASE},
        {},
    ),
    ("captum/feature_ablation", "feature-ablation", {"features": "grid:2", "baseline": BASE}, {}),
    ("zennit/epsilon_plus", "lrp-epsilon-plus", {"start": "one"}, {}),
    ("zennit/epsilon_plus_flat", "lrp-epsilon-plus-flat", {"start": "one"}, {}),
    ("zennit/epsilon_alpha2_beta1", "lrp-epsilon-alpha2-beta1", {"start": "one"}, {}),
    (
        "zennit/epsilon_alpha2_beta1_flat",
        "lrp-epsilon-alpha2-beta1",
        {"start": "one", "flat": True},
        {},
    ),
    ("zennit/epsilon_gamma_box", "lrp-epsilon-gamma-box", {"start": "one"}, {}),
    ("shap/deep", "deep-shap", {"references": HELD["several"]}, {}),
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


def test_shapley_values_of_four_quarters(nets):
    """Captum and SHAP give each feature its value; here it is shared by the 48 numbers in it."""
    settings = {"features": "grid:2", "baseline": BASE}
    ours = explained(nets, "biased", "shapley-values", settings, {})
    close(48 * ours.values, HELD["biased/captum/shapley_values"])
    quarters = 48 * ours.values[:, ::4, ::4, 0].reshape(3, 4)
    close(quarters, HELD["biased/shap/exact"])
    assert ours.relative_gap.max() < 1e-5


def test_guided_ig_but_for_ties(nets):
    """Of three photos two agree to rounding; on the third a float32 gradient turns a choice."""
    settings = {"steps": 16, "fraction": 0.5, "max_dist": 0.1, "baseline": BASE}
    ours = explained(nets, "biased", "guided-ig", settings, {}).values
    theirs = HELD["biased/pair/guided_ig"]
    apart = [np.abs(o - t).max() / np.abs(t).max() for o, t in zip(ours, theirs, strict=True)]
    assert sorted(apart)[1] < 1e-5
    alike = [np.corrcoef(o.ravel(), t.ravel())[0, 1] for o, t in zip(ours, theirs, strict=True)]
    assert min(alike) > 0.95


def test_captums_conductance_leaves_the_ends_out(nets):
    """With its default nodes the path's two ends are missing; with both it adds up."""
    settings = {"steps": 512, "baseline": BASE, "tolerance": 9.0}
    base = nets["biased"].run(np.full_like(HELD["images"], 0.3))["logits"].numpy()
    change = (HELD["biased/logits"] - base)[np.arange(3), HELD["targets"]]
    theirs = HELD["biased/captum/layer_conductance"].sum((1, 2, 3))
    ours = explained(nets, "biased", "conductance", settings, {"layer": "pool"})
    missed = np.abs(theirs - change) / np.abs(change)
    assert missed.max() > 0.01 and ours.relative_gap.max() < 0.002
    # Where it is right, the neurons agree.
    alike = np.corrcoef(ours.values.ravel(), HELD["biased/captum/layer_conductance"].ravel())[0, 1]
    assert alike > 0.99


def test_captums_trapezoid_conductance_is_short_by_a_step(nets):
    settings = {"neuron": "relu2:2@1,3", "steps": 16, "quadrature": "trapezoid", "baseline": BASE}
    ours = explained(nets, "biased", "neuron-conductance", settings, {})
    close(15 / 16 * ours.values, HELD["biased/captum/neuron_conductance_riemann_trapezoid"])


def test_pairs_ig_counts_the_ends_in_full(nets):
    """Sixteen nodes from end to end with equal weights: a trapezoid and half of both ends more."""
    inner = {"steps": 16, "quadrature": "trapezoid", "baseline": BASE}
    trapezoid = explained(nets, "biased", "integrated-gradients", inner, {}).values
    way = HELD["images"] - np.float32(0.3)
    at = explained(nets, "biased", "saliency", {}, {}).values
    net, targets = nets["biased"], HELD["targets"].tolist()
    start = method_of("saliency")(net, np.full_like(HELD["images"], 0.3), target=targets).values
    close((15 * trapezoid + way * (at + start) / 2) / 16, HELD["biased/pair/ig"])


def test_pairs_blur_ig_never_attributes_the_first_blurs(nets):
    """Below an eighth of a pixel its kernel is one pixel wide, so what that blur does is lost."""
    settings = {"steps": 200, "max_sigma": 0.5, "tolerance": 9.0}
    ours = explained(nets, "biased", "blur-ig", settings, {})
    theirs = HELD["biased/pair/blur_ig"].sum((1, 2, 3))
    assert ours.relative_gap.max() < 0.005
    assert (np.abs(theirs - ours.change) / np.abs(ours.change)).min() > 0.05


def test_relevance_of_captum_and_zennit_where_no_bias_takes_part(nets):
    for key, method, settings in (
        ("zennit/excitation_backprop", "excitation-backprop", {}),
        ("captum/lrp_alpha1_beta0", "lrp-alpha-beta", {"alpha": 1.0, "beta": 0.0}),
    ):
        close(explained(nets, "bare", method, settings, {}).values, HELD[f"bare/{key}"])


@pytest.mark.parametrize("kind", KINDS)
def test_captums_epsilon_rule(nets, kind):
    """Relevance is divided by sums that may be tiny, so rounding shows."""
    ours = explained(nets, kind, "lrp-epsilon", {}, {}).values
    close(ours, HELD[f"{kind}/captum/lrp_epsilon"], 1e-3)
