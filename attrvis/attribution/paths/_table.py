"""The paths methods by name."""

from attrvis.tables import Row

_HERE = "attrvis.attribution.paths"

PATHS: tuple[Row, ...] = (
    Row(
        "integrated-gradients",
        f"{_HERE}.integrated_gradients:IntegratedGradients",
        "paths",
        "sundararajan2017",
    ),
)
