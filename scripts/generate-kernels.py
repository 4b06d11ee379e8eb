#!/usr/bin/env python3
"""Makes Sources/CKernels/include/kernels.h and dispatch.c from the signatures in the kernel families' files.

    scripts/generate-kernels.py            writes both
    scripts/generate-kernels.py --check    fails if what is there is not what would be written

A kernel is written once, in its family's file, with its contract in the comment above it:

    /// y[i] += scale * x[i].
    KERNEL(void mk_add_scaled)(long n, float scale, const float *x, float *y) { ... }

variants.h compiles it for each instruction set; this program declares it for callers, and defines the function of its name,
which calls the copy for the instruction set in use.
"""

import pathlib
import re
import sys

KERNELS = pathlib.Path(__file__).resolve().parent.parent / "Sources" / "CKernels"
SIGNATURE = re.compile(r"((?:^///.*\n)*)^KERNEL\((\w+) (\w+)\)\(([^)]*)\)", re.MULTILINE)
NOTE = "// Made by scripts/generate-kernels.py from the *_kernels.h files: do not edit.\n"

DISPATCH_HEAD = NOTE + """
#include "CKernels.h"

// The copy of a kernel for the instruction set in use.
#if defined(__x86_64__)
#define VARIANT(name) \\
    (mk_simd_level() == MK_SIMD_AVX512 ? name##_avx512 : mk_simd_level() == MK_SIMD_AVX2 ? name##_avx2 : name##_plain)
#define DECLARE_VARIANTS(name) extern __typeof__(name) name##_plain, name##_avx2, name##_avx512
#else
#define VARIANT(name) name##_plain
#define DECLARE_VARIANTS(name) extern __typeof__(name) name##_plain
#endif
"""


def wrap(text, indent):
    """Breaks a declaration at its commas so that lines stay within 120 columns."""
    lines = [""]
    for part in text.split(", "):
        if lines[-1] and len(lines[-1]) + 2 + len(part) > 118:
            lines[-1] += ","
            lines.append(" " * indent + part)
        else:
            lines[-1] += (", " if lines[-1] else "") + part
    return "\n".join(lines)


def kernels():
    """Family by family: its name, and each kernel's comment, type, name and parameters."""
    for path in sorted(KERNELS.glob("*_kernels.h")):
        found = [
            (comment, type_, name, " ".join(parameters.split()))
            for comment, type_, name, parameters in SIGNATURE.findall(path.read_text())
        ]
        for comment, _, name, _ in found:
            if not comment:
                sys.exit(f"{path.name}: {name} has no comment that says what it computes")
        if found:
            yield path.name.removesuffix("_kernels.h"), found


def generate():
    header = NOTE + "#pragma once\n"
    dispatch = DISPATCH_HEAD
    for family, found in kernels():
        header += f"\n// {family}\n"
        dispatch += f"\n// {family}\n"
        for comment, type_, name, parameters in found:
            # What callers need not know: that the loops are told that arrays do not overlap.
            declared = parameters.replace("restrict ", "")
            arguments = ", ".join(re.search(r"(\w+)$", parameter).group(1) for parameter in parameters.split(", "))
            call = f"VARIANT({name})({arguments});"
            header += "\n" + comment + wrap(f"{type_} {name}({declared});", len(type_) + len(name) + 2) + "\n"
            dispatch += f"\nDECLARE_VARIANTS({name});\n"
            dispatch += wrap(f"{type_} {name}({declared}) {{", len(type_) + len(name) + 2) + "\n    "
            dispatch += wrap(call if type_ == "void" else "return " + call, 8) + "\n}\n"
    return {KERNELS / "include" / "kernels.h": header, KERNELS / "dispatch.c": dispatch}


def main():
    files = generate()
    if sys.argv[1:] == ["--check"]:
        stale = [path.name for path, text in files.items() if not path.exists() or path.read_text() != text]
        if stale:
            sys.exit(f"{' and '.join(stale)}: not as the kernels' signatures are; run scripts/generate-kernels.py")
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        for path, text in files.items():
            path.write_text(text)


main()
