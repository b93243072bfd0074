"""From attributions to pictures: combinators of localisers, methods and masks."""

from attrvis.attribution.visualisers._table import VISUALISERS
from attrvis.attribution.visualisers.aggregated import Aggregated, AggregatedVisualisation
from attrvis.attribution.visualisers.curves import Curves
from attrvis.attribution.visualisers.localisers import (
    EnlargedActivation,
    InputInfluence,
    Localiser,
)
from attrvis.attribution.visualisers.scaling import Normalised
from attrvis.attribution.visualisers.showing import AlphaScaled, Blended, Coloured, Masked, Overlaid
from attrvis.attribution.visualisers.smoothing import Blurred, Enlarged, Lifted, Thresholded
from attrvis.attribution.visualisers.stage import Chain, Stage
from attrvis.attribution.visualisers.summing import Summed
from attrvis.attribution.visualisers.units import MaskedPhotos, TopKWithBlur, UnitsWithBlur

__all__ = [
    "VISUALISERS",
    "Aggregated",
    "AggregatedVisualisation",
    "AlphaScaled",
    "Blended",
    "Blurred",
    "Chain",
    "Coloured",
    "Curves",
    "Enlarged",
    "EnlargedActivation",
    "InputInfluence",
    "Lifted",
    "Localiser",
    "Masked",
    "MaskedPhotos",
    "Normalised",
    "Overlaid",
    "Stage",
    "Summed",
    "Thresholded",
    "TopKWithBlur",
    "UnitsWithBlur",
]
