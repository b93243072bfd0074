"""The three example scripts, run one after the other in process, each checked for what it does."""

from __future__ import annotations

import numpy as np
import pytest

from attrvis import images
from attrvis.attribution import Attribution
from attrvis.attribution.baselines import Baseline
from attrvis.errors import AttrVisError
from examples import attr_vis, gen_as_baseline, gen_attr_results


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Run the three steps with few steps each, in one folder."""
    folder = tmp_path_factory.mktemp("the steps")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        gen_as_baseline.main(["--steps", "150"])
        gen_attr_results.main(["--points", "16"])
        attr_vis.main(["--steps", "12"])
    return folder


def test_the_baseline_is_near_zero_and_not_zero(folder):
    made = Baseline.load(folder / "baseline.npz")
    assert made.layer == "mixed4c"
    assert abs(made.score[0]) <= 0.05 * made.photo_score[0]
    assert np.abs(made.values).sum() > 0


def test_the_attribution_starts_from_that_baseline_and_adds_up(folder):
    made, found = (
        Baseline.load(folder / "baseline.npz"),
        Attribution.load(folder / "attribution.npz"),
    )
    assert np.array_equal(found.baseline, made.values)
    assert found.relative_gap[0] <= 0.005
    assert images.read(folder / "attribution.png").shape == (64, 64, 3)


def test_the_picture_is_written_with_its_mask(folder):
    rgba = folder / "attr-vis" / "picture_rgba.png"
    mask = images.read(folder / "attr-vis" / "mask.png")
    picture = images.read(folder / "attr-vis" / "picture.png")
    assert rgba.exists()
    assert mask.std() > 0
    assert picture.shape == (64, 64, 3)
    hidden = mask[..., 0] < 0.01
    assert np.abs(picture[hidden] - attr_vis.GREY).max(initial=0) < 0.02
    assert (folder / "attr-vis" / "sheet.png").exists()


def test_more_steps_draw_more_of_what_is_looked_for(folder, monkeypatch):
    monkeypatch.chdir(folder)
    drawn = attr_vis.main(["--steps", "25", "--out", "more"])
    score = next(v for name, v in drawn.history.items() if name.startswith("attribution"))
    assert score[-1, 0] > score[0, 0]


def test_a_missing_baseline_is_an_error_never_zeros(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AttrVisError, match=r"baseline\.npz"):
        gen_attr_results.main([])


@pytest.mark.parametrize("script", [gen_as_baseline, gen_attr_results, attr_vis])
def test_each_takes_a_model(script, capsys):
    with pytest.raises(SystemExit) as ended:
        script.main(["--help"])
    assert ended.value.code == 0
    assert "--model" in capsys.readouterr().out
