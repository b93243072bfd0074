"""Activation atlases: sampling, layouts, grids, whitening, icons, and the whole."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import attrvis
from attrvis.errors import AttrVisWarning, BadValue, ImageError, UnknownName
from attrvis.recipes import atlas, class_atlas
from attrvis.recipes.collecting import photo_batches, sampled
from attrvis.recipes.icons import icons_of, mosaic, whitened
from attrvis.recipes.plane import cell_means, gridded, laid_out
from attrvis.recipes.speaking import class_scores
from attrvis.rendering import CLIMB
from tests.toys import network, noise


@pytest.fixture(scope="module")
def net():
    return attrvis.load("embedded")


@pytest.fixture(scope="module")
def toy():
    """Two channels, the picture's red and green halved; logit k sums the k-th over positions."""

    def build(x):
        maps = tf.identity(0.5 * x[..., :2], name="maps")
        tf.matmul(tf.reduce_sum(maps, [1, 2]), [[1.0, 0.0], [0.0, 3.0]], name="scores")

    return network(build, 6, 5)


def test_samples_are_activations_of_their_places(toy):
    photos = noise(5, 6, 5, 3)
    found = sampled(toy, "maps", photos, per_photo=4, seed=3)
    assert len(found) == 20 and found.places[:, 0].tolist() == [n for n in range(5) for _ in "abcd"]
    number, row, column = found.places.T
    assert np.allclose(found.activations, 0.5 * photos[number, row, column, :2], atol=1e-6)
    assert set(row) <= {1, 2, 3, 4} and set(column) <= {1, 2, 3}
    assert len({tuple(place) for place in found.places.tolist()}) == 20


def test_a_photo_draws_the_same_positions_whatever_comes_beside_it(toy):
    photos = noise(40, 6, 5, 3)
    every = sampled(toy, "maps", photos, per_photo=2, seed=1)
    later = sampled(toy, "maps", photos[35:], per_photo=2, seed=36)
    assert np.array_equal(every.places[70:, 1:], later.places[:, 1:])
    other = sampled(toy, "maps", photos, per_photo=2, seed=100)
    assert not np.array_equal(every.places, other.places)


def test_speaking_is_gradient_times_activation(toy):
    found = sampled(toy, "maps", noise(3, 6, 5, 3), per_photo=6, targets=[1, 0])
    assert np.allclose(found.speaks[:, 0], 3 * found.activations[:, 1], rtol=1e-5)
    assert np.allclose(found.speaks[:, 1], found.activations[:, 0], rtol=1e-5)
    photos = noise(3, 6, 5, 3)
    found = sampled(toy, "maps", photos, per_photo=6, targets=[1], score="contrast_mean")
    wanted = found.activations @ [-1.0, 3.0]
    assert np.allclose(found.speaks[:, 0], wanted, atol=1e-5)


def test_photos_come_from_anywhere(tmp_path):
    photos = (255 * noise(3, 8, 8, 3)).astype(np.uint8)
    for number, photo in enumerate(photos):
        folder = tmp_path / "photos" / str(number)
        folder.mkdir(parents=True)
        Image.fromarray(photo).save(folder / "a.png")
    pairs = tf.data.Dataset.from_tensor_slices((photos, [0, 1, 2]))
    sources = [
        tmp_path / "photos",
        str(tmp_path / "photos"),
        photos,
        list(photos),
        (Image.fromarray(photo) for photo in photos),
        pairs,
        pairs.batch(2),
    ]
    for source in sources:
        batches = list(photo_batches(source, (8, 8), batch=2))
        assert [len(batch) for batch in batches] == [2, 1]
        assert np.allclose(np.concatenate(batches), photos / 255, atol=1e-6)
    assert sum(map(len, photo_batches(photos, (8, 8), limit=2))) == 2
    assert next(photo_batches(photos[0], (8, 8))).shape == (1, 8, 8, 3)


def test_a_photo_that_cannot_be_read(tmp_path):
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(BadValue, match="holds no photo"):
        list(photo_batches(tmp_path, (4, 4)))
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(tmp_path / "b.png")
    with pytest.warns(AttrVisWarning, match="1 of 2 files"):
        assert len(list(photo_batches(tmp_path, (4, 4)))) == 1
    with pytest.raises(ImageError):
        list(photo_batches([tmp_path / "a.png"], (4, 4)))
    with pytest.raises(BadValue, match="1 photo or more"):
        list(photo_batches(tmp_path, (4, 4), limit=0))


