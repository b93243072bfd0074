"""Tables of named things that are imported only when they are asked for."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any

from attrvis.errors import BadValue, unknown, warn


@dataclass(frozen=True)
class Row:
    """One line of a room's table.

    Args:
        name: what the user writes, unique in the table.
        target: where it is, as `"module:Class"`.
        family: the group it is listed under.
        cite: key of its source in `docs/refs.bib`, or empty.

    Example:
        >>> Row("ratio", "fractions:Fraction", "numbers").load()
        <class 'fractions.Fraction'>
    """

    name: str
    target: str
    family: str = ""
    cite: str = ""

    def __post_init__(self) -> None:
        module, _, attribute = self.target.partition(":")
        if not self.name or not module or not attribute:
            raise BadValue(
                f"A table's row needs a name and a target like 'module:Class'; got {self.name!r} "
                f"and {self.target!r}."
            )

    def load(self) -> Any:
        """Import what the row points to.

        Returns:
            The class or function.

        Raises:
            BadValue: the module or the name in it is not there.

        Example:
            >>> Row("join", "os.path:join").load().__name__
            'join'
        """
        module, _, attribute = self.target.partition(":")
        try:
            found: Any = importlib.import_module(module)
            for part in attribute.split("."):
                found = getattr(found, part)
        except (ImportError, AttributeError) as error:
            raise BadValue(
                f"{self.name!r} points to {self.target!r}, which cannot be loaded ({error}); "
                "install or repair that package."
            ) from error
        return found


class Table:
    """The rows of a room, found by name; third parties add theirs by entry points.

    Args:
        room: the room's name: entry points of the group `attrvis.<room>` join the table.
        rows: the room's own rows.
        kind: what one of them is called in messages, default the room's name.

    Raises:
        BadValue: a name occurs twice.

    Example:
        >>> table = Table("numbers", [Row("ratio", "fractions:Fraction")], kind="number")
        >>> table["ratio"](1, 2)
        Fraction(1, 2)
    """

    def __init__(self, room: str, rows: Iterable[Row], *, kind: str | None = None) -> None:
        self.room = room
        self.kind = kind or room
        self._own: dict[str, Row] = {}
        for row in rows:
            if row.name in self._own:
                raise BadValue(f"The table of {room} has two rows named {row.name!r}.")
            self._own[row.name] = row
        self._all: dict[str, Row] | None = None

    def row(self, name: str) -> Row:
        """Find a row without importing what it points to.

        Args:
            name: the row's name.

        Returns:
            The row.

        Raises:
            UnknownName: there is none; the text lists the nearest.

        Example:
            >>> Table("numbers", [Row("ratio", "fractions:Fraction")]).row("ratio").target
            'fractions:Fraction'
        """
        if name in self._own:
            return self._own[name]
        rows = self._joined()
        if name not in rows:
            raise unknown(self.kind, str(name), rows)
        return rows[name]

    def __getitem__(self, name: str) -> Any:
        """Import and return what stands under a name; UnknownName where there is none."""
        return self.row(name).load()

    def __contains__(self, name: object) -> bool:
        return name in self._own or name in self._joined()

    def __iter__(self) -> Iterator[Row]:
        return iter(self._joined().values())

    def __len__(self) -> int:
        return len(self._joined())

    def __repr__(self) -> str:
        return f"Table({self.room!r}, {len(self)} rows)"

    @property
    def names(self) -> tuple[str, ...]:
        """All names, the room's own first."""
        return tuple(self._joined())

    def _joined(self) -> dict[str, Row]:
        if self._all is None:
            rows = dict(self._own)
            for point in sorted(entry_points(group=f"attrvis.{self.room}"), key=lambda p: p.name):
                if point.name in rows:
                    warn(
                        f"The entry point {point.name!r} ({point.value}) is left out, because "
                        f"{self.room} already has that name; rename it in its package.",
                    )
                    continue
                try:
                    rows[point.name] = Row(point.name, point.value, "third party")
                except BadValue as error:
                    warn(str(error))
            self._all = rows
        return self._all
