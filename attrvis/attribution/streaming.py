"""Attribute what a dataset gives, batch by batch, and write results as they come."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sized
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from attrvis.attribution.by_name import attribute
from attrvis.attribution.checked import check_network
from attrvis.attribution.method import Method
from attrvis.attribution.naming import method_of
from attrvis.attribution.result import Attribution
from attrvis.attribution.targets import Target
from attrvis.errors import BadValue, OutputError
from attrvis.images.frames import How
from attrvis.networks import Layer, Network
from attrvis.progress import Progress, silent


def attribute_each(
    net: Network,
    dataset: Iterable[Any],
    method: str | Method = "aumann-shapley",
    *,
    target: Target = None,
    layer: str | Layer | None = None,
    score: str = "logit",
    seed: int = 0,
    fit: How = "crop",
    out: str | Path | None = None,
    progress: Progress = silent,
    **settings: Any,
) -> Iterator[Attribution]:
    """Attribute the batches of a dataset one after the other; only one is ever held.

    The work is done while the results are asked for. Of the same photos the results are the same
    whatever the batches.

    Args:
        net: the network.
        dataset: a `tf.data.Dataset`, or anything that gives photos [H, W, 3], batches [B, H, W, 3],
            paths or PIL images, or pairs of these and their class numbers ([] or [B]).
        method: a method by name, or one made already.
        target: what is explained; default the dataset's class numbers where it has them, else each
            image's own top class.
        layer: whose neurons, by name or one of `net.layers`; default the pixels, or the method's
            own choice.
        score: what of the class; default the logit.
        seed: of every random draw.
        fit: `crop`, `pad` or `stretch`.
        out: a folder, made where it is missing, that gets one file a batch, `00000000.npz` and so
            on, each before the next batch is read; default none. `Attribution.load` reads them.
        progress: told how many batches are done.
        settings: the method's own hyper-parameters.

    Yields:
        The attribution of each batch.

    Raises:
        UnknownName: no such method, setting, layer or label; the nearest are named.
        BadValue: the dataset gives nothing, or what is no photo.
        OutputError: the folder cannot be written.

    Example:
        >>> from attrvis.networks import load
        >>> photos = np.random.default_rng(0).random((4, 64, 64, 3), np.float32)
        >>> found = attribute_each(load("embedded"), photos.reshape(2, 2, 64, 64, 3), "saliency")
        >>> [part.values.shape[0] for part in found]
        [2, 2]
    """
    check_network(net)
    made = method_of(method, settings)
    given: dict[str, Any] = {"layer": layer, "score": score, "seed": seed, "fit": fit}

    def explained(photos: Any, own: list[int] | None) -> Attribution:
        asked = own if target is None else target
        # The photos stay in the dataset; to write them again would double every file.
        return replace(attribute(net, photos, made, target=asked, **given), photos=None)

    return _each(dataset, explained, _folder(out), progress)


def _each(
    dataset: Iterable[Any],
    explained: Callable[[Any, list[int] | None], Attribution],
    folder: Path | None,
    progress: Progress,
) -> Iterator[Attribution]:
    if isinstance(dataset, str | os.PathLike) or not isinstance(dataset, Iterable):
        raise BadValue(
            f"A dataset gives photos one after the other, and {dataset!r} is none; give a list or "
            "a tf.data.Dataset, or one photo to attribute()."
        )
    total = len(dataset) if isinstance(dataset, Sized) and _finite(dataset) else 0
    number = -1
    for number, element in enumerate(dataset):
        found = explained(*_parted(element))
        if folder is not None:
            found.save(folder / f"{number:08d}.npz")
        progress("batches", number + 1, max(total, number + 1), {})
        yield found
    if number < 0:
        raise BadValue("The dataset gives nothing; check that it has elements left.")


def _finite(dataset: Any) -> bool:
    """Tell whether a dataset knows its length: of a tf.data one it may be unknown or endless."""
    cardinality = getattr(dataset, "cardinality", None)
    return cardinality is None or int(cardinality()) >= 0


def _parted(element: Any) -> tuple[Any, list[int] | None]:
    """Part an element into photos [B, H, W, C] and their class numbers."""
    own = None
    if isinstance(element, tuple | list):
        if len(element) != 2:
            raise BadValue(
                f"A dataset gives photos, or photos and class numbers; this one gives "
                f"{len(element)} things: map it to those first."
            )
        element, labels = element
        numbers = np.asarray(labels)
        if numbers.dtype.kind not in "iu" or numbers.ndim > 1:
            raise BadValue(
                f"The class numbers of a dataset are whole numbers, [] or [B]; these are "
                f"{numbers.dtype} of shape {list(numbers.shape)}: take their argmax first."
            )
        own = [int(number) for number in numbers.reshape(-1)]
    if isinstance(element, dict):
        raise BadValue(
            f"A dataset gives photos, or photos and class numbers, not {sorted(element)} by name; "
            "map it to those first."
        )
    if isinstance(element, str | os.PathLike | Image.Image):
        return element, own
    photos = np.asarray(element)
    if photos.dtype.kind in "SUO":
        raise BadValue(
            "A dataset gives photos, and this one gives text; map file names to pictures first, as "
            "by tf.io.decode_image."
        )
    return (photos[None] if photos.ndim == 3 else photos), own


def _folder(out: str | Path | None) -> Path | None:
    if out is None:
        return None
    folder = Path(out).expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"The folder '{folder}' cannot be made ({error.strerror}); name another."
        ) from error
    if any(folder.glob("[0-9]*.npz")):
        raise OutputError(f"The folder '{folder}' already holds results; name a new one.")
    return folder
