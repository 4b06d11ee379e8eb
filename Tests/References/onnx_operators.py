"""Records small ONNX models of operators, layouts and batches, each with an input and what onnxruntime makes of it.

    python3 onnx_operators.py ../MartinetONNXTests/References/cases.json    # needs onnx, onnxruntime, numpy
"""
import base64
import json
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

random = np.random.default_rng(7)
node = helper.make_node
cases = []


def normal(*shape):
    return (np.round(random.standard_normal(shape) * 64) / 64).astype(np.float32)


def integers(*values):
    return np.array(values, np.int64)


def case(name, x, nodes, opset=18, free=True, output_is_image=True, input_is_image=True, fixed_batch=None, **constants):
    """The last node's only output is `y`; `free` leaves the batch open in the file."""
    x = np.asarray(x, np.float32)
    shape = (["N"] if free else [x.shape[0]]) + list(x.shape[1:])
    graph = helper.make_graph(
        nodes, "graph", [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(a), n) for n, a in constants.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    model.ir_version = 9
    data = model.SerializeToString()
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    y = session.run(["y"], {"x": x})[0]
    record = lambda a: {"shape": list(a.shape), "values": [float(f"{v:.9g}") for v in a.flatten()]}
    cases.append({
        "name": name, "model": base64.b64encode(data).decode(), "input": record(x), "output": record(y),
        "inputIsImage": input_is_image, "outputIsImage": output_is_image, "fixedBatch": fixed_batch})


def one(name, operator, x, inputs=("x",), opset=18, constants={}, free=True, **attributes):
    case(name, x, [node(operator, list(inputs), ["y"], **attributes)], opset=opset, free=free, **constants)


image = normal(2, 4, 5, 6)

# Layouts: which axis holds channels, behind a Transpose and in front of one.
count = np.arange(12)
case("Transpose, Relu", count.reshape(1, 2, 2, 3), [
    node("Transpose", ["x"], ["t"], perm=[0, 2, 3, 1]), node("Relu", ["t"], ["y"])], output_is_image=False)
case("Conv, Transpose, Softmax", count.reshape(1, 1, 3, 4), [
    node("Conv", ["x", "w"], ["c"]), node("Transpose", ["c"], ["t"], perm=[0, 2, 3, 1]),
    node("Softmax", ["t"], ["y"], axis=-1)], output_is_image=False, w=np.float32([1, 0]).reshape(2, 1, 1, 1))
case("Transpose, 14 operators", image, [
    node("Transpose", ["x"], ["t0"], perm=[0, 2, 3, 1]),
    *[node(["Sigmoid", "Tanh"][i % 2], [f"t{i}"], [f"t{i + 1}"]) for i in range(14)],
    node("Mul", ["t14", "m"], ["y"])], output_is_image=False, m=normal(4))
case("Transpose there and back", image, [
    node("Transpose", ["x"], ["t"], perm=[0, 2, 3, 1]), node("Relu", ["t"], ["r"]),
    node("Transpose", ["r"], ["y"], perm=[0, 3, 1, 2])])
case("channels-last input, scaled before its Transpose", normal(2, 5, 6, 3), [
    node("Mul", ["x", "m"], ["a"]), node("Sub", ["a", "s"], ["b"]),
    node("Transpose", ["b"], ["t"], perm=[0, 3, 1, 2]), node("Conv", ["t", "w"], ["y"])],
    input_is_image=False, m=np.float32(2), s=normal(3), w=normal(4, 3, 3, 3))
case("channels-last input, padded, and back", normal(2, 5, 6, 3), [
    node("Pad", ["x", "p"], ["a"]), node("Transpose", ["a"], ["t"], perm=[0, 3, 1, 2]),
    node("Conv", ["t", "w"], ["c"]), node("Transpose", ["c"], ["u"], perm=[0, 2, 3, 1]), node("Relu", ["u"], ["y"])],
    input_is_image=False, output_is_image=False, p=integers(0, 1, 2, 0, 0, 1, 0, 0), w=normal(4, 3, 3, 3))
case("concatenated behind a Transpose", image, [
    node("Transpose", ["x"], ["t"], perm=[0, 2, 3, 1]), node("Relu", ["t"], ["r"]),
    node("Concat", ["t", "r"], ["y"], axis=3)], output_is_image=False)

# A file that works for one size of batch only.
case("reshaped to a batch of 1", [[1, -2, 3, -4]], [
    node("Reshape", ["x", "s"], ["r"]), node("Relu", ["r"], ["y"])], fixed_batch=1, s=integers(1, 4))
case("reshaped to a batch of 3", normal(3, 4), [
    node("Reshape", ["x", "s"], ["r"]), node("Relu", ["r"], ["y"])], fixed_batch=3, s=integers(3, 2, 2))

# Elementwise.
one("Clip, limits that cross", "Clip", [[-2, 0, 6]], ["x", "low", "high"],
    constants={"low": np.float32(2), "high": np.float32(1)})
one("PRelu by channel", "PRelu", image, ["x", "s"], constants={"s": normal(4, 1, 1)})
one("PRelu of rows", "PRelu", normal(3, 5), ["x", "s"], constants={"s": normal(5)})
for name, attributes in [("Elu", {"alpha": 0.7}), ("Selu", {}), ("Celu", {"alpha": 2.0}), ("Softsign", {}), ("Mish", {}),
                         ("ThresholdedRelu", {"alpha": 0.3})]:
    one(name, name, 2 * image, **attributes)
one("Min", "Min", image, ["x", "a", "b"], constants={"a": normal(4, 1, 1), "b": np.float32(0.5)})
one("Max", "Max", image, ["x", "a", "b"], constants={"a": normal(5, 6), "b": np.float32(-0.5)})

# Reductions.
for name in ["ReduceMin", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSumExp"]:
    one(f"{name} of channels", name, image, ["x", "a"], constants={"a": integers(1)})
    one(f"{name} of rows and columns", name, image, ["x", "a"], constants={"a": integers(2, -1)}, keepdims=0)
one("ReduceLogSum", "ReduceLogSum", np.abs(image) + 1, ["x", "a"], constants={"a": integers(1, 2, 3)}, keepdims=0)

# Normalisation.
for size in [1, 3, 5]:
    one(f"LRN {size}", "LRN", image, size=size, alpha=0.9, beta=0.6, bias=1.5)
one("LRN of more than all channels", "LRN", image, size=9, alpha=1.0, beta=1.0, bias=1.0)
one("InstanceNormalization", "InstanceNormalization", image, ["x", "s", "b"], epsilon=1e-3,
    constants={"s": normal(4), "b": normal(4)})
one("LayerNormalization of rows", "LayerNormalization", normal(3, 7), ["x", "s", "b"],
    constants={"s": normal(7), "b": normal(7)})
one("LayerNormalization of images", "LayerNormalization", image, ["x", "s"], axis=1, constants={"s": normal(4, 5, 6)})

one("GroupNormalization", "GroupNormalization", image, ["x", "s", "b"], num_groups=2, opset=21,
    constants={"s": normal(4), "b": normal(4)})
for p in [1, 2]:
    one(f"LpNormalization {p}", "LpNormalization", image, axis=1, p=p)
one("MeanVarianceNormalization", "MeanVarianceNormalization", image)

# Comparisons, choices, functions.
for name in ["Greater", "LessOrEqual", "Equal"]:
    case(name, image, [node(name, ["x", "a"], ["c"]), node("Where", ["c", "x", "b"], ["y"])],
         a=np.float32(0.25), b=normal(4, 1, 6))
case("ArgMax of channels", image, [node("ArgMax", ["x"], ["i"], axis=1), node("Cast", ["i"], ["y"], to=1)])
for name in ["Floor", "Ceil", "Round", "Sin", "Sign", "Atan"]:
    one(name, name, 3 * image)
one("Gelu by tanh", "Gelu", image, opset=20, approximate="tanh")

# Parts.
slices = lambda s, e, a, p: {"s": integers(*s), "e": integers(*e), "a": integers(*a), "p": integers(*p)}
everything = ["x", "s", "e", "a", "p"]
largest = np.iinfo(np.int64).max
one("Slice in steps of two", "Slice", image, everything, constants=slices([0], [largest], [3], [2]))
one("Slice backwards", "Slice", image, everything, constants=slices([-1], [-largest - 1], [1], [-1]))
one("Slice backwards in steps, two axes", "Slice", image, everything, constants=slices([4, 5], [0, -7], [2, 3], [-2, -3]))
one("Slice with a step beyond the end", "Slice", image, everything, constants=slices([1], [4], [2], [100]))
case("Split in two sizes", image, [
    node("Split", ["x", "p"], ["a", "b"], axis=1), node("Concat", ["b", "a"], ["y"], axis=1)], p=integers(1, 3))
case("Split in equal parts", image, [
    node("Split", ["x"], ["a", "b", "c"], axis=-1, num_outputs=3), node("Mul", ["a", "b"], ["d"]),
    node("Add", ["d", "c"], ["y"])])
case("Split by an attribute", image, [
    node("Split", ["x"], ["a", "b"], axis=2, split=[2, 3]), node("Relu", ["b"], ["y"])], opset=11)

one("Tile", "Tile", image, ["x", "r"], constants={"r": integers(1, 2, 1, 3)})
one("Expand", "Expand", normal(2, 4, 1, 1), ["x", "s"], constants={"s": integers(1, 1, 5, 6)})
one("Gather", "Gather", image, ["x", "i"], axis=2, constants={"i": integers(-1, 0, 2)})
one("GatherElements", "GatherElements", image, ["x", "i"], axis=3, free=False,
    constants={"i": random.integers(-6, 6, (2, 4, 5, 2))})
one("CumSum", "CumSum", image, ["x", "a"], exclusive=1, reverse=1, constants={"a": integers(2)})
one("DepthToSpace DCR", "DepthToSpace", normal(2, 8, 3, 2), blocksize=2)
one("DepthToSpace CRD", "DepthToSpace", normal(2, 8, 3, 2), blocksize=2, mode="CRD")
one("SpaceToDepth", "SpaceToDepth", normal(2, 3, 4, 6), blocksize=2)

one("CumProd", "CumSum", image, ["x", "a"], reverse=1, constants={"a": integers(-1)})
one("Hardmax", "Hardmax", image, axis=1)
one("ReduceProd", "ReduceProd", normal(2, 3, 2, 3), ["x", "a"], constants={"a": integers(1, 3)})
one("Mod of floats", "Mod", image, ["x", "m"], fmod=1, constants={"m": normal(4, 1, 6) + np.float32(3)})
one("MatMul with a vector", "MatMul", image, ["x", "v"], constants={"v": normal(6)})
for equation, shapes in [
    ("nchw,cd->ndhw", [(4, 3)]), ("nchw->nwh", []), ("nchw,nkhw->nck", [(2, 3, 5, 6)]), ("...w,wv->...v", [(6, 2)]),
    ("nchw,cd,de->nehw", [(4, 3), (3, 2)]), ("nchw,nchw", [(2, 4, 5, 6)]),
]:
    names = [f"e{i}" for i in range(len(shapes))]
    one(f"Einsum {equation}", "Einsum", image, ["x", *names], equation=equation, free=False,
        constants={n: normal(*s) for n, s in zip(names, shapes)})
one("Einsum of a diagonal", "Einsum", normal(2, 3, 3), equation="bii->bi")

# Places.
for mode in ["linear", "nearest", "cubic"]:
    for padding in ["zeros", "border", "reflection"]:
        for align in [0, 1]:
            one(f"GridSample {mode} {padding} {align}", "GridSample", image, ["x", "g"], opset=20, mode=mode,
                padding_mode=padding, align_corners=align, free=False, constants={"g": 1.3 * normal(2, 3, 7, 2)})

# By place, and the largest.
one("Pow by elements", "Pow", np.abs(image), ["x", "e"], constants={"e": normal(4, 1, 6)})
one("Pow by integers", "Pow", image, ["x", "e"], constants={"e": integers(1, 2, 3, 0, 2, 1)})
for reduction in ["none", "add", "mul"]:
    one(f"ScatterND {reduction}", "ScatterND", image, ["x", "i", "u"], reduction=reduction, free=False,
        constants={"i": integers(1, 3, 0, -3).reshape(2, 2), "u": normal(2, 5, 6)})
for reduction in ["none", "max"]:
    one(f"ScatterElements {reduction}", "ScatterElements", image, ["x", "i", "u"], axis=2, reduction=reduction, free=False,
        constants={"i": np.tile(integers(4, -4).reshape(1, 1, 2, 1), (2, 3, 1, 5)), "u": normal(2, 3, 2, 5)})
one("GatherND", "GatherND", image, ["x", "i"], free=False, constants={"i": integers(1, 3, 0, 2).reshape(2, 2)})
one("Compress", "Compress", image, ["x", "c"], axis=2, constants={"c": np.array([True, False, False, True, True])})
case("TopK", image, [node("TopK", ["x", "k"], ["v", "i"], axis=1), node("Cast", ["i"], ["f"], to=1),
                     node("Concat", ["v", "f"], ["y"], axis=1)], k=integers(3))
one("CenterCropPad", "CenterCropPad", image, ["x", "s"], axes=[2, 3], constants={"s": integers(8, 3)})
for policy in ["not_larger", "not_smaller"]:
    one(f"Resize {policy}", "Resize", image, ["x", "", "", "z"], constants={"z": integers(8, 8)}, axes=[2, 3], mode="linear",
        keep_aspect_ratio_policy=policy)

# Recurrent layers.
sequence = normal(5, 2, 3)
for name, gates in [("LSTM", 4), ("GRU", 3), ("RNN", 1)]:
    for direction, count in [("forward", 1), ("reverse", 1), ("bidirectional", 2)]:
        one(f"{name} {direction}", name, sequence, ["x", "w", "r", "b"], hidden_size=4, direction=direction, free=False,
            constants={"w": normal(count, gates * 4, 3), "r": normal(count, gates * 4, 4),
                       "b": normal(count, 2 * gates * 4)})
case("LSTM with states and peepholes, its cell", sequence, [
    node("LSTM", ["x", "w", "r", "b", "", "h", "c", "p"], ["a", "l", "y"], hidden_size=4)], free=False,
    w=normal(1, 16, 3), r=normal(1, 16, 4), b=normal(1, 32), h=normal(1, 2, 4), c=normal(1, 2, 4), p=normal(1, 12))
one("GRU that resets before its product", "GRU", sequence, ["x", "w", "r", "b"], hidden_size=4, linear_before_reset=1,
    free=False, constants={"w": normal(1, 12, 3), "r": normal(1, 12, 4), "b": normal(1, 24)})

# Lines.
line = normal(2, 4, 9)
one("Conv of lines", "Conv", line, ["x", "w", "b"], strides=[2], pads=[1, 2], dilations=[2],
    constants={"w": normal(6, 4, 3), "b": normal(6)})
one("Conv of lines, in groups, SAME_UPPER", "Conv", line, ["x", "w"], group=2, auto_pad="SAME_UPPER",
    constants={"w": normal(6, 2, 3)})
one("ConvTranspose of lines", "ConvTranspose", line, ["x", "w"], strides=[3], output_padding=[1],
    constants={"w": normal(4, 2, 4)})
one("MaxPool of lines", "MaxPool", line, kernel_shape=[3], strides=[2], pads=[1, 0])
one("AveragePool of lines", "AveragePool", line, kernel_shape=[3], pads=[1, 1], count_include_pad=1)
one("GlobalAveragePool of lines", "GlobalAveragePool", line)
one("LpPool of images", "LpPool", image, kernel_shape=[2, 3], strides=[2, 1], pads=[1, 0, 0, 1], p=3)

# Other sizes.
scales = lambda *values: {"k": np.float32([1, 1, *values])}
for rule in ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric", "half_pixel_symmetric"]:
    for mode in ["nearest", "linear", "cubic"]:
        # Where a size is not whole, onnxruntime aligns corners otherwise than ONNX's own suite.
        for factors in [(2, 3)] if rule == "align_corners" else [(2, 3), (1.7, 0.6)]:
            one(f"Resize {mode} {rule} {factors}", "Resize", image, ["x", "", "k"], constants=scales(*factors), opset=19,
                mode=mode, coordinate_transformation_mode=rule)
for rule in ["floor", "ceil", "round_prefer_floor", "round_prefer_ceil"]:
    one(f"Resize nearest {rule}", "Resize", image, ["x", "", "k"], constants=scales(2.5, 1.5), mode="nearest",
        nearest_mode=rule, coordinate_transformation_mode="asymmetric")
one("Resize to sizes", "Resize", image, ["x", "", "", "z"], constants={"z": integers(2, 4, 7, 3)}, mode="linear", free=False)
one("Resize cubic, without outside", "Resize", image, ["x", "", "k"], constants=scales(2, 2), mode="cubic",
    exclude_outside=1, cubic_coeff_a=-0.5)
one("Resize, operator set 10", "Resize", image, ["x", "k"], constants=scales(2, 2), opset=10, mode="nearest")
one("Upsample", "Upsample", image, ["x", "k"], constants=scales(2, 3), opset=9, mode="nearest")

# Transposed convolution.
for name, weight, attributes in [
    ("plain", (4, 3, 3, 3), {}),
    ("strides", (4, 3, 2, 2), {"strides": [2, 2]}),
    ("strides and padding", (4, 3, 4, 3), {"strides": [2, 3], "pads": [1, 0, 2, 1]}),
    ("output padding", (4, 3, 3, 3), {"strides": [3, 2], "pads": [1, 1, 1, 1], "output_padding": [2, 1]}),
    ("groups", (4, 3, 3, 3), {"group": 2, "strides": [2, 2]}),
    ("depthwise", (4, 1, 3, 3), {"group": 4, "strides": [2, 1]}),
    ("dilations", (4, 2, 3, 2), {"dilations": [2, 3], "strides": [1, 2]}),
    ("more padding than the kernel", (4, 3, 2, 2), {"strides": [2, 2], "pads": [2, 2, 3, 2]}),
    ("SAME_UPPER", (4, 3, 3, 3), {"strides": [2, 2], "auto_pad": "SAME_UPPER"}),
    ("output_shape", (4, 3, 3, 3), {"strides": [3, 2], "output_shape": [13, 13]}),
]:
    one(f"ConvTranspose {name}", "ConvTranspose", image, ["x", "w", "b"],
        constants={"w": normal(*weight), "b": normal(weight[1] * attributes.get("group", 1))}, **attributes)

# Masks.
for name in ["And", "Or", "Xor"]:
    case(f"{name} of comparisons", image, [
        node("Greater", ["x", "a"], ["c"]), node("Less", ["x", "b"], ["d"]), node(name, ["c", "d"], ["e"]),
        node("Cast", ["e"], ["y"], to=TensorProto.FLOAT)], a=np.float32(-0.5), b=np.float32(0.5))
case("Not of what is cast to bool", np.float32([[0, 1, -2, 0]]), [
    node("Cast", ["x"], ["c"], to=TensorProto.BOOL), node("Not", ["c"], ["d"]),
    node("Cast", ["d"], ["y"], to=TensorProto.FLOAT)])
for upper in [0, 1]:
    for diagonal in [-1, 0, 2]:
        case(f"Trilu, upper {upper}, from diagonal {diagonal}", normal(2, 4, 5), [
            node("Trilu", ["x", "k"], ["y"], upper=upper)], k=np.int64(diagonal))

# Tensors of integers that a graph works out shapes with.
case("pads from rows, as old exporters turn them", image, [
    node("Slice", ["p", "start", "end", "axis", "step"], ["a"]), node("Transpose", ["a"], ["b"], perm=[1, 0]),
    node("Reshape", ["b", "flat"], ["c"]), node("Pad", ["x", "c"], ["y"])],
    p=np.int64([[1, 2], [0, 1], [0, 0], [0, 0]]), start=integers(-1), end=integers(-(2**63) + 1), axis=integers(0),
    step=integers(-1), flat=integers(-1))
case("indices from sums of rows and columns", normal(2, 12), [
    node("Add", ["rows", "columns"], ["i"]), node("Less", ["i", "limit"], ["m"]), node("Not", ["m"], ["n"]),
    node("Where", ["n", "zero", "i"], ["j"]), node("Concat", ["j", "j"], ["k"], axis=1),
    node("Gather", ["k", "last"], ["l"], axis=1), node("Reshape", ["l", "flat"], ["o"]),
    node("Gather", ["x", "o"], ["y"], axis=1)],
    rows=np.int64([[0], [4], [8]]), columns=np.int64([[0, 1, 2, 3]]), limit=np.int64(10), zero=np.int64(0),
    last=integers(1, 6), flat=integers(-1))

with open(sys.argv[1], "w") as file:
    json.dump(cases, file, separators=(",", ":"))
print(len(cases), "cases")
