"""How a command ends: one line on stderr where something was wrong, and an exit status."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, TextIO

import click

from attrvis.errors import (
    AttrVisError,
    AttrVisWarning,
    BadValue,
    ImageError,
    ModelError,
    OutputError,
    UnknownName,
)

DONE, FAILED, BAD_INPUT, PARTLY, INTERRUPTED, CLOSED_PIPE = 0, 1, 2, 3, 130, 141

_NO_ROOM = (
    "Out of memory; try a smaller --size, fewer steps or samples at once, or a smaller network."
)
_INPUT_ERRORS = (BadValue, ImageError, ModelError, OutputError, UnknownName)


def debugging() -> bool:
    """Tell whether the user asked to see where errors come from (`ATTRVIS_DEBUG=1`)."""
    return os.environ.get("ATTRVIS_DEBUG", "") not in ("", "0")


def status(command: Callable[[], Any]) -> int:
    """Run a command and give the exit status that its outcome calls for.

    Args:
        command: does the work; may return a status itself (None is 0).

    Returns:
        0 done, 1 failed, 2 usage or bad input, 3 done but for some, 130 interrupted, 141 the reader
        of stdout has gone.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        with _notes(), _terminated_like_interrupted():
            outcome = command()
        return outcome if isinstance(outcome, int) else DONE
    except Exception as error:
        if debugging() and not isinstance(error, click.exceptions.Exit | click.Abort):
            raise
        return _ending(error)
    except KeyboardInterrupt:
        return _said("Interrupted; nothing was written.", INTERRUPTED)


def _ending(error: Exception) -> int:
    match error:
        case click.exceptions.Exit():
            return error.exit_code
        case click.Abort():
            return _said("Interrupted; nothing was written.", INTERRUPTED)
        case click.UsageError():
            return _said(_usage(error), BAD_INPUT)
        case click.ClickException():
            return _said(error.format_message(), BAD_INPUT)
        case AttrVisError():
            bad_input = isinstance(error, _INPUT_ERRORS)
            return _said(str(error), BAD_INPUT if bad_input else FAILED)
        case MemoryError():
            return _said(_NO_ROOM, FAILED)
        case _ if type(error).__name__ == "ResourceExhaustedError":
            return _said(_NO_ROOM, FAILED)
        case OSError():
            where = f" '{error.filename}'" if error.filename else ""
            return _said(f"The system refused{where}: {error.strerror or error}.", FAILED)
    return _said(
        f"Unexpected {type(error).__name__}: {error}; ATTRVIS_DEBUG=1 shows where it happened.",
        FAILED,
    )


def _usage(error: click.UsageError) -> str:
    text = error.format_message().strip()
    path = error.ctx.command_path if error.ctx else "attrvis"
    return f"{text.rstrip('.')}; see '{path} --help'."


def _said(text: str, exit_status: int) -> int:
    with suppress(OSError):
        click.echo(f"attrvis: {' '.join(text.split())}", err=True)
    return exit_status


def forget_stdout() -> None:
    """Keep the interpreter from complaining at its end about a reader that has gone."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def _notes() -> Iterator[None]:
    """Show our own warnings as one line each, once, and no others."""

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        _said(f"note: {message}", 0)

    with warnings.catch_warnings():
        if not debugging():
            warnings.simplefilter("ignore")
            warnings.simplefilter("always", AttrVisWarning)
            warnings.showwarning = show
        yield


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """Let a termination signal unwind the program, so that no half-written folder stays behind."""

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    try:
        before = signal.signal(signal.SIGTERM, leave)
    except ValueError:  # not in the main thread: whoever runs us there has the signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def unbroken() -> Iterator[None]:
    """Hold Ctrl-C back while results are written, which takes a moment."""
    try:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
