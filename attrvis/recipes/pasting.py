"""Patches that turn a prediction: a picture that speaks for another class, pasted onto a photo."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis import arrays, images
from attrvis.errors import BadValue
from attrvis.images import ImageSource
from attrvis.networks import Network
from attrvis.networks.prediction import pooled
from attrvis.objectives import logit
from attrvis.param import Background
from attrvis.param.background import Pool, over
from attrvis.recipes.kinds import checked_kinds
from attrvis.recipes.plate import MARKER, Plate
from attrvis.rendering import render
from attrvis.transforms import Crop, Jitter, Pad, Scale

_BATCH = 32
_CANDIDATES = 3
_REACH = 0.1  # of the way to the photo's border, while a patch is drawn


@dataclass(frozen=True)
class _Behind(Background):
    """The photo, behind a patch that is being drawn."""

    photo: arrays.Data

    def _over(
        self, rgb: tf.Tensor, alpha: tf.Tensor, keys: tf.Tensor, pool: Pool, premultiplied: bool
    ) -> tf.Tensor:
        return over(self.photo.array[None], rgb, alpha, premultiplied)


@dataclass(frozen=True, eq=False)
class _Trials:
    """Patches pasted onto the photo: candidate, side, top and left of each, and its scores."""

    where: np.ndarray
    logits: np.ndarray


@checked_kinds
def patches(
    net: Network,
    photo: ImageSource,
    target: int | str,
    *,
    patch: Plate | ImageSource | None = None,
    shares: Sequence[float] = (0.2, 0.3, 0.4),
    places: int = 5,
    panel: int = 224,
    seed: int = 0,
    **drawing: Any,
) -> Plate:
    """Find a patch, a size and a place that turn a photo's prediction into another class.

    Args:
        net: the network.
        photo: whose prediction is to be turned; cropped to the network's size.
        target: the class into which, a label or class number.
        patch: the picture to paste; an atlas or its folder, of whose icons those that work best
            are tried everywhere; default a picture for each size, drawn here: what makes the
            target probable when it lies about the middle of the photo.
        shares: sides of the patch as parts of the photo's shorter one, each in (0, 1].
        places: how many places along each side of the photo are tried, from 1.
        panel: height of a picture on the sheet in pixels.
        seed: of the drawn pictures.
        drawing: everything else that `attrvis.render` takes, for the drawn pictures.

    Returns:
        The photo, the patch, and at each size the patched photo that went furthest, with what the
        network says of them. The values hold each trial: `trials` [T, 4] (patch, side, top and left
        in pixels), `moves` [T, 2] (by how much the logits of the photo's own class and of the
        target moved) and `turned` [T]; and the patches, `patch-0` [h, w, 3] and so on.

    Raises:
        UnknownName: no such label; the nearest are named.
        BadValue: the photo is of the target already, an atlas without icons, or a number out of
            its range.

    Source: Brown et al., Adversarial Patch, 2017; found by looking at an atlas as in Carter et al.,
    Activation Atlas, 2019.

    Example:
        >>> from attrvis.networks import load
        >>> red = np.full((16, 16, 3), [1.0, 0.0, 0.0])
        >>> plate = patches(load("embedded"), images.bundled(), "lemon", patch=red, places=2)
        >>> plate.values["trials"].shape
        (12, 4)
    """
    if not shares or not all(0 < share <= 1 for share in shares) or not 1 <= places <= 50:
        raise BadValue(
            f"A patch takes (0, 1] of the photo's side, at 1 to 50 places along it; not "
            f"{list(shares)} and {places}."
        )
    wanted = net.class_index(target)
    fitted = images.fit(images.read(photo), net.image_size, "crop")[0]
    clean = _scores(net, [fitted])[0]
    own = int(clean.argmax())
    if own == wanted:
        raise BadValue(
            f"The network sees {net.label(own)!r} in this photo already; choose another target."
        )
    if patch is None:
        pictures, status = _drawn(net, fitted, wanted, shares, {"seed": seed, **drawing})
    else:
        pictures, status = _given(patch), "ok"
        if len(pictures) > _CANDIDATES:
            pictures = _promising(net, fitted, pictures, float(np.median(shares)), wanted)
    trials = _tried(net, fitted, pictures, shares, places)
    moves = trials.logits[:, [own, wanted]] - clean[[own, wanted]]
    lead = _lead(trials.logits, wanted)
    turned = lead > 0
    sides = list(dict.fromkeys(int(side) for side in trials.where[:, 1]))
    best = [max(np.flatnonzero(trials.where[:, 1] == side), key=lead.__getitem__) for side in sides]
    chosen = pictures[trials.where[max(best, key=lead.__getitem__), 0]]
    shown = images.fit(chosen, net.image_size, "crop")[0]
    said = _said(net, np.stack([clean, _scores(net, [shown])[0], *trials.logits[best]]))
    patched = [pasted(fitted, pictures[trials.where[i, 0]], *trials.where[i, 1:]) for i in best]
    panels = [(fitted, f"photo\n{said[0]}"), (chosen, f"patch\n{said[1]}")]
    parts = {"photo": fitted, "patch": chosen}
    sizes = []
    for side, index, picture, words in zip(sides, best, patched, said[2:], strict=True):
        share = round(100 * side / min(net.image_size))
        rate = float(turned[trials.where[:, 1] == side].mean())
        panels.append((picture, f"patch of {share} % of the side\n{words}"))
        parts[f"patched-{side}"] = picture
        sizes.append(
            {
                "side": side,
                "best": [int(n) for n in trials.where[index]],
                "says": words,
                "moved_own": round(float(moves[index, 0]), 4),
                "moved_target": round(float(moves[index, 1]), 4),
                "turned": bool(turned[index]),
                "turned_share_of_places": round(rate, 4),
            }
        )
    return Plate.of_panels(
        panels,
        size=panel,
        columns=len(panels),
        facts={
            "recipe": "patches",
            "own": {"index": own, "label": net.label(own), "logit": float(clean[own])},
            "target": {"index": wanted, "label": net.label(wanted), "logit": float(clean[wanted])},
            "turned": bool(turned.any()),
            "sizes": sizes,
        },
        parts=parts,
        values={
            "trials": trials.where,
            "moves": moves,
            "turned": turned,
            **{f"patch-{number}": picture for number, picture in enumerate(pictures)},
        },
        status=status,
    )


def pasted(photo: np.ndarray, patch: np.ndarray, side: int, top: int, left: int) -> np.ndarray:
    """Paste a patch onto a photo.

    Args:
        photo: RGB [H, W, 3] in [0, 1]; it stays as it is.
        patch: RGB [h, w, 3] in [0, 1], made square.
        side: of the patch on the photo, in pixels.
        top: first row.
        left: first column.

    Returns:
        float32 [H, W, 3].

    Example:
        >>> pasted(np.zeros((4, 4, 3)), np.ones((2, 2, 3)), 1, 2, 3)[2, :, 0].tolist()
        [0.0, 0.0, 0.0, 1.0]
    """
    small = np.clip(images.fit(np.asarray(patch, np.float32), (side, side), "crop")[0], 0, 1)
    made = np.array(photo, np.float32)
    made[top : top + side, left : left + side] = small
    return made


def _drawn(
    net: Network,
    photo: np.ndarray,
    wanted: int,
    shares: Sequence[float],
    drawing: dict[str, Any],
) -> tuple[list[np.ndarray], str]:
    """Draw, for each size, what makes the target probable about the middle of the photo."""
    rows, columns = net.image_size
    pictures, status = [], "ok"
    for share in shares:
        # As large as it will be seen: a picture that is sampled coarsely hides noise between.
        side = max(8, round(share * min(rows, columns)))
        reach = int(_REACH * (min(rows, columns) - side) / 2)
        settings = {
            "size": side,
            "background": _Behind(arrays.Data(photo)),
            "transforms": [Crop((rows, columns)), Scale(0.95, 1.05), Pad(reach), Jitter(2 * reach)],
            **drawing,
        }
        drawn = render(net, logit(wanted, score="log_prob"), **settings)
        pictures += list(drawn.on_grey())
        if drawn.status == "interrupted":
            status = "interrupted"
            break
    return pictures, status


def _given(patch: Plate | ImageSource) -> list[np.ndarray]:
    """Read the icons of an atlas, or a picture."""
    if isinstance(patch, str | Path) and (Path(patch) / MARKER).is_file():
        file = Path(patch) / "values.npz"
        values = arrays.load(file, kind="plate")[0] if file.is_file() else {}
    elif isinstance(patch, Plate):
        values = dict(patch.values)
    else:
        return [images.read(patch)]
    if "icons" not in values:
        raise BadValue("This plate holds no icons; give an atlas, or one picture.")
    return [np.asarray(icon, np.float32) for icon in values["icons"]]


def _promising(
    net: Network,
    photo: np.ndarray,
    pictures: Sequence[np.ndarray],
    share: float,
    wanted: int,
) -> list[np.ndarray]:
    """Keep the pictures that do most in the middle of the photo."""
    middle = _tried(net, photo, pictures, [share], 1).logits
    order = np.argsort(-_lead(middle, wanted), kind="stable")[:_CANDIDATES]
    return [pictures[i] for i in order]


def _lead(logits: np.ndarray, wanted: int) -> np.ndarray:
    """Give how far the target is ahead of the best other class, [N]."""
    return logits[:, wanted] - np.delete(logits, wanted, axis=1).max(axis=1)


def _tried(
    net: Network,
    photo: np.ndarray,
    pictures: Sequence[np.ndarray],
    shares: Sequence[float],
    places: int,
) -> _Trials:
    rows, columns = photo.shape[:2]
    where = []
    for number in range(len(pictures)):
        for side in sorted({max(1, round(share * min(rows, columns))) for share in shares}):
            tops, lefts = (_starts(length - side, places) for length in (rows, columns))
            where += [(number, side, top, left) for top in tops for left in lefts]
    frames = (pasted(photo, pictures[n], side, top, left) for n, side, top, left in where)
    return _Trials(np.array(where, np.int32), _scores(net, frames))


def _starts(room: int, places: int) -> list[int]:
    """Spread places evenly over the room that a patch has; a single one lies in the middle."""
    ends = np.linspace(0, room, places) if places > 1 else np.array([room / 2])
    return list(dict.fromkeys(int(start) for start in np.rint(ends)))


def _scores(net: Network, pictures: Iterable[np.ndarray]) -> np.ndarray:
    """Give the logits of pictures, [N, classes], a batch at a time."""
    found: list[np.ndarray] = []
    waiting: list[np.ndarray] = []
    for picture in pictures:
        waiting.append(picture)
        if len(waiting) == _BATCH:
            found.append(pooled(net.run(tf.constant(np.stack(waiting)))["logits"]).numpy())
            waiting = []
    if waiting:
        found.append(pooled(net.run(tf.constant(np.stack(waiting)))["logits"]).numpy())
    return np.concatenate(found)


def _said(net: Network, logits: np.ndarray) -> list[str]:
    """Say the best class of each row and its probability."""
    shares = tf.nn.softmax(logits.astype(np.float64)).numpy()
    best = logits.argmax(axis=1)
    labels = [net.label(int(index)).split(",")[0] for index in best]
    return [f"{label} {100 * shares[i, best[i]]:.0f} %" for i, label in enumerate(labels)]
