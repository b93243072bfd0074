"""The visualisers by name."""

from attrvis.tables import Row, Table

_HERE = "attrvis.attribution.visualisers"

VISUALISERS = Table(
    "visualisers",
    (
        Row("heatmap", f"{_HERE}.ready:heatmap", "map"),
        Row("grayscale", f"{_HERE}.ready:grayscale", "map", "smilkov2017"),
        Row("diverging", f"{_HERE}.ready:diverging", "map", "smilkov2017"),
        Row("overlay", f"{_HERE}.ready:overlay", "over the photo"),
        Row("blended", f"{_HERE}.ready:blended", "over the photo", "kokhlikyan2020"),
        Row("masked", f"{_HERE}.ready:masked", "over the photo", "leino2018"),
        Row("alpha", f"{_HERE}.ready:alpha", "over the photo", "kokhlikyan2020"),
        Row("curves", f"{_HERE}.curves:Curves", "signal", "kokhlikyan2020"),
        Row("units", f"{_HERE}.units:UnitsWithBlur", "units", "leino2018"),
        Row("top-units", f"{_HERE}.units:TopKWithBlur", "units", "leino2018"),
        Row("aggregated", f"{_HERE}.aggregated:AggregatedVisualisation", "units", "leino2018"),
    ),
    kind="visualiser",
)
"""Every visualiser, made with its settings.

Those of maps and photos are called with an attribution, those of units with a network and images.
"""
