"""The example of activation grid, run in process."""

from __future__ import annotations

import pytest

from examples import activation_grid


@pytest.mark.filterwarnings("ignore::attrvis.errors.AttrVisWarning")
def test_it_draws_saves_and_tells(tmp_path, capsys):
    words = ["--layer", "mixed3a", "--steps", "3", "--sized"]
    plate = activation_grid.main([*words, "--out", str(tmp_path / "made")])
    assert (tmp_path / "made" / "picture.png").is_file()
    places = plate.values["magnitudes"].shape
    assert plate.values["rgba"].shape == (*places, 32, 32, 4)
    assert plate.values["rgba"][..., :3].std() > 0.001
    assert f"{places[0]} x {places[1]} places" in capsys.readouterr().out


def test_it_takes_a_model(capsys):
    with pytest.raises(SystemExit) as ended:
        activation_grid.main(["--help"])
    assert ended.value.code == 0 and "--model" in capsys.readouterr().out
