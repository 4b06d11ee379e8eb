"""Records the reference values that Martinet's tests compare with. See README.md beside this file."""

import os

os.environ["KERAS_BACKEND"] = "torch"

import keras  # noqa: E402
import torch  # noqa: E402

from families import (  # noqa: E402
    convolution, elementwise, initializers, losses, network, normalization, optimizers, recurrent, reductions, schedules,
    shapes)

FAMILIES = [
    elementwise.record,
    reductions.record,
    shapes.record,
    convolution.record_convolutions,
    convolution.record_pools,
    normalization.record,
    losses.record,
    optimizers.record,
    recurrent.record,
    schedules.record,
    initializers.record,
    network.record,
]


def main():
    torch.set_default_dtype(torch.float64)
    torch.use_deterministic_algorithms(True)
    keras.config.set_floatx("float64")
    total = 0
    for record in FAMILIES:
        family = record()
        path = family.write()
        total += path.stat().st_size
        print(f"{path.name}: {len(family.cases)} cases, {path.stat().st_size / 1024:.0f} KB")
    print(f"{total / 1024:.0f} KB recorded with torch {torch.__version__}, keras {keras.__version__}")


if __name__ == "__main__":
    main()
