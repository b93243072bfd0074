"""What the axioms of attribution are asked of: one network whose weights are drawn anew, and rows.

The weights are set on one Keras model that a network sees live, so that a hundred random networks
cost one trace of each method.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import attrvis
from attrvis.attribution import IntegratedGradients
from attrvis.networks import Network
from attrvis.objectives import Objective, logit

SIDE, CLASSES = 8, 4


class Drawn:
    """A network of two convolutions whose weights are drawn anew.

    Args:
        norm: whether the first convolution is normalised; else the same is folded into it.
        activation: `relu`, or a smooth one where a limit's order is measured.
    """

    def __init__(self, norm: bool = True, activation: str = "relu") -> None:
        from keras import Input, Model, layers

        photo = Input((SIDE, SIDE, 3), name="photo")
        y = layers.Conv2D(5, 3, padding="same", name="one")(photo)
        y = layers.BatchNormalization(name="norm", epsilon=1e-3)(y) if norm else y
        y = layers.Activation(activation, name="first")(y)
        y = layers.Conv2D(6, 3, padding="same", name="two")(y)
        y = layers.Activation(activation, name="second")(y)
        y = layers.GlobalAveragePooling2D(name="pool")(y)
        self.model = Model(photo, layers.Dense(CLASSES, name="scores")(y))
        self.norm = norm
        self.net: Network = attrvis.load(self.model, preprocess="unit")

    def draw(
        self,
        seed: int,
        *,
        mirrored: bool = False,
        blind: int | None = None,
        bare: bool = False,
    ) -> Network:
        """Draw its weights.

        Args:
            seed: of the weights; a folded network of the same seed computes the same.
            mirrored: whether it sees no difference between left and right.
            blind: a channel of the pixels that it does not see.
            bare: whether it adds nothing: no biases, and normalisations that scale alone.
        """
        rng = np.random.default_rng([7, seed])
        one = rng.normal(0, 1.5 / np.sqrt(27), (3, 3, 3, 5))
        two = rng.normal(0, 1.5 / np.sqrt(45), (3, 3, 5, 6))
        if mirrored:
            one, two = one + one[:, ::-1], two + two[:, ::-1]
        if blind is not None:
            one[:, :, blind] = 0
        first, second = rng.uniform(-0.1, 0.4, 5), rng.uniform(-0.1, 0.4, 6)
        gamma, beta = rng.uniform(0.5, 1.5, 5), rng.uniform(-0.1, 0.5, 5)
        mean, variance = rng.uniform(-0.3, 0.3, 5), rng.uniform(0.3, 1.5, 5)
        dense = [rng.normal(0, 1.2, (6, CLASSES)), rng.normal(0, 0.3, CLASSES)]
        if bare:
            first, second, beta, mean = 0 * first, 0 * second, 0 * beta, 0 * mean
            dense[1] = 0 * dense[1]
        if self.norm:
            given = [one, first, gamma, beta, mean, variance]
        else:
            scale = gamma / np.sqrt(variance + 1e-3)
            given = [one * scale, (first - mean) * scale + beta]
        self.model.set_weights([*given, two, second, *dense])
        return self.net


def photos(seed: int, count: int = 3) -> np.ndarray:
    """Draw images."""
    rng = np.random.default_rng([11, seed])
    return rng.uniform(0.05, 1.0, (count, SIDE, SIDE, 3)).astype(np.float32)


def mixture(a: float, b: float, c: float, of: Sequence[int], other: Sequence[int]) -> Objective:
    """Write `a * one logit + b * another + c`: one structure for every axiom, hence one trace."""
    return a * logit(list(of)) + b * logit(list(other)) + c


RANDOM = frozenset(
    {
        "smooth-grad",
        "smooth-grad-squared",
        "var-grad",
        "smooth-full-grad",
        "ig-uniform",
        "ig-sg",
        "ig-sq",
        "sg-ig",
        "sq-ig",
        "expected-gradients",
        "gradient-shap",
        "agi",
        "lpi",
        "recalibrated",
        "noise-tunnel",
        "smooth-taylor",
        "noise-grad",
        "fusion-grad",
        "deep-shap",
        "feature-permutation",
        "rise",
        "shapley-sampling",
        "lime",
        "sobol",
        "hsic",
    }
)
"""Methods that draw; what they draw has no mirror image, so symmetry holds only on average."""

DEGREES: dict[str, int | None] = {
    # Squares, variances, and a product of two maps.
    **dict.fromkeys(("smooth-grad-squared", "var-grad", "ig-sq", "sq-ig", "guided-grad-cam"), 2),
    # What the layer holds, whatever the target; maps brought to [0, 1]; a share of the score.
    **dict.fromkeys(("activation", "eigen-cam", "fem", "ablation-cam"), 0),
    **dict.fromkeys(("full-grad", "simple-full-grad", "smooth-full-grad"), 0),
    # Shares of a variance; a kernel as wide as the scores scatter.
    **dict.fromkeys(("sobol", "hsic"), 0),
    # Third powers of the gradient beside squares; a softmax of scores.
    **dict.fromkeys(("grad-cam-plus-plus", "score-cam"), None),
}
"""With which power of the target's size a method's values grow: 1, unless told here."""

BROKEN: dict[str, frozenset[str]] = {
    "linearity": frozenset(
        {name for name, degree in DEGREES.items() if degree != 1}
        # Rules and rectified terms look at the sign of what comes back.
        | {"guided-backprop", "deconv-net", "rect-grad", "layer-cam", "eigen-grad-cam"}
        # Paths, shares, valid points, regions and neurons are chosen by the target's own gradient.
        | {"guided-ig", "idgi", "recalibrated", "xrai", "neuron-conductance"}
        # The top op shares by sizes.
        | {"rap"}
    ),
    # A share of the score; masks weighed by the score itself.
    "constant": frozenset({"ablation-cam", "rise"}),
    # A segmentation has no mirror image.
    "mirror": RANDOM - {"agi"} | {"xrai"},
    # Two biases in a row count twice; noise meets other weights.
    "folding": frozenset(
        {"full-grad", "simple-full-grad", "smooth-full-grad", "noise-grad", "fusion-grad"}
    ),
    # All that an output sees shares evenly, whatever the weights.
    "dummy": frozenset({"lrp-flat", "lrp-epsilon-plus-flat"}),
}
"""Which methods break an axiom, by their definition; each of them is seen to break it."""

CHANNELLESS = frozenset(
    {
        *("full-grad", "simple-full-grad", "smooth-full-grad", "xrai"),
        *("grad-cam", "grad-cam-plus-plus", "hires-cam", "xgrad-cam", "layer-cam", "score-cam"),
        *("ablation-cam", "eigen-cam", "eigen-grad-cam", "fem"),
        # Groups of pixels with all their channels.
        *("feature-ablation", "feature-permutation", "rise", "lime", "sobol", "hsic"),
        *("shapley-values", "shapley-sampling", "kernel-shap"),
        # What a layer holds, whether the target sees it or not.
        "activation",
    }
)
"""Methods that tell positions, not channels, apart, so that a channel cannot get nothing."""

PROMISES: dict[str, dict[str, object]] = {
    "integrated-gradients": {"steps": 16},
    "aumann-shapley": {"points": 16, "baseline": "constant:0.1"},
    "internal-influence": {"distribution": "line:16"},
    "ig-through": {"steps": 16},
    "averaged-baselines": {"method": IntegratedGradients(steps=16)},
    "idgi": {"steps": 8},
    "conductance": {"steps": 64},
    "blur-ig": {"steps": 128},
    "full-grad": {"signed": True},
    "deep-lift": {},
    "deep-lift-reveal-cancel": {},
    "deep-shap": {},
    "shapley-values": {},
    "shapley-sampling": {},
    "kernel-shap": {},
}
"""Methods whose values add up to the target's change, and settings that make it exact."""
