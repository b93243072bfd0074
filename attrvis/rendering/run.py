"""One batch of pictures through all phases of its run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from attrvis import optimise
from attrvis.errors import BadValue, ModelError
from attrvis.networks import Network
from attrvis.objectives import Objective
from attrvis.optimisers import Optimizer
from attrvis.progress import Progress
from attrvis.rendering import resuming
from attrvis.rendering.batches import Batch
from attrvis.rendering.choices import Plan, check_readable
from attrvis.rendering.moments import Callback, Moment
from attrvis.rendering.plateau import Plateau
from attrvis.rendering.result import Rendering
from attrvis.rendering.scene import Canvas, evaluation
from attrvis.rendering.schedule import Coarse, Phase, phases

_RESCUED_STEPS = 16
"""At least so many steps, and half of a run, may rescue a picture of which the network says
nothing."""
_FIRST_SCALE = 1024.0


@dataclass(frozen=True, eq=False)
class Run:
    """How every batch of a rendering is drawn.

    Args:
        plan: on what, and with which network.
        optimizer: how a gradient becomes a step.
        steps: how many updates.
        coarse: the start at smaller sizes.
        frames: after which steps a frame is kept.
        patience: steps without a gain that end a picture's run.
        start: an earlier rendering to go on from.
        progress: told the live objective.
        callbacks: called after each step.
        trace: whether the sizes of the gradients at the pictures are summed up.
    """

    plan: Plan
    optimizer: Optimizer
    steps: int
    coarse: Coarse
    frames: frozenset[int]
    patience: int | None
    start: Rendering | None
    progress: Progress
    callbacks: tuple[Callback, ...]
    trace: bool = False

    @property
    def phases(self) -> list[Phase]:
        """The steps at each size."""
        return phases(self.plan.size, self.steps, self.coarse)

    def check(self, part: Batch) -> None:
        """Find what does not fit before any work is done; see `check_readable`."""
        for phase in self.phases:
            check_readable(self.plan, part.objective, phase.size, len(part.index))

    def untouched(self, part: Batch, keys: tf.Tensor) -> Rendering:
        """Give the pictures as they are before the first step."""
        canvas = self.plan.canvas(self.plan.size)
        trace = self._no_trace(part, canvas)
        variables = canvas.image.init(keys, canvas.size)
        return _decoded(canvas, variables, {}, {}, "interrupted", trace=trace)

    def draw(
        self, part: Batch, keys: tf.Tensor, settings: Mapping[str, object], number: int, of: int
    ) -> Rendering:
        """Draw a batch.

        Args:
            part: the batch.
            keys: int32 [B, 2], its pictures'.
            settings: what makes it, for the pictures.
            number: of the batch, from 0.
            of: how many batches there are.

        Returns:
            Its pictures, with the state to go on from.
        """
        net = self.plan.net.snapshot()
        course = self.phases
        variables, own, done = self._beginning(part, keys, course)
        frames: dict[int, np.ndarray] = {}
        history: dict[str, list[np.ndarray]] = {}
        memory = self._memory(part)
        trace: tf.Variable | None = None
        status, size = "ok", course[0].size
        mean = variables
        averaged = int(self.optimizer.averaged * self.steps)
        if self.start is not None:
            size = tuple(int(side) for side in self.start.state["size"])
        for phase in course:
            left = phase.first + phase.steps - done
            if left <= 0:
                continue
            canvas = self.plan.canvas(phase.size)
            if phase.size != size:
                variables, own = canvas.image.resized(variables, size, phase.size), {}
            size = phase.size
            plateau = self._plateau(part, last=phase is course[-1])
            watch = self._watch(part, canvas, settings, plateau, frames, number, of)
            data = self._data(part, canvas, keys, phase) | ({"memory": memory} if memory else {})
            if self.trace and phase.size == self.plan.size:
                if trace is None:
                    trace = tf.Variable(self._no_trace(part, canvas), trainable=False)
                data["trace"] = trace
            ascent = optimise.climb(
                _compiled(net, part.objective, canvas, self.optimizer, self.plan),
                variables,
                data,
                steps=left,
                rate=lambda step: self.optimizer.pace(step, self.steps),
                optimizer=self.optimizer,
                state=own,
                first=done,
                watch=watch,
                rescue=self._rescue(net, part, canvas),
                rescued_steps=max(_RESCUED_STEPS, self.steps // 2),
                scale=_FIRST_SCALE if net.precision == "float16" else None,
                averaged=min(left, averaged) if phase is course[-1] else 0,
            )
            variables, own = ascent.variables, ascent.state
            variables = plateau.settled(variables) if plateau else variables
            mean = plateau.settled(ascent.mean) if plateau else ascent.mean
            done = max(done, ascent.steps)
            for name, values in ascent.history.items():
                history.setdefault(name, []).append(values)
            if ascent.status != "ok":
                status = ascent.status
                break
        # To go on from are the last variables; the picture is of their mean.
        state = resuming.state(variables, own, memory, len(part.index), done, size)
        if size != self.plan.size:
            mean = canvas.image.resized(mean, size, self.plan.size)
        named = _named(part.objective, {n: np.concatenate(v) for n, v in history.items()})
        canvas = self.plan.canvas(self.plan.size)
        pulled = self._no_trace(part, canvas) if trace is None else trace.numpy()
        return _decoded(canvas, mean, named, settings, status, frames, state, pulled)

    def _beginning(
        self, part: Batch, keys: tf.Tensor, course: list[Phase]
    ) -> tuple[optimise.Variables, dict[str, tuple[tf.Tensor, ...]], int]:
        if self.start is None:
            return self.plan.image.init(keys, course[0].size), {}, 0
        shared, slots = self.plan.image.shared, self.optimizer.slots
        return resuming.beginning(self.start.state, part.index, shared, slots)

    def _memory(self, part: Batch) -> dict[str, tf.Variable]:
        """Make what the objective remembers from step to step."""
        if not part.objective.remembers:
            return {}
        shapes = check_readable(self.plan, part.objective, self.plan.size, len(part.index))
        return resuming.memory(shapes, part.index, self.start)

    def _no_trace(self, part: Batch, canvas: Canvas) -> np.ndarray | None:
        shape = (len(part.index), *canvas.size, canvas.channels)
        return resuming.trace(shape, part.index, self.start) if self.trace else None

    def _data(self, part: Batch, canvas: Canvas, keys: tf.Tensor, phase: Phase) -> dict[str, Any]:
        return {
            "keys": keys,
            "pool": canvas.pool(keys),
            "numbers": [tf.convert_to_tensor(p) for p in part.objective.parameters],
            "last": tf.constant(max(self.steps - 1, 1), tf.float32),
            "counted_from": tf.constant(phase.first),
        }

    def _plateau(self, part: Batch, *, last: bool) -> Plateau | None:
        if self.patience is None or not last:
            return None
        return Plateau(len(part.index), self.patience, self.plan.image.shared)

    def _rescue(self, net: Network, part: Batch, canvas: Canvas) -> Any:
        if self.plan.rescue is None:
            return None
        rule = self.plan.rescue
        if net.remember(("has", rule), lambda: _ruled(net, rule)) is None:
            return None
        return lambda: _compiled(net, part.objective, canvas, self.optimizer, self.plan, rule)

    def _watch(
        self,
        part: Batch,
        canvas: Canvas,
        settings: Mapping[str, object],
        plateau: Plateau | None,
        frames: dict[int, np.ndarray],
        number: int,
        of: int,
    ) -> Any:
        stage = "render" if of == 1 else f"render {number + 1}/{of}"

        def watch(step: int, terms: dict[str, np.ndarray], variables: optimise.Variables) -> bool:
            shown = _named(part.objective, terms)
            self.progress(
                stage, step + 1, self.steps, {n: float(v.mean()) for n, v in shown.items()}
            )
            if step + 1 in self.frames:
                frames[step + 1] = np.asarray(canvas.drawn(variables))

            def sofar() -> Rendering:
                mine = [settings["objectives"][i] for i in part.index]  # type: ignore[index]
                own = {**settings, "objectives": mine}
                return _decoded(canvas, variables, {}, own, "running")

            moment = Moment(step + 1, self.steps, shown, sofar)
            asked = [callback(moment) is True for callback in self.callbacks]
            settled = plateau is not None and plateau.all_settled(terms["objective"], variables)
            return any(asked) or settled

        return watch


def _ruled(net: Network, rule: str) -> Network | None:
    try:
        return net.with_rule(rule)
    except BadValue:  # it has no op of that kind, so no unit can be dead
        return None


def _compiled(
    net: Network,
    objective: Objective,
    canvas: Canvas,
    optimizer: Optimizer,
    plan: Plan,
    rescue: str | None = None,
) -> Any:
    """Compile a step once for a network, a structure of objectives, a canvas and an optimiser."""

    def compiled() -> Any:
        plain = evaluation(plan.trunk(objective, canvas, net), objective, canvas)
        other = None
        if rescue is not None:
            ruled = net.remember(("has", rescue), lambda: _ruled(net, rescue))
            own = plan.trunk(objective, canvas, ruled)
            other = evaluation(own, objective, canvas, remember=False).score
        return optimise.compile_step(plain, optimizer, other)

    key = ("render", objective.structure, canvas.key, optimizer.law, rescue)
    return net.remember(key, compiled)


def _named(objective: Objective, values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Name the addends' values; a trace serves many objectives, so it knows them by number.

    Two addends of one name are added up, so that none is lost.
    """
    found: dict[str, np.ndarray] = {}
    for key, value in values.items():
        name = key if key == "objective" else str((objective.terms or (objective,))[int(key)])
        found[name] = found[name] + value if name in found else value
    return found


def _decoded(
    canvas: Canvas,
    variables: optimise.Variables,
    history: dict[str, np.ndarray],
    settings: Mapping[str, object],
    status: str,
    frames: Mapping[int, np.ndarray] | None = None,
    state: Mapping[str, np.ndarray] | None = None,
    trace: np.ndarray | None = None,
) -> Rendering:
    drawn = np.asarray(canvas.drawn(variables))
    if not np.isfinite(drawn).all():
        raise ModelError("The picture is not finite; lower the learning rate.")
    colours, alpha = drawn, np.ones_like(drawn[..., :1])
    if canvas.image.transparent:
        colours, alpha = drawn[..., :-1], drawn[..., -1:]
    return Rendering(
        colours,
        alpha,
        history,
        dict(settings),
        0.0,
        status,
        frames or {},
        state or {},
        canvas.image.decoder,
        trace,
    )
