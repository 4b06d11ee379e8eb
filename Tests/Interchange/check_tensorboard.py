"""Checks that TensorBoard reads the event files that Martinet writes.

    swift build -c release --product interchange-samples
    python3 Tests/Interchange/check_tensorboard.py .build/release/interchange-samples

Needs tensorboard.
"""

import pathlib
import subprocess
import sys
import tempfile

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto import graph_pb2
from tensorboard.plugins.hparams import plugin_data_pb2


def load(folder):
    accumulator = EventAccumulator(str(folder), size_guidance={"tensors": 0, "images": 0, "histograms": 0, "scalars": 0})
    accumulator.Reload()
    return accumulator


def hyperparameters(accumulator):
    content = accumulator.PluginTagToContent("hparams")["_hparams_/session_start_info"]
    start = plugin_data_pb2.HParamsPluginData.FromString(content).session_start_info
    return {name: getattr(value, value.WhichOneof("kind")) for name, value in start.hparams.items()}


def check_by_hand(folder):
    events = load(folder)
    assert [(e.step, e.value) for e in events.Scalars("curve")] == [(n, n * n) for n in range(5)]
    (histogram,) = events.Histograms("ramp")
    value = histogram.histogram_value
    assert histogram.step == 7 and (value.min, value.max, value.num, value.sum) == (-50, 49, 100, -50)
    assert sum(value.bucket) == 100 and len(value.bucket) == len(value.bucket_limit)
    (image,) = events.Images("image")
    assert (image.width, image.height) == (6, 4) and image.encoded_image_string.startswith(b"\x89PNG")
    (text,) = events.Tensors("notes/text_summary")
    assert list(text.tensor_proto.string_val) == [b"**bold**"]
    assert "notes/text_summary" in events.PluginTagToContent("text")
    graph = events.Graph()
    assert isinstance(graph, graph_pb2.GraphDef)
    names = {node.name for node in graph.node}
    assert len(names) == len(graph.node) and all(name in names for node in graph.node for name in node.input)
    assert [node.op for node in graph.node] == ["Placeholder", "conv2D", "batchNorm", "relu", "matmul", "Output"]
    assert hyperparameters(events) == {"rate": 0.25, "name": "first", "nesterov": True}
    assert [e.value for e in events.Scalars("accuracy")] == [0.5]


def check_fit(folder):
    events = load(folder)
    for tag in ("loss/train", "loss/validation", "accuracy/train", "accuracy/validation", "training/learningRate"):
        assert [e.step for e in events.Scalars(tag)] == [1, 2, 3], tag
    assert [e.step for e in events.Scalars("batch/loss")] == list(range(1, 13))
    for tag in ("weights/0.weight", "gradients/0.weight", "weights/1.bias", "gradients/4.bias"):
        histograms = events.Histograms(tag)
        assert [e.step for e in histograms] == [1, 2, 3], tag
        assert all(e.histogram_value.num > 0 and e.histogram_value.min < e.histogram_value.max for e in histograms), tag
    assert len(events.Graph().node) == 6
    assert hyperparameters(events) == {"batch size": 16}
    assert len(events.Scalars("final/accuracy/validation")) == 1


def main():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.argv[1], "events", folder], check=True)
        check_by_hand(pathlib.Path(folder) / "by-hand")
        check_fit(pathlib.Path(folder) / "fit")
    print("TensorBoard reads everything")


if __name__ == "__main__":
    main()
