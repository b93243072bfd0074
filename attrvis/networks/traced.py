"""The door for anything that TensorFlow can trace: functions, and what a SavedModel holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from attrvis.errors import ModelError
from attrvis.networks.door import FALLBACK_SIZE, Door, Opened, Options, first_line
from attrvis.networks.inlining import inlined, pruned
from attrvis.networks.lowered import Lowered, clear_output, with_captured_constants
from attrvis.networks.preparing import cleaned
from attrvis.networks.safety import check_ops
from attrvis.networks.wiring import canonical, node_of


def lower_concrete(concrete: Any, *, trust: bool = False, keeps: object = None) -> Lowered:
    """Lower a ConcreteFunction from one batch of images to scores; its variables stay live.

    Args:
        concrete: the function.
        trust: allow ops outside the allowlist.
        keeps: what must stay alive with it.

    Raises:
        ModelError: several image inputs, or an op outside the allowlist.
    """
    graph = concrete.graph
    captures = {inner.op.name: outer for outer, inner in graph.captures}
    free = [t for t in concrete.inputs if t.op.name not in captures and t.dtype.is_floating]
    images = [t.name for t in free if t.shape.rank in (None, 4)] or [t.name for t in free]
    if len(images) != 1:
        shapes = [str(t.shape) for t in concrete.inputs if t.op.name not in captures]
        raise ModelError(
            f"The model takes {len(shapes)} inputs ({', '.join(shapes)}), of which {len(images)} "
            "may be what is explained; wrap it in a function of one batch of images."
        )
    outputs = dict(zip(_output_names(concrete), concrete.outputs, strict=True))
    graph_def, found = inlined(graph.as_graph_def(), [t.name for t in outputs.values()])
    now = dict(zip((t.name for t in outputs.values()), found, strict=True))
    graph_def = cleaned(pruned(graph_def, [*found, images[0]]))
    check_ops(graph_def, trust=trust)
    small, own = with_captured_constants(graph_def)
    live = {name: source for name, source in captures.items() if name in _names(small)}
    return Lowered(
        small,
        canonical(images[0]),
        now.get(clear_output(outputs), ""),
        {**live, **own},
        {},
        {name: now[t.name] for name, t in outputs.items()} if len(outputs) > 1 else {},
        keeps=(keeps, concrete),
    )


def lower_callable(
    function: Callable[..., Any], size: tuple[int, int], *, trust: bool = False
) -> Lowered:
    """Lower a Python function of TensorFlow ops, from images [B, H, W, 3] to scores.

    Args:
        function: called once, on a symbolic batch of unknown length.
        size: height and width of the images in pixels.
        trust: allow ops outside the allowlist.

    Raises:
        ModelError: it cannot be traced, or does not give tensors.
    """
    spec = tf.TensorSpec((None, *size, 3), tf.float32, name="images")

    @tf.function(autograph=False)
    def scores(images: tf.Tensor) -> Any:
        given = function(images)
        if not tf.nest.flatten(given) or not all(map(tf.is_tensor, tf.nest.flatten(given))):
            raise ModelError(
                f"The function gives {type(given).__name__}, not tensors of scores; return the "
                "tensor that is to be explained."
            )
        return tf.nest.map_structure(tf.identity, given)

    try:
        concrete = scores.get_concrete_function(spec)
    except ModelError:
        raise
    except Exception as error:
        raise ModelError(
            f"The function cannot be traced for images [B, {size[0]}, {size[1]}, 3] "
            f"({first_line(error)}); give one of TensorFlow ops, and its size with size=."
        ) from None
    return lower_concrete(concrete, trust=trust, keeps=function)


def _output_names(concrete: Any) -> list[str]:
    """Name the outputs in their order, which is that of a dict's sorted keys."""
    given, count = concrete.structured_outputs, len(concrete.outputs)
    named = isinstance(given, dict) and len(given) == count
    return sorted(map(str, given)) if named else [str(i) for i in range(count)]


def _names(graph_def: tf.compat.v1.GraphDef) -> set[str]:
    return {node_of(node.name) for node in graph_def.node}


def _accepts(source: Any) -> bool:
    return callable(source) and not isinstance(source, type)


def _open(source: Any, options: Options) -> Opened:
    name = getattr(source, "__name__", None) or type(source).__name__
    if hasattr(source, "structured_input_signature"):
        lowered = lower_concrete(source, trust=options.trust, keeps=source)
        return Opened("function", lowered)
    lowered = lower_callable(source, options.size or FALLBACK_SIZE, trust=options.trust)
    return Opened(name, lowered)


DOOR = Door(_accepts, _open)
