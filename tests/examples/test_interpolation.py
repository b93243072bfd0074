"""The example of interpolation, run in process."""

from __future__ import annotations

import pytest

from examples import interpolation


@pytest.mark.filterwarnings("ignore::attrvis.errors.AttrVisWarning")
def test_it_draws_saves_and_tells(tmp_path, capsys):
    words = ["mixed3a:5", "mixed3a:8", "--count", "3", "--steps", "16"]
    plate = interpolation.main([*words, "--out", str(tmp_path / "made")])
    assert (tmp_path / "made" / "picture.png").is_file()
    first, second = plate.values["reached"]
    assert first[0] > first[2] and second[2] > second[0]
    assert f"{plate.facts['mean_step']:.3f}" in capsys.readouterr().out


def test_it_takes_a_model(capsys):
    with pytest.raises(SystemExit) as ended:
        interpolation.main(["--help"])
    assert ended.value.code == 0 and "--model" in capsys.readouterr().out
