"""What a rendering uses where its caller leaves the choice, and whether it all fits together."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.errors import BadValue
from attrvis.networks import Network, Trunk
from attrvis.networks.rules import Rule
from attrvis.objectives import Objective, as_objective
from attrvis.objectives.memory import Memory
from attrvis.param import BACKGROUNDS, PARAMS, Background, Constant, FourierImage, Parameterisation
from attrvis.rendering.checks import whole
from attrvis.rendering.scene import Canvas, network_layers
from attrvis.tables import Table
from attrvis.transforms import (
    Chain,
    Crop,
    Fit,
    Jitter,
    RandomCrops,
    Resize,
    as_transform,
    compose,
)

REDIRECTED = "redirected_relu"
"""The rule that does not stay: it moves pictures that have no gradient, early in a run."""

_MOST_PIXELS = 8192 * 8192

_MASKING = ("alpha", "transformed")


@dataclass(frozen=True, eq=False)
class Plan:
    """What a run uses.

    Args:
        net: the network, in the precision and with the rule of the whole run.
        image: the parameterisation.
        size: of the finished pictures, in pixels.
        background: what lies behind.
        transforms: size -> what happens before the network sees a picture.
        rescue: the rule for pictures without a gradient, or None.
    """

    net: Network
    image: Parameterisation
    size: tuple[int, ...]
    background: Background
    transforms: Callable[[tuple[int, ...]], Chain]
    rescue: str | None

    def canvas(self, size: tuple[int, ...]) -> Canvas:
        """Give what is drawn on at a size."""
        channels = int(self.net.layer("input").shape[-1] or 3)
        return Canvas(self.image, size, self.background, self.transforms(size), channels)

    def trunk(self, objective: Objective, canvas: Canvas, net: Network | None = None) -> Trunk:
        """Cut the network behind what an objective reads."""
        size = canvas.seen if len(canvas.seen) == 2 else None
        own = self.net.layer("input").shape[1:-1]
        if size is None and not tf.TensorShape(own).is_compatible_with(canvas.seen):
            raise BadValue(
                f"{self.net.name!r} takes {list(own)}, but the transforms leave "
                f"{list(canvas.seen)} of {list(canvas.size)}; end them with Crop()."
            )
        return (net or self.net).trunk(network_layers(objective), size)


def planned(
    net: Network,
    objectives: Sequence[Objective],
    *,
    image: Parameterisation | str | None,
    size: int | Sequence[int] | None,
    background: Background | str | None,
    transforms: Any,
    rule: str | Rule | None,
    precision: str | None,
) -> Plan:
    """Fill in what the caller left open.

    Raises:
        UnknownName: no such parameterisation, background, set of transforms or rule.
        BadValue: an image of other channels than the network takes, or a size without sides.
    """
    net = net if precision is None else net.with_precision(precision)
    if isinstance(rule, Rule) or rule not in (None, REDIRECTED):
        net = net.with_rule(rule)  # type: ignore[arg-type]
    shape = net.layer("input").shape
    sides = _sides(net, size)
    channels = int(shape[-1] or 3)
    masking = any(name in _MASKING for objective in objectives for name in objective.layers)
    if masking and channels != 3:
        raise BadValue("A mask needs a network that sees colours; leave the mask's terms out.")
    if image is None:
        image = FourierImage(channels=4 if masking else channels, with_alpha=masking)
    drawn: Parameterisation = _made(PARAMS, image) if isinstance(image, str) else image
    given = drawn.channels - int(drawn.transparent)
    if given not in (1, channels):
        raise BadValue(
            f"The image has {given} channels, but {net.name!r} takes {channels}; give a "
            "parameterisation of as many."
        )
    if background is None:
        background = "noise_pyramid" if drawn.transparent else "constant"
    behind = _made(BACKGROUNDS, background) if isinstance(background, str) else background
    if channels != 3 and (drawn.transparent or not isinstance(behind, Constant)):
        raise BadValue(
            f"{net.name!r} takes {channels} channels, and backgrounds are for three; draw an "
            "opaque image on a constant one."
        )
    default = "masked" if drawn.transparent else "standard"

    def sized(own: tuple[int, ...]) -> Chain:
        if len(own) == 2:
            wanted = default if transforms is None else transforms
            made = compose(as_transform(wanted, own))
            # What brings to a size brings to the network's, whatever is drawn.
            fitting = any(isinstance(step, Fit | RandomCrops | Resize) for step in made.steps)
            made = compose(as_transform(wanted, net.image_size)) if fitting else made
        elif transforms is None:
            made = compose(Jitter(max(1, min(own) // 16)), Crop()) if len(own) == 1 else compose()
        else:
            made = compose(as_transform(transforms))
        opaque = not drawn.transparent and isinstance(behind, Constant)
        return made.with_alpha(not opaque)

    rescue = REDIRECTED if rule == REDIRECTED else None
    return Plan(net, drawn, sides, behind, sized, rescue)


def _made(table: Table, name: str) -> Any:
    """Make what a name stands for, as long as it needs nothing more."""
    kind = table[name]
    held = fields(kind) if is_dataclass(kind) else ()
    needed = [f.name for f in held if f.default is f.default_factory is MISSING and f.init]
    if needed:
        raise BadValue(
            f"The {table.kind} {name!r} needs {' and '.join(map(repr, needed))}; hand over "
            f"{kind.__name__}(...) in the place of its name."
        )
    return kind()


def _sides(net: Network, size: int | Sequence[int] | None) -> tuple[int, ...]:
    own = net.layer("input").shape[1:-1]
    if size is None:
        if not own or None in own:
            raise BadValue(
                f"{net.name!r} takes {list(net.layer('input').shape[1:])}, so there is no picture "
                "to draw; where a side is free, give size=."
            )
        return tuple(int(side) for side in own if side is not None)
    several = size if isinstance(size, list | tuple | np.ndarray) else [size] * max(len(own), 1)
    sides = tuple(whole(side, "A side of a picture in pixels") for side in several)
    if len(sides) != len(own):
        raise BadValue(
            f"The size {size} does not fit {net.name!r}, whose images have {len(own)} sides; give "
            "as many numbers of pixels."
        )
    if math.prod(sides) > _MOST_PIXELS:
        raise BadValue(f"A picture has at most {_MOST_PIXELS} pixels, not {list(sides)}.")
    return sides


def bound(net: Network, given: Any) -> list[Objective]:
    """Make objectives of what was given, with the network's labels, and look for their layers.

    Args:
        net: the network.
        given: an objective, a string such as `"mixed4d:42"`, a callable, or several of those.

    Raises:
        UnknownName: no such layer or label.
        BadValue: something that is no objective.
    """
    several = list(given) if isinstance(given, list | tuple) else [given]
    made = [as_objective(one).with_labels(net.class_index) for one in several]
    for name in {name for objective in made for name in network_layers(objective)}:
        net.layer(name)
    return made


def check_readable(
    plan: Plan, objective: Objective, size: tuple[int, ...], count: int
) -> dict[str, tuple[int, ...]]:
    """Evaluate an objective on readings of zeros: what is out of range is found before work.

    Returns:
        The shapes of what it remembers from step to step, by name.

    Raises:
        BadValue: a unit or position that does not exist, or numbers of another shape.
        ModelError: the network cannot take the size that the transforms leave.
    """
    canvas = plan.canvas(size)
    trunk = plan.trunk(objective, canvas)
    rows = count * canvas.copies
    seen = [rows, *canvas.seen]
    readings = {
        "alpha": tf.ones([rows, *size, 1]),
        "image": tf.zeros([rows, *size, canvas.channels]),
        "transformed": tf.ones([*seen, 1]),
        "progress": tf.constant(0.0),
        "input": tf.zeros([*seen, canvas.channels]),
    }
    for name in network_layers(objective):
        shape = trunk.shape(name)[1:]
        if None in shape:
            return {}
        readings[name] = tf.zeros([rows, *shape])
    numbers = [
        np.repeat(p, canvas.copies, axis=0) if np.ndim(p) > rank else p
        for p, rank in zip(objective.parameters, objective.ranks, strict=True)
    ]
    memory = Memory()
    objective.with_parameters(numbers)({**readings, "memory": memory})
    return memory.shapes
