"""What kinds of ops there are to those who walk them."""

from __future__ import annotations

from attrvis.networks.composites import GATED
from attrvis.networks.section import Unit

WEIGHTED = frozenset(("Conv2D", "DepthwiseConv2dNative", "MatMul", "Conv3D"))
"""Ops of an input and of weights whose parts rules may change."""

PRODUCTS = WEIGHTED | {
    "BatchMatMul",
    "BatchMatMulV2",
    "BatchMatMulV3",
    "Conv2DBackpropInput",
    "Einsum",
    "Mul",
}
"""Ops that are linear in each of two inputs."""

NORMS = frozenset(("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"))

ROUTING = frozenset(
    [
        "BatchToSpaceND",
        "BroadcastTo",
        "Cast",
        "CheckNumerics",
        "Concat",
        "ConcatV2",
        "DepthToSpace",
        "ExpandDims",
        "GatherV2",
        "Identity",
        "IdentityN",
        "MirrorPad",
        "Pack",
        "Pad",
        "PadV2",
        "PlaceholderWithDefault",
        "PreventGradient",
        "Reshape",
        "ReverseV2",
        "Roll",
        "Select",
        "SelectV2",
        "Slice",
        "Snapshot",
        "SpaceToBatchND",
        "SpaceToDepth",
        "Split",
        "SplitV",
        "Squeeze",
        "StopGradient",
        "StridedSlice",
        "Tile",
        "Transpose",
        "Unpack",
    ]
)
"""Ops that carry numbers from place to place and leave them as they are."""

SUMS = frozenset(
    [
        "Add",
        "AddN",
        "AddV2",
        "AvgPool",
        "AvgPool3D",
        "BiasAdd",
        "Mean",
        "ResizeBilinear",
        "ResizeNearestNeighbor",
        "Sub",
        "Sum",
    ]
)
"""Ops that add numbers up, with weights that nobody trained."""

LINEAR = PRODUCTS | NORMS | ROUTING | SUMS | {"Cumsum", "Neg"}
"""Ops that are linear in what of their inputs depends on the layer, two factors apart."""

MAXIMA = frozenset(("MaxPool", "MaxPool3D", "Max", "Min"))
"""Ops that pass the largest or the smallest of many numbers."""

ELEMENTWISE = frozenset(
    [
        "Abs",
        "Atan",
        "ClipByValue",
        "Cos",
        "Elu",
        "Erf",
        "Erfc",
        "Exp",
        "Expm1",
        "Inv",
        "LeakyRelu",
        "Log",
        "Log1p",
        "Maximum",
        "Minimum",
        "Pow",
        "RealDiv",
        "Reciprocal",
        "Relu",
        "Relu6",
        "Rsqrt",
        "Selu",
        "Sigmoid",
        "Sin",
        "Softplus",
        "Softsign",
        "Sqrt",
        "Square",
        "SquaredDifference",
        "Tanh",
    ]
) | {GATED}
"""Ops that bend each number by itself."""

PAIRS = frozenset(("Maximum", "Minimum", "RealDiv", "Pow", "SquaredDifference"))
"""Ops that bend two numbers together."""


def training(unit: Unit, values: dict) -> bool:
    """Tell whether a normalisation takes its moments from the batch, which couples its rows."""
    return unit.op in NORMS and bool(values[unit.output].op.get_attr("is_training"))


def linear(unit: Unit) -> bool:
    """Tell whether a unit is linear in all that it reads of the layer, taken together."""
    if unit.op == "RealDiv":
        return unit.places == (0,)
    return unit.op in LINEAR and not (unit.op in PRODUCTS and len(unit.places) > 1)
