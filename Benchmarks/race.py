#!/usr/bin/env python3
"""Measures Martinet beside PyTorch, onnxruntime and Keras.

Martinet and a peer take turns, each time in a process of its own, so that whatever slows the machine slows both; a
ratio is that of two neighbours. Run it with a Python that has the packages of Peers/requirements.txt, or as `make race`.
"""

import argparse
import fnmatch
import importlib.metadata
import importlib.util
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile

from cases import CASES, DEFAULT_PEERS, PEERS, export_command, martinet_command, peer_command
from chart import chart
from processes import BenchmarkError, first_answer, measurement, output
from results import lines_of, report, times


def parsed_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="cases:\n  " + "\n  ".join(CASES),
    )
    parser.add_argument("--martinet", type=pathlib.Path, help="the martinet-bench executable")
    parser.add_argument("--cases", nargs="+", default=["*"], help="names or patterns, such as 'train-*'; default all")
    parser.add_argument("--peers", nargs="+", choices=PEERS, help=f"default: {' '.join(DEFAULT_PEERS)}")
    parser.add_argument("--matching", help="of the convolutions only those whose names contain this, such as '3x3'")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each pair")
    parser.add_argument("--iterations", type=int, help="timed steps of a turn, instead of each case's own number")
    parser.add_argument("--threads", type=int, default=2, help="of each contestant, on as many CPUs")
    parser.add_argument("--json", type=pathlib.Path, help="write all measurements to this file, after each round")
    parser.add_argument("--chart", type=pathlib.Path, help="draw the ratios into this SVG file")
    parser.add_argument("--show", type=pathlib.Path, help="measure nothing; show what this JSON file has")
    options = parser.parse_args()
    options.cases = [
        CASES[name] for name in CASES if any(fnmatch.fnmatch(name, pattern) for pattern in options.cases)
    ]
    if not options.cases:
        parser.error("--cases matches none; --help lists them")
    if not options.show and not options.martinet:
        parser.error("--martinet is missing")
    for name in ("rounds", "iterations", "threads"):
        value = getattr(options, name)
        if value is not None and value < 1:
            parser.error(f"--{name} is {value}, expected at least 1")
    return options


def chosen_peers(options):
    """The peers to run: those asked for, or of the usual ones those that are installed."""
    missing = {
        name: [package for package in PEERS[name].packages if importlib.util.find_spec(package) is None]
        for name in options.peers or DEFAULT_PEERS
    }
    for name, packages in missing.items():
        if packages and options.peers:
            sys.exit(f"race: {name} needs {', '.join(packages)}, which {sys.executable} does not have")
        if packages:
            print(f"race: leaving out {name}: no {', '.join(packages)}", file=sys.stderr)
    return {name: PEERS[name] for name, packages in missing.items() if not packages}


def machine(options, peers):
    """The CPU, the system and the versions, as a reader of the numbers needs to know them."""
    model = "unknown CPU"
    with open("/proc/cpuinfo") as lines:
        for line in lines:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    versions = {"Python": platform.python_version()}
    distributions = importlib.metadata.packages_distributions()
    for package in sorted({package for peer in peers.values() for package in peer.packages}):
        for distribution in distributions.get(package, [])[:1]:
            versions[package] = importlib.metadata.version(distribution)
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "threads": options.threads,
        "system": platform.platform(),
        "load": os.getloadavg()[0],
        "versions": {"Martinet": commit(), **versions},
    }


def commit():
    """The commit of the sources, with a + if they have been changed since; "unknown" outside of a repository."""
    folder = pathlib.Path(__file__).resolve().parent
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty=+"], cwd=folder, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return described.stdout.strip()


def described(facts):
    """The machine in a line."""
    versions = ", ".join(f"{name} {version}" for name, version in facts["versions"].items())
    load, threads = f"load {facts['load']:.1f}", f"{facts['threads']} threads each"
    return f"{facts['cpu']}, {facts['cores']} cores, {load}, {threads}. {versions}"


def progress(text):
    if sys.stderr.isatty():
        print(text, file=sys.stderr)


