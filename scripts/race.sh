#!/usr/bin/env bash
# Builds the benchmarks and runs them beside PyTorch and Keras.
#
#     scripts/race.sh PYTHON [ARGUMENTS OF Benchmarks/race.py]
#
# Where PYTHON is .venv-race/bin/python and does not exist yet, the environment is made first.
set -euo pipefail
cd "$(dirname "$0")/.."

python=${1:?usage: scripts/race.sh PYTHON [ARGUMENTS]}
shift

if [ "$python" = .venv-race/bin/python ] && [ ! -e .venv-race/complete ]; then
    echo "race: installing PyTorch and Keras into .venv-race"
    python3 -m venv .venv-race
    .venv-race/bin/pip install --quiet --requirement Benchmarks/Peers/requirements.txt
    touch .venv-race/complete
fi

"${SWIFT:-swift}" build -c release --product martinet-bench
martinet=$("${SWIFT:-swift}" build -c release --show-bin-path)/martinet-bench
exec "$python" Benchmarks/race.py --martinet "$martinet" "$@"
