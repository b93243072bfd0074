"""`attrvis render`: pictures of what objectives look for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from attrvis.cli import guard
from attrvis.cli.drawing import check_out, drawing, drawing_options, finish, plate_options
from attrvis.cli.options import Loading, network_options
from attrvis.errors import BadValue


@click.command()
@click.argument("objectives", nargs=-1, required=True, metavar="OBJECTIVE...")
@click.option(
    "--image",
    metavar="NAME",
    help="The parameterisation, such as fourier, pixels, laplacian, cppn or maco.",
)
@click.option(
    "--transforms",
    metavar="NAME",
    help="What happens to a picture before the network sees it, such as standard, distill, robust "
    "or identity.  [default: standard]",
)
@click.option(
    "--rule",
    metavar="NAME",
    default="redirected_relu",
    show_default=True,
    help="The gradient rule, or 'none'.",
)
@click.option(
    "--rate",
    metavar="X",
    type=click.FloatRange(0, 1000, min_open=True),
    help="The largest learning rate.  [default: the library's own]",
)
@click.option(
    "--patience",
    metavar="N",
    type=click.IntRange(1, 100_000),
    help="A picture is done when N steps gained less than half a percent.",
)
@click.option(
    "--run",
    "kept",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A .npz file of the whole run: written at the end, and gone on with where it exists.",
)
@click.option(
    "--film",
    metavar="N",
    type=click.IntRange(2, 1000),
    help="Keep N frames of the run and write them as film.gif.",
)
@click.option(
    "--preview",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A PNG file that shows the pictures while they are drawn.",
)
@network_options()
@drawing_options
@plate_options("attrvis-render")
def render(
    objectives: tuple[str, ...],
    image: str | None,
    transforms: str | None,
    rule: str,
    rate: float | None,
    patience: int | None,
    kept: Path | None,
    film: int | None,
    preview: Path | None,
    loading: Loading,
    out: Path | None,
    as_json: bool,
    **work: Any,
) -> int:
    """Draw what makes each OBJECTIVE large, one picture each.

    An objective is a channel (layer:unit), a neuron (layer:unit@y,x), a class (logit:label), a
    layer, or their arithmetic.

    \b
    attrvis render mixed5a:3
    attrvis render "mixed4d:42" "mixed4d:43 - 0.5*mixed4d:44" --model net.pb --preprocess caffe-rgb
    attrvis render "logit:tabby" --pixels 224 --steps 512 --film 24 --out tabby
    attrvis render mixed4d:42 --run cat.npz     stopped by Ctrl-C; the same again goes on
    """
    where = out or Path("attrvis-render")
    check_out(where)
    if kept is not None and kept.suffix.lower() != ".npz":
        raise click.BadParameter(f"'{kept}' does not end in .npz.", param_hint="--run")
    network = loading.network()
    import numpy as np

    from attrvis import progress
    from attrvis import render as draw
    from attrvis.objectives import as_objective
    from attrvis.recipes.plate import Plate
    from attrvis.rendering import CLIMB, Rendering
    from attrvis.rendering import preview as live

    start = Rendering.load(kept) if kept is not None and kept.exists() else None
    wanted = [str(as_objective(one).with_labels(network.class_index)) for one in objectives]
    if start is not None and start.names != wanted:
        raise BadValue(
            f"'{kept}' is a run of {', '.join(start.names)}; give it the same objectives, or name "
            "another file with --run."
        )

    with progress.automatic() as report:
        drawn = draw(
            network,
            list(objectives),
            image=image,
            transforms=transforms,
            rule=None if rule == "none" else rule,
            optimizer=None if rate is None else replace(CLIMB, rate=rate),
            patience=patience,
            start=start,
            snapshots=film or 0,
            progress=report,
            callbacks=[live(preview)] if preview else [],
            **drawing(**work),
        )
    plate = Plate(
        drawn.sheet(),
        facts={
            "recipe": "render",
            "objectives": drawn.names,
            "objectives_reached": [
                round(float(v), 4) if np.isfinite(v) else None for v in drawn.values
            ],
            "seconds": drawn.seconds,
            "settings": dict(drawn.settings),
        },
        parts={f"picture-{i}": rgba for i, rgba in enumerate(drawn.rgba)},
        values={"rgba": drawn.rgba},
        status="interrupted" if drawn.status == "interrupted" else "ok",
    )
    if kept is not None and drawn.history:  # else there was nothing left to do
        with guard.unbroken():
            drawn.save(kept)
    status = finish(plate, where, as_json)
    if film and drawn.frames:
        drawn.save(where / "film.gif")
    return status
