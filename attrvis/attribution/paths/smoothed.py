"""Integrated gradients of noisy copies of the image: their mean, and their mean square."""

from __future__ import annotations

from dataclasses import dataclass, field

from attrvis.attribution.baselines import BaselineMethod, Zero, named_baseline
from attrvis.attribution.method import Found, Method
from attrvis.attribution.paths.integrated_gradients import IntegratedGradients
from attrvis.attribution.quadrature import quadrature
from attrvis.attribution.scene import Scene
from attrvis.attribution.wrappers.noise_tunnel import NoiseTunnel, check_noise


@dataclass(frozen=True)
class SGIG(Method):
    """The mean of integrated gradients of noisy copies of the image, from a fixed baseline.

    The noise lies in what is explained; see `IGSG` for noise in the reference.

    Args:
        samples: how many copies, default 10.
        steps: of the quadrature, default 16.
        quadrature: its rule, default `gauss-legendre`.
        noise: standard deviation, relative to each image's own range, default 0.15.
        baseline: what the copies are compared with, default zero; words will do.

    Raises:
        BadValue: no sample, too few steps, or negative noise.
        UnknownName: no such quadrature or baseline.

    Source: Hooker, Erhan, Kindermans and Kim, A Benchmark for Interpretability Methods in Deep
    Neural Networks, 2019.

    Example:
        >>> SGIG().samples
        10
    """

    samples: int = 10
    steps: int = 16
    quadrature: str = "gauss-legendre"
    noise: float = 0.15
    baseline: BaselineMethod | str = field(default_factory=Zero)
    name = "sg-ig"

    def __post_init__(self) -> None:
        if isinstance(self.baseline, str):
            object.__setattr__(self, "baseline", named_baseline(self.baseline))
        quadrature(self.quadrature, self.steps)
        check_noise(self.samples, self.noise)

    @property
    def kind(self) -> str:
        """What of the copies' values is taken."""
        return "mean"

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        inner = IntegratedGradients(self.steps, self.quadrature, self.baseline)
        return NoiseTunnel(inner, self.samples, self.noise, self.kind).attribute(scene)


@dataclass(frozen=True)
class SQIG(SGIG):
    """The mean square of integrated gradients of noisy copies of the image; it has no sign.

    Args:
        samples: how many copies, default 10.
        steps: of the quadrature, default 16.
        quadrature: its rule, default `gauss-legendre`.
        noise: standard deviation, relative to each image's own range, default 0.15.
        baseline: what the copies are compared with, default zero; words will do.

    Raises:
        BadValue: no sample, too few steps, or negative noise.
        UnknownName: no such quadrature or baseline.

    Source: Hooker, Erhan, Kindermans and Kim, A Benchmark for Interpretability Methods in Deep
    Neural Networks, 2019.

    Example:
        >>> SQIG().kind
        'square'
    """

    name = "sq-ig"

    @property
    def kind(self) -> str:
        """The squares are taken."""
        return "square"
