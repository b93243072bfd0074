"""What the commands that draw share: how to draw, where to write, what to say at the end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from attrvis.cli import guard
from attrvis.cli.options import as_json, emit

if TYPE_CHECKING:
    from attrvis.recipes import Plate

_OPTIONS = (
    click.option(
        "--pixels",
        "-p",
        metavar="N",
        type=click.IntRange(8, 4096),
        help="Draw N x N pixels.  [default: what the network takes]",
    ),
    click.option(
        "--steps",
        metavar="N",
        type=click.IntRange(1, 100_000),
        help="Steps of drawing.  [default: the recipe's own]",
    ),
    click.option(
        "--seed",
        metavar="N",
        type=click.IntRange(0, 2**31 - 1),
        default=0,
        show_default=True,
        help="The same seed gives the same pictures.",
    ),
)


def drawing_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--pixels`, `--steps` and `--seed`; see `drawing` for how they arrive."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def drawing(pixels: int | None, steps: int | None, seed: int) -> dict[str, Any]:
    """Make of the shared options what recipes take; what was not given is left out.

    Args:
        pixels: the side of the pictures.
        steps: of drawing.
        seed: of every draw.
    """
    given = {"size": pixels, "steps": steps, "seed": seed}
    return {name: value for name, value in given.items() if value is not None}


def plate_options(default: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command `--out` and `--json`.

    Args:
        default: what the folder is called, as the help tells it.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        where = click.option(
            "--out",
            "-o",
            metavar="DIR",
            type=click.Path(path_type=Path),
            help=f"The folder to write.  [default: {default} here]",
        )
        return where(as_json(command))

    return decorate


def check_out(out: Path) -> None:
    """Find out before any work whether the folder can be written.

    Raises:
        OutputError: it cannot, or holds something else.
    """
    from attrvis import folders
    from attrvis.recipes.plate import MARKER

    folders.check_writable(out, marker=MARKER)


def finish(plate: Plate, out: Path, as_json: bool) -> int:
    """Write a plate and say where it is.

    Args:
        plate: what was made.
        out: the folder.
        as_json: report as one JSON document instead of text.

    Returns:
        The exit status: 0, or 130 when the work was interrupted (what there was is written).
    """
    with guard.unbroken():
        plate.save(out)
    recipe = str(plate.facts.get("recipe", "plate"))
    if as_json:
        facts = {k: v for k, v in plate.facts.items() if k != "recipe"}
        emit(
            {
                "format": f"attrvis.{recipe}",
                "version": 1,
                "out": str(out),
                "status": plate.status,
                **facts,
            }
        )
    else:
        seconds = plate.facts.get("seconds")
        took = f" in {seconds:.1f} s" if isinstance(seconds, int | float) else ""
        several = "picture" if len(plate.parts) == 1 else "pictures"
        click.echo(f"{len(plate.parts)} {several}{took}: {out / 'picture.png'}")
    return guard.INTERRUPTED if plate.status == "interrupted" else guard.DONE
