"""Arithmetic with broadcasting, functions of one element, comparisons, activations."""

import numpy as np
import torch
import torch.nn.functional as F

from recorder import Family, normal, uniform

SHAPES = {
    "same": ((3, 5), (3, 5)),
    "row": ((2, 3, 5), (5,)),
    "leading": ((5,), (2, 3, 5)),
    "column": ((4, 7), (4, 1)),
    "outer": ((4, 1), (1, 6)),
    "crossed": ((2, 1, 4, 1), (3, 1, 5)),
    "middle": ((2, 3, 1, 5), (1, 1, 4, 1)),
    "scalar": ((2, 3), ()),
    "long": ((3, 67), (67,)),
    "channels": ((2, 5, 3, 16), (16,)),
}


def positive(random, *shape):
    return uniform(random, 0.3, 2.5, *shape)


BINARY = {
    "add": (torch.add, normal, normal),
    "subtract": (torch.sub, normal, normal),
    "multiply": (torch.mul, normal, normal),
    "divide": (torch.div, normal, positive),
    "pow": (torch.pow, positive, normal),
    "maximum": (torch.maximum, normal, normal),
    "minimum": (torch.minimum, normal, normal),
}

COMPARISONS = {
    "equal": torch.eq,
    "notEqual": torch.ne,
    "less": torch.lt,
    "lessOrEqual": torch.le,
    "greater": torch.gt,
    "greaterOrEqual": torch.ge,
}

SCALARS = {
    "addScalar": lambda x, s: x + s,
    "subtractScalar": lambda x, s: x - s,
    "subtractFromScalar": lambda x, s: s - x,
    "multiplyScalar": lambda x, s: x * s,
    "divideScalar": lambda x, s: x / s,
    "divideIntoScalar": lambda x, s: s / x,
}

# Each function with the intervals that its inputs are drawn from.
UNARY = {
    "negate": (torch.neg, {"": (-3, 3)}),
    "abs": (torch.abs, {"": (-3, 3)}),
    "sign": (torch.sign, {"": (-3, 3)}),
    "square": (torch.square, {"": (-3, 3)}),
    "sqrt": (torch.sqrt, {"": (0.1, 9), "small": (1e-12, 1e-10), "large": (1e20, 1e30)}),
    "reciprocal": (torch.reciprocal, {"": (0.2, 3), "negative": (-3, -0.2)}),
    "exp": (torch.exp, {"": (-3, 3), "low": (-80, -70), "high": (70, 80), "small": (-1e-3, 1e-3)}),
    "log": (torch.log, {"": (0.1, 5), "small": (1e-30, 1e-28), "large": (1e20, 1e30), "nearOne": (0.99, 1.01)}),
    "sin": (torch.sin, {"": (-3, 3), "large": (-200, 200), "small": (-1e-3, 1e-3)}),
    "cos": (torch.cos, {"": (-3, 3), "large": (-200, 200), "small": (-1e-3, 1e-3)}),
    "tanh": (torch.tanh, {"": (-3, 3), "large": (-100, 100), "small": (-1e-3, 1e-3)}),
    "sigmoid": (torch.sigmoid, {"": (-3, 3), "large": (-100, 100), "low": (-30, -20)}),
    "relu": (torch.relu, {"": (-3, 3)}),
    "gelu": (F.gelu, {"": (-3, 3), "large": (-100, 100), "small": (-1e-3, 1e-3)}),
    "silu": (F.silu, {"": (-3, 3), "large": (-100, 100), "low": (-30, -20)}),
    "softplus": (F.softplus, {"": (-3, 3), "large": (-100, 100), "low": (-15, -10)}),
    "expm1": (torch.expm1, {"": (-3, 3), "small": (-1e-3, 1e-3), "tiny": (-1e-8, 1e-8), "low": (-80, -10)}),
    "log1p": (torch.log1p, {"": (-0.9, 5), "small": (-1e-3, 1e-3), "tiny": (-1e-8, 1e-8), "large": (1e10, 1e30)}),
    "elu": (F.elu, {"": (-3, 3), "small": (-1e-3, 1e-3), "large": (-100, 100)}),
    "selu": (F.selu, {"": (-3, 3), "large": (-100, 100)}),
    "mish": (F.mish, {"": (-3, 3), "small": (-1e-3, 1e-3), "large": (-60, 60), "low": (-30, -20)}),
    "softsign": (F.softsign, {"": (-3, 3), "large": (-1000, 1000)}),
    "logSigmoid": (F.logsigmoid, {"": (-3, 3), "large": (-100, 100)}),
    "tanhshrink": (F.tanhshrink, {"": (-3, 3)}),
    "relu6": (F.relu6, {"": (-3, 9)}),
    "hardsigmoid": (F.hardsigmoid, {"": (-5, 5)}),
    "hardswish": (F.hardswish, {"": (-5, 5)}),
    "floor": (torch.floor, {"": (-3, 3), "large": (1e6, 1e8)}),
    "ceil": (torch.ceil, {"": (-3, 3), "large": (-1e8, -1e6)}),
    "round": (torch.round, {"": (-3, 3), "large": (1e6, 1e8)}),
}

