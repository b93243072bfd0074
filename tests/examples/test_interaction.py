"""The example of interaction, run in process."""

from __future__ import annotations

import pytest

from examples import interaction


@pytest.mark.filterwarnings("ignore::attrvis.errors.AttrVisWarning")
def test_it_draws_saves_and_tells(tmp_path, capsys):
    words = ["mixed3a:5", "mixed3a:8", "--cells", "2", "--steps", "16"]
    plate = interaction.main([*words, "--out", str(tmp_path / "made")])
    assert (tmp_path / "made" / "picture.png").is_file()
    first, second = plate.values["reached"]
    assert first[:, 1].min() > first[:, 0].max() and second[0].min() > second[1].max()
    assert "4 mixtures of mixed3a:5 and mixed3a:8" in capsys.readouterr().out


def test_it_takes_a_model(capsys):
    with pytest.raises(SystemExit) as ended:
        interaction.main(["--help"])
    assert ended.value.code == 0 and "--model" in capsys.readouterr().out
