"""Transforms by name, single ones and sets."""

from attrvis.tables import Row, Table

TRANSFORMS = Table(
    "transforms",
    (
        Row("pad", "attrvis.transforms.geometric:Pad", "geometric", "olah2017"),
        Row("jitter", "attrvis.transforms.geometric:Jitter", "geometric", "olah2017"),
        Row("scale", "attrvis.transforms.geometric:Scale", "geometric", "olah2017"),
        Row("rotate", "attrvis.transforms.geometric:Rotate", "geometric", "olah2017"),
        Row("crop", "attrvis.transforms.geometric:Crop", "geometric", "olah2017"),
        Row("masked", "attrvis.transforms.named:masked", "set", "shi2023"),
        Row("identity", "attrvis.transforms.named:identity", "set"),
    ),
    kind="transform",
)
