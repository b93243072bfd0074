"""The attribution methods by name, family by family."""

from attrvis.attribution.cams._table import CAMS
from attrvis.attribution.gradients._table import GRADIENTS
from attrvis.attribution.influence._table import INFLUENCE
from attrvis.attribution.paths._table import PATHS
from attrvis.attribution.perturbation._table import PERTURBATION
from attrvis.attribution.propagation._table import PROPAGATION
from attrvis.attribution.wrappers._table import WRAPPERS
from attrvis.tables import Row, Table

TABLE = Table(
    "attribution",
    [
        Row(
            "aumann-shapley",
            "attrvis.attribution.aumann_shapley:AumannShapley",
            "paths",
            "sundararajan2017",
        ),
        *GRADIENTS,
        *INFLUENCE,
        *PATHS,
        *CAMS,
        *PROPAGATION,
        *PERTURBATION,
        *WRAPPERS,
    ],
    kind="method",
)
"""Every method; a new one is a file in its family's folder and a row in that family's table."""
