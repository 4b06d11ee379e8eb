"""Matrix products, and operations that move elements."""

import numpy as np
import torch
import torch.nn.functional as F

from recorder import Family, normal

# Shapes as they enter the product; then which sides are stored transposed.
PRODUCTS = {
    "plain": ((4, 5), (5, 6)),
    "odd": ((33, 17), (17, 29)),
    "row": ((1, 7), (7, 3)),
    "column": ((4, 6), (6, 1)),
    "inner": ((1, 9), (9, 1)),
    "outer": ((5, 1), (1, 4)),
    "larger": ((37, 65), (65, 34)),
    "batched": ((3, 4, 5), (3, 5, 6)),
    "shared": ((3, 4, 5), (5, 6)),
    "sharedLeft": ((4, 5), (3, 5, 6)),
    "broadcast": ((2, 1, 4, 5), (3, 5, 6)),
    "broadcastOne": ((1, 4, 5), (3, 5, 6)),
    "deep": ((2, 3, 4, 5), (2, 3, 5, 2)),
}


def record():
    family = Family("shapes")

    for name, (a, b) in PRODUCTS.items():
        for sides in ("", "A", "B", "AB"):
            case = f"matmul.{name}" + (f".transposed{sides}" if sides else "")
            random = family.random(case)
            stored = [shape[:-2] + (shape[-1], shape[-2]) if side in sides else shape
                      for shape, side in ((a, "A"), (b, "B"))]

            def product(a, b):
                return torch.matmul(a.mT if "A" in sides else a, b.mT if "B" in sides else b)

            family.record(
                case, product, {"a": normal(random, *stored[0]), "b": normal(random, *stored[1])}, "matmul",
                {"transposeA": "A" in sides, "transposeB": "B" in sides})

    def one(case, operation, size, function, **attributes):
        family.record(case, function, {"x": normal(family.random(case), *size)}, operation, attributes)

    one("reshape", "reshape", (2, 3, 4), lambda x: x.reshape(4, 6), shape=[4, 6])
    one("reshape.inferred", "reshape", (2, 3, 4), lambda x: x.reshape(3, -1), shape=[3, -1])
    one("reshape.scalar", "reshape", (1, 1), lambda x: x.reshape(()), shape=[])
    one("flatten", "reshape", (2, 3, 4), lambda x: x.flatten(1), shape=[2, -1])
    for name, axes in {"swap": (1, 0), "rotate": (2, 0, 1), "reverse": (3, 2, 1, 0), "toNCHW": (0, 3, 1, 2),
                       "last": (0, 2, 1), "inner": (0, 2, 1, 3), "same": (0, 1, 2), "negative": (0, -1, 1)}.items():
        one(f"permute.{name}", "permute", (2, 3, 4, 5)[: len(axes)], lambda x: x.permute(axes), axes=list(axes))
    one("broadcast.row", "broadcast", (4,), lambda x: x.expand(3, 4), shape=[3, 4])
    one("broadcast.crossed", "broadcast", (2, 1, 3, 1), lambda x: x.expand(5, 2, 4, 3, 2), shape=[5, 2, 4, 3, 2])

    for name, (shape, ranges) in {
        "vector": ((9,), [[2, 7]]), "rows": ((5, 4), [[1, 4], [0, 4]]), "columns": ((5, 4), [[0, 5], [1, 3]]),
        "block": ((4, 5, 6), [[1, 3], [2, 5], [0, 4]]), "one": ((4, 5), [[2, 3], [4, 5]]),
        "whole": ((3, 2), [[0, 3], [0, 2]]),
    }.items():
        one(f"slice.{name}", "slice", shape, lambda x: x[tuple(slice(*r) for r in ranges)],
            starts=[r[0] for r in ranges], ends=[r[1] for r in ranges])

    for operation, function in {"concatenate": torch.cat, "stack": torch.stack}.items():
        for name, axis in {"first": 0, "middle": 1, "last": 2, "negative": -1}.items():
            case = f"{operation}.{name}"
            random = family.random(case)
            shapes = [[2, 3, 4], [2, 3, 4], [2, 3, 4]]
            if operation == "concatenate":
                shapes[1][axis] = 1
                shapes[2][axis] = 5
            inputs = {key: normal(random, *shape) for key, shape in zip("abc", shapes)}
            family.record(case, lambda a, b, c: function([a, b, c], dim=axis), inputs, operation, {"axis": axis})

    # torch's pad takes the last axis first.
    for name, (shape, before, after, value) in {
        "image": ((2, 3, 4, 2), [0, 1, 2, 0], [0, 2, 1, 0], 0), "value": ((3, 4), [1, 0], [2, 3], 1.5),
        "vector": ((4,), [2], [0], 0), "all": ((2, 2, 2), [1, 2, 3], [3, 2, 1], -1),
    }.items():
        widths = [width for pair in reversed(list(zip(before, after))) for width in pair]
        one(f"pad.{name}", "pad", shape, lambda x: F.pad(x, widths, value=value), before=before, after=after,
            value=value)

    # One index per slice along the axis: rows and columns that are picked, some more than once.
    for name, (shape, axis, indices) in {
        "rows": ((5, 3), 0, [4, 0, 0, 2]), "columns": ((3, 6), 1, [5, 1, 1]),
        "middle": ((2, 4, 3), 1, [3, 3, 0]), "vector": ((6,), 0, [2, 2, 5, 0]), "negative": ((2, 4), -1, [1, 1, 3]),
    }.items():
        case = f"select.{name}"
        inputs = {"x": normal(family.random(case), *shape), "indices": np.array(indices)}
        family.record(
            case, lambda x, indices: torch.index_select(x, axis, indices), inputs, "select", {"axis": axis})
    # One index per element of the result.
    for name, (shape, axis, result) in {
        "rows": ((5, 3), 0, (4, 3)), "columns": ((5, 3), 1, (5, 2)), "labels": ((6, 4), 1, (6, 1)),
        "middle": ((2, 4, 3), 1, (2, 6, 3)),
    }.items():
        case = f"gather.{name}"
        random = family.random(case)
        inputs = {"x": normal(random, *shape), "indices": random.integers(0, shape[axis], result)}
        family.record(case, lambda x, indices: torch.gather(x, axis, indices), inputs, "gather", {"axis": axis})
    for name, (shape, classes) in {"labels": ((5,), 4), "image": ((2, 3), 3)}.items():
        case = f"oneHot.{name}"
        family.record(
            case, lambda indices: F.one_hot(indices, classes).double(),
            {"indices": family.random(case).integers(0, classes, shape)}, "oneHot", {"classes": classes})
    for name, (a, b) in {"dot": ((5,), (5,)), "left": ((5,), (5, 3)), "right": ((2, 4, 5), (5,))}.items():
        random = family.random(f"matmulVector.{name}")
        family.record(
            f"matmulVector.{name}", lambda a, b: torch.matmul(a, b), {"a": normal(random, *a), "b": normal(random, *b)}, "matmulVector")
    for name, (equation, shapes) in {
        "product": ("bij,bjk->bik", ((2, 3, 4), (2, 4, 5))), "outer": ("i,j->ij", ((3,), (4,))),
        "trace": ("ii->", ((4, 4),)), "diagonal": ("bii->bi", ((2, 3, 3),)), "implicit": ("ij,kj", ((2, 3), (4, 3))),
        "ellipsis": ("...ij,...jk->...ik", ((2, 1, 3, 4), (5, 4, 2))), "three": ("ij,jk,kl->il", ((2, 3), (3, 4), (4, 2))),
        "scale": ("...c,c->...c", ((2, 3, 4), (4,))), "sum": ("ijk->j", ((2, 3, 4),)),
        "attention": ("bqhd,bkhd->bhqk", ((2, 3, 2, 4), (2, 5, 2, 4))),
    }.items():
        case = f"einsum.{name}"
        random = family.random(case)
        inputs = {key: normal(random, *shape) for key, shape in zip("abc", shapes)}
        family.record(
            case, lambda a, b=None, c=None: torch.einsum(equation, *[t for t in (a, b, c) if t is not None]), inputs,
            "einsum", {"equation": equation})
    one("tile", "tile", (2, 3), lambda x: x.tile((2, 1, 3)), counts=[2, 1, 3])
    one("tile.same", "tile", (2, 3), lambda x: x.tile((3, 2)), counts=[3, 2])
    one("repeat", "repeat", (2, 3, 2), lambda x: x.repeat_interleave(3, 1), count=3, axis=1)
    one("flip", "flip", (2, 3, 4), lambda x: x.flip((0, 2)), axes=[0, -1])
    for amount in (1, -2, 7, 0):
        one(f"roll.{amount}", "roll", (2, 5), lambda x: x.roll(amount, 1), amount=amount, axis=1)
    for diagonal in (0, 1, -1, 5, -5):
        one(f"lowerTriangle.{diagonal}", "lowerTriangle", (2, 3, 4), lambda x: x.tril(diagonal), diagonal=diagonal)
        one(f"upperTriangle.{diagonal}", "upperTriangle", (2, 3, 4), lambda x: x.triu(diagonal), diagonal=diagonal)
    for descending in (False, True):
        for axis in (0, 1, -1):
            one(f"sort.{axis}.{descending}", "sort", (3, 4, 5),
                lambda x: x.sort(dim=axis, descending=descending).values, axis=axis, descending=descending)
        one(f"topK.{descending}", "topK", (3, 7, 2),
            lambda x: x.topk(3, dim=1, largest=descending).values, k=3, axis=1, largest=descending)
    one("maxWithIndices", "maxWithIndices", (3, 4, 5), lambda x: x.max(dim=1).values, axis=1)
    one("minWithIndices", "minWithIndices", (3, 4, 5), lambda x: x.min(dim=-1).values, axis=-1)
    random = family.random("maskedFill")
    inputs = {"x": normal(random, 2, 3, 4), "mask": random.integers(0, 2, (3, 1)).astype(np.float32)}
    family.record(
        "maskedFill", lambda x, mask: x.masked_fill(mask != 0, 1.5), inputs, "maskedFill", {"value": 1.5},
        constants=("mask",))
    for name, (shape, axis, count, repeats) in {
        "scatter": ((5, 3), 0, (2, 3), False), "scatter.columns": ((4, 6), 1, (3, 4), False),
        "scatterSum": ((5, 3), 0, (7, 2), True), "scatterSum.middle": ((2, 3, 4), 1, (2, 5, 3), True),
    }.items():
        random = family.random(name)
        if repeats:
            indices = random.integers(0, shape[axis], count)
        else:
            order = np.argsort(random.random(shape), axis=axis)
            indices = order[tuple(slice(0, n) for n in count)]
        inputs = {"x": normal(random, *shape), "source": normal(random, *count), "indices": indices}
        function = torch.scatter_add if repeats else torch.scatter
        family.record(
            name, lambda x, source, indices: function(x, axis, indices, source), inputs, name.split(".")[0],
            {"axis": axis})
    return family
