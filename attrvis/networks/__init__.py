"""Trained networks: load any of them, read and edit their layers."""

from attrvis.networks.layer import Layer
from attrvis.networks.load import load
from attrvis.networks.network import Network
from attrvis.networks.prediction import Prediction
from attrvis.networks.preprocess import Preprocess

__all__ = ["Layer", "Network", "Prediction", "Preprocess", "load"]
