"""The photo that a recipe is about, as a network sees it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from attrvis import images
from attrvis.attribution import AumannShapley
from attrvis.attribution.baselines import Zero
from attrvis.errors import BadValue
from attrvis.images import ImageSource
from attrvis.images.frames import How
from attrvis.networks import Network


def fitted_photo(
    net: Network,
    photo: ImageSource,
    size: int | Sequence[int] | None = None,
    fit: How = "crop",
) -> np.ndarray:
    """Read a photo and bring it to the size at which it is looked at.

    Args:
        net: the network.
        photo: a path, a PIL image or an array.
        size: side, or height and width, in pixels; default what the network takes.
        fit: `crop`, `pad` or `stretch`.

    Returns:
        float32 [H, W, 3] in [0, 1].

    Raises:
        ImageError: the photo cannot be used.
        BadValue: there is no such size.
        ModelError: the network takes no images.

    Example:
        >>> from attrvis.networks import load
        >>> fitted_photo(load("embedded"), images.bundled(), 80).shape
        (80, 80, 3)
    """
    own = net.image_size
    sides = own if size is None else (size, size) if isinstance(size, int) else tuple(size)
    if len(sides) != 2:
        raise BadValue(f"A photo is looked at in height and width; {size!r} are not two sides.")
    return images.fit(images.read(photo), (int(sides[0]), int(sides[1])), fit)[0]


def activations(net: Network, picture: np.ndarray, layers: Sequence[str]) -> dict[str, np.ndarray]:
    """Compute what layers make of a picture of any size that they can take.

    Args:
        net: the network.
        picture: [H, W, 3] in [0, 1], or several, [B, H, W, 3].
        layers: their names.

    Returns:
        The layers' values by name, [B, ...].

    Raises:
        UnknownName: no such layer; the nearest are named.
        ModelError: the layers cannot be computed at that size.

    Example:
        >>> from attrvis.networks import load
        >>> found = activations(load("embedded"), np.zeros((64, 64, 3)), ["mixed5a"])
        >>> found["mixed5a"].shape[0]
        1
    """
    rows = np.asarray(picture, np.float32)
    rows = rows[None] if rows.ndim == 3 else rows
    trunk = net.trunk(list(layers), (int(rows.shape[1]), int(rows.shape[2])))
    return {name: value.numpy() for name, value in trunk(tf.constant(rows)).items()}


def layer_list(layer: str | Sequence[str], what: str) -> list[str]:
    """Make a list of one layer or several.

    Args:
        layer: a name, or names.
        what: that is made of them, for the message.

    Raises:
        BadValue: there is none, or one comes twice.

    Example:
        >>> layer_list("mixed4d", "A caricature")
        ['mixed4d']
    """
    layers = [layer] if isinstance(layer, str) else list(layer)
    if not layers or len(set(layers)) < len(layers):
        raise BadValue(f"{what} needs at least one layer, each named once; not {layers}.")
    return layers


def part_name(*words: object) -> str:
    """Make the name of a plate's part of any words: letters, digits, `-` and `_`.

    Args:
        words: joined by `-`.

    Example:
        >>> part_name("block1/conv#2", 7)
        'block1_conv_2-7'
    """
    text = "-".join(str(word) for word in words)
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in text)


def short_label(net: Network, index: int) -> str:
    """Give the first synonym of a class's label.

    Args:
        net: the network.
        index: of the class.

    Example:
        >>> from attrvis.networks import load
        >>> "," in short_label(load("embedded"), 0)
        False
    """
    return net.label(index).split(",")[0].strip()


def from_silence() -> AumannShapley:
    """Give the attribution that recipes use: from a silent layer, refined until it adds up.

    Returns:
        The method; its relative gap is at most a hundredth, or it warns.

    Source: Sundararajan, Taly and Yan, Axiomatic Attribution for Deep Networks, 2017.

    Example:
        >>> from_silence().points
        32
    """
    return AumannShapley(baseline=Zero(), refinements=3, tolerance=0.01)
