"""Ten steps of each optimizer on a small regression, and gradient clipping."""

import math

import numpy as np
import torch

from recorder import Family, normal

STEPS = 10


class Lion(torch.optim.Optimizer):
    """The program of arXiv 2302.06675."""

    def __init__(self, parameters, lr, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(parameters, dict(lr=lr, betas=betas, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                mean = self.state[p].setdefault("exp_avg", torch.zeros_like(p))
                beta1, beta2 = group["betas"]
                p.mul_(1 - group["lr"] * group["weight_decay"])
                p.sub_(group["lr"] * torch.sign(beta1 * mean + (1 - beta1) * p.grad))
                mean.mul_(beta2).add_((1 - beta2) * p.grad)


class LAMB(torch.optim.Optimizer):
    """Algorithm 2 of arXiv 1904.00962, with the identity for phi."""

    def __init__(self, parameters, lr, betas=(0.9, 0.999), eps=1e-6, weight_decay=0.01):
        super().__init__(parameters, dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in group["params"]:
                state = self.state[p]
                state["t"] = t = state.get("t", 0) + 1
                m = state.setdefault("m", torch.zeros_like(p))
                v = state.setdefault("v", torch.zeros_like(p))
                m.mul_(beta1).add_((1 - beta1) * p.grad)
                v.mul_(beta2).add_((1 - beta2) * p.grad**2)
                r = m / (1 - beta1**t) / ((v / (1 - beta2**t)).sqrt() + group["eps"]) + group["weight_decay"] * p
                length, reach = p.norm(), r.norm()
                p.sub_(group["lr"] * (length / reach if length > 0 and reach > 0 else 1.0) * r)


class Muon(torch.optim.Optimizer):
    """torch.optim.Muon without its rounding to bfloat16, for matrices [inputs, outputs]; vectors as AdamW without decay."""

    def __init__(self, parameters, lr, momentum=0.95, weight_decay=0.1, nesterov=True, scaling="original"):
        super().__init__(parameters, dict(
            lr=lr, momentum=momentum, weight_decay=weight_decay, nesterov=nesterov, scaling=scaling))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                (self.matrix if p.dim() > 1 else self.vector)(p, self.state[p], group)

    def matrix(self, p, state, group):
        mean = state.setdefault("momentum_buffer", torch.zeros_like(p))
        mean.lerp_(p.grad, 1 - group["momentum"])
        x = p.grad.lerp(mean, group["momentum"]) if group["nesterov"] else mean.clone()
        tall = x.shape[0] > x.shape[1]
        x = x.T if tall else x
        x = x / x.norm().clamp(min=1e-7)
        for _ in range(5):
            gram = x @ x.T
            x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
        x = x.T if tall else x
        inputs, outputs = p.shape
        ratio = math.sqrt(max(1, outputs / inputs))
        if group["scaling"] == "matchingAdamW":
            ratio = 0.2 * math.sqrt(max(inputs, outputs))
        p.mul_(1 - group["lr"] * group["weight_decay"]).sub_(group["lr"] * ratio * x)

    def vector(self, p, state, group):
        state["t"] = t = state.get("t", 0) + 1
        m = state.setdefault("m", torch.zeros_like(p))
        v = state.setdefault("v", torch.zeros_like(p))
        m.mul_(0.9).add_(0.1 * p.grad)
        v.mul_(0.999).add_(0.001 * p.grad**2)
        p.sub_(group["lr"] * m / (1 - 0.9**t) / ((v / (1 - 0.999**t)).sqrt() + 1e-8))


class Lookahead:
    """Algorithm 1 of arXiv 1907.08610 around Adam."""

    def __init__(self, parameters, lr, steps=5, alpha=0.5):
        self.parameters, self.every, self.alpha, self.made = list(parameters), steps, alpha, 0
        self.inner = torch.optim.Adam(self.parameters, lr=lr)
        self.slow = [p.detach().clone() for p in self.parameters]

    @torch.no_grad()
    def step(self):
        self.inner.step()
        self.made += 1
        if self.made % self.every == 0:
            for p, slow in zip(self.parameters, self.slow):
                slow.add_(self.alpha * (p - slow))
                p.copy_(slow)


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
    "nadam": (torch.optim.NAdam, dict(lr=0.02)),
    "nadam.weightDecay": (
        torch.optim.NAdam, dict(lr=0.02, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1, momentum_decay=0.1)),
    "radam": (torch.optim.RAdam, dict(lr=0.02)),
    "radam.weightDecay": (torch.optim.RAdam, dict(lr=0.02, betas=(0.8, 0.9), eps=1e-6, weight_decay=0.1)),
    "adamax": (torch.optim.Adamax, dict(lr=0.02)),
    "adamax.weightDecay": (torch.optim.Adamax, dict(lr=0.02, betas=(0.8, 0.9), eps=1e-6, weight_decay=0.1)),
    "adagrad": (torch.optim.Adagrad, dict(lr=0.1)),
    "adagrad.decay": (
        torch.optim.Adagrad,
        dict(lr=0.1, lr_decay=0.1, weight_decay=0.1, initial_accumulator_value=0.1, eps=1e-6)),
    "adadelta": (torch.optim.Adadelta, dict(lr=1.0)),
    "adadelta.weightDecay": (torch.optim.Adadelta, dict(lr=0.5, rho=0.8, eps=1e-4, weight_decay=0.1)),
    "adafactor": (torch.optim.Adafactor, dict(lr=0.05, eps=(2.0**-23, 1e-3))),
    "adafactor.weightDecay": (
        torch.optim.Adafactor, dict(lr=0.05, eps=(2.0**-23, 1e-2), beta2_decay=-0.5, d=2.0, weight_decay=0.2)),
    "lion": (Lion, dict(lr=0.01)),
    "lion.weightDecay": (Lion, dict(lr=0.01, betas=(0.8, 0.95), weight_decay=0.5)),
    "lamb": (LAMB, dict(lr=0.02)),
    "lamb.weightDecay": (LAMB, dict(lr=0.02, betas=(0.8, 0.95), eps=1e-5, weight_decay=0.2)),
    "muon": (Muon, dict(lr=0.02)),
    "muon.matchingAdamW": (
        Muon, dict(lr=0.02, momentum=0.8, weight_decay=0.3, nesterov=False, scaling="matchingAdamW")),
    "lookahead": (Lookahead, dict(lr=0.05)),
    "lookahead.steps": (Lookahead, dict(lr=0.05, steps=3, alpha=0.8)),
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
    names = {
        "lr": "learningRate", "weight_decay": "weightDecay", "eps": "epsilon", "momentum_decay": "momentumDecay",
        "lr_decay": "learningRateDecay", "initial_accumulator_value": "initialAccumulator", "beta2_decay": "beta2Decay",
        "d": "clippingThreshold", "steps": "every",
    }  # fmt: skip
    result = {names.get(key, key): value for key, value in options.items()}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in result.items()}


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
