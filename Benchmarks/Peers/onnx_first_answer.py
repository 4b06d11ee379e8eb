"""From the start of Python to a network's first answer in onnxruntime: a file of random weights, one random image, its
class."""

from measure import arguments, restrict_to

parser = arguments(__doc__)
parser.add_argument("--file", required=True, help="the network")
options = parser.parse_args()
restrict_to(options.threads)

import numpy  # noqa: E402: reads the number of threads when it is loaded

import onnx_session  # noqa: E402

session = onnx_session.session(options.file, options.threads)
(scores,) = session.run(None, onnx_session.image_input(session, numpy.random.default_rng()))
print(scores.argmax(), flush=True)
