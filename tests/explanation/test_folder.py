"""The result folder: complete or not there, and the way back from it."""

from __future__ import annotations

import json
import os
import shutil
import warnings
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import attrvis
from attrvis import images
from attrvis.attribution import Attribution
from attrvis.attribution.baselines import Baseline
from attrvis.errors import AttrVisError, AttrVisWarning, OutputError

FILES = {
    "picture.png", "picture_rgba.png", "mask.png", "heatmap.png", "overlay.png", "sheet.png",
    "attribution.npz", "baseline.npz", "explanation.json", "index.html",
}  # fmt: skip


def explained(photo, **more):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AttrVisWarning)
        settings = {"baseline_steps": 2, "points": 4, "render_steps": 2, "layer": "mixed4a"}
        return attrvis.explain(attrvis.load(), photo, **{**settings, **more})


@pytest.fixture(scope="module")
def made():
    rng = np.random.default_rng(2)
    return explained(rng.integers(0, 255, (70, 100, 3)).astype(np.uint8), groups=2, seed=6)


@pytest.fixture(scope="module")
def folder(made, tmp_path_factory):
    path = tmp_path_factory.mktemp("results") / "an explanation"
    made.save(path)
    return path


def test_every_file_is_there(folder):
    names = {p.name for p in folder.iterdir()}
    assert names >= FILES
    assert names >= {"group-1.png", "group-2.png", "photo_mask.png", "photo_overlay.png"}
    assert [p.name for p in folder.parent.iterdir()] == ["an explanation"]


def test_the_pictures_hold_what_they_show(folder, made):
    def read(name):
        with Image.open(folder / name) as file:
            return np.asarray(file, np.float32) / 255

    np.testing.assert_allclose(read("picture.png"), made.picture, atol=0.51 / 255)
    np.testing.assert_allclose(read("picture_rgba.png"), made.rendering.rgba[0], atol=0.51 / 255)
    np.testing.assert_allclose(read("mask.png"), made.mask, atol=0.51 / 255)
    assert read("heatmap.png").shape[:2] == (64, 64) and read("overlay.png").shape[:2] == (64, 64)
    assert read("photo_picture_rgba.png").shape == (70, 100, 4)
    assert read("photo_mask.png").shape == (70, 100)
    sheet = read("sheet.png")
    assert sheet.shape[1] > 4 * 64 and sheet.std() > 0


def test_the_json_holds_what_the_issue_lists(folder, made):
    known = json.loads((folder / "explanation.json").read_text())
    assert known["target"].keys() >= {
        "index", "label", "logit_photo", "logit_baseline", "logit_picture", "rank_picture"
    }  # fmt: skip
    assert known["completeness"].keys() >= {"absolute", "relative"}
    assert known["mask"].keys() >= {"area", "target_area"}
    assert known["seconds"].keys() >= {"baseline", "attribution", "render", "total"}
    assert known.keys() >= {"network", "layer", "steps", "seed", "settings", "version"}
    assert known == json.loads(json.dumps(dict(made.facts)))


def test_the_rank_is_that_of_the_file(folder, made):
    """The picture is judged as its file holds it, on its fixed grey."""
    net = attrvis.load()
    logits = net.run(images.read(folder / "picture.png")[None])["logits"].numpy()[0]
    target = made.facts["target"]
    assert target["logit_picture"] == pytest.approx(logits[target["index"]], abs=1e-4)
    assert target["rank_picture"] == 1 + np.sum(logits > logits[target["index"]])


def test_the_way_back(folder, made):
    found = attrvis.Explanation.load(folder)
    assert dict(found.facts) == json.loads(json.dumps(dict(made.facts)))
    for name in ("values", "baseline", "change"):
        np.testing.assert_array_equal(
            getattr(found.attribution, name), getattr(made.attribution, name)
        )
    np.testing.assert_array_equal(found.baseline.values, made.baseline.values)
    np.testing.assert_array_equal(found.rendering.rgba, made.rendering.rgba)
    np.testing.assert_array_equal(found.channels, made.channels)
    assert [g.tolist() for g in found.groups] == [g.tolist() for g in made.groups]
    assert found.rendering.history.keys() == made.rendering.history.keys()
    for name, values in made.rendering.history.items():
        np.testing.assert_array_equal(found.rendering.history[name], values)
    assert found.frame == made.frame and found.status == made.status
    np.testing.assert_allclose(found.photo, made.photo, atol=0.51 / 255)
    np.testing.assert_array_equal(found.picture, made.picture)
    np.testing.assert_array_equal(found.heatmap, made.heatmap)
    np.testing.assert_allclose(found.in_photo("mask"), made.in_photo("mask"), atol=1e-6)


