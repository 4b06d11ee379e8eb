"""Losses."""

import keras
import numpy as np
import torch
import torch.nn.functional as F

from recorder import Family, normal, uniform

REDUCTIONS = ("mean", "sum", "none")


def record():
    family = Family("losses")

    def classes(case, shape=(6, 5), scale=1.0):
        random = family.random(case)
        return normal(random, *shape) * np.float32(scale), random.integers(0, shape[1], shape[0]), random

    for reduction in REDUCTIONS:
        for name, options in {
            "": {}, "smoothing": {"labelSmoothing": 0.1}, "weights": {"weighted": True},
            "smoothing.weights": {"labelSmoothing": 0.2, "weighted": True},
            "large": {"scale": 60.0}, "wide": {"shape": (4, 101)}, "one": {"shape": (1, 3)},
        }.items():
            case = f"crossEntropy.{name}.{reduction}" if name else f"crossEntropy.{reduction}"
            logits, labels, random = classes(case, options.get("shape", (6, 5)), options.get("scale", 1.0))
            inputs = {"x": logits, "labels": labels}
            if options.get("weighted"):
                inputs["weights"] = uniform(random, 0.2, 2, logits.shape[1])
            smoothing = options.get("labelSmoothing", 0)
            family.record(
                case,
                lambda x, labels, weights=None: F.cross_entropy(
                    x, labels, weights, reduction=reduction, label_smoothing=smoothing),
                inputs, "crossEntropy", {"reduction": reduction, "labelSmoothing": smoothing}, constants=("weights",))

        # A class for each pixel: torch wants the classes in the second axis, Martinet in the last.
        case = f"crossEntropy.image.{reduction}"
        random = family.random(case)
        family.record(
            case,
            lambda x, labels, weights: F.cross_entropy(
                x.permute(0, 3, 1, 2), labels, weights, reduction=reduction, label_smoothing=0.1),
            {"x": normal(random, 2, 3, 4, 5), "labels": random.integers(0, 5, (2, 3, 4)),
             "weights": uniform(random, 0.2, 2, 5)},
            "crossEntropy", {"reduction": reduction, "labelSmoothing": 0.1}, constants=("weights",))

        for name, weighted in {"": False, "weights": True}.items():
            case = f"nll.{name}.{reduction}" if name else f"nll.{reduction}"
            logits, labels, random = classes(case)
            log_probabilities = torch.log_softmax(torch.tensor(logits), 1).numpy()
            inputs = {"x": log_probabilities, "labels": labels}
            if weighted:
                inputs["weights"] = uniform(random, 0.2, 2, logits.shape[1])
            family.record(
                case, lambda x, labels, weights=None: F.nll_loss(x, labels, weights, reduction=reduction), inputs,
                "nll", {"reduction": reduction}, constants=("weights",))

        # Probabilities from a softmax, as Keras's last layer gives them; one so small that Keras clips it, and rows
        # that do not quite add up to one.
        for name in ("", "clipped", "unnormalized"):
            case = f"sparseCategorical.{name}.{reduction}" if name else f"sparseCategorical.{reduction}"
            logits, labels, random = classes(case)
            if name == "clipped":
                logits[0, labels[0]] -= 40
                logits[1, labels[1]] += 40
            probabilities = torch.softmax(torch.tensor(logits), 1).numpy()
            if name == "unnormalized":
                probabilities *= uniform(random, 0.8, 1.25, 6, 1)

            def sparse_categorical(x, labels):
                losses = keras.ops.sparse_categorical_crossentropy(labels, x)
                return {"mean": losses.mean, "sum": losses.sum, "none": lambda: losses}[reduction]()

            family.record(case, sparse_categorical, {"x": probabilities, "labels": labels}, "sparseCategorical",
                          {"reduction": reduction})

        for name, (scale, weighted) in {
            "": (1, False), "large": (60, False), "weights": (1, True),
        }.items():
            case = f"binaryCrossEntropy.{name}.{reduction}" if name else f"binaryCrossEntropy.{reduction}"
            random = family.random(case)
            inputs = {"x": normal(random, 6, 4) * np.float32(scale), "target": uniform(random, 0, 1, 6, 4)}
            inputs["target"][:3] = np.round(inputs["target"][:3])
            if weighted:
                inputs["positiveWeight"] = uniform(random, 0.3, 3, 4)
            family.record(
                case,
                lambda x, target, positiveWeight=None: F.binary_cross_entropy_with_logits(
                    x, target, reduction=reduction, pos_weight=positiveWeight),
                inputs, "binaryCrossEntropy", {"reduction": reduction}, constants=("target", "positiveWeight"))

        for operation, function in {
            "meanSquaredError": F.mse_loss,
            "l1": F.l1_loss,
            "huber": F.huber_loss,
            "smoothL1": F.smooth_l1_loss,
        }.items():
            deltas = (1.0, 0.4) if operation in ("huber", "smoothL1") else (None,)
            for delta in deltas:
                case = f"{operation}.{reduction}" if delta in (None, 1.0) else f"{operation}.delta.{reduction}"
                random = family.random(case)
                more = {} if delta is None else {"delta" if operation == "huber" else "beta": delta}
                # Both the input and the target may depend on parameters.
                family.record(
                    case, lambda x, target: function(x, target, reduction=reduction, **more),
                    {"x": normal(random, 6, 4) * 1.5, "target": normal(random, 6, 4)}, operation,
                    {"reduction": reduction} | more)
    record_further(family)
    return family


