#!/usr/bin/env bash
# Builds the benchmarks and runs them beside PyTorch, onnxruntime and Keras.
#
#     scripts/race.sh PYTHON [ARGUMENTS OF Benchmarks/race.py]
set -euo pipefail
cd "$(dirname "$0")/.."

python=${1:?usage: scripts/race.sh PYTHON [ARGUMENTS]}
shift
scripts/peers.sh "$python"
"${SWIFT:-swift}" build -c release --product martinet-bench
martinet=$("${SWIFT:-swift}" build -c release --show-bin-path)/martinet-bench
exec "$python" Benchmarks/race.py --martinet "$martinet" "$@"
