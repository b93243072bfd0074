"""Hyper-parameters of another kind than a method declares are refused where it is made."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pytest

from attrvis.attribution import TABLE, Method, method_of
from attrvis.attribution.baselines import FromArray
from attrvis.attribution.method import Found
from attrvis.errors import BadValue

NAN, INF = float("nan"), float("inf")
WRONG = {
    "int": (-1, NAN, INF, 1.5, "abc", None, (1, 2), True),
    "float": (NAN, "abc", None, (1, 2), True, np.zeros(3)),
    "bool": ("perhaps", 3, None),
    "str": (-1, NAN, (1, 2), None, True),
    "int | str": (0, -1, 1.5, NAN, "zzz", "", None, (1, 2), True),
    "BaselineMethod | str": (-1, NAN, None, (1, 2), True, np.zeros([4, 4, 3])),
    "tuple[BaselineMethod | str, ...]": (-1, (1, 2), None),
    "BaselineMethod": (-1, None, np.zeros([4, 4, 3])),
}
"""By how a field is annotated, what never makes a method; `int | str` is that of `batch_size`."""
ROWS = [row.name for row in TABLE if row.family != "third party"]


@pytest.mark.parametrize("name", ROWS)
def test_no_method_takes_another_kind(name):
    for field in fields(TABLE[name]):
        for value in WRONG.get(field.type, ()):
            with pytest.raises(BadValue) as error:
                TABLE[name](**{field.name: value})
            text = str(error.value)
            assert text.endswith(".") and "\n" not in text and len(text) < 240, text
            # What the kind alone refuses is told with the setting's and the method's names.
            if field.type not in ("int", "int | str") or value != -1:
                assert f"The setting {field.name!r} of {name!r} is " in text, text


def test_the_sentences():
    with pytest.raises(BadValue, match=r"is a whole number such as 32, not 2.5"):
        method_of("integrated-gradients", {"steps": 2.5})
    with pytest.raises(BadValue, match="is true or false, such as false, not 'yes'"):
        method_of("smooth-grad", {"times_input": "yes"})
    with pytest.raises(BadValue, match=r"FromArray\(values\), not an array of shape \[2, 2\]"):
        method_of("integrated-gradients", {"baseline": np.zeros([2, 2])})
    with pytest.raises(BadValue, match=r"is a number from 0 such as 0.05, not -0.5"):
        method_of("integrated-gradients", {"tolerance": -0.5})


def test_numbers_of_numpy_are_numbers():
    made = TABLE["smooth-grad"](
        samples=np.int64(4), noise=np.float32(0.5), times_input=np.bool_(True)
    )
    assert (made.samples, made.noise) == (4, 0.5)
    assert TABLE["smooth-grad"](noise=1).noise == 1
    assert TABLE["score-cam"](channels=None).channels is None
    assert TABLE["integrated-gradients"](baseline=FromArray(np.zeros([2, 2, 3])), batch_size=8)


def test_a_method_of_ones_own_is_checked_too():
    @dataclass(frozen=True)
    class Own(Method):
        strength: float = 1.0
        name = "own"

        def attribute(self, scene):
            return Found(scene.values)

    @dataclass(frozen=True)
    class Narrower(Own):
        strength: float = 2.0

        def __post_init__(self):
            if self.strength < 0:
                raise BadValue("Too weak.")

    for make in (Own, Narrower):
        with pytest.raises(BadValue, match="'strength' of 'own' is a number such as"):
            make("much")
    with pytest.raises(BadValue, match="Too weak"):
        Narrower(-1)
    assert Own(-1).strength == -1
