"""Objectives written as text: `mixed4d:42 - 2 * logit:tabby`, read by a whitelist."""

from __future__ import annotations

import re
from typing import NoReturn

from attrvis.errors import BadValue
from attrvis.objectives.layers import layer
from attrvis.objectives.logits import logit
from attrvis.objectives.objective import Objective, constant
from attrvis.objectives.quoting import NUMBER, SCORES
from attrvis.objectives.units import channel, neuron

_DEEPEST = 40
_END = r"(?![\w.…/:#'@-])"
_NAME = re.compile(r"[\w.…](?:[\w.…/:#-]|(?<=\w)'(?=\w))*")
_QUOTED = re.compile(r"'([^']+)'|\"([^\"]+)\"")
_NUMBER = re.compile(NUMBER.pattern + _END)
_UNITS = r"[0-9]{1,12}|\[[0-9]{1,12}(?:,[0-9]{1,12})*\]"
_UNIT = re.compile(_UNITS)
_PLACE = re.compile(rf"@(middle|{_UNITS})(?:,(middle|{_UNITS}))?(?![\w.…/:#'@,-])")
_GLUED = re.compile(r":[0-9]+[-/]|[-/]$")


def parse(text: str) -> Objective:
    """Read an objective that is written as text.

    | text | means |
    |---|---|
    | `mixed4d` | `layer("mixed4d")` |
    | `mixed4d:42` | `channel("mixed4d", 42)`; `mixed4d:[1,2]` is one channel an image |
    | `mixed4d:42@7,3`, `mixed4d:42@middle` | `neuron("mixed4d", 42, y=7, x=3)`, in the middle |
    | `logit:tabby`, `prob:281` | `logit("tabby")`, `logit(281, "prob")`, and so every score |
    | `logit:'tabby cat'`, `'my layer':3` | a name with spaces, or one that could be misread |
    | `logit:road@4,5` | at a position, of a network that scores every one |
    | `a:1 + 0.5*b:2 - 2*(c:3 / 4)**2` | the arithmetic of objectives |

    A name may hold `/ . : # -`; so a minus or a division needs spaces around it. What stands after
    the last colon is the unit: `concat:0` is channel 0.

    Args:
        text: what the user wrote; never evaluated as a program.

    Returns:
        The objective, whose labels are still to be looked up (`with_labels`).

    Raises:
        BadValue: the text cannot be read; the message names the place.

    Example:
        >>> q = parse("resnet50/conv3_block2_2_relu:7 - 0.5 * logit:'tabby cat'")
        >>> str(q)
        'resnet50/conv3_block2_2_relu:7 - 0.5 * logit:"tabby cat"'
    """
    if not isinstance(text, str) or not text.strip():
        raise BadValue(f"An objective's text is such as 'mixed4d:42', not {text!r}.")
    reader = _Reader(text)
    found = reader.sum(0)
    reader.skip()
    if reader.at < len(text):
        reader.fail("an operator between spaces, or the end, is expected")
    return found


