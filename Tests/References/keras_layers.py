"""Records small files of Keras's whose layers lack a gamma or a beta, have kernels of their own, or have no names.

Element number i of the variable number n of a model is i / 64 + n, so that the tests need no other recording.
"""

import os
import shutil
import zipfile
from pathlib import Path

os.environ["KERAS_BACKEND"] = "torch"

import h5py  # noqa: E402
import keras  # noqa: E402
import numpy as np  # noqa: E402

DIRECTORY = Path(__file__).resolve().parent.parent / "MartinetFormatsTests" / "References"
layers = keras.layers


def numbered(model):
    for place, variable in enumerate(model.weights):
        count = int(np.prod(variable.shape))
        variable.assign((np.arange(count) / 64 + place).reshape(variable.shape).astype(np.float32))
    return model


def strip_names(path):
    """As Keras 2.13 to 3.0 wrote them: the groups have no attribute "name"."""

    def strip(_, item):
        if "name" in item.attrs:
            del item.attrs["name"]

    with h5py.File(path, "a") as file:
        file.visititems(strip)


def strip_archive(source, target):
    with zipfile.ZipFile(source) as whole, zipfile.ZipFile(target, "w") as stripped:
        for entry in whole.namelist():
            data = whole.read(entry)
            if entry.endswith(".h5"):
                inner = DIRECTORY / "stripped.h5"
                inner.write_bytes(data)
                strip_names(inner)
                data = inner.read_bytes()
                inner.unlink()
            stripped.writestr(entry, data)


def without_scale():
    return keras.Sequential([
        keras.Input((8, 8, 3)), layers.Conv2D(4, 3, name="c"), layers.BatchNormalization(scale=False, name="bn"),
        layers.Flatten(name="f"), layers.Dense(2, name="d"),
    ])  # fmt: skip


def kernels():
    """A model in a model, depthwise and separable convolutions, normalizations without a beta."""
    image = keras.Input((8, 8, 3))
    inner = keras.Sequential(
        [keras.Input((8, 8, 3)), layers.Conv2D(4, 1, name="a"), layers.BatchNormalization(center=False, name="b")],
        name="inner")
    x = inner(image)
    x = layers.DepthwiseConv2D(3, depth_multiplier=2, name="depthwise")(x)
    x = layers.SeparableConv2D(5, 3, name="separable")(x)
    x = layers.LayerNormalization(scale=False, name="norm")(x)
    x = layers.Conv2D(4, 1, groups=1, name="last")(x)
    return keras.Model(image, x)


def automatic():
    """Layers that Keras names, after others of the same classes were made."""
    keras.backend.clear_session()
    for _ in range(9):
        layers.Conv2D(1, 1), layers.Dense(1), layers.BatchNormalization()
    image = keras.Input((6, 6, 3))
    x = layers.Conv2D(4, 3)(image)
    x = layers.BatchNormalization()(x)
    x = layers.Conv2D(4, 3)(x)
    x = layers.Dense(4)(layers.Flatten()(x))
    return keras.Model(image, layers.Dense(2)(x))


def main():
    model = numbered(without_scale())
    model.save_weights(DIRECTORY / "no-scale.weights.h5")
    model.save(DIRECTORY / "no-scale.keras")
    model.save(DIRECTORY / "no-scale-whole.h5")
    shutil.copy(DIRECTORY / "no-scale.weights.h5", DIRECTORY / "nameless.weights.h5")
    strip_names(DIRECTORY / "nameless.weights.h5")
    strip_archive(DIRECTORY / "no-scale.keras", DIRECTORY / "nameless.keras")
    model = numbered(kernels())
    model.save(DIRECTORY / "kernels.keras")
    model.save_weights(DIRECTORY / "kernels.weights.h5")
    strip_archive(DIRECTORY / "kernels.keras", DIRECTORY / "kernels-nameless.keras")
    model = numbered(automatic())
    model.save(DIRECTORY / "automatic.keras")
    model.save_weights(DIRECTORY / "automatic.weights.h5")
    model.save(DIRECTORY / "automatic.h5")
    # A layer that was renamed after it had been made: the inner group keeps its old name.
    with h5py.File(DIRECTORY / "renamed.h5", "w") as file:
        for layer, inner, shape in [("head", "dense_3", (2, 3)), ("stem", "conv2d_1", (3, 3, 1, 2))]:
            count = int(np.prod(shape))
            file.create_dataset(f"{layer}/{inner}/kernel:0", data=np.arange(count, dtype=np.float32).reshape(shape))
            file.create_dataset(f"{layer}/{inner}/bias:0", data=np.arange(shape[-1], dtype=np.float32))
    for path in sorted(DIRECTORY.glob("*.h5")) + sorted(DIRECTORY.glob("*.keras")):
        print(f"{path.name}: {path.stat().st_size} bytes")


main()
