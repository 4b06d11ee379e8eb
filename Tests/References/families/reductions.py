"""Sums, means, extremes and variances over axes."""

import numpy as np
import torch

from recorder import Family, distinct, normal

# Shape, axes (None means all).
GEOMETRIES = {
    "all": ((3, 4, 5), None),
    "last": ((3, 4, 5), [2]),
    "first": ((3, 4, 5), [0]),
    "middle": ((3, 4, 5), [1]),
    "negative": ((3, 4, 5), [-1]),
    "neighbours": ((3, 4, 5), [0, 1]),
    "apart": ((3, 4, 5), [0, 2]),
    "unsorted": ((3, 4, 5), [2, 0]),
    "image": ((2, 6, 5, 8), [1, 2]),
    "channels": ((2, 6, 5, 8), [0, 1, 2]),
    "inner": ((2, 3, 4, 5), [1, 3]),
    "sizeOne": ((3, 1, 5), [1]),
    "long": ((2, 1031), [1]),
    "vector": ((7,), [0]),
}


def record():
    family = Family("reductions")

    def over(axes, x):
        return list(range(x.ndim)) if axes is None else axes

    functions = {
        "sum": lambda x, axes, keep: x.sum(dim=over(axes, x), keepdim=keep),
        "mean": lambda x, axes, keep: x.mean(dim=over(axes, x), keepdim=keep),
        "max": lambda x, axes, keep: x.amax(dim=over(axes, x), keepdim=keep),
        "min": lambda x, axes, keep: x.amin(dim=over(axes, x), keepdim=keep),
        "variance": lambda x, axes, keep: x.var(dim=over(axes, x), correction=0, keepdim=keep),
        "varianceUnbiased": lambda x, axes, keep: x.var(dim=over(axes, x), correction=1, keepdim=keep),
    }
    for operation, function in functions.items():
        for name, (shape, axes) in GEOMETRIES.items():
            if operation == "varianceUnbiased" and name == "sizeOne":
                continue
            for keep in (False,) if name == "long" else (False, True):
                case = f"{operation}.{name}{'.keeping' if keep else ''}"
                random = family.random(case)
                values = distinct(random, *shape) if operation in ("max", "min") else normal(random, *shape)
                attributes = {"keepingAxes": keep} | ({} if axes is None else {"axes": axes})
                family.record(case, lambda x: function(x, axes, keep), {"x": values}, operation, attributes)

    # An offset that swallows the digits of a variance computed as a difference of squares.
    values = normal(family.random("variance.offset"), 4, 50) + np.float32(1000)
    family.record(
        "variance.offset", lambda x: functions["variance"](x, [1], False), {"x": values}, "variance",
        {"axes": [1], "keepingAxes": False})

    further = {
        "product": lambda x, axes, keep: torch.prod(
            x.permute([a for a in range(x.ndim) if a not in positive(axes, x)] + sorted(positive(axes, x))).flatten(
                x.ndim - len(axes)), -1).reshape(kept(x, axes, keep)),
        "standardDeviation": lambda x, axes, keep: x.std(dim=over(axes, x), correction=1, keepdim=keep),
        "logSumExp": lambda x, axes, keep: x.logsumexp(dim=over(axes, x), keepdim=keep),
        "norm": lambda x, axes, keep: torch.linalg.vector_norm(x, 2, dim=over(axes, x), keepdim=keep),
    }

    def positive(axes, x):
        return [a % x.ndim for a in axes]

    def kept(x, axes, keep):
        gone = positive(axes, x)
        return [1 if a in gone else n for a, n in enumerate(x.shape) if keep or a not in gone]

    for operation, function in further.items():
        for name in ("last", "first", "middle", "negative", "apart", "unsorted", "inner", "all"):
            shape, axes = GEOMETRIES[name]
            axes = list(range(len(shape))) if axes is None else axes
            for keep in (False, True):
                case = f"{operation}.{name}{'.keeping' if keep else ''}"
                values = normal(family.random(case), *shape)
                family.record(
                    case, lambda x: function(x, axes, keep), {"x": values}, operation, {"axes": axes, "keepingAxes": keep})
    zeros = normal(family.random("product.zeros"), 4, 3)
    zeros[0, 1] = zeros[2, 0] = zeros[2, 2] = 0
    family.record(
        "product.zeros", lambda x: x.prod(dim=1), {"x": zeros}, "product", {"axes": [1], "keepingAxes": False})
    family.record(
        "logSumExp.large", lambda x: x.logsumexp(dim=1), {"x": zeros * 1000}, "logSumExp",
        {"axes": [1], "keepingAxes": False})
    for order in (1, 3, 0.5, float("inf")):
        case = f"normOfOrder.{order}"
        values = distinct(family.random(case), 4, 5)
        family.record(
            case, lambda x: torch.linalg.vector_norm(x, order, dim=1), {"x": values}, "normOfOrder",
            {"order": -1 if order == float("inf") else order})
    for exclusive in (False, True):
        for reverse in (False, True):
            for axis in (0, 1, -1):
                case = f"cumulativeSum.{axis}{'.exclusive' if exclusive else ''}{'.reversed' if reverse else ''}"

                def running(x):
                    y = x.flip(axis) if reverse else x
                    y = y.cumsum(axis) - (y if exclusive else 0)
                    return y.flip(axis) if reverse else y

                family.record(
                    case, running, {"x": normal(family.random(case), 3, 5, 4)}, "cumulativeSum",
                    {"axis": axis, "exclusive": exclusive, "reversed": reverse})

    for operation, function in {"argmax": torch.argmax, "argmin": torch.argmin}.items():
        for name, (shape, axis) in {
            "last": ((4, 9), 1), "first": ((4, 9), 0), "middle": ((2, 5, 3), 1), "negative": ((2, 5, 3), -1),
            "vector": ((11,), 0),
        }.items():
            case = f"{operation}.{name}"
            values = distinct(family.random(case), *shape)
            family.record(
                case, lambda x: function(x, dim=axis), {"x": values}, operation, {"axis": axis}, constants=("x",))
    # Of equal elements, the first.
    family.record(
        "argmax.ties", lambda x: torch.argmax(x, dim=1),
        {"x": np.array([[1, 3, 3, 2], [5, 5, 5, 5]], np.float32)}, "argmax", {"axis": 1}, constants=("x",))
    return family
