"""Relevance and differences on small networks, slowly, from the papers: float64 and matrices.

Every op with weights is one matrix, `z = W x + b`; all that is shared is the table of its
contributions, one row an output and one column an input.
"""

from __future__ import annotations

import numpy as np

EPSILON = 1e-6


def convolution(weights: np.ndarray, side: int) -> np.ndarray:
    """Write a convolution of stride 1 and padding SAME on a square as a matrix."""
    k, _, inputs, outputs = weights.shape
    made = np.zeros((side, side, outputs, side, side, inputs))
    for y in range(side):
        for x in range(side):
            for dy in range(k):
                for dx in range(k):
                    i, j = y + dy - k // 2, x + dx - k // 2
                    if 0 <= i < side and 0 <= j < side:
                        made[y, x, :, i, j, :] = weights[dy, dx].T
    return made.reshape(side * side * outputs, side * side * inputs)


def parted(table: np.ndarray, rest: np.ndarray, relevance: np.ndarray) -> np.ndarray:
    """Share relevance by the rows of a table; `rest` is a share that nobody gets."""
    whole = table.sum(1) + rest
    whole = whole + np.where(whole >= 0, EPSILON, -EPSILON)
    return (table * (relevance / whole)[:, None]).sum(0)


def epsilon(w, b, x, relevance):
    return parted(w * x, b, relevance)


def gamma(w, b, x, relevance, by=0.25):
    contributions, z = w * x, w @ x + b
    found = np.zeros_like(x)
    for sign in (1, -1):
        table = contributions + by * np.where(sign * contributions > 0, contributions, 0)
        rest = b + by * np.where(sign * b > 0, b, 0)
        found += parted(table, rest, np.where(sign * z > 0, relevance, 0))
    return found


def alpha_beta(w, b, x, relevance, alpha=2.0, beta=1.0):
    up, down = (np.where(s * w * x > 0, w * x, 0) for s in (1, -1))
    raised = parted(up, np.maximum(b, 0), relevance)
    return alpha * raised - beta * parted(down, np.minimum(b, 0), relevance)


def z_plus(w, b, x, relevance):
    return alpha_beta(w, b, x, relevance, 1.0, 0.0)


def w_square(w, b, x, relevance):
    return parted(w**2, b**2, relevance)


def flat(w, b, x, relevance):
    return parted((w != 0).astype(float), np.zeros(len(b)), relevance)


def z_box(w, b, x, relevance, low=-1.0, high=1.0):
    """The preprocessing makes [-1, 1] of [0, 1]."""
    return parted(w * x - np.maximum(w, 0) * low - np.minimum(w, 0) * high, 0 * b, relevance)


def relative(w, b, x, relevance):
    sizes = np.abs(w * x)
    up = np.where(w * x > 0, sizes, 0)
    # What lowers an output gets its part of all contributions on top.
    found = parted(up, 0, relevance) + parted(sizes - up, up.sum(1), relevance)
    found[found != 0] -= (found.sum() - relevance.sum()) / (found != 0).sum()
    return found


def absolute(w, b, x, relevance):
    sizes = np.abs(parted(w * x, 0, relevance))
    return sizes / sizes.sum() * relevance.sum()


def reveal(layers, f, x, start, target):
    """DeepLIFT RevealCancel on dense layers with the activation f between them.

    Contributions above and below the reference are told apart from the start and never added.
    """
    signs = [(np.maximum(x - start, 0), np.minimum(x - start, 0))]
    multipliers = []
    reference, ends = start, []
    for number, (w, b) in enumerate(layers):
        up, down = np.maximum(w, 0), np.minimum(w, 0)
        plus, minus = signs[-1]
        ahead = up @ plus + down @ minus, up @ minus + down @ plus
        reference = w @ reference + b
        multipliers.append(("linear", up, down))
        signs.append(ahead)
        if number < len(layers) - 1:
            plus, minus = ahead
            none, all_ = f(reference), f(reference + plus + minus)
            with_plus, with_minus = f(reference + plus), f(reference + minus)
            gained = (with_plus - none + all_ - with_minus) / 2
            lost = (with_minus - none + all_ - with_plus) / 2
            divided = [
                np.divide(g, d, out=np.zeros_like(g), where=np.abs(d) > 1e-12)
                for g, d in ((gained, plus), (lost, minus))
            ]
            multipliers.append(("bent", *divided))
            signs.append((gained, lost))
            reference = none
        ends.append(reference)
    m_plus = m_minus = np.eye(len(layers[-1][1]))[target]
    for kind, first, second in reversed(multipliers):
        if kind == "bent":
            m_plus, m_minus = m_plus * first, m_minus * second
        else:
            m_plus, m_minus = (
                first.T @ m_plus + second.T @ m_minus,
                first.T @ m_minus + second.T @ m_plus,
            )
    plus, minus = signs[0]
    return m_plus * plus + m_minus * minus
