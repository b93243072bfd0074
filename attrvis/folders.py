"""Results on disk: a folder or file appears whole under its name, or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from attrvis.errors import OutputError

MARKER = "explanation.json"
_DISK_ERRORS = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.EIO,
    errno.EFBIG,
    errno.ENAMETOOLONG,
    errno.ENOTDIR,
}


def check_writable(
    path: str | os.PathLike[str], *, overwrite: bool = True, marker: str = MARKER
) -> Path:
    """Check before long work that a result folder can be written.

    Args:
        path: the folder's path; it and its parents need not exist, nothing is left behind.
        overwrite: whether a former result there may be replaced, default True.
        marker: the file by which a former result is known.

    Returns:
        The absolute path with links resolved.

    Raises:
        OutputError: the folder cannot be made there, or the path holds something else.

    Example:
        >>> import tempfile
        >>> check_writable(Path(tempfile.gettempdir(), "result")).name
        'result'
    """
    target = _resolved(path)
    _check_target(target, overwrite, marker)
    ground = target.parent
    while not _exists(ground):
        ground = ground.parent
    if not ground.is_dir():
        raise OutputError(
            f"{str(target)!r} cannot be made, because {str(ground)!r} is a file; choose another "
            "folder."
        )
    try:
        trial = _fresh(ground)
        trial.rmdir()
        with suppress(FileNotFoundError):
            target.lstat()
    except OSError as error:
        raise _refusal(target, error) from error
    return target


@contextmanager
def staged(
    path: str | os.PathLike[str], overwrite: bool = True, *, marker: str = MARKER
) -> Iterator[Path]:
    """Fill a folder beside its destination, and rename it whole when all is written.

    Args:
        path: the destination; missing parents are made.
        overwrite: whether a former result (a folder with `marker` in it) may be replaced, default
            True. An empty folder may always be; anything else never.
        marker: the file by which a former result is known.

    Yields:
        An empty folder to write to. If the block raises it is removed, and the destination is as
        it was.

    Raises:
        OutputError: the destination cannot be written or holds something else, or the disk is
            full.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as home:
        ...     with staged(Path(home, "result")) as folder:
        ...         _ = (folder / "explanation.json").write_text("{}")
        ...     sorted(p.name for p in Path(home, "result").iterdir())
        ['explanation.json']
    """
    target = check_writable(path, overwrite=overwrite, marker=marker)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        stage = _fresh(target.parent)
    except OSError as error:
        raise _refusal(target, error) from error
    try:
        try:
            yield stage
            _sync_tree(stage)
            _check_target(target, overwrite, marker)
            _swap(stage, target)
        except OSError as error:
            if error.errno in _DISK_ERRORS:
                raise _refusal(target, error) from error
            raise
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def write_file(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file whole or not at all.

    Args:
        path: where; its folder must exist. A file of that name is replaced.
        data: the content.

    Raises:
        OutputError: it cannot be written there.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as home:
        ...     write_file(Path(home, "a.txt"), b"text")
        ...     Path(home, "a.txt").read_text()
        'text'
    """
    target = _resolved(path)
    if target.is_dir():
        raise OutputError(f"{str(target)!r} is a folder; name a file in it.")
    stage = target.parent / f".attrvis-{secrets.token_hex(6)}"
    try:
        try:
            with stage.open("xb") as file:
                file.write(data)
            stage.replace(target)
        finally:
            with suppress(OSError):
                stage.unlink()
    except OSError as error:
        raise _refusal(target, error) from error


def _resolved(path: str | os.PathLike[str]) -> Path:
    try:
        return Path(os.path.realpath(Path(path).expanduser()))
    except (OSError, ValueError, RuntimeError, TypeError) as error:
        raise OutputError(f"{path!r} is not a path that can be written.") from error


def _exists(path: Path) -> bool:
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as error:
        raise _refusal(path, error) from error
    return True


def _check_target(target: Path, overwrite: bool, marker: str) -> None:
    """Refuse a destination that is neither free, nor empty, nor a former result."""
    if not _exists(target):
        return
    shown = repr(str(target))
    if not stat.S_ISDIR(target.lstat().st_mode):
        raise OutputError(f"{shown} is a file; name a folder for the result.")
    try:
        if target.samefile(os.curdir) or os.path.ismount(target):
            raise OutputError(
                f"{shown} is the current folder or a mount, which cannot be replaced whole; name "
                "a folder in it."
            )
        names = [entry.name for entry in target.iterdir()]
    except OSError as error:
        raise _refusal(target, error) from error
    if names and marker not in names:
        raise OutputError(
            f"The folder {shown} holds other things (such as {sorted(names)[0]!r}); name a new or "
            "empty folder."
        )
    if names and not overwrite:
        raise OutputError(f"The folder {shown} already holds a result; name another folder.")


def _fresh(parent: Path) -> Path:
    """Make a hidden folder with the user's own permissions (unlike tempfile, which bars others)."""
    stage = parent / f".attrvis-{secrets.token_hex(6)}"
    stage.mkdir()
    return stage


def _swap(stage: Path, target: Path) -> None:
    """Put `stage` in the place of `target`; on any failure what was there comes back."""
    if not _exists(target):
        stage.rename(target)
    else:
        former = target.parent / f".attrvis-{secrets.token_hex(6)}"
        target.rename(former)
        try:
            stage.rename(target)
        except BaseException:
            if not _exists(target):
                former.rename(target)
            raise
        shutil.rmtree(former, ignore_errors=True)
    _sync(target.parent)


def _sync_tree(folder: Path) -> None:
    for root, _, files in os.walk(folder):
        for name in files:
            _sync(Path(root, name))
        _sync(Path(root))


def _sync(path: Path) -> None:
    """Ask the system to bring a file or folder to the disk, where it knows how."""
    with suppress(OSError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _refusal(target: Path, error: Exception) -> OutputError:
    reason = getattr(error, "strerror", None) or type(error).__name__
    if getattr(error, "errno", None) == errno.ENOSPC:
        return OutputError(f"The disk is full at {str(target)!r}; make room or choose another.")
    return OutputError(
        f"{str(target)!r} cannot be written ({reason.lower()}); choose another place."
    )
