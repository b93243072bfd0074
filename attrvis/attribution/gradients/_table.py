"""The gradients methods by name."""

from attrvis.tables import Row

_HERE = "attrvis.attribution.gradients"

GRADIENTS: tuple[Row, ...] = (
    Row("saliency", f"{_HERE}.saliency:Saliency", "gradients", "simonyan2014"),
)
