"""Count the gradients of the adaptive quadrature against those of a uniform one.

python -m benchmarks.adaptive            last line: mobilenet_v2=0.04 googlenet=0.20 mixed4d=0.25
python -m benchmarks.adaptive --quick    ten photos instead of sixty

Both rules hold a tolerance of the gap, and the adaptive one mixes the ends of its parts so as to
close it: that says nothing of how exact the single values are, see `IntegratedGradients`.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from benchmarks.main_job import data, googlenet

_MOST = 1024
_QUICK = 10
# The pixels' tolerance and the layer's.
PIXELS, LAYER = 0.05, 0.005


def photos(count: int) -> np.ndarray:
    """Read validation photos, [count, 224, 224, 3]."""
    from attrvis import images

    paths = sorted((data() / "images/imagenet-val60/images").iterdir())[:count]
    return np.stack([images.fit(images.read(path), (224, 224))[0] for path in paths])


def uniform_count(scene: Any, tolerance: float) -> int:
    """Find how many midpoints hold a tolerance at n and at 2n, doubling n from 4.

    Args:
        scene: of one image.
        tolerance: of the gap, relative to the target's change.

    Returns:
        n, or the most that was tried.
    """
    from attrvis.attribution.quadrature import quadrature

    start = 0 * scene.values
    change = float((scene.score(scene.values) - scene.score(start))[0])
    held = False
    count = 4
    while count <= 2 * _MOST:
        nodes, weights = quadrature("midpoint", count)
        gradient, _ = scene.evaluator.line(
            start, scene.values, scene.bypass, scene.objective, nodes, weights
        )
        total = float(np.sum(gradient.numpy() * scene.values.numpy(), dtype=np.float64))
        good = abs(total - change) <= tolerance * max(abs(change), 1e-3)
        if good and held:
            return count // 2
        held, count = good, 2 * count
    return _MOST


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

    shares, taken, uniform = [], [], []
    for photo in batch:
        images = tf.constant(photo[None])
        scene = Scene.of(net, images, layer, bind_target(net, images))
        _, own = integrate(scene, 0 * scene.values, tolerance, _MOST)
        other = uniform_count(scene, tolerance)
        taken.append(int(own[0]))
        uniform.append(other)
        shares.append(own[0] / other)
    print(
        f"{name}: adaptive {np.median(taken):.0f}, uniform {np.median(uniform):.0f}, "
        f"median ratio {np.median(shares):.3f} over {len(batch)} photos",
        flush=True,
    )
    return float(np.median(shares))


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
