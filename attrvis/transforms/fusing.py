"""Several geometric transforms as one map, and the way to sample that suits it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from attrvis import seeds
from attrvis.errors import BadValue
from attrvis.transforms.affine import Affine, Size, warp
from attrvis.transforms.batches import copy_keys
from attrvis.transforms.sampling import shifted, windows


def moved(
    images: tf.Tensor,
    group: Sequence[Any],
    original: Size,
    keys: tf.Tensor,
    fill: float = 0.0,
    exact: bool = False,
) -> tf.Tensor:
    """Apply geometric transforms as one.

    The slices of a volume move together, within their planes. A signal lies along the width.

    Args:
        images: float32 [B, h, w, C], [B, n, C] or [B, d, h, w, C].
        group: geometric transforms, first one first.
        original: the size before all transforms.
        keys: int32 [B, 2], those of the group.
        fill: value outside the images.
        exact: whether to use the one way that has the exact gradient for every map.

    Returns:
        float32 [B * copies, ...] of the same rank.

    Raises:
        BadValue: if a signal is to be turned.

    Example:
        >>> moved(tf.ones([1, 4, 1]), [], (4, 4), seeds.image_keys(0)).shape.as_list()
        [1, 4, 1]
    """
    rank = images.shape.rank
    where, size, copies = fuse(group, plane(images.shape), original, keys)
    if rank == 3:
        if not (isinstance(where.b, float) and where.b == 0.0):
            raise BadValue(
                "A signal [B, n, C] cannot be turned or sheared; leave Rotate and Shear out."
            )
        line = Affine(a=where.a, c=where.c)
        flat = sample(images[:, None], group, line, (1, size[1]), fill, exact, copies)
        return flat[:, 0]
    if rank == 5:
        depth, channels = images.shape[1], images.shape[4]
        folded = tf.reshape(
            tf.transpose(images, [0, 2, 3, 1, 4]),
            [-1, images.shape[2], images.shape[3], depth * channels],
        )
        folded = tf.ensure_shape(folded, [images.shape[0], *folded.shape[1:]])
        flat = sample(folded, group, where, size, fill, exact, copies)
        unfolded = tf.reshape(flat, [flat.shape[0] or -1, *size, depth, channels])
        return tf.transpose(unfolded, [0, 3, 1, 2, 4])
    return sample(images, group, where, size, fill, exact, copies)


def plane(shape: Any) -> Size:
    """Tell the size within which pixels move; that of a signal is square, for want of a height."""
    sides = tuple(shape)[-3:-1] if len(shape) > 3 else (shape[1], shape[1])
    return int(sides[0]), int(sides[1])


def fuse(
    group: Sequence[Any], size: Size, original: Size, keys: tf.Tensor
) -> tuple[Affine, Size, int]:
    """Multiply the maps of a group.

    Args:
        group: geometric transforms, first one first.
        size: of the group's input.
        original: the size before all transforms.
        keys: int32 [B, 2]; after a transform that makes copies, each copy has its own.

    Returns:
        The map for each copy, the output's size, and the number of copies.
    """
    where, frame, copies = Affine(), size, 1
    parts: list[list[Any]] = [[]]
    for transform in group:
        if transform.copies > 1:
            parts.append([])
        parts[-1].append(transform)
    for part in parts:
        made = part[0].copies if part else 1
        where, keys, copies = where.per_copy(made), copy_keys(keys, made), copies * made
        count = sum(transform.draws for transform in part)
        draws = tf.unstack(seeds.uniform(keys, [count]), num=count, axis=1) if count else []
        for transform in part:
            own, draws = draws[: transform.draws], draws[transform.draws :]
            where = where @ transform.where(frame, original, own)
            frame = transform.frame(frame, original)
    return where, frame, copies


def sample(
    images: tf.Tensor,
    group: Sequence[Any],
    where: Affine,
    size: Size,
    fill: float,
    exact: bool,
    copies: int,
) -> tf.Tensor:
    """Resample images [B, h, w, C] in the quickest way that a group's kinds allow."""
    inside = [transform.inside for transform in group]
    if exact or (any(inside) and not all(inside)):
        # What changes the size of things much needs the gradient of the corners.
        return warp(images, where, size, fill, True, copies)
    if group and all(inside):
        return windows(images, where, size, copies)
    if images.shape[0] is not None and all(transform.whole for transform in group):
        return shifted(images, where, size, fill)
    return warp(images, where, size, fill, False, copies)
