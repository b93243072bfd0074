"""Which neurons contributed: attributions of an objective to a layer or to the pixels.

Every method of `TABLE` is also a class of this module, imported when it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrvis.attribution._table import TABLE
from attrvis.attribution.by_name import attribute
from attrvis.attribution.filtering import keep_channels, strongest_channels
from attrvis.attribution.groups import channel_groups
from attrvis.attribution.method import Found, Method
from attrvis.attribution.naming import hyper_parameters, method_of, settings_from
from attrvis.attribution.result import Attribution
from attrvis.attribution.scene import Scene
from attrvis.attribution.streaming import attribute_each
from attrvis.attribution.targets import bind_target

if TYPE_CHECKING:
    from attrvis.attribution.aumann_shapley import AumannShapley as AumannShapley

_METHODS = {row.target.partition(":")[2]: row.name for row in TABLE if row.family != "third party"}

__all__ = [
    "TABLE",
    "Attribution",
    "Found",
    "Method",
    "Scene",
    "attribute",
    "attribute_each",
    "bind_target",
    "channel_groups",
    "hyper_parameters",
    "keep_channels",
    "method_of",
    "settings_from",
    "strongest_channels",
]
__all__ += sorted(_METHODS)


def __getattr__(name: str) -> Any:
    if name not in _METHODS:
        raise AttributeError(f"module 'attrvis.attribution' has no attribute {name!r}")
    return TABLE[_METHODS[name]]


def __dir__() -> list[str]:
    return sorted(__all__)
