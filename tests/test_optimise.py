"""The compiled loop: NumPy's optimisers, dead images rescued, no NaN kept, no work lost."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from attrvis.errors import BadValue, UnknownName
from attrvis.optimise import Staged, climb, compile_step, fresh_state
from attrvis.optimisers import OPTIMIZERS, Adam, Momentum, Nadam, optimizer_of


def bowl(v, data, step):
    """Climb towards data, one number an image."""
    return -tf.reduce_sum((v["x"] - data) ** 2, axis=1), {"far": tf.reduce_sum(v["x"], axis=1)}


STEP = compile_step(bowl)


def adam(start, gradient, rates):
    x = np.asarray(start, np.float64)
    first, second = np.zeros_like(x), np.zeros_like(x)
    for t, rate in enumerate(rates, 1):
        g = gradient(x)
        first, second = 0.9 * first + 0.1 * g, 0.999 * second + 0.001 * g**2
        x = x - rate * (first / (1 - 0.9**t)) / (np.sqrt(second / (1 - 0.999**t)) + 1e-8)
    return x


@settings(max_examples=12)
@given(
    st.lists(st.integers(-8, 8).map(float), min_size=4, max_size=4),
    st.integers(1, 25),
    st.sampled_from([0.5, 0.1, 0.003]),
)
def test_it_is_adam(numbers, steps, rate):
    start = np.array(numbers, np.float32).reshape(2, 2)
    goal = np.array([[1.0, -2.0], [0.5, 3.0]], np.float32)

    def pace(t):
        return rate * 0.9**t

    run = climb(STEP, {"x": tf.constant(start)}, tf.constant(goal), steps=steps, rate=pace)
    expected = adam(start, lambda x: 2 * (x - goal), [pace(t) for t in range(steps)])
    np.testing.assert_allclose(
        run.variables["x"], expected, rtol=2e-3, atol=2e-4 * rate * steps + 1e-5
    )
    assert run.status == "ok" and run.steps == steps


def test_the_history_holds_every_term_before_each_step():
    start = np.array([[3.0, 1.0]], np.float32)
    goal = tf.zeros([1, 2])
    run = climb(STEP, {"x": tf.constant(start)}, goal, steps=4, rate=lambda t: 0.5)
    assert run.history["far"].shape == (4, 1)
    xs = [adam(start, lambda x: 2 * x, [0.5] * t).sum() for t in range(4)]
    np.testing.assert_allclose(run.history["far"][:, 0], xs, rtol=1e-3, atol=1e-3)


def test_what_was_given_is_not_changed():
    start = tf.Variable([[3.0, 1.0]])
    climb(STEP, {"x": start}, tf.zeros([1, 2]), steps=3, rate=lambda t: 0.5)
    np.testing.assert_array_equal(start, [[3, 1]])


def test_variables_that_do_not_meet_do_not_meet():
    goal = tf.constant([[1.0, -2.0], [0.5, 3.0], [9, 9]])
    start = tf.constant([[0.0, 0.1], [5, 5], [-3, 2]])
    together = climb(STEP, {"x": start}, goal, steps=20, rate=lambda t: 0.1).variables["x"]
    for i in range(3):
        rows = slice(i, i + 1)
        alone = climb(STEP, {"x": start[rows]}, goal[rows], steps=20, rate=lambda t: 0.1)
        np.testing.assert_array_equal(together[rows], alone.variables["x"])


def test_data_may_change_with_the_step():
    run = climb(
        STEP,
        {"x": tf.zeros([1, 2])},
        tf.constant(4.0),
        steps=300,
        rate=lambda t: 0.1,
        update=lambda t, data: tf.fill([1, 2], data * (t >= 100)),
    )
    np.testing.assert_allclose(run.variables["x"], 4, atol=0.05)
    assert float(run.history["far"][99, 0]) == 0


def poisoned(v, data, step):
    """Give nan at the steps named in data."""
    bad = tf.reduce_any(tf.equal(data, step))
    x = v["x"]
    return tf.where(bad, np.nan, 1.0) * -tf.reduce_sum(x**2, axis=1), {}


def poisoned_gradient(v, data, step):
    """Give a finite value whose gradient is nan at the steps named in data."""
    bad = tf.cast(tf.reduce_any(tf.equal(data, step)), tf.float32)
    x = v["x"]
    hidden = tf.sqrt(tf.reduce_sum((x - x) ** 2, axis=1)) * bad
    return -tf.reduce_sum(x**2, axis=1) + hidden, {}


@pytest.mark.parametrize("objective", [poisoned, poisoned_gradient])
def test_a_nan_changes_nothing_and_is_forgotten(objective):
    step = compile_step(objective)
    start = {"x": tf.constant([[3.0, -1.0]])}
    held = {"x": tf.Variable(start["x"])}
    state = fresh_state(held)
    for t in range(3):
        step(held, state, tf.constant(t), tf.constant(0.1), tf.constant([2]))
        if t == 1:
            before = held["x"].numpy(), state["x"][0].numpy(), state["x"][1].numpy()
    _, finite, _ = step(held, state, tf.constant(2), tf.constant(0.1), tf.constant([2]))
    assert not bool(finite)
    for now, then in zip((held["x"], *state["x"]), before, strict=True):
        np.testing.assert_array_equal(now, then)
    run = climb(step, start, tf.constant([1, 4]), steps=60, rate=lambda t: 0.2)
    assert run.status == "ok" and run.steps == 60
    assert np.abs(run.variables["x"]).max() < 0.5


def test_a_run_of_nans_ends_with_the_last_good_values():
    step = compile_step(poisoned)
    start = {"x": tf.constant([[3.0, -1.0]])}
    run = climb(step, start, tf.range(5, 99), steps=50, rate=lambda t: 0.1)
    good = climb(step, start, tf.constant([99]), steps=5, rate=lambda t: 0.1)
    assert run.status == "nonfinite" and 5 < run.steps < 12
    np.testing.assert_array_equal(run.variables["x"], good.variables["x"])


@pytest.mark.parametrize("at", [0, 4])
def test_an_interrupt_keeps_the_work(at):
    def watch(step, terms, variables):
        if step == at:
            raise KeyboardInterrupt
        return False

    start = {"x": tf.constant([[3.0, -1.0]])}
    run = climb(STEP, start, tf.zeros([1, 2]), steps=50, rate=lambda t: 0.1, watch=watch)
    whole = climb(STEP, start, tf.zeros([1, 2]), steps=at + 1, rate=lambda t: 0.1)
    assert run.status == "interrupted" and run.steps == at + 1
    np.testing.assert_array_equal(run.variables["x"], whole.variables["x"])
    assert len(run.history["far"]) == at + 1


def test_an_interrupt_before_the_first_step_keeps_the_start():
    @tf.function(autograph=False)
    def interrupted(*_):
        raise KeyboardInterrupt

    start = {"x": tf.constant([[3.0, -1.0]])}
    run = climb(interrupted, start, tf.zeros([1, 2]), steps=5, rate=lambda t: 0.1)
    assert (run.status, run.steps, run.history) == ("interrupted", 0, {})
    np.testing.assert_array_equal(run.variables["x"], start["x"])


def test_other_exceptions_pass():
    @tf.function(autograph=False)
    def broken(*_):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        climb(STEP, {"x": tf.zeros([1, 2])}, tf.zeros([1, 2]), steps=5, rate=lambda t: 1.0,
              watch=broken)  # fmt: skip


def test_it_stops_when_told():
    run = climb(STEP, {"x": tf.zeros([1, 2])}, tf.ones([1, 2]), steps=50, rate=lambda t: 0.1,
                watch=lambda step, terms, v: step == 6)  # fmt: skip
    assert (run.status, run.steps) == ("converged", 7)


@pytest.mark.parametrize("steps", [0, -1])
def test_no_steps_are_refused(steps):
    with pytest.raises(BadValue, match="at least one step"):
        climb(STEP, {"x": tf.zeros([1, 2])}, tf.ones([1, 2]), steps=steps, rate=lambda t: 0.1)


@pytest.mark.parametrize("rate", [0.0, -0.1, float("nan"), float("inf")])
def test_rates_that_cannot_be(rate):
    with pytest.raises(BadValue, match="learning rate"):
        climb(STEP, {"x": tf.zeros([1, 2])}, tf.ones([1, 2]), steps=2, rate=lambda t: rate)


def test_a_variable_that_is_not_used_is_named():
    start = {"x": tf.zeros([1, 2]), "idle": tf.zeros([1])}
    with pytest.raises(BadValue, match="does not depend on 'idle'"):
        climb(STEP, start, tf.ones([1, 2]), steps=2, rate=lambda t: 0.1)


def test_one_trace_serves_all_runs_of_a_shape():
    step = compile_step(bowl)
    for seed in range(3):
        start = {"x": tf.fill([2, 2], float(seed))}
        climb(step, start, tf.ones([2, 2]), steps=4 + seed, rate=lambda t: 0.1 + t)
    assert step.experimental_get_tracing_count() == 1


def literal(optimizer, start, gradient, rates):
    """Climb `-|x - goal|^2`, whose gradient is minus `gradient`, one step after the other."""
    x = np.asarray(start, np.float64)
    first, second = np.zeros_like(x), np.zeros_like(x)
    for t, rate in enumerate(rates, 1):
        g = -gradient(x)
        if isinstance(optimizer, Momentum):
            first = optimizer.momentum * first + g
            x = x + rate * first
            continue
        b1, b2 = optimizer.beta1, optimizer.beta2
        first, second = b1 * first + (1 - b1) * g, b2 * second + (1 - b2) * g**2
        ahead = b1 * first + (1 - b1) * g if isinstance(optimizer, Nadam) else first
        size = np.sqrt(second / (1 - b2**t)) + optimizer.epsilon
        x = x + rate * (ahead / (1 - b1**t)) / size
    return x


@pytest.mark.parametrize(
    "optimizer", [Adam(beta2=0.9), Nadam(), Nadam(beta1=0.5), Momentum(), Momentum(momentum=0.0)]
)
def test_the_others_are_what_they_say(optimizer):
    start = np.array([[3.0, 1.0], [-2.0, 0.5]], np.float32)
    goal = np.array([[1.0, -2.0], [0.5, 3.0]], np.float32)
    step = compile_step(bowl, optimizer)
    run = climb(step, {"x": tf.constant(start)}, tf.constant(goal), steps=9,
                rate=lambda t: 0.05 * 0.9**t, optimizer=optimizer)  # fmt: skip
    rates = [0.05 * 0.9**t for t in range(9)]
    expected = literal(optimizer, start, lambda x: 2 * (x - goal), rates)
    np.testing.assert_allclose(run.variables["x"], expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_run_goes_on_where_another_ended(name):
    optimizer = optimizer_of(name)
    step = compile_step(bowl, optimizer)
    start, goal = {"x": tf.constant([[3.0, 1.0]])}, tf.constant([[1.0, -2.0]])

    def run(variables, **more):
        return climb(
            step, variables, goal, rate=lambda t: 0.1 / (1 + t), optimizer=optimizer, **more
        )

    whole, half = run(start, steps=12), run(start, steps=5)
    rest = run(half.variables, steps=7, first=5, state=half.state)
    np.testing.assert_array_equal(whole.variables["x"], rest.variables["x"])
    assert rest.steps == 12
    assert not np.array_equal(whole.variables["x"], run(half.variables, steps=7).variables["x"])


def test_schedules():
    paces = {
        "constant": [0.2, 0.2, 0.2],
        "geometric": [0.2, 0.02, 0.002],
        "cosine": [0.2, 0.2 * (0.01 + 0.99 * 0.5), 0.002],
    }
    for name, wanted in paces.items():
        optimizer = Adam(rate=0.2, end=0.01, schedule=name)
        assert [optimizer.pace(t, 3) for t in range(3)] == pytest.approx(wanted)
    warm = Adam(rate=0.2, end=1.0, warmup=3)
    assert [warm.pace(t, 9) for t in range(5)] == pytest.approx([0.05, 0.1, 0.15, 0.2, 0.2])
    assert Adam().pace(0, 1) == 0.05


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"rate": 0.0}, "learning rate"),
        ({"rate": float("nan")}, "learning rate"),
        ({"end": 0.0}, "learning rate"),
        ({"end": 1.5}, "learning rate"),
        ({"warmup": -1}, "warmup"),
        ({"beta1": 1.0}, "shares"),
        ({"epsilon": 0.0}, "shares"),
    ],
)
def test_numbers_that_no_optimiser_takes(wrong, said):
    with pytest.raises(BadValue, match=said):
        Adam(**wrong)
    with pytest.raises(BadValue, match="momentum"):
        Momentum(momentum=1.0)


def test_wrong_names_are_answered_with_the_nearest():
    with pytest.raises(UnknownName, match="adam"):
        optimizer_of("adamm")
    with pytest.raises(UnknownName, match="cosine"):
        Adam(schedule="cosin")


def slope(seen, others, data, step):
    return tf.reduce_sum(seen, axis=1), {}


def cliff(scene=lambda v, *_: (v["x"], None)):
    """Climb relu(x): of an image below zero nothing is said at all."""
    return Staged(scene, lambda seen, *_: (tf.reduce_sum(tf.nn.relu(seen), axis=1), {}))


@pytest.mark.parametrize("before", [0, 1, 4, 99])
def test_a_dead_image_is_rescued_and_others_are_left_alone(before):
    plain, saving = compile_step(cliff()), compile_step(cliff(), rescue=slope)
    start = tf.constant([[-0.25, -0.3], [1.0, 2.0], [-0.1, 0.4]])

    def run(rows, rescue=None):
        return climb(plain, {"x": rows}, {}, steps=12, rate=lambda t: 0.1,
                     rescue=rescue, rescued_steps=before)  # fmt: skip

    together = run(start, lambda: saving).variables["x"].numpy()
    np.testing.assert_array_equal(together[1:], run(start[1:]).variables["x"])
    np.testing.assert_array_equal(together[:1], run(start[:1], lambda: saving).variables["x"])
    # The first step finds it dead; the steps from the second to the last allowed one lift it.
    lifted = max(0, min(before, 12) - 1)
    if lifted < 3:
        assert together[0] == pytest.approx(start[0].numpy() + 0.1 * lifted, abs=1e-5)
    else:
        assert (together[0] > 0).all()


def test_no_rescue_is_made_where_none_is_dead():
    def never():
        raise AssertionError("a rescue was compiled")

    start = {"x": tf.constant([[1.0, 2.0]])}
    run = climb(compile_step(cliff()), start, {}, steps=3, rate=lambda t: 0.1, rescue=never,
                rescued_steps=16)  # fmt: skip
    assert run.steps == 3


def test_stillness_is_the_networks_own_affair_for_each_image_of_a_shared_variable():
    """Two rows see one variable, and a penalty pulls at it: the dead row alone is lifted."""
    shown = cliff(lambda v, *_: (tf.stack([v["x"], v["x"] - 3.0]), v["x"]))

    def score(seen, x, data, step):
        return shown.score(seen, x, data, step)[0] - 0.25 * tf.reduce_sum(x), {}

    objective = Staged(shown.scene, score)
    data = {"still": tf.constant([True, True])}
    given = (tf.constant(0), tf.constant(1.0), data)
    for rescue, pull in ((None, 1.0), (slope, 2.0)):
        step = compile_step(objective, Momentum(momentum=0.0), rescue)
        x = {"x": tf.Variable([1.0, 1.0])}
        _, _, still = step(x, fresh_state(x, Momentum(momentum=0.0)), *given)
        assert still.numpy().tolist() == [False, True]
        # One for the row that lives, one for the row that is lifted, and twice the penalty.
        assert x["x"].numpy() == pytest.approx(1 + pull - 2 * 0.25)


def test_a_rescue_needs_stages():
    with pytest.raises(BadValue, match="Staged"):
        compile_step(bowl, rescue=slope)


def test_a_scale_changes_nothing_but_rounding():
    start, goal = {"x": tf.constant([[3.0, 1.0]])}, {"goal": tf.constant([[1.0, -2.0]])}

    def towards(v, data, step):
        return bowl(v, data["goal"], step)

    step = compile_step(towards)
    plain = climb(step, start, goal, steps=9, rate=lambda t: 0.1)
    scaled = climb(step, start, goal, steps=9, rate=lambda t: 0.1, scale=1024.0)
    np.testing.assert_allclose(plain.variables["x"], scaled.variables["x"], rtol=1e-5)


def test_a_scale_keeps_small_gradients_and_backs_off_from_large_ones():
    def halved(v, data, step):
        """Climb 1e-8 x through float16, where its gradient is zero."""
        small = tf.cast(tf.cast(v["x"], tf.float16) * tf.constant(1e-4, tf.float16), tf.float32)
        again = tf.cast(small, tf.float16) * tf.constant(1e-4, tf.float16)
        return tf.reduce_sum(tf.cast(again, tf.float32), axis=1), {}

    start = {"x": tf.constant([[3.0, 1.0]])}
    step = compile_step(halved)
    lost = climb(step, start, {}, steps=3, rate=lambda t: 0.1).variables["x"]
    np.testing.assert_array_equal(lost, start["x"])
    kept = climb(step, start, {}, steps=3, rate=lambda t: 0.1, scale=1024.0).variables["x"]
    assert (kept > start["x"] + 0.01).numpy().all()
    back = climb(step, start, {}, steps=40, rate=lambda t: 0.1, scale=2.0**36)
    assert back.status == "ok" and (back.variables["x"] > start["x"].numpy()).numpy().all()


def test_a_later_start_counts_from_there():
    start, goal = tf.constant([[3.0, 1.0]]), tf.constant([[1.0, -2.0]])

    def towards(v, data, step):
        return bowl(v, data["goal"], step)

    step = compile_step(towards)
    early = climb(step, {"x": start}, {"goal": goal}, steps=3, rate=lambda t: 0.1)
    late = climb(step, {"x": start}, {"goal": goal, "counted_from": tf.constant(7)}, steps=3,
                 rate=lambda t: 0.1, first=7)  # fmt: skip
    np.testing.assert_array_equal(early.variables["x"], late.variables["x"])


def test_equal_laws_share_a_trace():
    assert Adam(rate=0.3, schedule="cosine").law == Adam(warmup=9).law != Adam(beta2=0.9).law
