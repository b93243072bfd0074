"""Arrays in files and arrays as values: `.npz` without pickle, checked before it is believed."""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from attrvis import folders
from attrvis.errors import BadValue

FLOOR_BYTES = 256 * 2**20
MAX_RATIO = 100
MAX_MEMBERS = 4096
_HEADER = "attrvis.json"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}")
_DATE = (1980, 1, 1, 0, 0, 0)


def save(
    path: str | os.PathLike[str],
    arrays: Mapping[str, np.ndarray],
    *,
    kind: str,
    version: int = 1,
    meta: Mapping[str, Any] | None = None,
) -> None:
    """Write arrays and notes to a `.npz` file; the same content gives the same bytes.

    Args:
        path: where to; the file appears whole or not at all. NumPy's own `load` reads it too.
        arrays: numbers, bools or text by name (letters, digits, `_`, `-`, `.`).
        kind: what the file holds, such as `"attribution"`; `load` asks for it.
        version: of the kind's format, default 1.
        meta: notes that fit into JSON.

    Raises:
        BadValue: a name, an array's type or the notes cannot be stored.
        OutputError: the file cannot be written there.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as home:
        ...     save(Path(home, "a.npz"), {"x": np.arange(3)}, kind="demo", meta={"k": 1})
        ...     load(Path(home, "a.npz"), kind="demo")
        ({'x': array([0, 1, 2])}, {'k': 1})
    """
    try:
        header = json.dumps(
            {"kind": kind, "version": int(version), "meta": dict(meta or {})},
            sort_keys=True,
            allow_nan=False,
        )
    except (TypeError, ValueError) as error:
        raise BadValue(f"The notes of a {kind} file must fit into JSON: {error}.") from error
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(_HEADER, _DATE), header)
        for name in sorted(arrays):
            if not isinstance(name, str) or not _NAME.fullmatch(name):
                raise BadValue(f"An array's name is letters, digits, '_', '-', '.'; got {name!r}.")
            values = np.asarray(arrays[name])
            if values.dtype.kind not in "biufcUS" or values.dtype.fields is not None:
                raise BadValue(
                    f"The array {name!r} has the type {values.dtype}, which is not stored; cast "
                    "it first, as with .astype('float32')."
                )
            values = values.astype(values.dtype.newbyteorder("<"), order="C", copy=False)
            member = io.BytesIO()
            np.lib.format.write_array(member, values, version=(1, 0), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", _DATE), member.getvalue())
    folders.write_file(path, buffer.getvalue())


def load(
    path: str | os.PathLike[str], *, kind: str, version: int = 1
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read what `save` wrote, checking every size before memory is taken.

    Args:
        path: the file.
        kind: what it must hold.
        version: the newest format of that kind that the caller understands, default 1.

    Returns:
        The arrays by name, and the notes.

    Raises:
        BadValue: the file is missing, of another kind or a newer version, damaged, or asks for
            more memory than its size can account for.

    Example:
        >>> load("none.npz", kind="demo")
        Traceback (most recent call last):
        attrvis.errors.BadValue: There is no file 'none.npz'; check the path of the demo.
    """
    shown = repr(str(path))
    try:
        file = Path(path).expanduser().open("rb")
    except IsADirectoryError as error:
        raise BadValue(f"{shown} is a folder; name the .npz file of the {kind}.") from error
    except FileNotFoundError as error:
        raise BadValue(f"There is no file {shown}; check the path of the {kind}.") from error
    except (OSError, ValueError) as error:
        raise BadValue(f"The {kind} file {shown} cannot be opened ({error}).") from error
    with file:
        try:
            return _read(file, shown, kind, version)
        except BadValue:
            raise
        except MemoryError as error:
            raise BadValue(f"There is not enough memory to read the {kind} {shown}.") from error
        except Exception as error:
            raise BadValue(
                f"{shown} is not a whole attrvis {kind} file ({type(error).__name__}); make it "
                "again."
            ) from error


def _read(
    file: BinaryIO, shown: str, kind: str, version: int
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        names = [member.filename for member in members]
        if len(members) > MAX_MEMBERS or len(set(names)) != len(names):
            raise BadValue(f"{shown} has too many or repeated members; make it again.")
        if sum(member.file_size for member in members) > max(FLOOR_BYTES, MAX_RATIO * size):
            raise BadValue(f"{shown} would unpack to far more than its size allows; refused.")
        if _HEADER not in names:
            raise BadValue(f"{shown} was not written by attrvis; name the .npz file of a {kind}.")
        header = json.loads(archive.read(_HEADER).decode("utf-8"))
        if header["kind"] != kind:
            raise BadValue(f"{shown} holds a {header['kind']!r}, not a {kind!r}; name the other.")
        if not 1 <= int(header["version"]) <= version:
            raise BadValue(
                f"{shown} has the format {header['version']} of {kind!r}, this attrvis reads up "
                f"to {version}; install a newer one."
            )
        arrays: dict[str, np.ndarray] = {}
        for member in members:
            name = member.filename.removesuffix(".npy")
            if member.filename == _HEADER:
                continue
            if name == member.filename or not _NAME.fullmatch(name):
                raise BadValue(f"{shown} has a member {member.filename!r} that is no array.")
            arrays[name] = _read_member(archive, member, shown)
    return arrays, dict(header["meta"])


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, shown: str) -> np.ndarray:
    """Read one array; its header must account for exactly the bytes that the archive declares."""
    with archive.open(member) as stream:
        magic = np.lib.format.read_magic(stream)
        if magic == (1, 0):
            shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
        else:
            shape, fortran, dtype = np.lib.format.read_array_header_2_0(stream)
        start = stream.tell()
        if (
            dtype.kind not in "biufcUS"
            or any(side < 0 for side in shape)
            or math.prod(shape) * dtype.itemsize != member.file_size - start
        ):
            raise BadValue(
                f"The header of {member.filename!r} in {shown} does not fit its data; refused."
            )
        data = stream.read()
    if len(data) != member.file_size - start:
        raise BadValue(f"{member.filename!r} in {shown} is cut short; make the file again.")
    flat = np.frombuffer(data, dtype=dtype) if data else np.zeros(0, dtype)
    return flat.reshape(shape, order="F" if fortran else "C").copy(order="C")


class Data:
    """An array as a value: equal and hashed by what it holds, and never changed.

    Args:
        array: numbers, bools or text of any shape; copied.

    Raises:
        BadValue: it holds Python objects.

    Example:
        >>> Data(np.zeros(3)) == Data(np.zeros(3)), Data(np.zeros(3)) == Data(np.zeros(4))
        (True, False)
    """

    __slots__ = ("array", "digest")

    array: np.ndarray
    digest: str

    def __init__(self, array: Any) -> None:
        values = np.array(array, order="C")
        if values.dtype.hasobject:
            raise BadValue(f"Data holds numbers, not Python objects; got {array!r:.80}.")
        values.flags.writeable = False
        digest = hashlib.sha256(f"{values.dtype.str}{values.shape}".encode())
        digest.update(values.tobytes())
        object.__setattr__(self, "array", values)
        object.__setattr__(self, "digest", digest.hexdigest())

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("Data never changes; make a new one.")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.array, dtype=dtype) if dtype or copy else self.array

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Data) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __reduce__(self) -> tuple[Any, ...]:
        return Data, (np.array(self.array),)

    def __repr__(self) -> str:
        shape = ", ".join(map(str, self.array.shape))
        return f"Data({self.array.dtype}[{shape}], {self.digest[:8]})"
