"""How far goals can be driven."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from attrvis.errors import AttrVisWarning, BadValue, UnknownName
from attrvis.objectives import channel, mask_sparsity, total_variation
from attrvis.recipes.strength import goal_of, reach, scored
from tests import toys


@pytest.fixture(scope="module")
def net():
    """Give the colours as they are, ten times as bright, and a channel that is always silent."""

    def build(x):
        maps = tf.concat([x, 10 * x[..., :1], 0 * x[..., :1]], -1, name="maps")
        return tf.identity(tf.reduce_mean(maps, [1, 2]), name="scores")

    return toys.network(build, 8, 6, logits="scores", labels=["red", "green", "blue", "hot", "no"])


def test_reach_is_what_the_pictures_score(net):
    goals = [channel("maps", 0), channel("maps", 3), -channel("maps", 1)]
    found = reach(net, goals, steps=400, transforms="identity", image="given up", callbacks="too")
    few = reach(net, goals, steps=3, transforms="identity")
    grey = np.array([0.5, 5.0, 0.5])
    np.testing.assert_allclose(few, grey, rtol=0.15)
    assert found[0] > 0.6 and found[1] > 6 and found[2] < 0.4
    again = reach(net, goals, steps=96, transforms="identity")
    assert np.array_equal(found, again)  # 96 steps at most


def test_what_stays_silent_counts_as_one_and_is_told(net):
    with pytest.warns(AttrVisWarning, match="maps:4.*stays at 0"):
        assert reach(net, [channel("maps", 4)], steps=3).tolist() == [1.0]


def test_an_interruption_is_passed_on(net):
    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reach(net, [channel("maps", 0)], steps=3, progress=stop)


def test_scores_are_those_of_the_pictures_as_they_are(net):
    pictures = toys.noise(37, 5, 7, 3)
    goals = [channel("maps", 1), 2 * channel("maps", 3) - 1, total_variation("image")]
    found = scored(net, pictures, goals)
    assert found.shape == (3, 37)
    np.testing.assert_allclose(found[0], pictures[..., 1].mean((1, 2)), rtol=1e-5)
    np.testing.assert_allclose(found[1], 20 * pictures[..., 0].mean((1, 2)) - 1, rtol=1e-5)
    steps = [np.abs(np.diff(pictures, axis=axis)).sum((1, 2, 3)) for axis in (1, 2)]
    np.testing.assert_allclose(found[2], sum(steps), rtol=1e-4)
    assert scored(net, pictures, [total_variation("image")]).shape == (1, 37)


def test_goals_get_their_labels_and_are_for_one_picture(net):
    assert float(goal_of(net, "logit:hot")({"logits": tf.range(5.0)[None]})[0]) == 3.0
    assert goal_of(net, mask_sparsity()).layers == ("alpha",)
    with pytest.raises(BadValue, match="several pictures"):
        goal_of(net, channel("maps", [1, 2]))
    with pytest.raises(UnknownName, match="maps"):
        goal_of(net, "mapz:1")
    with pytest.raises(UnknownName):
        goal_of(net, "logit:cold")
