"""`attrvis methods`: which attribution methods there are, and what each takes."""

from __future__ import annotations

import textwrap
from typing import Any

import click

from attrvis.cli.options import as_json, emit
from attrvis.cli.quiet import import_quietly


@click.command()
@click.argument("names", nargs=-1, metavar="[METHOD]...")
@click.option("--family", metavar="NAME", help="Only those of one family, such as cams.")
@as_json
def methods(names: tuple[str, ...], family: str | None, as_json: bool) -> None:
    """List the attribution methods, or say of each METHOD all that it takes.

    \b
    attrvis methods
    attrvis methods integrated-gradients
    attrvis methods --family cams --json
    """
    import_quietly()
    from attrvis.attribution import TABLE
    from attrvis.errors import BadValue, unknown

    families = list(dict.fromkeys(row.family for row in TABLE))
    if family is not None and family not in families:
        raise unknown("family", family, families)
    rows = [TABLE.row(name) for name in names] if names else list(TABLE)
    if family is not None and names:
        strange = [row.name for row in rows if row.family != family]
        if strange:
            raise BadValue(
                f"{strange[0]!r} is not of the family {family!r}; leave out --family, or the name."
            )
    told = [_told(row) for row in rows if family in (None, row.family)]
    if as_json:
        emit({"format": "attrvis.methods", "version": 1, "methods": told})
        return
    click.echo("\n\n".join(map(_page, told)) if names else _list(told))


def _told(row: Any) -> dict[str, Any]:
    from attrvis.attribution.naming import hyper_parameters, source, summary

    return {
        "name": row.name,
        "family": row.family,
        "summary": summary(row.name),
        "source": source(row.name),
        "parameters": [
            {"name": one.name, "default": one.default, "text": one.text}
            for one in hyper_parameters(row.name)
        ],
    }


def _list(told: list[dict[str, Any]]) -> str:
    width = max((len(one["name"]) for one in told), default=0)
    lines: list[str] = []
    for family in dict.fromkeys(one["family"] for one in told):
        lines += ["", click.style(family, bold=True)]
        for one in told:
            if one["family"] == family:
                first, *more = _folded(one["summary"], width + 4)
                lines += [f"  {one['name']:<{width}}{first[width + 2 :]}", *more]
    return "\n".join(
        [
            *lines[1:],
            "",
            f"{len(told)} methods; 'attrvis methods NAME' says what one takes and whose it is",
        ]
    )


def _page(one: dict[str, Any]) -> str:
    lines = [click.style(one["name"], bold=True) + f"  ({one['family']})"]
    lines += [*_folded(one["summary"], 0), ""]
    for taken in one["parameters"]:
        lines += [*_folded(f"{taken['name']}={taken['default']}", 2), *_folded(taken["text"], 6)]
    lines += [] if one["parameters"] else ["  takes nothing"]
    return "\n".join([*lines, "", *_folded(one["source"], 0)])


def _folded(text: str, indent: int) -> list[str]:
    space = " " * indent
    return textwrap.wrap(text, 100, initial_indent=space, subsequent_indent=space)
