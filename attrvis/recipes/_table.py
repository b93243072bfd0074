"""Recipes by name; each name is also a command."""

from attrvis.tables import Row, Table

RECIPES = Table(
    "recipes",
    (
        Row("sheet", "attrvis.recipes.channels:channel_sheet", "units", "olah2017"),
        Row("caricature", "attrvis.recipes.caricatures:caricature", "photo", "carter2019"),
        Row("inversion", "attrvis.recipes.inversions:inversion", "photo", "mahendran2015"),
        Row(
            "attribution-caricature",
            "attrvis.recipes.attribution_caricatures:attribution_caricature",
            "photo",
            "olah2018",
        ),
        Row("dictionary", "attrvis.recipes.dictionary:semantic_dictionary", "photo", "olah2018"),
        Row("groups", "attrvis.recipes.neurons:neuron_groups", "photo", "olah2018"),
        Row("random-sheet", "attrvis.recipes.aimless:random_sheet", "units", "olah2017"),
        Row("examples", "attrvis.recipes.excitement:dataset_examples", "units", "olah2017"),
        Row("atlas", "attrvis.recipes.atlases:atlas", "photos", "carter2019"),
        Row("class-atlas", "attrvis.recipes.class_atlases:class_atlas", "photos", "carter2019"),
        Row("patches", "attrvis.recipes.pasting:patches", "photo", "brown2017"),
        Row("circuits", "attrvis.recipes.circuit:circuits", "units", "voss2021"),
        Row("dream", "attrvis.recipes.dreaming:dream", "photo", "mordvintsev2015"),
        Row("style", "attrvis.recipes.styling:style_transfer", "photo", "gatys2016"),
        Row("texture", "attrvis.recipes.textures:texture", "photo", "gatys2015"),
        Row("cppn", "attrvis.recipes.patterns:cppn_art", "units", "mordvintsev2018"),
        Row("maco", "attrvis.recipes.magnitudes:maco", "units", "fel2023"),
        Row("facets", "attrvis.recipes.diverse:facets", "units", "olah2017"),
        Row("interaction", "attrvis.recipes.pairs:interaction", "units", "olah2017"),
        Row("interpolation", "attrvis.recipes.pairs:interpolation", "units", "mordvintsev2018"),
        Row("transparency", "attrvis.recipes.cutouts:transparency", "units", "mordvintsev2018"),
        Row("activation-grid", "attrvis.recipes.cells:activation_grid", "photo", "olah2018"),
    ),
    kind="recipe",
)
