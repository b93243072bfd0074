"""How to draw pictures that keep the proportions of a photo, or need none of the network's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrvis.cli.drawing import drawing_options

_HELP = "Longer side of the picture.  [default: 16/7 of the network's, at most the photo's]"


def proportioned_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--pixels`, for the longer side, `--steps` and `--seed`; see `drawing`."""
    command = drawing_options(command)
    for option in vars(command)["__click_params__"]:
        if option.name == "pixels":
            option.help = _HELP
            option.metavar = "N"
    return command
