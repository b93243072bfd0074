"""Step 3 of 3: draw what the contributing neurons look for, from an attribution in a file.

    python examples/attr_vis.py
    python examples/attr_vis.py photo.jpg --model net.pb --preprocess tf

Takes attribution.npz from step 2 (gen_attr_results.py) and writes a folder: the picture on grey,
the picture with its mask as transparency, the mask, and a sheet of all beside the photo. Network
and photo have to be those of the steps before; the layer is told by the file.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

import attrvis
from attrvis import folders, images, plots, progress
from attrvis.attribution import Attribution, keep_channels, strongest_channels
from attrvis.attribution.area import covered_area
from attrvis.objectives import mask_area, ramp, weighted
from attrvis.param import FourierImage
from attrvis.rendering import Rendering

GREY = 0.55
WIDE = 0.85


def options(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photo", nargs="?", type=Path, default=images.bundled())
    parser.add_argument("--model", default="embedded", help="a model file, or 'embedded'")
    parser.add_argument("--preprocess", help="how it wants images, such as tf or caffe-rgb")
    parser.add_argument("--labels", help="a file with the class names")
    parser.add_argument("--attribution", type=Path, default=Path("attribution.npz"))
    parser.add_argument("--share", type=float, default=0.95, help="of it to keep (%(default)s)")
    parser.add_argument("--background", default="noise_pyramid", help="default: %(default)s")
    parser.add_argument("--area", type=float, help="of the mask; default: what it covers")
    parser.add_argument("--weight", type=float, default=10.0, help="of the area term (%(default)s)")
    parser.add_argument("--limit", type=float, default=2.0, help="of a place's part (%(default)s)")
    parser.add_argument("--steps", type=int, default=400, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("attr-vis"))
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> Rendering:
    """Draw, save, and say what the network sees in the picture."""
    given = options(argv)
    net = attrvis.load(given.model, preprocess=given.preprocess, labels=given.labels)
    found = Attribution.load(given.attribution)
    photo, _ = images.fit(images.read(given.photo), net.size, "crop")

    kept = keep_channels(found.values[0], strongest_channels(found.values[0], given.share))
    evidence = np.maximum(kept, 0.0)
    at_photo = net.run(tf.constant(photo[None]), [found.layer])[found.layer].numpy()
    area = given.area or covered_area(evidence)
    looked_for = weighted(found.layer, evidence, reference=at_photo[0], limit=given.limit)
    # The mask starts open, so that the picture finds its shapes before it has to be small.
    squeezed = mask_area(ramp(WIDE, area, until=0.6))
    with progress.automatic() as report:
        drawn = attrvis.render(
            net,
            looked_for - given.weight * squeezed,
            image=FourierImage(channels=4, alpha=WIDE, alpha_decay=1.5, alpha_pace=0.3),
            background=given.background,
            transforms="masked",
            steps=given.steps,
            rule=None,
            seed=given.seed,
            progress=report,
        )

    picture, mask = drawn.on_grey(GREY)[0], drawn.alpha[0, ..., 0]
    over = plots.overlay(photo, found.heatmap()[0])
    panels = [(photo, "photo"), (over, "where"), (picture, "what"), (mask, "mask")]
    with folders.staged(given.out, marker="picture.png") as folder:
        images.write_png(folder / "picture.png", picture)
        images.write_png(folder / "picture_rgba.png", drawn.rgba[0])
        images.write_png(folder / "mask.png", mask)
        images.write_png(folder / "sheet.png", plots.sheet(panels))
    best = net.predict(tf.constant(picture[None]), top=3)[0]
    print(f"mask {mask.mean():.1%} of the picture, asked for {area:.1%}: {given.out}")
    print(
        "in the picture the network sees " + ", ".join(f"{p.label} ({p.logit:.2f})" for p in best)
    )
    return drawn


if __name__ == "__main__":
    main()
