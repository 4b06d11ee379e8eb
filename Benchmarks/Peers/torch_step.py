"""A step of a network in PyTorch: training (forward, cross-entropy, backward, SGD) or inference."""

from measure import milliseconds_of, report_step, resident_memory, restrict_to, step_arguments

parser = step_arguments(
    __doc__, variant=["channels-first", "channels-last", "compiled"], mode=["train", "infer"],
    model=["fashion", "cifar-resnet20", "resnet18", "resnet34", "resnet50", "resnet101", "resnet152",
           "wide_resnet50_2", "densenet121"],
)  # fmt: skip
options = parser.parse_args()
restrict_to(options.threads)

import torch  # noqa: E402: reads the number of threads when it is loaded
from torch.nn import functional  # noqa: E402

import torch_networks  # noqa: E402


def load_libraries():
    """Loads now what would otherwise come with the first use, so that it does not count as the network's memory."""
    if options.model not in torch_networks.SHAPES:
        import torchvision  # noqa: F401
    if options.mode == "train":
        torch.optim.SGD([torch.zeros(1, requires_grad=True)])


def main():
    load_libraries()
    baseline = resident_memory()
    torch.manual_seed(0)
    torch.set_num_threads(options.threads)
    torch.set_num_interop_threads(1)
    layout = torch.contiguous_format if options.variant == "channels-first" else torch.channels_last
    channels, size, classes = torch_networks.shape(options.model)
    model = torch_networks.network(options.model).to(memory_format=layout)
    model.train(options.mode == "train")
    images = torch.randn(options.batch, channels, size, size).to(memory_format=layout)
    labels = torch.randint(classes, (options.batch,))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)
    forward = torch.compile(model) if options.variant == "compiled" else model

    def train():
        optimizer.zero_grad(set_to_none=True)
        functional.cross_entropy(forward(images), labels).backward()
        optimizer.step()

    def infer():
        with torch.inference_mode():
            forward(images)

    step = train if options.mode == "train" else infer
    samples = milliseconds_of(step, options.warmup, options.iterations)
    report_step("PyTorch", torch.__version__, options.variant, options, samples, baseline)


main()
