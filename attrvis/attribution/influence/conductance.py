"""Conductance: how much of the target's change flows through a layer, or a neuron."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import tensorflow as tf

from attrvis.attribution.baselines import BaselineMethod, Zero, named_baseline
from attrvis.attribution.influence.internal import pushed
from attrvis.attribution.method import Found, Method
from attrvis.attribution.quadrature import quadrature
from attrvis.attribution.rows import Rows, Samples, Tensors, on_line, times
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue
from attrvis.networks import Network
from attrvis.networks.choice import last_map
from attrvis.objectives import Objective, channel, neuron


@dataclass(frozen=True)
class Conductance(Method):
    """How much of the target's change flows through each neuron of a layer.

    The pixels go from a baseline to the image in a straight line.
    `values = sum over steps of the layer's gradient in the middle of a step times what the layer
    moves in it`: both ends belong to the path, so the values add up to the change as the steps
    become small.

    Args:
        steps: of the path, default 32.
        baseline: of the pixels, default zero; words will do.
        tolerance: a relative gap above this is warned about, default 0.05.
        batch_size: rows at once, or `auto`.

    Raises:
        BadValue: no step.
        UnknownName: no such baseline.

    Source: Dhamdhere, Sundararajan and Yan, How Important Is a Neuron?, 2019.

    Example:
        >>> Conductance(steps=64).name
        'conductance'
    """

    steps: int = 32
    baseline: BaselineMethod | str = field(default_factory=Zero)
    tolerance: float = 0.05
    batch_size: int | str = "auto"
    name = "conductance"

    def __post_init__(self) -> None:
        if isinstance(self.baseline, str):
            object.__setattr__(self, "baseline", named_baseline(self.baseline))
        quadrature("midpoint", self.steps)

    def home(self, net: Network) -> str:
        """Name the last layer with positions."""
        return last_map(net).name

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        placed = scene if scene.layer == "input" else scene.on(via="input")
        pixels = scene.on(layer="input")
        base = self.baseline.fit(pixels)  # type: ignore[union-attr]
        edges = np.linspace(0, 1, self.steps + 1)
        each = {
            "position": ((edges[1:] + edges[:-1]) / 2).astype(np.float32),
            "before": edges[:-1].astype(np.float32),
            "after": edges[1:].astype(np.float32),
        }
        start = tf.convert_to_tensor(base.values)
        samples = Samples(on_line, self.steps, each, {"start": start})
        sums, _ = placed.fold(samples, _flow, batch_size=self.batch_size)
        layer_base = start if placed is scene else pushed(placed, start)
        change = None
        if scene.net.gate(scene.layer) or placed is scene:
            change = np.asarray(base.photo_score - base.score, np.float64)
        return Found(sums["flow"], layer_base, change)


def _flow(rows: Rows, points: tf.Tensor, gradient: tf.Tensor, values: tf.Tensor) -> Tensors:
    """Multiply the gradient by what the layer moves in a step."""
    start, end = rows.own["start"], rows.own["value"]

    def at(position: tf.Tensor) -> tf.Tensor:
        return rows.lead(start + times(position, end - start))

    return {"flow": gradient * (at(rows.each["after"]) - at(rows.each["before"]))}


@dataclass(frozen=True)
class NeuronConductance(Method):
    """How much of the target's change flows from each pixel through one neuron.

    `values = (x - b) * integral of the target's gradient at the neuron times the neuron's gradient
    at the pixels`.

    Args:
        neuron: `layer:unit@y,x`, or `layer:unit` for the middle position; of a layer without
            positions `layer:unit`. Default of each image the neuron of the last map that speaks
            most for the target, by its activation times its gradient; it is told among the
            settings as `neurons`.
        steps: of the quadrature, default 32.
        quadrature: its rule, default `gauss-legendre`.
        baseline: of the pixels, default zero; words will do.
        batch_size: rows at once, or `auto`.

    Raises:
        BadValue: what was named is no neuron of its layer, or too few steps.
        UnknownName: no such layer, quadrature or baseline.

    Source: Dhamdhere, Sundararajan and Yan, How Important Is a Neuron?, 2019.

    Example:
        >>> NeuronConductance("mixed4d:42@7,7").steps
        32
    """

    neuron: str = ""
    steps: int = 32
    quadrature: str = "gauss-legendre"
    baseline: BaselineMethod | str = field(default_factory=Zero)
    batch_size: int | str = "auto"
    name = "neuron-conductance"

    def __post_init__(self) -> None:
        if isinstance(self.baseline, str):
            object.__setattr__(self, "baseline", named_baseline(self.baseline))
        quadrature(self.quadrature, self.steps)
        if self.neuron and not re.fullmatch(r".+:\d+(@\d+(,\d+)*)?", self.neuron):
            raise BadValue(
                f"A neuron is written layer:unit@y,x, such as mixed4d:42@7,7; not {self.neuron!r}."
            )

    def attribute(self, scene: Scene) -> Found:
        """Attribute a scene; see `Method`."""
        layer = self.neuron.rpartition(":")[0] or last_map(scene.net).name
        there = scene.on(layer=layer)
        shape = [scene.count, *there.values.shape[1:]]
        places = self._named(layer, shape) if self.neuron else _speaking_most(there)
        nodes, weights = quadrature(self.quadrature, self.steps)
        base = tf.convert_to_tensor(self.baseline.fit(scene).values)  # type: ignore[union-attr]
        each = {
            "position": nodes.astype(np.float32),
            "turn": np.arange(self.steps, dtype=np.int32),
            "weight": weights.astype(np.float32),
        }
        mask = np.zeros(shape, np.float32)
        mask[(np.arange(scene.count), *places.T)] = 1
        through = scene.on(layer=layer, via=scene.layer)
        shared = {"steps": np.eye(self.steps, dtype=np.float32)}
        first, _ = through.fold(
            Samples(on_line, self.steps, each, {"start": base, "mask": mask}, shared),
            _slope_at_neuron,
            batch_size=self.batch_size,
        )
        second = scene.on(objective=_neuron(layer, places))
        sums, _ = second.fold(
            Samples(on_line, self.steps, each, {"start": base, "slope": first["slope"]}),
            _weighed_by_slope,
            batch_size=self.batch_size,
        )
        names = [_text(layer, place) for place in places]
        return Found(
            sums["gradient"] * (scene.values - base),
            base,
            notes={"neurons": names},
            cure=f"{names[0]} is silent all the way from the baseline or does not speak to the "
            "target, so name another neuron, or none for the one that speaks most",
        )

    def _named(self, layer: str, shape: Sequence[int]) -> np.ndarray:
        """Read the neuron's position and unit, the same for every image, int [B, rank - 1].

        Raises:
            BadValue: the layer has no such neuron.
        """
        unit, _, where = self.neuron.rpartition(":")[2].partition("@")
        place = tuple(int(n) for n in where.split(",")) if where else ()
        if not place:
            place = tuple(side // 2 for side in shape[1:-1])
        index = (*place, int(unit))
        if len(index) != len(shape) - 1 or any(
            i >= side for i, side in zip(index, shape[1:], strict=True)
        ):
            raise BadValue(
                f"The neuron {self.neuron!r} is outside its layer: {layer!r} is {list(shape[1:])}, "
                "positions first and units last."
            )
        return np.tile(np.array(index, np.int64), (shape[0], 1))


def _speaking_most(there: Scene) -> np.ndarray:
    """Find of each image the neuron with the largest activation times gradient, int [B, rank - 1].

    Where none speaks for the target, that with the largest size.
    """
    slope, _ = there.gradient()
    flat = np.asarray(slope * there.values).reshape(there.count, -1)
    flat = np.where(flat.max(1, keepdims=True) > 0, flat, np.abs(flat))
    return np.stack(np.unravel_index(flat.argmax(1), there.values.shape[1:]), axis=1)


def _neuron(layer: str, places: np.ndarray) -> Objective:
    """Make the objective of one neuron an image."""
    *where, units = places.T
    if len(where) > 2:
        raise BadValue(
            f"Layer {layer!r} has {len(where)} axes of positions, and a neuron has two at most; "
            "choose a neuron of a layer of maps or without positions."
        )
    return neuron(layer, units, *where) if where else channel(layer, units)


def _text(layer: str, place: Sequence[int]) -> str:
    *where, unit = map(str, place)
    return f"{layer}:{unit}@{','.join(where)}" if where else f"{layer}:{unit}"


def _slope_at_neuron(
    rows: Rows, points: tf.Tensor, gradient: tf.Tensor, values: tf.Tensor
) -> Tensors:
    """Give the neuron's gradient at each step its own place, [rows, steps]."""
    own = tf.reduce_sum(gradient * rows.own["mask"], axis=list(range(1, gradient.shape.rank)))
    return {"slope": own[:, None] * tf.gather(rows.shared["steps"], rows.each["turn"])}


def _weighed_by_slope(
    rows: Rows, points: tf.Tensor, gradient: tf.Tensor, values: tf.Tensor
) -> Tensors:
    """Weigh each step's gradient by the slope found there."""
    slope = tf.gather(rows.own["slope"], rows.each["turn"], axis=1, batch_dims=1)
    return {"gradient": times(slope * rows.each["weight"], gradient)}
