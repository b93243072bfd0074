"""The example of random directions, run in process."""

from __future__ import annotations

from PIL import Image

from examples import random_directions


def test_both_sheets_are_one_picture(tmp_path):
    out = tmp_path / "made.png"
    words = ["--layer", "mixed3a", "--count", "2", "--steps", "2", "--out", str(out)]
    aimless, channels = random_directions.main(words)
    assert len(aimless.parts) == len(channels.parts) == 2
    with Image.open(out) as picture:
        assert picture.size[1] == aimless.picture.shape[0] + channels.picture.shape[0]
