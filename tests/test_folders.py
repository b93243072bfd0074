"""Result folders: whole or not at all, and never over something that is not ours."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from attrvis import folders
from attrvis.errors import OutputError
from attrvis.folders import check_writable, staged, write_file


def _fill(folder: Path, text: str = "{}") -> None:
    (folder / "explanation.json").write_text(text)
    (folder / "inner").mkdir()
    (folder / "inner" / "picture.png").write_bytes(b"png")


def _tree(folder: Path) -> dict[str, str]:
    files = (p for p in sorted(folder.rglob("*")) if p.is_file())
    return {p.relative_to(folder).as_posix(): p.read_text() for p in files}


def test_new_folder_with_missing_parents(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "result"
    with staged(target) as stage:
        assert stage.parent == target.parent and not target.exists()
        _fill(stage)
    assert _tree(tmp_path) == {
        "a/b/result/explanation.json": "{}",
        "a/b/result/inner/picture.png": "png",
    }
    assert [p.name for p in target.parent.iterdir()] == ["result"]
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(target.stat().st_mode) == 0o777 & ~mask


def test_former_result_is_replaced_whole(tmp_path: Path) -> None:
    for text in ("1", "2"):
        with staged(tmp_path / "r") as stage:
            _fill(stage, text)
            (stage / f"only{text}").touch()
    assert sorted(_tree(tmp_path / "r")) == ["explanation.json", "inner/picture.png", "only2"]
    assert [p.name for p in tmp_path.iterdir()] == ["r"]


def test_empty_folder_is_used(tmp_path: Path) -> None:
    (tmp_path / "r").mkdir()
    with staged(tmp_path / "r", overwrite=False) as stage:
        _fill(stage)
    assert "explanation.json" in _tree(tmp_path / "r")


@pytest.mark.parametrize("fault", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_failure_leaves_everything_as_it_was(tmp_path: Path, fault: type[BaseException]) -> None:
    with staged(tmp_path / "r") as stage:
        _fill(stage, "old")
    before = _tree(tmp_path)
    with pytest.raises(fault), staged(tmp_path / "r") as stage:
        _fill(stage, "new")
        raise fault
    assert _tree(tmp_path) == before


@pytest.mark.parametrize("fault", [OSError(errno.EIO, "I/O"), KeyboardInterrupt()])
def test_failure_of_the_swap_brings_the_former_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: BaseException
) -> None:
    with staged(tmp_path / "r") as stage:
        _fill(stage, "old")
    before = _tree(tmp_path)
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if target.name == "r" and (self / "explanation.json").read_text() == "new":
            raise fault
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    wanted = OutputError if isinstance(fault, OSError) else type(fault)
    with pytest.raises(wanted), staged(tmp_path / "r") as stage:
        _fill(stage, "new")
    assert _tree(tmp_path) == before


def test_foreign_things_are_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("mine")
    before = _tree(tmp_path)
    for name, words in [("file", "is a file"), ("full", "thesis.tex"), ("file/r", "is a file")]:
        with pytest.raises(OutputError, match=words):
            check_writable(tmp_path / name)
        with pytest.raises(OutputError, match=words), staged(tmp_path / name):
            pytest.fail("the block must not run")
    assert _tree(tmp_path) == before


def test_what_appears_meanwhile_is_kept(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="other things"), staged(tmp_path / "r") as stage:
        _fill(stage)
        (tmp_path / "r").mkdir()
        (tmp_path / "r" / "thesis.tex").write_text("mine")
    assert _tree(tmp_path) == {"r/thesis.tex": "mine"}


def test_no_overwrite(tmp_path: Path) -> None:
    with staged(tmp_path / "r") as stage:
        _fill(stage)
    with pytest.raises(OutputError, match="already holds a result"):
        check_writable(tmp_path / "r", overwrite=False)


def test_another_marker(tmp_path: Path) -> None:
    with staged(tmp_path / "r", marker="run.json") as stage:
        (stage / "run.json").touch()
    with pytest.raises(OutputError):
        check_writable(tmp_path / "r")
    assert check_writable(tmp_path / "r", marker="run.json") == (tmp_path / "r").resolve()


def test_places_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in (
        "/proc/attrvis-result",
        "/dev/null/result",
        "a\0b",
        tmp_path / ("x" * 300),
        tmp_path / ("y" * 300) / "r",
    ):
        with pytest.raises(OutputError):
            check_writable(path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OutputError, match="current folder"):
        check_writable(".")
    with pytest.raises(OutputError):
        check_writable("/")
    assert not list(tmp_path.iterdir())


def test_check_leaves_nothing_behind(tmp_path: Path) -> None:
    assert check_writable(tmp_path / "a" / "b") == tmp_path.resolve() / "a" / "b"
    assert not list(tmp_path.iterdir())


def test_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with staged(tmp_path / "link") as stage:
        _fill(stage)
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real" / "explanation.json").exists()


@pytest.mark.parametrize(
    ("code", "words"), [(errno.ENOSPC, "disk is full"), (errno.EROFS, "cannot be written")]
)
def test_disk_errors_become_one_line(tmp_path: Path, code: int, words: str) -> None:
    with pytest.raises(OutputError, match=words), staged(tmp_path / "r"):
        raise OSError(code, os.strerror(code))
    with pytest.raises(FileNotFoundError), staged(tmp_path / "r"):
        raise FileNotFoundError(errno.ENOENT, "something of the block's own")
    assert not list(tmp_path.iterdir())


def test_refused_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(self: Path, *_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", denied)
    with pytest.raises(OutputError, match=r"result.*permission denied"):
        check_writable(tmp_path / "result")


def test_write_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_file(tmp_path / "a", b"1")
    write_file(tmp_path / "a", b"2")
    assert (tmp_path / "a").read_bytes() == b"2"
    for place in (tmp_path, tmp_path / "none" / "a", tmp_path / "a" / "b", "/proc/x"):
        with pytest.raises(OutputError):
            write_file(place, b"3")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OutputError, match="disk is full"):
        write_file(tmp_path / "a", b"3")
    assert _tree(tmp_path) == {"a": "2"}
    assert folders.MARKER == "explanation.json"
