"""Ten steps of each optimizer on a small regression, and gradient clipping."""

import numpy as np
import torch

from recorder import Family, normal

STEPS = 10

# The first letters of Martinet's argument names where they differ from torch's say what is meant.
OPTIMIZERS = {
    "sgd": (torch.optim.SGD, dict(lr=0.1)),
    "sgd.momentum": (torch.optim.SGD, dict(lr=0.05, momentum=0.9)),
    "sgd.nesterov": (torch.optim.SGD, dict(lr=0.05, momentum=0.9, nesterov=True)),
    "sgd.weightDecay": (torch.optim.SGD, dict(lr=0.1, weight_decay=0.1)),
    "sgd.momentum.weightDecay": (torch.optim.SGD, dict(lr=0.05, momentum=0.8, weight_decay=0.05)),
    "sgd.nesterov.weightDecay": (torch.optim.SGD, dict(lr=0.05, momentum=0.8, weight_decay=0.05, nesterov=True)),
    "sgd.dampening": (torch.optim.SGD, dict(lr=0.05, momentum=0.9, dampening=0.3)),
    "adam": (torch.optim.Adam, dict(lr=0.02)),
    "adam.betas": (torch.optim.Adam, dict(lr=0.02, betas=(0.8, 0.95), eps=1e-6)),
    "adam.weightDecay": (torch.optim.Adam, dict(lr=0.02, weight_decay=0.1)),
    "adam.amsgrad": (torch.optim.Adam, dict(lr=0.02, amsgrad=True, betas=(0.8, 0.9))),
    "adamw": (torch.optim.AdamW, dict(lr=0.02)),
    "adamw.weightDecay": (torch.optim.AdamW, dict(lr=0.02, weight_decay=0.2)),
    "rmsprop": (torch.optim.RMSprop, dict(lr=0.01)),
    "rmsprop.alpha": (torch.optim.RMSprop, dict(lr=0.01, alpha=0.9, eps=1e-6)),
    "rmsprop.momentum": (torch.optim.RMSprop, dict(lr=0.005, momentum=0.9)),
    "rmsprop.weightDecay": (torch.optim.RMSprop, dict(lr=0.01, weight_decay=0.1)),
    "rmsprop.centered": (torch.optim.RMSprop, dict(lr=0.01, centered=True)),
    "rmsprop.centered.momentum": (torch.optim.RMSprop, dict(lr=0.005, centered=True, momentum=0.8)),
}

NAMES = ("weight1", "bias1", "weight2", "bias2")


def forward(x, parameters):
    weight1, bias1, weight2, bias2 = parameters
    return torch.tanh(x @ weight1 + bias1) @ weight2 + bias2


class Problem:
    """A network of two dense layers, weights [inputs, outputs], with a tanh between them; mean squared error."""

    def __init__(self, family, case):
        random = family.random(case)
        inputs = {
            "x": normal(random, 12, 5), "target": normal(random, 12, 2),
            "weight1": normal(random, 5, 6) * 0.6, "bias1": normal(random, 6) * 0.3,
            "weight2": normal(random, 6, 2) * 0.6, "bias2": normal(random, 2) * 0.3,
        }
        for name, value in inputs.items():
            family.store(case, f"input.{name}", value)
        self.x, self.target, *self.parameters = (
            torch.tensor(value.astype(np.float32).astype(np.float64)) for value in inputs.values())
        for parameter in self.parameters:
            parameter.requires_grad = True

    def backward(self):
        for parameter in self.parameters:
            parameter.grad = None
        loss = torch.nn.functional.mse_loss(forward(self.x, self.parameters), self.target)
        loss.backward()
        return loss


def attributes_of(options):
    names = {"lr": "learningRate", "weight_decay": "weightDecay", "eps": "epsilon"}
    result = {names.get(key, key): value for key, value in options.items()}
    if "betas" in result:
        result["betas"] = list(result["betas"])
    return result


def record():
    family = Family("optimizers")

    def run(case, operation, attributes, make, change=lambda problem, step: None):
        family.add(case, operation, attributes | {"steps": STEPS})
        problem = Problem(family, case)
        optimizer = make(problem.parameters)
        losses = []
        for step in range(STEPS):
            losses.append(problem.backward().item())
            change(problem, step)
            optimizer.step()
            for name, parameter in zip(NAMES, problem.parameters):
                family.store(case, f"output.{name}.{step}", parameter)
        family.store(case, "output.losses", np.array(losses))

    for name, (kind, options) in OPTIMIZERS.items():
        run(name, name.split(".")[0], attributes_of(options), lambda parameters: kind(parameters, **options))

    # No decay on biases, and a learning rate of their own.
    for name, kind, options in (
        ("groups.sgd", torch.optim.SGD, dict(lr=0.05, momentum=0.9, weight_decay=0.1)),
        ("groups.adamw", torch.optim.AdamW, dict(lr=0.02, weight_decay=0.2)),
    ):
        run(name, name, attributes_of(options) | {"biasLearningRate": 0.01}, lambda parameters: kind(
            [{"params": parameters[0::2]}, {"params": parameters[1::2], "weight_decay": 0.0, "lr": 0.01}], **options))

    # A learning rate that changes on the way.
    def change_rate(case, kind, options):
        optimizers = []

        def make(parameters):
            optimizers.append(kind(parameters, **options))
            return optimizers[0]

        def change(problem, step):
            optimizers[0].param_groups[0]["lr"] = options["lr"] * 0.8**step

        run(case, case, attributes_of(options) | {"factor": 0.8}, make, change)

    change_rate("changingRate.sgd", torch.optim.SGD, dict(lr=0.1, momentum=0.9))
    change_rate("changingRate.adam", torch.optim.Adam, dict(lr=0.05))

    def sgd(parameters):
        return torch.optim.SGD(parameters, lr=0.1)

    # The norm of the gradients is above the limit in the first steps and below it later on.
    norms = []
    run("clipNorm", "clipNorm", {"learningRate": 0.1, "maximum": 2.5}, sgd,
        lambda problem, step: norms.append(torch.nn.utils.clip_grad_norm_(problem.parameters, 2.5).item()))
    assert max(norms) > 2.5 > min(norms), norms
    family.store("clipNorm", "output.norms", np.array(norms))
    run("clipValue", "clipValue", {"learningRate": 0.1, "maximum": 0.1}, sgd,
        lambda problem, step: torch.nn.utils.clip_grad_value_(problem.parameters, 0.1))
    return family
