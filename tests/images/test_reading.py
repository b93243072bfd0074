"""Photos: every mode and every fault of the files that users really have."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from attrvis.errors import ImageError
from attrvis.images import batch, bundled, read, reading


def _ramp(h: int = 5, w: int = 7) -> np.ndarray:
    values = np.arange(h * w * 3, dtype=np.uint8) * 2
    return values.reshape(h, w, 3)


def _save(path: Path, image: Image.Image, **options: object) -> Path:
    image.save(path, **options)
    return path


# ---- known answers ----------------------------------------------------------------------------


def test_rgb_png_is_exact(tmp_path: Path) -> None:
    path = _save(tmp_path / "a.png", Image.fromarray(_ramp()))
    made = read(path)
    assert made.dtype == np.float32 and made.shape == (5, 7, 3)
    np.testing.assert_array_equal(made, _ramp().astype(np.float32) / np.float32(255))
    np.testing.assert_array_equal(read(str(path)), made)
    np.testing.assert_array_equal(read(Image.open(path)), made)
    np.testing.assert_array_equal(read(_ramp()), made)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "La", "RGBa"])
def test_modes_end_as_rgb(mode: str) -> None:
    source = Image.fromarray(_ramp()).convert("RGBA").convert("LA" if mode == "La" else "RGBA")
    made = read(source.convert(mode))
    assert made.shape == (5, 7, 3) and made.dtype == np.float32
    assert made.min() >= 0 and made.max() <= 1
    grey = np.asarray(source.convert("L"), np.float32)[:, :, None] / 255
    if mode in ("L", "LA", "La"):
        np.testing.assert_allclose(made, np.repeat(grey, 3, 2), atol=1e-6)
    elif mode in ("RGB", "RGBA", "RGBX", "RGBa"):
        np.testing.assert_allclose(made, _ramp() / 255, atol=1e-6)


@pytest.mark.parametrize(
    ("mode", "ending", "colour", "wanted"),
    [
        ("1", "png", 1, (1, 1, 1)),
        ("L", "png", 51, (0.2, 0.2, 0.2)),
        ("LA", "png", (0, 51), (0.8, 0.8, 0.8)),
        ("RGBA", "png", (255, 0, 0, 0), (1, 1, 1)),
        ("RGBA", "png", (255, 0, 0, 51), (1, 0.8, 0.8)),
        ("RGBA", "webp", (0, 0, 0, 255), (0, 0, 0)),
        ("I;16", "png", 13107, (0.2, 0.2, 0.2)),
        ("I;16", "tif", 65535, (1, 1, 1)),
        ("I;16", "tif", 128, (128 / 65535,) * 3),
        ("F", "tif", 0.25, (0.25, 0.25, 0.25)),
        ("F", "tif", 51.0, (0.2, 0.2, 0.2)),
        ("I", "tif", 13107, (0.2, 0.2, 0.2)),
        ("CMYK", "tif", (0, 255, 255, 0), (1, 0, 0)),
        ("CMYK", "jpg", (0, 0, 0, 255), (0, 0, 0)),
        ("RGB", "bmp", (0, 51, 255), (0, 0.2, 1)),
        ("L", "jpg", 255, (1, 1, 1)),
    ],
)
def test_colours_of_files(
    tmp_path: Path, mode: str, ending: str, colour: object, wanted: tuple[float, ...]
) -> None:
    image = Image.new(mode, (9, 8), colour)
    made = read(_save(tmp_path / f"a.{ending}", image))
    assert made.shape == (8, 9, 3)
    np.testing.assert_allclose(made[4, 4], wanted, atol=0.012 if ending == "jpg" else 1e-6)


def test_sixteen_bits_are_scaled_not_clipped(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 48).astype(np.uint16).reshape(6, 8)
    made = read(_save(tmp_path / "a.png", Image.fromarray(ramp)))
    np.testing.assert_allclose(made[:, :, 0], ramp / 65535, atol=1e-7)
    np.testing.assert_allclose(read(ramp)[:, :, 2], ramp / 65535, atol=1e-7)


def test_palette_with_transparency(tmp_path: Path) -> None:
    image = Image.new("P", (4, 4), 1)
    image.putpalette([0, 0, 0, 255, 0, 0, 0, 0, 255])
    made = read(_save(tmp_path / "a.png", image, transparency=1))
    np.testing.assert_array_equal(made, 1)
    image.putpixel((0, 0), 2)
    made = read(_save(tmp_path / "b.png", image, transparency=1))
    np.testing.assert_array_equal(made[0, 0], [0, 0, 1])


@pytest.mark.parametrize("ending", ["gif", "webp", "png"])
def test_animations_give_their_first_frame(tmp_path: Path, ending: str) -> None:
    frames = [Image.new("RGB", (6, 5), c) for c in ("red", "blue", "lime")]
    options = {"lossless": True} if ending == "webp" else {}
    path = _save(
        tmp_path / f"a.{ending}", frames[0], save_all=True, append_images=frames[1:], **options
    )
    np.testing.assert_allclose(read(path)[2, 2], [1, 0, 0], atol=0.01)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_turned(tmp_path: Path, orientation: int) -> None:
    upright = np.zeros((4, 6, 3), np.uint8)
    upright[0, 0] = (255, 0, 0)
    upright[0, -1] = (0, 255, 0)
    turned = Image.fromarray(upright)
    undo = {
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    for step in undo.get(orientation, []):
        turned = turned.transpose(step)
    exif = Image.Exif()
    exif[0x0112] = orientation
    made = read(_save(tmp_path / "a.png", turned, exif=exif))
    np.testing.assert_array_equal(made, upright / np.float32(255))


def test_colour_profile_is_applied_and_a_damaged_one_left_aside(tmp_path: Path) -> None:
    image = Image.new("RGB", (4, 4), (200, 100, 50))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    plain = read(_save(tmp_path / "a.png", image))
    np.testing.assert_array_equal(read(_save(tmp_path / "b.png", image, icc_profile=srgb)), plain)
    damaged = srgb[:200] + bytes(200)
    np.testing.assert_array_equal(
        read(_save(tmp_path / "c.png", image, icc_profile=damaged)), plain
    )
    lab = Image.new("LAB", (4, 4), (255, 128, 128))
    np.testing.assert_allclose(read(lab), 1, atol=0.01)
    linear = _linear_profile(srgb)
    made = read(_save(tmp_path / "d.png", image, icc_profile=linear))
    assert made[0, 0, 0] > plain[0, 0, 0] + 0.05  # linear light 200/255 is a brighter sRGB value
    rgba = image.convert("RGBA")
    rgba.putalpha(0)
    np.testing.assert_array_equal(read(_save(tmp_path / "e.png", rgba, icc_profile=linear)), 1)


def _linear_profile(srgb: bytes) -> bytes:
    """Take an sRGB profile and give it straight tone curves and another name."""
    data = bytearray(srgb)
    count = struct.unpack(">I", data[128:132])[0]
    for index in range(count):
        tag, offset, length = struct.unpack(">4sII", data[132 + 12 * index : 144 + 12 * index])
        if tag in (b"rTRC", b"gTRC", b"bTRC"):
            data[offset : offset + 12] = b"curv" + bytes(8)
        if tag == b"desc":
            start = data.index("sRGB".encode("utf-16-be"), offset, offset + length)
            data[start : start + 8] = "line".encode("utf-16-be")
    return bytes(data)


def test_bundled_photo_is_a_small_square() -> None:
    path = bundled("chelsea")
    assert path.stat().st_size < 60_000
    assert read(path).shape == (256, 256, 3)
    assert "CC0" in (path.parent / "SOURCE.txt").read_text()
    with pytest.raises(Exception, match="nearest: 'chelsea'"):
        bundled("chelsie")


def test_tiny_and_thin_and_odd() -> None:
    for shape in ((1, 1), (1, 301), (301, 1), (13, 17)):
        assert read(np.zeros(shape, np.uint8)).shape == (*shape, 3)
        assert read(Image.new("L", shape[::-1])).shape == (*shape, 3)


def test_callers_image_is_left_alone(tmp_path: Path) -> None:
    image = Image.fromarray(_ramp()).convert("RGBA")
    before = image.tobytes()
    read(image)
    assert image.mode == "RGBA" and image.tobytes() == before
    values = np.full((2, 2, 3), 0.5, np.float32)
    read(values)[:] = 0
    assert (values == 0.5).all()


# ---- arrays -------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_float_arrays(dtype: str) -> None:
    made = read(np.full((2, 3, 3), 0.5, dtype))
    assert made.dtype == np.float32 and (made == 0.5).all()


def test_alpha_of_arrays_lies_on_white() -> None:
    rgba = np.zeros((1, 1, 4))
    rgba[..., 3] = 0.25
    np.testing.assert_allclose(read(rgba), 0.75)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.full((2, 2, 3), 200.0), "divide it by 255"),
        (np.full((2, 2, 3), -1.0), r"\(x \+ 1\) / 2"),
        (np.full((2, 2, 3), -120.0), "preprocessing"),
        (np.full((2, 2, 3), np.nan), "NaN"),
        (np.full((2, 2, 3), np.inf), "infinite"),
        (np.zeros((3, 20, 30)), "channels seem to come first"),
        (np.zeros((1, 3, 20, 30)), "channels seem to come first"),
        (np.zeros((2, 20, 30, 3)), "several images"),
        (np.zeros(5), "reshape"),
        (np.zeros((0, 4, 3)), "no pixels"),
        (np.zeros((4, 4, 2)), "not \\[4, 4, 2\\]"),
        (np.zeros((4, 4, 3), np.int64), "int64"),
        (np.zeros((4, 4, 3), complex), "complex"),
        (np.array("text"), "reshape|convert"),
    ],
)
def test_wrong_arrays_are_named(values: np.ndarray, words: str) -> None:
    with pytest.raises(ImageError, match=words):
        read(values)


def test_wrong_types_are_named() -> None:
    for source in (None, 3, b"bytes", object()):
        with pytest.raises(ImageError, match="path, a PIL image or an array"):
            read(source)  # type: ignore[arg-type]


# ---- batches ------------------------------------------------------------------------------------


def test_batch_of_one_and_many(tmp_path: Path) -> None:
    path = _save(tmp_path / "a.png", Image.fromarray(_ramp()))
    assert batch(path).shape == batch(str(path)).shape == (1, 5, 7, 3)
    assert batch(Image.open(path)).shape == (1, 5, 7, 3)
    assert batch(_ramp()).shape == (1, 5, 7, 3)
    assert batch(np.stack([_ramp()] * 3)).shape == (3, 5, 7, 3)
    mixed = batch([path, Image.open(path), _ramp(), _ramp() / 255.0])
    assert mixed.shape == (4, 5, 7, 3)
    np.testing.assert_allclose(mixed, np.broadcast_to(mixed[:1], mixed.shape), atol=1e-7)


def test_batches_that_cannot_be() -> None:
    with pytest.raises(ImageError, match="no image"):
        batch([])
    with pytest.raises(ImageError, match="no image"):
        batch(np.zeros((0, 4, 4, 3)))
    with pytest.raises(ImageError, match="image 0 is 4 x 4 and image 1 is 4 x 5"):
        batch([np.zeros((4, 4)), np.zeros((4, 5))])
    with pytest.raises(ImageError, match="come first"):
        batch(np.zeros((2, 3, 20, 30)))
    with pytest.raises(ImageError, match="path, a PIL image"):
        batch(7)  # type: ignore[arg-type]


# ---- bad files ----------------------------------------------------------------------------------


def test_missing_folder_empty_text(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("this is no picture\n" * 50)
    (tmp_path / "page.jpg").write_text("<html>404</html>")
    for name, words in [
        ("none.png", "no photo .*none.png.*check the path"),
        ("", "is a folder"),
        ("empty.png", "empty.png.* is empty"),
        ("text.png", "text.png.* is not a picture"),
        ("page.jpg", "page.jpg.* is not a picture"),
    ]:
        with pytest.raises(ImageError, match=words):
            read(tmp_path / name)
    with pytest.raises(ImageError, match="no photo"):
        read("a\0b.png")
    with pytest.raises(ImageError, match="no photo"):
        read("x" * 5000)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipes_and_devices_do_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    for path in (tmp_path / "pipe.png", Path("/dev/zero")):
        with pytest.raises(ImageError, match="not a regular file"):
            read(path)


def test_names_cannot_steer_the_terminal(tmp_path: Path) -> None:
    with pytest.raises(ImageError) as caught:
        read(tmp_path / "a\x1b[31m\n.png")
    assert "\x1b" not in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "gif", "bmp", "tif"])
def test_truncated_files(tmp_path: Path, ending: str) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    path = _save(tmp_path / f"a.{ending}", Image.fromarray(noise))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ImageError, match=f"a.{ending}"):
        read(path)


def test_wrong_ending_is_no_fault(tmp_path: Path) -> None:
    path = _save(tmp_path / "a.png", Image.fromarray(_ramp()))
    assert read(path.rename(tmp_path / "a.jpg")).shape == (5, 7, 3)


def test_formats_off_the_list_are_refused(tmp_path: Path) -> None:
    for ending in ("ppm", "ico", "pcx", "eps"):
        path = _save(tmp_path / f"a.{ending}", Image.new("RGB", (32, 32)))
        with pytest.raises(ImageError, match="give a PNG"):
            read(path)


def _bomb(side: int) -> bytes:
    """Make a small PNG that states side x side grey pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [7100, 10_000, 14_000, 60_000])