class _Reader:
    """Walks over the text once, from left to right; `at` is where it stands."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def fail(self, why: str) -> NoReturn:
        shown = self.text if len(self.text) <= 80 else self.text[:77] + "..."
        here = self.text[self.at : self.at + 16]
        where = f"at {here!r} (character {self.at + 1})" if here else "at its end"
        raise BadValue(f"The objective {shown!r} cannot be read {where}: {why}.")

    def skip(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def take(self, *marks: str) -> str:
        """Step over the first of some marks that stands here; give it, or nothing."""
        self.skip()
        found = next((m for m in marks if self.text.startswith(m, self.at)), "")
        self.at += len(found)
        return found

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return found

    def sum(self, depth: int) -> Objective:
        addends = [self.product(depth)]
        while sign := self.take("+", "-"):
            addend = self.product(depth)
            addends.append(addend if sign == "+" else -addend)
        return Objective.sum(addends) if len(addends) > 1 else addends[0]

    def product(self, depth: int) -> Objective:
        found = self.factor(depth)
        for _ in range(_DEEPEST):
            mark = self.take("*", "/")
            if not mark:
                return found
            factor = self.factor(depth)
            found = found * factor if mark == "*" else found / factor
        self.fail(f"a product has at most {_DEEPEST} factors")

    def factor(self, depth: int) -> Objective:
        if depth > _DEEPEST:
            self.fail(f"brackets and signs are nested more than {_DEEPEST} times")
        if sign := self.take("+", "-"):
            found = self.factor(depth + 1)
            if sign == "+":
                return found
            negative = found.structure == "constant"
            return constant(-found.parameters[0]) if negative else -found  # type: ignore[operator]
        base = self.atom(depth)
        return base ** self.factor(depth + 1) if self.take("**") else base

    def atom(self, depth: int) -> Objective:
        if self.take("("):
            found = self.sum(depth + 1)
            if not self.take(")"):
                self.fail("the bracket is not closed")
            return found
        if number := self.match(_NUMBER):
            return constant(float(number[0]))
        start = self.at
        if name := self.match(_QUOTED):
            return self.of_layer(name[1] or name[2], self.units() if self.take(":") else None)
        if not self.match(_NAME):
            self.fail(
                "a number, a layer as in 'mixed4d:42' or a class as in 'logit:tabby' belongs here"
            )
        return self.named(self.text[start : self.at], start)

    def named(self, name: str, start: int) -> Objective:
        """Read what a plain name begins; it holds its own colons and what stands after them."""
        score, colon, label = name.partition(":")
        if score in SCORES:
            if not colon:
                self.fail(f"a class belongs behind it, as in '{score}:tabby'")
            return self.of_class(score, label)
        if glued := _GLUED.search(name):
            self.at = start + glued.end() - 1
            self.fail("a minus or a division has spaces around it")
        head, colon, _ = name.rpartition(":")
        if not colon:
            return self.of_layer(name, None)
        self.at = start + len(head) + 1
        return self.of_layer(head, self.units())

    def units(self) -> int | list[int]:
        start = self.at
        found = self.match(_UNIT)
        if not found or self.match(_NAME):
            self.at = start
            self.fail(
                "a unit's number belongs behind the last colon; quote a name that holds one, and "
                "write a class as 'logit:tabby'"
            )
        return _whole(found[0])

    def of_layer(self, name: str, units: int | list[int] | None) -> Objective:
        if not name:
            self.fail("a layer's name belongs before the colon")
        place = self.place()
        if units is None:
            if place:
                self.fail("a position needs a unit before it, as in 'mixed4d:42@7,3'")
            return layer(name)
        if not place:
            return channel(name, units)
        y, x = (None if p in (None, "middle") else _whole(p) for p in place)
        return neuron(name, units, y, x)

    def of_class(self, score: str, label: str) -> Objective:
        wanted: int | str | list[int] = int(label) if _UNIT.fullmatch(label) else label
        if not label:
            found = self.match(_QUOTED) or self.match(_UNIT)
            if not found:
                self.fail(f"a class belongs behind it, as in '{score}:tabby'")
            wanted = _whole(found[0]) if found.re is _UNIT else found[1] or found[2]
        place = self.place()
        if not place:
            return logit(wanted, score)
        region = tuple(p for p in place if p is not None)
        if not all(p.isdigit() for p in region):
            self.fail("the position of a class is of whole numbers, as in 'logit:road@4,5'")
        return logit(wanted, score, region=tuple(map(int, region)))

    def place(self) -> tuple[str | None, str | None] | None:
        """Read a position, if one begins here."""
        found = self.match(_PLACE)
        if found:
            return found[1], found[2]
        if self.text.startswith("@", self.at):
            self.fail("a position is 'middle' or a row and a column, as in '@7,3'")
        return None


def _whole(text: str) -> int | list[int]:
    if text.startswith("["):
        return [int(t) for t in text[1:-1].split(",")]
    return int(text)
