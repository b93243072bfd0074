"""Which of a Keras model's inputs is explained, and what the others are given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.errors import BadValue, ModelError, unknown
from attrvis.networks.packing import ALL, Packing

Shape = tuple[int | None, ...]
Arrange = Callable[[tf.Tensor], Any]
"""A batch of what is explained -> the model's whole input, in its own structure."""


def arranged(
    model: Any, wanted: str | None, feeds: Mapping[str, object]
) -> tuple[Shape, Arrange, Packing | None] | None:
    """Find the input that is explained in a model that declares its inputs.

    Args:
        model: a Keras 3 or tf_keras model.
        wanted: the input's name, or `*` for all of them as one row of numbers; default the only
            one, or the only one that may be images.
        feeds: what the other inputs are given: one image's value by name, the same for all.

    Returns:
        The input's shape, its batch axis free, how a batch is arranged for the model, and how
        several inputs are packed; None where the model declares no inputs.

    Raises:
        UnknownName: no such input; the nearest are named.
        ModelError: it is not clear which input is meant, or another has no value.
        BadValue: a value of another shape.
    """
    try:
        structure = model.input
    except (AttributeError, ValueError, RuntimeError):
        return None
    if structure is None:
        return None
    declared = tf.nest.flatten(structure)
    names = _names(structure, declared)
    shapes = {name: tuple(t.shape) for name, t in zip(names, declared, strict=True)}
    if wanted == ALL:
        return _packed(model, structure, declared, shapes)
    for name in feeds:
        if name not in shapes or name == wanted:
            raise unknown("other input", name, [n for n in shapes if n != wanted])
    chosen = _chosen(model, shapes, wanted, feeds)
    others = {
        name: _value(name, shapes[name], feeds[name], declared[names.index(name)].dtype)
        for name in shapes
        if name != chosen
    }

    def arrange(batch: tf.Tensor) -> Any:
        count = tf.shape(batch)[0]
        parts = [
            batch if name == chosen else tf.repeat(others[name][None], count, axis=0)
            for name in names
        ]
        return tf.nest.pack_sequence_as(structure, parts)

    return shapes[chosen], arrange, None


def _packed(
    model: Any, structure: Any, declared: list[Any], shapes: Mapping[str, Shape]
) -> tuple[Shape, Arrange, Packing]:
    free = [name for name, shape in shapes.items() if None in shape[1:]]
    if free:
        raise ModelError(
            f"The input {free[0]!r} of {model.name!r} has the shape {list(shapes[free[0]])}, and "
            "only inputs of a fixed size can be explained together; name one with input=."
        )
    packing = Packing(
        structure=tf.nest.map_structure(lambda _: 0, structure),
        names=tuple(shapes),
        shapes=tuple(tuple(int(side or 0) for side in shape[1:]) for shape in shapes.values()),
    )

    def arrange(batch: tf.Tensor) -> Any:
        parts = tf.nest.flatten(packing.unpack(batch))
        cast = [tf.cast(p, tf.as_dtype(t.dtype)) for p, t in zip(parts, declared, strict=True)]
        return tf.nest.pack_sequence_as(structure, cast)

    return (None, sum(packing.lengths)), arrange, packing


def _names(structure: Any, declared: list[Any]) -> list[str]:
    if isinstance(structure, dict):
        return sorted(map(str, structure))
    return [str(t.name).split(":")[0] for t in declared]


def _chosen(
    model: Any, shapes: Mapping[str, Shape], wanted: str | None, feeds: Mapping[str, object]
) -> str:
    if wanted is not None:
        if wanted not in shapes:
            raise unknown("input", wanted, shapes)
        left = [wanted]
    else:
        left = [name for name in shapes if name not in feeds]
        images = [name for name in left if len(shapes[name]) == 4]
        left = images if len(images) == 1 else left
    missing = [name for name in shapes if name not in feeds and name not in left[:1]]
    if len(left) != 1 or missing:
        said = ", ".join(f"{name} {list(shape[1:])}" for name, shape in shapes.items())
        raise ModelError(
            f"The model {model.name!r} has {len(shapes)} inputs ({said}); say which one is "
            "explained with input=, and what the others are given with feeds=, or explain all of "
            "them together with input='*'."
        )
    return left[0]


def _value(name: str, shape: Shape, given: object, dtype: Any) -> tf.Tensor:
    value = tf.cast(tf.convert_to_tensor(np.asarray(given)), tf.as_dtype(dtype))
    if not value.shape.is_compatible_with(shape[1:]):
        raise BadValue(
            f"The input {name!r} takes {list(shape[1:])} for one image, not {value.shape}; give "
            "feeds= a value without a batch axis."
        )
    return value
