"""Pictures with captions where they are looked at: HTML for notebooks and pages, matplotlib."""

from __future__ import annotations

import base64
import html
import io
import math
import textwrap
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from attrvis.errors import BadValue, OutputError
from attrvis.images import encode_png, resize, to_uint8
from attrvis.plots.colours import diverging
from attrvis.plots.ranges import Range, as_range
from attrvis.plots.sheets import Panel

_THIN = 12
_INCH, _LETTERS = 2.6, 38
_FIGURE = "margin:0;display:inline-block;vertical-align:top"
_CAPTION = "font:13px/1.4 sans-serif;overflow-wrap:anywhere;color:inherit"


def figure_html(
    images: Sequence[np.ndarray],
    captions: Sequence[str],
    *,
    size: int = 224,
    note: str = "",
) -> str:
    r"""Put pictures side by side with captions below, as HTML that stands by itself.

    It needs neither files nor scripts, so a notebook may show it, and a page may hold it.

    Args:
        images: each [h, w], [h, w, 3] or [h, w, 4], floats in [0, 1] or uint8. They are written
            as small PNGs in data addresses; transparent parts stay so.
        captions: one a picture, plain text, which is escaped; what follows a line break is
            written smaller. It is also what is read out where pictures cannot be seen.
        size: the longer side of a picture as shown, in pixels, default 224; larger pictures are
            made smaller, smaller ones enlarged, by whole cells where they are very coarse.
        note: a line below all, default none.

    Returns:
        One `div`.

    Raises:
        BadValue: another number of captions than of pictures, or a picture that is none.

    Example:
        >>> figure_html([np.zeros((2, 2))], ["a < b"]).count("a &lt; b")
        2
    """
    if len(images) != len(captions) or size < 1:
        raise BadValue(
            f"Pictures have one caption each and a size from 1 pixel: {len(images)} pictures, "
            f"{len(captions)} captions, size {size}."
        )
    pairs = zip(images, captions, strict=True)
    parts = [_figure(image, caption, size) for image, caption in pairs]
    if note:
        parts.append(f'<div style="{_CAPTION};flex-basis:100%">{_lines(note)}</div>')
    return (
        '<div style="display:flex;flex-wrap:wrap;gap:14px;align-items:flex-start">'
        + "".join(parts)
        + "</div>"
    )


def data_address(image: np.ndarray) -> str:
    """Write a picture as a `data:` address, for the `src` of an image.

    Args:
        image: as for `attrvis.images.encode_png`.

    Raises:
        BadValue: the picture is none.

    Example:
        >>> data_address(np.zeros((2, 2)))[:22]
        'data:image/png;base64,'
    """
    return "data:image/png;base64," + base64.b64encode(encode_png(image)).decode()


def figure(panels: Sequence[Panel], *, columns: int = 4, title: str = "") -> Any:
    """Put pictures side by side in a matplotlib figure, with colour bars where they have a range.

    The figure belongs to the caller alone: pyplot does not know it, so nothing piles up and no
    window opens. A notebook shows it; `savefig` writes it.

    Args:
        panels: (picture, caption) or (picture, caption, range of a colour bar or None), pictures
            as for `figure_html`.
        columns: panels in a row at most, default 4.
        title: a line above all, default none.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        OutputError: matplotlib is not installed.
        BadValue: no panel, no column, or a picture that is none.

    Example:
        >>> figure([])
        Traceback (most recent call last):
        attrvis.errors.BadValue: A figure needs at least one panel and one column.
    """
    if not panels or columns < 1:
        raise BadValue("A figure needs at least one panel and one column.")
    pictures = [_checked(panel[0]) for panel in panels]
    across = min(columns, len(panels))
    down = math.ceil(len(panels) / across)
    made = _figure_class()(figsize=(_INCH * across, _INCH * 1.2 * down), layout="constrained")
    places = made.subplots(down, across, squeeze=False).ravel()
    for place in places:
        place.axis("off")
    for place, panel, picture in zip(places, panels, pictures, strict=False):
        grey = {"cmap": "gray", "vmin": 0, "vmax": 255} if picture.ndim == 2 else {}
        strip = min(picture.shape[:2]) == 1
        place.imshow(picture, aspect="auto" if strip else "equal", **grey)
        place.set_box_aspect(0.1 if strip else None)
        if strip:  # a frame tells the white of a row of numbers from the paper
            place.axis("on")
            place.set(xticks=[], yticks=[])
        place.set_title(_wrapped(panel[1]), fontsize=9, loc="left", parse_math=False)
        if len(panel) == 3 and panel[2] is not None:
            _add_bar(made, place, as_range(panel[2]))
    if title:
        made.suptitle(_shown(title), fontsize=11, parse_math=False)
    return made


