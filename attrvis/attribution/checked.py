"""What a method is given, checked before any work: a network, and images that fit it."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import tensorflow as tf

from attrvis.errors import BadValue, warn
from attrvis.networks import Network
from attrvis.networks.door import first_line

_SLACK = 0.5
"""So far beyond [0, 1] noise and adversaries may go before photos look like something else."""
_SIDE = 16
"""Smaller inputs are not taken for photos."""


def check_network(net: object) -> None:
    """Refuse what is no network.

    Raises:
        BadValue: it is none, such as the name of one.
    """
    if not isinstance(net, Network):
        raise BadValue(f"A network is what attrvis.load gives, not {net!r:.60}; load it first.")


def check_seed(seed: object) -> None:
    """Refuse what is no seed of an attribution.

    Raises:
        BadValue: it is no whole number.
    """
    if not isinstance(seed, Integral) or isinstance(seed, bool):
        raise BadValue(f"The seed of an attribution is a whole number, not {seed!r:.60}.")


def checked_images(net: Network, images: Any) -> tf.Tensor:
    """Bring images to float32 and refuse what no method can explain.

    Photos that do not look like RGB in [0, 1] are warned about: a network answers them all the
    same, and wrongly.

    Raises:
        BadValue: no network, no image, values that are not finite, or photos that are no arrays of
            floats.
    """
    check_network(net)
    try:
        given = net.packed(images)
    except (TypeError, ValueError) as error:
        raise BadValue(
            f"The images make no batch ({first_line(error)}); give an array [B, ...], or photos of "
            "any kind to attrvis.attribute."
        ) from error
    if given.dtype == tf.string or (given.dtype == tf.uint8 and net.size):
        raise BadValue(
            f"A method takes photos as floats in [0, 1], not as {given.dtype.name}; divide bytes "
            "by 255, or give photos and paths of any kind to attrvis.attribute."
        )
    batch = tf.cast(given, tf.float32)
    if batch.shape.rank == 0 or not int(tf.size(batch)):
        raise BadValue("There is no image to attribute; give a batch of at least one.")
    if not bool(tf.reduce_all(tf.math.is_finite(batch))):
        raise BadValue(
            "The images hold NaN or infinite values; mend them before they are explained."
        )
    low, high = float(tf.reduce_min(batch)), float(tf.reduce_max(batch))
    photos = len(net.size) == 2 and min(net.size) >= _SIDE and batch.shape[-1] == 3
    if photos and (low < -_SLACK or high > 1 + _SLACK):
        cure = "divide them by 255" if low >= 0 else "undo the network's preprocessing"
        warn(
            f"The images run from {low:.4g} to {high:.4g}, and a method takes RGB in [0, 1], on "
            f"which the network's own preprocessing is done; {cure}."
        )
    return batch
