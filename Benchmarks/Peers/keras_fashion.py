"""The Fashion-MNIST exercise in Keras, whose accuracies epoch by epoch fashion-resnet is compared with.

Pixels standardised by the training images, 80/20 split, SGD 1e-3, batches of 256, 5 epochs. Prints one JSON object.
"""

import argparse
import json
import os
import pathlib

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # noqa: E402: reads its backend when it is loaded
import numpy as np  # noqa: E402

from fashion_mnist import standardized, training_data  # noqa: E402
from keras_network import residual_network  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch-size", type=int, default=256)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--train-limit", type=int, help="use that many of the 60,000 images")
    parser.add_argument("--variant", choices=["residual", "plain"], default="residual")
    parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path("/usr/share/datasets/fashion-mnist"))
    options = parser.parse_args()

    images, labels = (array[: options.train_limit] for array in training_data(options.data))
    order = np.random.default_rng(options.seed).permutation(len(images))
    split = len(images) * 8 // 10
    training, validation = standardized(images[order[:split]], images[order[split:]])
    training_labels, validation_labels = labels[order[:split]], labels[order[split:]]

    keras.utils.set_random_seed(options.seed)
    model = residual_network(shortcut=options.variant == "residual")
    model.compile(
        optimizer=keras.optimizers.SGD(1e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    history = model.fit(
        training[..., None],
        training_labels,
        batch_size=options.batch_size,
        epochs=options.epochs,
        validation_data=(validation[..., None], validation_labels),
        verbose=2,
    )
    print(json.dumps({"keras": keras.__version__, "backend": keras.backend.backend(), "seed": options.seed,
                      "variant": options.variant, "history": history.history}))


main()
