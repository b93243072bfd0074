"""attrvis tells which neurons of a vision network decided, and draws what those neurons look for.

Four functions do the work, and each room of the package holds the pieces:

- `attrvis.load` brings a network, `attrvis.explain` runs the whole job on a photo,
- `attrvis.attribute` and `attrvis.render` are its two halves,
- `attrvis.models` lists the forms in which a network may come.

Nothing heavy is imported before it is used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from attrvis.attribution.by_name import attribute
    from attrvis.explanation.explanation import Explanation
    from attrvis.explanation.main_job import explain
    from attrvis.networks.forms import models
    from attrvis.networks.loading import load
    from attrvis.rendering import render

__version__ = "0.1.0"

__all__ = ["Explanation", "__version__", "attribute", "explain", "load", "models", "render"]

_FUNCTIONS = {
    "Explanation": "attrvis.explanation",
    "attribute": "attrvis.attribution",
    "explain": "attrvis.explanation",
    "load": "attrvis.networks",
    "models": "attrvis.networks",
    "render": "attrvis.rendering",
}
_ROOMS = (
    "arrays",
    "attribution",
    "errors",
    "explanation",
    "filters",
    "folders",
    "images",
    "networks",
    "objectives",
    "pages",
    "param",
    "plots",
    "progress",
    "recipes",
    "rendering",
    "seeds",
    "transforms",
)


def __getattr__(name: str) -> Any:
    if name in _FUNCTIONS:
        value = getattr(importlib.import_module(_FUNCTIONS[name]), name)
    elif name in _ROOMS:
        value = importlib.import_module(f"attrvis.{name}")
    else:
        raise AttributeError(f"module 'attrvis' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*__all__, *_ROOMS})
