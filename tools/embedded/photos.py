"""The training photos, decoded once and kept as bytes."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

PACK = Path("train/tiny-imagenet/tiny-imagenet_64px.npz")


@dataclass(frozen=True)
class Photos:
    """uint8 photos [N, 64, 64, 3] with integer labels."""

    images: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True)
class Pack:
    """The two parts of the data set and the names of its classes."""

    train: Photos
    val: Photos
    names: tuple[str, ...]
    wnids: tuple[str, ...]


def default_data() -> Path:
    """Return the folder of real data: `ATTRVIS_DATA`, or `../shared/data`."""
    return Path(os.environ.get("ATTRVIS_DATA", "../shared/data"))


def read_pack(data: Path, *, parts: tuple[str, ...] = ("train", "val")) -> Pack:
    """Decode the photos of the wanted parts (about 15 s for all of them).

    A part that is not wanted comes back empty.
    """
    with np.load(data / PACK, allow_pickle=False) as stored:
        bytes_, offsets = stored["jpeg"], stored["offsets"]
        labels, split = stored["labels"].astype(np.int32), stored["split"]
        names, wnids = stored["class_names"].tolist(), stored["wnids"].tolist()

    def part(name: str, code: int) -> Photos:
        rows = np.flatnonzero(split == code) if name in parts else np.zeros(0, np.int64)
        images = np.empty((len(rows), 64, 64, 3), np.uint8)
        for place, row in enumerate(rows):
            jpeg = bytes_[offsets[row] : offsets[row + 1]].tobytes()
            images[place] = np.asarray(Image.open(io.BytesIO(jpeg)).convert("RGB"))
        return Photos(images, labels[rows])

    return Pack(part("train", 0), part("val", 1), tuple(names), tuple(wnids))
