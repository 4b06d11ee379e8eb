"""onnxruntime's session as all of its benchmarks use it."""

import onnxruntime


def session(path, threads):
    """A session on the CPU with so many threads, at onnxruntime's full optimisation of the graph."""
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = threads
    settings.inter_op_num_threads = 1
    settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    return onnxruntime.InferenceSession(path, settings, providers=["CPUExecutionProvider"])


def image_input(session, random):
    """The session's only input, filled at random."""
    (image,) = session.get_inputs()
    return {image.name: random.standard_normal(image.shape, dtype="float32")}
