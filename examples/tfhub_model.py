"""Explain what a TensorFlow Hub model sees: load it, list its layers, explain a photo.

    python -m examples.tfhub_model
    python -m examples.tfhub_model photo.jpg --model folder/ --labels ImageNetLabels.txt
    python -m examples.tfhub_model photo.jpg --model module.tar.gz --layer mobilenet/block_13

Without --model it fetches MobileNetV2 from tfhub.dev, once, into TFHUB_CACHE_DIR.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrvis
from examples.loaded import explained, options

MODEL = "https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/classification/5"


def main(argv: Sequence[str] | None = None) -> attrvis.Explanation:
    """Load, list, explain."""
    return explained(options(__doc__, MODEL, "tfhub-model", argv))


if __name__ == "__main__":
    main()
