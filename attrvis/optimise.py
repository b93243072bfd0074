"""The compiled loop of gradient ascent that fits baselines and draws pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis.errors import BadValue
from attrvis.optimisers import Adam, Optimizer

Variables = dict[str, tf.Tensor]
State = dict[str, tuple[tf.Variable, ...]]
Terms = Mapping[str, tf.Tensor]
Objective = Callable[[Variables, Any, tf.Tensor], tuple[tf.Tensor, Terms]]
"""(variables, data, step) -> the scalar of each image [B] to maximise, and its named terms [B]."""

Scene = Callable[[Variables, Any, tf.Tensor], tuple[tf.Tensor, Any]]
"""(variables, data, step) -> what a network sees, [B * k, ...], and what else is scored."""
Score = Callable[[tf.Tensor, Any, Any, tf.Tensor], tuple[tf.Tensor, Terms]]
"""(what it sees, what else, data, step) -> as an `Objective`."""

_ADAM = Adam()
_BAD_STEPS_ALLOWED = 3
_OVERFLOWS_ALLOWED = 24
_CALM_STEPS = 200


@dataclass
class Ascent:
    """What a run of gradient ascent left.

    Args:
        variables: the last ones.
        history: each term over the steps, [steps, B].
        steps: how many updates were made.
        status: `ok`, `converged`, `interrupted` or `nonfinite`.
        state: what the optimiser kept of each variable, to go on from.
        mean: the variables' mean over the last steps, where that was asked for and the run came to
            its end; else the last ones.
    """

    variables: Variables
    history: dict[str, np.ndarray] = field(default_factory=dict)
    steps: int = 0
    status: str = "ok"
    state: dict[str, tuple[tf.Tensor, ...]] = field(default_factory=dict)
    mean: Variables = field(default_factory=dict)


@dataclass(frozen=True)
class Staged:
    """An objective in two stages, so that what the network says of an image is known by itself.

    Args:
        scene: what the network sees of the variables; the rows of one image follow each other.
        score: the objective of it.
    """

    scene: Scene
    score: Score


def compile_step(
    objective: Objective | Staged, optimizer: Optimizer = _ADAM, rescue: Score | None = None
) -> tf.types.experimental.PolymorphicFunction:
    """Compile one update that climbs an objective.

    A step whose objective or gradient is not finite changes nothing: one NaN would ruin Adam's
    moments for ever.

    Args:
        objective: the scalar of each image; structure is fixed by it, numbers come in as data.
            In two stages, where images that the network gives no gradient are to be found.
        optimizer: how a gradient becomes a step.
        rescue: a score of the same values and other gradients, for images to which the first
            gives none: `data["still"]`, bool [B], tells which had none at the step before, and
            what those see that have none again climbs the gradient of this one.

    Two numbers in `data`, where it is a mapping, are for the step itself: `counted_from`, the
    step from which the optimiser counts, and `loss_scale`, by which the objective is multiplied
    and its gradient divided again, so that it does not vanish in half precision.

    Returns:
        (variables, state, step, rate, data) -> (terms, finite, still). `variables` are
        `tf.Variable`s by name, `state` that of `fresh_state(variables, optimizer)`; both are
        changed in place. `still` tells of which images the network says nothing: bool [B], and
        one False where the objective has no stages. There is one trace for each set of shapes,
        whichever variables are given.

    Raises:
        BadValue: a rescue of an objective that has no stages.

    Example:
        >>> step = compile_step(lambda v, data, t: (-(v["x"] - data) ** 2, {}))
        >>> x = {"x": tf.Variable([3.0])}
        >>> state = fresh_state(x)
        >>> for t in range(200):
        ...     _ = step(x, state, tf.constant(t), tf.constant(0.1), tf.constant([1.0]))
        >>> bool(abs(x["x"][0] - 1) < 0.05)
        True
    """
    if rescue is not None and not isinstance(objective, Staged):
        raise BadValue("An objective without stages shows no still image; give it as Staged.")

    @tf.function(autograph=False, reduce_retracing=False)
    def step_once(
        variables: dict[str, tf.Variable],
        state: State,
        step: tf.Tensor,
        rate: tf.Tensor,
        data: Any,
    ) -> tuple[Terms, tf.Tensor, tf.Tensor]:
        values = {name: tf.convert_to_tensor(v) for name, v in variables.items()}
        own = data if isinstance(data, Mapping) else {}
        scale = own.get("loss_scale")
        each, terms, gradients, still = _slopes(objective, rescue, values, data, step, scale)
        total = tf.reduce_sum(each) + tf.add_n([tf.reduce_sum(g) for g in gradients.values()])
        finite = tf.math.is_finite(total)
        count = tf.cast(step - own.get("counted_from", 0) + 1, tf.float32)

        def move() -> tf.Tensor:
            for name, variable in variables.items():
                optimizer.apply(variable, state[name], gradients[name], rate, count)
            return tf.constant(True)

        tf.cond(finite, move, lambda: tf.constant(False))
        return terms, finite, still

    return step_once


def _slopes(
    objective: Objective | Staged,
    rescue: Score | None,
    values: Variables,
    data: Any,
    step: tf.Tensor,
    scale: tf.Tensor | None,
) -> tuple[tf.Tensor, Terms, Variables, tf.Tensor]:
    """Give the objective, its terms and gradients, and which images the network leaves still.

    The gradients are of what is maximised, not of its negative: gradient rules look at the sign.
    """
    staged = objective if isinstance(objective, Staged) else None
    with tf.GradientTape(persistent=rescue is not None) as tape:
        tape.watch(values)
        sources: list[Any] = [values]
        if staged is not None:
            seen, others = staged.scene(values, data, step)
            # Terms on the picture itself read it elsewhere, so this gradient is the network's.
            through = tf.identity(seen)
            sources.append(through)
            each, terms = staged.score(through, others, data, step)
        else:
            each, terms = objective(values, data, step)  # type: ignore[operator]
        total = _scaled(each, scale)
    gradients, *felt = tape.gradient(total, sources)
    still = tf.constant(False)
    if staged is not None:
        still = _still(felt[0], each)
    if rescue is not None and felt[0] is not None:
        chosen = still & data["still"]
        with tf.GradientTape() as other:
            looked = tf.identity(seen)
            other.watch(looked)
            total = _scaled(rescue(looked, others, data, step)[0], scale)
        pull = _of_images(other.gradient(total, looked), each)
        pull = tf.where(_along(chosen, pull), pull, tf.zeros_like(pull))
        lifted = tape.gradient(
            seen, values, tf.reshape(pull, tf.shape(seen)), tf.UnconnectedGradients.ZERO
        )
        gradients = {name: _sum(gradient, lifted[name]) for name, gradient in gradients.items()}
    for name, gradient in gradients.items():
        if gradient is None:
            raise BadValue(f"The objective does not depend on {name!r}, so it cannot be fitted.")
    if scale is not None:
        gradients = {name: gradient / scale for name, gradient in gradients.items()}
    return each, terms, gradients, still


def _scaled(each: tf.Tensor, scale: tf.Tensor | None) -> tf.Tensor:
    return tf.reduce_sum(each if scale is None else scale * each)


def _sum(gradient: tf.Tensor | None, more: tf.Tensor) -> tf.Tensor:
    return more if gradient is None else tf.convert_to_tensor(gradient) + more


def _of_images(rows: tf.Tensor, each: tf.Tensor) -> tf.Tensor:
    """Bring all that one image shows together, [B, ...]."""
    return tf.reshape(rows, [tf.shape(each)[0], -1])


def _still(gradient: tf.Tensor | None, each: tf.Tensor) -> tf.Tensor:
    """Tell of which images the network says nothing; never, where it is not asked at all."""
    if gradient is None:
        return tf.zeros_like(each, tf.bool)
    # A sum of sizes takes a quarter of the time that a question of each number takes.
    return tf.equal(tf.reduce_sum(tf.abs(_of_images(gradient, each)), axis=1), 0.0)


def _along(flags: tf.Tensor, gradient: tf.Tensor) -> tf.Tensor:
    return tf.reshape(flags, [-1, *[1] * (gradient.shape.rank - 1)])


def fresh_state(variables: Mapping[str, tf.Variable], optimizer: Optimizer = _ADAM) -> State:
    """Make an optimiser's own arrays, all zero, for variables."""
    return {
        name: tuple(tf.Variable(tf.zeros_like(v)) for _ in range(optimizer.slots))
        for name, v in variables.items()
    }


