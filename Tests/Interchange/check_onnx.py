"""Checks that the ONNX files that Martinet writes are valid and compute what Martinet computes.

    swift build -c release --product interchange-samples
    python3 Tests/Interchange/check_onnx.py .build/release/interchange-samples [NETWORK...]

Needs numpy, onnx and onnxruntime. For every network of the zoo, with random weights and statistics: onnx.checker's full
check, and onnxruntime's outputs within 1e-4 of Martinet's, relatively, for batches of one and of three, with
BatchNorms folded, not folded, and with channels last.
"""

import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime

TOLERANCE = 1e-4


def load(path):
    shape = [int(size) for size in path.suffixes[-2][1:].split("x")]
    return np.fromfile(path, np.float32).reshape(shape)


def check(name, folder):
    """The largest relative error over all variants and batches."""
    worst = 0.0
    for variant in ("folded", "unfolded", "channels-last"):
        path = folder / f"{name}.{variant}.onnx"
        onnx.checker.check_model(onnx.load(path), full_check=True)
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        kinds = {node.op_type for node in onnx.load(path).graph.node}
        if variant == "folded" and name.startswith(("resnet", "cifar", "plain", "wide", "keras")):
            assert "BatchNormalization" not in kinds, f"{name}: {kinds}"
        for batch in (1, 3):
            x = load(next(folder.glob(f"{name}.input.{batch}.*.f32")))
            expected = load(next(folder.glob(f"{name}.output.{batch}.*.f32")))
            if variant != "channels-last" and x.ndim == 4:
                x = np.ascontiguousarray(x.transpose(0, 3, 1, 2))
            found = session.run(None, {"input": x})[0]
            assert found.shape == expected.shape, f"{name}: {found.shape}, expected {expected.shape}"
            worst = max(worst, float(np.abs(found - expected).max() / np.abs(expected).max()))
    return worst


def main():
    program, names = sys.argv[1], sys.argv[2:]
    if not names:
        names = subprocess.run([program, "networks"], check=True, capture_output=True, text=True).stdout.split()
    failures = 0
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([program, "onnx", name, folder], check=True)
            error = check(name, pathlib.Path(folder))
        failures += not error < TOLERANCE
        print(f"{name:28} {error:.1e} {'ok' if error < TOLERANCE else 'FAILED'}", flush=True)
    sys.exit(f"{failures} of {len(names)} failed" if failures else 0)


if __name__ == "__main__":
    main()
