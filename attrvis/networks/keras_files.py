"""The door for Keras files (`.keras`, `.h5`), of Keras 3 and of Keras 2, loaded safely."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from attrvis.errors import ModelError
from attrvis.networks.door import Door, Opened, Options, first_line
from attrvis.networks.keras import opened

_HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
_ZIP_MAGIC = b"PK\x03\x04"
_MOST_CONFIG_BYTES = 2**26


def read_keras(path: Path, *, trust: bool = False) -> Any:
    """Load a whole-model file with the Keras that wrote it.

    Args:
        path: the file.
        trust: whether Lambda layers, which hold code, may be there.

    Raises:
        ModelError: the file is damaged, holds weights only or code, or Keras cannot build it.
    """
    version, config = _described(path)
    if config is None:
        raise ModelError(
            f"'{path}' holds weights without an architecture; name the network too, as in "
            f"keras:MobileNetV2?weights={path}, or build it in Python and pass the object."
        )
    if not trust and _holds_code(config):
        raise ModelError(
            f"'{path}' holds a Lambda layer, which is code that would run on loading; pass "
            "trust=True only if you know where the file comes from."
        )
    loaders = [_with_keras3, _with_keras2]
    said = []
    for load in reversed(loaders) if version.startswith(("1.", "2.")) else loaders:
        try:
            return load(path, trust)
        except Exception as error:
            said.append(first_line(error))
    raise ModelError(
        f"Keras cannot load '{path}' ({said[0]}); build the model in Python and pass the object."
    ) from None


def _with_keras3(path: Path, trust: bool) -> Any:
    import keras

    return keras.saving.load_model(path, compile=False, safe_mode=not trust)


def _with_keras2(path: Path, trust: bool) -> Any:
    import tf_keras

    return tf_keras.models.load_model(path, compile=False, safe_mode=not trust)


def _described(path: Path) -> tuple[str, Any]:
    """Read which Keras wrote a file and the model's configuration, building nothing."""
    try:
        with path.open("rb") as file:
            magic = file.read(8)
    except OSError as error:
        raise ModelError(f"The model '{path}' cannot be read: {error.strerror}.") from None
    try:
        if magic.startswith(_ZIP_MAGIC):
            return _in_archive(path)
        if magic == _HDF5_MAGIC:
            return _in_hdf5(path)
    except Exception as error:
        raise ModelError(
            f"The model '{path}' is damaged ({first_line(error)}); save it again with model.save()."
        ) from None
    raise ModelError(
        f"The model '{path}' is neither a .keras archive nor an HDF5 file, or it is damaged; "
        "save the model again with model.save()."
    )


def _in_archive(path: Path) -> tuple[str, Any]:
    with zipfile.ZipFile(path) as archive:
        found = []
        for name in ("metadata.json", "config.json"):
            if archive.getinfo(name).file_size > _MOST_CONFIG_BYTES:
                raise ValueError(f"its {name} is larger than 64 MB")
            found.append(json.loads(archive.read(name)))
    return str(found[0].get("keras_version", "3")), found[1]


def _in_hdf5(path: Path) -> tuple[str, Any]:
    import h5py

    with h5py.File(path, "r") as file:
        version, config = file.attrs.get("keras_version", "3"), file.attrs.get("model_config")
    texts = [t.decode() if isinstance(t, bytes) else t for t in (version, config)]
    return str(texts[0]), None if texts[1] is None else json.loads(texts[1])


def _holds_code(config: Any) -> bool:
    if isinstance(config, dict):
        return config.get("class_name") in ("Lambda", "__lambda__") or any(
            map(_holds_code, config.values())
        )
    return isinstance(config, list) and any(map(_holds_code, config))


def _accepts(source: Any) -> bool:
    path = Path(source) if isinstance(source, str | Path) else None
    return path is not None and path.suffix in (".keras", ".h5", ".hdf5") and path.is_file()


def _open(source: Any, options: Options) -> Opened:
    model = read_keras(Path(source), trust=options.trust)
    made = opened(model, options)
    return Opened(Path(source).name, made.lowered, made.preprocess, made.found)


DOOR = Door(_accepts, _open)
