"""Count the gradients of the adaptive quadrature against those of a uniform one.

python -m benchmarks.adaptive            last line: mobilenet_v2=0.2 googlenet=0.4 mixed4d=0.6
python -m benchmarks.adaptive --quick    ten photos instead of sixty

The uniform rule holds a tolerance of the gap at n and at 2n points. How exact the single values are
is told beside it, against many points and for some of the photos: the error of both, and how many
uniform points err as little as the adaptive rule does.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from benchmarks.main_job import data, googlenet

_MOST = 1024
_QUICK = 10
# Points of the reference, and photos that are compared with it.
_EXACT, _LOOKED_AT = 512, 8
# The pixels' tolerance and the layer's.
PIXELS, LAYER = 0.05, 0.005


def photos(count: int) -> np.ndarray:
    """Read validation photos, [count, 224, 224, 3]."""
    from attrvis import images

    paths = sorted((data() / "images/imagenet-val60/images").iterdir())[:count]
    return np.stack([images.fit(images.read(path), (224, 224))[0] for path in paths])


def uniform(scene: Any, count: int) -> np.ndarray:
    """Integrate along the line from zero with so many midpoints, [...]."""
    from attrvis.attribution.quadrature import quadrature

    nodes, weights = quadrature("midpoint", count)
    start = 0 * scene.values
    mean, _ = scene.evaluator.line(
        start, scene.values, scene.bypass, scene.objective, nodes, weights
    )
    return (mean.numpy() * scene.values.numpy())[0]


def uniform_count(scene: Any, tolerance: float) -> int:
    """Find how many midpoints hold a tolerance at n and at 2n, doubling n from 4.

    Args:
        scene: of one image.
        tolerance: of the gap, relative to the target's change.

    Returns:
        n, or the most that was tried.
    """
    change = float((scene.score(scene.values) - scene.score(0 * scene.values))[0])
    held = False
    count = 4
    while count <= 2 * _MOST:
        gap = abs(float(uniform(scene, count).sum(dtype=np.float64)) - change)
        good = gap <= tolerance * max(abs(change), 1e-3)
        if good and held:
            return count // 2
        held, count = good, 2 * count
    return _MOST


def exactness(scene: Any, own: np.ndarray, count: int) -> tuple[float, float, float]:
    """Compare values with those of many points.

    Args:
        scene: of one image.
        own: the adaptive rule's values, [...].
        count: the uniform rule's points.

    Returns:
        How far off the adaptive rule's values are and the uniform rule's, relative to their norm,
        and how many uniform points err as little as the adaptive rule.
    """
    exact = uniform(scene, _EXACT)

    def error(values: np.ndarray) -> float:
        return float(np.linalg.norm(values - exact) / np.linalg.norm(exact))

    counts = 2 ** np.arange(2, 8)
    errors = [error(uniform(scene, int(n))) for n in counts]
    mine = error(own)
    # Errors fall with the points; np.interp wants ascending places.
    falling = np.minimum.accumulate(errors)
    same = np.exp(np.interp(-np.log(mine), -np.log(falling), np.log(counts)))
    return mine, error(uniform(scene, count)), float(same)


def ratio(name: str, net: Any, layer: str, tolerance: float, batch: np.ndarray) -> float:
    """Compare the two rules photo by photo.

    Args:
        name: for the printed line.
        net: the network.
        layer: whose neurons.
        tolerance: that both hold.
        batch: the photos.

    Returns:
        The median over the photos of adaptive to uniform gradients.
    """
    import tensorflow as tf

    from attrvis.attribution import Scene, bind_target
    from attrvis.attribution.paths.adaptive import integrate

    rows, exact = [], []
    every = max(1, len(batch) // _LOOKED_AT)
    for number, photo in enumerate(batch):
        images = tf.constant(photo[None])
        scene = Scene.of(net, images, layer, bind_target(net, images))
        found = integrate(scene, 0 * scene.values, tolerance, _MOST)
        taken, other = int(found.taken[0]), uniform_count(scene, tolerance)
        rows.append((taken, other, taken / other))
        if number % every == 0:
            mine, theirs, same = exactness(scene, found.means[0] * scene.values.numpy()[0], other)
            exact.append((mine, theirs, taken / same, found.errors[0] / mine))
    taken, other, share = np.median(rows, axis=0)
    mine, theirs, fair, told = np.median(exact, axis=0)
    print(
        f"{name}: adaptive {taken:.0f}, uniform {other:.0f}, median ratio {share:.3f} over "
        f"{len(rows)} photos; values off by {mine:.3f} and {theirs:.3f}, at the same error ratio "
        f"{fair:.3f}, estimated error {told:.2f} of the true one, over {len(exact)}",
        flush=True,
    )
    return float(share)


def ratios(quick: bool) -> dict[str, float]:
    """Compare on MobileNet v2's pixels, and on GoogLeNet's pixels and `mixed4d`.

    Args:
        quick: ten photos instead of sixty.
    """
    from benchmarks.attribution import mobilenet_v2

    batch = photos(_QUICK if quick else 60)
    deep = googlenet()
    return {
        "mobilenet_v2": ratio("MobileNet v2, pixels", mobilenet_v2()[1], "input", PIXELS, batch),
        "googlenet": ratio("GoogLeNet, pixels", deep, "input", PIXELS, batch),
        "mixed4d": ratio("GoogLeNet, mixed4d", deep, "mixed4d", LAYER, batch),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="ten photos instead of sixty")
    found = ratios(parser.parse_args().quick)
    print(" ".join(f"{name}={value:.2f}" for name, value in found.items()))


if __name__ == "__main__":
    main()
