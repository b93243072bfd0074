"""The door for Keras 3 and tf_keras models: trace once, and learn which tensor each layer makes.

An object of either has its packages' name among its classes; `isinstance` against `tf.keras.Model`
knows only one of the two.
"""

from __future__ import annotations

import re
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import tensorflow as tf

from attrvis.errors import ModelError
from attrvis.networks.door import FALLBACK_SIZE, Door, Opened, Options
from attrvis.networks.inlining import inlined, pruned
from attrvis.networks.keras_channels_first import (
    takes_channels_first,
    turned_input,
    turned_output,
)
from attrvis.networks.keras_inputs import Arrange, Shape, arranged
from attrvis.networks.lowered import Lowered, clear_output, with_captured_constants
from attrvis.networks.preparing import cleaned
from attrvis.networks.preprocess import recognised

SCORES = "logits"
"""The output of that name holds the scores of a model that gives several."""

_MOST_CHANNELS = 4  # of pictures

_LOCKS: weakref.WeakKeyDictionary[Any, threading.Lock] = weakref.WeakKeyDictionary()
_LOCKS_GUARD = threading.Lock()


def is_keras(source: object) -> bool:
    """Tell whether an object is a Keras 3 or tf_keras model, without importing either."""
    return bool({"keras", "tf_keras"} & _packages(source)) and hasattr(source, "_flatten_layers")


def _packages(source: object) -> set[str]:
    return {c.__module__.split(".")[0] for c in type(source).__mro__}


def lower_keras(
    model: Any,
    *,
    size: tuple[int, int] | None = None,
    input: str | None = None,
    feeds: Mapping[str, object] | None = None,
) -> Lowered:
    """Lower a built Keras 3 or tf_keras model.

    Args:
        model: functional, Sequential, nested or subclassed.
        size: height and width of the input where the model leaves them free.
        input: which of several inputs is explained, or `*` for all of them.
        feeds: what the others are given.

    Raises:
        UnknownName: no such input.
        ModelError: not built, inputs that are not clear, or another backend than TensorFlow.
    """
    _check_backend(model)
    declared = arranged(model, input, feeds or {})
    shape, arrange, packing = declared or (*_undeclared(model), None)
    if size is not None and len(shape) == 4:
        first = takes_first(model, shape)
        shape = (None, shape[1], *size) if first else (None, *size, shape[3])
    made: dict[str, tf.Tensor] = {}
    spec = tf.TensorSpec(shape, tf.float32, name="images")

    def scores(images: tf.Tensor) -> dict[str, tf.Tensor]:
        given = model(arrange(images), training=False)
        named = _named_outputs(model, given)
        return {name: tf.identity(t, name="network_output") for name, t in named.items()}

    try:
        with _lock(model):
            concrete = _traced(model, scores, spec, made)
    except (ValueError, tf.errors.InvalidArgumentError) as error:
        if size is None:
            raise
        raise ModelError(
            f"The model {model.name!r} cannot take {size[0]}x{size[1]} pixels "
            f"({_complaint(error)}); give the size that it was made for, or leave it out."
        ) from None
    graph = concrete.graph
    captures = {inner.op.name: outer for outer, inner in graph.captures}
    # What a layer inside a loop makes lies in the loop's own graph and cannot be read.
    layers = {n: t.name for n, t in made.items() if t.graph is graph and _is_image_like(t)}
    outputs = concrete.structured_outputs
    # Keras compiles convolutions in groups apart; nobody could differentiate those calls again.
    opened_calls, _ = inlined(graph.as_graph_def(add_shapes=False), [])
    kept = [concrete.inputs[0].name, *(t.name for t in outputs.values()), *layers.values()]
    graph_def, own = with_captured_constants(cleaned(pruned(opened_calls, kept)))
    return Lowered(
        graph_def,
        concrete.inputs[0].name,
        outputs[SCORES].name if SCORES in outputs else clear_output(outputs),
        {**captures, **own},
        layers,
        {name: t.name for name, t in outputs.items()} if len(outputs) > 1 else {},
        # TensorFlow forgets the bodies of loops and branches with the function they were made in.
        keeps=(tuple(graph.variables), concrete if graph_def.library.function else None),
        packing=packing,
    )


def _traced(
    model: Any, scores: Callable[..., Any], spec: tf.TensorSpec, made: dict[str, tf.Tensor]
) -> Any:
    try:
        with _tapped(model, made):
            return tf.function(scores, autograph=False).get_concrete_function(spec)
    except tf.errors.OperatorNotAllowedInGraphError:
        # A layer of the user's asks in Python what only the images tell; tf_keras allows it.
        made.clear()
        with _tapped(model, made):
            return tf.function(scores, autograph=True).get_concrete_function(spec)


def _complaint(error: Exception) -> str:
    """Find the line in which Keras names the layer, below one that tells who was called."""
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in str(error).splitlines() if line]
    naming = [line for line in lines if "layer '" in line or 'layer "' in line]
    return (naming or lines or [type(error).__name__])[0][:200]


def _named_outputs(model: Any, given: Any) -> dict[str, tf.Tensor]:
    if tf.is_tensor(given):
        named = {"output": given}
    elif isinstance(given, dict):
        named = {}
        for name, value in given.items():
            several = isinstance(value, list | tuple)
            named.update(
                {f"{name}/{i}": t for i, t in enumerate(value)} if several else {name: value}
            )
    elif isinstance(given, list | tuple):
        names = list(getattr(model, "output_names", ()))
        fits = len(names) == len(given) == len(set(names))
        named = dict(zip(names if fits else map(str, range(len(given))), given, strict=True))
    else:
        named = {"output": given}
    if not all(map(tf.is_tensor, named.values())):
        raise ModelError(
            f"The model {model.name!r} gives {type(given).__name__} of more than tensors; wrap it "
            "in a function that returns the tensor to be explained."
        )
    return {n: turned_output(t) for n, t in named.items()} if takes_channels_first(model) else named