class Race:
    """The turns of a race, and what failed."""

    def __init__(self, options, peers, folder):
        self.options = options
        self.folder = pathlib.Path(folder)
        self.pairs = [(case, name) for case in options.cases for name in peers if peers[name].serves(case)]
        self.turns = []
        self.failures = {}

    def prepare(self):
        """Exports what onnxruntime needs, and lets first answers find their libraries in the system's cache."""
        for case, name in self.pairs:
            if name == "onnxruntime" and not self.onnx_file(case).exists():
                progress(f"exporting {case.model} for batch {case.batch}")
                self.attempt(case, name, lambda: output(export_command(case, self.onnx_file(case)), self.threads))
        for case, name in self.pairs:
            if case.kind == "first-answer":
                self.attempt(case, name, lambda: self.turn(case, name))

    def run(self, after_round):
        for number in range(1, self.options.rounds + 1):
            for case, name in self.pairs:
                measured = self.attempt(case, name, lambda: self.turn(case, name))
                if measured:
                    self.turns.append({"case": case.name, "peer": name, "round": number, **measured})
                    pairs = times(case, measured["martinet"], measured["other"]).values()
                    ratio = statistics.median(other / own for own, other in pairs)
                    progress(f"{number}/{self.options.rounds} {case.name}: {ratio:.2f} times as fast as {name}")
            after_round()

    @property
    def threads(self):
        return self.options.threads

    def onnx_file(self, case):
        return self.folder / f"{case.model}-b{case.batch}.onnx"

    def attempt(self, case, name, action):
        """What `action` returns; nothing once one of this case with this peer has failed."""
        if (case.name, name) in self.failures:
            return None
        try:
            return action()
        except BenchmarkError as error:
            self.failures[(case.name, name)] = str(error)
            print(f"race: {case.name} with {name}: {error}", file=sys.stderr)
            return None

    def turn(self, case, name):
        """Martinet's measurement, then the peer's."""
        iterations = self.options.iterations or case.iterations
        own = martinet_command(self.options.martinet, case, iterations, self.options.matching)
        other = peer_command(PEERS[name], case, iterations, self.threads, self.onnx_file(case))
        if case.kind == "first-answer":
            return {"martinet": first_answer(own, self.threads), "other": first_answer(other, self.threads)}
        martinet = measurement(own, self.threads)
        layers = json.dumps(martinet["measurements"]) if case.kind == "convolutions" else None
        return {"martinet": martinet, "other": measurement(other, self.threads, layers)}


def write(path, text):
    """Writes the file whole or not at all."""
    temporary = path.with_name(path.name + ".part")
    temporary.write_text(text)
    temporary.replace(path)


def show(options, facts, turns):
    """The tables on standard output, and the chart."""
    chosen = {case.name for case in options.cases}
    lines = [row for row in lines_of(turns) if row["case"] in chosen]
    print(f"{described(facts)}\n\n{report(lines)}")
    if options.chart:
        networks = [row for row in lines if not row["part"]]
        write(options.chart, chart(networks or lines, described(facts)))


def main():
    options = parsed_arguments()
    if options.show:
        recorded = json.loads(options.show.read_text())
        show(options, recorded["machine"], recorded["turns"])
        return
    # All contestants run on the same few CPUs, whatever settings of threads they know.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.threads])
    peers = chosen_peers(options)
    facts = machine(options, peers)
    if facts["load"] > 0.5:
        # Threads that spin while they wait for one another suffer most from it, so it is not fair to all.
        print("race: other programs are using this machine; do not trust these figures", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="martinet-race-") as folder:
        race = Race(options, peers, folder)

        def save():
            if options.json:
                result = {"machine": facts, "lines": lines_of(race.turns), "turns": race.turns}
                write(options.json, json.dumps(result, indent=1) + "\n")

        try:
            race.prepare()
            race.run(after_round=save)
        except KeyboardInterrupt:
            print("race: interrupted; what there is:", file=sys.stderr)
        save()
    show(options, facts, race.turns)
    if race.failures:
        sys.exit(f"race: {len(race.failures)} of {len(race.pairs)} pairs failed")


main()
