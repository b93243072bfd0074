"""The commands: name, where it lives, and one line of help."""

from __future__ import annotations

ROWS: tuple[tuple[str, str, str], ...] = (
    (
        "explain",
        "attrvis.cli.explain:explain",
        "Find and draw the neurons that decided.",
    ),
    ("render", "attrvis.cli.render:render", "Draw what channels, neurons or classes look for."),
    ("sheet", "attrvis.cli.sheet:sheet", "Draw channels of layers, side by side."),
    ("demo", "attrvis.cli.demo:demo", "Explain a bundled photo with the embedded network."),
    ("predict", "attrvis.cli.predict:predict", "Say what a network sees in a photo."),
    ("models", "attrvis.cli.models:models", "List the forms in which a network may come."),
    ("layers", "attrvis.cli.layers:layers", "List a network's layers and its preprocessing."),
)
