"""What README shows of attribution runs as it stands, and is worth seeing."""

from __future__ import annotations

import re
import shutil
import warnings
from pathlib import Path

import pytest
import tensorflow as tf

import attrvis
from attrvis import images
from attrvis.errors import AttrVisWarning

README = Path(__file__).resolve().parents[2] / "README.md"


@pytest.fixture
def shown(tmp_path, monkeypatch):
    """Run the section's lines with a photo of an espresso, and give the names that they leave."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(images.bundled("coffee"), "photo.jpg")
    section = README.read_text("utf-8").partition("## Ask any method")[2].partition("\n## ")[0]
    (code,) = re.findall(r"```python\n(.*?)```", section, re.S)
    photos = [images.bundled(name) for name in ("coffee", "chelsea")]
    fitted = [images.fit(images.read(photo), (64, 64))[0] for photo in photos]
    names = {
        "attrvis": attrvis,
        "net": attrvis.load("embedded"),
        "photos": photos,
        "dataset": tf.data.Dataset.from_tensor_slices(fitted).batch(1),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("error", AttrVisWarning)
        exec(code, names)
    return names


def test_every_line_runs_without_a_warning_and_no_map_is_blank(shown):
    assert shown["found"].targets == ("espresso",) and shown["found"].relative_gap[0] < 0.05
    assert len(list(Path("maps").iterdir())) == 2
    noisy = attrvis.attribute(shown["net"], shown["photos"], shown["noisy"])
    for heat in noisy.heatmap():
        # A place stands out of what speaks for the target.
        assert heat.max() > 1.5 * heat.mean()
        assert (heat > 0).mean() > 0.3
