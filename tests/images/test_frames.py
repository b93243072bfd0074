"""Fitting a photo to a network, and the exact way back."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from attrvis.errors import BadValue
from attrvis.images import Frame, bundled, fit, read, resize, within

HOWS = ("crop", "pad", "stretch")


def _photo(h: int, w: int, seed: int = 0) -> np.ndarray:
    """Make a smooth photo: a few waves, so that resampling loses little."""
    y, x = np.mgrid[:h, :w]
    rng = np.random.default_rng(seed)
    phases = rng.uniform(0, 6, 3)
    waves = [0.5 + 0.4 * np.sin(3 * x / w + p) * np.cos(2 * y / h - p) for p in phases]
    return np.stack(waves, -1).astype(np.float32)


def _usual(photo: Image.Image, side: int = 224) -> np.ndarray:
    """The usual evaluation of networks, by Pillow in 8 bits: shorter side 256, centre crop 224."""
    short = round(side * 256 / 224)
    w, h = photo.size
    scale = short / min(w, h)
    size = (short, int(h * scale)) if w <= h else (int(w * scale), short)
    resized = photo.resize(size, Image.Resampling.BILINEAR)
    left, top = round((size[0] - side) / 2), round((size[1] - side) / 2)
    return np.asarray(resized.crop((left, top, left + side, top + side)), np.float32) / 255


@pytest.mark.parametrize("size", [(300, 451), (640, 480), (97, 131), (256, 256), (224, 500)])
def test_crop_is_the_usual_preprocessing(size: tuple[int, int]) -> None:
    picture = Image.open(bundled("chelsea")).resize(size[::-1], Image.Resampling.BICUBIC)
    made, frame = fit(read(picture), (224, 224), "crop")
    assert made.dtype == np.float32 and made.shape == (224, 224, 3)
    assert np.abs(made - _usual(picture)).max() <= 1.01 / 255
    assert frame.how == "crop" and frame.photo == size


@pytest.mark.data
def test_crop_on_real_photos(data: Path) -> None:
    for path in sorted((data / "images" / "imagenet-val60" / "images").iterdir())[:12]:
        image = read(path)
        made, frame = fit(image, (224, 224))
        with Image.open(path) as picture:
            if "icc_profile" not in picture.info:
                assert np.abs(made - _usual(picture.convert("RGB"))).max() <= 1.01 / 255
        assert frame.to_photo(np.ones((224, 224))).shape == image.shape[:2]


@pytest.mark.parametrize("how", HOWS)
def test_photo_of_the_exact_size_is_untouched(how: str) -> None:
    photo = np.random.default_rng(0).random((33, 47, 3), dtype=np.float32)
    made, frame = fit(photo, (33, 47), how)
    np.testing.assert_array_equal(made, photo)
    np.testing.assert_array_equal(frame.to_photo(made), photo)
    made[:] = 0
    assert photo.max() > 0


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("photo", [(300, 451), (50, 70), (451, 300), (224, 300), (1000, 333)])
@pytest.mark.parametrize("net", [(224, 224), (64, 96), (33, 21)])
def test_there_and_back(how: str, photo: tuple[int, int], net: tuple[int, int]) -> None:
    image = _photo(*photo)
    made, frame = fit(image, net, how)
    back = frame.to_photo(made, fill=-1)
    assert back.shape == image.shape
    seen = back[:, :, 0] != -1
    top, left, bottom, right = frame.box
    ys, xs = np.arange(photo[0]) + 0.5, np.arange(photo[1]) + 0.5
    inside = ((ys >= top) & (ys <= bottom))[:, None] & ((xs >= left) & (xs <= right))[None]
    np.testing.assert_array_equal(seen, inside)
    assert np.abs(back - image)[seen].max() < 0.08
    if how != "crop":
        assert seen.all()


@pytest.mark.parametrize("how", HOWS)
def test_a_point_comes_back_to_its_place(how: str) -> None:
    photo = np.zeros((300, 460, 3), np.float32)
    y, x = 131, 245
    photo[y - 4 : y + 5, x - 4 : x + 5] = 1
    made, frame = fit(photo, (224, 160), how)
    if how == "pad":
        made = np.where(made == 0.5, 0, made)
    back = frame.to_photo(made)[:, :, 0]
    ys, xs = np.mgrid[:300, :460]
    assert abs((back * ys).sum() / back.sum() - y) < 0.1
    assert abs((back * xs).sum() / back.sum() - x) < 0.1


def test_outside_the_crop_is_fill_and_padding_is_cut() -> None:
    _, crop = fit(np.zeros((100, 300, 3), np.float32), (50, 50), "crop")
    back = crop.to_photo(np.ones((50, 50)), fill=0.25)
    assert back[50, 150] == 1 and back[0, 0] == 0.25 and back[50, 10] == 0.25
    assert set(np.unique(back)) == {np.float32(0.25), np.float32(1)}
    made, pad = fit(np.zeros((100, 300, 3), np.float32), (60, 60), "pad", fill=0.7)
    assert pad.area == (20, 0, 40, 60)
    assert (made[:20] == np.float32(0.7)).all() and (made[20:40] == 0).all()
    marked = np.full((60, 60), 9.0)
    marked[20:40] = 1
    np.testing.assert_array_equal(pad.to_photo(marked), np.ones((100, 300)))


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("photo", [(1, 1), (1, 2), (2, 1), (1, 5000), (5000, 1), (2, 3)])
def test_tiny_photos(how: str, photo: tuple[int, int]) -> None:
    image = np.full((*photo, 3), 0.25, np.float32)
    made, frame = fit(image, (224, 224), how)
    inside = made[frame.area[0] : frame.area[2], frame.area[1] : frame.area[3]]
    np.testing.assert_allclose(inside, 0.25, atol=1e-6)
    back = frame.to_photo(made, fill=-1)
    assert back.shape == image.shape
    assert np.isclose(back, 0.25).any()


@settings(max_examples=60, deadline=None)
@given(
    h=st.integers(1, 90),
    w=st.integers(1, 90),
    nh=st.integers(1, 64),
    nw=st.integers(1, 64),
    how=st.sampled_from(HOWS),
)
def test_any_size_works(h: int, w: int, nh: int, nw: int, how: str) -> None:
    image = np.random.default_rng(h * 91 + w).random((h, w, 3), dtype=np.float32)
    made, frame = fit(image, (nh, nw), how)
    assert made.shape == (nh, nw, 3) and made.min() >= 0 and made.max() <= 1
    for array in (made, made[:, :, 0], np.dstack([made, made])):
        back = frame.to_photo(array)
        assert back.shape == (h, w, *array.shape[2:]) and np.isfinite(back).all()
    assert Frame.from_json(json.loads(json.dumps(frame.to_json()))) == frame
    assert hash(frame) == hash(Frame.from_json(frame.to_json()))


def test_signed_maps_keep_their_range() -> None:
    _, frame = fit(np.zeros((300, 451, 3), np.float32), (14, 14))
    values = np.random.default_rng(0).normal(size=(14, 14)) * 100
    back = frame.to_photo(values)
    assert back.min() >= values.min() - 1e-4 and back.max() <= values.max() + 1e-4
    assert back.min() < -50


def test_wrong_use_is_named() -> None:
    photo = np.zeros((5, 6, 3), np.float32)
    for call in (
        lambda: fit(photo, (0, 5)),
        lambda: fit(photo, (5.5, 5)),  # type: ignore[arg-type]
        lambda: fit(photo, 224),  # type: ignore[arg-type]
        lambda: fit(photo, (5, 5), "squeeze"),  # type: ignore[arg-type]
        lambda: fit(photo.astype(np.uint8), (5, 5)),
        lambda: fit(photo[0], (5, 5)),
        lambda: fit(photo, (4, 4))[1].to_photo(np.zeros((5, 5))),
        lambda: Frame.from_json({"how": "crop"}),
        lambda: Frame("crop", (4, 4), (4, 4), (0, 0, 9, 4), (0, 0, 4, 4)),
    ):
        with pytest.raises(BadValue):
            call()


def test_resize_known_answers() -> None:
    np.testing.assert_allclose(
        resize(np.array([[0.0, 1.0, 2.0, 3.0]]), (1, 2), resample="box"), [[0.5, 2.5]]
    )
    np.testing.assert_array_equal(
        resize(np.array([[1.0, 2.0]]), (2, 4), resample="nearest"), [[1, 1, 2, 2]] * 2
    )
    np.testing.assert_allclose(
        resize(np.array([[0.0, 1.0]]), (1, 4)), [[0, 0.25, 0.75, 1]], atol=1e-6
    )
    checker = np.indices((64, 64)).sum(0) % 2 * 1.0
    np.testing.assert_allclose(resize(checker, (8, 8))[1:-1, 1:-1], 0.5, atol=0.02)
    step = np.repeat([[0.0, 1.0]], 3, axis=1).reshape(1, 6)
    bicubic = resize(step, (1, 60), resample="bicubic")
    assert bicubic.min() >= 0 and bicubic.max() <= 1
    for bad in (np.zeros(3), np.zeros((0, 2)), np.array([["a"]])):
        with pytest.raises(BadValue):
            resize(bad, (2, 2))
    with pytest.raises(BadValue, match="filter"):
        resize(step, (2, 2), resample="lanczos9")  # type: ignore[arg-type]
    with pytest.raises(BadValue, match="box"):
        resize(step, (2, 2), box=(0, 0, 9, 9))


@pytest.mark.parametrize("how", HOWS)
def test_a_frame_at_another_size_leads_to_the_same_place(how: str) -> None:
    photo = _photo(300, 420)
    seen, frame = fit(photo, (64, 64), how)
    heat = seen[..., 0]
    small = within(photo, 100 * 140)
    assert small.shape == (100, 140, 3) and within(small, 100 * 140) is small
    there = frame.at(small.shape[:2])
    assert there.network == frame.network and there.photo == (100, 140)
    wanted = resize(frame.to_photo(heat, fill=0.5), (100, 140))
    # But for the seam of what was not seen.
    assert np.quantile(np.abs(there.to_photo(heat, fill=0.5) - wanted), 0.97) < 0.02
    assert Frame.from_json(frame.at(frame.photo).to_json()) == frame
    with pytest.raises(BadValue, match="size"):
        frame.at((0, 4))
