"""The door for SavedModels: a folder, or what `tf.saved_model.load` gave."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tensorflow as tf

from attrvis.errors import ModelError, unknown
from attrvis.networks.door import Door, Opened, Options, first_line
from attrvis.networks.lowered import Lowered
from attrvis.networks.safety import check_file
from attrvis.networks.traced import lower_concrete

_SIGNATURE = "serving_default"


def is_saved_model(path: Path) -> bool:
    """Tell whether a folder holds a SavedModel."""
    return (path / "saved_model.pb").is_file()


def is_loaded(source: object) -> bool:
    """Tell whether an object came out of `tf.saved_model.load` or `hub.load`."""
    return hasattr(source, "signatures") and hasattr(source, "graph_debug_info")


def read_saved_model(path: Path, *, trust: bool = False) -> Any:
    """Load a SavedModel after a look at every op that its file holds.

    Raises:
        ModelError: the file is damaged, or holds an op that no network needs.
    """
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    described = SavedModel()
    try:
        described.ParseFromString((path / "saved_model.pb").read_bytes())
    except Exception:
        raise ModelError(
            f"The SavedModel '{path}' is damaged; download or export it again."
        ) from None
    for meta in described.meta_graphs:
        check_file(meta, trust=trust)
    try:
        return tf.saved_model.load(str(path))
    except Exception as error:
        raise ModelError(
            f"TensorFlow cannot load the SavedModel '{path}' ({first_line(error)}); export it "
            "again."
        ) from None


def lower_saved_model(
    loaded: Any,
    *,
    signature: str | None = None,
    trust: bool = False,
) -> Lowered:
    """Lower what a SavedModel holds, its variables live.

    Args:
        loaded: from `tf.saved_model.load` or `hub.load`.
        signature: which of its signatures; default: what calling it does at inference, else
            `serving_default`, else its only one.
        trust: allow ops outside the allowlist.

    Raises:
        UnknownName: no such signature.
        ModelError: nothing to call, or no clear input and output.
    """
    return lower_concrete(_function(loaded, signature), trust=trust, keeps=loaded)


def _function(loaded: Any, signature: str | None) -> Any:
    signatures = dict(loaded.signatures)
    if signature is not None:
        if signature not in signatures:
            raise unknown("signature", signature, list(signatures))
        return signatures[signature]
    called = _at_inference(loaded)
    if called is not None:
        return called
    if _SIGNATURE in signatures:
        return signatures[_SIGNATURE]
    if len(signatures) == 1:
        return next(iter(signatures.values()))
    raise ModelError(
        f"The SavedModel can be called in {len(signatures)} ways "
        f"({', '.join(signatures) or 'it holds weights only'}); say which signature, or export it "
        "with one."
    )


def _at_inference(loaded: Any) -> Any:
    """Find among the traces of its call one of a single batch, not for training."""
    traces = loaded.__call__.concrete_functions if callable(loaded) else ()
    for concrete in traces:
        arguments, options = concrete.structured_input_signature
        settings = [a for a in (*arguments, *options.values()) if isinstance(a, bool)]
        tensors = [a for a in tf.nest.flatten((arguments, options)) if isinstance(a, tf.TensorSpec)]
        if not any(settings) and len(tensors) == 1:
            return concrete
    return None


def _accepts(source: Any) -> bool:
    if isinstance(source, str | Path):
        return is_saved_model(Path(source))
    return is_loaded(source)


def _open(source: Any, options: Options) -> Opened:
    on_disk = isinstance(source, str | Path)
    loaded = read_saved_model(Path(source), trust=options.trust) if on_disk else source
    lowered = lower_saved_model(loaded, signature=options.signature, trust=options.trust)
    return Opened(Path(source).name if on_disk else "saved_model", lowered)


DOOR = Door(_accepts, _open)
