"""Step 2 of 3: share the target's change among a layer's neurons, from a baseline in a file.

    python examples/gen_attr_results.py
    python examples/gen_attr_results.py photo.jpg --model net.pb --preprocess tf --layer mixed4d

Takes baseline.npz from step 1 (gen_as_baseline.py, run with the same photo, network, target and
layer) and writes attribution.npz for step 3 (attr_vis.py), with a heat map to look at.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import tensorflow as tf

import attrvis
from attrvis import images, plots
from attrvis.attribution import Attribution, AumannShapley, strongest_channels
from attrvis.attribution.baselines import FromFile


def options(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photo", nargs="?", type=Path, default=images.bundled())
    parser.add_argument("--model", default="embedded", help="a model file, or 'embedded'")
    parser.add_argument("--preprocess", help="how it wants images, such as tf or caffe-rgb")
    parser.add_argument("--labels", help="a file with the class names")
    parser.add_argument("--target", help="a label or class number; default: the prediction")
    parser.add_argument("--layer", default="mixed4c", help="default: %(default)s")
    parser.add_argument("--baseline", type=Path, default=Path("baseline.npz"))
    parser.add_argument("--points", type=int, default=32, help="of the quadrature (%(default)s)")
    parser.add_argument("--out", type=Path, default=Path("attribution.npz"))
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> Attribution:
    """Attribute, save, and say whether the shares add up."""
    given = options(argv)
    net = attrvis.load(given.model, preprocess=given.preprocess, labels=given.labels)
    photo, _ = images.fit(images.read(given.photo), net.size, "crop")
    method = AumannShapley(points=given.points, baseline=FromFile(given.baseline))
    batch = tf.constant(photo[None])
    best = net.predict(batch, top=1)[0][0].index
    target = best if given.target is None else net.class_index(given.target)
    found = method(net, batch, target=target, layer=given.layer)
    found.save(given.out)
    images.write_png(given.out.with_suffix(".png"), plots.overlay(photo, found.heatmap()[0]))
    strongest = strongest_channels(found.values[0], share=0.95)
    print(
        f"{net.label(target)}: the logit changes by {found.change[0]:.3f}, the shares add up to "
        f"that but for {found.relative_gap[0]:.2%}: {given.out}"
    )
    print(f"{len(strongest)} of {found.values.shape[-1]} channels carry 95 %: {strongest[:8]} ...")
    return found


if __name__ == "__main__":
    main()
