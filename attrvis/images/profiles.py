"""Colour modes and ICC profiles of Pillow images, brought to sRGB."""

from __future__ import annotations

import io

from PIL import Image

_LARGEST_PROFILE = 16 * 2**20


def to_srgb(picture: Image.Image) -> Image.Image:
    """Bring an 8-bit picture of any mode to sRGB.

    Args:
        picture: a loaded Pillow image of mode 1, L, LA, La, P, PA, RGB, RGBA, RGBa, RGBX, CMYK,
            YCbCr, LAB or HSV. Its ICC profile is applied where that works, else left aside.

    Returns:
        An image of mode RGB, or RGBA where the picture has transparency.

    Example:
        >>> to_srgb(Image.new("CMYK", (2, 2))).mode
        'RGB'
    """
    profile = picture.info.get("icc_profile")
    alpha = None
    if picture.has_transparency_data:
        whole = picture.convert({"La": "LA", "RGBa": "RGBA"}.get(picture.mode, picture.mode))
        alpha = whole.convert("RGBA").getchannel("A")
        picture = whole.convert("L" if whole.mode == "LA" else "RGB")
    elif picture.mode in ("1", "P", "PA", "RGBX"):
        picture = picture.convert("L" if picture.mode == "1" else "RGB")
    made = _apply(picture, profile)
    if made is None:
        made = picture.convert("RGB")
    if alpha is not None:
        made = made.copy() if made is picture else made
        made.putalpha(alpha)
    return made


def _apply(picture: Image.Image, profile: bytes | None) -> Image.Image | None:
    """Convert through an embedded profile; None where there is none, or it does not fit."""
    if picture.mode == "LAB":
        return _from_lab(picture)
    if not isinstance(profile, bytes) or not 128 <= len(profile) <= _LARGEST_PROFILE:
        return None
    try:
        from PIL import ImageCms

        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "srgb" in ImageCms.getProfileDescription(source).lower():
            return None
        target = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(picture, source, target, outputMode="RGB")
    except MemoryError:
        raise
    except Exception:
        return None


def _from_lab(picture: Image.Image) -> Image.Image | None:
    from PIL import ImageCms

    lab, target = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    return ImageCms.profileToProfile(picture, lab, target, outputMode="RGB")
