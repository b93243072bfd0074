"""The door for Keras 3 models: trace once, and learn which tensor each layer makes."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tensorflow as tf

from attrvis.errors import ModelError
from attrvis.networks.lowered import Lowered, cleaned, with_captured_constants

_LOCKS: weakref.WeakKeyDictionary[Any, threading.Lock] = weakref.WeakKeyDictionary()
_LOCKS_GUARD = threading.Lock()
_HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"


def is_keras(source: object) -> bool:
    """Tell whether an object is a Keras 3 model, without importing Keras for any other object."""
    modules = {c.__module__.split(".")[0] for c in type(source).__mro__}
    return "keras" in modules and callable(source) and hasattr(source, "_flatten_layers")


def read_keras(path: Path) -> Any:
    """Load a whole-model `.keras` or `.h5` file, in Keras' safe mode.

    Raises:
        ModelError: the file is no such archive, or Keras cannot build the model from it.
    """
    try:
        with path.open("rb") as file:
            magic = file.read(8)
    except OSError as error:
        raise ModelError(f"The model '{path}' cannot be read: {error.strerror}.") from None
    if not (magic == _HDF5_MAGIC or magic.startswith(b"PK\x03\x04")):
        raise ModelError(
            f"The model '{path}' is neither a .keras archive nor an HDF5 file, or it is damaged; "
            "save the model again with model.save()."
        )
    import keras

    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelError(
            f"Keras cannot load '{path}' ({first[:200]}); build the model in Python and pass the "
            "object."
        ) from None


def lower_keras(model: Any, *, size: tuple[int, int] | None = None) -> Lowered:
    """Lower a built Keras 3 model with one image input.

    Args:
        model: functional, Sequential, nested or subclassed.
        size: height and width of the input where the model leaves them free.

    Raises:
        ModelError: not built, several inputs or outputs, or another backend than TensorFlow.
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        raise ModelError(
            f"Keras runs on {keras.backend.backend()!r} here, but attrvis needs TensorFlow: set "
            "KERAS_BACKEND=tensorflow before Python starts."
        )
    shape = _input_shape(model)
    if size is not None:
        shape = (None, *size, shape[3])
    names: dict[str, str] = {}
    spec = tf.TensorSpec(shape, tf.float32, name="images")

    @tf.function(autograph=False)
    def traced(images: tf.Tensor) -> Any:
        output = model(images, training=False)
        if not tf.is_tensor(output):
            raise ModelError(
                f"The model {model.name!r} gives {type(output).__name__}, not one tensor of "
                "scores; pass a model with a single output."
            )
        return tf.identity(output, name="network_output")

    with _lock(model), _tapped(model, names):
        concrete = traced.get_concrete_function(spec)
    graph = concrete.graph
    captures = {inner.op.name: outer for outer, inner in graph.captures}
    graph_def, own = with_captured_constants(cleaned(graph.as_graph_def(add_shapes=False)))
    layers = {name: tensor for name, tensor in names.items() if _is_image_like(graph, tensor)}
    return Lowered(
        graph_def,
        concrete.inputs[0].name,
        concrete.outputs[0].name,
        {**captures, **own},
        layers,
        keeps=tuple(graph.variables),
    )


def _input_shape(model: Any) -> tuple[int | None, ...]:
    shape = None
    if getattr(model, "built", False):
        shape = getattr(model, "input_shape", None) or _called_with(model)
    if shape is None:
        raise ModelError(
            f"The model {getattr(model, 'name', model)!r} is not built yet; call it once on a "
            "batch of images, or give it an Input layer."
        )
    if not (isinstance(shape, tuple) and len(shape) == 4):
        raise ModelError(
            f"The model {model.name!r} takes {shape}, not one batch of images [B, H, W, C]."
        )
    return shape


def _called_with(model: Any) -> tuple[int | None, ...] | None:
    """Tell the shape, its batch axis free, that a subclassed model was first called with."""
    shape = (model.get_build_config() or {}).get("input_shape")
    return (None, *shape[1:]) if isinstance(shape, list | tuple) else None


def _is_image_like(graph: tf.Graph, tensor: str) -> bool:
    found = graph.get_tensor_by_name(tensor)
    return bool(found.dtype.is_floating) and found.shape.rank is not None and found.shape.rank >= 2


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
def _tapped(model: Any, names: dict[str, str]) -> Iterator[None]:
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
            layer.__dict__["call"] = _tap(path, layer.call, names)
        yield
    finally:
        for i, (_, layer) in first_path.items():
            del layer.__dict__["call"]
            if had_own_call[i] is not None:
                layer.__dict__["call"] = had_own_call[i]


def _tap(path: str, call: Callable[..., Any], names: dict[str, str]) -> Callable[..., Any]:
    calls = 0

    def tapped(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        name = path if calls == 0 else f"{path}#{calls}"
        calls += 1
        if args and tf.is_tensor(args[0]):
            inside = tf.identity(args[0])
            names[f"{name}.in"] = inside.name
            args = (inside, *args[1:])
        output = call(*args, **kwargs)
        if tf.is_tensor(output):
            output = tf.identity(output)
            names[name] = output.name
        return output

    return tapped
