"""Warnings point at the line of the user's own code, however deep inside they arise."""

from __future__ import annotations

import inspect
import warnings

import numpy as np
import pytest

import attrvis
from attrvis.attribution import AumannShapley, IntegratedGradients, attribute_each
from attrvis.attribution.baselines import Optimised
from attrvis.errors import AttrVisWarning, warn
from tests import toys
from tests.test_style import PACKAGE, name


def here() -> int:
    return inspect.currentframe().f_back.f_lineno


@pytest.fixture(scope="module")
def net():
    return attrvis.load(toys.keras_model(), preprocess="unit")


PHOTO = toys.noise(1, 8, 8, 3)[0]


def by_name(net):
    return attrvis.attribute(net, PHOTO, "integrated-gradients", steps=1, tolerance=0.0), here()


def by_class(net):
    return IntegratedGradients(steps=1, tolerance=0.0)(net, PHOTO[None]), here()


def one_by_one(net):
    each = attribute_each(net, [PHOTO], "integrated-gradients", steps=1, tolerance=0.0)
    return list(each), here()


def from_a_baseline(net):
    method = AumannShapley(baseline=Optimised(value=1e6, steps=1), tolerance=9e9)
    return method(net, PHOTO[None], layer="join"), here()


def of_a_network(net):
    return attrvis.load(toys.keras_model()), here()


@pytest.mark.parametrize(
    "call", [by_name, by_class, one_by_one, from_a_baseline, of_a_network], ids=lambda f: f.__name__
)
def test_a_warning_is_of_the_callers_line(net, call):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", AttrVisWarning)
        _, line = call(net)
    ours = [one for one in told if issubclass(one.category, AttrVisWarning)]
    assert ours and {(one.filename, one.lineno) for one in ours} == {(__file__, line)}


def test_the_same_line_is_warned_once_and_another_again():
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("default", AttrVisWarning)
        for _ in range(3):
            warn("once; mend it.")
        warn("once; mend it.")
    assert [one.filename for one in told] == [__file__] * 2
    assert np.diff([one.lineno for one in told]).tolist() == [1]


def test_warnings_have_one_home():
    odd = {name(p) for p in PACKAGE if "warnings.warn" in p.read_text("utf-8")}
    assert odd == {"attrvis/errors.py"}
