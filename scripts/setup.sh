#!/usr/bin/env bash
# Installs what Martinet needs besides Swift: OpenBLAS, LAPACKE, zlib, libcrypto, libjpeg-turbo, libpng, HDF5 and pkg-config, and
# the Fashion-MNIST images for the demo. Does nothing where all is there. Uses apt-get, through sudo for an ordinary user, or
# Homebrew on macOS, which has no package of the images; where there is neither it says what to install.
set -euo pipefail

if ! command -v "${SWIFT:-swift}" >/dev/null; then
    echo "setup: there is no swift on the PATH; install Swift 6.2 or later: https://www.swift.org/install" >&2
    exit 1
fi

if [ "$(uname)" = Darwin ]; then
    if ! command -v brew >/dev/null; then
        echo "setup: install OpenBLAS, zlib, OpenSSL, libjpeg-turbo, libpng, HDF5 and pkg-config, best with Homebrew: https://brew.sh" >&2
        exit 1
    fi
    # `brew install` of what is there would upgrade it. SwiftPM finds each of them by itself.
    formulae=()
    for formula in pkgconf openblas zlib openssl jpeg-turbo libpng hdf5; do
        brew list --versions "$formula" >/dev/null || formulae+=("$formula")
    done
    [ ${#formulae[@]} -eq 0 ] || brew install "${formulae[@]}"
    exit 0
fi

# Asks pkg-config rather than the package manager, since a library may come from somewhere else.
has_library() {
    command -v pkg-config >/dev/null && pkg-config --exists "$1"
}

libraries=()
command -v git >/dev/null || libraries+=(git) # fetches the Swift packages
command -v pkg-config >/dev/null || libraries+=(pkg-config)
has_library openblas || libraries+=(libopenblas-dev)
has_library lapacke || libraries+=(liblapacke-dev)
has_library zlib || libraries+=(zlib1g-dev)
has_library libcrypto || libraries+=(libssl-dev)
has_library libturbojpeg || libraries+=(libturbojpeg0-dev)
has_library libpng || libraries+=(libpng-dev)
has_library hdf5 || libraries+=(libhdf5-dev)

images=()
[ -d /usr/share/datasets/fashion-mnist ] || images+=(dataset-fashion-mnist)

if [ $((${#libraries[@]} + ${#images[@]})) -eq 0 ]; then
    exit 0
fi

if ! command -v apt-get >/dev/null; then
    if [ ${#libraries[@]} -eq 0 ]; then
        exit 0 # the images are downloaded when they are first asked for
    fi
    echo "setup: missing ${libraries[*]} (Debian's names), and there is no apt-get to install them with." >&2
    echo "setup: install OpenBLAS, LAPACKE, zlib, OpenSSL, libjpeg-turbo, libpng and HDF5 with their headers, pkg-config and git." >&2
    exit 1
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "setup: as root, run: apt-get install ${libraries[*]} ${images[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi

install_packages() {
    # An `env` keeps the setting through sudo, which clears the environment.
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends "$@"
}

echo "setup: installing ${libraries[*]} ${images[*]}"
"${as_root[@]}" apt-get update --quiet
if [ ${#libraries[@]} -gt 0 ]; then
    install_packages "${libraries[@]}"
fi
if [ ${#images[@]} -gt 0 ]; then
    install_packages "${images[@]}" \
        || echo "setup: no ${images[*]} here; the images are downloaded when they are first asked for" >&2
fi
