"""The door for frozen TensorFlow graphs (`.pb`)."""

from __future__ import annotations

from pathlib import Path

import tensorflow as tf
from google.protobuf.message import DecodeError

from attrvis.errors import ModelError
from attrvis.networks.lowered import Lowered, from_graph_def


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


def lower_frozen(
    path: Path, *, input: str | None = None, output: str | None = None, trust: bool = False
) -> Lowered:
    """Lower a frozen graph file; see `from_graph_def` for the arguments and errors."""
    return from_graph_def(read_graph_def(path), input=input, output=output, trust=trust)
