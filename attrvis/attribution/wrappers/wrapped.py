"""What wrappers have in common: another method, run several times, and its values put together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from attrvis.attribution.method import Method
from attrvis.attribution.naming import method_of
from attrvis.errors import BadValue
from attrvis.networks import Network


@dataclass(frozen=True)
class Wrapper(Method):
    """A method made of another.

    Args:
        method: the other one, by name or made.
    """

    method: Method | str = "saliency"

    def __post_init__(self) -> None:
        made = method_of(self.method)
        if made.name == self.name:
            raise BadValue(f"{self.name!r} cannot wrap itself; name another method.")
        object.__setattr__(self, "method", made)

    @property
    def inner(self) -> Method:
        """The other method."""
        return self.method  # type: ignore[return-value]

    def home(self, net: Network) -> str:
        """Name what the other method attributes."""
        return self.inner.home(net)


class Moments:
    """Running mean and variance of values that come one after the other."""

    def __init__(self) -> None:
        self.count = 0
        self.mean = np.zeros(())
        self.spread = np.zeros(())

    def add(self, values: np.ndarray | tf.Tensor) -> None:
        """Take one more; in float64, so that nothing is lost over many."""
        one = np.asarray(values, np.float64)
        self.count += 1
        step = one - self.mean
        self.mean = self.mean + step / self.count
        self.spread = self.spread + step * (one - self.mean)

    def of(self, kind: str) -> np.ndarray:
        """Give the `mean`, the mean `square` or the `variance`, float32."""
        variance = self.spread / max(self.count, 1)
        made = {"mean": self.mean, "square": self.mean**2 + variance, "variance": variance}[kind]
        return made.astype(np.float32)
