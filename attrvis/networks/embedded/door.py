"""The door for the network that comes with attrvis."""

from __future__ import annotations

from typing import Any

from attrvis.networks.door import Door, Opened, Options
from attrvis.networks.embedded.network import build
from attrvis.networks.lowered import from_graph_def
from attrvis.networks.preprocess import Preprocess


def _open(source: Any, options: Options) -> Opened:
    made = build()
    every = {layer: f"{layer}:0" for layer in (*made.layers, "logits")}
    return Opened(
        "embedded",
        from_graph_def(made.graph_def, input=made.input, output=made.logits, layers=every),
        Preprocess("embedded", tuple(made.mean), tuple(made.std)),
        "its own",
        tuple(made.labels),
        (made.size, made.size),
    )


DOOR = Door(lambda source: isinstance(source, str) and source == "embedded", _open)
