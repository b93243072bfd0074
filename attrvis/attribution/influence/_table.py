"""The influence methods by name."""

from attrvis.tables import Row

_HERE = "attrvis.attribution.influence"

INFLUENCE: tuple[Row, ...] = ()
