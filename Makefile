# Martinet's tasks. `make` alone explains them.

SWIFT ?= swift

# What `make demo` trains: the exercise cut down to about five minutes on two cores, residual against plain.
DEMO ?= --variant compare --epochs 3 --train-limit 20000 --runs 2

# What `make depth` passes to the benchmark.
DEPTH ?=

# What the package is built with: HDF5, to read Keras's files. A dependency has none of it unless it asks.
TRAITS ?= --traits HDF5

# Where the sources that swift-format looks after live.
SOURCES = Package.swift Sources Tests Examples Benchmarks

# What `make sanitize` runs: the sanitizers, and the tests to run under each.
SANITIZERS ?= address thread
SANITIZED_TESTS ?= .

# What `make race` passes to Benchmarks/race.py, and the Python that runs the peers. Without PYTHON it makes its own
# environment in .venv-race, a download of about 3 GB.
RACE ?=
PYTHON ?= .venv-race/bin/python

.DEFAULT_GOAL := help
.PHONY: help setup build demo exercises depth test test-swift62 test-arm64 client kernels format lint docs api race \
    interchange sanitize clean

help: ## Show this text
	@echo "Martinet: deep learning in Swift, fast on ordinary CPUs."
	@echo
	@echo "New here?  make demo    installs what is missing, trains a small ResNet, and tells how it went"
	@echo "Changing?  make test    then make format and make lint before you commit; see CONTRIBUTING.md"
	@echo
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "Settings, as in 'make demo DEMO=\"--variant residual --epochs 5\"':"
	@echo "  DEMO=…             the demo's arguments, now: $(DEMO)"
	@echo "  SANITIZERS=…       the sanitizers of 'make sanitize', now: $(SANITIZERS)"
	@echo "  PYTHON=…           a Python that has PyTorch and onnxruntime, for 'make race'"
	@echo "  MARTINET_THREADS=… worker threads, all cores if unset"
	@echo "  MARTINET_SIMD=…    plain, avx2 or avx512, the best that the CPU has if unset"

setup: ## Install the system libraries and the data set, where they are missing
	@scripts/setup.sh

build: setup ## Build everything, optimised
	$(SWIFT) build $(TRAITS) -c release

demo: setup ## Train the Fashion-MNIST ResNet for a few minutes, residual against plain
	$(SWIFT) run $(TRAITS) -c release fashion-resnet $(DEMO)

exercises: ## List the exercises and how to run them
	@awk -F ' *[|] *' '/^[|] .`/ { split($$2, name, "`"); \
	    printf "  swift run -c release %-20s %s (%s)\n", name[2], $$3, $$4 }' Examples/README.md

depth: setup ## Train plain and residual networks of growing depth on CIFAR-10, for eight to fifteen minutes
	$(SWIFT) run $(TRAITS) -c release martinet-bench depth $(DEPTH)

test: setup ## Run the tests
	$(SWIFT) test $(TRAITS)

test-swift62: ## Run the tests and the client with Swift 6.2, in a Debian tree (root, Linux)
	scripts/portable.sh swift run --package-path Tests/Client --scratch-path .build/portable/client Client
	scripts/portable.sh swift test $(TRAITS)

test-arm64: ## Build for arm64 and run the tests there, under qemu (root, Linux)
	scripts/portable.sh test-arm64

client: setup ## Build and run a separate package that depends on this one, in release
	$(SWIFT) run --package-path Tests/Client -c release Client
	$(SWIFT) run --package-path Tests/Client -c release Mistakes

kernels: ## Make the kernels' declarations and dispatch from their signatures
	scripts/generate-kernels.py

format: ## Format the sources in place
	$(SWIFT) format --in-place --parallel --recursive $(SOURCES)

lint: ## Check the sources' format
	$(SWIFT) format lint --strict --parallel --recursive $(SOURCES)

docs: setup ## Build the API's documentation; a warning is an error
	@scripts/build-documentation.sh

api: setup ## List what is public, in docs/api
	$(SWIFT) build $(TRAITS)
	@scripts/public-api.py

race: setup ## Measure Martinet beside PyTorch, onnxruntime and Keras, in turns
	@scripts/race.sh $(PYTHON) $(RACE)

interchange: setup ## Check files against PyTorch, onnxruntime and TensorBoard (PYTHON needs them)
	@scripts/peers.sh $(PYTHON)
	$(SWIFT) build -c release --product interchange-samples
	$(SWIFT) build -c release --product interchange-weights
	@for check in onnx onnx_import onnx_suite onnx_networks tensorboard; do \
	    $(PYTHON) Tests/Interchange/check_$$check.py .build/release/interchange-samples || exit 1; done
	$(PYTHON) Tests/Interchange/check_weights.py .build/release/interchange-weights

sanitize: setup ## Run the tests under the address and the thread sanitizer
	@scripts/sanitize.sh "$(SANITIZERS)" "$(SANITIZED_TESTS)"

clean: ## Remove what was built
	$(SWIFT) package clean
	rm -rf .build Tests/Client/.build
