"""What torch's and Keras's initialisers draw from: bounds and standard deviations, measured on large samples."""

import math

import keras
import torch
from torch.nn import init

from recorder import Family

# Convolution weights [kernelHeight, kernelWidth, inputs / groups, outputs], and [inputs, outputs] of a dense layer.
SHAPES = {"convolution": (3, 5, 16, 24), "pointwise": (1, 1, 32, 8), "dense": (40, 60)}


def record():
    family = Family("initializers")

    def torch_weight(shape):
        """A weight in torch's layout: [outputs, inputs, …]."""
        return torch.zeros((shape[-1], shape[-2], *shape[:-2]))

    for nonlinearity, parameter in (
        ("linear", None), ("sigmoid", None), ("tanh", None), ("relu", None), ("leaky_relu", 0.01),
        ("leaky_relu", math.sqrt(5)), ("selu", None),
    ):
        attributes = {"nonlinearity": nonlinearity} | ({} if parameter is None else {"slope": parameter})
        name = f"gain.{nonlinearity}" + ("" if parameter is None else f".{parameter:.2f}")
        family.add(name, "gain", attributes, output_gain=float(init.calculate_gain(nonlinearity, parameter)))

    def add(case, operation, shape, attributes, draw):
        """Measures the distribution: extremes and spread over a number of draws."""
        torch.manual_seed(1)
        keras.utils.set_random_seed(1)
        values = torch.cat([draw().flatten() for _ in range(100)])
        if operation in ("heNormal", "glorotNormal", "lecunNormal"):
            # Keras cuts at two standard deviations, 2.27 of the cut distribution, but on PyTorch a few in a million slip
            # through.
            values = values[values.abs() < 2.28 * values.std()]
        family.add(
            case, operation, attributes | {"shape": list(shape)}, output_largest=values.abs().max(),
            output_deviation=values.std(), output_mean=values.mean())

    for name, shape in SHAPES.items():
        for mode in ("fan_in", "fan_out"):
            for nonlinearity in ("relu", "leaky_relu"):
                attributes = {"mode": mode, "nonlinearity": nonlinearity, "slope": 0.2}
                arguments = dict(a=0.2, mode=mode, nonlinearity=nonlinearity)
                label = f"{name}.{mode}.{nonlinearity}"
                add(f"kaimingUniform.{label}", "kaimingUniform", shape, attributes,
                    lambda: init.kaiming_uniform_(torch_weight(shape), **arguments))
                add(f"kaimingNormal.{label}", "kaimingNormal", shape, attributes,
                    lambda: init.kaiming_normal_(torch_weight(shape), **arguments))
        for gain in (1.0, 1.5):
            add(f"xavierUniform.{name}.{gain}", "xavierUniform", shape, {"gain": gain},
                lambda: init.xavier_uniform_(torch_weight(shape), gain))
            add(f"xavierNormal.{name}.{gain}", "xavierNormal", shape, {"gain": gain},
                lambda: init.xavier_normal_(torch_weight(shape), gain))
        # Keras's layouts are Martinet's.
        for label, initializer in {
            "heNormal": keras.initializers.HeNormal, "heUniform": keras.initializers.HeUniform,
            "glorotNormal": keras.initializers.GlorotNormal, "glorotUniform": keras.initializers.GlorotUniform,
            "lecunNormal": keras.initializers.LecunNormal,
        }.items():
            draws = iter(range(100))
            add(f"{label}.{name}", label, shape, {}, lambda: initializer(seed=next(draws))(shape))

    shape = (200, 100)
    for label, (mean, deviation, low, high) in {"": (0, 1, -2, 2), "narrow": (0.5, 0.2, 0.3, 1.1)}.items():
        add(f"truncatedNormal.{label}" if label else "truncatedNormal", "truncatedNormal", shape,
            {"mean": mean, "deviation": deviation, "low": low, "high": high},
            lambda: init.trunc_normal_(torch_weight(shape), mean, deviation, low, high))

    # The defaults of torch's own layers.
    add("default.convolution", "defaultConvolution", (3, 5, 16, 24), {},
        lambda: torch.nn.Conv2d(16, 24, (3, 5)).weight.detach())
    add("default.convolution.groups", "defaultConvolution", (3, 5, 4, 24), {"groups": 4},
        lambda: torch.nn.Conv2d(16, 24, (3, 5), groups=4).weight.detach())
    add("default.convolution.bias", "defaultConvolutionBias", (3, 5, 16, 24), {},
        lambda: torch.nn.Conv2d(16, 24, (3, 5)).bias.detach())
    add("default.dense", "defaultDense", (40, 60), {}, lambda: torch.nn.Linear(40, 60).weight.detach())
    add("default.dense.bias", "defaultDenseBias", (40, 60), {}, lambda: torch.nn.Linear(40, 60).bias.detach())
    return family
