"""Explain what a TF-Slim model sees: load it, list its layers, explain a photo.

    python -m examples.tf_slim_model photo.jpg --model mobilenet_v1_frozen.pb --preprocess tf
    python -m examples.tf_slim_model photo.jpg --model "slim:inception_v1?checkpoint=model.ckpt"

A frozen graph needs nothing more; a network with its checkpoint needs `pip install attrvis[slim]`.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrvis
from examples.loaded import explained, options

MODEL = "slim:inception_v1?checkpoint=inception_v1.ckpt"


def main(argv: Sequence[str] | None = None) -> attrvis.Explanation:
    """Load, list, explain."""
    return explained(options(__doc__, MODEL, "tf-slim-model", argv))


if __name__ == "__main__":
    main()
