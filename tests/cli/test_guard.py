"""What an ending becomes: a status, and at most one line."""

from __future__ import annotations

import os
import signal
import time
import warnings

import click
import pytest

from attrvis.cli import guard
from attrvis.errors import AttrVisError, AttrVisWarning, BadValue, ImageError, OutputError


def raising(error):
    def command():
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (BadValue("Bad."), 2, "attrvis: Bad.\n"),
        (ImageError("No\nphoto."), 2, "attrvis: No photo.\n"),
        (OutputError("Full."), 2, "attrvis: Full.\n"),
        (AttrVisError("It broke."), 1, "attrvis: It broke.\n"),
        (click.UsageError("Wrong."), 2, "attrvis: Wrong; see 'attrvis --help'.\n"),
        (KeyboardInterrupt(), 130, "attrvis: Interrupted; nothing was written.\n"),
        (click.Abort(), 130, "attrvis: Interrupted; nothing was written.\n"),
        (click.exceptions.Exit(3), 3, ""),
        (OSError(28, "No space left on device", "/x"), 1, "No space left on device"),
        (MemoryError(), 1, "Out of memory"),
        (ZeroDivisionError("division by zero"), 1, "ATTRVIS_DEBUG=1"),
    ],
)
def test_endings(monkeypatch, capsys, error, status, said):
    monkeypatch.delenv("ATTRVIS_DEBUG", raising=False)
    assert guard.status(raising(error)) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert err.count("\n") == (1 if said else 0)


@pytest.mark.parametrize(("outcome", "status"), [(None, 0), (0, 0), (130, 130), ("text", 0)])
def test_what_a_command_returns(outcome, status):
    assert guard.status(lambda: outcome) == status


def test_termination_unwinds_the_program():
    unwound = []

    def command():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(10)
        finally:
            unwound.append(True)

    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as ended:
        guard.status(command)
    assert ended.value.code == 143
    assert unwound == [True]
    assert signal.getsignal(signal.SIGTERM) is before


def test_ctrl_c_waits_while_results_are_written():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with guard.unbroken():
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.01)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_debugging_shows_where_an_error_came_from(monkeypatch):
    monkeypatch.setenv("ATTRVIS_DEBUG", "1")
    with pytest.raises(BadValue):
        guard.status(raising(BadValue("Bad.")))


def test_our_warnings_are_notes_and_no_others_are_shown(monkeypatch, capsys):
    monkeypatch.delenv("ATTRVIS_DEBUG", raising=False)
    before = warnings.showwarning

    def command():
        warnings.warn("mind this", AttrVisWarning, stacklevel=1)
        warnings.warn("not this", DeprecationWarning, stacklevel=1)

    assert guard.status(command) == 0
    assert capsys.readouterr().err == "attrvis: note: mind this\n"
    assert warnings.showwarning is before
