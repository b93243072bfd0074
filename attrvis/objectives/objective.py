"""What to explain or to maximise: a scalar for each image, with an exact algebra."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.errors import BadValue

Readings = Mapping[str, tf.Tensor]
Number = float | int | np.ndarray
Parameter = np.ndarray | str
"""A number (or one an image), or a label that is still to be looked up."""


_COUPLED = frozenset(("alignment", "diversity"))
"""The kinds that look at the other images of a batch, as their names say."""


@dataclass(frozen=True, eq=False)
class Objective:
    """A scalar for each image of a batch, computed from readings of a network or a rendering.

    Its structure is Python and its numbers are tensors, so that objectives which differ in their
    numbers alone share one trace. Everything is maximised; a penalty is subtracted.

    Args:
        description: how a person reads it.
        layers: the readings that it needs.
        structure: what a trace depends on, hashable.
        parameters: its numbers; one whose rank is above `ranks` holds one entry an image.
        ranks: the rank of each parameter when one serves all images.
        evaluate: (readings, parameters) -> [B].
        terms: the addends, when it is a sum.

    Example:
        >>> from attrvis.objectives import channel
        >>> q = 2 * channel("mixed4d", 42) - 1
        >>> q.description, q.layers
        ('2 * mixed4d:42 - 1', ('mixed4d',))
    """

    description: str
    layers: tuple[str, ...]
    structure: Hashable
    parameters: tuple[Parameter, ...]
    ranks: tuple[int, ...]
    evaluate: Callable[[Readings, Sequence[Any]], tf.Tensor]
    terms: tuple[Objective, ...] = ()

    # Else an array on the left would take itself apart and give an array of objectives.
    __array_ufunc__ = None

    def __call__(self, readings: Readings) -> tf.Tensor:
        """Compute the scalar of each image, [B].

        Args:
            readings: at least the tensors named in `layers`.

        Raises:
            BadValue: a reading is missing, a label was not looked up yet, or there are numbers
                for another count of images.
        """
        missing = [name for name in self.layers if name not in readings]
        if missing:
            raise BadValue(
                f"The objective '{self}' needs the reading {missing[0]!r}, which is not given "
                f"here; there are: {', '.join(map(repr, readings))}."
            )
        unnamed = [p for p in self.parameters if isinstance(p, str)]
        if unnamed:
            raise BadValue(f"The label {unnamed[0]!r} is not looked up yet; use with_labels.")
        self._check_count(readings)
        return self.evaluate(readings, self.parameters)

    def _check_count(self, readings: Readings) -> None:
        shapes = (tf.convert_to_tensor(readings[name]).shape for name in self.layers)
        images = next((shape[0] for shape in shapes if shape.rank), None)
        for parameter, rank in zip(self.parameters, self.ranks, strict=True):
            shape: tuple[int | None, ...] = tuple(getattr(parameter, "shape", ()))
            if images is not None and len(shape) > rank and shape[0] not in (1, None, images):
                raise BadValue(
                    f"The objective '{self}' holds numbers for {shape[0]} images (of shape "
                    f"{tuple(shape)}), but there are {images} here."
                )

    def with_labels(self, find: Callable[[str], int]) -> Objective:
        """Look up every label that the objective names; `find` gives a label's class index."""
        found = tuple(
            np.asarray(find(p), np.int32) if isinstance(p, str) else p for p in self.parameters
        )
        terms = tuple(term.with_labels(find) for term in self.terms)
        return replace(self, parameters=found, terms=terms)

    @property
    def coupled(self) -> bool:
        """Whether an image's scalar depends on its neighbours in the batch."""
        return bool(_COUPLED & set(_operations(self.structure)))

    @property
    def remembers(self) -> bool:
        """Whether it depends on the steps before, while a picture is drawn."""
        return "moving_style" in set(_operations(self.structure))

    def with_parameters(self, parameters: Sequence[Any]) -> Objective:
        """Give the same objective with other numbers, which may be tensors of a trace."""
        return replace(self, parameters=tuple(parameters))

    def rows(self, index: tf.Tensor, parameters: Sequence[Any]) -> list[Any]:
        """Pick each row's own entry of those parameters that hold one an image."""
        return [
            tf.gather(p, index) if len(p.shape) > rank else p
            for p, rank in zip(parameters, self.ranks, strict=True)
        ]

    def __str__(self) -> str:
        return self.description

    def __repr__(self) -> str:
        return f"Objective({self.description!r})"

    def __add__(self, other: Objective | Number) -> Objective:
        return _sum(self, _lift(other))

    def __radd__(self, other: Number) -> Objective:
        return _sum(_lift(other), self)

    def __sub__(self, other: Objective | Number) -> Objective:
        return _sum(self, -_lift(other))

    def __rsub__(self, other: Number) -> Objective:
        return _sum(_lift(other), -self)

    def __neg__(self) -> Objective:
        return _apply("neg", tf.negative, [self], _negated(self.description))

    def __mul__(self, other: Objective | Number) -> Objective:
        return _product(self, _lift(other))

    def __rmul__(self, other: Number) -> Objective:
        return _product(_lift(other), self)

    def __truediv__(self, other: Objective | Number) -> Objective:
        other = _lift(other)
        text = f"{_wrapped(self)} / {_wrapped(other, 'mul', 'div')}"
        return _apply("div", tf.divide, [self, other], text)

    def __rtruediv__(self, other: Number) -> Objective:
        return _lift(other) / self

    def __pow__(self, other: Objective | Number) -> Objective:
        other = _lift(other)
        tight = ("mul", "div", "pow")
        text = f"{_wrapped(self, *tight)} ** {_wrapped(other, *tight)}"
        return _apply("pow", tf.pow, [self, other], text)

    @staticmethod
    def sum(objectives: Sequence[Objective]) -> Objective:
        """Add up many objectives without nesting.

        Raises:
            BadValue: none is given.
        """
        if not objectives:
            raise BadValue("A sum of objectives needs at least one.")
        return _sum(*objectives)


