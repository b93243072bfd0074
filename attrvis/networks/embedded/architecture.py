"""The plan of the embedded network, free of any framework.

One plan is read twice: by the training tool, which puts batch normalisation behind every
convolution, and by `attrvis.networks.embedded.network`, which builds the folded graph.
`assemble` is the only place that knows how the pieces are joined, so both agree by
construction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Unit:
    """A convolution followed by a ReLU; `averaged` puts a 3x3 average pool between the two."""

    name: str
    size: int
    width: int
    stride: int = 1
    averaged: bool = False


@dataclass(frozen=True)
class Pool:
    """A 3x3 max pool that halves the picture."""

    name: str


@dataclass(frozen=True)
class Mixed:
    """An Inception block: 1x1, 3x3, 5x5 (as two 3x3) and pooled branches side by side.

    `three` and `five` are (width of the 1x1 reduction, width of the branch).
    """

    name: str
    one: int
    three: tuple[int, int]
    five: tuple[int, int]
    pool: int


Stage = Unit | Pool | Mixed
Plan = tuple[Stage, ...]

PLAN: Plan = (
    Unit("conv1", 5, 32, stride=2),
    Unit("conv2", 3, 64),
    Pool("pool2"),
    Mixed("mixed3a", 48, (48, 64), (16, 32), 16),
    Mixed("mixed3b", 64, (64, 96), (24, 48), 32),
    Pool("pool3"),
    Mixed("mixed4a", 96, (80, 128), (32, 64), 64),
    Mixed("mixed4b", 96, (96, 144), (32, 64), 64),
    Mixed("mixed4c", 96, (96, 144), (32, 64), 64),
    Pool("pool4"),
    Mixed("mixed5a", 128, (128, 224), (48, 96), 64),
    Mixed("mixed5b", 128, (128, 256), (48, 128), 64),
)

MEAN = (0.476, 0.448, 0.391)
STD = (0.272, 0.264, 0.278)
SIZE = 64


def branches(block: Mixed) -> tuple[tuple[Unit, ...], ...]:
    """Return the four chains of units of a block, in the order of its channels."""
    name = block.name
    return (
        (Unit(f"{name}_1x1", 1, block.one),),
        (Unit(f"{name}_3x3_reduce", 1, block.three[0]), Unit(f"{name}_3x3", 3, block.three[1])),
        (
            Unit(f"{name}_5x5_reduce", 1, block.five[0]),
            Unit(f"{name}_5x5_inner", 3, block.five[1]),
            Unit(f"{name}_5x5", 3, block.five[1]),
        ),
        # Averaging after the 1x1 is the same linear map as before it, on fewer channels.
        (Unit(f"{name}_pool", 1, block.pool, averaged=True),),
    )


def assemble(
    plan: Plan,
    images: Any,
    *,
    unit: Callable[[Unit, Any], Any],
    pool: Callable[[str, Any], Any],
    join: Callable[[str, Sequence[Any]], Any],
) -> Any:
    """Run `images` through the plan with the three given operations.

    Returns what the last stage returns; the caller adds global pooling and the logits.
    """
    value = images
    for stage in plan:
        if isinstance(stage, Unit):
            value = unit(stage, value)
        elif isinstance(stage, Pool):
            value = pool(stage.name, value)
        else:
            ends = []
            for chain in branches(stage):
                end = value
                for link in chain:
                    end = unit(link, end)
                ends.append(end)
            value = join(stage.name, ends)
    return value


def shapes(plan: Plan, classes: int) -> dict[str, tuple[int, ...]]:
    """Return the shape of every weight, by unit name; `logits` is the last row."""
    found: dict[str, tuple[int, ...]] = {}

    def unit(spec: Unit, depth: int) -> int:
        found[spec.name] = (spec.size, spec.size, depth, spec.width)
        return spec.width

    depth = assemble(
        plan, 3, unit=unit, pool=lambda _, depth: depth, join=lambda _, depths: sum(depths)
    )
    found["logits"] = (depth, classes)
    return found


def layer_names(plan: Plan) -> tuple[str, ...]:
    """Return the names of the stages that a user sees as layers, pools left out."""
    stages = tuple(stage.name for stage in plan if not isinstance(stage, Pool))
    return (*stages, "avgpool", "logits")
