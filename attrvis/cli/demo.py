"""`attrvis demo`: the first thing to try, with nothing to bring along."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from attrvis.cli.job import result_options, run, work_options
from attrvis.cli.options import Loading


@click.command()
@click.option("--target", "-t", metavar="LABEL|INDEX", help="Another class than the predicted one.")
@click.option("--layer", "-l", metavar="NAME", help="Another layer than the chosen one.")
@work_options
@result_options
def demo(out: Path | None, as_json: bool, **work: Any) -> int:
    """Explain a bundled photo (an espresso) with the embedded network.

    Everything comes with attrvis; nothing is downloaded. The result is the same folder that
    `attrvis explain` writes.
    """
    from attrvis import images

    photo = images.bundled("coffee")
    return run(photo, out or Path("attrvis-demo"), Loading(), as_json, work)
