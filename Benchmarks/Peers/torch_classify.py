"""Names what is in an image with torchvision's ResNet-50, as `martinet classify` does: a whole program to be timed."""

import sys

import torch
import torchvision
from PIL import Image
from torchvision import transforms

weights, image = sys.argv[1:]
torch.set_num_threads(2)
model = torchvision.models.resnet50(weights=None)
model.load_state_dict(torch.load(weights))
model.eval()
prepare = transforms.Compose([
    transforms.Resize(256),
    transforms.CenterCrop(224),
    transforms.ToTensor(),
    transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
])
with torch.no_grad():
    probabilities = model(prepare(Image.open(image).convert("RGB"))[None]).softmax(1)[0]
for probability, index in zip(*probabilities.topk(5)):
    print(f"{index} {probability:.4f}")
