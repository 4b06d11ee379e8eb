"""The Fashion-MNIST exercise in Keras, whose accuracies epoch by epoch fashion-resnet is compared with.

Pixels standardised by the training images, 80/20 split, SGD 1e-3, batches of 256, 5 epochs. Prints one JSON object.
"""

import argparse
import gzip
import json
import os
import pathlib

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # noqa: E402: reads its backend when it is loaded
import numpy as np  # noqa: E402

from keras_network import residual_network  # noqa: E402


def read_idx(path):
    """The array of unsigned bytes in a gzipped IDX file."""
    with gzip.open(path) as file:
        data = file.read()
    rank = data[3]
    shape = np.frombuffer(data, ">i4", rank, offset=4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(shape)


def standardized(training, others):
    """Both with zero mean and unit deviation at each pixel of the training images; a constant pixel is only centred."""
    mean = training.mean(axis=0)
    deviation = training.std(axis=0)
    deviation[deviation == 0] = 1
    return (training - mean) / deviation, (others - mean) / deviation


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch-size", type=int, default=256)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--train-limit", type=int, help="use that many of the 60,000 images")
    parser.add_argument("--variant", choices=["residual", "plain"], default="residual")
    parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path("/usr/share/datasets/fashion-mnist"))
    options = parser.parse_args()

    images = read_idx(options.data / "train-images-idx3-ubyte.gz")[: options.train_limit].astype(np.float32)
    labels = read_idx(options.data / "train-labels-idx1-ubyte.gz")[: options.train_limit]
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
