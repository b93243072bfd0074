"""Walk the ops between a layer and what is read backwards, each by a rule of its own."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import tensorflow as tf

from attrvis.attribution.scene import Scene
from attrvis.errors import ModelError
from attrvis.networks.section import Section, Unit, section

Tensors: TypeAlias = Mapping[str, tf.Tensor]
Step: TypeAlias = Callable[[Unit, list[tf.Tensor | None]], Sequence[tf.Tensor | None]]
"""(unit, what has come to its outputs) -> what goes to its inputs."""

ROWS = 8
"""How many images are walked at once."""


def walk(found: Section, start: Tensors, step: Step) -> tf.Tensor | None:
    """Hand back through a section what starts at the readings.

    Args:
        found: the section.
        start: tensor -> what starts there.
        step: hands it through one unit.

    Returns:
        What comes to the layer, or None where nothing does.
    """
    total: dict[str, tf.Tensor] = dict(start)
    for unit in reversed(found.units):
        coming = [total.get(output) for output in unit.outputs]
        if all(part is None for part in coming):
            continue
        going = step(unit, coming)
        for tensor, part in zip(unit.inputs, going, strict=True):
            if part is not None:
                total[tensor] = total[tensor] + part if tensor in total else part
    return total.get(found.source)


def again(op: tf.Operation, inputs: Sequence[tf.Tensor]) -> list[tf.Tensor]:
    """Run an op once more on other inputs."""
    made = tf.compat.v1.get_default_graph().create_op(
        op.type,
        list(inputs),
        [output.dtype for output in op.outputs],
        attrs=dict(op.node_def.attr),
        name="again",
    )
    return list(made.outputs)


def with_inputs(
    values: Tensors, unit: Unit, reads: Sequence[str], others: Sequence[tf.Tensor]
) -> list[tf.Tensor]:
    """Give all inputs of a unit of one op, with others in the place of those that see the layer."""
    inputs = [values[tensor] for tensor in reads]
    for place, other in zip(unit.places, others, strict=True):
        inputs[place] = other
    return inputs


def applied(values: Tensors, found: Section, unit: Unit, source: tf.Tensor) -> tf.Tensor:
    """Run a unit of one input once more on another tensor, all its nodes."""
    wiring = found.tail.engine.wiring
    known: dict[str, tf.Tensor] = {unit.inputs[0]: source}
    for name in unit.nodes:
        reads = wiring.inputs[name]
        inputs = [known.get(tensor, values[tensor]) for tensor in reads]
        op = values[f"{name}:0"].op
        for number, output in enumerate(again(op, inputs)):
            known[f"{name}:{number}"] = output
    return known[unit.output]


def pulled(
    run: Callable[[list[tf.Tensor]], Sequence[tf.Tensor]],
    inputs: Sequence[tf.Tensor],
    coming: Sequence[tf.Tensor | None],
) -> list[tf.Tensor | None]:
    """Pull what comes to a function's outputs back to its inputs, as a gradient is.

    Args:
        run: the function.
        inputs: where it is looked at.
        coming: what has come to its outputs.
    """
    fresh = [tf.identity(value) for value in inputs]
    outputs = run(fresh)
    pairs = [(o, c) for o, c in zip(outputs, coming, strict=False) if c is not None]
    slopes = tf.gradients([o for o, _ in pairs], fresh, [c for _, c in pairs])
    return [None if slope is None else tf.convert_to_tensor(slope) for slope in slopes]


def section_of(scene: Scene) -> Section:
    """List the ops between a scene's layer and what its objective reads, once for a network."""
    layers = scene.objective.layers
    key = ("section", scene.layer, layers)
    return scene.net.remember(key, lambda: section(scene.net.cut(scene.layer, layers)))


def exact(scene: Scene) -> Scene:
    """Set the same scene in float32, since half precision does not conserve."""
    return scene if scene.net.precision == "float32" else scene.on(net=scene.net.exact)


def no_rule(found: Section, unit: Unit, method: str) -> ModelError:
    """Say that an op has no rule."""
    return ModelError(
        f"{method} has no rule for the op {unit.op!r} ({found.place(unit)}); choose a layer behind "
        "it, another method, or unknown='gradient' to let it pass the plain gradient."
    )


def readings_of(found: Section, values: Tensors, rows: tf.Tensor, bypass: Tensors) -> Tensors:
    """Give what the objective reads, in float32, by name."""
    read = found.tail.read
    pixels = rows if found.tail.tensor == "input" else bypass.get("input")
    return {
        name: pixels if tensor == "input" else tf.cast(values[tensor], tf.float32)
        for name, tensor in read.items()
    }


def at_pixels(found: Section, rows: tf.Tensor, coming: tf.Tensor) -> tf.Tensor:
    """Hand a gradient at what the graph eats back to the pixels."""
    pixels = tf.identity(rows)
    fed = found.tail.engine.preprocess(pixels)
    return tf.gradients(fed, pixels, [tf.cast(coming, fed.dtype)])[0]


def traced(
    scene: Scene, key: Hashable, make: Callable[[], Callable[..., Any]], like: list[tf.Tensor]
) -> Callable[..., Any]:
    """Trace a function of rows, once for any number of them.

    Args:
        scene: whose layer is walked to.
        key: what else the trace depends on.
        make: makes the function of rows like `like`, what bypasses them, which image each is of,
            and the objective's numbers.
        like: tensors of rows.
    """

    def rows_of(tensor: tf.Tensor) -> tf.TensorSpec:
        return tf.TensorSpec([None, *tensor.shape[1:]], tensor.dtype)

    def number(tensor: tf.Tensor, rank: int) -> tf.TensorSpec:
        own = tensor.shape.rank > rank
        return rows_of(tensor) if own else tf.TensorSpec(tensor.shape, tensor.dtype)

    specs = (
        *(rows_of(tensor) for tensor in like),
        {name: rows_of(value) for name, value in scene.bypass.items()},
        tf.TensorSpec([None], tf.int32),
        [number(*pair) for pair in zip(scene.numbers(), scene.objective.ranks, strict=True)],
    )

    def trace() -> Callable[..., Any]:
        return tf.function(make(), autograph=False).get_concrete_function(*specs)

    whole = ("propagation", key, scene.layer, scene.objective.structure, str(specs))
    return scene.net.remember(whole, trace)


def in_rows(scene: Scene, run: Callable[..., Any], *tensors: tf.Tensor) -> list[np.ndarray]:
    """Call what `traced` gave on a few rows of all images at a time."""
    parts = []
    for first in range(0, scene.count, ROWS):
        index = tf.range(first, min(first + ROWS, scene.count))
        bypass = {name: tf.gather(value, index) for name, value in scene.bypass.items()}
        rows = [tf.gather(tensor, index) for tensor in tensors]
        parts.append([part.numpy() for part in run(*rows, bypass, index, scene.numbers())])
    return [np.concatenate(part) for part in zip(*parts, strict=True)]
