"""Load a network from whatever the user has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from attrvis.errors import BadValue, ModelError, warn
from attrvis.networks import labels as label_names
from attrvis.networks import preprocess as preprocessings
from attrvis.networks._table import DOORS
from attrvis.networks.batching import with_free_batch
from attrvis.networks.door import FALLBACK_SIZE, Opened, Options
from attrvis.networks.grouped import ungrouped
from attrvis.networks.layout import channels_last
from attrvis.networks.lowered import Lowered, logits_of
from attrvis.networks.network import Network
from attrvis.networks.preprocess import Preprocess
from attrvis.networks.reshapes import with_own_shapes
from attrvis.networks.sizing import check_size
from attrvis.networks.wiring import node_of

_FORMS = (
    "a .pb, .keras or .h5 file, a SavedModel folder, a TensorFlow Hub handle, "
    "keras:NAME?weights=FILE, a model or function of TensorFlow, or 'embedded' "
    "(`attrvis models` lists all forms)"
)


def load(
    source: Any = "embedded",
    *,
    preprocess: str | Preprocess | None = None,
    labels: str | Path | Sequence[str] | None = None,
    size: int | tuple[int, int] | None = None,
    logits: str | None = None,
    input: str | None = None,
    signature: str | None = None,
    feeds: Mapping[str, object] | None = None,
    trust: bool = False,
) -> Network:
    """Load a trained network.

    Args:
        source: what the user has; `attrvis models` lists every form with an example. Among them
            are `"embedded"` (the small network that comes with attrvis), a frozen graph (`.pb`),
            a Keras 3 or tf_keras model or file (`.keras`, `.h5`), `"keras:NAME?weights=FILE"`, a
            SavedModel folder, a TensorFlow Hub handle, and any function of TensorFlow ops. One that
            holds its channels first (NCHW) is rewritten to hold them last.
        preprocess: how RGB in [0, 1] becomes the network's input: a name (see
            `attrvis.networks.preprocess.named`) or a `Preprocess`. Known for the embedded network,
            for `keras.applications` and for TensorFlow Hub; otherwise `unit` is assumed, with a
            warning.
        labels: a label file, or the labels themselves in the order of the outputs.
        size: height and width of the input in pixels, where the network leaves them free.
        logits: the tensor of class scores before the softmax, where it cannot be found, or which
            output it is where there are several.
        input: the image placeholder of a frozen graph, where it cannot be found, or the tensor
            behind which it is to begin, such as the first float one after a decoded file; or which
            of a Keras model's inputs is explained, `*` for all of them together.
        signature: which signature of a SavedModel.
        feeds: values for a frozen graph's other placeholders, such as `{"phase_train": False}`, or
            for a Keras model's other inputs, each without a batch axis.
        trust: load a network although it holds ops outside the allowlist, or code.

    Returns:
        The network.

    Raises:
        ModelError: the file is missing, damaged or not safe, or the graph's input, output or
            size is not clear.
        BadValue: labels that do not fit the network.
        UnknownName: an unknown preprocessing, logits tensor, signature or application.

    Example:
        >>> net = load("embedded")
        >>> net.classes
        120
    """
    wanted = (size, size) if isinstance(size, int) else size
    if wanted is not None and min(wanted) < 1:
        raise BadValue(f"The input size {size} is not positive; give pixels, such as size=224.")
    opened = _opened(source, Options(wanted, logits, input, signature, feeds or {}, trust))
    names = opened.labels
    if isinstance(labels, str | Path):
        names = label_names.read(labels)
    elif labels is not None:
        names = tuple(labels)
    lowered = channels_last(opened.lowered)
    side = _size(lowered, wanted or opened.size)
    lowered = lowered.sized(*side) if side else lowered
    lowered = with_own_shapes(with_free_batch(ungrouped(lowered)))
    scores = logits_of(lowered, logits)
    if wanted is not None:
        check_size(lowered, side, scores[0])
    return Network(
        opened.name,
        lowered,
        logits=scores,
        preprocess=_preprocess(preprocess, opened, images=bool(side)),
        labels=names,
        size=side,
    )


def _opened(source: Any, options: Options) -> Opened:
    for row in DOORS:
        door = row.load()
        if door.accepts(source):
            return door.open(source, options)
    what = f"'{source}'" if isinstance(source, str | Path) else f"a {type(source).__name__}"
    missing = isinstance(source, str | Path) and not Path(source).exists()
    raise ModelError(
        f"There is no model {what}; give {_FORMS}."
        if missing
        else f"No door takes {what}; give {_FORMS}."
    )


def _size(lowered: Lowered, wanted: tuple[int, int] | None) -> tuple[int, ...]:
    """Give height and width, or nothing where the network takes no images."""
    node = next(n for n in lowered.graph_def.node if n.name == node_of(lowered.input))
    dims = [d.size for d in node.attr["shape"].shape.dim]
    if len(dims) not in (0, 4):
        if wanted is not None:
            raise BadValue(f"This network takes {dims[1:]}, not images; leave the size out.")
        return ()
    own = (dims[1], dims[2]) if len(dims) == 4 else (-1, -1)
    if wanted is not None:
        if min(own) > 0 and own != tuple(wanted):
            raise BadValue(
                f"This network takes {own[0]}x{own[1]} pixels only, not "
                f"{wanted[0]}x{wanted[1]}; leave the size out."
            )
        return wanted
    return own if min(own) > 0 else FALLBACK_SIZE


def _preprocess(given: str | Preprocess | None, opened: Opened, *, images: bool) -> Preprocess:
    if isinstance(given, Preprocess):
        return given
    if given is not None:
        return replace(preprocessings.named(given), found="as given")
    if opened.preprocess is not None:
        return replace(opened.preprocess, found=opened.found)
    if not images:
        return replace(preprocessings.named("unit"), found="as it is, for it takes no images")
    warn(
        f"The preprocessing of {opened.name!r} is not known, so RGB in [0, 1] is assumed; wrong "
        f"preprocessing spoils every result silently, so give preprocess= one of "
        f"{', '.join(preprocessings.NAMES)}.",
    )
    return replace(preprocessings.named("unit"), found="not known, assumed")
