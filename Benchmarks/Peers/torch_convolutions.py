"""Convolutions in PyTorch, forward and both gradients: those that standard input lists as JSON.

Each has the fields of `martinet-bench convolution --json`: inputShape [batch, height, width, channels], weightShape
[kernel height, kernel width, input channels / groups, output channels], stride, padding, groups and direction.
"""

import json
import statistics
import sys

from measure import arguments, milliseconds_of, report, restrict_to

parser = arguments(__doc__, variant=["channels-first", "channels-last"])
parser.add_argument("--repeats", type=int, default=9, help="timed repetitions of each, after one that is not counted")
options = parser.parse_args()
restrict_to(options.threads)

import torch  # noqa: E402: reads the number of threads when it is loaded


def step_of(layer, layout):
    """A function that computes one direction of a convolution."""
    batch, height, width, inputs = layer["inputShape"]
    kernel_height, kernel_width, group_inputs, outputs = layer["weightShape"]
    images = torch.randn(batch, inputs, height, width).to(memory_format=layout)
    weight = torch.randn(outputs, group_inputs, kernel_height, kernel_width).to(memory_format=layout)
    stride, padding, groups = [layer["stride"]] * 2, [layer["padding"]] * 2, layer["groups"]
    if layer["direction"] == "forward":
        return lambda: torch.nn.functional.conv2d(images, weight, None, stride, padding, 1, groups)
    gradient = torch.randn_like(torch.nn.functional.conv2d(images, weight, None, stride, padding, 1, groups))
    wanted = [layer["direction"] == "input gradient", layer["direction"] == "weight gradient", False]
    return lambda: torch.ops.aten.convolution_backward(
        gradient, images, weight, None, stride, padding, [1, 1], False, [0, 0], groups, wanted
    )


def main():
    torch.manual_seed(0)
    torch.set_num_threads(options.threads)
    torch.set_num_interop_threads(1)
    layout = torch.channels_last if options.variant == "channels-last" else torch.contiguous_format
    layers = json.load(sys.stdin)
    with torch.inference_mode():
        medians = [
            statistics.median(milliseconds_of(step_of(layer, layout), 1, options.repeats)) for layer in layers
        ]
    report("PyTorch", torch.__version__, options.variant, medianMilliseconds=medians)


main()
