"""What to explain and what to draw: a scalar for each image, with an exact algebra."""

from attrvis.objectives._table import OBJECTIVES
from attrvis.objectives.attributed import channel_attribution, neuron_attribution
from attrvis.objectives.blurs import blur_each_step, boundary_complexity
from attrvis.objectives.callables import as_objective, custom
from attrvis.objectives.crowds import alignment, diversity
from attrvis.objectives.directions import caricature, direction, direction_at, direction_map
from attrvis.objectives.interpolation import channel_interpolation
from attrvis.objectives.layers import layer
from attrvis.objectives.logits import logit
from attrvis.objectives.mask import mask_area, mask_haze, mask_sparsity
from attrvis.objectives.mixtures import local_group, weighted_channels, weighted_neuron
from attrvis.objectives.objective import Objective, constant
from attrvis.objectives.penalties import l1, l2, spectral, total_variation
from attrvis.objectives.ramp import ramp
from attrvis.objectives.random_directions import random_direction, random_directions
from attrvis.objectives.references import activation_l2, content, input_difference, inversion
from attrvis.objectives.strings import parse
from attrvis.objectives.styles import gram, style
from attrvis.objectives.units import channel, neuron
from attrvis.objectives.weighted import weighted

__all__ = [
    "OBJECTIVES",
    "Objective",
    "activation_l2",
    "alignment",
    "as_objective",
    "blur_each_step",
    "boundary_complexity",
    "caricature",
    "channel",
    "channel_attribution",
    "channel_interpolation",
    "constant",
    "content",
    "custom",
    "direction",
    "direction_at",
    "direction_map",
    "diversity",
    "gram",
    "input_difference",
    "inversion",
    "l1",
    "l2",
    "layer",
    "local_group",
    "logit",
    "mask_area",
    "mask_haze",
    "mask_sparsity",
    "neuron",
    "neuron_attribution",
    "parse",
    "ramp",
    "random_direction",
    "random_directions",
    "spectral",
    "style",
    "total_variation",
    "weighted",
    "weighted_channels",
    "weighted_neuron",
]
