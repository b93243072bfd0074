"""`attrvis sheet`: channels of layers, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from attrvis.cli.drawing import check_out, drawing, drawing_options, finish, plate_options
from attrvis.cli.options import Loading, network_options


@click.command()
@click.option(
    "--layer",
    "-l",
    "layers",
    metavar="NAME",
    multiple=True,
    required=True,
    help="The layer ('attrvis layers' lists them); several give one row each.",
)
@click.option(
    "--units",
    "-u",
    metavar="N,N-N,...",
    help="Which channels, such as 0-7,42.  [default: evenly over the layer]",
)
@click.option(
    "--count",
    metavar="N",
    type=click.IntRange(1, 4096),
    default=16,
    show_default=True,
    help="How many channels, where they are not named.",
)
@click.option("--negative", is_flag=True, help="Draw also what silences each channel.")
@network_options()
@drawing_options
@plate_options("attrvis-sheet")
def sheet(
    layers: tuple[str, ...],
    units: str | None,
    count: int,
    negative: bool,
    loading: Loading,
    out: Path | None,
    as_json: bool,
    **work: Any,
) -> int:
    """Draw what channels of a layer look for, as one sheet and as single pictures.

    \b
    attrvis sheet --layer mixed5a
    attrvis sheet --layer mixed4d --units 0-15 --negative --model net.pb --preprocess caffe-rgb
    """
    where = out or Path("attrvis-sheet")
    check_out(where)
    wanted = None if units is None else unit_list(units)
    network = loading.network()
    from attrvis import progress
    from attrvis.recipes import channel_sheet

    with progress.automatic() as report:
        plate = channel_sheet(
            network,
            layers,
            wanted,
            count=count,
            negative=negative,
            progress=report,
            **drawing(**work),
        )
    return finish(plate, where, as_json)


def unit_list(text: str) -> list[int]:
    """Read a list of channels, such as `0-3,42`.

    Args:
        text: whole numbers and ranges with both ends in, parted by commas.

    Returns:
        The channels, each once, in the order given.

    Raises:
        click.BadParameter: something else, or more than 4096.

    Example:
        >>> unit_list("0-3,42")
        [0, 1, 2, 3, 42]
    """
    found: dict[int, None] = {}
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        if not first.isdecimal() or (last and not last.isdecimal()) or len(first + last) > 18:
            raise click.BadParameter(
                f"{text!r} is no list of channels; write whole numbers and ranges, such as 0-7,42."
            )
        ends = int(first), int(last or first)
        if ends[1] < ends[0] or ends[1] - ends[0] + len(found) >= 4096:
            raise click.BadParameter(f"The range {part.strip()!r} is empty or too long.")
        found.update(dict.fromkeys(range(ends[0], ends[1] + 1)))
    return list(found)
