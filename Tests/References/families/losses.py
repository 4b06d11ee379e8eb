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
    return family
