"""A step of the Fashion-MNIST network in Keras: training (forward, cross-entropy, backward, SGD) or inference."""

import os

from measure import milliseconds_of, report_step, resident_memory, restrict_to, step_arguments

parser = step_arguments(__doc__, variant=["tensorflow", "jax", "torch"], mode=["train", "infer"])
options = parser.parse_args()
restrict_to(options.threads)
os.environ["KERAS_BACKEND"] = options.variant
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras  # noqa: E402: reads its backend when it is loaded
import numpy as np  # noqa: E402

from keras_network import residual_network  # noqa: E402


def backend_version():
    """The backend's version, and its thread settings made."""
    if options.variant == "tensorflow":
        import tensorflow

        tensorflow.config.threading.set_intra_op_parallelism_threads(options.threads)
        return tensorflow.__version__
    if options.variant == "jax":
        import jax

        return jax.__version__
    import torch

    torch.set_num_threads(options.threads)
    return torch.__version__


def main():
    version = backend_version()
    baseline = resident_memory()
    keras.utils.set_random_seed(0)
    model = residual_network()
    # Keras decays the weights outside the gradient, at the same cost.
    optimizer = keras.optimizers.SGD(0.01, momentum=0.9, weight_decay=1e-4)
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy")
    random = np.random.default_rng(0)
    images = random.standard_normal((options.batch, 28, 28, 1), dtype=np.float32)
    labels = random.integers(10, size=options.batch)

    def train():
        model.train_on_batch(images, labels)

    def infer():
        model.predict_on_batch(images)

    step = train if options.mode == "train" else infer
    samples = milliseconds_of(step, options.warmup, options.iterations)
    report_step("Keras", keras.__version__, f"{options.variant} {version}", options, samples, baseline)


main()
