"""Do predictions look like those of a trained network that sees what it was trained on?"""

from __future__ import annotations

import numpy as np

from attrvis.errors import warn

_FEWEST_CLASSES, _NEARLY = 10, 0.97
_FEWEST_IMAGES = 8


def check_predictions(probabilities: np.ndarray, preprocess: str) -> None:
    """Warn of what a wrong range or channel order looks like; it gives no error, only nonsense.

    Args:
        probabilities: [B, classes] of natural photos.
        preprocess: the preprocessing, for the message.

    Warns:
        AttrVisWarning: the predictions are not finite or nearly uniform, or one class wins on
            eight photos or more.
    """
    count, classes = probabilities.shape
    if not np.isfinite(probabilities).all():
        warn(
            "The network's logits are not finite; check the preprocessing and the weights.",
        )
        return
    if classes < _FEWEST_CLASSES:
        return
    known = np.maximum(probabilities, 1e-30)
    spread = -(probabilities * np.log(known)).sum(axis=1) / np.log(classes)
    if (spread > _NEARLY).all():
        problem = f"The predictions are nearly uniform over the {classes} classes"
    elif count >= _FEWEST_IMAGES and len(set(probabilities.argmax(axis=1))) == 1:
        problem = f"One class wins on all {count} photos"
    else:
        return
    warn(
        f"{problem}, which is what a wrong range or channel order of the images looks like; check "
        f"that the network eats {preprocess}, and that it is trained.",
    )
