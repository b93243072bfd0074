"""The wrappers methods by name."""

from attrvis.tables import Row

_HERE = "attrvis.attribution.wrappers"

WRAPPERS: tuple[Row, ...] = ()
