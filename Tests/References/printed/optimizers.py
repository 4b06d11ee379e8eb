"""Prints what OptimizerTests.swift expects: parameters after ten steps of PyTorch's optimizers, in double precision."""

import torch

start = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
scale = torch.tensor([1.0, 0.3, -2.0], dtype=torch.float64)


def gradient(step, value):
    # Any smooth function will do that changes its sign and does not vanish.
    return scale * torch.cos(value + 0.5 * step) + 0.1 * value


def run(name, make):
    parameter = torch.nn.Parameter(start.clone())
    optimizer = make([parameter])
    for step in range(10):
        parameter.grad = gradient(step, parameter.detach())
        optimizer.step()
    print(f"{name}: [" + ", ".join(f"{value:.9f}" for value in parameter.tolist()) + "]")


o = torch.optim
run("sgd", lambda p: o.SGD(p, lr=0.1))
run("sgd momentum", lambda p: o.SGD(p, lr=0.1, momentum=0.9, dampening=0.2, weight_decay=0.05))
run("sgd nesterov", lambda p: o.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.05))
run("adam", lambda p: o.Adam(p, lr=0.1, weight_decay=0.05))
run("adam amsgrad", lambda p: o.Adam(p, lr=0.1, betas=(0.8, 0.9), amsgrad=True))
run("adamw", lambda p: o.AdamW(p, lr=0.1, weight_decay=0.2))
run("adamw default", lambda p: o.AdamW(p))
run("rmsprop", lambda p: o.RMSprop(p, lr=0.05, weight_decay=0.05))
run("rmsprop centered", lambda p: o.RMSprop(p, lr=0.05, alpha=0.9, centered=True))
run("rmsprop momentum", lambda p: o.RMSprop(p, lr=0.01, momentum=0.9))
run("rmsprop both", lambda p: o.RMSprop(p, lr=0.01, momentum=0.9, centered=True))
