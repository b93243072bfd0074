"""The attribution methods by name."""

from attrvis.tables import Row, Table

_HERE = "attrvis.attribution"

TABLE = Table(
    "attribution",
    [Row("aumann-shapley", f"{_HERE}.aumann_shapley:AumannShapley", "path", "sundararajan2017")],
)
