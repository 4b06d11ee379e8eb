"""Records what a PyTorch (or Keras) function gives, in files that the Swift tests read.

A family of cases is one safetensors file. Its header's metadata has, under "cases", a JSON list that says for each case
its name, the operation, and the attributes; the tensors of a case are named `case/role.name`:

    input.x            what goes in
    output.y           what comes out
    outputGradient.y   a random gradient by the output
    gradient.x         the gradient by the input that follows from it
"""

import json
import zlib
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file

DIRECTORY = Path(__file__).resolve().parent.parent / "MartinetTests" / "References"


class Family:
    """The cases of one file."""

    def __init__(self, name):
        self.name = name
        self.cases = []
        self.tensors = {}

    def random(self, case):
        """A generator that depends on the case's name alone, so that a new case leaves the others as they were."""
        return np.random.default_rng(zlib.crc32(f"{self.name}/{case}".encode()))

    def add(self, case, operation, attributes=None, **tensors):
        """Stores a case as it is. Names of tensors are written `input_x` for `input.x`."""
        if any(other["name"] == case for other in self.cases):
            raise ValueError(f"{self.name}: two cases are called {case}")
        self.cases.append({"name": case, "operation": operation, "attributes": attributes or {}})
        for name, value in tensors.items():
            self.store(case, name.replace("_", ".", 1), value)

    def store(self, case, name, value):
        if isinstance(value, torch.Tensor):
            value = value.detach().numpy()
        value = np.asarray(value)
        whole = np.issubdtype(value.dtype, np.integer) or value.dtype == bool
        # ascontiguousarray would turn a scalar into one axis of one element.
        value = np.array(value, dtype=np.int32 if whole else np.float32, order="C")
        if not whole and not np.isfinite(value).all():
            raise ValueError(f"{self.name}/{case}: {name} is not finite")
        self.tensors[f"{case}/{name}"] = value

    def record(self, case, function, inputs, operation=None, attributes=None, constants=()):
        """Runs `function` on the inputs in double precision, and its backward with a random output gradient.

        `function` gives a tensor or a dictionary of tensors. Inputs that are named in `constants` get no gradient;
        without a floating-point input that gets one there is no backward.
        """
        self.add(case, operation or case, attributes)
        tensors = {}
        for name, value in inputs.items():
            value = np.asarray(value)
            self.store(case, f"input.{name}", value)
            if np.issubdtype(value.dtype, np.floating):
                # What Martinet reads is what the reference computes with.
                tensors[name] = torch.tensor(value.astype(np.float32).astype(np.float64))
                tensors[name].requires_grad = name not in constants
            else:
                tensors[name] = torch.tensor(value)
        outputs = function(**tensors)
        if isinstance(outputs, torch.Tensor):
            outputs = {"y": outputs}
        random = self.random(case + "/gradient")
        total = 0
        for name, value in outputs.items():
            self.store(case, f"output.{name}", value)
            if value.requires_grad:
                gradient = random.standard_normal(tuple(value.shape)).astype(np.float32)
                self.store(case, f"outputGradient.{name}", gradient)
                total = total + (value * torch.tensor(gradient.astype(np.float64))).sum()
        wanted = {name: value for name, value in tensors.items() if value.requires_grad}
        if not isinstance(total, torch.Tensor):
            return outputs
        for (name, _), gradient in zip(wanted.items(), torch.autograd.grad(total, list(wanted.values()))):
            self.store(case, f"gradient.{name}", gradient)
        return outputs

    def write(self):
        DIRECTORY.mkdir(parents=True, exist_ok=True)
        path = DIRECTORY / f"{self.name}.safetensors"
        save_file(self.tensors, path, metadata={"cases": json.dumps(self.cases)})
        path.chmod(0o644)
        return path


def normal(random, *shape):
    return random.standard_normal(shape).astype(np.float32)


def uniform(random, low, high, *shape):
    return random.uniform(low, high, shape).astype(np.float32)


def distinct(random, *shape):
    """Numbers of which no two are near each other, for operations that choose one of them."""
    count = int(np.prod(shape))
    return ((random.permutation(count) - count / 2) * (4 / count) + 0.001).reshape(shape).astype(np.float32)


def to_nchw(x):
    return x.permute(0, 3, 1, 2)


def to_nhwc(x):
    return x.permute(0, 2, 3, 1)
