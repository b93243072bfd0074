"""Step 1 of 3: make the Aumann-Shapley baseline of a photo, and keep it in a file.

The baseline is what a layer would hold if the target were gone and all else were as it is. Run it
as it stands (the embedded network, the bundled photo), or bring your own:

    python examples/gen_as_baseline.py
    python examples/gen_as_baseline.py photo.jpg --model net.pb --preprocess tf --layer mixed4d

Step 2 is gen_attr_results.py.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import tensorflow as tf

import attrvis
from attrvis import images
from attrvis.attribution.baselines import Baseline, Optimised, Scene
from attrvis.objectives import logit


def options(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photo", nargs="?", type=Path, default=images.bundled())
    parser.add_argument("--model", default="embedded", help="a model file, or 'embedded'")
    parser.add_argument("--preprocess", help="how it wants images, such as tf or caffe-rgb")
    parser.add_argument("--labels", help="a file with the class names")
    parser.add_argument("--target", help="a label or class number; default: the prediction")
    parser.add_argument("--layer", default="mixed4c", help="default: %(default)s")
    parser.add_argument("--value", type=float, default=0.0, help="the logit to reach (0)")
    parser.add_argument("--masks", choices=("both", "spatial", "channel"), default="both")
    parser.add_argument("--original", action="store_true", help="the published cost, kappa 16")
    parser.add_argument("--steps", type=int, default=300, help="at most so many (%(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("baseline.npz"))
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> Baseline:
    """Make the baseline, save it, and say how near it comes."""
    given = options(argv)
    net = attrvis.load(given.model, preprocess=given.preprocess, labels=given.labels)
    photo, _ = images.fit(images.read(given.photo), net.size, "crop")
    batch = tf.constant(photo[None])
    best = net.predict(batch, top=1)[0][0].index
    target = best if given.target is None else net.class_index(given.target)
    method = Optimised(
        kappa=16.0 if given.original else Optimised.kappa,
        value=given.value,
        masks=given.masks,
        steps=given.steps,
        original=given.original,
    )
    scene = Scene.of(net, batch, given.layer, logit(target), given.seed)
    baseline = method.fit(scene)
    baseline.save(given.out)
    print(
        f"{net.label(target)}: logit {baseline.photo_score[0]:.3f} at the photo, "
        f"{baseline.score[0]:.3f} at the baseline, after {baseline.steps} steps: {given.out}"
    )
    return baseline


if __name__ == "__main__":
    main()
