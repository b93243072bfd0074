"""The commands: name, where it lives, and one line of help."""

from __future__ import annotations

ROWS: tuple[tuple[str, str, str], ...] = (
    (
        "explain",
        "attrvis.cli.explain:explain",
        "Find and draw the neurons that decided.",
    ),
    (
        "attribute",
        "attrvis.cli.attribute:attribute",
        "Say which pixels or neurons spoke, by any method.",
    ),
    ("methods", "attrvis.cli.methods:methods", "List the attribution methods."),
    ("render", "attrvis.cli.render:render", "Draw what channels, neurons or classes look for."),
    ("sheet", "attrvis.cli.sheet:sheet", "Draw channels of layers, side by side."),
    (
        "random-sheet",
        "attrvis.cli.random_sheet:random_sheet",
        "Draw random directions of a layer.",
    ),
    ("caricature", "attrvis.cli.caricature:caricature", "Redraw a photo as layers see it."),
    ("inversion", "attrvis.cli.inversion:inversion", "Draw what layers still know of a photo."),
    (
        "attribution-caricature",
        "attrvis.cli.attribution_caricature:attribution_caricature",
        "Redraw a photo with what speaks for a class.",
    ),
    ("dictionary", "attrvis.cli.dictionary:dictionary", "Read a layer at places of a photo."),
    ("groups", "attrvis.cli.groups:groups", "Draw neurons that fire together in a photo."),
    ("examples", "attrvis.cli.examples:examples", "Find the photos that excite units most."),
    ("atlas", "attrvis.cli.atlas:atlas", "Map what a layer says about many photos."),
    (
        "class-atlas",
        "attrvis.cli.class_atlas:class_atlas",
        "Map what of a layer speaks for a class.",
    ),
    ("patches", "attrvis.cli.patches:patches", "Turn a prediction by a pasted picture."),
    ("circuits", "attrvis.cli.circuits:circuits", "Draw the weights between two layers."),
    ("dream", "attrvis.cli.dream:dream", "Let a layer see ever more in a photo."),
    ("style", "attrvis.cli.style:style", "Paint a photo in the style of another."),
    ("texture", "attrvis.cli.texture:texture", "Make a tile in the style of a photo."),
    ("cppn", "attrvis.cli.cppn:cppn", "Draw units as patterns of any resolution."),
    ("maco", "attrvis.cli.maco:maco", "Draw units large, with the spectrum of photos."),
    ("facets", "attrvis.cli.facets:facets", "Draw one unit in pictures that must differ."),
    (
        "interaction",
        "attrvis.cli.interaction:interaction",
        "Draw mixtures of two units.",
    ),
    (
        "interpolation",
        "attrvis.cli.interpolation:interpolation",
        "Draw a way from one unit to another.",
    ),
    (
        "transparency",
        "attrvis.cli.transparency:transparency",
        "Draw units with the rest left transparent.",
    ),
    (
        "activation-grid",
        "attrvis.cli.activation_grid:activation_grid",
        "Draw what a layer sees, place by place.",
    ),
    ("demo", "attrvis.cli.demo:demo", "Explain a bundled photo with the embedded network."),
    ("predict", "attrvis.cli.predict:predict", "Say what a network sees in a photo."),
    ("models", "attrvis.cli.models:models", "List the forms in which a network may come."),
    ("layers", "attrvis.cli.layers:layers", "List a network's layers and its preprocessing."),
)
