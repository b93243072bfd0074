"""Write folded weights the way the package stores them, and measure a folded network."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf

from tools.embedded.augment import normalised
from tools.embedded.photos import Photos


def write_weights(path: Path, folded: Mapping[str, np.ndarray]) -> None:
    """Store kernels as float16 and biases as float32, whole or not at all."""
    stored = {
        name: value.astype(np.float16 if name.endswith("/weights") else np.float32)
        for name, value in folded.items()
    }
    partial = path.with_suffix(".partial.npz")
    np.savez_compressed(partial, **stored)
    partial.replace(path)


def write_labels(path: Path, names: tuple[str, ...], wnids: tuple[str, ...]) -> None:
    """Store one class a line: the label that a user types, a tab, the WordNet id."""
    lines = [f"{name}\t{wnid}\n" for name, wnid in zip(names, wnids, strict=True)]
    path.write_text("".join(lines), encoding="utf-8")


def accuracy(graph_def: tf.compat.v1.GraphDef, photos: Photos, *, batch: int = 250) -> float:
    """Return the share of photos whose highest logit is their class."""

    def imported(images: tf.Tensor) -> tf.Tensor:
        feeds = {"input": normalised(images)}
        return tf.graph_util.import_graph_def(
            graph_def, input_map=feeds, return_elements=["logits:0"], name=""
        )[0]

    spec = tf.TensorSpec((None, None, None, 3), tf.uint8)
    classify = tf.compat.v1.wrap_function(imported, [spec])
    right = 0
    for start in range(0, len(photos.labels), batch):
        chosen = np.argmax(classify(tf.constant(photos.images[start : start + batch])), axis=-1)
        right += int(np.sum(chosen == photos.labels[start : start + batch]))
    return right / len(photos.labels)