def _figure(image: np.ndarray, caption: str, size: int) -> str:
    picture = _sized(_checked(image), size)
    wide = picture.shape[1]
    name = html.escape(" ".join(_shown(caption).split()))
    return (
        f'<figure style="{_FIGURE};width:{max(wide, size // 2)}px">'
        f'<img alt="{name}" width="{wide}" height="{picture.shape[0]}" '
        f'style="max-width:100%" src="{data_address(picture)}">'
        f'<figcaption style="{_CAPTION}">{_lines(caption)}</figcaption></figure>'
    )


def _lines(caption: str) -> str:
    """Escape a caption; what follows its first line break is smaller."""
    head, _, rest = _shown(caption).partition("\n")
    first = html.escape(head)
    if not rest:
        return first
    return f"{first}<br><small>{html.escape(rest).replace(chr(10), '<br>')}</small>"


def _shown(text: str) -> str:
    """Replace what is not printable but for line breaks."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def _wrapped(caption: str) -> str:
    """Break a caption's lines so that they stay above their panel."""
    lines = _shown(caption).split("\n")
    return "\n".join(textwrap.fill(line, _LETTERS) for line in lines)


def _checked(image: np.ndarray) -> np.ndarray:
    """Bring a picture to uint8 [h, w], [h, w, 3] or [h, w, 4]."""
    made = to_uint8(image)
    if made.ndim == 3 and made.shape[2] == 1:
        made = made[:, :, 0]
    if 0 in made.shape or not (made.ndim == 2 or (made.ndim == 3 and made.shape[2] in (3, 4))):
        raise BadValue(f"A picture is [h, w], [h, w, 3] or [h, w, 4], not {list(made.shape)}.")
    return made


def _sized(image: np.ndarray, size: int) -> np.ndarray:
    """Bring a picture's longer side to a size; thin strips stay visible."""
    high, wide = image.shape[:2]
    factor = size / max(high, wide)
    least = min(_THIN, size)
    wanted = (max(least, round(high * factor)), max(least, round(wide * factor)))
    if wanted == (high, wide):
        return image
    coarse = factor >= 8 or min(high, wide) * factor < least
    made = resize(image, wanted, resample="nearest" if coarse else "bilinear")
    return np.floor(made + 0.5).clip(0, 255).astype(np.uint8)


def _add_bar(made: Any, place: Any, span: Range) -> None:
    """Draw the colours of a range below a panel."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import ListedColormap, Normalize

    colours = diverging(span.shares(np.linspace(span.low, span.high, 257)))
    bar = made.colorbar(
        ScalarMappable(Normalize(span.low, span.high), ListedColormap(colours, name="attrvis")),
        ax=place,
        location="bottom",
        shrink=0.8,
        pad=0.02,
    )
    middle = [0.0] if span.signed else []
    bar.set_ticks([span.low, *middle, span.high])
    low, high = span.ends()
    bar.ax.set_xticklabels([low, *["0" for _ in middle], high], fontsize=7)


@cache
def _figure_class() -> Any:
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise OutputError(
            "A figure needs matplotlib: pip install 'attrvis[plots]', or draw without it by "
            "attrvis.plots.sheet."
        ) from error

    class Shown(Figure):  # type: ignore[misc]
        """A figure that a notebook shows without pyplot."""

        def __init__(self, *given: Any, **settings: Any) -> None:
            super().__init__(*given, **settings)
            FigureCanvasAgg(self)

        def _repr_png_(self) -> bytes:
            buffer = io.BytesIO()
            self.savefig(buffer, format="png", dpi=100)
            return buffer.getvalue()

    return Shown
