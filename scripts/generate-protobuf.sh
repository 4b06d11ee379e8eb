#!/usr/bin/env bash
# Writes the Swift code for Protocols/*.proto again: scripts/generate-protobuf.sh
# Needs protoc (Debian's protobuf-compiler). Builds the plugin of the swift-protobuf that Package.swift asks for, unless
# PROTOC_GEN_SWIFT names one.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v protoc >/dev/null; then
    echo "generate-protobuf: there is no protoc on the PATH; install protobuf-compiler" >&2
    exit 1
fi

swift="${SWIFT:-swift}"
"$swift" package resolve
plugin="${PROTOC_GEN_SWIFT:-}"
if [ -z "$plugin" ]; then
    "$swift" build -c release --product protoc-gen-swift
    plugin="$("$swift" build -c release --show-bin-path)/protoc-gen-swift"
fi

generate() { # target, files
    local out="Sources/$1/Generated"
    shift
    mkdir -p "$out"
    protoc --plugin=protoc-gen-swift="$plugin" --swift_out="$out" \
        -I Protocols -I .build/checkouts/swift-protobuf/Protos/Sources/SwiftProtobuf "$@"
}
generate MartinetONNX onnx.proto
generate MartinetTensorBoard tensorboard.proto hparams.proto
