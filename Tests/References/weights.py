"""Records small files of weights, as PyTorch, safetensors and NumPy write them, for the tests of MartinetFormats.

Each is checked by reading it back; `expected.json` has what is in them, as sums that a program can compare.
"""

import io
import json
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
from torch import nn

DIRECTORY = Path(__file__).resolve().parent.parent / "MartinetFormatsTests" / "References"


class Network(nn.Module):
    """The one that the Swift tests build: every kind of layer with weights."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 6, (3, 1), groups=2, bias=False)
        self.fc = nn.Linear(6 * 3 * 5, 5)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        return self.fc(self.conv2(x).flatten(1))


def network():
    torch.manual_seed(11)
    model = Network()
    with torch.no_grad():
        model.bn1.running_mean.normal_()
        model.bn1.running_var.uniform_(0.5, 2)
        model.bn1.num_batches_tracked.fill_(7)
    return model.eval()


def every_type():
    """An array of each type, with what its elements are as floats."""
    values = [-2, -1, 0, 1, 2, 100]
    result = {}
    for name in ["float16", "bfloat16", "float32", "float64", "int8", "int16", "int32", "int64"]:
        result[name] = torch.tensor(values, dtype=getattr(torch, name)).reshape(2, 3)
    for name in ["uint8", "uint16", "uint32", "uint64"]:
        result[name] = torch.tensor([abs(v) for v in values], dtype=getattr(torch, name)).reshape(2, 3)
    result["bool"] = torch.tensor([True, False, True])
    result["halves"] = torch.tensor(
        [0.0, -0.0, 6e-8, -6e-8, 6.1e-5, 65504, float("inf"), float("-inf"), 1 / 3], dtype=torch.float16)
    return result


def views():
    """Tensors that share a storage, with offsets and strides."""
    base = torch.arange(24, dtype=torch.float32)
    table = base.reshape(4, 6)
    return {
        "base": base, "transposed": table.T, "row": table[2], "column": table[:, 3], "part": table[1:3, ::2],
        "scalar": base[5], "empty": torch.zeros(0, 3), "channels_last": torch.arange(24.0).reshape(
            1, 2, 3, 4).to(memory_format=torch.channels_last),
    }  # fmt: skip


def checkpoint():
    """What a training script saves."""
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    model(torch.ones(2, 3, 5, 5)).sum().backward()
    optimizer.step()
    model.load_state_dict(network().state_dict())
    return {
        "epoch": 3, "best": np.float64(0.5), "name": "small", "shape": torch.Size([1, 2]),
        "state_dict": OrderedDict(("module." + name, value) for name, value in model.state_dict().items()),
        "optimizer": optimizer.state_dict(), "parameter": nn.Parameter(torch.ones(2)), "device": torch.device("cpu"),
    }  # fmt: skip


def describe(tensors):
    return {name: [float(x) for x in value.detach().double().reshape(-1)] for name, value in tensors.items()}


def big_endian(zipped):
    """The same archive, saying that it is of a big-endian machine."""
    source, target = zipfile.ZipFile(io.BytesIO(zipped)), io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for member in source.infolist():
            data = source.read(member)
            archive.writestr(member.filename, b"big" if member.filename.endswith("byteorder") else data)
    return target.getvalue()


def deflated(zipped):
    source, target = zipfile.ZipFile(io.BytesIO(zipped)), io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in source.infolist():
            archive.writestr(member.filename, source.read(member))
    return target.getvalue()


def save(value, **options):
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    return buffer.getvalue()


def main():
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    state = network().state_dict()
    legacy = {"_use_new_zipfile_serialization": False}
    # The legacy format has no unsigned types but bytes.
    old_types = {name: value for name, value in every_type().items() if name not in ("uint16", "uint32", "uint64")}
    files = {
        "network.pth": save(state), "network_legacy.pth": save(state, **legacy),
        "network.safetensors": safetensors.torch.save(state), "types.pth": save(every_type()),
        "types_legacy.pth": save(old_types, **legacy), "types.safetensors": safetensors.torch.save(every_type()),
        "views.pth": save(views()), "views_legacy.pth": save(views(), **legacy),
        "checkpoint.pth": save(checkpoint()), "checkpoint_legacy.pth": save(checkpoint(), **legacy),
        "protocol4.pth": save(state, pickle_protocol=4), "deflated.pth": deflated(save(state)),
        "big_endian.pth": big_endian(save(state)), "tensor.pth": save(torch.arange(3.0)),
        "module.pth": save(nn.Linear(2, 1)),
    }  # fmt: skip
    arrays = {name: value.numpy() for name, value in every_type().items() if name != "bfloat16"}
    arrays["fortran"] = np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3))
    for name, write in [("types.npz", np.savez), ("compressed.npz", np.savez_compressed)]:
        buffer = io.BytesIO()
        write(buffer, **arrays)
        files[name] = buffer.getvalue()
    for name, array in [
        ("plain.npy", np.arange(6, dtype=np.float32).reshape(2, 3)),
        ("fortran.npy", arrays["fortran"]),
        ("big_endian.npy", np.arange(3, dtype=">f4")),
        ("objects.npy", np.array([{}, None], dtype=object)),
        ("fields.npy", np.zeros(2, dtype=[("a", "<f4"), ("b", "<i4")])),
    ]:  # fmt: skip
        buffer = io.BytesIO()
        np.save(buffer, array)
        files[name] = buffer.getvalue()

    random = np.random.default_rng(5)
    images = random.standard_normal((2, 5, 5, 3)).astype(np.float32)
    with torch.no_grad():
        logits = network()(torch.tensor(images).permute(0, 3, 1, 2))
    expected = {
        "types": describe(every_type()), "views": describe(views()), "network": describe(state),
        "images": [float(x) for x in images.reshape(-1)], "logits": [float(x) for x in logits.reshape(-1)],
    }  # fmt: skip
    text = json.dumps(expected).replace("-Infinity", '"-inf"').replace("Infinity", '"inf"')
    files["expected.json"] = text.encode()
    for name, data in files.items():
        (DIRECTORY / name).write_bytes(data)
    print(f"{len(files)} files, {sum(map(len, files.values())) / 1024:.0f} KB")


if __name__ == "__main__":
    main()