# Functions with numbers of their own: the operation, what it is called with, and the interval.
WITH_NUMBERS = {
    "elu.alpha": (F.elu, {"alpha": 0.3}, (-3, 3)),
    "celu.default": (F.celu, {}, (-3, 3)),
    "celu.alpha": (F.celu, {"alpha": 0.4}, (-3, 3)),
    "softplus.beta": (F.softplus, {"beta": 2.5}, (-3, 3)),
    "hardtanh.default": (F.hardtanh, {}, (-3, 3)),
    "hardtanh.bounds": (F.hardtanh, {"min_val": -0.5, "max_val": 2.0}, (-3, 3)),
    "hardshrink.default": (F.hardshrink, {}, (-2, 2)),
    "hardshrink.lambda": (F.hardshrink, {"lambd": 1.2}, (-2, 2)),
    "softshrink.default": (F.softshrink, {}, (-2, 2)),
    "softshrink.lambda": (F.softshrink, {"lambd": 1.2}, (-2, 2)),
    "threshold": (F.threshold, {"threshold": 0.5, "value": -2.0}, (-2, 2)),
}

NAMES = {"min_val": "low", "max_val": "high", "lambd": "lambda"}


def record():
    family = Family("elementwise")

    for operation, (function, left, right) in BINARY.items():
        for name, (a, b) in SHAPES.items():
            case = f"{operation}.{name}"
            random = family.random(case)
            family.record(
                case, lambda a, b: function(a, b), {"a": left(random, *a), "b": right(random, *b)}, operation)
    for operation in ("maximum", "minimum"):
        function = BINARY[operation][0]
        values = {"a": np.array([1, 2, 3, -1], np.float32), "b": np.array([1, 3, 2, -1], np.float32)}
        family.record(f"{operation}.ties", lambda a, b: function(a, b), values, operation)

    for operation, function in COMPARISONS.items():
        for name in ("same", "row", "crossed"):
            case = f"{operation}.{name}"
            random = family.random(case)
            a, b = (random.integers(-2, 3, shape).astype(np.float32) for shape in SHAPES[name])
            family.record(
                case, lambda a, b: function(a, b).double(), {"a": a, "b": b}, operation, constants=("a", "b"))

    for operation, function in SCALARS.items():
        random = family.random(operation)
        family.record(
            operation, lambda x: function(x, 0.75), {"x": positive(random, 3, 7)}, attributes={"scalar": 0.75})
    for exponent in (2, 3, -1, 0.5, 2.5, 1, 0):
        case = f"powScalar.{exponent}"
        base = positive(family.random(case), 3, 7)
        if exponent in (2, 3, -1):
            base[1] *= -1
        family.record(
            case, lambda x: torch.pow(x, exponent), {"x": base}, "powScalar", attributes={"exponent": exponent})

    for name, (condition, a, b) in {
        "same": ((3, 5), (3, 5), (3, 5)),
        "broadcast": ((4, 1), (1, 6), (6,)),
        "condition": ((3,), (2, 4, 3), (4, 1)),
    }.items():
        case = f"where.{name}"
        random = family.random(case)
        inputs = {
            "condition": random.integers(0, 2, condition).astype(np.float32),
            "a": normal(random, *a),
            "b": normal(random, *b),
        }
        family.record(
            case, lambda condition, a, b: torch.where(condition != 0, a, b), inputs, "where", constants=("condition",))

    for operation, (function, intervals) in UNARY.items():
        for name, (low, high) in intervals.items():
            case = f"{operation}.{name}" if name else operation
            values = uniform(family.random(case), low, high, 3, 37)
            family.record(
                case, lambda x: function(x), {"x": values}, operation, constants=("x",) if operation == "sign" else ())
    for case, (function, numbers, (low, high)) in WITH_NUMBERS.items():
        values = uniform(family.random(case), low, high, 3, 37)
        family.record(
            case, lambda x: function(x, **numbers), {"x": values}, case.split(".")[0],
            attributes={NAMES.get(key, key): value for key, value in numbers.items()})
    for name, (shape, count) in {"one": ((3, 7), 1), "channels": ((2, 3, 5), 5)}.items():
        case = f"prelu.{name}"
        random = family.random(case)
        inputs = {"x": normal(random, *shape), "weight": normal(random, count)}
        # torch's channels are the second axis.
        family.record(
            case, lambda x, weight: F.prelu(x.movedim(-1, 1), weight).movedim(1, -1), inputs, "prelu")
    for name, (shape, axis) in {"last": ((3, 6), -1), "middle": ((2, 4, 3), 1)}.items():
        values = normal(family.random(f"glu.{name}"), *shape)
        family.record(
            f"glu.{name}", lambda x: F.glu(x, dim=axis), {"x": values}, "glu", attributes={"axis": axis})
    wholes = np.array([[-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, -2, 0, 3, 8388607.5]], np.float32)
    for operation in ("floor", "ceil", "round"):
        family.record(f"{operation}.edges", lambda x: UNARY[operation][0](x), {"x": wholes}, operation)
    # At the corners of the pieces.
    corners = np.array([[-3, 3, 0, 6, -0.5, 0.5, 1, -1]], np.float32)
    for operation in ("relu6", "hardsigmoid", "hardswish", "elu"):
        family.record(f"{operation}.corners", lambda x: UNARY[operation][0](x), {"x": corners}, operation)
    edges = np.array([[0, 1, -1, 0.5]], np.float32)
    for operation in ("abs", "relu", "sign", "gelu", "silu", "tanh"):
        function = UNARY[operation][0]
        family.record(
            f"{operation}.edges", lambda x: function(x), {"x": edges}, operation,
            constants=("x",) if operation == "sign" else ())

    for name, slope in {"default": 0.01, "steep": 0.3}.items():
        case = f"leakyReLU.{name}"
        values = normal(family.random(case), 3, 37)
        values[0, 0] = 0
        family.record(
            case, lambda x: F.leaky_relu(x, slope), {"x": values}, "leakyReLU", attributes={"slope": slope})
    for name, bounds in {
        "both": {"low": -0.5, "high": 0.75}, "low": {"low": 0.25}, "high": {"high": -0.25},
    }.items():
        case = f"clamp.{name}"
        values = normal(family.random(case), 3, 37)
        values[0, :3] = [-0.5, 0.75, 0.25]  # No gradient passes at the bounds themselves.
        family.record(
            case, lambda x: torch.clamp(x, bounds.get("low"), bounds.get("high")), {"x": values}, "clamp",
            attributes=bounds)

    for operation, function in {"softmax": F.softmax, "logSoftmax": F.log_softmax}.items():
        for name, (shape, axis, scale) in {
            "last": ((4, 10), -1, 1), "first": ((4, 10), 0, 1), "middle": ((2, 5, 3), 1, 1),
            "wide": ((3, 101), 1, 3), "large": ((3, 6), 1, 100), "one": ((3, 1), 1, 1),
        }.items():
            case = f"{operation}.{name}"
            values = normal(family.random(case), *shape) * scale
            family.record(
                case, lambda x: function(x, dim=axis), {"x": values}, operation, attributes={"axis": axis})
    return family
