"""Words of a command line become baselines, or one clear error."""

from __future__ import annotations

import pytest

from attrvis.attribution.baselines import Blurred, Constant, FromFile, FromImage, Optimised, Zero
from attrvis.attribution.baselines.named import named_baseline
from attrvis.errors import BadValue, UnknownName


@pytest.mark.parametrize(
    ("words", "method"),
    [
        ("optimised", Optimised()),
        ("optimised:spatial", Optimised(masks="spatial")),
        ("optimised:channel", Optimised(masks="channel")),
        ("zero", Zero()),
        ("constant:0.25", Constant(0.25)),
        ("blurred:0.2", Blurred(0.2)),
        ("image:a b.jpg", FromImage("a b.jpg")),
        ("file:C:/b.npz", FromFile("C:/b.npz")),
    ],
)
def test_words_make_methods(words, method):
    assert named_baseline(words) == method


@pytest.mark.parametrize(
    ("words", "fault", "says"),
    [
        ("optimized", UnknownName, "'optimised'"),
        ("optimised:both_", UnknownName, "'both'"),
        ("image", BadValue, "image:PATH"),
        ("file", BadValue, "file:PATH"),
        ("zero:1", BadValue, "takes no argument"),
        ("constant:grey", BadValue, "must be a number"),
        ("blurred:-1", BadValue, "above 0"),
    ],
)
def test_wrong_words_are_answered(words, fault, says):
    with pytest.raises(fault, match=says):
        named_baseline(words)
