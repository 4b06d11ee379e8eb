"""Records small ONNX models and what onnxruntime makes of them, for MartinetONNXTests.

    python3 Tests/References/onnx_models.py

Needs numpy, onnx, onnxruntime, torch and onnxscript. Writes Tests/MartinetONNXTests/References/operators.json: one model for
each operator and setting, and two small networks from PyTorch's two exporters; each with an input and its output as the
file has them (images channels-first).
"""

import base64
import json
import pathlib
import tempfile
import warnings

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

OUT = pathlib.Path(__file__).parent.parent / "MartinetONNXTests" / "References" / "operators.json"
random = np.random.default_rng(0)


def normal(*shape):
    return (np.round(random.standard_normal(shape) * 64) / 64).astype(np.float32)


def ints(*values):
    return np.array(values, np.int64)


def model(nodes, constants=(), shape=("n", 3, 6, 5), opset=17, outputs=("y",)):
    graph = helper.make_graph(
        nodes, "test", [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(value, name) for name, value in constants])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def node(operation, inputs, outputs=("y",), **attributes):
    return helper.make_node(operation, list(inputs), list(outputs), **attributes)


def single(operation, *constants, shape=("n", 3, 6, 5), opset=17, **attributes):
    names = [f"c{index}" for index in range(len(constants))]
    return model([node(operation, ["x", *names], **attributes)], list(zip(names, constants)), shape, opset)


VECTOR = ("n", 8)