def put_together(losses, reduction):
    return {"mean": losses.mean, "sum": losses.sum, "none": lambda: losses}[reduction]()


def record_further(family):
    """Losses of distributions, margins and sequences."""

    def signs(random, *shape):
        return np.where(random.random(shape) < 0.5, -1, 1).astype(np.float32)

    for reduction in REDUCTIONS:
        def one(case, function, inputs, attributes=None, constants=()):
            operation = case.split(".")[0]
            family.record(
                f"{case}.{reduction}", function, inputs, operation, {"reduction": reduction} | (attributes or {}),
                constants=constants)

        def draw(case):
            return family.random(f"{case}.{reduction}")

        for name, logarithms in {"klDivergence": False, "klDivergence.log": True}.items():
            random = draw(name)
            x, target = normal(random, 4, 5), torch.softmax(torch.tensor(normal(random, 4, 5)), 1).numpy()
            if not logarithms:
                target[0, 1] = 0
            one(name, lambda x, target: F.kl_div(x, target, reduction=reduction, log_target=logarithms),
                {"x": np.log(torch.softmax(torch.tensor(x), 1).numpy()), "target": np.log(target) if logarithms else target},
                {"logTargets": logarithms}, constants=("target",))
        for name, (log_input, full) in {"poisson": (True, False), "poisson.full": (False, True)}.items():
            random = draw(name)
            x = normal(random, 4, 5) if log_input else uniform(random, 0.5, 4, 4, 5)
            one(name, lambda x, target: F.poisson_nll_loss(x, target, log_input=log_input, full=full, reduction=reduction),
                {"x": x, "target": random.integers(0, 6, (4, 5)).astype(np.float32)},
                {"logInput": log_input, "full": full}, constants=("target",))
        for name, full in {"gaussian": False, "gaussian.full": True}.items():
            random = draw(name)
            one(name, lambda x, target, variance: F.gaussian_nll_loss(
                x, target, variance, full=full, reduction=reduction),
                {"x": normal(random, 4, 5), "target": normal(random, 4, 5), "variance": uniform(random, 0.2, 3, 4, 5)},
                {"full": full})
        for name, (alpha, gamma) in {"focal": (0.25, 2.0), "focal.plain": (-1.0, 1.5)}.items():
            random = draw(name)
            one(name, lambda x, target: sigmoid_focal_loss(x, target, alpha, gamma, reduction),
                {"x": normal(random, 4, 5), "target": random.integers(0, 2, (4, 5)).astype(np.float32)},
                {"alpha": alpha, "gamma": gamma}, constants=("target",))

        random = draw("dice")

        def dice(x, target):
            return put_together(
                1 - (2 * (x * target).sum((1, 2)) + 1) / (x.sum((1, 2)) + target.sum((1, 2)) + 1), reduction)

        one("dice", dice, {
            "x": uniform(random, 0, 1, 2, 3, 4, 2), "target": random.integers(0, 2, (2, 3, 4, 2)).astype(np.float32)},
            constants=("target",))
        for margin in (0.0, 0.3):
            name = f"cosineEmbedding.{margin}"
            random = draw(name)
            one(name, lambda a, b, target: F.cosine_embedding_loss(a, b, target, margin=margin, reduction=reduction),
                {"a": normal(random, 6, 4), "b": normal(random, 6, 4), "target": signs(random, 6)}, {"margin": margin},
                constants=("target",))
        for name, (margin, order, swap) in {
            "triplet": (1.0, 2.0, False), "triplet.swap": (0.5, 2.0, True), "triplet.order": (1.0, 3.0, False),
        }.items():
            random = draw(name)
            one(name, lambda a, b, c: F.triplet_margin_loss(
                a, b, c, margin=margin, p=order, swap=swap, reduction=reduction),
                {key: normal(random, 6, 4) for key in "abc"}, {"margin": margin, "order": order, "swap": swap})
        random = draw("contrastive")

        def contrastive(a, b, target):
            distance = (a - b).norm(dim=-1)
            return put_together(target * distance**2 + (1 - target) * torch.relu(2.5 - distance)**2, reduction)

        one("contrastive", contrastive, {
            "a": normal(random, 6, 4), "b": normal(random, 6, 4), "target": random.integers(0, 2, 6).astype(np.float32)},
            {"margin": 2.5}, constants=("target",))
        random = draw("marginRanking")
        one("marginRanking", lambda a, b, target: F.margin_ranking_loss(a, b, target, margin=0.4, reduction=reduction),
            {"a": normal(random, 6), "b": normal(random, 6), "target": signs(random, 6)}, {"margin": 0.4},
            constants=("target",))
        random = draw("hinge")
        one("hinge", lambda x, target: put_together(torch.relu(1 - x * target), reduction),
            {"x": normal(random, 4, 5), "target": signs(random, 4, 5)}, constants=("target",))
        random = draw("logCosh")
        one("logCosh", lambda x, target: put_together(torch.log(torch.cosh(x - target)), reduction),
            {"x": normal(random, 4, 5) * 3, "target": normal(random, 4, 5)})

        # Repeated labels, a target that is empty, one that just fits its steps; and one for which there are too few.
        for name, (targets, lengths, blank, zero) in {
            "ctc": ([[1, 2, 2], [3], []], [7, 5, 4], 0, False),
            "ctc.blank": ([[0, 0], [1, 2, 0, 1]], [3, 4], 3, False),
            "ctc.infinite": ([[1, 1, 1], [2, 1]], [3, 7], 0, True),
        }.items():
            random = draw(name)
            one(name, lambda x: F.ctc_loss(
                torch.log_softmax(x, -1), torch.tensor(sum(targets, []), dtype=torch.long), torch.tensor(lengths),
                torch.tensor([len(t) for t in targets]), blank=blank, reduction=reduction, zero_infinity=zero),
                {"x": normal(random, 7, len(targets), 4)},
                {"targets": [label for t in targets for label in t], "counts": [len(t) for t in targets],
                 "lengths": lengths, "blank": blank, "zeroInfinity": zero})


def sigmoid_focal_loss(x, target, alpha, gamma, reduction):
    """torchvision's, which wants its own types."""
    p = torch.sigmoid(x)
    loss = F.binary_cross_entropy_with_logits(x, target, reduction="none")
    loss = loss * (1 - (p * target + (1 - p) * (1 - target)))**gamma
    if alpha >= 0:
        loss = (alpha * target + (1 - alpha) * (1 - target)) * loss
    return put_together(loss, reduction)