def test_pixel_bombs_are_refused_before_decoding(tmp_path: Path, side: int) -> None:
    (tmp_path / "bomb.png").write_bytes(_bomb(side))
    with pytest.raises(ImageError, match=r"bomb.png.*50 million"):
        read(tmp_path / "bomb.png")


def test_large_arrays_and_pil_images_meet_the_same_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_PIXELS", 100)
    with pytest.raises(ImageError, match="11 x 10 pixels"):
        read(np.zeros((11, 10)))
    with pytest.raises(ImageError, match="11 x 10 pixels"):
        read(Image.new("L", (10, 11)))
    assert read(np.zeros((10, 10))).shape == (10, 10, 3)


def _samples() -> list[bytes]:
    made = []
    picture = Image.fromarray(np.random.default_rng(1).integers(0, 255, (16, 16, 3), np.uint8))
    for ending in ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"):
        for image in (picture, picture.convert("P"), picture.convert("L")):
            buffer = io.BytesIO()
            source = image if ending not in ("JPEG",) or image.mode != "P" else picture
            source.save(buffer, format=ending)
            made.append(buffer.getvalue())
    return made


_SAMPLES = _samples()


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_damaged_files_raise_nothing_but_imageerror(tmp_path: Path, data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from(_SAMPLES)))
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "fuzz"
    path.write_bytes(bytes(raw[: data.draw(st.integers(1, len(raw)))]))
    try:
        made = read(path)
    except ImageError as error:
        assert "fuzz" in str(error)
    else:
        assert made.ndim == 3 and made.shape[2] == 3 and np.isfinite(made).all()
        assert made.min() >= 0 and made.max() <= 1


@settings(max_examples=50, deadline=None)
@given(raw=st.binary(max_size=200))
def test_random_bytes_raise_nothing_but_imageerror(raw: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as home:
        path = Path(home, "a")
        path.write_bytes(raw)
        with pytest.raises(ImageError):
            read(path)
