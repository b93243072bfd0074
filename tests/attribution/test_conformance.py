"""What every method of the table keeps to, whatever it computes."""

from __future__ import annotations

import importlib
import json
import re
import warnings
from dataclasses import FrozenInstanceError, fields, is_dataclass
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis.attribution import TABLE, Attribution, Method
from attrvis.errors import AttrVisWarning, BadValue
from attrvis.objectives import logit
from tests import toys

FAMILIES = ("gradients", "influence", "paths", "cams", "propagation", "perturbation", "wrappers")
SMALL = {
    name: given
    for family in FAMILIES
    for name, given in importlib.import_module(f"tests.attribution.{family}.small").SMALL.items()
}
ROWS = [row for row in TABLE if row.family != "third party"]
EVERY = pytest.mark.parametrize("name", [row.name for row in ROWS])
TARGETS = [0, 3, 1]
SAMPLED = ("rise", "hsic")
"""What these tell of a pixel that is not used is a mean over samples, not zero."""


def made(name, **more):
    return TABLE[name](**{**SMALL.get(name, {}), **more})


def run(method, net, images, **given):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AttrVisWarning)
        return method(net, images, **{"target": TARGETS[: len(images)], **given})


@pytest.fixture(scope="session")
def found(twig, photos):
    """Give what a method says of the three photos, computed once."""
    known = {}

    def find(name):
        if name not in known:
            known[name] = run(made(name), twig, photos)
        return known[name]

    return find


def test_settings_are_for_methods_that_exist():
    assert set(SMALL) <= {row.name for row in ROWS}


@EVERY
def test_it_is_a_method(name):
    method, row = made(name), TABLE.row(name)
    assert isinstance(method, Method) and is_dataclass(method) and row.family in FAMILIES
    assert method.name == name and made(name) == method and hash(made(name)) == hash(method)
    assert repr(method).startswith(type(method).__name__ + "(")
    for field in fields(method):
        with pytest.raises(FrozenInstanceError):
            setattr(method, field.name, None)
    assert getattr(attrvis.attribution, type(method).__name__) is type(method)
    text = type(method).__doc__ or ""
    assert "Source:" in text and ">>>" in text and text.splitlines()[0].endswith(".")
    for field in fields(method):
        assert re.search(rf"^ +{field.name}: ", text, re.MULTILINE), field.name
    refs = (Path(__file__).parents[2] / "docs/refs.bib").read_text(encoding="utf-8")
    assert re.search(rf"^@\w+\{{{row.cite},", refs, re.MULTILINE), row.cite


@EVERY
def test_values_are_signed_unreduced_and_finite(name, found, twig):
    result = found(name)
    assert result.values.dtype == np.float32 and np.isfinite(result.values).all()
    shape = twig.layer(result.layer).shape
    assert result.values.shape[:-1] == (3, *shape[1:-1])
    assert result.values.shape[-1] in (1, shape[-1])
    assert np.abs(result.values).max() > 0 and result.status in ("ok", "incomplete")
    assert result.evaluations >= 0 and result.forwards >= 0 and result.seconds > 0
    assert result.method == name and json.dumps(result.settings)
    assert result.heatmap().shape == (3, *shape[1:3])


@EVERY
def test_an_image_is_the_same_alone(name, found, twig, photos):
    together = found(name).values
    for i in (0, 2):
        alone = run(made(name), twig, photos[i : i + 1], target=TARGETS[i]).values[0]
        np.testing.assert_allclose(alone, together[i], atol=1e-5 * np.abs(together[i]).max())


@EVERY
def test_the_same_call_gives_the_same_bits_and_traces_nothing(name, found, twig, photos):
    first = found(name)
    size = traces(twig)
    again = run(made(name), twig, photos)
    np.testing.assert_array_equal(again.values, first.values)
    assert traces(twig) == size
    assert (again.evaluations, again.forwards) == (first.evaluations, first.forwards)


