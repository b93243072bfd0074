"""Which networks can be loaded."""

from __future__ import annotations

from attrvis.networks._table import DOORS, DoorRow


def models() -> tuple[DoorRow, ...]:
    """List the forms in which a network may come, each with an example.

    Returns:
        Rows with `name`, `family` (what the user has) and `example`.

    Example:
        >>> models()[0].example
        'load("embedded")'
    """
    return tuple(row for row in DOORS if isinstance(row, DoorRow))
