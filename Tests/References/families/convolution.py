"""Two-dimensional convolution, channels-last, and the pools."""

import keras
import numpy as np
import torch
import torch.nn.functional as F

from recorder import Family, distinct, normal, to_nchw, to_nhwc


def same_padding(size, kernel, stride, dilation):
    """TensorFlow's: the output has ceil(size / stride) elements; an odd one out is padded behind."""
    total = max((-(-size // stride) - 1) * stride + (kernel - 1) * dilation + 1 - size, 0)
    return total // 2, total - total // 2


def convolution(family, name, batch=2, size=(7, 6), channels=(3, 4), kernel=(3, 3), stride=(1, 1), padding="valid",
                dilation=(1, 1), groups=1, bias=True):
    """`padding` is "valid", "same", or four widths: top, bottom, left, right."""
    if padding == "same":
        sides = [same_padding(*geometry) for geometry in zip(size, kernel, stride, dilation)]
        widths = [*sides[0], *sides[1]]
    else:
        widths = [0, 0, 0, 0] if padding == "valid" else list(padding)
    random = family.random(name)
    inputs = {
        "x": normal(random, batch, *size, channels[0]),
        "weight": normal(random, *kernel, channels[0] // groups, channels[1]) * 0.5,
    }
    if bias:
        inputs["bias"] = normal(random, channels[1])

    def run(x, weight, bias=None):
        top, bottom, left, right = widths
        padded = F.pad(to_nchw(x), (left, right, top, bottom))
        kernels = weight.permute(3, 2, 0, 1).contiguous()
        return to_nhwc(F.conv2d(padded.contiguous(), kernels, bias, stride, 0, dilation, groups))

    attributes = {
        "stride": list(stride), "dilation": list(dilation), "groups": groups,
        "mode": padding if isinstance(padding, str) else "explicit", "padding": widths,
    }
    outputs = family.record(name, run, inputs, "conv2D", attributes)
    # Keras agrees on what "same" and "valid" are; it knows no stride together with dilation.
    if isinstance(padding, str) and (max(stride) == 1 or max(dilation) == 1):
        theirs = keras.ops.conv(
            torch.tensor(inputs["x"]).double(), torch.tensor(inputs["weight"]).double(), strides=stride,
            padding=padding, dilation_rate=dilation, data_format="channels_last")
        ours = outputs["y"].detach() - (torch.tensor(inputs["bias"]).double() if bias else 0)
        np.testing.assert_allclose(ours.numpy(), theirs.detach().numpy(), rtol=1e-9, atol=1e-9)


def record_convolutions():
    family = Family("convolution")
    for kernel in ((1, 1), (2, 2), (3, 3), (5, 5), (3, 1), (1, 4), (7, 2)):
        for padding in ("valid", "same"):
            convolution(family, f"kernel{kernel[0]}x{kernel[1]}.{padding}", size=(8, 7), kernel=kernel, padding=padding)
    for stride in ((2, 2), (3, 3), (1, 2), (2, 3)):
        for padding in ("valid", "same", (1, 1, 1, 1)):
            label = padding if isinstance(padding, str) else "explicit"
            convolution(family, f"stride{stride[0]}x{stride[1]}.{label}", size=(9, 8), stride=stride, padding=padding)
    for dilation in ((2, 2), (1, 3), (3, 1)):
        for padding in ("valid", "same"):
            convolution(family, f"dilation{dilation[0]}x{dilation[1]}.{padding}", size=(9, 10), dilation=dilation,
                        padding=padding)
    convolution(family, "dilation2.stride2", size=(11, 9), dilation=(2, 2), stride=(2, 2), padding=(2, 2, 2, 2))
    convolution(family, "dilation2.stride2.same", size=(11, 9), dilation=(2, 2), stride=(2, 2), padding="same")
    convolution(family, "padding.each", padding=(0, 1, 2, 3))
    convolution(family, "padding.wide", size=(4, 4), padding=(3, 3, 4, 4))
    convolution(family, "padding.asymmetric.stride2", size=(7, 8), stride=(2, 2), padding=(1, 0, 0, 2))
    convolution(family, "stride2.even", size=(6, 6), kernel=(2, 2), stride=(2, 2))
    convolution(family, "stride3.kernel2", size=(8, 8), kernel=(2, 2), stride=(3, 3))
    convolution(family, "1x1.stride2", size=(7, 6), kernel=(1, 1), stride=(2, 2))
    convolution(family, "1x1.padding", size=(3, 4), kernel=(1, 1), padding=(1, 1, 1, 1))
    convolution(family, "1x1.bare", size=(5, 5), channels=(7, 9), kernel=(1, 1), bias=False)
    for groups, channels in ((2, (4, 6)), (3, (6, 9)), (4, (4, 4)), (5, (5, 10)), (8, (8, 8)), (16, (16, 16))):
        convolution(family, f"groups{groups}.{channels[0]}to{channels[1]}", channels=channels, groups=groups,
                    padding="same")
    convolution(family, "groups2.stride2", size=(9, 7), channels=(8, 12), groups=2, stride=(2, 2), padding=(1, 1, 1, 1))
    convolution(family, "groups2.1x1", channels=(8, 12), groups=2, kernel=(1, 1))
    convolution(family, "depthwise.stride2", size=(9, 8), channels=(6, 6), groups=6, stride=(2, 2), padding="same")
    convolution(family, "depthwise.dilation2", size=(9, 8), channels=(6, 6), groups=6, dilation=(2, 2), padding="same")
    convolution(family, "depthwise.5x3", size=(9, 8), channels=(17, 17), groups=17, kernel=(5, 3), bias=False)
    convolution(family, "batch1", batch=1, padding="same")
    convolution(family, "batch5", batch=5, size=(5, 5), padding="same")
    convolution(family, "pixel", size=(1, 1), padding=(1, 1, 1, 1))
    convolution(family, "wholeImage", size=(5, 4), kernel=(5, 4))
    convolution(family, "line", size=(1, 13), kernel=(1, 5), padding="same")
    convolution(family, "channels1to1", channels=(1, 1), padding="same")
    convolution(family, "channels1to5", channels=(1, 5), padding="same")
    convolution(family, "channels5to1", channels=(5, 1), padding="same")
    convolution(family, "bare", bias=False, padding=(1, 1, 1, 1))
    convolution(family, "channels16to16", size=(8, 8), channels=(16, 16), padding="same", bias=False)
    convolution(family, "channels16to32.stride2", size=(9, 9), channels=(16, 32), stride=(2, 2), padding=(1, 1, 1, 1))
    convolution(family, "channels33to17", size=(6, 7), channels=(33, 17), padding="same")
    convolution(family, "channels64to24.1x1", size=(6, 5), channels=(64, 24), kernel=(1, 1))
    convolution(family, "channels32to32.image13", batch=1, size=(13, 13), channels=(32, 32), padding="same")
    convolution(family, "stem7x7", batch=1, size=(21, 19), channels=(3, 16), kernel=(7, 7), stride=(2, 2),
                padding=(3, 3, 3, 3), bias=False)
    return family


def record_pools():
    family = Family("pooling")

    def pool(name, operation, function, size, attributes, batch=2, channels=3):
        # Distinct values, so that the largest of a window is one element only.
        values = distinct(family.random(name), batch, *size, channels)
        family.record(name, lambda x: to_nhwc(function(to_nchw(x))), {"x": values}, operation, attributes)

    geometries = {
        "2x2": dict(size=(6, 8), kernel=(2, 2), stride=(2, 2), padding=(0, 0)),
        "2x2.odd": dict(size=(7, 5), kernel=(2, 2), stride=(2, 2), padding=(0, 0)),
        "3x3.stride2.padding1": dict(size=(7, 8), kernel=(3, 3), stride=(2, 2), padding=(1, 1)),
        "3x3.stride1": dict(size=(5, 6), kernel=(3, 3), stride=(1, 1), padding=(0, 0)),
        "3x3.stride1.padding1": dict(size=(5, 6), kernel=(3, 3), stride=(1, 1), padding=(1, 1)),
        "3x2.stride1x2": dict(size=(6, 7), kernel=(3, 2), stride=(1, 2), padding=(1, 0)),
        "2x2.stride3": dict(size=(8, 8), kernel=(2, 2), stride=(3, 3), padding=(0, 0)),
        "5x5.padding2": dict(size=(6, 6), kernel=(5, 5), stride=(3, 3), padding=(2, 2)),
        "whole": dict(size=(4, 3), kernel=(4, 3), stride=(4, 3), padding=(0, 0)),
        "channels17": dict(size=(6, 6), kernel=(3, 3), stride=(2, 2), padding=(1, 1), channels=17),
        "batch1": dict(size=(6, 6), kernel=(2, 2), stride=(2, 2), padding=(0, 0), batch=1),
    }
    for name, geometry in geometries.items():
        size, kernel, stride, padding = (geometry[key] for key in ("size", "kernel", "stride", "padding"))
        more = {key: geometry[key] for key in ("batch", "channels") if key in geometry}
        for ceil in (False, True):
            suffix = ".ceil" if ceil else ""
            attributes = {
                "kernel": list(kernel), "stride": list(stride), "padding": list(padding), "ceilMode": ceil}
            pool(f"max.{name}{suffix}", "maxPool2D", lambda x: F.max_pool2d(x, kernel, stride, padding, 1, ceil),
                 size, attributes, **more)
            for counting in (True, False):
                pool(f"average.{name}{suffix}{'' if counting else '.withoutPadding'}", "averagePool2D",
                     lambda x: F.avg_pool2d(x, kernel, stride, padding, ceil, counting),
                     size, attributes | {"countIncludePad": counting}, **more)

    # Where values repeat, the gradient goes to the first of the window.
    repeated = family.random("max.repeated").integers(0, 2, (2, 6, 6, 2)).astype(np.float32)
    family.record(
        "max.repeated", lambda x: to_nhwc(F.max_pool2d(to_nchw(x), 2)), {"x": repeated}, "maxPool2D",
        {"kernel": [2, 2], "stride": [2, 2], "padding": [0, 0], "ceilMode": False})
    # Padding is no element: all are negative, and the padding's zeros must not win.
    negative = -np.abs(distinct(family.random("max.negative"), 1, 4, 4, 2)) - 1
    family.record(
        "max.negative", lambda x: to_nhwc(F.max_pool2d(to_nchw(x), 3, 2, 1)), {"x": negative}, "maxPool2D",
        {"kernel": [3, 3], "stride": [2, 2], "padding": [1, 1], "ceilMode": False})

    for name, (size, kernel, stride, padding, dilation, ceil) in {
        "2": ((8, 7), 2, 1, 0, 2, False), "2x1": ((9, 8), (2, 3), (2, 1), (1, 1), (2, 1), False),
        "2.ceil": ((9, 8), 3, 2, 1, 2, True),
    }.items():
        sizes = {key: list(value) if isinstance(value, tuple) else [value, value] for key, value in {
            "kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation}.items()}
        pool(f"max.dilation{name}", "maxPool2D", lambda x: F.max_pool2d(x, kernel, stride, padding, dilation, ceil),
             size, sizes | {"ceilMode": ceil})

    for name, (size, result) in {
        "exact": ((6, 8), (3, 4)), "uneven": ((7, 5), (3, 2)), "one": ((7, 5), (1, 1)), "same": ((4, 4), (4, 4)),
        "larger": ((3, 4), (5, 6)), "mixed": ((10, 7), (7, 7)),
    }.items():
        attributes = {"outputSize": list(result)}
        pool(f"adaptiveAverage.{name}", "adaptiveAveragePool2D", lambda x: F.adaptive_avg_pool2d(x, result), size,
             attributes)
        pool(f"adaptiveMax.{name}", "adaptiveMaxPool2D", lambda x: F.adaptive_max_pool2d(x, result), size, attributes)

    for name, size in {"image": (5, 7), "pixel": (1, 1)}.items():
        for operation, function in {
            "globalAveragePool2D": lambda x: x.mean(dim=(1, 2)), "globalMaxPool2D": lambda x: x.amax(dim=(1, 2)),
        }.items():
            case = f"{operation}.{name}"
            values = distinct(family.random(case), 2, *size, 5)
            family.record(case, lambda x: function(x), {"x": values}, operation)

    # TensorFlow's "same" padding: behind where its width is odd, and left out of an average.
    for name, (size, kernel, stride) in {
        "2x2": ((7, 5), (2, 2), (2, 2)), "3x3.stride2": ((6, 8), (3, 3), (2, 2)),
        "3x3.stride1": ((5, 4), (3, 3), (1, 1)), "2x3.stride1": ((5, 4), (2, 3), (1, 1)),
    }.items():
        (top, bottom), (left, right) = (same_padding(*geometry, 1) for geometry in zip(size, kernel, stride))

        def maximum(x):
            return F.max_pool2d(F.pad(x, (left, right, top, bottom), value=-torch.inf), kernel, stride)

        def average(x):
            total, count = (
                F.avg_pool2d(F.pad(values, (left, right, top, bottom)), kernel, stride)
                for values in (x, torch.ones_like(x)))
            return total / count

        attributes = {"kernel": list(kernel), "stride": list(stride)}
        pool(f"max.same.{name}", "maxPool2DSame", maximum, size, attributes)
        pool(f"average.same.{name}", "averagePool2DSame", average, size, attributes)
        values = family.tensors[f"max.same.{name}/input.x"]
        theirs = keras.ops.max_pool(values, kernel, stride, padding="same", data_format="channels_last")
        np.testing.assert_array_equal(family.tensors[f"max.same.{name}/output.y"], theirs.numpy())
    return family
