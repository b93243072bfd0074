"""What relevance promises on random networks: nothing is lost, and nothing turns its sign."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from attrvis.attribution import TABLE
from attrvis.errors import AttrVisWarning
from tests.attribution.axioms import Drawn, photos

SEEDS = st.integers(0, 10**6)
FEW = settings(max_examples=3)
# Without a stabiliser, where a method has one that is not small.
SETTINGS = {name: {"epsilon": 0.0} for name in ("lrp-epsilon", "lrp-preset-a", "lrp-preset-b")}
NOT_ALWAYS = (
    # What a channel gets that is off everywhere is lost at the pool.
    *("lrp-flat", "lrp-w-square"),
    # Where nothing lowers an output, nobody pays for the share that raising gets on top.
    *("lrp-alpha-beta", "lrp-preset-b", "lrp-epsilon-alpha2-beta1"),
)
KEEPING = [
    row.name
    for row in TABLE
    if row.family == "propagation"
    and not row.name.startswith(("deep-lift", "deep-shap"))
    and row.name not in NOT_ALWAYS
]
# These give the bias nothing, so they keep all with it too.
WITH_BIASES = ("deep-taylor", "excitation-backprop", "rap")
ONE_SIGNED = (
    "lrp-z-plus",
    "lrp-flat",
    "lrp-w-square",
    "deep-taylor",
    "excitation-backprop",
)


@pytest.fixture(scope="module")
def drawn():
    return Drawn()


def relevance(name, net, x, target, layer="input"):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AttrVisWarning)
        return TABLE[name](**SETTINGS.get(name, {}))(net, x, target=target, layer=layer)


def scored(net, x):
    """Give the top classes and their scores, which speak clearly for them."""
    logits = net.run(x)["logits"].numpy().astype(np.float64)
    best = logits.argmax(1)
    score = logits[np.arange(len(x)), best]
    assume(score.min() > 0.1)
    return best.tolist(), score


def kept(name, net, x, layer):
    target, score = scored(net, x)
    made = relevance(name, net, x, target, layer)
    begun = np.ones(len(x)) if name == "excitation-backprop" else score
    axes = tuple(range(1, made.values.ndim))
    share = made.values.sum(axes, dtype=np.float64) / begun
    np.testing.assert_allclose(made.settings["kept"], share, atol=2e-3)
    return share


@pytest.mark.parametrize("layer", ["input", "first", "pool"])
@pytest.mark.parametrize("name", KEEPING)
@FEW
@given(seed=SEEDS)
def test_all_that_a_score_starts_with_arrives_where_nothing_is_added(drawn, name, layer, seed):
    np.testing.assert_allclose(kept(name, drawn.draw(seed, bare=True), photos(seed), layer), 1,
                               atol=2e-3)  # fmt: skip


@pytest.mark.parametrize("name", WITH_BIASES)
@FEW
@given(seed=SEEDS)
def test_what_gives_biases_nothing_keeps_all_beside_them(drawn, name, seed):
    np.testing.assert_allclose(kept(name, drawn.draw(seed), photos(seed), "input"), 1, atol=2e-3)


@pytest.mark.parametrize("name", ONE_SIGNED)
@FEW
@given(seed=SEEDS)
def test_what_speaks_for_a_score_stays_above_zero(drawn, name, seed):
    net, x = drawn.draw(seed), photos(seed)
    target, _ = scored(net, x)
    values = relevance(name, net, x, target).values
    assert values.min() >= -1e-6 * values.max() and values.max() > 0


@FEW
@given(seed=SEEDS, other=st.integers(0, 3))
def test_without_a_stabiliser_it_is_the_gradient_times_the_input(drawn, seed, other):
    """With biases too; what they speak for is what is missing of the score."""
    net, x = drawn.draw(seed), photos(seed)
    ours = relevance("lrp-epsilon", net, x, other).values
    plain = TABLE["gradient-times-input"]()(net, x, target=other).values
    np.testing.assert_allclose(ours, plain, atol=1e-3 * np.abs(plain).max())
