"""Pictures mixed of parts that they share, each in shares of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis import seeds
from attrvis.arrays import Data
from attrvis.errors import BadValue
from attrvis.networks import Network
from attrvis.networks.rules import rule_of
from attrvis.param import FourierImage, Parameterisation

_PART = "part."
_REDIRECTED = "redirected_relu"


@dataclass(frozen=True)
class Mixture(Parameterisation):
    """Each picture's own planes, and parts of which it takes shares, added before the sigmoid.

    Pictures that want the same learn it as one part, so they agree where they are alike. The
    pictures of a batch depend on each other, on purpose.

    Args:
        shares: a row a picture and a column a part, [N, K], of any sign.
        base: makes the planes, of the pictures and of the parts alike.
        own: weight of a picture's own planes.
        common: weight of the parts.

    Raises:
        BadValue: shares that are no finite matrix, or another base.

    Source: Olah et al., The Building Blocks of Interpretability, 2018 (activation grids).

    Example:
        >>> param = Mixture(Data(np.eye(3, 2)))
        >>> variables = param.init(seeds.image_keys(0, 3), (8, 8))
        >>> param.image(variables, (8, 8)).shape.as_list(), sorted(param.shared)
        ([3, 8, 8, 3], ['part.spectrum'])
    """

    shares: Data
    base: FourierImage = field(default_factory=lambda: FourierImage(3))
    own: float = 0.7
    common: float = 0.5

    def __post_init__(self) -> None:
        values = np.asarray(self.shares, np.float32)
        if values.ndim != 2 or not values.size or not np.isfinite(values).all():
            raise BadValue(
                f"The shares are finite numbers, a row a picture and a column a part; not of shape "
                f"{values.shape}."
            )
        object.__setattr__(self, "shares", Data(values))
        if not isinstance(self.base, FourierImage):
            raise BadValue(
                f"A mixture's base is a FourierImage, not {type(self.base).__name__}; choose its "
                "channels, sd and decay."
            )

    @property
    def channels(self) -> int:
        """How many channels the image has, alpha included."""
        return self.base.channels

    @property
    def transparent(self) -> bool:
        """Whether the last channel is alpha."""
        return self.base.transparent

    @property
    def shared(self) -> frozenset[str]:
        """Names of the variables that all images share: those of the parts."""
        return frozenset([f"{_PART}spectrum"])

    def init(self, keys: tf.Tensor, size: tuple[int, ...]) -> dict[str, tf.Tensor]:
        """Draw the pictures' own variables and the parts'; see the base."""
        first = seeds.stream(keys[:1], "Mixture")
        count = self.shares.array.shape[1]
        own = tf.concat([seeds.fold(first, part) for part in range(count)], axis=0)
        parts = self.base.init(own, size)
        return self.base.init(keys, size) | {f"{_PART}{n}": v for n, v in parts.items()}

    def image(self, variables: Mapping[str, tf.Tensor], size: tuple[int, ...]) -> tf.Tensor:
        """Decode the variables; see `Parameterisation.image`."""
        return tf.sigmoid(self.logits(variables, size))

    def logits(self, variables: Mapping[str, tf.Tensor], size: tuple[int, ...]) -> tf.Tensor:
        """Decode the variables to what a sigmoid squashes; see `Parameterisation.logits`.

        Raises:
            BadValue: another number of pictures than there are rows of shares.
        """
        own, parts = _apart(variables)
        planes, common = self.base.planes(own, size), self.base.planes(parts, size)
        shares = self.shares.array
        if planes.shape[0] != len(shares):
            raise BadValue(
                f"There are shares for {len(shares)} pictures, but {planes.shape[0]} are drawn "
                "together; give a row a picture, and draw all of them as one batch."
            )
        flat = tf.reshape(common, [shares.shape[1], -1])
        mixed = tf.reshape(tf.linalg.matmul(shares, flat), tf.shape(planes))
        return self.base.mixed(self.own * planes + self.common * mixed, size)

    def resized(
        self, variables: Mapping[str, tf.Tensor], size: tuple[int, ...], to: tuple[int, ...]
    ) -> dict[str, tf.Tensor]:
        """Carry pictures and parts over to another size; see the base."""
        own, parts = _apart(variables)
        found = self.base.resized(parts, size, to)
        return self.base.resized(own, size, to) | {f"{_PART}{n}": v for n, v in found.items()}


def with_shared(
    net: Network, image: Parameterisation, drawing: Mapping[str, Any]
) -> dict[str, Any]:
    """Say how pictures that share variables are drawn.

    They are no pictures alone, of which some could be helped where they have no gradient, so the
    rule that does it holds for the whole run, if the network has units that can die.

    Args:
        net: the network.
        image: the parameterisation.
        drawing: what the caller wants of `attrvis.render`.

    Returns:
        What `attrvis.render` takes.

    Raises:
        BadValue: the caller wants another parameterisation.

    Example:
        >>> from attrvis.networks import load
        >>> made = with_shared(load("embedded"), Mixture(Data(np.eye(2))), {"steps": 4})
        >>> sorted(made), made["rule"].name
        (['image', 'rule', 'steps'], 'redirected_relu')
    """
    if drawing.get("image") is not None:
        raise BadValue(
            "These pictures share parts of their own parameterisation; leave image= out, or draw "
            "them with aligned=False where there is that choice."
        )
    rule = drawing.get("rule", _REDIRECTED)
    if rule == _REDIRECTED:
        rule = rule_of(_REDIRECTED)
        try:
            net.with_rule(rule)
        except BadValue:  # no op of that kind, so nothing can be dead
            rule = None
    return {**drawing, "image": image, "rule": rule}


def opaque(net: Network) -> FourierImage:
    """Give the Fourier image of a network's channels, without alpha.

    Args:
        net: the network.

    Returns:
        The parameterisation.

    Example:
        >>> from attrvis.networks import load
        >>> opaque(load("embedded")).channels
        3
    """
    return FourierImage(int(net.layer("input").shape[-1] or 3), with_alpha=False)


def _apart(
    variables: Mapping[str, tf.Tensor],
) -> tuple[dict[str, tf.Tensor], dict[str, tf.Tensor]]:
    own = {n: v for n, v in variables.items() if not n.startswith(_PART)}
    return own, {n.removeprefix(_PART): v for n, v in variables.items() if n.startswith(_PART)}
