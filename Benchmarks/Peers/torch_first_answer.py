"""From the start of Python to a network's first answer in PyTorch: random weights, one random image, its class."""

from measure import arguments, restrict_to

parser = arguments(__doc__, variant=["channels-first", "channels-last"])
parser.add_argument("--model", default="resnet50")
options = parser.parse_args()
restrict_to(options.threads)

import torch  # noqa: E402: reads the number of threads when it is loaded
import torchvision  # noqa: E402

torch.set_num_threads(options.threads)
layout = torch.channels_last if options.variant == "channels-last" else torch.contiguous_format
model = torchvision.models.get_model(options.model, weights=None).eval().to(memory_format=layout)
with torch.inference_mode():
    print(model(torch.randn(1, 3, 224, 224).to(memory_format=layout)).argmax().item(), flush=True)
