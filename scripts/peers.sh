#!/usr/bin/env bash
# Makes the Python environment that has PyTorch, onnxruntime and Keras, for the race and for checks of files.
#
#     scripts/peers.sh PYTHON
#
# Where PYTHON is .venv-race/bin/python, that environment is made, unless it has what is needed. Any other is left as it is.
set -euo pipefail
cd "$(dirname "$0")/.."

python=${1:?usage: scripts/peers.sh PYTHON}
requirements=Benchmarks/Peers/requirements.txt
installed=.venv-race/installed.txt # a copy of the requirements that the environment was made for
if [ "$python" = .venv-race/bin/python ] && ! cmp --silent "$requirements" "$installed"; then
    echo "installing PyTorch, onnxruntime and Keras into .venv-race"
    python3 -m venv .venv-race
    .venv-race/bin/pip install --quiet --requirement "$requirements"
    cp "$requirements" "$installed"
fi
