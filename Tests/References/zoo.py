"""Records torchvision's and Keras's networks for the tests of MartinetZoo: names, shapes, logits and gradients.

One JSON file for each network. No weights are stored: both sides make the same ones, by a formula over an integer hash, and
compute with them; Python does so in double precision. Of each parameter's gradient the file has the norm and three
elements; for training mode it also has how far the same framework's own gradients in single precision are off, since a
ReLU whose input lies within its rounding error of 0 can go either way. Which do is chance, so that is the largest distance of
some passes, whose images are off by a rounding.
"""

import json
import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "torch"

import keras  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402
import torchvision  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from efficientnet_lite_pytorch import EfficientNet  # noqa: E402
from families.network import martinet_layout  # noqa: E402

DIRECTORY = Path(__file__).resolve().parent.parent / "MartinetZooTests" / "References"
# The number of elements in the table of numbers: a prime, so that no row of a weight repeats another.
PERIOD = 65521
CLASSES = 10
# How many passes in single precision gradients are judged by.
DRAWS = 12
SAMPLES = 3


def scramble(x):
    """A 32-bit integer hash: multiplications and shifts, each of which can be undone."""
    x = x.astype(np.uint64)
    for factor in [0x85EBCA6B, 0xC2B2AE35]:
        x = (x ^ (x >> np.uint64(16))) * np.uint64(factor) & np.uint64(0xFFFFFFFF)
    return x ^ (x >> np.uint64(16))


# Numbers between -1 and 1 with 24 bits, which Float32 has exactly.
TABLE = ((scramble(np.arange(1, PERIOD + 1)) >> np.uint64(8)).astype(np.float64) / 2**23 - 1).astype(np.float32)


def name_hash(name):
    """FNV-1a with 32 bits."""
    value = 0x811C9DC5
    for byte in name.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def numbers(name, shape):
    """As many elements of the table as `shape` has, from the place that the name's hash says."""
    places = (name_hash(name) % PERIOD + np.arange(int(np.prod(shape)))) % PERIOD
    return TABLE[places].reshape(shape)


def value(name, shape):
    """The parameter or buffer of that name in Martinet's layout."""
    found = numbers(name, shape)
    if name.endswith("running_mean"):
        return found * np.float32(0.25)
    if name.endswith("running_var"):
        return found * np.float32(0.5) + np.float32(2)
    if len(shape) > 1:
        # The variance of He et al.: 2 over the connections that enter a unit.
        return found * np.float32((6 / np.prod(shape[:-1])) ** 0.5)
    # Most sums of a normalisation are positive then, and its ReLU lets them pass. With as many negative ones the gradients of
    # a deep network depend so much on its roundings that PyTorch's in single precision differ by percents.
    return found * np.float32(0.25) + np.float32(0.5)


def fill_torch(model):
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if name.endswith("num_batches_tracked"):
                continue
            made = value(name, tuple(martinet_layout(tensor).shape))
            assert made.dtype == np.float32
            made = torch.tensor(made.astype(np.float64))
            inverse = {4: lambda: made.permute(3, 2, 0, 1), 2: lambda: made.T}.get(tensor.ndim, lambda: made)
            tensor.copy_(inverse())


