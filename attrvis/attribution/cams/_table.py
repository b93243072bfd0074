"""The cams methods by name."""

from attrvis.tables import Row

_HERE = "attrvis.attribution.cams"

CAMS: tuple[Row, ...] = ()