def clusters():
    draw = np.random.default_rng(0)
    centres = 5 * np.eye(3, 12)
    return np.repeat(np.arange(3), 20), np.abs(
        np.repeat(centres, 20, axis=0) + draw.normal(0, 0.3, (60, 12))
    ).astype(np.float32)


def apart(layout, groups):
    """Tell how far groups lie apart, compared with how wide they are."""
    means = np.stack([layout[groups == g].mean(axis=0) for g in range(3)])
    wide = max(np.linalg.norm(layout[groups == g] - means[g], axis=1).mean() for g in range(3))
    between = min(np.linalg.norm(means[i] - means[j]) for i, j in ((0, 1), (0, 2), (1, 2)))
    return between / wide


@pytest.mark.parametrize("method", ["tsne", "pca"])
def test_like_lies_beside_like(method):
    groups, activations = clusters()
    scales = np.random.default_rng(1).uniform(0.1, 10, (60, 1))
    for rows in (activations, activations * scales):  # directions count, not lengths
        layout = laid_out(rows, method)
        assert layout.shape == (60, 2) and layout.min() >= 0 and layout.max() <= 1
        assert apart(layout, groups) > 3
    line = laid_out(activations, method, dimensions=1)
    assert line.shape == (60, 1)


@pytest.mark.slow
def test_umap():
    pytest.importorskip("umap")
    groups, activations = clusters()
    layout = laid_out(activations, "umap", seed=4)
    assert apart(layout, groups) > 3
    assert np.array_equal(layout, laid_out(activations, "auto", seed=4))


def test_without_umap(monkeypatch):
    real = importlib.util.find_spec
    hidden = lambda name, *rest: None if name == "umap" else real(name, *rest)  # noqa: E731
    monkeypatch.setattr(importlib.util, "find_spec", hidden)
    _, activations = clusters()
    with pytest.warns(AttrVisWarning, match="UMAP is not installed"):
        assert np.array_equal(laid_out(activations), laid_out(activations, "tsne"))
    with pytest.raises(BadValue, match=r"attrvis\[umap\]"):
        laid_out(activations, "umap")


def test_outliers_do_not_squeeze_the_layout():
    rows = np.zeros((300, 2))
    angles = np.linspace(0, 0.2, 300)
    rows[:, 0], rows[:, 1] = np.cos(angles), np.sin(angles)
    rows[0] = [0, 1]
    layout = laid_out(rows, "pca")
    assert np.ptp(layout[1:, 0]) > 0.75 and layout[0, 0] in (0.0, 1.0)


def test_wrong_layouts():
    with pytest.raises(UnknownName, match="umap"):
        laid_out(np.ones((9, 2)), "unap")
    with pytest.raises(BadValue, match="3 activations"):
        laid_out(np.ones((3, 2)), "pca")


@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 40), st.integers(1, 4))
def test_cells_average_what_lies_in_them(rows, columns, count, least):
    draw = np.random.default_rng(count)
    layout, activations = draw.uniform(size=(count, 2)), draw.uniform(0.1, 1, (count, 3))
    cells = gridded(layout, (rows, columns))
    if np.unique(cells, axis=0, return_counts=True)[1].max() < least:
        with pytest.raises(BadValue, match="No cell"):
            cell_means(activations, cells, (rows, columns), least)
        return
    found = cell_means(activations, cells, (rows, columns), least)
    assert found.counts.sum() == count and len(found.places) == (found.counts >= least).sum()
    for (row, column), direction in zip(found.places, found.directions, strict=True):
        across, down = layout.T
        inside = (np.floor(down * rows) == row) & (np.floor(across * columns) == column)
        assert np.allclose(direction, activations[inside].mean(axis=0), atol=1e-5)


def test_whitening_is_the_inverse_of_the_second_moments():
    draw = np.random.default_rng(2)
    mixing = draw.normal(size=(4, 4))
    activations = draw.normal(size=(20000, 4)) @ mixing
    wanted = np.linalg.solve(mixing.T @ mixing, np.eye(4)).T
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    assert np.allclose(whitened(activations, np.eye(4)), wanted, atol=0.03)
    few = whitened(activations[:2], np.eye(4))  # fewer samples than channels
    assert np.isfinite(few).all()
    with pytest.raises(BadValue, match="all zero"):
        whitened(np.zeros((3, 2)), np.ones((1, 2)))


