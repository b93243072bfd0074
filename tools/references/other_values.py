"""What Zennit, SHAP and PAIR's saliency make of a network."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import saliency.core as pair
import shap
import torch
from zennit.attribution import Gradient
from zennit.composites import (
    EpsilonAlpha2Beta1,
    EpsilonAlpha2Beta1Flat,
    EpsilonGammaBox,
    EpsilonPlus,
    EpsilonPlusFlat,
    ExcitationBackprop,
    GuidedBackprop,
)

from tools.references.networks import CLASSES, TARGETS, Twin, from_torch, to_torch

STEPS = 16


def zennit_values(make: Callable[[], Twin], images: np.ndarray) -> dict[str, np.ndarray]:
    """Run each composite, from 1 at the target's logit."""
    x = to_torch(images)
    low, high = torch.zeros_like(x[:1]), torch.ones_like(x[:1])
    composites = {
        "epsilon_plus": EpsilonPlus,
        "epsilon_plus_flat": EpsilonPlusFlat,
        "epsilon_alpha2_beta1": EpsilonAlpha2Beta1,
        "epsilon_alpha2_beta1_flat": EpsilonAlpha2Beta1Flat,
        "epsilon_gamma_box": lambda: EpsilonGammaBox(low=low, high=high),
        "guided_backprop": GuidedBackprop,
        "excitation_backprop": ExcitationBackprop,
    }
    started = torch.eye(CLASSES, dtype=torch.float64)[list(TARGETS)]
    found = {}
    for name, composite in composites.items():
        with Gradient(model=make(), composite=composite()) as attributor:
            _, relevance = attributor(x.clone().requires_grad_(), started)
        found[f"zennit/{name}"] = from_torch(relevance)
    return found


def shap_values(
    make: Callable[[], Twin], images: np.ndarray, several: np.ndarray
) -> dict[str, np.ndarray]:
    """Run the deep explainer over two references, and the exact one over four quarters."""
    x, references = to_torch(images), to_torch(several)
    deep = shap.DeepExplainer(make(), references).shap_values(x, check_additivity=False)
    deep = np.stack([deep[i, ..., t] for i, t in enumerate(TARGETS)])
    model, quarters = make(), np.add.outer(2 * (np.arange(8) // 4), np.arange(8) // 4)

    def score(number: int, target: int) -> Callable[[np.ndarray], np.ndarray]:
        def of_masks(masks: np.ndarray) -> np.ndarray:
            kept = np.asarray(masks, bool)[:, quarters][..., None]
            seen = np.where(kept, images[number], np.float32(0.3))
            with torch.no_grad():
                return model(to_torch(seen))[:, target].numpy()

        return of_masks

    exact = [
        shap.explainers.ExactExplainer(score(i, t), np.zeros((1, 4)))(np.ones((1, 4))).values[0]
        for i, t in enumerate(TARGETS)
    ]
    return {"shap/deep": np.moveaxis(deep, 1, -1), "shap/exact": np.stack(exact)}


def pair_values(make: Callable[[], Twin], images: np.ndarray) -> dict[str, np.ndarray]:
    """Run PAIR's path methods, image by image."""
    model, quantile = make(), np.quantile
    # saliency 0.2.1 still calls NumPy 1's name of the keyword.
    np.quantile = lambda *a, interpolation="linear": quantile(*a, method=interpolation)

    def call(
        batch: np.ndarray, call_model_args: dict[str, int], expected_keys: list[str]
    ) -> dict[str, np.ndarray]:
        x = to_torch(np.asarray(batch)).requires_grad_()
        logits = model(x)[:, call_model_args["target"]]
        (gradient,) = torch.autograd.grad(logits.sum(), x)
        return {expected_keys[0]: from_torch(gradient)}

    methods = {
        "ig": (pair.IntegratedGradients(), {"x_steps": STEPS}),
        "guided_ig": (pair.GuidedIG(), {"x_steps": STEPS, "fraction": 0.5, "max_dist": 0.1}),
        "guided_ig_straight": (
            pair.GuidedIG(),
            {"x_steps": STEPS, "fraction": 0.5, "max_dist": 0.0},
        ),
        "blur_ig": (pair.BlurIG(), {"max_sigma": 4.0, "steps": STEPS}),
    }
    found = {}
    for name, (method, settings) in methods.items():
        base = {} if name == "blur_ig" else {"x_baseline": np.full((8, 8, 3), 0.3)}
        maps = [
            method.GetMask(image.astype(np.float64), call, {"target": target}, **settings, **base)
            for image, target in zip(images, TARGETS, strict=True)
        ]
        found[f"pair/{name}"] = np.stack(maps)
    np.quantile = quantile
    return found
