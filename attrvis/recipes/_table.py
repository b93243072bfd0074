"""Recipes by name; each name is also a command."""

from attrvis.tables import Row, Table

RECIPES = Table(
    "recipes",
    (Row("sheet", "attrvis.recipes.channels:channel_sheet", "units", "olah2017"),),
    kind="recipe",
)
