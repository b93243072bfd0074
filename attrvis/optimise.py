"""The compiled loop of gradient ascent that fits baselines and draws pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.errors import BadValue

Variables = dict[str, tf.Tensor]
Moments = dict[str, tuple[tf.Variable, tf.Variable]]
Terms = Mapping[str, tf.Tensor]
Objective = Callable[[Variables, Any, tf.Tensor], tuple[tf.Tensor, Terms]]
"""(variables, data, step) -> the scalar of each image [B] to maximise, and its named terms [B]."""

_BETA1, _BETA2, _EPSILON = 0.9, 0.999, 1e-8
_BAD_STEPS_ALLOWED = 3


@dataclass
class Ascent:
    """What a run of gradient ascent left.

    Args:
        variables: the last ones.
        history: each term over the steps, [steps, B].
        steps: how many updates were made.
        status: `ok`, `converged`, `interrupted` or `nonfinite`.
    """

    variables: Variables
    history: dict[str, np.ndarray] = field(default_factory=dict)
    steps: int = 0
    status: str = "ok"


def compile_step(objective: Objective) -> tf.types.experimental.PolymorphicFunction:
    """Compile one update of Adam that climbs an objective.

    A step whose objective or gradient is not finite changes nothing: one NaN would ruin Adam's
    moments for ever.

    Args:
        objective: the scalar of each image; structure is fixed by it, numbers come in as data.

    Returns:
        (variables, moments, step, rate, data) -> (terms, finite). `variables` are `tf.Variable`s
        by name, `moments` those of `moments(variables)`; both are changed in place. There is one
        trace for each set of shapes, whichever variables are given.

    Source: Kingma and Ba, Adam, 2015.

    Example:
        >>> step = compile_step(lambda v, data, t: (-(v["x"] - data) ** 2, {}))
        >>> x = {"x": tf.Variable([3.0])}
        >>> state = moments(x)
        >>> for t in range(200):
        ...     _ = step(x, state, tf.constant(t), tf.constant(0.1), tf.constant([1.0]))
        >>> bool(abs(x["x"][0] - 1) < 0.05)
        True
    """

    @tf.function(autograph=False, reduce_retracing=False)
    def step_once(
        variables: dict[str, tf.Variable],
        moments: Moments,
        step: tf.Tensor,
        rate: tf.Tensor,
        data: Any,
    ) -> tuple[Terms, tf.Tensor]:
        values = {name: tf.convert_to_tensor(v) for name, v in variables.items()}
        with tf.GradientTape() as tape:
            tape.watch(values)
            each, terms = objective(values, data, step)
            total = tf.reduce_sum(each)
        # Of what is maximised, not of its negative: gradient rules look at the sign.
        gradients = tape.gradient(total, values)
        finite = tf.math.is_finite(total)
        for name, gradient in gradients.items():
            if gradient is None:
                raise BadValue(
                    f"The objective does not depend on {name!r}, so it cannot be fitted."
                )
            finite &= tf.math.is_finite(tf.reduce_sum(gradient))
        count = tf.cast(step + 1, tf.float32)

        def move() -> tf.Tensor:
            for name, variable in variables.items():
                first, second = moments[name]
                tf.raw_ops.ResourceApplyAdam(
                    var=variable.handle,
                    m=first.handle,
                    v=second.handle,
                    beta1_power=tf.pow(_BETA1, count),
                    beta2_power=tf.pow(_BETA2, count),
                    lr=-rate,
                    beta1=_BETA1,
                    beta2=_BETA2,
                    epsilon=_EPSILON,
                    grad=gradients[name],
                )
            return tf.constant(True)

        tf.cond(finite, move, lambda: tf.constant(False))
        return terms, finite

    return step_once


def moments(variables: Mapping[str, tf.Variable]) -> Moments:
    """Make Adam's moments, all zero, for variables."""
    return {
        name: (tf.Variable(tf.zeros_like(v)), tf.Variable(tf.zeros_like(v)))
        for name, v in variables.items()
    }


def climb(
    step_once: tf.types.experimental.PolymorphicFunction,
    variables: Variables,
    data: Any,
    *,
    steps: int,
    rate: Callable[[int], float],
    update: Callable[[int, Any], Any] | None = None,
    watch: Callable[[int, dict[str, np.ndarray], Variables], bool] | None = None,
) -> Ascent:
    """Run gradient ascent, keeping every term of every step.

    Args:
        step_once: made by `compile_step`.
        variables: where to start.
        data: the objective's numbers, a structure of tensors.
        steps: how many updates, at least 1.
        rate: step -> learning rate.
        update: (step, data) -> the data of this step, for schedules.
        watch: (step, terms, variables) -> whether to stop now; called after each update.

    Returns:
        The last variables and the history. Ctrl-C ends the run with status `interrupted` and
        keeps the work; more than three bad steps in a row end it with `nonfinite`.

    Raises:
        BadValue: no step, or a learning rate that is not a positive number.

    Example:
        >>> step = compile_step(lambda v, data, t: (-(v["x"] - data) ** 2, {}))
        >>> start, goal = {"x": tf.constant([3.0])}, tf.constant([1.0])
        >>> run = climb(step, start, goal, steps=9, rate=lambda t: 0.1)
        >>> run.steps, run.status
        (9, 'ok')
    """
    if steps < 1:
        raise BadValue(f"An optimisation needs at least one step, not {steps}.")
    held = {name: tf.Variable(value) for name, value in variables.items()}
    state = moments(held)
    history: dict[str, list[np.ndarray]] = {}
    done = Ascent({})
    bad = 0
    call = None
    try:
        for step in range(steps):
            pace = rate(step)
            if not (np.isfinite(pace) and pace > 0):
                raise BadValue(f"A learning rate must be a positive number, not {pace}.")
            given = update(step, data) if update else data
            arguments = (held, state, tf.constant(step), tf.constant(pace, tf.float32), given)
            # Found once: to look for the right trace takes as long as a small kernel runs.
            call = call or step_once.get_concrete_function(*arguments)
            terms, finite = call(*arguments)
            values = {name: np.asarray(term) for name, term in terms.items()}
            done.steps = step + 1
            for name, value in values.items():
                history.setdefault(name, []).append(value)
            bad = 0 if bool(finite) else bad + 1
            if bad > _BAD_STEPS_ALLOWED:
                done.status = "nonfinite"
                break
            if watch and watch(step, values, held):
                done.status = "converged"
                break
    except KeyboardInterrupt:
        done.status = "interrupted"
    done.variables = {name: tf.convert_to_tensor(v) for name, v in held.items()}
    done.history = {name: np.stack(values) for name, values in history.items()}
    return done
