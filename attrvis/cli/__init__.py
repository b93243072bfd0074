"""The command line: one small file a command, none of which imports TensorFlow before it must."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit status.

    Args:
        argv: the words after `attrvis`; those of the process by default.

    Raises:
        SystemExit: always; 0 done, 1 failed, 2 usage or bad input, 130 interrupted.
    """
    from attrvis.cli.app import attrvis

    attrvis.main(None if argv is None else list(argv), prog_name="attrvis")
    raise SystemExit(0)
