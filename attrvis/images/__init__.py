"""Pictures in and out: reading under guard, fitting to a network's size and back, writing."""

from attrvis.images.bundle import bundled
from attrvis.images.frames import Frame, fit
from attrvis.images.reading import ImageSource, batch, read
from attrvis.images.resizing import resize, within
from attrvis.images.writing import composite, encode_png, to_uint8, write_png

__all__ = [
    "Frame",
    "ImageSource",
    "batch",
    "bundled",
    "composite",
    "encode_png",
    "fit",
    "read",
    "resize",
    "to_uint8",
    "within",
    "write_png",
]
