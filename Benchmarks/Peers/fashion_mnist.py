"""Fashion-MNIST's training images for the exercise in Keras."""

import gzip

import numpy as np

TRAINING_IMAGES = 60_000


def read_idx(path):
    """The array of unsigned bytes in a gzipped IDX file."""
    with gzip.open(path) as file:
        data = file.read()
    rank = data[3]
    shape = np.frombuffer(data, ">i4", rank, offset=4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(shape)


def training_data(folder):
    """The images, as floats of 0 to 255, and their labels."""
    images = read_idx(folder / "train-images-idx3-ubyte.gz").astype(np.float32)
    return images, read_idx(folder / "train-labels-idx1-ubyte.gz")


def standardized(training, others):
    """Both with zero mean and unit deviation at each pixel of the training images; a constant pixel is only centred."""
    mean = training.mean(axis=0)
    deviation = training.std(axis=0)
    deviation[deviation == 0] = 1
    return (training - mean) / deviation, (others - mean) / deviation
