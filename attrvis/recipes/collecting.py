"""Activations of many photos at random positions, streamed so that memory holds one batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis import images, seeds
from attrvis.errors import BadValue, ImageError, ModelError, warn
from attrvis.networks import Network
from attrvis.objectives import logit
from attrvis.progress import Progress, silent

_SUFFIXES = frozenset((".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff"))
_NARROW = 4  # maps of so few positions have no inside to prefer
_BATCH = 32


@dataclass(frozen=True, eq=False)
class Samples:
    """Activations at single positions of photos.

    Args:
        activations: float32 [N, C].
        places: int32 [N, 3], the number of the photo, and the row and column of the layer.
        speaks: float32 [N, T], the gradient times the activation of each target's logit.
    """

    activations: np.ndarray
    places: np.ndarray
    speaks: np.ndarray

    def __len__(self) -> int:
        return len(self.activations)

    def kept(self, rows: np.ndarray) -> Samples:
        """Keep some of the samples."""
        return Samples(self.activations[rows], self.places[rows], self.speaks[rows])


def sampled(
    net: Network,
    layer: str,
    photos: Any,
    *,
    per_photo: int = 1,
    targets: Sequence[int] = (),
    score: str = "logit",
    limit: int | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Samples:
    """Collect the activations of photos at random positions.

    Args:
        net: the network.
        layer: the layer's name, [B, ..., C].
        photos: see `photo_batches`.
        per_photo: positions of each photo, from 1; all of them where a layer has fewer. The
            outermost ones, which see the padding, are left out of maps larger than 4 x 4.
        targets: classes for which each sample is attributed.
        score: what of them, as `attrvis.objectives.logit` takes it.
        limit: photos at most.
        seed: photo i draws its positions from `seed + i`.
        progress: told the photos seen.

    Returns:
        The samples, in the order of the photos.

    Raises:
        UnknownName: no such layer.
        BadValue: no photo, or a number out of its range.
        ModelError: the layer has no channels, or the targets do not depend on it.

    Source: Carter et al., Activation Atlas, 2019.

    Example:
        >>> from attrvis.networks import load
        >>> found = sampled(load("embedded"), "mixed5a", images.bundled(), per_photo=3)
        >>> found.activations.shape, found.places.shape
        ((3, 512), (3, 3))
    """
    shape = net.layer(layer).shape
    if per_photo < 1:
        raise BadValue(f"An atlas takes 1 position of each photo or more, not {per_photo}.")
    if len(shape) < 2 or shape[-1] is None:
        raise ModelError(f"The layer {layer!r} has no channels to sample; choose another.")
    held: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    first = 0
    for batch in photo_batches(photos, net.image_size, limit=limit):
        values, speaks = _read(net, layer, tf.constant(batch), targets, score)
        held.append(_at_random(values, speaks, first, per_photo, seed))
        first += len(batch)
        progress("photos", first, limit or 0, {})
    if not held:
        raise BadValue("There is no photo to make an atlas of; give at least one.")
    progress("photos", first, first, {})
    columns = [np.concatenate(column) for column in zip(*held, strict=True)]
    return Samples(*columns)


def aligned(
    net: Network,
    layers: Sequence[str],
    photos: Any,
    *,
    per_photo: int = 1,
    limit: int | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> list[Samples]:
    """Collect the activations of several layers at the same places of photos.

    The places are drawn in the layer that has the fewest; of each other layer the position is taken
    in which the middle of that place lies.

    Args:
        net: the network.
        layers: their names; each has maps [B, h, w, C].
        photos: see `photo_batches`.
        per_photo: see `sampled`.
        limit: photos at most.
        seed: photo i draws its positions from `seed + i`.
        progress: told the photos seen.

    Returns:
        The samples of each layer, in the order of the photos and of `layers`.

    Raises:
        UnknownName: no such layer.
        BadValue: no photo, or a number out of its range.
        ModelError: a layer has no positions.

    Source: Carter et al., Activation Atlas, 2019.

    Example:
        >>> from attrvis.networks import load
        >>> early, late = aligned(load("embedded"), ["mixed4a", "mixed5a"], images.bundled())
        >>> early.activations.shape, late.activations.shape
        ((1, 352), (1, 512))
    """
    if per_photo < 1:
        raise BadValue(f"An atlas takes 1 position of each photo or more, not {per_photo}.")
    flat = [name for name in layers if len(net.layer(name).shape) != 4]
    if flat:
        raise ModelError(f"The layer {flat[0]!r} has no positions to compare; choose one of maps.")
    held: list[list[tuple[np.ndarray, np.ndarray]]] = [[] for _ in layers]
    first = 0
    for batch in photo_batches(photos, net.image_size, limit=limit):
        read = net.run(tf.constant(batch), read=list(layers))
        sides = [tuple(read[name].shape[1:3]) for name in layers]
        least = min(sides, key=lambda side: side[0] * side[1])
        chosen = _drawn(least, first, len(batch), per_photo, seed)
        for own, name, side in zip(held, layers, sides, strict=True):
            y, x = (
                ((2 * place + 1) * to // (2 * of)).astype(int)
                for place, to, of in zip(np.divmod(chosen, least[1]), side, least, strict=True)
            )
            own.append(_picked(read[name], y * side[1] + x, side[1], first))
        first += len(batch)
        progress("photos", first, limit or 0, {})
    if not first:
        raise BadValue("There is no photo to make an atlas of; give at least one.")
    progress("photos", first, first, {})
    nothing = np.zeros((len(held[0][0][0]), 0), np.float32)
    columns = [[np.concatenate(part) for part in zip(*own, strict=True)] for own in held]
    return [Samples(values, places, nothing) for values, places in columns]


def photo_batches(
    photos: Any, size: tuple[int, int], *, limit: int | None = None, batch: int = _BATCH
) -> Iterator[np.ndarray]:
    """Read photos one batch at a time, each cropped to a size.

    Args:
        photos: a folder, searched with its subfolders in the order of names; a photo; an array
            [N, H, W, 3]; a `tf.data.Dataset` of photos, of batches, or of pairs that begin with
            one; or any iterable of photos. Photos are paths, PIL images or arrays.
        size: height and width in pixels.
        limit: photos at most, from 1.
        batch: photos in a batch.

    Yields:
        float32 [b, height, width, 3] in [0, 1].

    Raises:
        BadValue: a folder without photos, or a limit below 1.
        ImageError: a photo that was named cannot be used.

    Warns:
        AttrVisWarning: a file of a folder cannot be used and is left out.

    Example:
        >>> next(photo_batches(np.zeros((2, 9, 8, 3)), (4, 4))).shape
        (2, 4, 4, 3)
    """
    if limit is not None and limit < 1:
        raise BadValue(f"An atlas is made of 1 photo or more, not {limit}.")
    waiting: list[np.ndarray] = []
    for number, photo in enumerate(_single(photos)):
        if limit is not None and number >= limit:
            break
        waiting.append(images.fit(photo, size, "crop")[0])
        if len(waiting) == batch:
            yield np.stack(waiting)
            waiting = []
    if waiting:
        yield np.stack(waiting)


def _single(photos: Any) -> Iterator[np.ndarray]:
    if isinstance(photos, str | Path) and Path(photos).expanduser().is_dir():
        yield from _of_folder(Path(photos).expanduser())
    elif isinstance(photos, tf.data.Dataset):
        for element in photos.as_numpy_iterator():
            value = element[0] if isinstance(element, tuple | list) else element
            if isinstance(value, dict):
                raise BadValue(
                    "This dataset gives dictionaries; map it to its photos alone, as by "
                    "dataset.map(lambda row: row['image'])."
                )
            yield from map(images.read, value if np.ndim(value) == 4 else [value])
    elif getattr(photos, "ndim", 4) == 4 and _several(photos):
        yield from map(images.read, photos)
    else:
        yield images.read(photos)


def _several(photos: Any) -> bool:
    return isinstance(photos, Iterable) and not isinstance(photos, str | Path)


def _of_folder(folder: Path) -> Iterator[np.ndarray]:
    found = sorted(p for p in folder.rglob("*") if p.suffix.lower() in _SUFFIXES and p.is_file())
    refused: list[Exception] = []
    for path in found:
        try:
            photo = images.read(path)
        except ImageError as error:
            refused.append(error)
        else:
            yield photo
    if len(refused) == len(found):
        raise BadValue(
            f"The folder {str(folder)!r} holds no photo that can be read; it takes PNG, JPEG, "
            "WebP, GIF, BMP and TIFF files."
        )
    if refused:
        warn(
            f"{len(refused)} of {len(found)} files are left out: {refused[0]}",
        )


def _read(
    net: Network, layer: str, batch: tf.Tensor, targets: Sequence[int], score: str
) -> tuple[tf.Tensor, list[tf.Tensor]]:
    """Give the layer [B, ..., C], and for each target gradient times activation [B, ...]."""
    if not targets:
        return net.run(batch, read=[layer])[layer], []
    tail = net.cut(layer)
    values, bypass = tail.head(batch)
    values = tf.cast(values, tf.float32)
    speaks = []
    for target in targets:
        with tf.GradientTape() as tape:
            tape.watch(values)
            reached = logit(int(target), score)(tail(values, bypass))
        speaks.append(tf.reduce_sum(tape.gradient(reached, values) * values, axis=-1))
    return values, speaks


def _at_random(
    values: tf.Tensor, speaks: Sequence[tf.Tensor], first: int, per_photo: int, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    count, *sides, _ = values.shape
    rows, columns = (*sides, 1, 1)[:2] if len(sides) < 3 else (int(np.prod(sides)), 1)
    chosen = _drawn((rows, columns), first, count, per_photo, seed)
    own, places = _picked(values, chosen, columns, first)
    told = [
        np.take_along_axis(tf.reshape(s, [count, -1]).numpy(), chosen, axis=1).ravel()
        for s in speaks
    ]
    shown = np.stack(told, axis=-1) if told else np.zeros((len(own), 0), np.float32)
    return own, places, shown


def _drawn(side: tuple[int, int], first: int, count: int, per_photo: int, seed: int) -> np.ndarray:
    """Draw positions of each photo, numbered row by row, [count, per_photo at most]."""
    inside = np.arange(side[0] * side[1]).reshape(side)
    if min(side) > _NARROW:
        inside = inside[1:-1, 1:-1]
    keys = seeds.stream(seeds.image_keys(seed + first, count), "positions")
    drawn = seeds.uniform(keys, [inside.size]).numpy()
    order = np.argsort(drawn, axis=1, kind="stable")[:, :per_photo]
    return np.asarray(inside.ravel()[order])


def _picked(
    values: tf.Tensor, chosen: np.ndarray, columns: int, first: int
) -> tuple[np.ndarray, np.ndarray]:
    """Take the activations at positions [B, P], and tell photo, row and column of each."""
    count, channels = values.shape[0], values.shape[-1]
    flat = tf.reshape(values, [count, -1, channels]).numpy()
    own = np.take_along_axis(flat, chosen[..., None], axis=1).reshape(-1, channels)
    numbers = np.repeat(np.arange(first, first + count), chosen.shape[1])
    places = np.stack([numbers, *np.divmod(chosen.ravel(), columns)], axis=-1)
    return own, places.astype(np.int32)
