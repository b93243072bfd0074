"""The example of facets, run in process."""

from __future__ import annotations

import numpy as np
import pytest

from examples import facets


@pytest.mark.filterwarnings("ignore::attrvis.errors.AttrVisWarning")
def test_it_draws_saves_and_tells(tmp_path, capsys):
    words = ["mixed3a:5", "--count", "2", "--steps", "16"]
    plate = facets.main([*words, "--out", str(tmp_path / "made")])
    assert (tmp_path / "made" / "picture.png").is_file()
    assert plate.values["reached"].min() > 0
    assert not np.allclose(plate.parts["facet-0"], plate.parts["facet-1"], atol=0.1)
    assert f"likeness {plate.facts['mean_likeness'][0]:.2f}" in capsys.readouterr().out


def test_it_takes_a_model(capsys):
    with pytest.raises(SystemExit) as ended:
        facets.main(["--help"])
    assert ended.value.code == 0 and "--model" in capsys.readouterr().out
