#!/usr/bin/env bash
# Builds the API's documentation with DocC, which is part of the Swift toolchain, into .build/documentation.
# Any warning, a link that leads nowhere for one, is an error.
#
#     scripts/build-documentation.sh
#     python3 -m http.server --directory .build/documentation     # read it at /documentation
set -euo pipefail
cd "$(dirname "$0")/.."

swift=${SWIFT:-swift}
docc=$(dirname "$(readlink -f "$(command -v "$swift")")")/docc

# The modules, each after those it may link to.
modules=(MartinetCore Martinet MartinetCharts MartinetFiles MartinetVision MartinetZoo MartinetFormats MartinetONNX
    MartinetTensorBoard)

work=.build/documentation-work
output=.build/documentation
graphs=$("$swift" build --show-bin-path)/../symbolgraph
rm -rf "$work" "$output" "$graphs"
mkdir -p "$work"

# It fails on the modules that SwiftPM makes up for the tests, after it has written all others: so look at what it wrote.
"$swift" package dump-symbol-graph --minimum-access-level public --skip-inherited-docs >"$work/symbols.log" 2>&1 || true
for module in "${modules[@]}"; do
    if [ ! -e "$graphs/$module.symbols.json" ]; then
        cat "$work/symbols.log" >&2
        echo "documentation: no symbols of $module" >&2
        exit 1
    fi
done

archives=()
dependencies=()
for module in "${modules[@]}"; do
    mkdir -p "$work/$module"
    # A module's own symbols, and those that it adds to other modules' types.
    cp "$graphs/$module.symbols.json" "$work/$module/"
    find "$graphs" -name "$module@*.symbols.json" -exec cp {} "$work/$module/" \;

    echo "documentation: $module"
    "$docc" convert "Sources/$module/$module.docc" \
        --additional-symbol-graph-dir "$work/$module" \
        --fallback-display-name "$module" \
        --fallback-bundle-identifier "$module" \
        --enable-experimental-external-link-support \
        "${dependencies[@]}" \
        --warnings-as-errors \
        --output-path "$work/$module.doccarchive"
    archives+=("$work/$module.doccarchive")
    dependencies+=(--dependency "$work/$module.doccarchive")
done

"$docc" merge "${archives[@]}" --synthesized-landing-page-name Martinet --output-path "$output"
echo "documentation: $output"
