"""How long work reports on itself: one callback, drawn as bars, as plain lines, or not at all."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import TextIO, TypeAlias

Progress: TypeAlias = Callable[[str, int, int, Mapping[str, float]], None]
"""Called as `progress(stage, step, total, values)`: the stage's name, the steps done (0 to total),
their number (0 = not known), and the live values to show by name."""


def silent(stage: str, step: int, total: int, values: Mapping[str, float]) -> None:
    """Take a report and show nothing.

    Args:
        stage: name of the work's part.
        step: steps done.
        total: steps in all, 0 where unknown.
        values: live values by name.

    Example:
        >>> silent("render", 1, 10, {"objective": 2.0})
    """


@contextmanager
def plain_progress(
    stream: TextIO | None = None,
    *,
    every: float = 10.0,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Progress]:
    """Print a line at most every ten seconds, and one when a stage is done.

    Args:
        stream: where to, default stderr.
        every: least seconds between two lines of a stage, default 10.
        clock: gives the time in seconds.

    Yields:
        The callback.

    Example:
        >>> with plain_progress(sys.stdout) as progress:
        ...     progress("render", 300, 300, {"objective": 1234.5})
        render 300/300 (100 %) objective 1234.5
    """
    started: dict[str, float] = {}
    done: set[str] = set()
    begun = clock()

    def show(stage: str, step: int, total: int, values: Mapping[str, float]) -> None:
        now = clock()
        last = started.setdefault(stage, begun)
        finished = 0 < total <= step
        if finished and stage in done:
            return
        if not finished:
            done.discard(stage)
            if now - last < every:
                return
        started[stage] = now
        if finished:
            done.add(stage)
        share = f"/{total} ({100 * step / total:.0f} %)" if total > 0 else ""
        with suppress(OSError, ValueError):
            target = stream or sys.stderr
            line = f"{_inert(stage)} {step}{share} {_shown(values)}"
            target.write(line.rstrip() + "\n")
            target.flush()

    yield show


@contextmanager
def rich_progress(stream: TextIO | None = None) -> Iterator[Progress]:
    """Draw a bar for each stage with its live values and times, on a terminal.

    Args:
        stream: the terminal, default stderr.

    Yields:
        The callback.

    Example:
        >>> import io
        >>> with rich_progress(io.StringIO()) as progress:
        ...     progress("render", 1, 2, {"objective": 1.0})
    """
    from rich import progress as bars
    from rich.console import Console
    from rich.text import Text

    class Values(bars.ProgressColumn):
        """The live values, as plain text: nothing in it is markup."""

        def render(self, task: bars.Task) -> Text:
            return Text(str(task.fields["values"]), style="dim")

    class Name(bars.ProgressColumn):
        """The stage's name, as plain text."""

        def render(self, task: bars.Task) -> Text:
            return Text(task.description)

    columns = (
        Name(),
        bars.BarColumn(bar_width=28),
        bars.MofNCompleteColumn(),
        bars.TimeElapsedColumn(),
        Values(),
    )
    console = Console(file=stream or sys.stderr)
    tasks: dict[str, bars.TaskID] = {}
    with bars.Progress(*columns, console=console, refresh_per_second=8) as drawn:

        def show(stage: str, step: int, total: int, values: Mapping[str, float]) -> None:
            if stage not in tasks:
                tasks[stage] = drawn.add_task(_inert(stage), total=total or None, values="")
            drawn.update(tasks[stage], completed=step, total=total or None, values=_shown(values))

        yield show


def automatic(stream: TextIO | None = None) -> AbstractContextManager[Progress]:
    """Choose bars on a terminal and plain lines elsewhere.

    Args:
        stream: default stderr.

    Returns:
        `rich_progress` or `plain_progress`, to be entered with `with`.

    Example:
        >>> with automatic() as progress:
        ...     progress("render", 1, 10, {})
    """
    target = stream or sys.stderr
    try:
        terminal = target.isatty()
    except (AttributeError, ValueError):
        terminal = False
    if terminal and os.environ.get("TERM", "") not in ("", "dumb"):
        return rich_progress(stream)
    return plain_progress(stream)


def _shown(values: Mapping[str, float]) -> str:
    return "  ".join(f"{_inert(name)} {_number(value)}" for name, value in values.items())


def _number(value: float) -> str:
    number = float(value)
    if number != number or number in (float("inf"), float("-inf")):
        return str(number)
    if number == 0 or 1e-3 <= abs(number) < 1e5:
        return f"{number:.5g}"
    return f"{number:.3e}"


def _inert(text: str) -> str:
    """Replace control characters, so that a name cannot steer the terminal."""
    return "".join(c if c.isprintable() else "?" for c in str(text))
