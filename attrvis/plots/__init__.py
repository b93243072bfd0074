"""Heat maps, overlays and sheets of pictures, drawn with NumPy and Pillow alone."""

from attrvis.plots.bars import colourbar
from attrvis.plots.colours import diverging, scale_of
from attrvis.plots.maps import heatmap, overlay
from attrvis.plots.sheets import Panel, sheet
from attrvis.plots.showing import visible

__all__ = ["Panel", "colourbar", "diverging", "heatmap", "overlay", "scale_of", "sheet", "visible"]
