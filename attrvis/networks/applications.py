"""The door `keras:NAME?weights=FILE`: the networks of `keras.applications` by name."""

from __future__ import annotations

import inspect
import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from attrvis.errors import BadValue, ModelError, unknown
from attrvis.networks import labels
from attrvis.networks.door import Door, Opened, Options, first_line
from attrvis.networks.keras import opened

_PREFIX = "keras:"


def build(text: str, *, size: tuple[int, int] | None = None) -> Any:
    """Build a network of `keras.applications`.

    Args:
        text: its name and how it is built, such as `MobileNetV2?weights=FILE&alpha=0.35`. Weights
            are a file, or `imagenet`, which Keras downloads when it has not got them.
        size: height and width of the input in pixels; default the network's own.

    Raises:
        UnknownName: no such network; the nearest are named.
        BadValue: an argument that it does not take.
        ModelError: no weights were named, or they are missing, do not fit or cannot be fetched.
    """
    import keras

    name, _, query = text.partition("?")
    networks = {
        n: f
        for n, f in vars(keras.applications).items()
        if n[0].isupper() and inspect.isfunction(f)
    }
    if name not in networks:
        raise unknown("keras.applications network", name, networks)
    allowed = inspect.signature(networks[name]).parameters
    choices = {key: _value(value) for key, value in parse_qsl(query, keep_blank_values=True)}
    for key in choices:
        if key not in allowed or key in ("input_tensor", "input_shape", "name"):
            raise BadValue(
                f"keras.applications.{name} takes no {key!r} here; it takes "
                f"{', '.join(a for a in allowed if not a.startswith('input_') and a != 'name')}."
            )
    weights = str(choices.get("weights", ""))
    if not weights:
        raise ModelError(
            f"keras:{name} needs weights: say keras:{name}?weights=FILE, or weights=imagenet, "
            "which Keras downloads."
        )
    if weights != "imagenet" and not Path(weights).is_file():
        raise ModelError(f"There is no weights file '{weights}' for keras:{name}.")
    if size is not None:
        choices["input_shape"] = (*size, 3)
    try:
        return networks[name](**choices)
    except Exception as error:
        raise ModelError(
            f"keras.applications.{name} cannot be built with {query!r} ({first_line(error)}); "
            "check that the weights belong to it, or fetch them where there is a connection."
        ) from None


def _value(text: str) -> Any:
    try:
        return json.loads(text.lower() if text in ("True", "False") else text)
    except ValueError:
        return text


def _imagenet_labels() -> tuple[str, ...] | None:
    """Read ImageNet's labels where Keras keeps them, if it has fetched them."""
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    path = home / "models" / "imagenet_class_index.json"
    return labels.read(path) if path.is_file() else None


def _accepts(source: Any) -> bool:
    return isinstance(source, str) and source.startswith(_PREFIX)


def _open(source: Any, options: Options) -> Opened:
    model = build(source.removeprefix(_PREFIX), size=options.size)
    made = opened(model, options)
    known = _imagenet_labels()
    fits = known is not None and model.output_shape[-1] == len(known)
    return Opened(model.name, made.lowered, made.preprocess, made.found, known if fits else None)


DOOR = Door(_accepts, _open)
