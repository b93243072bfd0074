"""`attrvis models`: in which forms a network may come."""

from __future__ import annotations

import click

from attrvis.cli.options import as_json, emit


@click.command()
@as_json
def models(as_json: bool) -> None:
    """List the forms in which a network may come, each with an example.

    What stands in quotes is also what --model takes.
    """
    from attrvis.networks.forms import models as forms

    if as_json:
        rows = [{"name": r.name, "what": r.family, "example": r.example} for r in forms()]
        emit({"format": "attrvis.models", "version": 1, "models": rows})
        return
    width = max(len(row.name) for row in forms())
    for row in forms():
        click.echo(f"{row.name:<{width}}  {row.family}\n{'':<{width}}  {row.example}")
