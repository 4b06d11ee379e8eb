"""Checks that weights go from Martinet to PyTorch and back with the same bits, and that torchvision's networks compute the same.

    swift build -c release --product interchange-weights
    python3 Tests/Interchange/check_weights.py .build/release/interchange-weights [--images FOLDER] [DEPTH...]

Needs torch, torchvision, safetensors and Pillow. For each ResNet, by default of 18 and 50 layers, with random weights and random
statistics of its normalisations, saved by PyTorch in both its formats and as safetensors: the logits of each image within 1e-4
of PyTorch's, relatively, and the same five classes first, in the same order. Then the round trips. Without a folder the images are made up.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
import torchvision
from PIL import Image
from safetensors.torch import load_file, save_file
from torchvision import transforms

TOLERANCE = 1e-4


def random_network(depth):
    torch.manual_seed(depth)
    model = torchvision.models.get_model(f"resnet{depth}", weights=None)
    with torch.no_grad():
        for name, buffer in model.named_buffers():
            if name.endswith("running_mean"):
                buffer.normal_(0, 0.1)
            elif name.endswith("running_var"):
                buffer.uniform_(0.5, 1.5)
            else:
                buffer.fill_(depth)
    return model.eval()


def same_bits(a, b):
    return a.keys() == b.keys() and all(
        torch.equal(a[name].view(torch.uint8) if a[name].ndim else a[name],
                    b[name].view(torch.uint8) if b[name].ndim else b[name]) for name in a)  # fmt: skip


def made_up_images(folder):
    """Clouds of colour, of several sizes."""
    generator = np.random.default_rng(1)
    paths = []
    for width, height in [(400, 300), (260, 500), (224, 224)]:
        noise = generator.integers(0, 256, [9, 12, 3], dtype=np.uint8)
        paths.append(Path(folder) / f"{width}x{height}.png")
        Image.fromarray(noise).resize((width, height), Image.BICUBIC).save(paths[-1])
    return paths


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="interchange-weights")
    parser.add_argument("depths", nargs="*", type=int, default=[18, 50])
    parser.add_argument("--images", type=Path, help="a folder of JPEG and PNG files")
    options = parser.parse_args()
    if options.images:
        images = sorted(p for p in options.images.iterdir() if p.suffix in (".jpg", ".jpeg", ".png"))
        sys.exit(check(options.program, images, options.depths))
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(check(options.program, made_up_images(folder), options.depths))


def check(program, images, depths):
    prepare = transforms.Compose([
        transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(),
        transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])  # fmt: skip
    batch = torch.stack([prepare(Image.open(image).convert("RGB")) for image in images])
    failures = 0

    def report(what, passed, detail=""):
        nonlocal failures
        failures += not passed
        print(f"{what:40} {detail:10} {'ok' if passed else 'FAILED'}", flush=True)

    for depth in depths:
        model = random_network(depth)
        state = model.state_dict()
        with torch.no_grad():
            expected = torch.cat([model(image[None]) for image in batch])
        with tempfile.TemporaryDirectory() as folder:
            files = {name: f"{folder}/{name}" for name in ["new.pth", "legacy.pth", "model.safetensors"]}
            torch.save(state, files["new.pth"])
            torch.save(state, files["legacy.pth"], _use_new_zipfile_serialization=False)
            save_file(state, files["model.safetensors"])
            for name, path in files.items():
                lines = subprocess.run(
                    [program, "logits", str(depth), path, *map(str, images)], check=True, capture_output=True,
                    text=True).stdout.splitlines()  # fmt: skip
                found = torch.tensor([json.loads(line) for line in lines])
                error = float(((found - expected).abs().amax(1) / expected.abs().amax(1)).max())
                same = torch.equal(found.topk(5).indices, expected.topk(5).indices)
                report(f"resnet{depth}, {name}, {len(images)} images", error < TOLERANCE and same, f"{error:.1e}")
            for name, path in files.items():
                subprocess.run([program, "convert", str(depth), path, f"{folder}/back.safetensors"], check=True)
                back = load_file(f"{folder}/back.safetensors")
                random_network(depth).load_state_dict(back)
                report(f"resnet{depth}, {name} and back", same_bits(dict(state), back))
            # Martinet, safetensors, PyTorch, .pth, Martinet, safetensors.
            subprocess.run([program, "save", str(depth), f"{folder}/first.safetensors"], check=True)
            first = load_file(f"{folder}/first.safetensors")
            other = random_network(depth)
            other.load_state_dict(first)
            torch.save(other.state_dict(), f"{folder}/between.pth")
            subprocess.run(
                [program, "convert", str(depth), f"{folder}/between.pth", f"{folder}/last.safetensors"], check=True)
            report(f"resnet{depth}, Martinet to PyTorch and back", same_bits(first, load_file(f"{folder}/last.safetensors")))
    return f"{failures} checks failed" if failures else 0


if __name__ == "__main__":
    main()
