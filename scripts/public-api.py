#!/usr/bin/env python3
"""Lists what is public, a page for each module, in docs/api: a change of the API is a change of these pages.

    scripts/public-api.py              # writes the pages
    scripts/public-api.py --check      # fails, and shows the difference, where they are not up to date

Reads the modules of the last `swift build`, and builds nothing.
"""

import argparse
import difflib
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs" / "api"
SWIFT = os.environ.get("SWIFT", "swift")

# What every type is unless it says otherwise.
IMPLIED = {"Copyable", "Escapable", "SendableMetatype", "BitwiseCopyable", "Sendable"}

KINDS = {
    "swift.protocol": "protocol",
    "swift.class": "class",
    "swift.struct": "struct",
    "swift.enum": "enum",
    "swift.typealias": "typealias",
    "swift.macro": "macro",
}


def products() -> dict[str, list[str]]:
    """Each library that the package offers, and the modules that come with it: its own, and what that exports."""
    found = {}
    for name in re.findall(r'\.library\(name: "(\w+)"', (ROOT / "Package.swift").read_text()):
        sources = "".join(path.read_text() for path in sorted((ROOT / "Sources" / name).glob("*.swift")))
        found[name] = [name, *re.findall(r"@_exported import (\w+)", sources)]
    return found


def run(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def extraction_flags() -> list[str]:
    """What the compiler must know to load the modules: where they are, and the C modules beneath them."""
    binaries = Path(run(SWIFT, "build", "--show-bin-path").strip())
    flags = ["-I", str(binaries / "Modules")]
    for module_map in sorted(binaries.glob("*.build/module.modulemap")):
        flags += ["-Xcc", f"-fmodule-map-file={module_map}"]
    for module_map in sorted((ROOT / "Sources").glob("*/module.modulemap")):
        flags += ["-I", str(module_map.parent)]
    package = (ROOT / "Package.swift").read_text()
    for library in re.findall(r'pkgConfig: "([^"]+)"', package):
        found = subprocess.run(["pkg-config", "--cflags-only-I", library], capture_output=True, text=True)
        for directory in re.findall(r"-I(\S+)", found.stdout):
            flags += ["-I", directory]
    target = json.loads(run(SWIFT, "-print-target-info"))["target"]["triple"]
    flags += ["-target", target]
    if platform.system() == "Darwin":
        flags += ["-sdk", run("xcrun", "--show-sdk-path").strip()]
    return flags


def symbols(module: str, flags: list[str], folder: Path) -> tuple[list[dict], list[dict]]:
    """The public symbols of `module`, those that it adds to other modules' types included, and how they are related."""
    result = subprocess.run(
        [SWIFT, "symbolgraph-extract", "-module-name", module, "-minimum-access-level", "public"]
        + ["-skip-synthesized-members", "-output-dir", str(folder), *flags],
        cwd=ROOT, capture_output=True, text=True,
    )
    if result.returncode != 0:
        sys.exit(f"public-api: {module} cannot be read; has it been built?\n{result.stderr}")
    found, relationships = [], []
    for path in sorted(folder.glob(f"{module}.symbols.json")) + sorted(folder.glob(f"{module}@*.symbols.json")):
        graph = json.loads(path.read_text())
        # What the compiler derives, == of a struct for one, has no place in the source.
        found += [symbol for symbol in graph["symbols"] if "location" in symbol]
        relationships += graph["relationships"]
    return found, relationships


def declaration(symbol: dict) -> str:
    text = "".join(fragment["spelling"] for fragment in symbol["declarationFragments"])
    return re.sub(r"\s+", " ", text).strip()


def page(module: str, flags: list[str]) -> tuple[str, int]:
    """The page of `module`, and how many declarations it has."""
    with tempfile.TemporaryDirectory() as folder:
        found, relationships = symbols(module, flags, Path(folder))
    names = {symbol["identifier"]["precise"]: ".".join(symbol["pathComponents"]) for symbol in found}
    conformances: dict[str, set[str]] = defaultdict(set)
    for relation in relationships:
        if relation["kind"] in ("conformsTo", "inheritsFrom"):
            target = relation.get("targetFallback") or names.get(relation["target"], "")
            target = target.split(".")[-1]
            if target and target not in IMPLIED:
                conformances[relation["source"]].add(target)

    types: dict[str, str] = {}
    members: dict[str, set[str]] = defaultdict(set)
    for symbol in found:
        kind, path = symbol["kind"]["identifier"], symbol["pathComponents"]
        if kind in KINDS and kind not in ("swift.typealias", "swift.macro"):
            inherited = sorted(conformances[symbol["identifier"]["precise"]])
            heading = declaration(symbol)
            types[".".join(path)] = heading + (f"  // {', '.join(inherited)}" if inherited else "")
        elif kind != "swift.extension":
            members[".".join(path[:-1])].add(declaration(symbol))

    lines = [f"# {module}", "", "What is public, as `make api` lists it.", ""]
    free = members.pop("", set())
    if free:
        lines += ["## Functions", "", "```swift", *sorted(free), "```", ""]
    for name in sorted(set(types) | set(members)):
        lines += [f"## {name}", "", "```swift", types.get(name, f"extension {name}")]
        lines += [f"    {member}" for member in sorted(members[name])] + ["```", ""]
    count = len(free) + len(types) + sum(map(len, members.values()))
    return "\n".join(lines[:-1]) + "\n", count


def overview(products: dict[str, list[str]], counts: dict[str, int]) -> str:
    lines = [
        "# What is public", "",
        "The declarations that a program which imports a product can see, as `make api` lists them. Everything else belongs to",
        "the package.", "",
        "| product | modules and their declarations | together |", "| --- | --- | --- |",
    ]
    for product, modules in products.items():
        links = ", ".join(f"[{module}]({module}.md) {counts[module]}" for module in modules)
        lines.append(f"| `{product}` | {links} | {sum(counts[module] for module in modules)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="fail where the pages are not up to date")
    check = parser.parse_args().check

    flags = extraction_flags()
    libraries = products()
    modules = sorted({module for product in libraries.values() for module in product})
    pages: dict[str, str] = {}
    counts: dict[str, int] = {}
    for module in modules:
        pages[f"{module}.md"], counts[module] = page(module, flags)
    pages["README.md"] = overview(libraries, counts)

    if not check:
        PAGES.mkdir(exist_ok=True)
        for path in PAGES.glob("*.md"):
            if path.name not in pages:
                path.unlink()
        for name, text in pages.items():
            (PAGES / name).write_text(text)
        print(f"public-api: {sum(counts.values())} declarations in {len(modules)} modules")
        return

    differences: list[str] = []
    committed = {path.name: path.read_text() for path in PAGES.glob("*.md")}
    for name in sorted(pages.keys() | committed.keys()):
        differences += difflib.unified_diff(
            committed.get(name, "").splitlines(), pages.get(name, "").splitlines(),
            f"docs/api/{name} as committed", f"docs/api/{name} as built", lineterm="", n=1,
        )
    if differences:
        print("\n".join(differences))
        sys.exit("public-api: the public API has changed; if it is meant to, run `make api` and commit docs/api")
    print(f"public-api: docs/api is up to date, {sum(counts.values())} declarations")


if __name__ == "__main__":
    main()
