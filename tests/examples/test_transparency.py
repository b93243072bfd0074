"""The example of transparency, run in process."""

from __future__ import annotations

import pytest

from examples import transparency


@pytest.mark.filterwarnings("ignore::attrvis.errors.AttrVisWarning")
def test_it_draws_saves_and_tells(tmp_path, capsys):
    words = ["mixed3a:5", "--steps", "16"]
    plate = transparency.main([*words, "--out", str(tmp_path / "made")])
    assert (tmp_path / "made" / "picture.png").is_file()
    alpha = plate.parts["cutout-0"][..., 3]
    assert alpha.std() > 0.02 and abs(alpha.mean() - plate.facts["shown"][0]) < 1e-3
    assert f"{plate.facts['shown'][0]:.0%} of the picture" in capsys.readouterr().out


def test_it_takes_a_model(capsys):
    with pytest.raises(SystemExit) as ended:
        transparency.main(["--help"])
    assert ended.value.code == 0 and "--model" in capsys.readouterr().out
