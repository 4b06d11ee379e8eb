"""Prints what ScheduleTests.swift expects: PyTorch's learning rates at some of 100 steps, and the mean over all of them of
rate * (step + 1), in which every step counts differently. Below it the same for the momentum of the one-cycle schedules."""

import torch
from torch.optim import lr_scheduler as s

STEPS = 100


def show(name, values):
    chosen = [values[step] for step in (0, 1, 4, 5, 6, 29, 30, 31, 59, 60, 99)]
    weighted = sum(value * (step + 1) for step, value in enumerate(values)) / STEPS
    print(f"{name}: [" + ", ".join(f"{value:.8g}" for value in chosen + [weighted]) + "]")


def run(name, make, momentum=False):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.4, momentum=0.9)
    schedule = make(optimizer)
    rates, momenta = [], []
    for step in range(STEPS):
        rates.append(optimizer.param_groups[0]["lr"])
        momenta.append(optimizer.param_groups[0]["momentum"])
        optimizer.step()
        if step < STEPS - 1:
            schedule.step()
    show(name, rates)
    if momentum:
        show(name + " momentum", momenta)


run("constant", lambda o: s.ConstantLR(o, factor=0.5, total_iters=6))
run("linear", lambda o: s.LinearLR(o, start_factor=1, end_factor=0.2, total_iters=60))
run("warmup", lambda o: s.LinearLR(o, total_iters=5))
run("step", lambda o: s.StepLR(o, step_size=30))
run("multiStep", lambda o: s.MultiStepLR(o, milestones=[5, 30, 60], gamma=0.5))
run("exponential", lambda o: s.ExponentialLR(o, gamma=0.97))
run("polynomial", lambda o: s.PolynomialLR(o, total_iters=60, power=2))
run("cosine", lambda o: s.CosineAnnealingLR(o, T_max=100))
run("cosine and back", lambda o: s.CosineAnnealingLR(o, T_max=60, eta_min=0.01))
run("oneCycle", lambda o: s.OneCycleLR(o, max_lr=0.4, total_steps=100), momentum=True)
run("oneCycle linear three", lambda o: s.OneCycleLR(
    o, max_lr=0.4, total_steps=100, pct_start=0.4, anneal_strategy="linear", div_factor=10, final_div_factor=100,
    three_phase=True, base_momentum=0.8, max_momentum=0.9), momentum=True)
run("warmup then cosine", lambda o: s.SequentialLR(
    o, [s.LinearLR(o, start_factor=0.1, total_iters=5), s.CosineAnnealingLR(o, T_max=95)], milestones=[5]))
run("three", lambda o: s.SequentialLR(o, [
    s.ConstantLR(o, factor=0.1, total_iters=30), s.ExponentialLR(o, gamma=0.9), s.StepLR(o, step_size=3, gamma=0.5),
], milestones=[30, 60]))
