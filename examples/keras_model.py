"""Explain what a Keras model sees: load it, list its layers, explain a photo.

    python -m examples.keras_model
    python -m examples.keras_model photo.jpg --model my_model.keras --preprocess tf
    python -m examples.keras_model photo.jpg --model "keras:ResNet50?weights=resnet50.h5"

Without --model it takes MobileNetV2 from keras.applications; Keras downloads its weights once.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrvis
from examples.loaded import explained, options

MODEL = "keras:MobileNetV2?weights=imagenet"


def main(argv: Sequence[str] | None = None) -> attrvis.Explanation:
    """Load, list, explain."""
    return explained(options(__doc__, MODEL, "keras-model", argv))


if __name__ == "__main__":
    main()
