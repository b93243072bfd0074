"""What a person reads at the end, from a document made by hand."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from attrvis.cli.report import summary

ROW = {"check": "It adds up", "ok": True, "value": "0.1%", "wanted": "at most 1%", "note": ""}


def document(**changes):
    return {
        "layer": "mixed4d",
        "layer_chosen": "as asked",
        "target": {"index": 1, "label": "tabby", "logit_photo": 13.765, "rank_picture": 3},
        "predictions": [
            {"index": 2, "label": "lynx", "probability": 0.6},
            {"index": 1, "label": "tabby", "probability": 0.3},
        ],
        "trust": [ROW, {**ROW, "check": "Longer words", "ok": False}],
        "seconds": {"total": 30.04, "render": 20.0},
        "steps": {"render": 17},
        "interrupted": False,
        **changes,
    }


def lines(**changes):
    return click.unstyle(summary(document(**changes), Path("out"))).splitlines()


def test_the_lines():
    assert lines() == [
        "tabby  class 1, logit 13.77, 30.0%, the network's choice number 2",
        "asked of mixed4d, as asked",
        "in the picture alone it is the network's choice number 3",
        "",
        "ok  It adds up    0.1%  (at most 1%)",
        "no  Longer words  0.1%  (at most 1%)",
        "",
        "30.0 s, of which drawing 20.0 s",
        "picture  out/picture.png",
        "page     out/index.html",
    ]


def test_a_target_that_the_network_did_not_think_of():
    target = {"index": 9, "label": "vase", "logit_photo": 4.464, "rank_picture": 8}
    first = "vase  class 9, logit 4.46; the network's own choice is lynx, 60.0%"
    assert lines(target=target)[0] == first


def test_an_interruption_is_said():
    assert "Interrupted: the picture is as it was after 17 steps." in lines(interrupted=True)


@pytest.mark.parametrize("rows", [[], [ROW]])
def test_any_number_of_checks(rows):
    assert len(lines(trust=rows)) == 8 + len(rows)
