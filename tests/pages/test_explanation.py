"""The page of an explanation: complete, inert for any name, and free of anything from outside."""

from __future__ import annotations

import base64
import copy
import hashlib
import re
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrvis.errors import BadValue
from attrvis.images import encode_png
from attrvis.pages import explanation_page
from attrvis.pages.templates import inert, number, percent, picture_source

FULL: dict[str, Any] = {
    "network": "network",
    "layer": "layer",
    "photo": "photo.jpg",
    "target": {
        "label": "label",
        "index": 281,
        "logit_photo": 13.772,
        "logit_baseline": 0.1,
        "logit_picture": 14.6,
        "rank_picture": 2,
    },
    "status": "interrupted",
    "pictures": {
        "photo": "photo.png",
        "picture": {"src": "picture.png", "caption": "caption", "width": 224, "height": 224},
        "heatmap": "heatmap.png",
        "sheet": "sheet.png",
        "own": "own.png",
    },
    "mask": {"area": 0.2134, "target_area": 0.22},
    "completeness": {"absolute": 0.01, "relative": 0.00072},
    "trust": [
        {"check": "good", "ok": True, "value": 1.0, "wanted": "most 2", "note": "note"},
        {"check": "bad", "ok": False},
    ],
    "channels": [
        {"unit": 42, "value": 2.0, "share": 0.2},
        {"unit": 7, "value": -1.0, "picture": "channel7.png"},
    ],
    "predictions": [{"label": "first", "logit": 1.0, "probability": 0.5}],
    "seconds": {"total": 28.03},
    "steps": {"render": 300},
    "seed": 0,
    "settings": {"fit": "crop", "size": None, "baseline": {"kind": "optimised"}},
    "command": "attrvis explain photo.jpg",
    "version": "0.1.0",
}
HOSTILE = "</title></style></pre><script>alert(1)</script>\"' onload=x <img src=x> {{7*7}} &amp;"


