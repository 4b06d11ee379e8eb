"""Prints the values in Tests/MartinetVisionTests/AugmentationTests.swift: torchvision's changes of colour."""

import torch
import torchvision.transforms.functional as F

# Pixels [2, 4, 3], channels-last; all six parts of the colour circle, greys, black and white.
pixels = torch.tensor(
    [[0.9, 0.2, 0.1], [0.8, 0.7, 0.1], [0.1, 0.6, 0.2], [0.2, 0.9, 0.8],
     [0.1, 0.3, 0.7], [0.6, 0.1, 0.9], [0.5, 0.5, 0.5], [0.0, 1.0, 1.0]])
image = pixels.reshape(2, 4, 3).permute(2, 0, 1)


def show(name, result):
    values = result.permute(1, 2, 0).flatten().tolist()
    print(name, ", ".join(f"{value:.5f}" for value in values))


show("brightness 1.3", F.adjust_brightness(image, 1.3))
show("contrast 0.6", F.adjust_contrast(image, 0.6))
show("contrast 1.5", F.adjust_contrast(image, 1.5))
show("saturation 0.4", F.adjust_saturation(image, 0.4))
show("saturation 1.7", F.adjust_saturation(image, 1.7))
show("hue 0.2", F.adjust_hue(image, 0.2))
show("hue -0.45", F.adjust_hue(image, -0.45))
