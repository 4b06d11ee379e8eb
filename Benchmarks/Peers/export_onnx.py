"""Writes one of torchvision's networks, with random weights, to an ONNX file whose batch size is fixed."""

import argparse
import logging
import warnings

import torch
import torchvision

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--model", default="resnet50")
parser.add_argument("--batch", type=int, default=1)
parser.add_argument("--file", required=True, help="where to")
options = parser.parse_args()

warnings.simplefilter("ignore")
logging.disable(logging.WARNING)
torch.manual_seed(0)
model = torchvision.models.get_model(options.model, weights=None).eval()
images = torch.randn(options.batch, 3, 224, 224)
torch.onnx.export(model, (images,), options.file, dynamo=True, external_data=False, verbose=False)
