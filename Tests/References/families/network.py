"""A small residual network trained for three steps: every loss, parameter and buffer, and the evaluation after them."""

import torch
from torch import nn
from torch.nn import functional as F

from recorder import Family, normal, to_nchw

STEPS = 3


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, 1, 1)
        self.bn1 = nn.BatchNorm2d(8)
        self.layer1 = nn.Sequential(Block(8, 8, 1), Block(8, 12, 2))
        self.fc = nn.Linear(12, 5)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 2)
        return self.fc(self.layer1(x).mean(dim=(2, 3)))


def martinet_layout(weight):
    """[outputs, inputs, height, width] to [height, width, inputs, outputs], and [outputs, inputs] to its transpose."""
    return {4: lambda: weight.permute(2, 3, 1, 0), 2: lambda: weight.T}.get(weight.ndim, lambda: weight)()


def record():
    family = Family("network")
    case = "residual"
    family.add(case, "network", {
        "steps": STEPS, "learningRate": 0.1, "momentum": 0.9, "weightDecay": 1e-4})
    random = family.random(case)
    torch.manual_seed(7)
    model = Network()

    def state(role):
        for name, value in model.state_dict().items():
            if "num_batches" not in name:
                family.store(case, f"{role}.{name}", martinet_layout(value))

    with torch.no_grad():
        for value in model.parameters():
            value.copy_(value.float().double())  # What is stored is what is computed with.
    state("input")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
    losses = []
    for step in range(STEPS):
        images = normal(random, 6, 10, 8, 3)
        labels = random.integers(0, 5, 6)
        family.store(case, f"input.images{step}", images)
        family.store(case, f"input.labels{step}", labels)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(to_nchw(torch.tensor(images).double())), torch.tensor(labels))
        loss.backward()
        if step == 0:
            for name, value in model.named_parameters():
                family.store(case, f"gradient.{name}", martinet_layout(value.grad))
        optimizer.step()
        losses.append(loss.item())
        state(f"output.step{step}")
    family.store(case, "output.losses", torch.tensor(losses))
    model.eval()
    with torch.no_grad():
        family.store(case, "output.evaluated", model(to_nchw(torch.tensor(images).double())))
    return family
