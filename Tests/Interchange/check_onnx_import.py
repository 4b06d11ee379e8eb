"""Checks that Martinet computes what PyTorch computes, for networks that PyTorch exports as ONNX.

    swift build -c release --product interchange-samples
    python3 Tests/Interchange/check_onnx_import.py .build/release/interchange-samples [NETWORK...]

Needs numpy, torch, torchvision, onnx and onnxscript. Random weights and statistics; both of PyTorch's exporters; batches of
one and of three, the batch free; logits within 1e-4, relatively.
"""

import pathlib
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import torch
import torchvision

TOLERANCE = 1e-4
NETWORKS = [
    "resnet18", "resnet50", "resnext50_32x4d", "densenet121", "vgg11", "alexnet", "squeezenet1_1", "mobilenet_v2",
    "mobilenet_v3_small", "efficientnet_b0", "mnasnet0_5", "googlenet",
]
SIZE = 224


def network(name):
    torch.manual_seed(0)
    options = {"init_weights": True, "aux_logits": False} if name == "googlenet" else {}
    model = getattr(torchvision.models, name)(**options).eval()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    return model


def export(model, path, dynamo):
    x = torch.randn(2, 3, SIZE, SIZE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if dynamo:
            shapes = ({0: torch.export.Dim("batch", min=1, max=64)},)
            torch.onnx.export(model, (x,), path, dynamo=True, dynamic_shapes=shapes, verbose=False)
        else:
            axes = {"input": {0: "batch"}, "output": {0: "batch"}}
            torch.onnx.export(
                model, (x,), path, dynamo=False, input_names=["input"], output_names=["output"], dynamic_axes=axes)


def check(program, name, folder):
    model = network(name)
    worst = 0.0
    for dynamo in (False, True):
        path = folder / f"{name}.{dynamo}.onnx"
        export(model, str(path), dynamo)
        for batch in (1, 3):
            x = torch.randn(batch, 3, SIZE, SIZE)
            with torch.no_grad():
                expected = model(x).numpy()
            source, result = folder / "input.f32", folder / "output.f32"
            np.ascontiguousarray(x.numpy().transpose(0, 2, 3, 1)).tofile(source)
            shape = f"{batch}x{SIZE}x{SIZE}x3"
            subprocess.run([program, "run", str(path), str(source), shape, str(result)], check=True)
            found = np.fromfile(result, np.float32).reshape(expected.shape)
            worst = max(worst, float(np.abs(found - expected).max() / np.abs(expected).max()))
    return worst


def main():
    program, names = sys.argv[1], sys.argv[2:] or NETWORKS
    failures = 0
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            try:
                error = check(program, name, pathlib.Path(folder))
            except subprocess.CalledProcessError:
                error = float("inf")
        failures += not error < TOLERANCE
        print(f"{name:20} {error:.1e} {'ok' if error < TOLERANCE else 'FAILED'}", flush=True)
    sys.exit(f"{failures} of {len(names)} failed" if failures else 0)


if __name__ == "__main__":
    main()
