"""What to explain and what to draw: a scalar for each image, with an exact algebra."""

from attrvis.objectives.logits import logit
from attrvis.objectives.mask import mask_area, mask_haze, mask_sparsity
from attrvis.objectives.objective import Objective, constant
from attrvis.objectives.ramp import ramp
from attrvis.objectives.units import channel, neuron
from attrvis.objectives.weighted import weighted

__all__ = [
    "Objective",
    "channel",
    "constant",
    "logit",
    "mask_area",
    "mask_haze",
    "mask_sparsity",
    "neuron",
    "ramp",
    "weighted",
]
