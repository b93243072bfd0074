"""Load a network from whatever the user has."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attrvis.errors import AttrVisWarning, BadValue, ModelError
from attrvis.networks import labels as label_names
from attrvis.networks import preprocess as preprocessings
from attrvis.networks.frozen import lower_frozen
from attrvis.networks.keras import is_keras, lower_keras, read_keras
from attrvis.networks.lowered import Lowered, from_graph_def, logits_of
from attrvis.networks.network import Network
from attrvis.networks.preprocess import Preprocess
from attrvis.networks.wiring import node_of

_FALLBACK_SIZE = 224


def load(
    source: Any = "embedded",
    *,
    preprocess: str | Preprocess | None = None,
    labels: str | Path | Sequence[str] | None = None,
    size: int | tuple[int, int] | None = None,
    logits: str | None = None,
    input: str | None = None,
    trust: bool = False,
) -> Network:
    """Load a trained network.

    Args:
        source: `"embedded"` (the small network that comes with attrvis), a path to a frozen graph
            (`.pb`) or a Keras 3 file (`.keras`, `.h5`), a Keras 3 model, or a
            `tf.compat.v1.GraphDef`.
        preprocess: how RGB in [0, 1] becomes the network's input: a name (see
            `attrvis.networks.preprocess.named`) or a `Preprocess`. Known for the embedded network
            and for `keras.applications`; otherwise `unit` is assumed, with a warning.
        labels: a label file, or the labels themselves in the order of the outputs.
        size: height and width of the input in pixels, where the network leaves them free.
        logits: the tensor of class scores before the softmax, where it cannot be found.
        input: the image placeholder of a frozen graph, where it cannot be found.
        trust: load a graph although it holds ops outside the allowlist.

    Returns:
        The network.

    Raises:
        ModelError: the file is missing, damaged or not safe, or the graph's input, output or
            size is not clear.
        BadValue: labels that do not fit the network.
        UnknownName: an unknown preprocessing or logits tensor.

    Example:
        >>> net = load("embedded")
        >>> net.classes
        120
    """
    wanted = (size, size) if isinstance(size, int) else size
    if wanted is not None and min(wanted) < 1:
        raise BadValue(f"The input size {size} is not positive; give pixels, such as size=224.")
    names: Sequence[str] | None = None
    known: Preprocess | None = None
    if isinstance(source, str) and source == "embedded":
        name, lowered, known, names, default = _embedded()
        wanted = wanted or default
    elif is_keras(source):
        name, lowered = source.name, lower_keras(source, size=wanted or _free_size(source))
        known = preprocessings.recognised(source.name)
    elif isinstance(source, str | Path):
        name = Path(source).name
        lowered, known = _from_file(Path(source), input, logits, wanted, trust)
    elif type(source).__name__ == "GraphDef":
        name = "graph"
        lowered = from_graph_def(source, input=input, output=logits, trust=trust)
    else:
        raise ModelError(
            f"A {type(source).__name__} is not a network that attrvis can load; give a path to a "
            ".pb, .keras or .h5 file, a Keras 3 model, or 'embedded'."
        )
    if isinstance(labels, str | Path):
        names = label_names.read(labels)
    elif labels is not None:
        names = tuple(labels)
    height, width = _size(lowered, wanted)
    return Network(
        name,
        lowered.sized(height, width),
        logits=logits_of(lowered, logits),
        preprocess=_preprocess(preprocess, known, name),
        labels=names,
        size=(height, width),
    )


def _embedded() -> tuple[str, Lowered, Preprocess, tuple[str, ...], tuple[int, int]]:
    from attrvis.networks.embedded.network import build

    made = build()
    every = {layer: f"{layer}:0" for layer in (*made.layers, "logits")}
    lowered = from_graph_def(made.graph_def, input=made.input, output=made.logits, layers=every)
    preprocess = Preprocess("embedded", tuple(made.mean), tuple(made.std))
    return "embedded", lowered, preprocess, tuple(made.labels), (made.size, made.size)


def _from_file(
    path: Path,
    input: str | None,
    logits: str | None,
    size: tuple[int, int] | None,
    trust: bool,
) -> tuple[Lowered, Preprocess | None]:
    if not path.exists():
        raise ModelError(
            f"There is no model file '{path}'; give a .pb, .keras or .h5 file, or 'embedded'."
        )
    if path.is_file() and path.suffix in (".keras", ".h5", ".hdf5"):
        model = read_keras(path)
        lowered = lower_keras(model, size=size or _free_size(model))
        return lowered, preprocessings.recognised(model.name)
    if path.is_file() and path.suffix == ".pb":
        return lower_frozen(path, input=input, output=logits, trust=trust), None
    raise ModelError(
        f"'{path}' is not a model that attrvis can load; give a frozen graph (.pb) or a Keras 3 "
        "file (.keras, .h5)."
    )


def _free_size(model: Any) -> tuple[int, int] | None:
    shape = getattr(model, "input_shape", None)
    if isinstance(shape, tuple) and len(shape) == 4 and None in shape[1:3]:
        return (_FALLBACK_SIZE, _FALLBACK_SIZE)
    return None


def _size(lowered: Lowered, wanted: tuple[int, int] | None) -> tuple[int, int]:
    node = next(n for n in lowered.graph_def.node if n.name == node_of(lowered.input))
    dims = [d.size for d in node.attr["shape"].shape.dim]
    own = (dims[1], dims[2]) if len(dims) == 4 else (-1, -1)
    if wanted is not None:
        if min(own) > 0 and own != tuple(wanted):
            raise BadValue(
                f"This network takes {own[0]}x{own[1]} pixels only, not "
                f"{wanted[0]}x{wanted[1]}; leave the size out."
            )
        return wanted
    return own if min(own) > 0 else (_FALLBACK_SIZE, _FALLBACK_SIZE)


def _preprocess(given: str | Preprocess | None, known: Preprocess | None, name: str) -> Preprocess:
    if isinstance(given, Preprocess):
        return given
    if given is not None:
        return preprocessings.named(given)
    if known is not None:
        return known
    warnings.warn(
        f"The preprocessing of {name!r} is not known, so RGB in [0, 1] is assumed; wrong "
        f"preprocessing spoils every result silently, so give preprocess= one of "
        f"{', '.join(preprocessings.NAMES)}.",
        AttrVisWarning,
        stacklevel=3,
    )
    return preprocessings.named("unit")