def _operations(structure: Any) -> Iterator[str]:
    """List the kinds of objectives that a structure is made of; names of layers are none."""
    if isinstance(structure, str):
        yield structure
    elif isinstance(structure, tuple) and structure:
        yield from _operations(structure[0])
        for part in structure[1:]:
            if isinstance(part, tuple):
                yield from _operations(part)


def constant(value: Number) -> Objective:
    """Make the objective that is the same number whatever the image."""
    with np.errstate(over="ignore"):
        array = np.asarray(value, np.float32)
    if array.ndim > 1 or not array.size or not np.isfinite(array).all():
        raise BadValue(f"A number in an objective must be finite, one or one an image: {value!r}.")
    text = _written(array) if array.ndim == 0 else f"[{len(array)} numbers]"
    return Objective(text, (), "constant", (array,), (0,), lambda _, p: tf.convert_to_tensor(p[0]))


def _written(number: np.ndarray) -> str:
    """Write a number in as few digits as say which one it is."""
    short = f"{float(number):g}"
    return short if np.float32(short) == number else str(np.float32(number))


def _lift(value: Objective | Number) -> Objective:
    if isinstance(value, Objective):
        return value
    if isinstance(value, float | int | np.ndarray | np.number) and not isinstance(value, bool):
        return constant(value if isinstance(value, np.ndarray) else float(value))
    raise BadValue(
        f"An objective combines with objectives and numbers, not with {type(value).__name__}."
    )


def _apply(name: str, op: Callable, parts: list[Objective], text: str) -> Objective:
    bounds = np.cumsum([0, *(len(p.parameters) for p in parts)])

    def evaluate(readings: Readings, parameters: Sequence[Any]) -> tf.Tensor:
        values = [
            part.evaluate(readings, parameters[start:stop])
            for part, start, stop in zip(parts, bounds[:-1], bounds[1:], strict=True)
        ]
        return op(*values)

    return Objective(
        text,
        tuple(dict.fromkeys(layer for p in parts for layer in p.layers)),
        (name, *(p.structure for p in parts)),
        tuple(n for p in parts for n in p.parameters),
        tuple(r for p in parts for r in p.ranks),
        evaluate,
    )


def _sum(*parts: Objective) -> Objective:
    flat = [term for part in parts for term in (part.terms or (part,))]
    text = flat[0].description
    for term in flat[1:]:
        text += f" - {term.description[1:]}" if term.description[0] == "-" else f" + {term}"
    made = _apply("sum", lambda *values: sum(values[1:], values[0]), flat, text)
    return replace(made, terms=tuple(flat))


def _product(left: Objective, right: Objective) -> Objective:
    text = f"{_wrapped(left)} * {_wrapped(right)}"
    return _apply("mul", tf.multiply, [left, right], text)


def _wrapped(part: Objective, *looser: str) -> str:
    """Write an operand, in brackets where it is a sum, a negative or of one of these operations."""
    text, structure = part.description, part.structure
    operation = structure[0] if isinstance(structure, tuple) else structure
    return f"({text})" if part.terms or text.startswith("-") or operation in looser else text


def check_index(index: Any, count: int | None, what: str) -> None:
    """Refuse a number of a class or unit that is too large, as far as both are known by now.

    A device may read beyond an array's end without a word.

    Raises:
        BadValue: `index`, or one of them, is `count` or more.
    """
    known = tf.get_static_value(tf.convert_to_tensor(index))
    if known is not None and count is not None and np.max(known) >= count:
        raise BadValue(f"There is no {what} {np.max(known)} here; they go from 0 to {count - 1}.")


def _negated(text: str) -> str:
    return f"-({text})" if " + " in text or " - " in text or text.startswith("-") else f"-{text}"
