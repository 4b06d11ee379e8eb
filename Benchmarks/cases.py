"""What the race measures: its cases, its peers, and the commands that measure a case with each contestant."""

import dataclasses
import pathlib
import sys

PEERS_FOLDER = pathlib.Path(__file__).resolve().parent / "Peers"

MODEL_TITLES = {
    "resnet18": "ResNet-18",
    "resnet34": "ResNet-34",
    "resnet50": "ResNet-50",
    "wide_resnet50_2": "Wide ResNet-50-2",
    "densenet121": "DenseNet-121",
    "cifar-resnet20": "CIFAR ResNet-20",
    "fashion": "Fashion-MNIST network",
    "cifar": "CIFAR ResNet-20",
}


@dataclasses.dataclass(frozen=True)
class Case:
    """A line of the race, or, for `convolutions`, a table of its own."""

    kind: str  # "train", "infer", "first-answer" or "convolutions"
    model: str  # for "convolutions" one of the layer sets of martinet-bench
    batch: int
    warmup: int = 2
    iterations: int = 10  # timed steps of a turn, or repetitions of each convolution

    @property
    def name(self):
        return f"{self.kind}-{self.model}" + ("" if self.kind == "first-answer" else f"-b{self.batch}")

    @property
    def title(self):
        kind = {"train": "training step", "infer": "inference", "first-answer": "process start to first answer"}
        batch = "" if self.kind == "first-answer" else f", batch {self.batch}"
        return f"{MODEL_TITLES[self.model]}, {kind.get(self.kind, self.kind)}{batch}"

    @property
    def is_step(self):
        return self.kind in ("train", "infer")

    @property
    def is_of_torchvision(self):
        return self.model.startswith(("resnet", "wide_resnet", "densenet"))


CASES = {
    case.name: case
    for case in [
        Case("infer", "resnet18", 1, 5, 30),
        Case("infer", "resnet18", 16),
        Case("infer", "resnet34", 1, 5, 20),
        Case("infer", "resnet34", 16, 1, 6),
        Case("infer", "resnet50", 1, 5, 20),
        Case("infer", "resnet50", 16, 1, 5),
        Case("infer", "wide_resnet50_2", 1, 3, 10),
        Case("infer", "wide_resnet50_2", 16, 1, 3),
        Case("infer", "densenet121", 1, 5, 20),
        Case("infer", "densenet121", 16, 1, 5),
        Case("train", "resnet18", 16, 2, 5),
        Case("train", "resnet50", 16, 1, 3),
        Case("train", "wide_resnet50_2", 16, 1, 3),
        Case("train", "densenet121", 16, 1, 3),
        Case("train", "cifar-resnet20", 128),
        Case("train", "fashion", 256),
        Case("infer", "fashion", 256),
        Case("first-answer", "resnet50", 1),
        Case("convolutions", "resnet18", 16, iterations=5),
        Case("convolutions", "resnet50", 16, iterations=5),
        Case("convolutions", "cifar", 128, iterations=9),
        Case("convolutions", "fashion", 256, iterations=9),
    ]
}


@dataclasses.dataclass(frozen=True)
class Peer:
    """Another framework, in one of its ways to run."""

    title: str  # of variants with the same title the faster counts
    variant: str
    packages: tuple[str, ...]  # the modules that it needs, its own first

    def serves(self, case):
        match self.title:
            case "onnxruntime":
                return case.is_of_torchvision and case.kind in ("infer", "first-answer")
            case "PyTorch":
                return True
            case "PyTorch compiled":
                return case.is_step
            case _:
                return case.is_step and case.model == "fashion"


PEERS = {
    "onnxruntime": Peer("onnxruntime", "", ("onnxruntime", "onnx", "onnxscript", "torch", "torchvision")),
    "pytorch": Peer("PyTorch", "channels-first", ("torch", "torchvision")),
    "pytorch-channels-last": Peer("PyTorch", "channels-last", ("torch", "torchvision")),
    "pytorch-compiled": Peer("PyTorch compiled", "compiled", ("torch", "torchvision")),
    "keras": Peer("Keras on TensorFlow", "tensorflow", ("keras", "tensorflow")),
    "keras-jax": Peer("Keras on JAX", "jax", ("keras", "jax")),
    "keras-torch": Peer("Keras on PyTorch", "torch", ("keras", "torch")),
}

DEFAULT_PEERS = ["onnxruntime", "pytorch", "pytorch-channels-last", "keras"]


def martinet_command(martinet, case, iterations, matching):
    """The command of martinet-bench that measures `case`; a whole process to be timed for a first answer."""
    batch = ["--batch", case.batch]
    if case.kind == "first-answer":
        return [martinet, "first-answer", "--model", case.model]
    if case.kind == "convolutions":
        only = ["--matching", matching] if matching else []
        return [
            martinet, "convolution", "--layers", case.model, *batch, "--repeats", iterations, "--chosen-only", *only,
            "--json", "-",
        ]  # fmt: skip
    return [
        martinet, "model", "--model", case.model, *batch, "--mode", case.kind, "--warmup", case.warmup,
        "--iterations", iterations, "--json", "-",
    ]  # fmt: skip


def peer_command(peer, case, iterations, threads, onnx_file):
    """The command that measures `case` with `peer`, which must serve it."""

    def python(script, *arguments):
        return [sys.executable, PEERS_FOLDER / script, "--threads", threads, *arguments]

    variant = ["--variant", peer.variant]
    step = ["--batch", case.batch, "--warmup", case.warmup, "--iterations", iterations]
    if case.kind == "convolutions":
        return python("torch_convolutions.py", *variant, "--repeats", iterations)
    if peer.title == "onnxruntime":
        file = ["--file", onnx_file]
        return python("onnx_step.py", *file, *step) if case.is_step else python("onnx_first_answer.py", *file)
    if peer.title.startswith("Keras"):
        return python("keras_step.py", *variant, "--mode", case.kind, *step)
    if case.kind == "first-answer":
        return python("torch_first_answer.py", *variant, "--model", case.model)
    return python("torch_step.py", *variant, "--model", case.model, "--mode", case.kind, *step)


def export_command(case, onnx_file):
    """The command that writes the network of `case` for onnxruntime."""
    return [
        sys.executable, PEERS_FOLDER / "export_onnx.py", "--model", case.model, "--batch", case.batch,
        "--file", onnx_file,
    ]  # fmt: skip
