#!/usr/bin/env bash
# The package on another compiler and another machine: with Swift 6.2, which Debian's unstable branch has, on x86-64 and,
# cross-compiled and run under qemu, on arm64. Works in Debian trees of its own, which it makes when they are missing.
#
#     scripts/portable.sh swift ARGUMENTS…         any swift command, as in: swift test --filter SomeTests
#     scripts/portable.sh build-arm64 ARGUMENTS…   swift build for arm64, in debug unless the arguments say otherwise
#     scripts/portable.sh test-arm64 ARGUMENTS…    all tests on arm64; the arguments go to Swift Testing (--filter REGEX)
#     scripts/portable.sh run-arm64 PROGRAM ARGUMENTS…  a program on arm64, by its path in this folder
#
# The trees take 3 GB each and two minutes to make, once: they are in PORTABLE, a folder beside other temporary files if
# unset. What is built is in .build/portable. Needs Linux on x86-64, apt-get and root, for it mounts and changes root;
# its mounts are its own and end with it. Emulation needs Linux 6.7.
set -euo pipefail
cd "$(dirname "$0")/.."

[ $# -gt 0 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; exit 2; }
[ "$(id -u)" -eq 0 ] || exec sudo --preserve-env=PORTABLE "$0" "$@"

trees=${PORTABLE:-${TMPDIR:-/tmp}/martinet-portable}
machine=$trees/amd64
arm64=$trees/arm64
triple=aarch64-unknown-linux-gnu
packages=swiftlang,libopenblas-dev,liblapacke-dev,zlib1g-dev,libssl-dev,libturbojpeg0-dev,libpng-dev,libhdf5-dev,pkgconf

need() {
    command -v "$1" >/dev/null && return
    echo "portable: installing ${*:2}" >&2
    { apt-get update --quiet && DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends "${@:2}"; } >&2
}

# Makes a Debian tree: architecture, variant, packages, folder. Its name is right only once it is whole.
make_tree() {
    [ -d "$4" ] && return
    need mmdebstrap mmdebstrap debian-archive-keyring ca-certificates
    need ar binutils
    echo "portable: making $4" >&2
    mkdir -p "$trees"
    rm -rf "$4.part"
    # A mirror that is behind the archive will do.
    mmdebstrap --quiet --aptopt='Acquire::Check-Valid-Until "false"' --arch="$1" --variant="$2" --include="$3" sid "$4.part"
    # Debian's package has what Swift Testing adds for Foundation as a module, but not the library that it asks the linker
    # for. Nothing here calls that, so an empty one does.
    local overlay=$4.part/usr/libexec/swift/lib/swift/linux/lib_Testing_Foundation
    [ -e "$overlay.so" ] || ar rc "$overlay.a"
    mv "$4.part" "$4"
}

make_machine() {
    make_tree amd64 apt "$packages,git,libc6-dev,g++,ca-certificates" "$machine"
    mkdir -p "$machine/arm64"
    [ ! -f /etc/gitconfig ] || cp /etc/gitconfig "$machine/etc/gitconfig"
    local version
    version=$(in_machine swiftc --version 2>/dev/null | grep --only-matching 'Swift version [0-9.]*' || true)
    case $version in
        *" 6.2"*) echo "portable: $version" >&2 ;;
        *) echo "portable: expected Swift 6.2 in $machine, found ${version:-none that runs}" >&2; exit 1 ;;
    esac
}

# Makes the tree that programs for arm64 are linked with and run in, and tells the compiler of it. Nothing can run while it
# is made, so its packages are unpacked but not configured: the links that Debian's alternatives would make are made here.
make_arm64() {
    make_tree arm64 extract "$packages" "$arm64"
    local libraries=/usr/lib/aarch64-linux-gnu headers=/usr/include/aarch64-linux-gnu file
    [ -e "$arm64/lib" ] || ln -s usr/lib "$arm64/lib"
    for file in "$arm64$libraries"/openblas-pthread/*.so* "$arm64$headers"/openblas-pthread/*.h; do
        ln -sfn "openblas-pthread/${file##*/}" "${file%/openblas-pthread/*}/${file##*/}"
    done
    cp "$arm64$libraries/openblas-pthread/pkgconfig/openblas.pc" "$arm64$libraries/pkgconfig/"
    mkdir -p "$arm64/tmp"
    # What pkg-config says of the arm64 tree is said as if it were the root.
    for file in "$headers" "$libraries" /usr/lib/ld-linux-aarch64.so.1; do ln -sfn "/arm64$file" "$machine$file"; done
    local sdk=$machine/root/.swiftpm/swift-sdks/arm64.artifactbundle
    mkdir -p "$sdk/sdk"
    cat >"$sdk/info.json" <<-END
		{"schemaVersion": "1.0", "artifacts": {"debian-arm64": {"type": "swiftSDK", "version": "1.0.0", "variants": [
		    {"path": "sdk", "supportedTriples": ["x86_64-unknown-linux-gnu", "x86_64-pc-linux-gnu"]}]}}}
	END
    cat >"$sdk/sdk/swift-sdk.json" <<-END
		{"schemaVersion": "4.0", "targetTriples": {"$triple": {"sdkRootPath": "/arm64",
		    "swiftResourcesPath": "/arm64/usr/libexec/swift/lib/swift",
		    "swiftStaticResourcesPath": "/arm64/usr/libexec/swift/lib/swift_static", "toolsetPaths": ["toolset.json"]}}}
	END
    echo '{"schemaVersion": "1.0", "rootPath": "/usr/bin", "swiftCompiler": {"extraCLIOptions": ["-use-ld=lld"]}}' \
        >"$sdk/sdk/toolset.json"
}

