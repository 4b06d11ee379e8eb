"""Records small files of weights that Keras writes, for the tests of MartinetFormats.

The layers are called as in Keras's ResNets. Element number i of a variable is i / 64 plus a number for each variable, so that the
tests need no other recording.
"""

import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "torch"

import h5py  # noqa: E402
import keras  # noqa: E402
import numpy as np  # noqa: E402

DIRECTORY = Path(__file__).resolve().parent.parent / "MartinetFormatsTests" / "References"


def make():
    image = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, name="conv1_conv")(image)
    x = keras.layers.BatchNormalization(name="conv1_bn")(x)
    x = keras.layers.Conv2D(2, 1, name="conv2_block1_0_conv")(x)
    x = keras.layers.GlobalAveragePooling2D(name="avg_pool")(x)
    x = keras.layers.Dropout(0.5, name="dropout")(x)
    model = keras.Model(image, keras.layers.Dense(3, name="predictions")(x))
    model.compile("adam", "mse")
    for place, variable in enumerate(model.weights):
        count = int(np.prod(variable.shape))
        variable.assign((np.arange(count) / 64 + place).reshape(variable.shape).astype(np.float32))
    return model


def main():
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    model = make()
    model.save_weights(DIRECTORY / "keras.weights.h5")
    model.save(DIRECTORY / "keras-whole.h5")
    model.save(DIRECTORY / "keras.keras")
    # As other programs write them: deflated, and in half and in double precision, one of them big-endian.
    with h5py.File(DIRECTORY / "keras-types.h5", "w") as file:
        for place, (name, kind) in enumerate([("half", "<f2"), ("double", "<f8"), ("big", ">f4"), ("whole", "<i8")]):
            values = (np.arange(600).reshape(20, 30) + place).astype(kind)
            file.create_dataset(f"{name}/{name}/kernel:0", data=values, compression="gzip", shuffle=True)
        file["half/elsewhere"] = h5py.ExternalLink("/etc/passwd", "/")
        file["half/soft"] = h5py.SoftLink("/double")
        file["words"] = "no numbers"
    for path in sorted(DIRECTORY.glob("keras*")):
        print(f"{path.name}: {path.stat().st_size} bytes")


main()
