"""Trained networks: load any of them, read and edit their layers.

TensorFlow is imported with the first of these names that is used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from attrvis.networks.card import Card, card_of
    from attrvis.networks.forms import models
    from attrvis.networks.layer import Layer
    from attrvis.networks.loading import load
    from attrvis.networks.network import Network
    from attrvis.networks.prediction import Prediction
    from attrvis.networks.preprocess import Preprocess
    from attrvis.networks.rules import Rule
    from attrvis.networks.trunk import Trunk
    from attrvis.networks.weights import perturbed

__all__ = [
    "Card",
    "Layer",
    "Network",
    "Prediction",
    "Preprocess",
    "Rule",
    "Trunk",
    "card_of",
    "load",
    "models",
    "perturbed",
]

_WHERE = {
    "Card": "card",
    "Layer": "layer",
    "Network": "network",
    "Prediction": "prediction",
    "Preprocess": "preprocess",
    "Rule": "rules",
    "Trunk": "trunk",
    "card_of": "card",
    "load": "loading",
    "models": "forms",
    "perturbed": "weights",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'attrvis.networks' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"attrvis.networks.{_WHERE[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
