"""Objectives as text: what is read, and what is refused and where."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from attrvis.errors import BadValue
from attrvis.objectives import (
    Objective,
    as_objective,
    channel,
    constant,
    custom,
    layer,
    logit,
    neuron,
    parse,
)
from attrvis.objectives.logits import _SCORES
from attrvis.objectives.quoting import SCORES, quoted

RNG = np.random.default_rng(3)
READ = {
    "mixed4d": RNG.uniform(0.5, 2, (2, 8, 8, 50)).astype(np.float32),
    "logits": RNG.normal(size=(2, 50)).astype(np.float32),
}
LABELS = {"tabby": 3, "tabby cat": 4, "Egyptian cat, grey": 5, "carpenter's-kit": 6}


def same(text, objective):
    found, wanted = (o.with_labels(lambda t: LABELS.get(t, 7)) for o in (parse(text), objective))
    assert found.layers == wanted.layers
    np.testing.assert_allclose(found(READ), wanted(READ), rtol=1e-5, atol=1e-6)
    assert str(parse(text)) == str(objective)
    assert parse(text).structure == objective.structure


D = "mixed4d"


@pytest.mark.parametrize(
    ("text", "objective"),
    [
        ("mixed4d:42", channel(D, 42)),
        (" mixed4d:42\n", channel(D, 42)),
        ("mixed4d:[1,2]", channel(D, [1, 2])),
        ("mixed4d:42@7,3", neuron(D, 42, 7, 3)),
        ("mixed4d:42@middle", neuron(D, 42)),
        ("mixed4d:42@7,middle", neuron(D, 42, 7)),
        ("mixed4d:42@middle,3", neuron(D, 42, None, 3)),
        ("mixed4d:4@[1,2],[3,4]", neuron(D, 4, [1, 2], [3, 4])),
        ("mixed4d", layer(D)),
        ("logit:tabby", logit("tabby")),
        ("logit:'tabby cat'", logit("tabby cat")),
        ('logit:"Egyptian cat, grey"', logit("Egyptian cat, grey")),
        ("logit:carpenter's-kit", logit("carpenter's-kit")),
        ("logit:7", logit(7)),
        ("prob:tabby", logit("tabby", "prob")),
        ("contrast_mean:3", logit(3, "contrast_mean")),
        ("log_prob:[3,4]", logit([3, 4], "log_prob")),
        (
            "mixed4d:42 + 0.5*mixed4d:43 - 2*logit:tabby",
            channel(D, 42) + 0.5 * channel(D, 43) - 2 * logit("tabby"),
        ),
        ("mixed4d:1+mixed4d:2", channel(D, 1) + channel(D, 2)),
        ("-mixed4d:1 + mixed4d:2", -channel(D, 1) + channel(D, 2)),
        ("-2*mixed4d:1", -2 * channel(D, 1)),
        ("5 - mixed4d:1", 5 - channel(D, 1)),
        ("mixed4d:1 * 1e-3", channel(D, 1) * 1e-3),
        ("mixed4d:1 / 4 ** 2", channel(D, 1) / constant(4) ** 2),
        ("-mixed4d:1 ** 2", -(channel(D, 1) ** 2)),
        ("(mixed4d:1 - (mixed4d:2 - 1)) * .5", (channel(D, 1) - (channel(D, 2) - 1)) * 0.5),
        ("mixed4d:1 - -2", channel(D, 1) - -2),
        ("2", constant(2)),
    ],
)
def test_what_is_read(text, objective):
    same(text, objective)


@pytest.mark.parametrize(
    ("text", "name", "unit"),
    [
        ("resnet50/conv3_block2_2_relu:7", "resnet50/conv3_block2_2_relu", 7),
        ("path#2:7", "path#2", 7),
        ("path.in:3", "path.in", 3),
        ("Mixed_4e/concat:0", "Mixed_4e/concat", 0),
        ("block-1/conv-2:5", "block-1/conv-2", 5),
        ("tower:0:3", "tower:0", 3),
        ("3x3_conv:5", "3x3_conv", 5),
        ("2/conv:5", "2/conv", 5),
        ("'my layer':5", "my layer", 5),
        ('"logit":5', "logit", 5),
        ("'5':5", "5", 5),
        ("couche_é:5", "couche_é", 5),
    ],
)
def test_names_of_layers(text, name, unit):
    found = parse(text)
    assert found.structure == ("channel", name) and found.parameters[0] == unit
    assert parse(str(found)).structure == found.structure


@pytest.mark.parametrize("name", ["my layer", "logit", "5", "1e3", "a+b", "concat:0", "conv-"])
def test_a_layer_is_quoted_where_it_could_be_misread(name):
    for made in (layer(name), channel(name, 3), neuron(name, 3, 1, 2)):
        again = parse(f"2 * {made} - 1")
        assert again.layers == (name,) and str(again) == f"2 * {made} - 1"


def test_scores_are_all_known():
    assert set(SCORES) == set(_SCORES)
    for score in SCORES:
        assert parse(f"{score}:'a b'").structure == logit("a b", score).structure


def test_a_region_is_read():
    maps = {"logits": RNG.normal(size=(2, 6, 7, 9)).astype(np.float32)}
    np.testing.assert_allclose(parse("logit:3@4,5")(maps), maps["logits"][:, 4, 5, 3])
    assert str(parse("logit:3@4,5")) == "logit:3@4,5"


@pytest.mark.parametrize(
    ("text", "place", "cure"),
    [
        ("mixed4d:42 ++", "at its end", "belongs here"),
        ("mixed4d:42 $ 3", r"at '\$ 3' \(character 12\)", "operator"),
        ("mixed4d:42 mixed4d:43", "'mixed4d:43'", "operator"),
        ("mixed4d:42-mixed4d:43", "'-mixed4d:43'", "spaces around"),
        ("mixed4d:42/2", "'/2'", "spaces around"),
        ("mixed4d:", "at its end", "unit's number"),
        ("mixed4d:cat", r"'cat' \(character 9\)", "logit:tabby"),
        ("mixed4d:4.5", "'4.5'", "unit's number"),
        ("mixed4d:-1", "'-1'", "unit's number"),
        ("mixed4d:42@", "'@'", "position"),
        ("mixed4d:42@1,2,3", "'@1,2,3'", "position"),
        ("mixed4d:42@a,b", "'@a,b'", "position"),
        ("mixed4d@1,2", "end", "needs a unit"),
        ("logit:", "end", "logit:tabby"),
        ("logit", "end", "logit:tabby"),
        ("logit:'tabby", "''tabby'|\"'tabby\"", "class"),
        ("logit:tabby@middle", "end", "whole numbers"),
        (":3", "':3'", "belongs here"),
        ("(mixed4d:1", "end", "not closed"),
        ("mixed4d:1)", r"'\)'", "operator"),
        ("2 *", "end", "belongs here"),
        ("__import__('os')", r"\"\('os'\)\"", "operator"),
        ("lambda: 1", "': 1'|' 1'|': ", ""),
        ("a:1; b:2", "'; b:2'", "operator"),
        ("=a:1", "'=a:1'", "belongs here"),
        ("(" * 60 + "a:1", "character", "nested more"),
        ("-" * 60 + "a:1", "character", "nested more"),
        ("2 ** " * 60 + "2", "character", "nested more"),
        ("2 * " * 60 + "2", "character", "at most"),
        ("a:" + "9" * 5000, "character", "unit's number"),
    ],
)
def test_what_is_refused_and_where(text, place, cure):
    with pytest.raises(BadValue, match=f"cannot be read.*({place})(.|\n)*{cure}"):
        parse(text)


@pytest.mark.parametrize("text", ["", "  ", None, 3, "1e999 * a:1", "a:3000000000"])
def test_what_is_no_text(text):
    with pytest.raises(BadValue):
        parse(text)


@given(st.text(st.sampled_from(list("ab:42@,-+*/() .'\"#logit[]e")), max_size=24))
def test_any_text_is_read_or_refused(text):
    try:
        found = parse(text)
    except BadValue:
        return
    again = parse(str(found))
    assert again.layers == found.layers
    assert str(again) == str(found)


numbers = st.floats(-1e6, 1e6, width=32)
leaves = st.sampled_from(
    [channel("a", 1), neuron("b/c.in", 2, 3, 4), logit("tabby cat"), logit(3, "prob"), layer("x y")]
)
sums = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda p: p[0] + p[1]),
        st.tuples(inner, inner).map(lambda p: p[0] - p[1]),
        st.tuples(inner, inner).map(lambda p: p[0] * p[1]),
        st.tuples(inner, numbers).map(lambda p: p[1] * p[0]),
        st.tuples(inner, numbers).map(lambda p: p[1] - p[0]),
        st.tuples(inner, inner).map(lambda p: p[0] / p[1]),
        inner.map(lambda o: o**2),
        inner.map(lambda o: -o),
    ),
    max_leaves=6,
)
EVERY = {
    "a": np.full((2, 4, 5, 6), 1.25, "float32"),
    "b/c.in": np.full((2, 4, 5, 6), 0.75, "float32"),
    "x y": np.full((2, 6), 1.5, "float32"),
    "logits": RNG.normal(size=(2, 8)).astype("float32"),
}


@given(sums)
def test_a_description_is_read_back(objective):
    again = parse(str(objective))
    first, second = (
        np.asarray(o.with_labels(lambda _: 5)(EVERY), np.float64) for o in (objective, again)
    )
    np.testing.assert_allclose(second, first, rtol=1e-4, atol=1e-4)


def test_names_are_quoted_only_where_needed():
    assert quoted("resnet50/conv3-a.in#2") == "resnet50/conv3-a.in#2"
    assert quoted('a "b"') == "'a \"b\"'"


def test_whatever_stands_for_an_objective():
    q = channel("a", 1)
    assert as_objective(q) is q
    assert str(as_objective("a:1 - logit:tabby")) == "a:1 - logit:tabby"
    made = as_objective(lambda r: tf.reduce_max(r["a"], axis=[1, 2, 3]), layers="a")
    np.testing.assert_allclose(made(EVERY), [1.25, 1.25])
    with pytest.raises(BadValue, match="which readings"):
        as_objective(lambda r: r["a"])
    for other in (3, None, ["a:1"], np.ones(3)):
        with pytest.raises(BadValue, match="An objective is"):
            as_objective(other)


def loudest(readings):
    return tf.reduce_max(readings["a"], axis=[1, 2, 3])


def test_an_objective_of_ones_own():
    q = custom(loudest, ["a"])
    assert str(q) == "loudest" and q.layers == ("a",)
    assert str(2 * custom(loudest, "a", name="peak") - 1) == "2 * peak - 1"
    assert custom(loudest, "a").structure == custom(loudest, "a").structure
    np.testing.assert_allclose((2 * q - channel("a", 0))(EVERY), [1.25, 1.25])
    assert isinstance(Objective.sum([q, q]), Objective)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda r: tf.reduce_max(r["a"]), r"gave shape \(\)"),
        (lambda r: r["a"], r"gave shape \(2, 4, 5, 6\)"),
        (lambda r: tf.zeros([3]), r"gave shape \(3,\)"),
        (lambda r: None, "gave nothing back"),
        (lambda r: object(), "no tensor"),
        (lambda r: ["a", "b"], "no numbers"),
    ],
)
def test_an_objective_of_ones_own_gives_a_number_an_image(function, message):
    with pytest.raises(BadValue, match=message):
        custom(function, "a", name="mine")(EVERY)


@pytest.mark.parametrize(("function", "layers"), [(3, "a"), (loudest, []), (loudest, [3])])
def test_what_is_no_objective_of_ones_own(function, layers):
    with pytest.raises(BadValue):
        custom(function, layers)
