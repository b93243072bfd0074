"""Arrays in files: exact, deterministic, and deaf to forged headers and bombs."""

from __future__ import annotations

import io
import json
import pickle
import struct
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from attrvis import arrays
from attrvis.arrays import Data, load, save
from attrvis.errors import BadValue, OutputError

HEADER = json.dumps({"kind": "demo", "version": 1, "meta": {}})


def _zip(path: Path, members: dict[str, bytes | str], method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def _npy(values: np.ndarray, allow_pickle: bool = False) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, values, allow_pickle=allow_pickle)
    return buffer.getvalue()


def _forged(shape: str) -> bytes:
    head = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".encode()
    head += b" " * (-(10 + len(head) + 1) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + bytes(16)


@pytest.mark.parametrize(
    "values",
    [
        np.float32(3.5),
        np.arange(6).reshape(2, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(24, dtype=">f4").reshape(2, 3, 4)[:, ::-1],
        np.zeros((0, 4), np.float16),
        np.array([True, False]),
        np.array(["tabby", "漢字"]),
        np.array([1 + 2j]),
        np.array([np.nan, np.inf, -0.0]),
    ],
)
def test_round_trip(tmp_path: Path, values: np.ndarray) -> None:
    save(tmp_path / "a.npz", {"x": values}, kind="demo", meta={"n": [1, None, "é"]})
    made, meta = load(tmp_path / "a.npz", kind="demo")
    assert meta == {"n": [1, None, "é"]} and list(made) == ["x"]
    assert made["x"].shape == np.shape(values)
    np.testing.assert_array_equal(made["x"], values)
    made["x"][...] = made["x"]  # writable
    with np.load(tmp_path / "a.npz", allow_pickle=False) as numpys:
        np.testing.assert_array_equal(numpys["x"], values)


@given(hnp.arrays(st.sampled_from(["f4", "i8", "u1"]), hnp.array_shapes(max_dims=4, max_side=5)))
def test_any_array_round_trips(values: np.ndarray) -> None:
    with tempfile.TemporaryDirectory() as home:
        save(Path(home, "a.npz"), {"x": values, "y.z-1": values}, kind="k")
        made, _ = load(Path(home, "a.npz"), kind="k")
    assert made["x"].dtype == values.dtype and made["x"].tobytes() == values.tobytes()


def test_same_content_same_bytes(tmp_path: Path) -> None:
    a, b = np.arange(3.0), np.ones((2, 2))
    save(tmp_path / "1.npz", {"a": a, "b": b}, kind="demo", meta={"x": 1, "y": 2})
    save(
        tmp_path / "2.npz", {"b": np.asfortranarray(b), "a": a}, kind="demo", meta={"y": 2, "x": 1}
    )
    assert (tmp_path / "1.npz").read_bytes() == (tmp_path / "2.npz").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["1.npz", "2.npz"]


def test_kind_and_version_are_asked_for(tmp_path: Path) -> None:
    save(tmp_path / "a.npz", {}, kind="baseline", version=2)
    with pytest.raises(BadValue, match="'baseline', not a 'attribution'"):
        load(tmp_path / "a.npz", kind="attribution")
    with pytest.raises(BadValue, match="newer"):
        load(tmp_path / "a.npz", kind="baseline")
    assert load(tmp_path / "a.npz", kind="baseline", version=2) == ({}, {})


def test_what_cannot_be_stored(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    for name in ("", "a/b", "../a", ".a", "a b", "x" * 201):
        with pytest.raises(BadValue, match="name"):
            save(path, {name: np.zeros(2)}, kind="demo")
    for values in (np.array([object()]), np.zeros(2, [("a", "f4")]), np.zeros(2, "V2")):
        with pytest.raises(BadValue, match="cast"):
            save(path, {"x": values}, kind="demo")
    for meta in ({"x": object()}, {"x": float("nan")}):
        with pytest.raises(BadValue, match="JSON"):
            save(path, {}, kind="demo", meta=meta)
    with pytest.raises(OutputError):
        save(tmp_path / "none" / "a.npz", {}, kind="demo")
    assert not list(tmp_path.iterdir())


def _plain_npz(path: Path) -> None:
    np.savez(path, x=np.zeros(3))


BAD: dict[str, Callable[[Path], object]] = {
    "empty": lambda p: p.write_bytes(b""),
    "text": lambda p: p.write_text("no zip"),
    "pickle": lambda p: p.write_bytes(pickle.dumps({"x": 1})),
    "numpy's own": _plain_npz,
    "npy": lambda p: p.write_bytes(_npy(np.zeros(3))),
    "header no json": lambda p: _zip(p, {"attrvis.json": "{"}),
    "header no keys": lambda p: _zip(p, {"attrvis.json": "{}"}),
    "header a list": lambda p: _zip(p, {"attrvis.json": "[1]"}),
    "objects": lambda p: _zip(
        p, {"attrvis.json": HEADER, "x.npy": _npy(np.array([{}]), allow_pickle=True)}
    ),
    "forged, huge": lambda p: _zip(
        p, {"attrvis.json": HEADER, "x.npy": _forged("(1000000, 1000000)")}
    ),
    "forged, wrapping": lambda p: _zip(
        p, {"attrvis.json": HEADER, "x.npy": _forged(f"({2**62 + 1}, 4)")}
    ),
    "forged, negative": lambda p: _zip(p, {"attrvis.json": HEADER, "x.npy": _forged("(-4, -1)")}),
    "forged, short": lambda p: _zip(p, {"attrvis.json": HEADER, "x.npy": _forged("(3,)")}),
    "member no array": lambda p: _zip(p, {"attrvis.json": HEADER, "x.txt": "x"}),
    "member outside": lambda p: _zip(p, {"attrvis.json": HEADER, "../x.npy": _npy(np.zeros(1))}),
    "member text": lambda p: _zip(p, {"attrvis.json": HEADER, "x.npy": "text"}),
}


@pytest.mark.parametrize("fault", BAD)
def test_bad_files_are_one_clear_error(tmp_path: Path, fault: str) -> None:
    path = tmp_path / "bad.npz"
    BAD[fault](path)
    words = "does not fit its data" if fault.startswith(("forged", "objects")) else ""
    with pytest.raises(BadValue, match=rf"{words}.*bad\.npz|bad\.npz.*{words}"):
        load(path, kind="demo")


def test_missing_files(tmp_path: Path) -> None:
    for path in (tmp_path / "none.npz", tmp_path, Path("a\0b"), tmp_path / ("x" * 5000)):
        with pytest.raises(BadValue, match="demo"):
            load(path, kind="demo")


def test_bombs_are_refused_before_unpacking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = _npy(np.zeros(2_000_000, np.uint8))
    path = _zip(tmp_path / "a.npz", {"attrvis.json": HEADER, "x.npy": member}, zipfile.ZIP_DEFLATED)
    assert load(path, kind="demo")[0]["x"].shape == (2_000_000,)
    monkeypatch.setattr(arrays, "FLOOR_BYTES", 1_000_000)
    with pytest.raises(BadValue, match="unpack to far more"):
        load(path, kind="demo")


def test_repeated_and_countless_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("attrvis.json", HEADER)
        archive.writestr("x.npy", _npy(np.zeros(1)))
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("x.npy", _npy(np.ones(1)))
    with pytest.raises(BadValue, match="repeated"):
        load(tmp_path / "a.npz", kind="demo")
    save(tmp_path / "b.npz", {"x": np.zeros(1), "y": np.zeros(1)}, kind="demo")
    monkeypatch.setattr(arrays, "MAX_MEMBERS", 2)
    with pytest.raises(BadValue, match="too many"):
        load(tmp_path / "b.npz", kind="demo")


@given(st.data())
def test_damage_raises_nothing_but_badvalue(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as home:
        path = Path(home, "a.npz")
        save(path, {"x": np.arange(40.0)}, kind="demo", meta={"k": "v"})
        raw = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(1, 5))):
            raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
        path.write_bytes(bytes(raw[: data.draw(st.integers(0, len(raw)))]))
        try:
            made, _ = load(path, kind="demo")
        except BadValue as error:
            assert "a.npz" in str(error)
        else:
            assert set(made) <= {"x"} or len(made) == 1


def test_data_is_a_value() -> None:
    a = Data([[1.0, 2.0]])
    assert a == Data(np.array([[1.0, 2.0]])) and hash(a) == hash(Data(np.array([[1.0, 2.0]])))
    for other in ([[1.0, 2.5]], [1.0, 2.0], np.array([[1.0, 2.0]], np.float32)):
        assert a != Data(other)
    assert a != [[1.0, 2.0]]
    source = np.zeros(3)
    held = Data(source)
    source[0] = 9
    assert held.array[0] == 0
    with pytest.raises(ValueError, match="read-only"):
        held.array[0] = 1
    with pytest.raises(AttributeError, match="never changes"):
        held.array = source
    assert np.asarray(held).shape == (3,) and np.array(held, dtype="f4").dtype == np.float32
    assert pickle.loads(pickle.dumps(held)) == held
    assert repr(held).startswith("Data(float64[3], ")
    with pytest.raises(BadValue):
        Data([object()])
