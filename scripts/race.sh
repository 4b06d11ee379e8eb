#!/usr/bin/env bash
# Builds the benchmarks and runs them beside PyTorch, onnxruntime and Keras.
#
#     scripts/race.sh PYTHON [ARGUMENTS OF Benchmarks/race.py]
#
# Where PYTHON is .venv-race/bin/python, that environment is made first, unless it has what the benchmarks need.
set -euo pipefail
cd "$(dirname "$0")/.."

python=${1:?usage: scripts/race.sh PYTHON [ARGUMENTS]}
shift

requirements=Benchmarks/Peers/requirements.txt
installed=.venv-race/installed.txt # a copy of the requirements that the environment was made for
if [ "$python" = .venv-race/bin/python ] && ! cmp --silent "$requirements" "$installed"; then
    echo "race: installing PyTorch, onnxruntime and Keras into .venv-race"
    python3 -m venv .venv-race
    .venv-race/bin/pip install --quiet --requirement "$requirements"
    cp "$requirements" "$installed"
fi

"${SWIFT:-swift}" build -c release --product martinet-bench
martinet=$("${SWIFT:-swift}" build -c release --show-bin-path)/martinet-bench
exec "$python" Benchmarks/race.py --martinet "$martinet" "$@"
