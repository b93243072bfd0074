"""The door for TensorFlow Hub: handles of modules, on the web or on disk, and `hub.KerasLayer`."""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from attrvis.errors import ModelError
from attrvis.networks.door import Door, Opened, Options, first_line
from attrvis.networks.preprocess import named
from attrvis.networks.saved_model import is_saved_model, lower_saved_model, read_saved_model

_ARCHIVES = (".tar.gz", ".tgz")
_CONTRACT = "TensorFlow Hub's image modules take [0, 1]"


def resolved(handle: str) -> Path:
    """Find the folder of a module, downloading and unpacking it into the cache where needed.

    The cache is `TFHUB_CACHE_DIR`, as for TensorFlow Hub itself.

    Args:
        handle: `https://...`, `gs://...`, or an archive on disk.

    Raises:
        ModelError: it cannot be reached, or what it gives is no module.
    """
    import tensorflow_hub as hub

    try:
        folder = Path(hub.resolve(handle)) if "://" in handle else _unpacked(Path(handle))
    except Exception as error:
        raise ModelError(
            f"The TensorFlow Hub module {handle!r} cannot be fetched ({first_line(error)}); check "
            "the address and the connection, or download its archive elsewhere, unpack it and "
            "give the folder."
        ) from None
    if not is_saved_model(folder):
        raise ModelError(
            f"The TensorFlow Hub module {handle!r} holds no SavedModel; give the handle of a "
            "TensorFlow 2 module."
        )
    return folder


def _accepts(source: Any) -> bool:
    if isinstance(source, str | Path):
        text = str(source)
        return "://" in text or (text.endswith(_ARCHIVES) and Path(text).is_file())
    return type(source).__module__.split(".")[0] == "tensorflow_hub"


def _open(source: Any, options: Options) -> Opened:
    if isinstance(source, str | Path):
        loaded: Any = read_saved_model(resolved(str(source)), trust=options.trust)
        name = str(source).rstrip("/")
    else:
        loaded, name = source.resolved_object, str(getattr(source, "_handle", "hub.KerasLayer"))
    lowered = lower_saved_model(loaded, signature=options.signature, trust=options.trust)
    return Opened(name, lowered, named("unit"), _CONTRACT)


def _unpacked(archive: Path) -> Path:
    """Unpack an archive into the cache, under its own digest; no member may leave the folder."""
    root = os.environ.get("TFHUB_CACHE_DIR") or Path(tempfile.gettempdir()) / "tfhub_modules"
    with archive.open("rb") as file:
        folder = Path(root) / hashlib.file_digest(file, "sha1").hexdigest()
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(dir=folder.parent))
        try:
            with tarfile.open(archive) as members:
                members.extractall(partial, filter="data")
            partial.replace(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return folder


DOOR = Door(_accepts, _open)
