"""`attrvis atlas`: what a layer says about many photos, as a map."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from attrvis.cli.drawing import check_out, drawing, drawing_options, finish, plate_options
from attrvis.cli.options import Loading, network_options


def atlas_options(
    grid: int, per_photo: int, *, several: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command the options that atlases share.

    Args:
        grid: cells on each side, by default.
        per_photo: positions of each photo, by default.
        several: whether there may be more than one layer.
    """
    more = "; several lie side by side, over one layout of the same places" if several else ""
    options = (
        click.option(
            "--layer",
            "-l",
            metavar="NAME",
            required=True,
            multiple=several,
            help=f"The layer ('attrvis layers' lists them){more}.",
        ),
        click.option(
            "--grid",
            metavar="N",
            type=click.IntRange(1, 100),
            default=grid,
            show_default=True,
            help="N x N cells.",
        ),
        click.option(
            "--layout",
            type=click.Choice(["auto", "umap", "tsne", "pca"]),
            default="auto",
            show_default=True,
            help="How like is laid beside like; auto is UMAP where it is installed.",
        ),
        click.option(
            "--per-photo",
            metavar="N",
            type=click.IntRange(1, 100_000),
            default=per_photo,
            show_default=True,
            help="Random positions of each photo.",
        ),
        click.option("--limit", metavar="N", type=click.IntRange(1), help="Take N photos at most."),
        click.option(
            "--least",
            metavar="N",
            type=click.IntRange(1),
            default=5,
            show_default=True,
            help="Activations that a cell needs to be drawn.",
        ),
        click.option(
            "--attempts",
            metavar="N",
            type=click.IntRange(1, 100),
            default=1,
            show_default=True,
            help="Draw each cell N times and keep the best.",
        ),
        click.option(
            "--whiten",
            is_flag=True,
            help="Take out what all activations share; for very many photos.",
        ),
        click.option(
            "--classes", is_flag=True, help="Label each cell with the class that it speaks for."
        ),
    )

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def icon_drawing(pixels: int | None, steps: int | None, seed: int) -> dict[str, Any]:
    """Make of the shared options what atlases take: the pixels are those of an icon."""
    given = drawing(pixels, steps, seed)
    return {("icon" if name == "size" else name): value for name, value in given.items()}


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True))
@atlas_options(grid=10, per_photo=1, several=True)
@network_options()
@drawing_options
@plate_options("attrvis-atlas")
def atlas(
    folder: Path,
    layer: tuple[str, ...],
    grid: int,
    layout: str,
    per_photo: int,
    limit: int | None,
    least: int,
    attempts: int,
    whiten: bool,
    classes: bool,
    loading: Loading,
    out: Path | None,
    as_json: bool,
    **work: Any,
) -> int:
    """Map what a layer says about the photos in FOLDER, like beside like.

    Each photo gives random positions of the layer; those are laid out in the plane, and the mean
    of each cell of a grid is drawn. A thousand photos give a first impression.

    \b
    attrvis atlas photos/ --layer mixed4c
    attrvis atlas photos/ --layer mixed4c --grid 20 --per-photo 4 --classes
    attrvis atlas photos/ --layer mixed4c --layer mixed5b
    """
    where = out or Path("attrvis-atlas")
    check_out(where)
    network = loading.network()
    from attrvis import progress
    from attrvis.recipes import atlas as mapped

    with progress.automatic() as report:
        plate = mapped(
            network,
            folder,
            layer,
            grid=grid,
            layout=layout,
            per_photo=per_photo,
            limit=limit,
            least=least,
            attempts=attempts,
            whiten=whiten,
            classes=classes,
            progress=report,
            **icon_drawing(**work),
        )
    return finish(plate, where, as_json)
