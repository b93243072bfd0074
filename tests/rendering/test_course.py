"""The course of a run: rescue of dead units, coarse starts, resuming, patience, callbacks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

import attrvis
from attrvis.errors import BadValue
from attrvis.objectives import alignment, channel, l1, total_variation
from attrvis.optimisers import Adam, Momentum
from attrvis.param import CPPN, FourierImage, Grey, PixelImage, Ranged, SharedImage, Sum
from attrvis.rendering import Rendering, preview
from attrvis.rendering.schedule import phases
from attrvis.transforms import compose
from tests import toys

FAST = Adam(rate=0.1, end=1.0, schedule="constant")


def test_a_dead_unit_is_drawn_and_plain_gradients_leave_it_grey(dead_net):
    more = {"steps": 60, "optimizer": FAST, "transforms": compose()}
    plain = attrvis.render(dead_net, "maps:1", rule=None, **more)
    assert plain.values[0] == 0 and plain.images.std() < 0.01
    saved = attrvis.render(dead_net, "maps:1", **more)
    assert saved.values[0] > 0.2
    assert saved.settings["rule"] == "redirected_relu"


@pytest.mark.parametrize("of", ["input", "image"])
def test_a_penalty_does_not_hide_that_a_unit_is_dead(dead_net, of):
    wanted = channel("maps", 1) - 0.001 * l1(of, 0.3) - 0.001 * total_variation(of)
    more = {"steps": 60, "optimizer": FAST, "transforms": compose()}
    plain = attrvis.render(dead_net, wanted, rule=None, **more)
    assert plain.history["maps:1"][-1] == 0
    saved = attrvis.render(dead_net, wanted, **more)
    assert saved.history["maps:1"][-1] > 0.2
    assert (np.diff(saved.history["objective"][-5:, 0]) > -1e-3).all()


def test_a_living_picture_does_not_hide_that_its_neighbour_of_one_variable_is_dead(dead_net):
    image = SharedImage(PixelImage(channels=3))
    more = {"steps": 60, "optimizer": FAST, "transforms": compose(), "image": image}
    wanted = [-1.0 * channel("maps", 0), 3.0 * channel("maps", 1)]  # the first wants it darker
    plain = attrvis.render(dead_net, wanted, rule=None, **more)
    assert plain.values[1] == 0 and plain.values[0] > -1
    saved = attrvis.render(dead_net, wanted, **more)
    assert saved.values[1] > 0.2


def test_pictures_of_one_variable_need_objectives_of_one_form(dead_net):
    wanted = [channel("maps", 0), 2.0 - channel("maps", 1)]
    with pytest.raises(BadValue, match="of one form"):
        attrvis.render(dead_net, wanted, steps=2, image=SharedImage())


def test_a_neighbour_is_not_changed_by_a_rescue(dead_net):
    more = {"steps": 20, "optimizer": FAST}
    both = attrvis.render(dead_net, ["maps:1", "maps:0"], seed=[4, 9], **more)
    alone = attrvis.render(dead_net, "maps:0", seed=9, **more)
    np.testing.assert_allclose(both.images[1], alone.images[0], atol=1e-5)


def test_a_network_without_relus_needs_no_rule():
    net = toys.network(lambda x: tf.identity(tf.reduce_mean(tf.tanh(x), [1, 2]), name="scores"),
                       logits="scores")  # fmt: skip
    assert attrvis.render(net, "logit:1", steps=3, transforms=compose()).status == "ok"


def test_other_rules_hold_for_the_whole_run(plain_net):
    made = attrvis.render(plain_net, "deep:1", steps=5, rule="linear")
    assert made.settings["rule"] == "linear"
    other = attrvis.render(plain_net, "deep:1", steps=5)
    assert np.abs(made.images - other.images).max() > 1e-4


def test_phases():
    found = phases((224, 200), 100, [(0.25, 0.3), (0.5, 0.4)])
    assert [(p.first, p.steps, p.size) for p in found] == [
        (0, 30, (56, 50)),
        (30, 40, (112, 100)),
        (70, 30, (224, 200)),
    ]
    assert [(p.first, p.steps) for p in phases((8,), 1, [(0.5, 0.9)])] == [(0, 1)]


@pytest.mark.parametrize(
    "wrong",
    [
        [(0.5, 0.6), (0.5, 0.1)],
        [(0.6, 0.1), (0.5, 0.1)],
        [(0, 0.5)],
        [(1.0, 0.5)],
        [(0.5, -0.1)],
        [(0.5, 0.6), (0.7, 0.4)],
    ],
)
def test_phases_that_cannot_be(wrong):
    with pytest.raises(BadValue, match="coarse start"):
        phases((224, 224), 100, wrong)


def test_a_coarse_start_hands_its_picture_over(plain_net):
    more = {"steps": 40, "coarse": [(0.5, 0.5)], "transforms": compose(), "optimizer": FAST}
    made = attrvis.render(plain_net, "deep:1", snapshots=[20, 21, 40], **more)
    assert made.frames[20].shape == (1, 8, 6, 3) and made.frames[21].shape == (1, 16, 12, 3)
    assert made.images.shape == (1, 16, 12, 3)
    large = tf.image.resize(made.frames[20], (16, 12)).numpy()
    assert np.corrcoef(large.ravel(), made.frames[21].ravel())[0, 1] > 0.7
    assert made.history["objective"].shape == (40, 1)
    assert made.settings["coarse"] == [[20, [8, 6]], [20, [16, 12]]]


@pytest.mark.parametrize("optimizer", [Adam(), Momentum(rate=20.0)])
@pytest.mark.parametrize("coarse", [(), [(0.5, 0.5)]])
@pytest.mark.parametrize("stop", [3, 10, 14])
def test_an_interrupted_run_goes_on_as_if_it_never_stopped(
    plain_net, coarse, stop, optimizer, tmp_path
):
    more = {"steps": 20, "seed": 5, "optimizer": optimizer, "coarse": coarse}
    whole = attrvis.render(plain_net, ["deep:1", "deep:2"], **more)

    def halt(moment):
        return moment.step == stop

    half = attrvis.render(plain_net, ["deep:1", "deep:2"], callbacks=[halt], **more)
    assert half.status == "converged" and int(half.state["step"]) == stop
    half.save(tmp_path / "half.npz")
    again = Rendering.load(tmp_path / "half.npz")
    rest = attrvis.render(plain_net, ["deep:1", "deep:2"], start=again, **more)
    assert int(rest.state["step"]) == 20 and len(rest.history["objective"]) == 20 - stop
    np.testing.assert_allclose(rest.images, whole.images, atol=1e-5)


def test_a_rendering_without_variables_cannot_be_gone_on_with(plain_net):
    made = Rendering(np.zeros((1, 16, 12, 3)), np.ones((1, 16, 12, 1)))
    with pytest.raises(BadValue, match="no variables"):
        attrvis.render(plain_net, "deep:1", steps=5, start=made)


def test_patience_ends_each_picture_by_itself():
    def build(x):
        mean = tf.reduce_mean(x, [1, 2])
        return tf.identity(tf.tanh(mean * [3.0, 1.0, 1.0] - 0.5), name="scores")

    net = toys.network(build, 6, 6, logits="scores")
    more = {"image": PixelImage(), "transforms": compose(), "optimizer": FAST, "steps": 400}
    both = attrvis.render(net, ["logit:0", "logit:1"], patience=10, seed=3, **more)
    assert both.status == "converged"
    alone = attrvis.render(net, "logit:0", patience=10, seed=3, **more)
    assert 12 < len(alone.history["objective"]) < len(both.history["objective"]) - 5 < 300
    np.testing.assert_allclose(alone.images[0], both.images[0], atol=1e-4)


def test_callbacks_see_the_pictures_and_can_stop(plain_net, tmp_path):
    seen = []

    def watch(moment):
        seen.append((moment.step, moment.rendering().images.shape, set(moment.terms)))
        return moment.step == 4

    made = attrvis.render(plain_net, ["deep:1", "deep:2"], steps=9,
                          callbacks=[watch, preview(tmp_path / "live.png", every=0)])  # fmt: skip
    assert [step for step, *_ in seen] == [1, 2, 3, 4]
    assert seen[0][1] == (2, 16, 12, 3) and "objective" in seen[0][2]
    assert made.status == "converged" and (tmp_path / "live.png").stat().st_size > 500


def test_pictures_that_share_variables_are_drawn_together(plain_net):
    image = SharedImage(FourierImage(channels=3))
    objective = channel("deep", [0, 1, 2]) + 0.1 * alignment("conv")
    made = attrvis.render(plain_net, objective, image=image, steps=6, batch_size=1)
    assert made.images.shape == (3, 16, 12, 3)


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_half_precision_ends_where_float32_does(plain_net, precision):
    more = {"steps": 40, "optimizer": FAST, "seed": 2}
    half = attrvis.render(plain_net, "deep:1", precision=precision, **more)
    exact = attrvis.render(plain_net, "deep:1", **more)
    assert half.settings["precision"] == precision and half.status == "ok"
    assert half.values == pytest.approx(exact.values, rel=0.1)


@pytest.mark.parametrize(
    "image", [CPPN(hidden=6, layers=2), FourierImage(channels=3), Grey(FourierImage(1))]
)
def test_a_finished_picture_is_made_again_at_any_size(plain_net, image, tmp_path):
    drawn = attrvis.render(plain_net, ["deep:1", "deep:2"], image=image, steps=4, batch_size=1)
    same = drawn.at((16, 12))
    np.testing.assert_allclose(same.images, drawn.images, atol=1e-5)
    large = drawn.at((48, 36))
    assert large.images.shape == (2, 48, 36, 3) and large.names == drawn.names
    small = large.images.reshape(2, 16, 3, 12, 3, 3).mean((2, 4))
    assert np.abs(small - drawn.images).mean() < 0.05
    drawn.save(tmp_path / "run.npz")
    read = Rendering.load(tmp_path / "run.npz")
    np.testing.assert_array_equal(read.at((48, 36), drawn.param).images, large.images)
    for wrong in (lambda: read.at(32), lambda: drawn.at(0), lambda: drawn.at((1, 2, 3)),
                  lambda: large.at(32)):  # fmt: skip
        with pytest.raises(BadValue):
            wrong()


def test_a_run_of_other_pictures_cannot_be_gone_on_with(plain_net):
    drawn = attrvis.render(plain_net, "deep:1", steps=2)
    with pytest.raises(BadValue, match="run of 1 pictures"):
        attrvis.render(plain_net, ["deep:1", "deep:2"], steps=4, start=drawn)


def test_a_picture_of_the_mean_goes_on_from_the_last_variables(plain_net):
    """What is shown is averaged, what a run goes on from is not: in two parts it is the same."""
    wanted = {"transforms": compose()}
    course = Adam(rate=0.1, schedule="constant", averaged=0.5)
    whole = attrvis.render(plain_net, "deep:1", steps=8, optimizer=course, **wanted)
    plain = attrvis.render(
        plain_net, "deep:1", steps=8, optimizer=replace(course, averaged=0.0), **wanted
    )
    for name in plain.state:
        np.testing.assert_array_equal(whole.state[name], plain.state[name])
    assert np.abs(whole.images - plain.images).max() > 1e-4
    first = attrvis.render(plain_net, "deep:1", steps=5, optimizer=course, **wanted)
    rest = attrvis.render(plain_net, "deep:1", steps=8, optimizer=course, start=first, **wanted)
    for name in plain.state:
        np.testing.assert_array_equal(rest.state[name], plain.state[name])


@pytest.mark.parametrize(
    ("image", "suits"),
    [("cppn", "Adam(rate=0.005"), ("maco", "Nadam(rate=1.0"), ("fourier", "Adam(rate=0.12")],
)
def test_a_parameterisation_is_drawn_with_what_suits_it(image, suits):
    net = toys.network(
        lambda x: tf.reduce_mean(tf.nn.relu(x - 0.4, name="maps"), [1, 2], name="scores"), 16, 16
    )
    drawn = attrvis.render(net, "maps:0", image=image, steps=3)
    assert drawn.settings["optimizer"].startswith(suits)
    given = attrvis.render(net, "maps:0", image=image, steps=1, optimizer="momentum")
    assert given.settings["optimizer"].startswith("Momentum")


def test_what_wraps_a_parameterisation_is_drawn_as_it_is():
    assert Ranged(CPPN()).optimizer == Grey(CPPN(1)).optimizer == CPPN().optimizer
    assert FourierImage().optimizer is None is Sum((CPPN(), FourierImage(3))).optimizer
