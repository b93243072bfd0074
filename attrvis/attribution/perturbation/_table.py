"""The perturbation methods by name."""

from attrvis.tables import Row

_HERE = "attrvis.attribution.perturbation"

PERTURBATION: tuple[Row, ...] = ()
