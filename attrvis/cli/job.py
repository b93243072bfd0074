"""The main job as `explain` and `demo` share it: check, load, explain, write, report."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from attrvis.cli import guard
from attrvis.cli.options import Loading, as_json, emit, fit_option
from attrvis.cli.report import summary
from attrvis.progress import Progress

_WORK = (
    click.option(
        "--background",
        metavar="NAME",
        default="noise_pyramid",
        show_default=True,
        help="What the picture is drawn in front of: noise_pyramid, noise, normal_noise, constant, "
        "blurred_self or blurred_mask.",
    ),
    fit_option,
    click.option(
        "--baseline",
        metavar="NAME",
        default="optimised",
        show_default=True,
        help="What the photo is compared with: optimised, optimised:spatial, optimised:channel, "
        "quadratic, zero, constant:0.5, blurred, noise, sampled, uniform, gaussian:0.1, "
        "maximum-distance, image:FILE, array:FILE.npy or file:SAVED.npz.",
    ),
    click.option(
        "--baseline-steps",
        metavar="N",
        type=click.IntRange(1, 100_000),
        help="At most so many steps for the baseline.  [default: until converged]",
    ),
    click.option(
        "--points",
        metavar="N",
        type=click.IntRange(1, 4096),
        default=32,
        show_default=True,
        help="Points of the quadrature between baseline and photo; doubled, up to three times, "
        "while the contributions do not add up.",
    ),
    click.option(
        "--render-steps",
        metavar="N",
        type=click.IntRange(1, 100_000),
        help="Steps of drawing.  [default: enough for a clean picture]",
    ),
    click.option(
        "--groups",
        metavar="N",
        type=click.IntRange(1, 16),
        default=1,
        show_default=True,
        help="Draw so many groups of channels, each by itself.",
    ),
    click.option(
        "--seed",
        metavar="N",
        type=click.IntRange(0, 2**31 - 1),
        default=0,
        show_default=True,
        help="The same seed gives the same files.",
    ),
)


def work_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of the work itself."""
    for option in reversed(_WORK):
        command = option(command)
    return command


def result_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of where and how the result appears."""
    where = click.option(
        "--out",
        "-o",
        metavar="DIR",
        type=click.Path(path_type=Path),
        help="The folder to write.  [default: attrvis-PHOTO here]",
    )
    return where(as_json(command))


def run(photo: Path, out: Path, loading: Loading, as_json: bool, work: dict[str, Any]) -> int:
    """Do the main job.

    Args:
        photo: the photo's path.
        out: the result folder; a former result there is replaced whole.
        loading: which network, and how to load it.
        as_json: report as one JSON document instead of text.
        work: the options of `attrvis.explain`.

    Returns:
        The exit status: 0, or 130 when drawing was interrupted (what there was is written).
    """
    from attrvis import folders, images, progress

    images.read(photo)
    folders.check_writable(out)
    network = loading.network()
    import attrvis

    with progress.automatic() as report:
        explanation = attrvis.explain(network, photo, progress=_brief(report), **work)
    explanation = replace(explanation, facts={**explanation.facts, "command": _command()})
    with guard.unbroken():
        explanation.save(out)
    document = json.loads((out / "explanation.json").read_text(encoding="utf-8"))
    if as_json:
        emit({"format": "attrvis.explain", "version": 1, "out": str(out), "explanation": document})
    else:
        click.echo(summary(document, out), color=False if os.environ.get("NO_COLOR") else None)
    return guard.INTERRUPTED if document["interrupted"] else guard.DONE


def _command() -> str:
    """Give the words that make this result again, wherever they are to put it."""
    words = sys.argv[1:]
    if words[:1] not in (["explain"], ["demo"]):
        return ""
    kept, skipping = [], False
    for word in words:
        if skipping or word in ("--out", "-o", "--json"):
            skipping = not skipping and word != "--json"
        elif not word.startswith("--out="):
            kept.append(word)
    return shlex.join(["attrvis", *kept])


def _brief(report: Progress) -> Progress:
    """Leave of the live values those that are called by one word, such as the objective."""

    def shown(stage: str, step: int, total: int, values: Mapping[str, float]) -> None:
        report(stage, step, total, {n: value for n, value in values.items() if n.isidentifier()})

    return shown
