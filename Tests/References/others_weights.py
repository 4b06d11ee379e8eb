"""Records small files of weights as other people's scripts leave them: beside objects, without checksums, in wrappers.

The elements are small numbers that the tests spell out; what PyTorch makes of the files is asserted here.
"""

import argparse
import collections
import io
import pathlib

import numpy as np
import safetensors.torch
import torch
from torch import nn
from torch.utils.serialization import config

DIRECTORY = pathlib.Path(__file__).resolve().parent.parent / "MartinetFormatsTests" / "References"


class Tied(nn.Module):
    """One layer under two names."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(2, 2)
        self.decoder = self.encoder


def linear():
    """A layer whose weight is 0, 1, 2, 3 and whose bias is 4, 5."""
    layer = nn.Linear(2, 2)
    with torch.no_grad():
        layer.weight.copy_(torch.arange(4.0).reshape(2, 2))
        layer.bias.copy_(torch.tensor([4.0, 5.0]))
    return layer


def save(value, **options):
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    return buffer.getvalue()


def without_checksums(value):
    config.save.compute_crc32 = False
    try:
        return save(value)
    finally:
        config.save.compute_crc32 = True


def tied():
    module = Tied()
    module.encoder.load_state_dict(linear().state_dict())
    module.load_state_dict(module.state_dict(), strict=True)
    return module.state_dict()


def averaged():
    """As torch.optim.swa_utils keeps an average."""
    module = torch.optim.swa_utils.AveragedModel(linear())
    module.update_parameters(linear())
    return module.state_dict()


def beside_objects():
    script = argparse.Namespace(lr=0.1, path=pathlib.PurePosixPath("data"), options=[1, 2])
    return {
        "model": linear().state_dict(), "epoch": 3, "args": script, "history": collections.defaultdict(list, loss=[0.5]),
        "optimizer_class": torch.optim.SGD, "names": collections.Counter("ab"),
    }  # fmt: skip


def lightning():
    """As PyTorch Lightning writes a module that has the model as an attribute of some name."""
    state = collections.OrderedDict(("resnet." + name, value) for name, value in linear().state_dict().items())
    return {"state_dict": state, "pytorch-lightning_version": "2.4.0", "global_step": 7, "callbacks": {}}


def arrays():
    return {
        "w": np.arange(6, dtype=np.float32).reshape(2, 3), "transposed": np.arange(6.0).reshape(2, 3).T,
        "fortran": np.asfortranarray(np.arange(6, dtype=np.int64).reshape(2, 3)), "empty": np.zeros((0, 2), np.uint8),
        "big": np.arange(2, dtype=">f4"), "texts": np.array(["a", "bc"]), "objects": np.array([None, {}], dtype=object),
        "scalar": np.float32(1.5), "best": np.int64(4),
    }  # fmt: skip


def foreign_types():
    quantised = torch.quantize_per_tensor(torch.ones(3), 0.5, 0, torch.qint8)
    return {
        "before": torch.arange(2.0), "complex": torch.ones(3, dtype=torch.complex64), "quantised": quantised,
        "after": torch.arange(3.0),
    }  # fmt: skip


def main():
    legacy = {"_use_new_zipfile_serialization": False}
    names = io.BytesIO()
    np.savez(names, w=np.float32([1, 2]), names=np.array(["a"]), dates=np.array(["2026-01-01"], dtype="datetime64[D]"))
    float8 = foreign_types()["before"].to(torch.float8_e4m3fn)
    files = {
        "no_checksums.pth": without_checksums({"w": torch.tensor([1.0, 2.5, -3.7, 0.0])}),
        "objects.pth": save(beside_objects()), "objects_legacy.pth": save(beside_objects(), **legacy),
        "objects4.pth": save(beside_objects(), pickle_protocol=4), "tied.pth": save(tied()),
        "averaged.pth": save(averaged()), "lightning.pth": save(lightning()),
        "expanded.pth": save({"row": torch.tensor([1.0, 2.0]).expand(3, 2), "one": torch.tensor(7.0).expand(2, 2)}),
        "arrays.pth": save(arrays()), "arrays5.pth": save(arrays(), pickle_protocol=5),
        "foreign_types.pth": save({**foreign_types(), "float8": float8}),
        "foreign_types_legacy.pth": save(foreign_types(), **legacy), "names.npz": names.getvalue(),
        "float8.safetensors": safetensors.torch.save({"w": torch.arange(2.0), "small": float8}),
    }  # fmt: skip
    for name, data in files.items():
        (DIRECTORY / name).write_bytes(data)
    print(f"{len(files)} files, {sum(map(len, files.values())) / 1024:.0f} KB")


if __name__ == "__main__":
    main()
