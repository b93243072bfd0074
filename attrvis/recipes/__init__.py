"""Finished things made of renderings: sheets of channels, atlases, dreams, styles, circuits.

Each recipe is one function that gives a `Plate`, and one command.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from attrvis.recipes._table import RECIPES

if TYPE_CHECKING:
    from attrvis.recipes.aimless import random_sheet
    from attrvis.recipes.atlases import atlas
    from attrvis.recipes.attribution_caricatures import attribution_caricature
    from attrvis.recipes.caricatures import caricature
    from attrvis.recipes.cells import activation_grid
    from attrvis.recipes.channels import channel_sheet
    from attrvis.recipes.circuit import circuits
    from attrvis.recipes.class_atlases import class_atlas
    from attrvis.recipes.comparing import compare_methods
    from attrvis.recipes.cutouts import transparency
    from attrvis.recipes.dictionary import semantic_dictionary
    from attrvis.recipes.diverse import facets
    from attrvis.recipes.dreaming import dream
    from attrvis.recipes.excitement import dataset_examples
    from attrvis.recipes.inversions import inversion
    from attrvis.recipes.magnitudes import maco
    from attrvis.recipes.neurons import neuron_groups
    from attrvis.recipes.pairs import interaction, interpolation
    from attrvis.recipes.pasting import patches
    from attrvis.recipes.patterns import cppn_art
    from attrvis.recipes.plate import Plate
    from attrvis.recipes.styling import style_transfer
    from attrvis.recipes.textures import texture

__all__ = [
    "RECIPES",
    "Plate",
    "activation_grid",
    "atlas",
    "attribution_caricature",
    "caricature",
    "channel_sheet",
    "circuits",
    "class_atlas",
    "compare_methods",
    "cppn_art",
    "dataset_examples",
    "dream",
    "facets",
    "interaction",
    "interpolation",
    "inversion",
    "maco",
    "neuron_groups",
    "patches",
    "random_sheet",
    "semantic_dictionary",
    "style_transfer",
    "texture",
    "transparency",
]

_WHERE = {
    "texture": "textures",
    "style_transfer": "styling",
    "maco": "magnitudes",
    "dream": "dreaming",
    "cppn_art": "patterns",
    "Plate": "plate",
    "activation_grid": "cells",
    "facets": "diverse",
    "interaction": "pairs",
    "interpolation": "pairs",
    "transparency": "cutouts",
    "atlas": "atlases",
    "attribution_caricature": "attribution_caricatures",
    "caricature": "caricatures",
    "channel_sheet": "channels",
    "circuits": "circuit",
    "compare_methods": "comparing",
    "class_atlas": "class_atlases",
    "dataset_examples": "excitement",
    "inversion": "inversions",
    "neuron_groups": "neurons",
    "patches": "pasting",
    "random_sheet": "aimless",
    "semantic_dictionary": "dictionary",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'attrvis.recipes' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"attrvis.recipes.{_WHERE[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
