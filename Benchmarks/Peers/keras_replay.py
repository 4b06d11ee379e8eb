"""Trains the Fashion-MNIST network for an epoch in Keras, and records what `martinet-bench replay` needs to do the same.

The file has the first weights, the images of each step and to validate with, every step's loss, and the accuracy after it.
"""

import argparse
import os
import pathlib

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # noqa: E402: reads its backend when it is loaded
import numpy as np  # noqa: E402
from safetensors.numpy import save_file  # noqa: E402

from fashion_mnist import TRAINING_IMAGES, standardized, training_data  # noqa: E402
from keras_network import residual_network  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=pathlib.Path, required=True, help="the file to write (safetensors)")
    parser.add_argument("--batch-size", type=int, default=256)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--train-limit", type=int, default=TRAINING_IMAGES, help="use that many of the 60,000 images")
    parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path("/usr/share/datasets/fashion-mnist"))
    options = parser.parse_args()

    images, labels = training_data(options.data)
    chosen = np.random.default_rng(options.seed).permutation(len(images))[: options.train_limit]
    split = len(chosen) * 8 // 10
    order, validation = chosen[:split], chosen[split:]
    training, validating = standardized(images[order], images[validation])

    keras.utils.set_random_seed(options.seed)
    model = residual_network()
    model.compile(
        optimizer=keras.optimizers.SGD(1e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    recorded = {f"weights.{i}": np.array(weight) for i, weight in enumerate(model.trainable_weights)}
    losses = []
    for first in range(0, split, options.batch_size):
        step = slice(first, first + options.batch_size)
        model.reset_metrics()  # else the loss is the mean over all steps so far
        losses.append(model.train_on_batch(training[step, ..., None], labels[order[step]])[0])
    accuracy = model.evaluate(validating[..., None], labels[validation], batch_size=options.batch_size, verbose=0)[1]
    recorded |= {
        "order": order.astype(np.int32),
        "validation": validation.astype(np.int32),
        "losses": np.array(losses, np.float32),
        "accuracy": np.array([accuracy], np.float32),
        "batch_size": np.array([options.batch_size], np.int32),
    }
    save_file(recorded, options.output)
    print(f"mean loss {np.mean(losses):.5f}, validation accuracy {accuracy:.5f}, recorded in {options.output}")


main()
