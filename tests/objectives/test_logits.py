"""Scores of classes, against NumPy in float64."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from attrvis.errors import BadValue, UnknownName
from attrvis.objectives import logit

SCORES = ("logit", "prob", "log_prob", "contrast", "contrast_mean", "contrast_max")


def logsumexp(x):
    top = x.max()
    return top + np.log(np.exp(x - top).sum())


def expected(logits, index, score):
    logits = np.asarray(logits, np.float64)
    others = np.delete(logits, index)
    return {
        "logit": logits[index],
        "prob": np.exp(logits[index] - logsumexp(logits)),
        "log_prob": logits[index] - logsumexp(logits),
        "contrast": logits[index] - logsumexp(others),
        "contrast_mean": logits[index] - others.mean(),
        "contrast_max": logits[index] - others.max(),
    }[score]


rows = st.lists(st.integers(-200, 200).map(lambda v: v / 8), min_size=2, max_size=6)


@pytest.mark.parametrize("score", SCORES)
@given(rows, st.integers(0, 5))
def test_scores(score, row, index):
    index %= len(row)
    logits = np.array([row, row[::-1]], np.float32)
    found = logit(index, score)({"logits": tf.constant(logits)})
    wanted = [expected(r, index, score) for r in logits]
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("score", SCORES)
def test_one_class_an_image(score):
    logits = np.array([[1, 2, 3], [4, 0, -1], [0.5, 0, 2]], np.float32)
    found = logit([2, 0, 1], score)({"logits": tf.constant(logits)})
    wanted = [expected(r, i, score) for r, i in zip(logits, (2, 0, 1), strict=True)]
    np.testing.assert_allclose(found, wanted, rtol=1e-5)


@pytest.mark.parametrize("score", SCORES)
def test_gradients(score):
    logits = tf.constant([[1.0, -2.0, 0.5, 30.0]])
    with tf.GradientTape() as tape:
        tape.watch(logits)
        found = logit(2, score)({"logits": logits})
    slope = tape.gradient(found, logits).numpy()[0]
    step = 1e-6
    for i in range(4):
        bump = np.eye(4)[i] * step
        up, down = (expected(logits.numpy()[0] + s * bump, 2, score) for s in (1, -1))
        assert slope[i] == pytest.approx((up - down) / (2 * step), abs=1e-5)


@pytest.mark.parametrize("score", SCORES)
def test_extreme_logits_stay_finite(score):
    found = logit(0, score)({"logits": tf.constant([[-1e4, 1e4], [1e4, -1e4]])})
    assert np.isfinite(found).all()


def test_it_says_what_it_is():
    assert str(logit(3)) == "logit:3"
    assert str(logit("tabby", "prob")) == "prob:tabby"
    assert str(logit("golden retriever")) == 'logit:"golden retriever"'
    assert str(logit([1, 2])) == "logit:[2 classes]"
    assert logit(3).layers == ("logits",)


@pytest.mark.parametrize("score", SCORES[3:])
def test_one_class_has_no_contrast(score):
    with pytest.raises(BadValue, match="two classes or more"):
        logit(0, score)({"logits": tf.zeros([2, 1])})


@pytest.mark.parametrize("score", SCORES)
def test_scores_of_tokens_are_taken_of_their_mean(score):
    maps = np.random.default_rng(0).normal(size=(2, 5, 4)).astype(np.float32)
    found = logit(2, score)({"logits": tf.constant(maps)})
    np.testing.assert_allclose(found, [expected(m.mean(0), 2, score) for m in maps], rtol=1e-4)
    found = logit(2, score, region=(3,))({"logits": tf.constant(maps)})
    np.testing.assert_allclose(found, [expected(m[3], 2, score) for m in maps], rtol=1e-4)


@pytest.mark.parametrize("label", [2**31, [], -1, 1.5, None, [[1]], [0.5], [-1, 2], True])
def test_what_is_no_class_is_refused(label):
    with pytest.raises(BadValue, match="class"):
        logit(label)


def test_unknown_scores_name_the_nearest():
    with pytest.raises(UnknownName, match="'log_prob'"):
        logit(0, "logprob")


@pytest.mark.parametrize("score", SCORES)
def test_a_class_that_the_network_does_not_have_is_never_zero_in_silence(score):
    logits = tf.constant([[1.0, 2.0]])
    with pytest.raises(BadValue, match="no class 2"):
        logit(2, score)({"logits": logits})
    traced = tf.function(lambda x, p: logit(0, score).evaluate({"logits": x}, [p]))
    assert np.isnan(traced(logits, tf.constant(2))).all()
    np.testing.assert_allclose(traced(logits, tf.constant(1)), logit(1, score)({"logits": logits}))
