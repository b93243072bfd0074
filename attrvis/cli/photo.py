"""What the commands that redraw or take apart one photo share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from attrvis.cli.drawing import drawing_options, plate_options
from attrvis.cli.options import fit_option, network_options

layer_option = click.option(
    "--layer",
    "-l",
    metavar="NAME",
    required=True,
    help="The layer ('attrvis layers' lists them).",
)

layers_option = click.option(
    "--layer",
    "-l",
    "layers",
    metavar="NAME",
    multiple=True,
    required=True,
    help="The layer ('attrvis layers' lists them); several give one row each.",
)

powers_option = click.option(
    "--power",
    "powers",
    metavar="X",
    type=click.FloatRange(0, 16),
    multiple=True,
    default=(1.0,),
    show_default="1",
    help="Power of the cosine: the higher, the closer to the photo; several are drawn side by "
    "side.",
)


def photo_command(default: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command its PHOTO, how it is fitted, the network, how to draw and where to write.

    Args:
        default: what the folder is called, as the help tells it.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        command = plate_options(default)(command)
        command = drawing_options(command)
        command = network_options()(command)
        command = fit_option(command)
        return click.argument("photo", type=click.Path(path_type=Path))(command)

    return decorate
