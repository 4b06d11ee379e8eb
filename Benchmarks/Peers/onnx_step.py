"""Inference of a network in onnxruntime, from a file that export_onnx.py has made."""

from measure import milliseconds_of, report_step, resident_memory, restrict_to, step_arguments

parser = step_arguments(__doc__)
parser.add_argument("--file", required=True, help="the network")
options = parser.parse_args()
restrict_to(options.threads)

import numpy  # noqa: E402: reads the number of threads when it is loaded
import onnxruntime  # noqa: E402

import onnx_session  # noqa: E402


def main():
    baseline = resident_memory()
    session = onnx_session.session(options.file, options.threads)
    images = onnx_session.image_input(session, numpy.random.default_rng(0))
    samples = milliseconds_of(lambda: session.run(None, images), options.warmup, options.iterations)
    report_step("onnxruntime", onnxruntime.__version__, "", options, samples, baseline)


main()