def describe_gradient(gradient):
    gradient = gradient.reshape(-1)
    count = len(gradient)
    chosen = [gradient[count * (2 * place + 1) // (2 * SAMPLES)] for place in range(SAMPLES)]
    return [short(float(np.linalg.norm(gradient)))] + [short(float(x)) for x in chosen]


def short(x):
    """7 digits; what is 0 but for rounding is 0."""
    return float(f"{x:.7g}") if abs(x) > 1e-13 else 0.0


def listing(model):
    """The names and shapes of all parameters and buffers, in Martinet's layout."""
    parameters = [[name, *martinet_layout(p).shape] for name, p in model.named_parameters()]
    buffers = [
        [name, *martinet_layout(b).shape] for name, b in model.named_buffers()
        if not name.endswith("num_batches_tracked")]  # fmt: skip
    return {
        "parameters": parameters, "buffers": buffers,
        "parameterCount": sum(p.numel() for p in model.parameters())}  # fmt: skip


def passes(model, x, run, gradients):
    """The logits and gradients of a pass in evaluation mode and of one in training mode."""
    result = {}
    for mode in ["evaluation", "training"]:
        logits = run(x, mode == "training")
        weight = torch.tensor(numbers("loss", tuple(logits.shape))).to(logits.dtype)
        (logits * weight).sum().backward()
        result[mode] = {
            "logits": [short(float(v)) for v in logits.detach().reshape(-1)],
            "gradients": [[name, *describe_gradient(g)] for name, g in gradients()],
        }
    return result


def write(name, record):
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    path = DIRECTORY / f"{name}.json"
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(item, separators=(',', ':'))}" for key, item in record.items())
    path.write_text("{\n" + lines.replace("],[", "],\n[") + "\n}\n")
    print(f"{path.name}: {path.stat().st_size / 1024:.0f} KB")


def record_torch(name, make, image, full=None):
    """`make(classes)` makes the network; `full` is how many classes the list of names is for."""
    record = {"classes": full or CLASSES, "image": list(image)} | listing(make(full or CLASSES))
    model = make(CLASSES).double()
    fill_torch(model)
    shape = (2, *image)
    pixels = torch.tensor(numbers("images", shape).astype(np.float64))
    x = pixels.permute(0, 3, 1, 2) if len(image) == 3 else pixels

    def run(x, training):
        model.train(training)
        model.zero_grad()
        return model(x)

    def gradients():
        return [(n, np.ascontiguousarray(martinet_layout(p.grad).numpy())) for n, p in model.named_parameters()]

    result = passes(model, x, run, gradients)
    exact = dict(gradients())
    model.float()
    errors = []
    for images in rounded(x):
        passes(model, images, run, gradients)
        errors.append(largest_error(dict(gradients()), exact))
    result["training"]["singlePrecisionError"] = max(errors)
    write(name, record | result)


def rounded(images):
    """The images in single precision: as they are, and with roundings of their own."""
    generator = torch.Generator().manual_seed(1)
    for draw in range(DRAWS):
        noise = torch.rand(images.shape, generator=generator, dtype=torch.float64) - 0.5
        yield (images * (1 + (2.0**-23 * noise if draw > 0 else 0))).float()


def largest_error(found, exact):
    """Of all gradients that are not 0, the largest distance relative to the exact one, in norm."""
    norms = {name: np.linalg.norm(gradient.reshape(-1)) for name, gradient in exact.items()}
    threshold = 1e-8 * max(norms.values())
    errors = [
        np.linalg.norm((found[name] - exact[name]).reshape(-1)) / norm
        for name, norm in norms.items() if norm > threshold]  # fmt: skip
    return float(f"{max(errors):.2g}")


def keras_names(model):
    """Martinet's names, which are torchvision's, of the variables of Keras's ResNet50."""
    parts = {"kernel": "weight", "bias": "bias", "gamma": "weight", "beta": "bias", "moving_mean": "running_mean",
             "moving_variance": "running_var"}  # fmt: skip
    for variable in model.variables:
        layer, part = variable.path.split("/")[-2:]
        match layer.split("_"):
            case ["predictions"]:
                module = "fc"
            case ["conv1", kind]:
                module = "conv1" if kind == "conv" else "bn1"
            case [stage, block, number, kind]:
                module = f"layer{int(stage[4:]) - 1}.{int(block[5:]) - 1}."
                if number == "0":
                    module += "downsample.0" if kind == "conv" else "downsample.1"
                else:
                    module += f"{kind}{number}"
        yield f"{module}.{parts[part]}", variable


def record_keras(name):
    def make(classes, precision="float32"):
        keras.config.set_dtype_policy(precision)
        return keras.applications.ResNet50(
            weights=None, classes=classes, input_shape=(64, 64, 3), classifier_activation=None)

    model = make(1000)
    named = list(keras_names(model))
    trained = {id(v) for v in model.trainable_variables}
    record = {
        "classes": 1000, "image": [64, 64, 3],
        "parameters": sorted([n, *v.shape] for n, v in named if id(v) in trained),
        "buffers": sorted([n, *v.shape] for n, v in named if id(v) not in trained),
        "parameterCount": sum(int(np.prod(v.shape)) for v in model.trainable_variables),
    }  # fmt: skip
    result, exact = keras_passes(make(CLASSES, "float64"), torch.float64)
    single = make(CLASSES, "float32")
    images = rounded(torch.tensor(numbers("images", (2, 64, 64, 3)).astype(np.float64)))
    result["training"]["singlePrecisionError"] = max(
        largest_error(keras_passes(single, torch.float32, x)[1], exact) for x in images)
    write(name, record | result)


def keras_passes(model, dtype, x=None):
    """What `passes` gives for Keras's ResNet50, and the gradients in training mode."""
    named = list(keras_names(model))
    trained = {id(v) for v in model.trainable_variables}
    for n, v in named:
        v.assign(torch.tensor(value(n, tuple(v.shape))).to(dtype))
    x = torch.tensor(numbers("images", (2, 64, 64, 3))).to(dtype) if x is None else x

    def run(x, training):
        for _, v in named:
            v.value.grad = None
        return model(x, training=training)

    def gradients():
        return sorted((n, v.value.grad.numpy().copy()) for n, v in named if id(v) in trained)

    return passes(model, x, run, gradients), dict(gradients())


class PreActivationBottleneck(nn.Module):
    """He et al., "Identity mappings in deep residual networks", figure 4e, with three convolutions."""

    def __init__(self, inputs, width, stride):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        changes = stride != 1 or inputs != 4 * width
        self.downsample = nn.Conv2d(inputs, 4 * width, 1, stride, bias=False) if changes else None

    def forward(self, x):
        activated = F.relu(self.bn1(x))
        y = F.relu(self.bn2(self.conv1(activated)))
        y = self.conv3(F.relu(self.bn3(self.conv2(y))))
        return y + (x if self.downsample is None else self.downsample(activated))


class PreActivationResNet(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        inputs = 64
        for stage, (width, blocks) in enumerate(zip([64, 128, 256, 512], [3, 4, 6, 3])):
            layers = []
            for block in range(blocks):
                layers.append(PreActivationBottleneck(inputs, width, 2 if stage > 0 and block == 0 else 1))
                inputs = 4 * width
            setattr(self, f"layer{stage + 1}", nn.Sequential(*layers))
        self.bn = nn.BatchNorm2d(inputs)
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        x = F.max_pool2d(self.conv1(x), 3, 2, 1)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(F.relu(self.bn(x)).mean(dim=(2, 3)))


class Highway(nn.Module):
    """Srivastava, Greff, Schmidhuber, "Highway networks", equation 3."""

    def __init__(self, width):
        super().__init__()
        self.transform = nn.Linear(width, width)
        self.gate = nn.Linear(width, width)

    def forward(self, x):
        gate = torch.sigmoid(self.gate(x))
        return F.relu(self.transform(x)) * gate + x * (1 - gate)


class HighwayNetwork(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.input = nn.Linear(28 * 28, 50)
        self.layers = nn.ModuleList(Highway(50) for _ in range(9))
        self.output = nn.Linear(50, classes)

    def forward(self, x):
        x = F.relu(self.input(x.flatten(1)))
        for layer in self.layers:
            x = layer(x)
        return self.output(x)


def efficientnet_lite(variant, classes, image):
    """The network of efficientnet-lite-pytorch, which pads for one size of image; nothing is dropped."""
    return EfficientNet.from_name(
        f"efficientnet-lite{variant}", num_classes=classes, image_size=image, drop_connect_rate=0.0, dropout_rate=0.0)


def record_efficientnet_lite():
    # 60 is halved to an odd number on the way, where padding is not the same on both sides.
    for image in (64, 60):
        record_torch(f"efficientnet_lite0_{image}", lambda classes: efficientnet_lite(0, classes, image),
                     (image, image, 3), 1000)
    for variant in range(1, 5):
        write(f"efficientnet_lite{variant}", listing(efficientnet_lite(variant, 1000, 224)))


def main():
    record_efficientnet_lite()
    record_keras("keras_resnet50")
    image = (64, 64, 3)
    for name in ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "wide_resnet50_2", "resnext50_32x4d",
                 "densenet121"]:  # fmt: skip
        record_torch(
            name, lambda classes: torchvision.models.get_model(name, weights=None, num_classes=classes), image, 1000)
    record_torch("preactivation_resnet50", PreActivationResNet, image)
    record_torch("highway10", HighwayNetwork, (28, 28))


if __name__ == "__main__":
    main()
