"""A step of the Fashion-MNIST network in PyTorch: training (forward, cross-entropy, backward, SGD) or inference."""

from measure import arguments, milliseconds_of, report, restrict_to

options = arguments(__doc__, variant=["channels-last", "channels-first", "compiled"])
restrict_to(options.threads)

import torch  # noqa: E402: reads the number of threads when it is loaded
from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402


class ResidualBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding="same")
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding="same")
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        y = functional.relu(self.bn1(self.conv1(x)), inplace=True)
        y = self.bn2(self.conv2(y))
        return functional.relu(y + x, inplace=True)


def fashion_network():
    return nn.Sequential(
        nn.Conv2d(1, 64, 3, padding="same"),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        ResidualBlock(64),
        ResidualBlock(64),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(7 * 7 * 64, 256),
        nn.ReLU(inplace=True),
        nn.Linear(256, 10),
    )


def main():
    torch.manual_seed(0)
    torch.set_num_threads(options.threads)
    torch.set_num_interop_threads(1)
    layout = torch.contiguous_format if options.variant == "channels-first" else torch.channels_last
    model = fashion_network().to(memory_format=layout)
    images = torch.randn(options.batch, 1, 28, 28).to(memory_format=layout)
    labels = torch.randint(10, (options.batch,))
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    forward = torch.compile(model) if options.variant == "compiled" else model

    def train():
        optimizer.zero_grad(set_to_none=True)
        functional.cross_entropy(forward(images), labels).backward()
        optimizer.step()

    def infer():
        with torch.inference_mode():
            forward(images)

    model.train(options.mode == "train")
    step = train if options.mode == "train" else infer
    samples = milliseconds_of(step, options.warmup, options.iterations)
    report("PyTorch", torch.__version__, options.variant, options, samples)


main()
