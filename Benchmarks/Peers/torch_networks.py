"""The networks of the race in PyTorch."""

from torch import nn
from torch.nn import functional

# The image's channels and size, and the classes; all that is not here is torchvision's, made for ImageNet.
SHAPES = {"fashion": (1, 28, 10), "cifar-resnet20": (3, 32, 10)}


def network(name):
    """A network with random weights."""
    if name == "fashion":
        return fashion_network()
    if name == "cifar-resnet20":
        return cifar_network(20)
    # Only now: who measures another network does not pay for this library's memory.
    import torchvision

    return torchvision.models.get_model(name, weights=None)


def shape(name):
    """The image's channels and size, and the number of classes."""
    return SHAPES.get(name, (3, 224, 1000))


class FashionBlock(nn.Module):
    """Two convolutions with biases, and the identity."""

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
    """The network of the Fashion-MNIST exercise."""
    return nn.Sequential(
        nn.Conv2d(1, 64, 3, padding="same"),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        FashionBlock(64),
        FashionBlock(64),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(7 * 7 * 64, 256),
        nn.ReLU(inplace=True),
        nn.Linear(256, 10),
    )


class BasicBlock(nn.Module):
    """Two convolutions, and the identity or, where the shape changes, a projection."""

    def __init__(self, inputs, channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, channels, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or inputs != channels:
            projection = nn.Conv2d(inputs, channels, 1, stride, bias=False)
            self.downsample = nn.Sequential(projection, nn.BatchNorm2d(channels))

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        y += x if self.downsample is None else self.downsample(x)
        return self.relu(y)


def cifar_network(depth):
    """The residual network for images of 32x32 of the paper's section 4.2, with projections where shapes change."""
    layers = [nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(inplace=True)]
    inputs = 16
    for width in [16, 32, 64]:
        for _ in range((depth - 2) // 6):
            layers.append(BasicBlock(inputs, width, stride=1 if inputs == width else 2))
            inputs = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))
