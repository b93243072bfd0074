"""`attrvis examples`: the photos of a folder that excite units most."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from attrvis.cli.drawing import check_out, drawing, drawing_options, finish, plate_options
from attrvis.cli.options import Loading, fit_option, network_options


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("units", nargs=-1, required=True, metavar="LAYER:UNIT...")
@click.option(
    "--count",
    metavar="N",
    type=click.IntRange(1, 256),
    default=6,
    show_default=True,
    help="How many photos a unit.",
)
@click.option("--least", is_flag=True, help="Show also the photos that excite it least.")
@click.option(
    "--view",
    type=click.Choice(["patch", "map", "photo"]),
    default="patch",
    show_default=True,
    help="Show what the unit looked at, its map over the photo, or the photo as it is.",
)
@click.option(
    "--measure",
    type=click.Choice(["max", "mean"]),
    default="max",
    show_default=True,
    help="What of a unit's map counts.",
)
@click.option("--no-feature", is_flag=True, help="Draw no picture of the unit itself.")
@click.option(
    "--batch",
    metavar="N",
    type=click.IntRange(1, 4096),
    default=32,
    show_default=True,
    help="Photos at once.",
)
@fit_option
@network_options()
@drawing_options
@plate_options("attrvis-examples")
def examples(
    folder: Path,
    units: tuple[str, ...],
    count: int,
    least: bool,
    view: Any,
    measure: Any,
    no_feature: bool,
    batch: int,
    fit: Any,
    loading: Loading,
    out: Path | None,
    as_json: bool,
    **work: Any,
) -> int:
    """Find the photos in FOLDER, and the folders in it, that excite each LAYER:UNIT most.

    \b
    attrvis examples photos/ mixed4c:17
    attrvis examples photos/ mixed4c:17 mixed5a:3 --least --view map
    """
    from attrvis import progress
    from attrvis.errors import BadValue

    where = out or Path("attrvis-examples")
    check_out(where)
    if not folder.is_dir():
        raise BadValue(f"There is no folder '{folder}' to look for photos in; check the path.")
    network = loading.network()
    from attrvis.recipes import dataset_examples

    with progress.automatic() as report:
        plate = dataset_examples(
            network,
            folder,
            units,
            count=count,
            least=least,
            view=view,
            measure=measure,
            feature=not no_feature,
            batch_size=batch,
            fit=fit,
            progress=report,
            **drawing(**work),
        )
    return finish(plate, where, as_json)
