"""Lines of text for pictures, in the font that Pillow brings along."""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

_NEAR = {"\N{MULTIPLICATION SIGN}": "x", "\N{MINUS SIGN}": "-", "\N{HORIZONTAL ELLIPSIS}": "..."}
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@cache
def font(size: int) -> Font:
    """Load the font.

    Args:
        size: height of the letters in pixels.

    Returns:
        Pillow's own scalable font, or its small bitmap font where FreeType is missing.

    Example:
        >>> width("mm", 16) > width("ii", 16) > 0
        True
    """
    return ImageFont.load_default(size)


def drawable(text: str) -> str:
    r"""Replace what the font cannot draw by what comes near.

    Args:
        text: any text.

    Returns:
        The text on one line, accents dropped where the font has no such letter, and `?` for
        control characters and foreign letters.

    Example:
        >>> drawable("224 \u00d7 224\x1b[0m")
        '224 x 224?[0m'
    """
    return "".join(_letter(c) for c in text)


@cache
def _letter(letter: str) -> str:
    if " " <= letter <= "~":
        return letter
    if letter.isspace():
        return " "
    if not letter.isprintable():
        return "?"
    if _has(letter):
        return letter
    near = _NEAR.get(letter) or unicodedata.normalize("NFKD", letter)
    kept = [c for c in near if c != letter and not unicodedata.combining(c)]
    return "".join(c if " " <= c <= "~" or _has(c) else "?" for c in kept) or "?"


def _has(letter: str) -> bool:
    """Tell whether the font draws more than its box for missing letters."""
    face = font(24)
    if not isinstance(face, ImageFont.FreeTypeFont):
        return letter.isascii()
    return bytes(face.getmask(letter)) != bytes(face.getmask("\U000e0fff"))


def width(text: str, size: int) -> float:
    """Measure a line of text.

    Args:
        text: one line.
        size: of the font, in pixels.

    Returns:
        Its width in pixels.

    Example:
        >>> width("", 16)
        0.0
    """
    return float(font(size).getlength(text))


def wrap(text: str, size: int, limit: int) -> list[str]:
    """Break a text into lines that fit a width.

    A word is broken only where it is too long, and then behind a hyphen or the like if it has one.

    Args:
        text: any text; what the font cannot draw is replaced, see `drawable`.
        size: of the font, in pixels.
        limit: width in pixels.

    Returns:
        The lines; none for an empty text.

    Example:
        >>> wrap("one two", 16, 40)
        ['one', 'two']
    """
    lines: list[str] = []
    for paragraph in text.splitlines():
        line = ""
        for word in drawable(paragraph).split():
            longer = f"{line} {word}" if line else word
            if width(longer, size) <= limit:
                line = longer
                continue
            if line:
                lines.append(line)
            while len(word) > 1 and width(word, size) > limit:
                end = 1
                while width(word[: end + 1], size) <= limit:
                    end += 1
                end = _joint(word, end)
                lines.append(word[:end])
                word = word[end:]
            line = word
        lines.append(line)
    return [line for line in lines if line]


def _joint(word: str, end: int) -> int:
    """Find where to break a word before `end`: behind the last hyphen or the like, if any."""
    joint = max(word.rfind(mark, 0, end) for mark in "-_/:.") + 1
    return joint if joint > 0 else end


def number(value: float, digits: int = 3) -> str:
    """Write a number briefly, with a true minus sign.

    Args:
        value: any number.
        digits: significant ones, default 3.

    Returns:
        The number, with an exponent only where it is very small or large.

    Example:
        >>> number(0.012345), number(1.5e-7)
        ('0.0123', '1.5e\N{MINUS SIGN}7')
    """
    text = f"{value:.{digits}g}"
    if "e" in text:
        mantissa, exponent = text.split("e")
        text = f"{mantissa}e{int(exponent)}"
    return text.replace("-", "\N{MINUS SIGN}")


def draw(
    canvas: np.ndarray,
    at: tuple[float, float],
    text: str,
    size: int,
    grey: float = 0.1,
    anchor: str = "la",
) -> None:
    """Write one line on a picture, in place.

    Args:
        canvas: float32 [h, w, 3] in [0, 1].
        at: (top, left) of the anchor in pixels.
        text: one line.
        size: of the font, in pixels.
        grey: colour of the letters in [0, 1], default 0.1.
        anchor: Pillow's two letters: `l`, `m` or `r` across and `a` (top) and others down;
            default `"la"`.

    Example:
        >>> canvas = np.ones((20, 60, 3), np.float32)
        >>> draw(canvas, (2, 2), "text", 14); bool(canvas.min() < 0.5)
        True
    """
    text = drawable(text)
    layer = Image.new("L", (canvas.shape[1], canvas.shape[0]), 0)
    pen = ImageDraw.Draw(layer)
    face = font(size)
    if isinstance(face, ImageFont.FreeTypeFont):
        pen.text((at[1], at[0]), text, fill=255, font=face, anchor=anchor)
    else:
        shift = {"l": 0.0, "m": 0.5, "r": 1.0}[anchor[0]] * width(text, size)
        pen.text((at[1] - shift, at[0]), text, fill=255, font=face)
    ink = np.asarray(layer, np.float32)[:, :, None] / 255
    canvas[:] = canvas * (1 - ink) + grey * ink