def traces(net):
    evaluators = [v for k, v in net._remembered.items() if k[0] == "evaluator"]
    return sum(len(e._traces) for e in evaluators), len(net._engine._compiled)


@EVERY
def test_weights_and_the_model_stay(name, found, twig, photos):
    before = {n: v.read().copy() for n, v in twig.lowered.variables().items()}
    logits = twig.run(photos)["logits"].numpy()
    run(made(name), twig, photos[:1], target=0, seed=3)
    for n, variable in twig.lowered.variables().items():
        np.testing.assert_array_equal(variable.read(), before[n])
    np.testing.assert_array_equal(twig.run(photos)["logits"].numpy(), logits)


@EVERY
def test_a_promise_of_completeness_is_kept(name, found):
    result = found(name)
    if result.change is None:
        assert np.isnan(result.gap).all() and np.isnan(result.relative_gap).all()
    else:
        assert result.relative_gap.max() < 0.05
        assert result.baseline is None or result.baseline.shape == result.values.shape


@EVERY
def test_it_goes_to_a_file_and_back(name, found, tmp_path):
    result = found(name)
    result.save(tmp_path / "a.npz")
    loaded = Attribution.load(tmp_path / "a.npz")
    np.testing.assert_array_equal(loaded.values, result.values)
    assert loaded.settings == result.settings and loaded.positive == result.positive
    np.testing.assert_array_equal(loaded.gap, result.gap)


@EVERY
def test_a_keras_network_and_its_frozen_graph_agree(name, found, photos):
    graph = attrvis.load(toys.frozen(toys.keras_model()), preprocess="unit")
    mine = run(made(name), attrvis.load(toys.keras_model(), preprocess="unit"), photos[:1])
    theirs = run(made(name), graph, photos[:1])
    assert (mine.layer == "input") == (theirs.layer == "input")
    scale = np.abs(mine.values).max()
    assert np.mean(np.abs(mine.values - theirs.values) <= 1e-4 * scale) >= 0.99


@EVERY
def test_bad_input_is_refused(name, twig, photos):
    method = made(name)
    with pytest.raises(BadValue):
        method(twig, np.full_like(photos, np.nan), target=0)
    with pytest.raises(BadValue):
        method(twig, photos[:0], target=0)
    with pytest.raises(BadValue):
        method(twig, photos[:, :5], target=0)
    with pytest.raises(BadValue):
        method(twig, photos, target=5)
    with pytest.raises(BadValue):
        method(twig, photos, target=[0, 1])


@EVERY
def test_it_takes_any_objective(name, twig, photos):
    both = logit([0, 3, 1]) - 0.5 * logit([1, 1, 2])
    method = made(name)
    result = run(method, twig, photos, target=both)
    assert np.isfinite(result.values).all() and result.target == str(both)
    text = run(method, twig, photos[:1], target="logit:0")
    same = run(method, twig, photos[:1], target=0)
    np.testing.assert_allclose(text.values, same.values, atol=1e-6 * np.abs(same.values).max())


def test_unused_pixels_get_nothing():
    def build(x):
        return tf.identity(
            tf.reduce_sum(tf.square(x[:, :2]) + tf.nn.relu(x[:, :2]), [1, 2]), name="scores"
        )

    net = toys.network(build, 4, 4, logits="scores")
    images = toys.noise(2, 4, 4, 3)
    for row in ROWS:
        exact = row.name not in SAMPLED
        if exact and row.family in ("gradients", "paths", "perturbation", "propagation"):
            try:
                result = run(made(row.name), net, images, target=0, layer="input")
            except attrvis.errors.AttrVisError as error:
                assert row.family == "propagation" or "layer" in str(error)
                continue
            scale = np.abs(result.values).max()
            np.testing.assert_allclose(result.values[:, 2:], 0, atol=2e-2 * scale, err_msg=row.name)