def test_what_speaks_for_a_class_is_seen_everywhere(toy):
    scores = class_scores(toy, "maps", np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([0.5, 0.5]))
    assert np.allclose(scores, 30 * np.array([[0.5, -1.5], [-0.5, 4.5]]), rtol=1e-5)


def test_an_icon_looks_where_it_should_and_the_best_attempt_is_kept(net):
    activations = sampled(net, "mixed4a", noise(4, 64, 64, 3), per_photo=8).activations
    directions = whitened(activations, np.eye(activations.shape[1])[:2] + 0.01)
    settings = {"size": 32, "steps": 12}
    each = [icons_of(net, "mixed4a", directions, seed=5 + 2 * j, **settings) for j in range(3)]
    best = icons_of(net, "mixed4a", directions, attempts=3, seed=5, **settings)
    one = each[0]
    assert one.pictures.shape == (2, 32, 32, 3)
    values = np.stack([icons.values for icons in each])
    assert np.allclose(best.values, values.max(axis=0), rtol=1e-3)
    for icon, winner in enumerate(values.argmax(axis=0)):
        assert np.allclose(best.pictures[icon], each[winner].pictures[icon], atol=1e-2)

    def looks(pictures):
        seen = net.trunk(["mixed4a"], (32, 32))(pictures)["mixed4a"].numpy()[:, 2, 2]
        return (seen * directions).sum(axis=1)

    assert (looks(one.pictures) > looks(np.full_like(one.pictures, 0.5))).all()
    with pytest.raises(BadValue, match="0 times"):
        icons_of(net, "mixed4a", directions, attempts=0, size=32)


def test_a_mosaic_leaves_empty_cells_white_and_writes_captions():
    icons = np.stack([np.full((40, 40, 3), grey) for grey in (0.2, 0.6)])
    plain = mosaic(icons, np.array([[0, 1], [2, 0]]), (3, 2))
    assert plain.shape == (120, 80, 3)
    assert np.allclose(plain[:40, 40:], 0.2) and np.allclose(plain[80:, :40], 0.6)
    assert (plain[40:80] == 1).all() and (plain[:40, :40] == 1).all()
    written = mosaic(icons, np.array([[0, 1], [2, 0]]), (3, 2), ["cat", "dog"])
    assert np.allclose(written[:20], plain[:20]) and not np.allclose(written[26:40], plain[26:40])


@pytest.fixture(scope="module")
def photos():
    """Half of them stripes across, half stripes down."""
    lines = np.tile(np.sin(np.arange(64) * 0.9)[:, None], (1, 64))
    drawn = np.stack([lines if n % 2 else lines.T for n in range(24)])[..., None] * [0.4, 0.3, 0.1]
    return np.clip(0.5 + drawn + 0.1 * (noise(24, 64, 64, 3) - 0.5), 0, 1).astype(np.float32)


def test_an_atlas(net, photos, tmp_path):
    look = {"grid": 3, "layout": "pca", "per_photo": 2, "least": 2, "steps": 3, "icon": 32}
    plate = atlas(net, photos, "mixed3a", classes=True, **look)
    values = plate.values
    assert values["counts"].sum() == len(values["layout"]) == 48
    cells, places = values["cells"], values["places"]
    assert (
        np.bincount(cells[:, 0] * 3 + cells[:, 1], minlength=9) == values["counts"].ravel()
    ).all()
    assert len(plate.parts) == len(places) == (values["counts"] >= 2).sum()
    assert plate.picture.shape == (96, 96, 3)
    empty = np.argwhere(values["counts"] < 2)
    for row, column in empty:
        assert (plate.picture[32 * row : 32 * row + 32, 32 * column : 32 * column + 32] == 1).all()
    numbers, rows, columns = values["samples"].T
    maps = net.run(tf.constant(photos), read=["mixed3a"])["mixed3a"].numpy()
    inside = (cells == places[0]).all(axis=1)
    mean = maps[numbers, rows, columns][inside].mean(axis=0)
    assert np.allclose(values["directions"][0], mean, atol=1e-4)
    kinds = [set((numbers[(cells == place).all(axis=1)] % 2).tolist()) for place in places]
    assert sum(len(kind) == 1 for kind in kinds) >= len(kinds) - 1, "stripes are not told apart"
    named = [cell["class"] for cell in plate.facts["cells"]]
    assert named == [net.label(int(i)) for i in values["class_scores"].argmax(axis=1)]
    plate.save(tmp_path / "made")
    again = atlas(net, photos, "mixed3a", classes=True, **look)
    assert np.array_equal(plate.picture, again.picture)