def test_the_way_back_and_there_again(folder, tmp_path):
    found = attrvis.Explanation.load(folder)
    found.save(tmp_path / "again")
    for name in ("picture.png", "attribution.npz", "baseline.npz", "mask.png", "heatmap.png"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes(), name
    shown = found._repr_html_()
    assert shown.count("<img") == 3 + len(found.rendering)
    assert "Contributions at" in shown and f"status: {found.status}" in shown


def test_the_arrays_stand_alone(folder, made):
    attribution = Attribution.load(folder / "attribution.npz")
    np.testing.assert_array_equal(attribution.values, made.attribution.values)
    assert Baseline.load(folder / "baseline.npz").layer == "mixed4a"


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.sources, self.alts = [], []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.sources += [given[name] for name in ("src", "href") if name in given]
        if tag == "img":
            self.alts.append(given.get("alt"))


def test_the_page_stands_alone(folder):
    text = (folder / "index.html").read_text()
    links = Links()
    links.feed(text)
    assert links.alts and all(links.alts)
    for source in links.sources:
        inside = source.startswith(("data:", "#")) or (folder / source).exists()
        assert inside, source
    assert "http://" not in text.replace("http://www.w3.org", "")
    assert "<script" not in text


def test_saving_again_replaces_the_former(made, tmp_path):
    path = tmp_path / "out"
    made.save(path)
    (path / "old.txt").write_text("old")
    made.save(path)
    assert {p.name for p in path.iterdir()} >= FILES
    assert not (path / "old.txt").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_the_same_result_is_the_same_bytes(made, folder, tmp_path):
    made.save(tmp_path / "twice")
    for file in folder.iterdir():
        assert (tmp_path / "twice" / file.name).read_bytes() == file.read_bytes(), file.name


def test_a_folder_that_holds_something_else_is_not_touched(made, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine")
    with pytest.raises(OutputError):
        made.save(tmp_path / "mine")
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["thesis.txt"]
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError):
        made.save(tmp_path / "file" / "out")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "mine"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_unwritable_folder_leaves_nothing(made, tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputError):
            made.save(tmp_path / "out")
        assert not list(tmp_path.iterdir())
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.skipif(
    not Path("/proc/self").is_dir(), reason="needs a file system that takes nothing"
)
def test_a_file_system_that_takes_nothing_is_said(made):
    with pytest.raises(OutputError, match="/proc"):
        made.save("/proc/attrvis explanation")


def test_a_failure_on_the_way_leaves_nothing(made, tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("attrvis.explanation.folder.folders.write_file", full)
    with pytest.raises((OutputError, OSError)):
        made.save(tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_damaged_folders_are_one_clear_error(folder, tmp_path):
    with pytest.raises(AttrVisError, match="holds no explanation"):
        attrvis.Explanation.load(tmp_path)
    with pytest.raises(AttrVisError, match="gone"):
        attrvis.Explanation.load(tmp_path / "gone")
    for name, content in [
        ("explanation.json", b"{"),
        ("explanation.json", b"[]"),
        ("explanation.json", b'{"frame": {}}'),
        ("rendering.npz", b"PK"),
        ("attribution.npz", None),
        ("baseline.npz", b""),
        ("photo.png", b"no picture"),
    ]:
        path = tmp_path / "copy"
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(folder, path)
        (path / name).unlink()
        if content is not None:
            (path / name).write_bytes(content)
        with pytest.raises(AttrVisError) as caught:
            attrvis.Explanation.load(path)
        assert "\n" not in str(caught.value), name


def test_labels_from_outside_are_only_text(tmp_path):
    made = explained(np.full((64, 64, 3), 200, np.uint8), target=0, baseline="zero")
    wild = {**made.facts, "target": {**made.facts["target"], "label": "<script>alert(1)</script>"}}
    changed = type(made)(**{**vars(made), "facts": wild})
    changed.save(tmp_path / "out")
    text = (tmp_path / "out" / "index.html").read_text()
    assert "<script" not in text and "&lt;script" in text


def test_a_photo_of_the_networks_size_needs_no_second_frame(tmp_path):
    made = explained(np.full((64, 64, 3), 120, np.uint8), baseline="constant:0.3", target=1)
    made.save(tmp_path / "out")
    names = {p.name for p in (tmp_path / "out").iterdir()}
    assert names >= FILES and not any(n.startswith("photo_") for n in names)