def _check_backend(model: Any) -> None:
    if "keras" in _packages(model):
        import keras

        if keras.backend.backend() != "tensorflow":
            raise ModelError(
                f"Keras runs on {keras.backend.backend()!r} here, but attrvis needs TensorFlow: "
                "set KERAS_BACKEND=tensorflow before Python starts."
            )


def _undeclared(model: Any) -> tuple[Shape, Arrange]:
    if takes_channels_first(model) and getattr(model, "built", False):
        return turned_input(model, _called_with(model))
    return _input_shape(model), lambda batch: batch


def _input_shape(model: Any) -> tuple[int | None, ...]:
    shape = None
    if getattr(model, "built", False):
        shape = getattr(model, "input_shape", None) or _called_with(model)
    if shape is None:
        raise ModelError(
            f"The model {getattr(model, 'name', model)!r} is not built yet; call it once on a "
            "batch of images, or give it an Input layer."
        )
    if not (isinstance(shape, tuple) and len(shape) > 1 and not isinstance(shape[1], tuple)):
        raise ModelError(
            f"The model {model.name!r} takes {shape}, not one batch of images [B, H, W, C] or of "
            "other numbers; wrap it in a function of one batch."
        )
    return shape


def _called_with(model: Any) -> tuple[int | None, ...] | None:
    """Tell the shape, its batch axis free, that a subclassed model was first called with."""
    shape = (model.get_build_config() or {}).get("input_shape")
    return (None, *shape[1:]) if isinstance(shape, list | tuple) else None


def _is_image_like(tensor: tf.Tensor) -> bool:
    return bool(tensor.dtype.is_floating) and (tensor.shape.rank or 0) >= 2


def _lock(model: Any) -> threading.Lock:
    with _LOCKS_GUARD:
        return _LOCKS.setdefault(model, threading.Lock())


def _paths(model: Any) -> Iterator[tuple[str, Any]]:
    """Yield every layer below a model with its path of names, outer ones first."""
    for layer in model._flatten_layers(include_self=False, recursive=False):
        yield layer.name, layer
        for below, inner in _paths(layer):
            yield f"{layer.name}/{below}", inner


@contextmanager
def _tapped(model: Any, made: dict[str, tf.Tensor]) -> Iterator[None]:
    """Wrap each layer's `call` while tracing; its input and output become tensors of their own.

    Without the identities an inference Dropout and the ReLU before it would be one tensor, and an
    edit of one would leak into the other.
    """
    first_path: dict[int, tuple[str, Any]] = {}
    for path, layer in _paths(model):
        first_path.setdefault(id(layer), (path, layer))
    had_own_call = {i: layer.__dict__.get("call") for i, (_, layer) in first_path.items()}
    try:
        for path, layer in first_path.values():
            layer.__dict__["call"] = _tap(path, layer.call, made)
        yield
    finally:
        for i, (_, layer) in first_path.items():
            del layer.__dict__["call"]
            if had_own_call[i] is not None:
                layer.__dict__["call"] = had_own_call[i]


def _tap(path: str, call: Callable[..., Any], made: dict[str, tf.Tensor]) -> Callable[..., Any]:
    calls = 0

    def tapped(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        name = path if calls == 0 else f"{path}#{calls}"
        calls += 1
        if args and tf.is_tensor(args[0]):
            inside = tf.identity(args[0])
            made[f"{name}.in"] = inside
            args = (inside, *args[1:])
        output = call(*args, **kwargs)
        if tf.is_tensor(output):
            output = tf.identity(output)
            made[name] = output
        elif type(output) in (list, tuple) and output and tf.is_tensor(output[0]):
            # What comes after the first is beside it: states, weights of an attention.
            made[name] = tf.identity(output[0])
            output = type(output)([made[name], *output[1:]])
        return output

    return tapped


def free_size(model: Any) -> tuple[int, int] | None:
    """Give the size at which a model runs that leaves it free, or None where it does not."""
    shape = getattr(model, "input_shape", None)
    if not (isinstance(shape, tuple) and len(shape) == 4):
        return None
    sides = shape[2:] if takes_first(model, shape) else shape[1:3]
    if None not in sides:
        return None
    high, wide = (own or usual for own, usual in zip(sides, FALLBACK_SIZE, strict=True))
    return high, wide


def takes_first(model: Any, shape: Shape) -> bool:
    """Tell whether a model takes images of this shape [B, C, H, W], and not [B, H, W, C]."""
    channels, last = shape[1], shape[3]
    if channels is None or not (last is None or channels <= _MOST_CHANNELS < last):
        return False
    return any(getattr(layer, "data_format", "") == "channels_first" for _, layer in _paths(model))


def opened(model: Any, options: Options) -> Opened:
    """Lower a model, and tell its preprocessing if it is one of a known family."""
    size = options.size or free_size(model)
    lowered = lower_keras(model, size=size, input=options.input, feeds=options.feeds)
    known, found = recognised(model)
    return Opened(model.name, lowered, known, found)


DOOR = Door(is_keras, opened)
