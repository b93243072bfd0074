"""A model file is a program: which ops one may hold before the user vouches for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from attrvis.errors import ModelError
from attrvis.networks.inlining import named_functions

if TYPE_CHECKING:
    import tensorflow as tf

# Pure functions of their inputs. Anything that reads or writes files, talks to the network,
# calls Python, keeps queues or draws unseeded numbers stays out.
_ALLOWED = frozenset(
    [
        "Abs",
        "Add",
        "AddN",
        "AddV2",
        "All",
        "Any",
        "ArgMax",
        "ArgMin",
        "AvgPool",
        "AvgPool3D",
        "BatchMatMul",
        "BatchMatMulV2",
        "BatchMatMulV3",
        "BatchToSpaceND",
        "BiasAdd",
        "BroadcastArgs",
        "BroadcastTo",
        "Cast",
        "Ceil",
        "CheckNumerics",
        "ClipByValue",
        "Concat",
        "ConcatV2",
        "Const",
        "Conv2D",
        "Conv2DBackpropInput",
        "Conv3D",
        "CropAndResize",
        "Cumsum",
        "DepthToSpace",
        "DepthwiseConv2dNative",
        "Einsum",
        "Elu",
        "EnsureShape",
        "Equal",
        "Erf",
        "Erfc",
        "Exp",
        "ExpandDims",
        "Expm1",
        "FFT2D",
        "Fill",
        "Floor",
        "FloorDiv",
        "FloorMod",
        "FusedBatchNorm",
        "FusedBatchNormV2",
        "FusedBatchNormV3",
        "Gather",
        "GatherNd",
        "GatherV2",
        "Greater",
        "GreaterEqual",
        "IRFFT2D",
        "Identity",
        "IdentityN",
        "If",
        "L2Loss",
        "LRN",
        "LeakyRelu",
        "Less",
        "LessEqual",
        "Log",
        "Log1p",
        "LogSoftmax",
        "LogicalAnd",
        "LogicalNot",
        "LogicalOr",
        "MatMul",
        "Max",
        "MaxPool",
        "MaxPoolV2",
        "Maximum",
        "Mean",
        "Min",
        "Minimum",
        "MirrorPad",
        "Mul",
        "MulNoNan",
        "Neg",
        "NoOp",
        "NotEqual",
        "OneHot",
        "OnesLike",
        "Pack",
        "Pad",
        "PadV2",
        "PartitionedCall",
        "Placeholder",
        "PlaceholderWithDefault",
        "Pow",
        "PreventGradient",
        "Prod",
        "RFFT2D",
        "Range",
        "Rank",
        "ReadVariableOp",
        "RealDiv",
        "Reciprocal",
        "Relu",
        "Relu6",
        "Reshape",
        "ResizeBicubic",
        "ResizeBilinear",
        "ResizeNearestNeighbor",
        "ResourceGather",
        "ReverseV2",
        "Roll",
        "Round",
        "Rsqrt",
        "ScaleAndTranslate",
        "Select",
        "SelectV2",
        "Selu",
        "Shape",
        "ShapeN",
        "Sigmoid",
        "Sign",
        "Sin",
        "Cos",
        "Size",
        "Slice",
        "Softmax",
        "Softplus",
        "Softsign",
        "SpaceToBatchND",
        "SpaceToDepth",
        "Split",
        "SplitV",
        "Sqrt",
        "Square",
        "SquaredDifference",
        "Squeeze",
        "StatefulPartitionedCall",
        "StatelessIf",
        "StatelessWhile",
        "StopGradient",
        "StridedSlice",
        "Sub",
        "Sum",
        "Tanh",
        "TensorListFromTensor",
        "TensorListGetItem",
        "TensorListReserve",
        "TensorListSetItem",
        "TensorListStack",
        "Tile",
        "TopKV2",
        "Transpose",
        "Unpack",
        "VarHandleOp",
        "While",
        "Where",
        "Xdivy",
        "Xlogy",
        "ZerosLike",
    ]
)

_NAMED_DANGERS = {
    "PyFunc": "calls Python",
    "EagerPyFunc": "calls Python",
    "PyFuncStateless": "calls Python",
    "ReadFile": "reads files",
    "WriteFile": "writes files",
    "Enter": "is a TensorFlow 1 loop",
    "Exit": "is a TensorFlow 1 loop",
    "DecodeJpeg": "decodes an image file; name the first float tensor with input=",
}


_HARMFUL = re.compile(
    r"PyFunc|ReadFile|WriteFile|MatchingFiles|Reader|Queue|Dataset|Iterator|Rpc|^_?(Host)?(Send|Recv)"
    r"|DebugIdentity|Print|Summary|LoadLibrary"
)
"""What could act on loading, anywhere in a file: Python, files, networks, queues."""


_SAVING = frozenset(["MergeV2Checkpoints", "Save", "SaveSlices", "SaveV2"])
_INITIALISERS = ("__saved_model_init_op", "saved_model_main_op", "legacy_init_op")


def check_file(meta_graph: tf.compat.v1.MetaGraphDef, *, trust: bool = False) -> None:
    """Refuse a SavedModel's graph that holds harmful ops, before TensorFlow loads it.

    Initialisers and saving functions are there in every SavedModel and may stay, but what loading
    or a call can run must not write checkpoints. The part that computes the scores is held against
    the allowlist when it is lowered.

    Args:
        meta_graph: the graph, its function library and its objects.
        trust: True when the user vouches for the file.

    Raises:
        ModelError: names the first such op and its node.
    """
    if trust:
        return
    for node in _own_nodes(meta_graph.graph_def):
        if _HARMFUL.search(node.op):
            raise _refusal(node)
    for node in _runnable(meta_graph):
        if node.op in _SAVING:
            raise _refusal(node)


def _runnable(meta_graph: tf.compat.v1.MetaGraphDef) -> Iterator[tf.compat.v1.NodeDef]:
    """Yield the nodes that loading may run: of objects' functions, initialisers, restoring."""
    graph_def = meta_graph.graph_def
    functions = {f.signature.name: f.node_def for f in graph_def.library.function}
    nodes = {node.name: node for node in graph_def.node}
    waiting = [n for name in meta_graph.object_graph_def.concrete_functions
               for n in functions.get(name, ())]  # fmt: skip
    started = [meta_graph.saver_def.restore_op_name]
    for name in _INITIALISERS:
        started += meta_graph.collection_def[name].node_list.value if (
            name in meta_graph.collection_def
        ) else ()  # fmt: skip
        if name in meta_graph.signature_def:
            started += [o.name for o in meta_graph.signature_def[name].outputs.values()]
    names = [name.lstrip("^").split(":")[0] for name in started]
    seen: set[str] = set()
    while waiting or names:
        while names:
            name = names.pop()
            if name in nodes and name not in seen:
                seen.add(name)
                waiting.append(nodes[name])
                names += [i.lstrip("^").split(":")[0] for i in nodes[name].input]
        while waiting:
            node = waiting.pop()
            yield node
            for called in named_functions(node):
                if called in functions and f"function {called}" not in seen:
                    seen.add(f"function {called}")
                    waiting += functions[called]


def check_ops(graph_def: tf.compat.v1.GraphDef, *, trust: bool = False) -> None:
    """Refuse a graph that holds ops which are not pure functions of their inputs.

    Args:
        graph_def: the graph, its function library included.
        trust: True when the user vouches for the file.

    Raises:
        ModelError: names the first such op and its node.
    """
    if trust:
        return
    for node in _own_nodes(graph_def):
        if node.op not in _ALLOWED:
            raise _refusal(node)


def _own_nodes(graph_def: tf.compat.v1.GraphDef) -> Iterator[tf.compat.v1.NodeDef]:
    """Yield the nodes of a graph and of its functions, but for calls of those functions."""
    functions = {f.signature.name for f in graph_def.library.function}
    for nodes in (graph_def.node, *(f.node_def for f in graph_def.library.function)):
        yield from (node for node in nodes if node.op not in functions)


def _refusal(node: tf.compat.v1.NodeDef) -> ModelError:
    reason = _NAMED_DANGERS.get(node.op, "is not on the list of pure image ops")
    return ModelError(
        f"The graph's op {node.op} (node {node.name!r}) {reason}; a model file is a "
        "program, so pass trust=True only if you know where it comes from."
    )
