"""Learning rates step by step."""

import numpy as np
import torch
from torch.optim import lr_scheduler as schedulers

from recorder import Family

STEPS = 30
RATE = 0.4


def sequence(optimizer):
    warm_up = schedulers.LinearLR(optimizer, start_factor=0.1, total_iters=5)
    cosine = schedulers.CosineAnnealingLR(optimizer, T_max=STEPS - 5)
    return schedulers.SequentialLR(optimizer, [warm_up, cosine], milestones=[5])


def three(optimizer):
    return schedulers.SequentialLR(optimizer, [
        schedulers.ConstantLR(optimizer, factor=0.1, total_iters=4),
        schedulers.ExponentialLR(optimizer, gamma=0.9),
        schedulers.StepLR(optimizer, step_size=3, gamma=0.5),
    ], milestones=[4, 15])


SCHEDULES = {
    "step": (lambda o: schedulers.StepLR(o, step_size=7, gamma=0.3), dict(stepSize=7, gamma=0.3)),
    "step.default": (lambda o: schedulers.StepLR(o, step_size=10), dict(stepSize=10, gamma=0.1)),
    "multiStep": (
        lambda o: schedulers.MultiStepLR(o, milestones=[4, 12, 13], gamma=0.5),
        dict(milestones=[4, 12, 13], gamma=0.5)),
    "exponential": (lambda o: schedulers.ExponentialLR(o, gamma=0.93), dict(gamma=0.93)),
    "cosine": (lambda o: schedulers.CosineAnnealingLR(o, T_max=30), dict(steps=30, minimum=0)),
    "cosine.minimum": (
        lambda o: schedulers.CosineAnnealingLR(o, T_max=29, eta_min=0.01), dict(steps=29, minimum=0.01)),
    "cosine.beyond": (lambda o: schedulers.CosineAnnealingLR(o, T_max=9, eta_min=0.02), dict(steps=9, minimum=0.02)),
    "constant": (lambda o: schedulers.ConstantLR(o, factor=0.2, total_iters=6), dict(factor=0.2, steps=6)),
    "polynomial": (lambda o: schedulers.PolynomialLR(o, total_iters=20, power=2), dict(steps=20, power=2)),
    "linear": (
        lambda o: schedulers.LinearLR(o, start_factor=0.1, total_iters=8),
        dict(startFactor=0.1, endFactor=1, steps=8)),
    "linear.default": (lambda o: schedulers.LinearLR(o), dict(startFactor=1 / 3, endFactor=1, steps=5)),
    "linear.down": (
        lambda o: schedulers.LinearLR(o, start_factor=1, end_factor=0.2, total_iters=20),
        dict(startFactor=1, endFactor=0.2, steps=20)),
    "oneCycle": (
        lambda o: schedulers.OneCycleLR(o, max_lr=RATE, total_steps=STEPS),
        dict(steps=STEPS, warmUp=0.3, divisor=25, finalDivisor=1e4, linear=False, threePhase=False)),
    "oneCycle.linear": (
        lambda o: schedulers.OneCycleLR(
            o, max_lr=RATE, total_steps=STEPS, pct_start=0.4, anneal_strategy="linear", div_factor=10,
            final_div_factor=100),
        dict(steps=STEPS, warmUp=0.4, divisor=10, finalDivisor=100, linear=True, threePhase=False)),
    "oneCycle.threePhase": (
        lambda o: schedulers.OneCycleLR(o, max_lr=RATE, total_steps=STEPS, pct_start=0.35, three_phase=True),
        dict(steps=STEPS, warmUp=0.35, divisor=25, finalDivisor=1e4, linear=False, threePhase=True)),
    "sequential": (sequence, dict(warmUp=5, startFactor=0.1, cosine=STEPS - 5)),
    "sequentialThree": (three, {}),
}


def record():
    family = Family("schedules")
    for name, (make, attributes) in SCHEDULES.items():
        # Momentum, because one-cycle changes it too.
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=RATE, momentum=0.9)
        schedule = make(optimizer)
        rates, momenta = [], []
        for step in range(STEPS):
            rates.append(optimizer.param_groups[0]["lr"])
            momenta.append(optimizer.param_groups[0]["momentum"])
            optimizer.step()
            if step < STEPS - 1:
                schedule.step()
        family.add(name, name.split(".")[0], {"learningRate": RATE} | attributes, output_rates=np.array(rates))
        if name.startswith("oneCycle"):
            family.store(name, "output.momenta", np.array(momenta))
    return family
