"""Normalisation layers and Dense."""

import keras
import torch
import torch.nn.functional as F

from recorder import Family, normal, to_nchw, to_nhwc, uniform


def scaled(random, *shape):
    """Inputs whose channels differ in mean and spread."""
    channels = shape[-1]
    return normal(random, *shape) * uniform(random, 0.5, 3, channels) + normal(random, channels)


def record_batch_norm(family, name, shape, keras_like=False, momentum=0.1, epsilon=1e-5, affine=True, steps=4):
    """Several steps in training mode, then one in evaluation mode with the statistics that they left."""
    case = f"batchNorm.{name}"
    random = family.random(case)
    channels = shape[-1]
    inputs = {f"x{step}": scaled(random, *shape) for step in range(steps)}
    inputs["evaluated"] = scaled(random, *shape)
    if affine:
        inputs["weight"] = uniform(random, 0.5, 1.5, channels)
        inputs["bias"] = normal(random, channels)

    def channels_last(function, x):
        return function(x) if len(shape) == 2 else to_nhwc(function(to_nchw(x)))

    def torch_steps(weight=None, bias=None, **inputs):
        mean, variance = torch.zeros(channels), torch.ones(channels)
        outputs = {}
        for step in range(steps):
            outputs[f"y{step}"] = channels_last(
                lambda x: F.batch_norm(x, mean, variance, weight, bias, True, momentum, epsilon), inputs[f"x{step}"])
            outputs[f"mean{step}"], outputs[f"variance{step}"] = mean.clone(), variance.clone()
        outputs["evaluated"] = channels_last(
            lambda x: F.batch_norm(x, mean, variance, weight, bias, False, momentum, epsilon), inputs["evaluated"])
        return outputs

    def keras_steps(weight, bias, **inputs):
        layer = keras.layers.BatchNormalization(momentum=1 - momentum, epsilon=epsilon)
        layer.build(shape)
        outputs = {}
        for step in range(steps):
            # The layer updates the statistics; the same formula with the given parameters gives the output.
            layer(inputs[f"x{step}"].detach(), training=True)
            outputs[f"mean{step}"] = layer.moving_mean.value.detach().clone()
            outputs[f"variance{step}"] = layer.moving_variance.value.detach().clone()
            outputs[f"y{step}"] = channels_last(
                lambda x: F.batch_norm(x, None, None, weight, bias, True, 0, epsilon), inputs[f"x{step}"])
        outputs["evaluated"] = channels_last(
            lambda x: F.batch_norm(
                x, layer.moving_mean.value.detach(), layer.moving_variance.value.detach(), weight, bias, False, 0,
                epsilon), inputs["evaluated"])
        return outputs

    family.record(
        case, keras_steps if keras_like else torch_steps, inputs, "batchNormKeras" if keras_like else "batchNorm",
        {"momentum": momentum, "epsilon": epsilon, "steps": steps, "affine": affine})


def record():
    family = Family("normalization")
    record_batch_norm(family, "2D", (3, 4, 5, 6))
    record_batch_norm(family, "1D", (8, 7))
    record_batch_norm(family, "2D.batch1", (1, 3, 3, 4))
    record_batch_norm(family, "2D.channels17", (2, 3, 2, 17))
    record_batch_norm(family, "1D.three", (3, 5), steps=2)
    record_batch_norm(family, "2D.momentum", (2, 3, 4, 5), momentum=0.3, epsilon=1e-3)
    record_batch_norm(family, "2D.plain", (2, 4, 3, 6), affine=False)
    record_batch_norm(family, "keras.2D", (3, 4, 5, 6), keras_like=True, momentum=0.01, epsilon=1e-3)
    record_batch_norm(family, "keras.1D", (8, 7), keras_like=True, momentum=0.01, epsilon=1e-3)

    for name, (shape, normalized, epsilon, affine) in {
        "last": ((4, 10), 1, 1e-5, True), "image": ((2, 3, 4, 5), 1, 1e-5, True), "two": ((3, 4, 5), 2, 1e-5, True),
        "three": ((2, 3, 4, 5), 3, 1e-3, True), "plain": ((4, 10), 1, 1e-5, False), "wide": ((2, 67), 1, 1e-5, True),
    }.items():
        case = f"layerNorm.{name}"
        random = family.random(case)
        inputs = {"x": scaled(random, *shape)}
        if affine:
            inputs |= {"weight": uniform(random, 0.5, 1.5, *shape[-normalized:]),
                       "bias": normal(random, *shape[-normalized:])}

        def layer_norm(x, weight=None, bias=None):
            return F.layer_norm(x, shape[-normalized:], weight, bias, epsilon)

        family.record(
            case, layer_norm, inputs, "layerNorm",
            {"shape": list(shape[-normalized:]), "epsilon": epsilon, "affine": affine})

    for name, (shape, groups, affine) in {
        "two": ((2, 4, 3, 6), 2, True), "one": ((2, 4, 3, 6), 1, True), "each": ((2, 4, 3, 6), 6, True),
        "three": ((3, 2, 5, 9), 3, True), "plain": ((2, 4, 3, 6), 3, False), "flat": ((4, 8), 2, True),
    }.items():
        case = f"groupNorm.{name}"
        random = family.random(case)
        inputs = {"x": scaled(random, *shape)}
        if affine:
            inputs |= {"weight": uniform(random, 0.5, 1.5, shape[-1]), "bias": normal(random, shape[-1])}

        def group_norm(x, weight=None, bias=None):
            if len(shape) == 2:
                return F.group_norm(x, groups, weight, bias)
            return to_nhwc(F.group_norm(to_nchw(x).contiguous(), groups, weight, bias))

        family.record(
            case, group_norm, inputs, "groupNorm", {"groups": groups, "epsilon": 1e-5, "affine": affine})

    for name, (shape, outputs, bias) in {
        "matrix": ((5, 7), 3, True), "bare": ((5, 7), 3, False), "one": ((1, 7), 1, True), "wide": ((9, 65), 33, True),
        "leading": ((2, 3, 7), 4, True),
    }.items():
        case = f"dense.{name}"
        random = family.random(case)
        inputs = {"x": normal(random, *shape), "weight": normal(random, shape[-1], outputs)}
        if bias:
            inputs["bias"] = normal(random, outputs)
        family.record(case, lambda x, weight, bias=None: F.linear(x, weight.T, bias), inputs, "dense")
    return family
