#!/usr/bin/env python3
"""Times `martinet classify` beside PyTorch: a whole process each, from its start, ResNet-50's weights read from a file, to the
classes of one image. The weights are random; Martinet reads them as safetensors, PyTorch as its own file.

    swift build -c release --product martinet
    python Benchmarks/classify_race.py .build/release/martinet IMAGE [ROUNDS]

Needs torch, torchvision, safetensors and Pillow.
"""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

CLASSIFY = pathlib.Path(__file__).resolve().parent / "Peers" / "torch_classify.py"

# In a process of its own: a child's peak memory counts what its parent held when it was forked.
SAVE = """
import sys, torch, torchvision
from safetensors.torch import save_file
state = torchvision.models.resnet50(weights=None).state_dict()
torch.save(state, sys.argv[1] + "/resnet50.pth")
save_file(state, sys.argv[1] + "/resnet50.safetensors")
"""


def measured(command):
    """Seconds and peak memory in MB of a process."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"classify_race: {command[0]} failed")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    martinet, image = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) == 4 else 5
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-c", SAVE, folder], check=True)
        commands = {
            "Martinet": [
                martinet, "classify", image, "--model", "resnet50", "--weights", f"{folder}/resnet50.safetensors"],
            "PyTorch": [sys.executable, CLASSIFY, f"{folder}/resnet50.pth", image],
        }
        for command in commands.values():
            measured(command)  # so that both find files and libraries in the system's cache
        turns = [{name: measured(command) for name, command in commands.items()} for _ in range(rounds)]
    for name in commands:
        seconds = [turn[name][0] for turn in turns]
        memory = max(turn[name][1] for turn in turns)
        print(f"{name}: {statistics.median(seconds):.2f} s ({min(seconds):.2f} to {max(seconds):.2f}), {memory:.0f} MB")
    ratios = [turn["PyTorch"][0] / turn["Martinet"][0] for turn in turns]
    print(f"Martinet is {statistics.median(ratios):.1f} times as fast ({min(ratios):.1f} to {max(ratios):.1f})")


main()