def test_a_class_atlas_keeps_what_speaks_most(net, photos):
    look = {"grid": 2, "layout": "pca", "least": 2, "steps": 2, "icon": 32, "per_photo": 4}
    plate = class_atlas(net, photos, "mixed4a", "tabby", strongest=12, score="logit", **look)
    every = sampled(net, "mixed4a", photos, per_photo=4, targets=[net.class_index("tabby")])
    kept = np.sort(plate.values["speaks"][:, 0])
    assert np.allclose(kept, np.sort(every.speaks[:, 0])[-12:], rtol=1e-4)
    assert plate.picture.shape[0] == 64 + 24  # the class is written above
    assert plate.facts["target"]["label"].startswith("tabby")


def test_what_speaks_little_for_a_class_is_left_out(toy):
    """Two classes of different loudness: each is measured by its own loudest."""
    photos = noise(12, 6, 5, 3)
    look = {"grid": 1, "layout": "pca", "steps": 1, "icon": 8, "per_photo": 8, "score": "logit"}
    one = class_atlas(toy, photos, "maps", 1, **look).values["speaks"][:, 0]
    every = np.sort(sampled(toy, "maps", photos, per_photo=8, targets=[1]).speaks[:, 0])[::-1]
    wanted = every[every >= every[:10].mean() / 3]
    assert np.allclose(np.sort(one)[::-1], wanted, rtol=1e-5) and len(one) < len(every)
    both = class_atlas(toy, photos, "maps", 1, against=0, **look).values["speaks"]
    shares = both / np.sort(both, axis=0)[::-1][:10].mean(axis=0)
    assert shares.max(axis=1).min() >= 1 / 3 - 1e-5
    # The quiet class is there too, where the loud one says next to nothing.
    assert (shares[:, 0] < 0.1).any() and (shares[:, 1] < 0.1).any()


def test_two_classes_lie_at_opposite_ends(net, photos):
    look = {"grid": 2, "layout": "pca", "least": 1, "steps": 2, "icon": 32, "per_photo": 4}
    plate = class_atlas(net, photos, "mixed4a", "tabby", against="lemon", strongest=30, **look)
    lead = plate.values["speaks"][:, 0] - plate.values["speaks"][:, 1]
    down = plate.values["layout"][:, 1]
    end = np.percentile(np.abs(lead), 99)
    assert np.allclose(down, 0.5 - 0.5 * np.clip(lead / end, -1, 1), atol=1e-6)
    assert plate.picture.shape[0] == 64 + 48


def test_whitening_is_asked_for_and_icons_are_drawn_calmly(net, photos):
    look = {"grid": 1, "layout": "pca", "steps": 6, "icon": 32}
    plain = atlas(net, photos, "mixed3a", **look)
    white = atlas(net, photos, "mixed3a", whiten=True, **look)
    assert (plain.facts["whitened"], white.facts["whitened"]) == (False, True)
    assert np.array_equal(plain.values["directions"], white.values["directions"])
    assert not np.allclose(plain.picture, white.picture, atol=0.02)
    harsh = atlas(net, photos, "mixed3a", optimizer=CLIMB, **look)
    given = {**look, "steps": 1}
    assert (
        atlas(net, photos, "mixed3a", **{**given, "icon": None, "size": 24}).picture.shape[0] == 24
    )
    assert plain.picture.std() < harsh.picture.std()


def test_wrong_atlases(net, photos):
    with pytest.raises(UnknownName, match="mixed4a"):
        atlas(net, photos, "mixed4")
    with pytest.raises(BadValue, match="1 to 100 cells"):
        atlas(net, photos, "mixed4a", grid=0)
    with pytest.raises(BadValue, match="per_photo"):
        atlas(net, photos[:6], "mixed4a", grid=20, layout="pca")
    with pytest.raises(BadValue, match="1 position"):
        atlas(net, photos, "mixed4a", per_photo=0)
    with pytest.raises(BadValue, match="no photo"):
        atlas(net, [], "mixed4a")
    with pytest.raises(BadValue, match="not with itself"):
        class_atlas(net, photos, "mixed4a", "tabby", against="tabby")
    with pytest.raises(UnknownName):
        class_atlas(net, photos, "mixed4a", "tabbi")
