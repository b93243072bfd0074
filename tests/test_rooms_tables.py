"""Every row of every room's table leads somewhere, says what it is, and names its source."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from attrvis.attribution import TABLE as ATTRIBUTION
from attrvis.attribution.baselines import TABLE as BASELINES
from attrvis.attribution.visualisers import VISUALISERS
from attrvis.objectives import OBJECTIVES
from attrvis.param import BACKGROUNDS, PARAMS
from attrvis.recipes import RECIPES
from attrvis.transforms import TRANSFORMS

TABLES = (
    ATTRIBUTION,
    BASELINES,
    BACKGROUNDS,
    OBJECTIVES,
    PARAMS,
    RECIPES,
    TRANSFORMS,
    VISUALISERS,
)
ROWS = [row for table in TABLES for row in table]
REFS = Path(__file__).parent.parent / "docs" / "refs.bib"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.target)
def test_a_row_loads_and_explains_itself(row):
    made = row.load()
    assert made.__doc__ and len(made.__doc__.splitlines()[0]) > 15
    assert row.family


@pytest.mark.parametrize("row", [r for r in ROWS if r.cite], ids=lambda row: row.target)
def test_a_row_names_a_source_that_exists(row):
    keys = set(re.findall(r"@\w+\{(\w+),", REFS.read_text(encoding="utf-8")))
    assert row.cite in keys
