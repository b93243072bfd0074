"""Trained networks: load any of them, read and edit their layers."""

from attrvis.networks.load import load
from attrvis.networks.network import Layer, Network, Prediction
from attrvis.networks.preprocess import Preprocess

__all__ = ["Layer", "Network", "Prediction", "Preprocess", "load"]