class Reader(HTMLParser):
    """Collects tags with their attributes, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in {"meta", "img", "br", "line", "rect"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def _named(text: str) -> dict[str, Any]:
    """Put one text wherever a page shows a name."""
    made = copy.deepcopy(FULL)
    for key in ("network", "layer", "photo", "status", "command", "version"):
        made[key] = text
    made["target"]["label"] = made["target"]["index"] = text
    made["pictures"]["picture"]["caption"] = made["pictures"]["picture"]["title"] = text
    made["pictures"][text + "!"] = "own.png"
    made["trust"][0] |= {"check": text, "value": text, "wanted": text, "note": text}
    made["channels"][1]["unit"] = made["predictions"][0]["label"] = text
    made["settings"] |= {"fit": text, text + "!": [text, {"a": text}]}
    return made


def test_everything_known_is_shown_and_well_formed() -> None:
    page = explanation_page(FULL)
    read = Reader(page)
    assert read.open == []
    shown = " ".join(read.text.split())
    for words in (
        "Why “label”?", "13.77", "14.6", "rank 2", "interrupted", "stopped early", "0.072 %",
        "21.3 %", "aim 22 %", "good", "most 2", "✓ pass", "! look", "42", "\N{MINUS SIGN}1",
        "50 %", "300", "baseline.kind", "optimised", "attrvis explain photo.jpg", "attrvis 0.1.0",
    ):  # fmt: skip
        assert words in shown, words
    sources = [value for name, value in read.attributes if name == "src"]
    assert sources == [
        "photo.png", "picture.png", "heatmap.png", "own.png", "channel7.png", "sheet.png",
    ]  # fmt: skip
    assert len([1 for name, value in read.attributes if name == "alt" and value]) == 6


def test_little_is_needed() -> None:
    least = {"network": "n", "layer": "l", "target": {"label": "t"}, "pictures": {}}
    read = Reader(explanation_page(least))
    assert read.open == [] and "img" not in read.tags and "None" not in read.text
    for key in least:
        with pytest.raises(BadValue, match="lacks"):
            explanation_page({k: v for k, v in least.items() if k != key})
    with pytest.raises(BadValue, match="lacks its label"):
        explanation_page({**least, "target": {}})
    for rows in ({"trust": [{"check": "x"}]}, {"channels": [{"unit": 1}]}):
        with pytest.raises(BadValue):
            explanation_page({**least, **rows})
    with pytest.raises(BadValue, match="no src"):
        explanation_page({**least, "pictures": {"photo": {"caption": "x"}}})


def test_nothing_comes_from_outside_and_nothing_runs() -> None:
    page = explanation_page(FULL)
    read = Reader(page)
    assert not {"script", "link", "iframe", "object", "form", "base"} & set(read.tags)
    assert not [name for name, _ in read.attributes if name.startswith("on") or name == "style"]
    assert "http:" not in page and "https:" not in page and "@import" not in page
    policy = dict(read.attributes)["content"] or ""
    policies = [v for n, v in read.attributes if n == "content" and v and "default-src" in v]
    assert policy is not None and len(policies) == 1 and "default-src 'none'" in policies[0]
    style = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style[0].encode()).digest()).decode()
    assert len(style) == 1 and f"style-src 'sha256-{digest}'" in policies[0]
    assert "prefers-color-scheme: dark" in style[0]


def test_hostile_names_stay_text() -> None:
    page, plain = explanation_page(_named(HOSTILE)), explanation_page(_named("plain"))
    read, wanted = Reader(page), Reader(plain)
    assert read.tags == wanted.tags
    assert [n for n, _ in read.attributes] == [n for n, _ in wanted.attributes]
    assert "<script" not in page and read.text.count("{{7*7}}") == wanted.text.count("plain")


@given(st.text(min_size=1, max_size=30))
def test_any_name_stays_text(text: str) -> None:
    page = explanation_page(_named(text))
    assert Reader(page).tags == Reader(explanation_page(_named("plain"))).tags
    assert all(c.isprintable() or c == "\n" for c in page)
    page.encode("utf-8")


def test_control_characters_are_gone() -> None:
    page = explanation_page(_named("a\x1b[31m\r\n\x00\u202e\ud800b"))
    assert not set(page) & set("\x1b\r\x00\u202e\ud800")
    assert inert({"a": ["\x1b", 1, None, np.float32(0.5)]}) == {"a": ["\ufffd", 1, None, 0.5]}
    deep: Any = []
    for _ in range(20):
        deep = [deep]
    with pytest.raises(BadValue, match="deep"):
        inert(deep)


def test_pictures_stay_in_the_page_s_folder() -> None:
    data = "data:image/png;base64," + base64.b64encode(encode_png(np.zeros((2, 2)))).decode()
    assert picture_source(data) == data
    assert picture_source("maps/a b#1?%.png") == "maps/a%20b%231%3F%25.png"
    assert 'src="' + data in explanation_page({**FULL, "pictures": {"photo": data}})
    for bad in (
        "", "/etc/passwd", "../a.png", "a/../../b.png", "..\\a.png", "\\\\host\\a.png", "C:\\a.png",
        "http://x/a.png", "//x/a.png", "javascript:alert(1)", "data:text/html;base64,AAAA",
        "data:image/svg+xml;base64,AAAA", 'data:image/png;base64,AA"onerror', "data:image/png,AA",
    ):  # fmt: skip
        with pytest.raises(BadValue):
            picture_source(bad)


def test_channel_bars_fill_their_column() -> None:
    def bars(*values: float) -> list[tuple[float, float]]:
        channels = [{"unit": i, "value": v} for i, v in enumerate(values)]
        page = explanation_page({**FULL, "channels": channels})
        found = re.findall(
            r'<rect class="(?:for|against)" x="([\d.]+)%" y="0" width="([\d.]+)%', page
        )
        return [(float(x), float(w)) for x, w in found]

    assert bars(3.0, -1.0) == [(25.0, 75.0), (0.0, 25.0)]
    assert bars(2.0, 1.0) == [(0.5, 99.5), (0.5, 50.0)]
    assert bars(-2.0) == [(0.0, 99.5)]
    assert bars(0.0, float("nan")) == [(0.5, 0.0), (0.5, 0.0)]
    assert bars() == []


def test_numbers_for_reading() -> None:
    minus = "\N{MINUS SIGN}"
    assert number(13.77215) == "13.77" and number(-1.5) == f"{minus}1.5"
    assert number(1e-9) == f"1e{minus}9" and number(123456.0) == "123456" and number(1e12) == "1e12"
    assert number(float("nan")) == "not a number" and number(float("inf")) == "infinite"
    assert number("text") == "text" and number(False) == "no" and number(-3) == f"{minus}3"
    assert percent(0.5) == "50 %" and percent(-0.001) == f"{minus}0.1 %"
    assert percent(float("nan")) == "not a number" and percent("x") == "x"


def test_the_same_context_gives_the_same_page() -> None:
    assert explanation_page(FULL) == explanation_page(copy.deepcopy(FULL))
