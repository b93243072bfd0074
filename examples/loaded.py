"""What the examples with a network of one's own share: load, list the layers, explain, save."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import attrvis
from attrvis import images


def options(
    doc: str | None, model: str, out: str, argv: Sequence[str] | None
) -> argparse.Namespace:
    """Read the command line of an example, from its own description and default model."""
    parser = argparse.ArgumentParser(description=(doc or "").splitlines()[0])
    parser.add_argument("photo", nargs="?", type=Path, default=images.bundled())
    parser.add_argument("--model", default=model, help="default: %(default)s")
    parser.add_argument("--preprocess", help="how it wants images, where it is not known")
    parser.add_argument("--labels", help="a file with the class names")
    parser.add_argument("--target", help="a label or class number; default: the prediction")
    parser.add_argument("--layer", help="default: chosen from the network's depth")
    parser.add_argument("--baseline-steps", type=int, help="default: the main job's")
    parser.add_argument("--steps", type=int, help="of drawing; default: the main job's")
    parser.add_argument("--out", type=Path, default=Path(out))
    return parser.parse_args(argv)


def explained(given: argparse.Namespace) -> attrvis.Explanation:
    """Load a network, say what it is made of, and explain a photo with it."""
    net = attrvis.load(given.model, preprocess=given.preprocess, labels=given.labels)
    print(f"{net.name} eats {net.preprocess}; its logits are {net.logits!r}")
    for layer in net.layers:
        if layer.drawable:
            print(f"  {layer.name}  {layer.shape[1:]}")
    explanation = attrvis.explain(
        net,
        given.photo,
        target=given.target,
        layer=given.layer,
        baseline_steps=given.baseline_steps,
        render_steps=given.steps,
    )
    explanation.save(given.out)
    target = explanation.facts["target"]
    print(
        f"{target['label']}: logit {target['logit_photo']:.2f} in the photo, "
        f"{target['logit_picture']:.2f} in the picture; see {given.out}/index.html"
    )
    return explanation
