"""Heat maps, overlays and sheets of pictures with NumPy and Pillow; figures with matplotlib."""

from attrvis.plots.bars import colourbar
from attrvis.plots.colours import diverging
from attrvis.plots.figures import data_address, figure, figure_html
from attrvis.plots.maps import heatmap, overlay
from attrvis.plots.ranges import Range, range_of, scale_of
from attrvis.plots.sheets import Panel, sheet
from attrvis.plots.showing import rgb, visible

__all__ = [
    "Panel",
    "Range",
    "colourbar",
    "data_address",
    "diverging",
    "figure",
    "figure_html",
    "heatmap",
    "overlay",
    "range_of",
    "rgb",
    "scale_of",
    "sheet",
    "visible",
]
