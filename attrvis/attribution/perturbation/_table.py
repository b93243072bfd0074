"""The perturbation methods by name."""

from attrvis.tables import Row

_HERE = "attrvis.attribution.perturbation"

PERTURBATION: tuple[Row, ...] = (
    Row("occlusion", f"{_HERE}.occlusion:Occlusion", "perturbation", "zeiler2014"),
    Row(
        "tiled-occlusion",
        f"{_HERE}.tiled_occlusion:TiledOcclusion",
        "perturbation",
        "pascual2025",
    ),
)
