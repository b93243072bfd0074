"""What kind a value is, whatever library it comes from."""

from __future__ import annotations

import numpy as np
import pytest

from attrvis import kinds


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        (3, {"whole", "number"}),
        (np.int64(3), {"whole", "number"}),
        (0.5, {"number"}),
        (np.float32(0.5), {"number"}),
        (float("nan"), set()),
        (True, {"switch"}),
        (np.bool_(False), {"switch"}),
        ("3", {"text"}),
        (None, set()),
        ([3], set()),
    ],
)
def test_each_value_is_of_its_kinds_alone(value, fits):
    found = {n for n in ("switch", "whole", "number", "text") if getattr(kinds, f"is_{n}")(value)}
    assert found == fits and kinds.anything(value)


def test_values_are_shown_in_few_words():
    assert kinds.shown(0.5) == "0.5"
    assert kinds.shown(np.zeros((2, 3))) == "an array of shape [2, 3]"
    assert len(kinds.shown("x" * 99)) == 60
