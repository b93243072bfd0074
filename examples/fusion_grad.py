"""Noise in the image, in the weights, and in both: SmoothGrad, NoiseGrad and FusionGrad.

python -m examples.fusion_grad
python -m examples.fusion_grad photo.jpg --target tabby --model net.pb --preprocess caffe-rgb
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import attrvis
from attrvis import plots
from attrvis.attribution.wrappers.noise_grad import FusionGrad, NoiseGrad
from attrvis.attribution.wrappers.noise_tunnel import NoiseTunnel
from attrvis.recipes import Plate
from examples.photographed import network, options, saved

METHODS = {
    "saliency": "saliency",
    "image noise": NoiseTunnel("saliency", samples=25),
    "weight noise": NoiseGrad("saliency", networks=25, weight_noise=0.1),
    "both": FusionGrad("saliency", networks=5, samples=5, weight_noise=0.1),
}


def roughness(heat: np.ndarray) -> float:
    """Tell how much a map jumps from pixel to pixel, relative to its size."""
    jumps = np.abs(np.diff(heat, axis=0)).mean() + np.abs(np.diff(heat, axis=1)).mean()
    return float(jumps / np.abs(heat).mean())


def main(argv: Sequence[str] | None = None) -> Plate:
    """Draw the gradient's size with each kind of noise, and tell how rough it is."""
    given = options(__doc__, "fused", argv, photo="coffee")
    net, panels, values, rough = network(given), [], {}, {}
    for name, method in METHODS.items():
        found = attrvis.attribute(net, given.photo, method, target=given.target)
        heat = np.abs(found.values[0]).sum(-1)
        rough[name] = roughness(heat)
        panels.append(
            (plots.overlay(found.photos[0], heat), f"{name}\nroughness {rough[name]:.2f}")
        )
        values[name.replace(" ", "-")] = heat
        print(f"{name}: roughness {rough[name]:.2f}, {found.evaluations} gradients")
    facts = {"recipe": "fusion grad", "roughness": rough}
    return saved(Plate.of_panels(panels, facts=facts, values=values), given.out)


if __name__ == "__main__":
    main()
