"""Local path integration: references near the image, each as dense as its neighbourhood."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.attribution.paths.lines import Line, LineMethod
from attrvis.attribution.paths.references import given_images, uniform_images
from attrvis.attribution.quadrature import quadrature
from attrvis.attribution.scene import Scene
from attrvis.errors import BadValue
from attrvis.networks import Network
from attrvis.networks.prediction import pooled

_DEFAULT = 10
_CHUNK = 32


@dataclass(frozen=True, eq=False)
class LocalReferences:
    """References in clusters, made by `local_references`.

    Args:
        images: [clusters, M, H, W, C] in pixel space.
        shares: how dense the data is around each, [clusters, M]; those of a cluster sum to 1.
        centres: the mean logits of each cluster, [clusters, classes].
    """

    images: np.ndarray
    shares: np.ndarray
    centres: np.ndarray


@dataclass(frozen=True, eq=False)
class LPI(LineMethod):
    """Integrated gradients from references of the image's own neighbourhood, weighed by density.

    Args:
        references: made by `local_references` of a data set; default ten pictures of even noise,
            all alike.
        steps: of the quadrature along each line, default 5.
        quadrature: its rule, default `midpoint`.

    Raises:
        BadValue: too few steps, or references that are not like the images.
        UnknownName: no such quadrature.

    Source: Yang, Akhtar, Wen and Mian, Local Path Integration for Attribution, 2023.

    Example:
        >>> LPI(steps=8).references is None
        True
    """

    references: LocalReferences | None = None
    steps: int = 5
    quadrature: str = "midpoint"
    name = "lpi"

    def __post_init__(self) -> None:
        quadrature(self.quadrature, self.steps)
        if self.references is not None and not isinstance(self.references, LocalReferences):
            raise BadValue(
                f"The references of LPI are what local_references() makes, not "
                f"{self.references!r:.60}."
            )

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and _key(self) == _key(other)

    def __hash__(self) -> int:
        return hash(_key(self))

    @property
    def weighed(self) -> bool:
        """References count as densely as data lies around them."""
        return True

    def lines(self, scene: Scene) -> Iterator[Line]:
        """Give a line from each reference of each image's cluster."""
        nodes, weights = quadrature(self.quadrature, self.steps)
        if self.references is None:
            for start in uniform_images(scene, _DEFAULT):
                yield Line(start, nodes, weights, 1 / _DEFAULT)
            return
        held = self.references
        logits = pooled(scene.net.run(scene.images)["logits"]).numpy()
        scene.tally.forwards += scene.count
        away = ((logits[:, None] - held.centres[None]) ** 2).sum(-1)
        cluster = away.argmin(1)
        at_layer = [given_images(scene, held.images[c]) for c in np.unique(cluster)]
        place = np.searchsorted(np.unique(cluster), cluster)
        for number in range(held.images.shape[1]):
            start = tf.stack([at_layer[p][number] for p in place])
            yield Line(start, nodes, weights, held.shares[cluster, number])


def local_references(
    net: Network, images: Any, *, clusters: int = 1, references: int = 20, seed: int = 0
) -> LocalReferences:
    """Choose references of a data set: its logits are clustered, and each cluster again.

    Args:
        net: the network.
        images: the data set, [N, H, W, C] in pixel space.
        clusters: neighbourhoods, default 1.
        references: in each, default 20.
        seed: of the clustering.

    Returns:
        The image nearest to the middle of each inner cluster, and the share of its neighbourhood
        that the inner cluster holds.

    Raises:
        BadValue: fewer images than references.

    Source: Yang, Akhtar, Wen and Mian, Local Path Integration for Attribution, 2023.

    Example:
        >>> from attrvis.networks import load
        >>> photos = np.random.default_rng(0).random((6, 64, 64, 3), np.float32)
        >>> local_references(load("embedded"), photos, references=2).shares.shape
        (1, 2)
    """
    from sklearn.cluster import KMeans

    photos = np.asarray(images, np.float32)
    if clusters < 1 or references < 1 or len(photos) < clusters * references:
        raise BadValue(
            f"{clusters} x {references} references cannot be chosen from {len(photos)} images; "
            "give more images or ask for fewer."
        )
    logits = np.concatenate(
        [
            pooled(net.run(photos[i : i + _CHUNK])["logits"]).numpy()
            for i in range(0, len(photos), _CHUNK)
        ]
    )
    outer = KMeans(clusters, n_init=3, max_iter=600, random_state=seed).fit(logits)
    chosen, shares = [], []
    for c in range(clusters):
        members = np.flatnonzero(outer.labels_ == c)
        if len(members) < references:
            raise BadValue(
                f"Cluster {c} holds {len(members)} images, fewer than {references} references; "
                "ask for fewer clusters or references."
            )
        inner = KMeans(references, n_init=3, max_iter=600, random_state=seed).fit(logits[members])
        away = ((logits[members][:, None] - inner.cluster_centers_[None]) ** 2).sum(-1)
        chosen.append(members[away.argmin(0)])
        shares.append(np.bincount(inner.labels_, minlength=references) / len(members))
    centres = np.asarray(outer.cluster_centers_, np.float32)
    return LocalReferences(photos[np.stack(chosen)], np.stack(shares), centres)


def _key(method: LPI) -> tuple[object, ...]:
    held = method.references
    own = None if held is None else (held.images.tobytes(), held.shares.tobytes())
    return (own, method.steps, method.quadrature)