def climb(
    step_once: tf.types.experimental.PolymorphicFunction,
    variables: Variables,
    data: Any,
    *,
    steps: int,
    rate: Callable[[int], float],
    optimizer: Optimizer = _ADAM,
    state: Mapping[str, Sequence[tf.Tensor]] | None = None,
    first: int = 0,
    update: Callable[[int, Any], Any] | None = None,
    watch: Callable[[int, dict[str, np.ndarray], Variables], bool] | None = None,
    rescue: Callable[[], tf.types.experimental.PolymorphicFunction] | None = None,
    rescued_steps: int = 0,
    scale: float | None = None,
    averaged: int = 0,
) -> Ascent:
    """Run gradient ascent, keeping every term of every step.

    Args:
        step_once: made by `compile_step`.
        variables: where to start.
        data: the objective's numbers, a structure of tensors.
        steps: how many updates, at least 1.
        rate: step -> learning rate.
        optimizer: the one for which `step_once` was made.
        state: what an earlier run left of it; default a fresh one.
        first: the number of the first step, where an earlier run is gone on with.
        update: (step, data) -> the data of this step, for schedules.
        watch: (step, terms, variables) -> whether to stop now; called after each update.
        rescue: gives a step made with a `rescue` score; asked for only when the network gives
            images no gradient.
        rescued_steps: it is used before this step alone.
        scale: by what the objective is multiplied at first, for half precision; it is halved when
            a gradient overflows, and doubled after 200 steps without.
        averaged: over so many last steps the variables' mean is taken.

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
    own = fresh_state(held, optimizer)
    for name, kept in (state or {}).items():
        for slot, value in zip(own[name], kept, strict=True):
            slot.assign(value)
    history: dict[str, list[np.ndarray]] = {}
    done = Ascent({})
    bad = calm = 0
    calls: dict[bool, Callable] = {}
    still = np.zeros((), bool)
    mean: Variables = {}
    try:
        for step in range(first, first + steps):
            pace = rate(step)
            if not (np.isfinite(pace) and pace > 0):
                raise BadValue(f"A learning rate must be a positive number, not {pace}.")
            given = update(step, data) if update else data
            saving = rescue is not None and step < rescued_steps and bool(still.any())
            if saving:
                given = {**given, "still": tf.constant(still)}
            if scale is not None:
                given = {**given, "loss_scale": tf.constant(scale, tf.float32)}
            arguments = (held, own, tf.constant(step), tf.constant(pace, tf.float32), given)
            # Found once: to look for the right trace takes as long as a small kernel runs.
            if saving not in calls:
                chosen = rescue() if saving and rescue is not None else step_once
                calls[saving] = chosen.get_concrete_function(*arguments)
            terms, finite, motionless = calls[saving](*arguments)
            still = motionless.numpy() if rescue is not None and step < rescued_steps else still
            values = {name: np.asarray(term) for name, term in terms.items()}
            done.steps = step + 1
            for name, value in values.items():
                history.setdefault(name, []).append(value)
            bad = 0 if bool(finite) else bad + 1
            if scale is not None:
                calm = 0 if bad else calm + 1
                scale = scale / 2 if bad else scale * 2 if calm % _CALM_STEPS == 0 else scale
            if bad > (_BAD_STEPS_ALLOWED if scale is None else _OVERFLOWS_ALLOWED):
                done.status = "nonfinite"
                break
            late = step - (first + steps - averaged) + 1
            if late > 0:
                mean = {n: v + (mean.get(n, v) - v) * ((late - 1) / late) for n, v in held.items()}
            if watch and watch(step, values, held):
                done.status = "converged"
                break
    except KeyboardInterrupt:
        done.status = "interrupted"
    done.variables = {name: tf.convert_to_tensor(v) for name, v in held.items()}
    ended = done.status == "ok" and done.steps == first + steps
    done.mean = mean if mean and ended else done.variables
    done.state = {
        name: tuple(tf.convert_to_tensor(s) for s in slots) for name, slots in own.items()
    }
    done.history = {name: np.stack(values) for name, values in history.items()}
    return done
