"""Finished things made of renderings: sheets of channels, atlases, dreams, styles, circuits.

Each recipe is one function that gives a `Plate`, and one command.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from attrvis.recipes._table import RECIPES

if TYPE_CHECKING:
    from attrvis.recipes.channels import channel_sheet
    from attrvis.recipes.plate import Plate

__all__ = ["RECIPES", "Plate", "channel_sheet"]

_WHERE = {"Plate": "plate", "channel_sheet": "channels"}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'attrvis.recipes' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"attrvis.recipes.{_WHERE[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
