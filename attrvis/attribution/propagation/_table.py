"""The propagation methods by name."""

from attrvis.tables import Row

_HERE = "attrvis.attribution.propagation"

PROPAGATION: tuple[Row, ...] = ()
