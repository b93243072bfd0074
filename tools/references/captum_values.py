"""What Captum makes of a network."""

from __future__ import annotations

from collections.abc import Callable

import captum.attr as ca
import numpy as np
import torch
from captum.attr._utils.lrp_rules import Alpha1_Beta0_Rule, EpsilonRule, GammaRule

from tools.references.networks import TARGETS, Twin, from_torch, to_torch

STEPS = 16


def features() -> torch.Tensor:
    """Four quarters of the image, each one feature."""
    rows = torch.arange(8) // 4
    return (2 * rows[:, None] + rows[None])[None, None].expand(1, 3, 8, 8).contiguous()


def captum_values(make: Callable[[], Twin], images: np.ndarray) -> dict[str, np.ndarray]:
    """Run each method.

    Args:
        make: makes the network; anew for each, since some methods leave hooks.
        images: [B, 8, 8, 3].
    """
    x, target = to_torch(images), torch.tensor(TARGETS)
    base = torch.full_like(x, 0.3)
    several = to_torch(np.random.default_rng(5).random((2, 8, 8, 3)).round(3))
    found: dict[str, torch.Tensor] = {}

    def run(name: str, call: Callable[[Twin], torch.Tensor]) -> None:
        found[name] = call(make())

    run("saliency", lambda m: ca.Saliency(m).attribute(x, target, abs=False))
    run("input_x_gradient", lambda m: ca.InputXGradient(m).attribute(x.clone(), target))
    run("guided_backprop", lambda m: ca.GuidedBackprop(m).attribute(x.clone(), target))
    run("deconvolution", lambda m: ca.Deconvolution(m).attribute(x.clone(), target))
    rules = ("gausslegendre", "riemann_left", "riemann_right", "riemann_middle")
    for rule in (*rules, "riemann_trapezoid"):
        run(
            f"ig_{rule}",
            lambda m, rule=rule: ca.IntegratedGradients(m).attribute(
                x, base, target, n_steps=STEPS, method=rule
            ),
        )
    run("layer_grad_cam", lambda m: ca.LayerGradCam(m, m.relu2).attribute(x, target))
    run(
        "guided_grad_cam",
        lambda m: ca.GuidedGradCam(m, m.relu2).attribute(
            x.clone(), target, interpolate_mode="bilinear"
        ),
    )
    run("layer_activation", lambda m: ca.LayerActivation(m, m.pool).attribute(x))
    run(
        "layer_gradient_x_activation",
        lambda m: ca.LayerGradientXActivation(m, m.pool).attribute(x, target),
    )
    for name, kind in (("conductance", ca.LayerConductance), ("influence", ca.InternalInfluence)):
        run(
            f"layer_{name}",
            lambda m, kind=kind: kind(m, m.pool).attribute(x, base, target, n_steps=STEPS),
        )
    run(
        "layer_ig",
        lambda m: ca.LayerIntegratedGradients(m, m.pool).attribute(x, base, target, n_steps=STEPS),
    )
    neuron = (2, 1, 3)  # channel, row, column
    run("neuron_gradient", lambda m: ca.NeuronGradient(m, m.relu2).attribute(x, neuron))
    run(
        "neuron_ig",
        lambda m: ca.NeuronIntegratedGradients(m, m.relu2).attribute(
            x, neuron, base, n_steps=STEPS
        ),
    )
    for rule in ("gausslegendre", "riemann_trapezoid"):
        run(
            f"neuron_conductance_{rule}",
            lambda m, rule=rule: ca.NeuronConductance(m, m.relu2).attribute(
                x, neuron, base, target, n_steps=STEPS, method=rule
            ),
        )
    run("deep_lift", lambda m: ca.DeepLift(m).attribute(x, base, target))
    run("layer_deep_lift", lambda m: ca.LayerDeepLift(m, m.pool).attribute(x, base, target))
    run("deep_lift_shap", lambda m: ca.DeepLiftShap(m).attribute(x, several, target))
    for name, rule in (
        ("epsilon", lambda: EpsilonRule(1e-6)),
        ("gamma", lambda: GammaRule(0.25)),
        ("alpha1_beta0", Alpha1_Beta0_Rule),
    ):
        run(f"lrp_{name}", lambda m, rule=rule: ca.LRP(_ruled(m, rule)).attribute(x, target))
    run(
        "occlusion",
        lambda m: ca.Occlusion(m).attribute(
            x, (3, 4, 4), strides=(3, 2, 2), baselines=0.3, target=target
        ),
    )
    run(
        "feature_ablation",
        lambda m: ca.FeatureAblation(m).attribute(x, base, target, feature_mask=features()),
    )
    run(
        "shapley_values",
        lambda m: ca.ShapleyValues(m).attribute(x, base, target, feature_mask=features()),
    )
    return {
        "several": from_torch(several),
        **{f"captum/{name}": from_torch(value) for name, value in found.items()},
    }


def _ruled(model: Twin, rule: Callable[[], object]) -> Twin:
    for layer in (model.conv1, model.conv2, model.dense):
        layer.rule = rule()
    for layer in (model.pool, model.mean):
        layer.rule = EpsilonRule(1e-6)
    return model