# Runs a command in a tree: settings as NAME=VALUE first, as with env. For a mount namespace of its own: it shows the tree
# this folder as /src, what programs expect of a system, data sets, and the folders that git reads in place of a host.
# The settings that begin with MARTINET_, OPENBLAS_ or QEMU_ hold there as here.
enter() {
    local tree=$1 folder
    local -a settings
    shift
    mapfile -t settings < <(env | grep --extended-regexp '^(MARTINET|OPENBLAS|QEMU)_')
    while [[ $1 == *=* ]]; do
        settings+=("$1")
        shift
    done
    mkdir -p "$tree/src"
    mount --bind . "$tree/src"
    for folder in /proc /dev /usr/share/datasets "${MARTINET_DATA:-}" \
        $(git config --get-regexp '^url\..*\.insteadof$' | sed -n 's/^url\.\(\/[^ ]*[^/ ]\)\/*\.insteadof .*/\1/p' | sort -u)
    do
        [ -d "$folder" ] || continue
        mkdir -p "$tree$folder"
        mount --rbind "$folder" "$tree$folder"
    done
    exec env --ignore-environment HOME=/root LANG=C.UTF-8 PATH=/usr/libexec/swift/bin:/usr/bin:/bin \
        "${settings[@]}" unshare --root="$tree" --wd=/src "$@"
}
export -f enter

in_machine() {
    # shellcheck disable=SC2016
    unshare --mount --propagation private bash -euc '
        [ ! -d "$2" ] || mount --bind "$2" "$1/arm64"
        cp /etc/resolv.conf "$1/etc/"
        enter "$1" "${@:3}"' - "$machine" "$arm64" "$@"
}

# The kernel is told, within this namespace, to hand programs for arm64 to qemu, so that one can start another.
in_arm64() {
    need qemu-aarch64-static qemu-user-static
    # shellcheck disable=SC2016
    unshare --user --map-root-user --mount --propagation private bash -euc '
        mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
        magic="\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00"
        mask="\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff"
        # P: a program keeps its name. F: qemu is opened here and now, for the tree has none.
        echo ":qemu-aarch64:M::$magic:$mask:$2:PF" >/proc/sys/fs/binfmt_misc/register
        # Tests that see a program stop would leave core files.
        ulimit -c 0
        # With SVE, which is what qemu emulates unless told otherwise, OpenBLAS 0.3.34 computes wrong products there, and
        # LAPACK wrong decompositions.
        export MARTINET_THREADS=${MARTINET_THREADS:-2} QEMU_CPU=${QEMU_CPU:-neoverse-n1}
        enter "$1" LD_LIBRARY_PATH=/usr/libexec/swift/lib/swift/linux SWIFT_BACKTRACE=enable=no "${@:3}"' \
        - "$arm64" "$(command -v qemu-aarch64-static)" "$@"
}

build_arm64() {
    make_machine
    make_arm64
    in_machine PKG_CONFIG_PATH=/arm64/usr/lib/aarch64-linux-gnu/pkgconfig:/arm64/usr/share/pkgconfig \
        swift build --swift-sdk debian-arm64 --scratch-path .build/portable/arm64 "$@"
}

command=$1
shift
case $command in
    swift)
        make_machine
        subcommand=$1
        shift
        in_machine swift "$subcommand" --scratch-path .build/portable/amd64 "$@"
        ;;
    build-arm64) build_arm64 "$@" ;;
    test-arm64)
        build_arm64 --traits HDF5 --build-tests
        in_arm64 ".build/portable/arm64/$triple/debug/MartinetPackageTests.xctest" --testing-library swift-testing "$@"
        ;;
    run-arm64) in_arm64 "$@" ;;
    *) echo "portable: there is no $command" >&2; exit 2 ;;
esac
