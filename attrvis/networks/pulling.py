"""The gradient of a convolution to its input, as a convolution of its own with a ready kernel.

TensorFlow's op for it brings the kernel into the processor's order anew at every call, which with
one image takes as long as the sums; a constant kernel of an ordinary convolution is kept. Where a
convolution skips places, the places of its input are sorted by their remainder: each sort has a
small kernel of its own, and all of them are channels of one convolution.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

PULL = "attrvis/pulled_convolution"
"""The gradient's name in TensorFlow's registry."""


def can_be_pulled(node: tf.compat.v1.NodeDef) -> bool:
    """Tell whether a node is a convolution whose gradient may bear the name `PULL`."""
    attributes = node.attr
    return (
        node.op == "Conv2D"
        and attributes["data_format"].s in (b"", b"NHWC")
        and all(d == 1 for d in attributes["dilations"].list.i)
        and "_gradient_op_type" not in attributes
    )


@tf.RegisterGradient(PULL)
def _pull(op: Any, upstream: tf.Tensor) -> list[tf.Tensor | None]:
    images, kernel = op.inputs
    common = {
        "strides": op.get_attr("strides"),
        "padding": op.get_attr("padding").decode(),
        "explicit_paddings": op.get_attr("explicit_paddings"),
    }
    to_kernel = tf.raw_ops.Conv2DBackpropFilter(
        input=images, filter_sizes=tf.shape(kernel), out_backprop=upstream, **common
    )
    to_images = pulled(upstream, images.shape, kernel, **common)
    if to_images is None:
        to_images = tf.raw_ops.Conv2DBackpropInput(
            input_sizes=tf.shape(images), filter=kernel, out_backprop=upstream, **common
        )
    return [to_images, to_kernel]


def pulled(
    upstream: tf.Tensor,
    shape: tf.TensorShape,
    kernel: tf.Tensor,
    *,
    strides: list[int],
    padding: str,
    explicit_paddings: list[int],
) -> tf.Tensor | None:
    """Pull a gradient back through a convolution with a constant kernel.

    Args:
        upstream: [B, h, w, O], at the convolution's output.
        shape: of its input, [B, H, W, I].
        kernel: [kh, kw, I, O].
        strides: four, those of rows and columns equal.
        padding: `SAME`, `VALID` or `EXPLICIT`.
        explicit_paddings: eight, for the last of these.

    Returns:
        The gradient at the input; None where kernel or sizes are not known beforehand, or the
        convolution looks at groups of channels.
    """
    values = tf.get_static_value(kernel)
    step = strides[1]
    sizes = [shape[1], shape[2], upstream.shape[1], upstream.shape[2]]
    if values is None or None in sizes or strides[2] != step or shape[3] != values.shape[2]:
        return None
    pads = _first_paddings(values.shape[:2], sizes, step, padding, explicit_paddings)
    around = []
    turned = values
    for axis in (0, 1):
        turned, last = _by_remainder(turned, 2 * axis, pads[axis], step)
        length = turned.shape[2 * axis + 1]
        end = -(-sizes[axis] // step) - sizes[2 + axis] - last + length - 1
        if last < 0 or end < 0:
            return None
        around.append([last, end])
    # [row remainder, row, column remainder, column, I, O] -> [row, column, O, remainders and I]
    ordered = turned.transpose(1, 3, 5, 0, 2, 4)
    ready = tf.constant(ordered.reshape(*ordered.shape[:3], -1), kernel.dtype)
    same = all([pad, pad] == sides for sides, pad in zip(around, _halves(ready), strict=True))
    found = tf.nn.conv2d(upstream, ready, 1, "SAME" if same else [[0, 0], *around, [0, 0]])
    if step > 1:
        found = tf.nn.depth_to_space(found, step)[:, : sizes[0], : sizes[1]]
    return found


def _halves(kernel: tf.Tensor) -> list[float]:
    return [(side - 1) / 2 for side in kernel.shape[:2]]


def _first_paddings(
    sides: tuple[int, ...], sizes: list[int], step: int, padding: str, explicit: list[int]
) -> list[int]:
    """Give the places before the first row and column, as the forward convolution has them."""
    if padding == "VALID":
        return [0, 0]
    if padding == "EXPLICIT":
        return [explicit[2], explicit[4]]
    return [
        max((sizes[2 + axis] - 1) * step + sides[axis] - sizes[axis], 0) // 2 for axis in (0, 1)
    ]


def _by_remainder(kernel: np.ndarray, axis: int, pad: int, step: int) -> tuple[np.ndarray, int]:
    """Split an axis of a kernel into (remainder, place), the places in the gradient's order.

    Returns:
        The kernel, and the longest way from an output's place back to an input's.
    """
    length = kernel.shape[axis]
    first, last = -((pad + step - 1) // step), (length - 1 - pad) // step
    moved = np.moveaxis(kernel, axis, 0)
    made = np.zeros((step, last - first + 1, *moved.shape[1:]), kernel.dtype)
    for remainder in range(step):
        for place in range(first, last + 1):
            index = step * place + remainder + pad
            if 0 <= index < length:
                made[remainder, last - place] = moved[index]
    return np.moveaxis(made, (0, 1), (axis, axis + 1)), last
