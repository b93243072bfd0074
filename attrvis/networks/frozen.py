"""The door for frozen TensorFlow graphs (`.pb`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tensorflow as tf
from google.protobuf.message import DecodeError

from attrvis.errors import ModelError
from attrvis.networks.door import Door, Opened, Options
from attrvis.networks.lowered import from_graph_def


def read_graph_def(path: Path) -> tf.compat.v1.GraphDef:
    """Read a frozen GraphDef from a file.

    Raises:
        ModelError: the file cannot be read or is not a GraphDef.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"The model '{path}' cannot be read: {error.strerror}.") from None
    graph_def = tf.compat.v1.GraphDef()
    try:
        graph_def.ParseFromString(data)
    except (DecodeError, ValueError, RuntimeError):
        raise ModelError(
            f"The model '{path}' is not a frozen TensorFlow graph, or it is damaged; "
            "download or export it again."
        ) from None
    if not graph_def.node:
        raise ModelError(f"The model '{path}' holds no graph; download or export it again.")
    return graph_def


def _accepts(source: Any) -> bool:
    if isinstance(source, str | Path):
        return Path(source).suffix == ".pb" and Path(source).is_file()
    return type(source).__name__ == "GraphDef"


def _open(source: Any, options: Options) -> Opened:
    on_disk = isinstance(source, str | Path)
    graph_def = read_graph_def(Path(source)) if on_disk else source
    lowered = from_graph_def(
        graph_def,
        input=options.input,
        output=options.logits,
        feeds=options.feeds,
        trust=options.trust,
    )
    return Opened(Path(source).name if on_disk else "graph", lowered)


DOOR = Door(_accepts, _open)
