"""From attributions to pictures: combinators of localisers, methods and masks."""

from attrvis.attribution.visualisers._table import VISUALISERS
from attrvis.attribution.visualisers.scaling import Normalised
from attrvis.attribution.visualisers.showing import AlphaScaled, Blended, Coloured, Masked, Overlaid
from attrvis.attribution.visualisers.smoothing import Blurred, Enlarged, Lifted, Thresholded
from attrvis.attribution.visualisers.stage import Chain, Stage
from attrvis.attribution.visualisers.summing import Summed

__all__ = [
    "VISUALISERS",
    "AlphaScaled",
    "Blended",
    "Blurred",
    "Chain",
    "Coloured",
    "Enlarged",
    "Lifted",
    "Masked",
    "Normalised",
    "Overlaid",
    "Stage",
    "Summed",
    "Thresholded",
]
