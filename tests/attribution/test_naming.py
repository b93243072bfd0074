"""Methods by name: what they are made with, read from words."""

from __future__ import annotations

import pytest

from attrvis.attribution import TABLE, hyper_parameters, method_of, settings_from
from attrvis.attribution.naming import source, summary
from attrvis.errors import BadValue, UnknownName

EVERY = pytest.mark.parametrize("name", [row.name for row in TABLE])


@EVERY
def test_every_method_says_what_it_is(name):
    assert summary(name).endswith(".") and len(summary(name)) < 120
    assert source(name) and source(name)[-1] == "."
    for one in hyper_parameters(name):
        # Whole, however many lines it takes.
        assert one.text and one.text[-1] in ".`" and "\n" not in one.text, one.name


def test_what_is_told_of_a_method():
    told = hyper_parameters("smooth-grad")
    assert [(one.name, one.default) for one in told] == [
        ("samples", "25"),
        ("noise", "0.15"),
        ("times_input", "False"),
        ("batch_size", "auto"),
    ]
    assert told[0].text == "how many copies, default 25."
    assert {one.name: one.default for one in hyper_parameters("deep-lift")}["baseline"] == "zero"
    assert source("smooth-grad").endswith("SmoothGrad: removing noise by adding noise, 2017.")


@EVERY
def test_defaults_make_it(name):
    made = method_of(name)
    assert made == TABLE[name]() and method_of(made) is made


@EVERY
def test_every_default_can_be_given_as_it_is_told(name):
    words = [f"{one.name}={one.default}" for one in hyper_parameters(name)]
    made = method_of(name, settings_from(name, words))
    assert made == method_of(name)


def test_words_are_read():
    words = ["steps=8", "quadrature=midpoint", "tolerance=1", "batch-size = 4"]
    found = settings_from("integrated-gradients", words)
    assert found == {"steps": 8, "quadrature": "midpoint", "tolerance": 1.0, "batch_size": 4}
    assert isinstance(found["tolerance"], float)
    made = method_of("integrated-gradients", found)
    assert (made.steps, made.quadrature, made.batch_size) == (8, "midpoint", 4)


def test_values_are_told_by_how_they_are_written():
    read = lambda text: settings_from("eigen-cam", [f"reshape={text}"])["reshape"]  # noqa: E731
    assert read("4,5") == (4, 5) and read("none") is None and read("True") is True
    assert read("1e-3") == 1e-3 and read("blurred:0.1") == "blurred:0.1"


def test_a_value_may_hold_what_words_are_made_of():
    found = settings_from("integrated-gradients", ["baseline = array:a=b,c.npy"])
    assert found == {"baseline": "array:a=b,c.npy"}
    found = settings_from("ig-through", ["baselines=zero,constant:0.5"])
    assert found == {"baselines": ("zero", "constant:0.5")}
    assert settings_from("eigen-cam", ["reshape=4,"]) == {"reshape": (4,)}
    assert settings_from("smooth-grad", ["times-input=true"]) == {"times_input": True}
    for word in ("times-input=1", "times-input=yes"):
        with pytest.raises(BadValue, match="true or false such as false, not"):
            settings_from("smooth-grad", [word])


def test_words_are_read_as_what_the_method_takes():
    """A neuron's place has a comma, and a number of samples may be written as 1e2."""
    assert settings_from("neuron-conductance", ["neuron=mixed4a:3@1,2"]) == {
        "neuron": "mixed4a:3@1,2"
    }
    found = settings_from("smooth-grad", ["samples=1e2", "noise=1"])
    assert found == {"samples": 100, "noise": 1.0} and isinstance(found["samples"], int)
    with pytest.raises(BadValue, match=r"a whole number such as 25, not 2.5"):
        method_of("smooth-grad", settings_from("smooth-grad", ["samples=2.5"]))


@pytest.mark.parametrize(
    ("words", "error", "text"),
    [
        (["steps"], BadValue, "name=value"),
        (["=3"], BadValue, "name=value"),
        (["steps=abc"], BadValue, "'steps' of 'integrated-gradients' is a number such as 32"),
        (["steps=true"], BadValue, "a number"),
        (["stepz=3"], UnknownName, "'steps'"),
        (["steps=3", "steps=4"], BadValue, "given twice"),
    ],
)
def test_words_that_make_no_sense(words, error, text):
    with pytest.raises(error, match=text):
        settings_from("integrated-gradients", words)


def test_methods_that_do_not_exist():
    with pytest.raises(UnknownName, match="'grad-cam'"):
        method_of("grad-camm")
    with pytest.raises(UnknownName, match="'steps'"):
        method_of("integrated-gradients", {"step": 3})
    with pytest.raises(BadValue, match="made already"):
        method_of(method_of("saliency"), {"steps": 3})
    with pytest.raises(BadValue, match="not 3"):
        method_of(3)