def cases():
    kernel = normal(4, 3, 3, 3)
    yield "Conv", single("Conv", kernel, normal(4), pads=[1, 1, 1, 1])
    yield "Conv, strides, dilations, uneven pads", single(
        "Conv", normal(4, 3, 3, 2), strides=[2, 1], dilations=[1, 2], pads=[1, 0, 2, 1])
    yield "Conv, groups", single("Conv", normal(6, 1, 3, 3), group=3)
    yield "Conv, SAME_UPPER", single("Conv", normal(4, 3, 2, 2), strides=[2, 2], auto_pad="SAME_UPPER")
    yield "Conv, SAME_LOWER", single("Conv", normal(4, 3, 2, 2), auto_pad="SAME_LOWER")
    yield "Conv, VALID", single("Conv", kernel, auto_pad="VALID")
    yield "MaxPool", single("MaxPool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    yield "MaxPool, ceil_mode", single("MaxPool", kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)
    yield "MaxPool, dilations", single("MaxPool", kernel_shape=[2, 2], dilations=[2, 2])
    yield "AveragePool", single("AveragePool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    yield "AveragePool, count_include_pad", single(
        "AveragePool", kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1)
    yield "GlobalAveragePool", single("GlobalAveragePool")
    yield "GlobalMaxPool", single("GlobalMaxPool")
    yield "BatchNormalization", single(
        "BatchNormalization", normal(3), normal(3), normal(3), np.abs(normal(3)) + 1, epsilon=1e-3)
    yield "BatchNormalization of rows", single(
        "BatchNormalization", normal(8), normal(8), normal(8), np.abs(normal(8)) + 1, shape=VECTOR)
    yield "Gemm", single("Gemm", normal(8, 5), normal(5), shape=VECTOR)
    yield "Gemm, transB, alpha, beta", single("Gemm", normal(5, 8), normal(5), shape=VECTOR, transB=1, alpha=0.5, beta=2.0)
    yield "MatMul", single("MatMul", normal(8, 5), shape=VECTOR)
    yield "MatMul of an image", single("MatMul", normal(5, 4))
    for name in ("Relu", "LeakyRelu", "Sigmoid", "Tanh", "Softplus", "Erf", "Exp", "Abs", "Neg", "HardSigmoid",
                 "HardSwish", "Identity"):
        yield name, single(name)
    yield "LeakyRelu, alpha", single("LeakyRelu", alpha=0.3)
    yield "Gelu", single("Gelu", opset=20)
    yield "Clip", single("Clip", np.float32(-0.5), np.float32(0.75))
    yield "Clip, attributes", single("Clip", opset=10, min=0.0, max=6.0)
    yield "Add, channels", single("Add", normal(3, 1, 1))
    yield "Sub, number", single("Sub", np.float32(0.5))
    yield "Mul, widths", single("Mul", normal(5))
    yield "Div, image", single("Div", np.abs(normal(1, 3, 6, 5)) + 1)
    yield "Pow", single("Pow", np.float32(2))
    yield "Softmax", single("Softmax")
    yield "Softmax, channels", single("Softmax", axis=1)
    yield "Softmax, rows before 13", single("Softmax", shape=VECTOR, opset=12)
    yield "LogSoftmax", single("LogSoftmax", shape=VECTOR, axis=1)
    yield "ReduceMean, attribute", single("ReduceMean", axes=[2, 3], keepdims=0)
    yield "ReduceMean, input", single("ReduceMean", ints(-1, -2), opset=18)
    yield "ReduceMean, height", single("ReduceMean", axes=[2], keepdims=0)
    yield "ReduceSum", single("ReduceSum", ints(1), keepdims=0)
    yield "ReduceMax", single("ReduceMax", axes=[1], keepdims=1)
    yield "Flatten", single("Flatten")
    yield "Flatten, axis 2", single("Flatten", axis=2)
    yield "Reshape", single("Reshape", ints(0, -1))
    yield "Reshape to images", single("Reshape", ints(0, 5, 3, 6))
    yield "Reshape of a reshaped", model(
        [node("Reshape", ["x", "a"], ["r"]), node("Relu", ["r"], ["s"]), node("Reshape", ["s", "b"])],
        [("a", ints(0, 3, -1)), ("b", ints(-1, 3, 6, 5))])
    yield "Transpose", single("Transpose", perm=[0, 2, 1, 3])
    yield "Transpose, rows", single("Transpose", perm=[0, 2, 1], shape=("n", 3, 4))
    yield "Squeeze, Unsqueeze", model(
        [node("GlobalAveragePool", ["x"], ["a"]), node("Squeeze", ["a", "axes"], ["b"]),
         node("Unsqueeze", ["b", "last"])], [("axes", ints(2, 3)), ("last", ints(-1))])
    yield "Concat, channels", model([node("Relu", ["x"], ["a"]), node("Concat", ["x", "a"], axis=1)])
    yield "Concat, widths", model([node("Relu", ["x"], ["a"]), node("Concat", ["a", "x"], axis=-1)])
    yield "Pad", single("Pad", ints(0, 1, 0, 2, 0, 0, 1, 0), np.float32(0.5))
    yield "Pad, attributes", single("Pad", opset=10, pads=[0, 0, 1, 1, 0, 0, 1, 1])
    yield "Slice", single("Slice", ints(1), ints(3), ints(1))
    yield "Slice to the end", single("Slice", ints(-4), ints(2**63 - 1), ints(2))
    yield "Dropout", single("Dropout")
    yield "Sum", model([node("Relu", ["x"], ["a"]), node("Sum", ["x", "a", "x"])])
    yield "Cast", single("Cast", to=TensorProto.FLOAT)
    yield "Constant", model(
        [node("Constant", [], ["c"], value=numpy_helper.from_array(normal(3, 1, 1))), node("Add", ["x", "c"])])
    yield "ConstantOfShape", model(
        [node("ConstantOfShape", ["s"], ["c"], value=helper.make_tensor("v", TensorProto.FLOAT, [1], [2.5])),
         node("Mul", ["x", "c"])], [("s", ints(6, 5))])
    yield "folded constants", model(
        [node("Sqrt", ["a"], ["b"]), node("Reciprocal", ["b"], ["c"]), node("Unsqueeze", ["c", "axes"], ["d"]),
         node("Mul", ["x", "d"])], [("a", np.abs(normal(3)) + 1), ("axes", ints(1, 2))])
    yield "flatten by Shape, Gather, Unsqueeze, Concat", model(
        [node("Shape", ["x"], ["s"]), node("Gather", ["s", "zero"], ["n"], axis=0),
         node("Unsqueeze", ["n", "axes"], ["m"]), node("Concat", ["m", "rest"], ["t"], axis=0),
         node("Reshape", ["x", "t"])], [("zero", np.array(0, np.int64)), ("axes", ints(0)), ("rest", ints(-1))])
    yield "arithmetic with shapes", model(
        [node("Shape", ["x"], ["s"]), node("Slice", ["s", "one", "two"], ["c"]), node("Div", ["c", "three"], ["g"]),
         node("Concat", ["zero", "g", "three", "rest"], ["t"], axis=0), node("Reshape", ["x", "t"], ["a"]),
         node("Transpose", ["a"], ["b"], perm=[0, 2, 1, 3]), node("Reshape", ["b", "s"])],
        [("one", ints(1)), ("two", ints(2)), ("three", ints(3)), ("zero", ints(0)), ("rest", ints(-1))])
    yield "images channels-last", model(
        [node("Transpose", ["x"], ["a"], perm=[0, 3, 1, 2]), node("Conv", ["a", "w"], ["b"]),
         node("Transpose", ["b"], ["y"], perm=[0, 2, 3, 1])], [("w", normal(2, 3, 3, 3))], ("n", 6, 5, 3))
    yield "fixed batch", single("Relu", shape=(2, 3, 4, 4))
    half = single("Conv", kernel)
    half.graph.initializer[0].CopyFrom(numpy_helper.from_array(kernel.astype(np.float16), "h"))
    half.graph.node.insert(0, node("Cast", ["h"], ["c0"], to=TensorProto.FLOAT))
    yield "weights of float16", half
    typed = single("Gemm", normal(8, 5), shape=VECTOR)
    weight = typed.graph.initializer[0]
    weight.float_data.extend(numpy_helper.to_array(weight).ravel().tolist())
    weight.ClearField("raw_data")
    yield "weights in float_data", typed


def networks():
    import torch
    from torch import nn

    torch.manual_seed(0)

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1, self.bn1 = nn.Conv2d(4, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4)
            self.conv2, self.bn2 = nn.Conv2d(4, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4)

        def forward(self, x):
            return torch.relu(x + self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x))))))

    network = nn.Sequential(
        nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.MaxPool2d(2, ceil_mode=True), Block(), nn.AdaptiveAvgPool2d(1),
        nn.Flatten(), nn.Dropout(), nn.Linear(4, 5)).eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    x = torch.randn(2, 3, 9, 7)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = f"{folder}/a.onnx"
        torch.onnx.export(
            network, (x,), path, dynamo=False, input_names=["x"], output_names=["y"],
            dynamic_axes={"x": {0: "n"}, "y": {0: "n"}})
        yield "PyTorch, by TorchScript", onnx.load(path)
        shapes = ({0: torch.export.Dim("n", min=1, max=64)},)
        torch.onnx.export(network, (x,), path, dynamo=True, dynamic_shapes=shapes, verbose=False, external_data=False)
        exported = onnx.load(path)
        for entry in [exported, exported.graph, *exported.graph.node, *exported.graph.initializer]:
            entry.ClearField("metadata_props")
            entry.ClearField("doc_string")
        del exported.graph.value_info[:]
        yield "PyTorch, by torch.export", exported


def main():
    recorded = []
    for name, proto in [*cases(), *networks()]:
        shape = [
            dimension.dim_value or (2 if axis == 0 else 1)
            for axis, dimension in enumerate(proto.graph.input[0].type.tensor_type.shape.dim)]
        x = normal(*shape)
        session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
        y = session.run(None, {proto.graph.input[0].name: x})[0]
        recorded.append({
            "name": name, "model": base64.b64encode(proto.SerializeToString()).decode(),
            "input": {"shape": list(x.shape), "values": [float(f"{v:.6g}") for v in x.ravel()]},
            "output": {"shape": list(y.shape), "values": [float(f"{v:.6g}") for v in y.ravel()]}})
    OUT.write_text("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in recorded) + "\n]\n")
    print(f"{len(recorded)} models, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
