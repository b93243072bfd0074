"""Progress: quiet lines without a terminal, bars on one, never in the way of the work."""

from __future__ import annotations

import io
import sys

import pytest

from attrvis.progress import automatic, plain_progress, rich_progress, silent


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_silent_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    silent("render", 1, 2, {"objective": 1.0})
    assert capsys.readouterr() == ("", "")


def test_plain_lines_come_at_most_every_ten_seconds() -> None:
    now = [0.0]
    out = io.StringIO()
    with plain_progress(out, clock=lambda: now[0]) as progress:
        for step in range(1, 301):
            now[0] += 0.125
            progress("render", step, 300, {"objective": 12.5 * step})
    assert out.getvalue().splitlines() == [
        "render 80/300 (27 %) objective 1000",
        "render 160/300 (53 %) objective 2000",
        "render 240/300 (80 %) objective 3000",
        "render 300/300 (100 %) objective 3750",
    ]


def test_plain_stages_end_once_each() -> None:
    out = io.StringIO()
    with plain_progress(out, clock=lambda: 0.0) as progress:
        for stage in ("baseline", "render", "baseline"):
            progress(stage, 1, 2, {})
            progress(stage, 2, 2, {"loss": 0.0})
            progress(stage, 2, 2, {"loss": 0.0})
    assert out.getvalue().splitlines() == [
        "baseline 2/2 (100 %) loss 0",
        "render 2/2 (100 %) loss 0",
        "baseline 2/2 (100 %) loss 0",
    ]


def test_plain_without_a_known_total_and_odd_values() -> None:
    now = [0.0]
    out = io.StringIO()
    with plain_progress(out, clock=lambda: now[0]) as progress:
        now[0] = 11
        progress("fit\x1b[31m\n", 5, 0, {"a": float("nan"), "b": 1e-9, "c": 1e9, "d": -2.0})
    assert out.getvalue() == "fit?[31m? 5 a nan  b 1.000e-09  c 1.000e+09  d -2\n"


def test_default_stream_is_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with plain_progress() as progress:
        progress("render", 2, 2, {})
    assert capsys.readouterr() == ("", "render 2/2 (100 %)\n")


def test_closed_stream_does_not_stop_the_work() -> None:
    out = io.StringIO()
    out.close()
    with plain_progress(out) as progress:
        progress("render", 2, 2, {})


def test_bars_show_stages_and_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    out = Terminal()
    with rich_progress(out) as progress:
        progress("baseline", 3, 200, {"loss": 0.5})
        progress("[red]render[/red]", 300, 300, {"objective": 1234.5})
    text = out.getvalue()
    assert "baseline" in text and "3/200" in text and "loss 0.5" in text
    assert "[red]render[/red]" in text and "300/300" in text and "1234.5" in text


def test_automatic_chooses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    for stream, bars in ((Terminal(), True), (io.StringIO(), False)):
        with automatic(stream) as progress:
            progress("render", 2, 2, {})
        assert ("\x1b[" in stream.getvalue()) is bars
    monkeypatch.setenv("TERM", "dumb")
    stream = Terminal()
    with automatic(stream) as progress:
        progress("render", 2, 2, {})
    assert stream.getvalue() == "render 2/2 (100 %)\n"
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with automatic() as progress:
        progress("render", 2, 2, {})
    assert sys.stderr.getvalue() == "render 2/2 (100 %)\n"


def test_an_error_passes_through_the_bars() -> None:
    with pytest.raises(KeyboardInterrupt), rich_progress(Terminal()) as progress:
        progress("render", 1, 2, {})
        raise KeyboardInterrupt
