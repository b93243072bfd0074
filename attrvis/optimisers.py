"""How a gradient becomes a step: Adam, Nadam, momentum."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import tensorflow as tf

from attrvis.errors import BadValue, unknown

SCHEDULES = ("constant", "geometric", "cosine")


@dataclass(frozen=True)
class Optimizer(ABC):
    """A rule of gradient ascent; every number of a variable goes its own way.

    Args:
        rate: the largest learning rate, above 0.
        end: the last one as a share of it, above 0 and at most 1.
        schedule: how it falls: `constant`, `geometric` or `cosine`.
        warmup: so many first steps rise to it in a line.
        averaged: the share of the run's last steps whose variables are averaged at its end, from 0
            (the last variables as they are) to 1. Where each step sees another transform, that
            takes away what only the last ones asked for.

    Raises:
        BadValue: a number outside its range.
        UnknownName: no such schedule.
    """

    slots: ClassVar[int]
    """How many arrays of its own it keeps for each variable, zero at the start."""

    rate: float = 0.05
    end: float = 0.1
    schedule: str = "geometric"
    warmup: int = 0
    averaged: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.averaged <= 1:
            raise BadValue(f"The averaged share of a run lies from 0 to 1, not at {self.averaged}.")
        if not (math.isfinite(self.rate) and self.rate > 0 and 0 < self.end <= 1):
            raise BadValue(
                f"A learning rate is a positive number, and its end a share of it; not {self.rate} "
                f"and {self.end}."
            )
        if self.warmup < 0:
            raise BadValue(f"A warmup takes 0 steps or more, not {self.warmup}.")
        if self.schedule not in SCHEDULES:
            raise unknown("schedule", self.schedule, SCHEDULES)

    def pace(self, step: int, steps: int) -> float:
        """Give the learning rate of a step.

        Args:
            step: from 0.
            steps: of the whole run.

        Example:
            >>> [round(Adam(rate=1.0, end=0.01).pace(step, 3), 4) for step in range(3)]
            [1.0, 0.1, 0.01]
        """
        done = step / max(steps - 1, 1)
        share = 1.0
        if self.schedule == "geometric":
            share = self.end**done
        elif self.schedule == "cosine":
            share = self.end + (1 - self.end) * 0.5 * (1 + math.cos(math.pi * done))
        return self.rate * share * min(1.0, (step + 1) / (self.warmup + 1))

    @property
    def law(self) -> Optimizer:
        """The same optimiser whatever its learning rates: equal ones can share a trace."""
        return replace(self, rate=0.05, end=0.1, schedule="geometric", warmup=0, averaged=0.0)

    @abstractmethod
    def apply(
        self,
        variable: tf.Variable,
        own: Sequence[tf.Variable],
        gradient: tf.Tensor,
        rate: tf.Tensor,
        count: tf.Tensor,
    ) -> None:
        """Climb one step, in place.

        Args:
            variable: what is climbed with.
            own: its `slots` arrays.
            gradient: of what is maximised.
            rate: the learning rate.
            count: the number of this step, from 1, as a float.
        """


@dataclass(frozen=True)
class Adam(Optimizer):
    """Steps of about the learning rate, whatever the gradient's size.

    Args:
        rate: the largest learning rate, above 0.
        end: the last one as a share of it, above 0 and at most 1.
        schedule: how it falls: `constant`, `geometric` or `cosine`.
        warmup: so many first steps rise to it in a line.
        averaged: the share of the last steps whose variables are averaged, see `Optimizer`.
        beta1: memory of the gradient, in [0, 1).
        beta2: memory of its square, in [0, 1).
        epsilon: added to the root of the square.

    Raises:
        BadValue: a number outside its range.
        UnknownName: no such schedule.

    Source: Kingma and Ba, Adam, 2015.

    Example:
        >>> Adam(rate=0.1).slots
        2
    """

    slots: ClassVar[int] = 2

    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    nesterov: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (0 <= self.beta1 < 1 and 0 <= self.beta2 < 1 and self.epsilon > 0):
            raise BadValue(
                f"Adam remembers shares in [0, 1) and adds a positive epsilon; not {self.beta1}, "
                f"{self.beta2} and {self.epsilon}."
            )

    def apply(
        self,
        variable: tf.Variable,
        own: Sequence[tf.Variable],
        gradient: tf.Tensor,
        rate: tf.Tensor,
        count: tf.Tensor,
    ) -> None:
        """Climb one step; see `Optimizer`."""
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=own[0].handle,
            v=own[1].handle,
            beta1_power=tf.pow(self.beta1, count),
            beta2_power=tf.pow(self.beta2, count),
            lr=-rate,
            beta1=self.beta1,
            beta2=self.beta2,
            epsilon=self.epsilon,
            grad=gradient,
            use_nesterov=self.nesterov,
        )


@dataclass(frozen=True)
class Nadam(Adam):
    """Adam that looks ahead along its momentum.

    Args:
        rate: the largest learning rate, above 0.
        end: the last one as a share of it, above 0 and at most 1.
        schedule: how it falls: `constant`, `geometric` or `cosine`.
        warmup: so many first steps rise to it in a line.
        averaged: the share of the last steps whose variables are averaged, see `Optimizer`.
        beta1: memory of the gradient, in [0, 1).
        beta2: memory of its square, in [0, 1).
        epsilon: added to the root of the square.

    Source: Dozat, Incorporating Nesterov momentum into Adam, 2016.

    Example:
        >>> Nadam().nesterov
        True
    """

    nesterov: ClassVar[bool] = True


@dataclass(frozen=True)
class Momentum(Optimizer):
    """Steps in proportion to a running sum of gradients.

    Args:
        rate: the largest learning rate, above 0.
        end: the last one as a share of it, above 0 and at most 1.
        schedule: how it falls: `constant`, `geometric` or `cosine`.
        warmup: so many first steps rise to it in a line.
        averaged: the share of the last steps whose variables are averaged, see `Optimizer`.
        momentum: the share of the sum that a step keeps, in [0, 1); 0 is plain gradient ascent.

    Raises:
        BadValue: a number outside its range.
        UnknownName: no such schedule.

    Source: Polyak, Some methods of speeding up the convergence of iteration methods, 1964.

    Example:
        >>> Momentum(momentum=0.0).slots
        1
    """

    slots: ClassVar[int] = 1

    momentum: float = 0.9

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.momentum < 1:
            raise BadValue(f"A momentum is a share in [0, 1), not {self.momentum}.")

    def apply(
        self,
        variable: tf.Variable,
        own: Sequence[tf.Variable],
        gradient: tf.Tensor,
        rate: tf.Tensor,
        count: tf.Tensor,
    ) -> None:
        """Climb one step; see `Optimizer`."""
        total = own[0].assign(self.momentum * own[0] + gradient)
        variable.assign_add(rate * total)


OPTIMIZERS: dict[str, type[Optimizer]] = {"adam": Adam, "nadam": Nadam, "momentum": Momentum}
"""The optimisers that have a name."""


def optimizer_of(given: Optimizer | str) -> Optimizer:
    """Look an optimiser up by its name.

    Raises:
        UnknownName: no such optimiser.

    Example:
        >>> optimizer_of("adam").rate
        0.05
    """
    if isinstance(given, Optimizer):
        return given
    if given not in OPTIMIZERS:
        raise unknown("optimizer", given, OPTIMIZERS)
    return OPTIMIZERS[given]()
