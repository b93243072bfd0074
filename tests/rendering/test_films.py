"""Films of a run, and what Rendering writes and reads."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from PIL import Image

import attrvis
from attrvis.errors import BadValue, OutputError
from attrvis.rendering import Rendering, write_film
from attrvis.transforms import Jitter


@pytest.fixture(scope="module")
def made(plain_net):
    return attrvis.render(plain_net, ["deep:1", "conv:2"], steps=6, snapshots=3, seed=4)


def test_a_gif_has_a_frame_a_snapshot(made, tmp_path):
    assert sorted(made.frames) == [2, 4, 6]
    made.save(tmp_path / "run.gif")
    with Image.open(tmp_path / "run.gif") as film:
        assert film.n_frames == 3 and film.size == (24, 16)
    np.testing.assert_array_equal(made.frames[6], made.images)


@pytest.mark.parametrize("ending", [".mp4", ".webm", ".mov"])
def test_a_video_is_written_and_read_back(tmp_path, ending):
    import imageio.v3 as iio

    levels = np.linspace(0.1, 0.9, 5)
    frames = np.broadcast_to(levels[:, None, None, None], (5, 35, 48, 3))
    (tmp_path / f"run{ending}").write_bytes(b"what was there before is replaced")
    write_film(tmp_path / f"run{ending}", frames, rate=8)
    read = iio.imread(tmp_path / f"run{ending}", plugin="FFMPEG")
    assert read.shape == (5, 34, 48, 3)  # a codec takes even sides alone
    np.testing.assert_allclose(read.mean(axis=(1, 2, 3)) / 255, levels, atol=0.03)
    assert [p.name for p in tmp_path.iterdir()] == [f"run{ending}"]


def test_a_rendering_is_saved_as_a_video(made, tmp_path):
    import imageio.v3 as iio

    made.save(tmp_path / "run.mp4")
    read = iio.imread(tmp_path / "run.mp4", plugin="FFMPEG")
    assert read.shape == (3, 16, 24, 3)
    np.testing.assert_allclose(read[-1].mean() / 255, made.film()[-1].mean(), atol=0.05)


def test_without_ffmpeg_the_extra_is_named(made, tmp_path, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if "ffmpeg" in name else find(name)
    )
    with pytest.raises(OutputError, match=r"attrvis\[film\].*\.gif") as refused:
        made.save(tmp_path / "run.mp4")
    assert "\n" not in str(refused.value) and not list(tmp_path.iterdir())


def test_a_video_that_cannot_be_written_leaves_what_was_there(tmp_path):
    (tmp_path / "run.mp4").write_bytes(b"before")
    with pytest.raises(OutputError, match="cannot be written"):
        write_film(tmp_path / "run.mp4", np.zeros((2, 1, 1, 3)))
    assert (tmp_path / "run.mp4").read_bytes() == b"before"
    with pytest.raises(OutputError, match="cannot be written"):
        write_film(tmp_path / "none" / "run.mp4", np.zeros((2, 8, 8, 3)))


def test_everything_is_read_again(made, tmp_path):
    made.save(tmp_path / "all.npz")
    again = Rendering.load(tmp_path / "all.npz")
    for name in ("images", "alpha"):
        np.testing.assert_array_equal(getattr(again, name), getattr(made, name))
    assert list(again.history) == list(made.history) and again.names == made.names
    assert again.status == made.status and set(again.frames) == set(made.frames)
    assert repr(again).startswith("Rendering(2 of 16x12x3, ok")


def test_a_page_shows_it(made):
    shown = made._repr_html_()
    assert shown.count("<img") == 2 and shown.count("data:image/png") == 2
    assert "deep:1" in shown and f"{made.values[0]:.4g}" in shown and "ok, " in shown
    assert made.sheet().shape[2] == 3


def test_a_page_escapes_names_and_shows_no_more_than_some():
    images = np.full((50, 4, 4, 3), 0.5, np.float32)
    names = {"objectives": ["<b>&"] * 50}
    shown = Rendering(images, images[..., :1], settings=names)._repr_html_()
    assert shown.count("<img") == 48 and "2 more; ok" in shown
    assert "<b>" not in shown and "&lt;b&gt;&amp;" in shown and "nan" not in shown


@pytest.mark.parametrize("name", ["run.tiff", "run", "run.avi"])
def test_endings_that_are_not_written(made, tmp_path, name):
    with pytest.raises(BadValue, match="not written as"):
        made.save(tmp_path / name)


def test_a_run_without_frames_has_no_film(plain_net, tmp_path):
    plain = attrvis.render(plain_net, "deep:1", steps=2)
    with pytest.raises(BadValue, match="snapshots="):
        plain.save(tmp_path / "run.gif")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("frames", "rate"),
    [(np.zeros((0, 4, 4, 3)), 8), (np.zeros((2, 4, 4)), 8), (np.zeros((2, 4, 4, 3)), 0)],
)
def test_films_that_cannot_be(tmp_path, frames, rate):
    with pytest.raises(BadValue, match="film"):
        write_film(tmp_path / "run.gif", frames, rate)


def test_whole_shifts_alone_are_differentiated(plain_net):
    """Their gradient once met a batch of unknown length behind a compiled network."""
    drawn = attrvis.render(plain_net, "deep:1", transforms=[Jitter(2)], steps=3)
    assert drawn.status == "ok" and drawn.history["objective"][-1, 0] > 0
