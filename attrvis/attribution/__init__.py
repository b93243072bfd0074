"""Which neurons contributed: attributions of an objective to a layer or to the pixels."""

from attrvis.attribution._table import TABLE
from attrvis.attribution.aumann_shapley import AumannShapley
from attrvis.attribution.by_name import attribute
from attrvis.attribution.filtering import keep_channels, strongest_channels
from attrvis.attribution.groups import channel_groups
from attrvis.attribution.result import Attribution
from attrvis.attribution.targets import bind_target

__all__ = [
    "TABLE",
    "Attribution",
    "AumannShapley",
    "attribute",
    "bind_target",
    "channel_groups",
    "keep_channels",
    "strongest_channels",
]
