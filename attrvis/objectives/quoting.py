"""How names are written in an objective's text: plainly where that is unmistakable, else quoted."""

from __future__ import annotations

import re

SCORES = (
    "logit",
    "prob",
    "log_prob",
    "contrast",
    "contrast_mean",
    "contrast_max",
    "contrast_undetached",
)
"""The words that stand before a class, as in `logit:tabby`."""

NUMBER = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_PLAIN = re.compile(r"[\w.](?:[\w./#-]*[\w./#])?")


def quoted(name: str) -> str:
    """Write a layer's name or a label so that `parse` reads it back.

    Example:
        >>> quoted("path.in#2"), quoted("tabby cat"), quoted("logit")
        ('path.in#2', '"tabby cat"', '"logit"')
    """
    if _PLAIN.fullmatch(name) and not NUMBER.fullmatch(name) and name not in SCORES:
        return name
    mark = "'" if '"' in name else '"'
    return f"{mark}{name}{mark}"
