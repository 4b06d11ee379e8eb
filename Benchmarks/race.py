#!/usr/bin/env python3
"""Measures Martinet beside PyTorch and Keras: the Fashion-MNIST network, a training step and inference.

Martinet and a peer take turns, each time in a process of its own, so that whatever slows the machine slows both; a ratio
is that of two neighbours. Run it with a Python that has the packages of Peers/requirements.txt, or as `make race`.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent

# The peers by the name that --peers knows: the script in Peers/ and its variant.
PEERS = {
    "pytorch": ("fashion_torch.py", "channels-last"),
    "pytorch-channels-first": ("fashion_torch.py", "channels-first"),
    "pytorch-compiled": ("fashion_torch.py", "compiled"),
    "keras": ("fashion_keras.py", "tensorflow"),
    "keras-jax": ("fashion_keras.py", "jax"),
    "keras-torch": ("fashion_keras.py", "torch"),
}


def parsed_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--martinet", type=pathlib.Path, required=True, help="the martinet-bench executable")
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=["pytorch", "pytorch-channels-first", "keras"])
    parser.add_argument("--modes", nargs="+", choices=["train", "infer"], default=["train", "infer"])
    parser.add_argument("--rounds", type=int, default=5, help="turns of each pair")
    parser.add_argument("--iterations", type=int, default=20, help="timed steps of a peer in one turn")
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=pathlib.Path, help="write all measurements to this file")
    return parser.parse_args()


def measurement(command, threads):
    """What a benchmark process printed: one JSON object with `milliseconds`, one for each step, and `peakMemory`."""
    environment = dict(os.environ, MARTINET_THREADS=str(threads), OMP_NUM_THREADS=str(threads))
    process = subprocess.run(command, env=environment, capture_output=True, text=True)
    if process.returncode != 0:
        sys.exit(f"race: {' '.join(map(str, command))} failed with {process.returncode}:\n{process.stderr}")
    start = process.stdout.find("{")
    try:
        return json.loads(process.stdout[start:])
    except ValueError as error:
        sys.exit(f"race: {' '.join(map(str, command))} printed no JSON ({error}):\n{process.stdout}")


def martinet_command(options, mode):
    return [options.martinet, "model", "--model", "fashion", "--batch", str(options.batch), "--mode", mode, "--json", "-"]


def peer_command(options, peer, mode):
    script, variant = PEERS[peer]
    return [
        sys.executable, HERE / "Peers" / script, "--variant", variant, "--mode", mode, "--batch", str(options.batch),
        "--threads", str(options.threads), "--iterations", str(options.iterations),
    ]  # fmt: skip


def race(options):
    """All turns: a list of {mode, peer, round, martinet, other}."""
    turns = []
    for mode in options.modes:
        for number in range(1, options.rounds + 1):
            for peer in options.peers:
                martinet = measurement(martinet_command(options, mode), options.threads)
                other = measurement(peer_command(options, peer, mode), options.threads)
                turns.append({"mode": mode, "peer": peer, "round": number, "martinet": martinet, "other": other})
                print(
                    f"{mode} {number}/{options.rounds}: Martinet {median_of(martinet):.1f} ms, "
                    f"{peer} {median_of(other):.1f} ms",
                    file=sys.stderr,
                )
    return turns


def median_of(result):
    return statistics.median(result["milliseconds"])


def summary(name, results, ratios=None):
    """A row of the table, over a mode's turns of one contestant."""
    medians = [median_of(result) for result in results]
    return {
        "name": name,
        "median": statistics.median(medians),
        "minimum": min(min(result["milliseconds"]) for result in results),
        "lowest": min(medians),
        "highest": max(medians),
        "peakMemory": statistics.median(result["peakMemory"] for result in results),
        "ratio": ratios and {"median": statistics.median(ratios), "lowest": min(ratios), "highest": max(ratios)},
    }


def summaries(turns, mode):
    """Martinet's row, then each peer's with the ratio of Martinet's time to its own."""
    of_mode = [turn for turn in turns if turn["mode"] == mode]
    rows = [summary("Martinet", [turn["martinet"] for turn in of_mode])]
    for peer in dict.fromkeys(turn["peer"] for turn in of_mode):
        of_peer = [turn for turn in of_mode if turn["peer"] == peer]
        other = of_peer[0]["other"]
        ratios = [median_of(turn["martinet"]) / median_of(turn["other"]) for turn in of_peer]
        name = f"{other['framework']} {other['version']} {other['variant']}"
        rows.append(summary(name, [turn["other"] for turn in of_peer], ratios))
    return rows


def table(rows):
    """The rows as Markdown."""
    lines = [
        "| | median ms | turns' medians | fastest step | peak memory | Martinet's time to its |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        ratio = row["ratio"]
        ratio_text = f"{ratio['median']:.2f} ({ratio['lowest']:.2f} to {ratio['highest']:.2f})" if ratio else ""
        lines.append(
            f"| {row['name']} | {row['median']:.1f} | {row['lowest']:.1f} to {row['highest']:.1f} "
            f"| {row['minimum']:.1f} | {row['peakMemory'] / 1e6:.0f} MB | {ratio_text} |"
        )
    return "\n".join(lines)


def machine():
    """The CPU and the system, as a reader of the numbers needs to know them."""
    model = "unknown CPU"
    with open("/proc/cpuinfo") as lines:
        for line in lines:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return {"cpu": model, "cores": os.cpu_count(), "system": platform.platform(), "load": os.getloadavg()[0]}


def main():
    options = parsed_arguments()
    # All contestants run on the same few CPUs, whatever settings of threads they know.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.threads])
    facts = machine()
    print(
        f"{facts['cpu']}, {facts['cores']} cores, {options.threads} threads, batch {options.batch}, "
        f"{options.rounds} rounds, load {facts['load']:.1f} at the start"
    )
    if facts["load"] > 0.5:
        # Threads that spin while they wait for one another suffer most from it, so it is not fair to all.
        print("race: other programs are using this machine; do not trust these figures", file=sys.stderr)
    turns = race(options)
    result = {"machine": facts, "threads": options.threads, "batch": options.batch, "turns": turns, "summary": {}}
    for mode in options.modes:
        result["summary"][mode] = summaries(turns, mode)
        print(f"\n{'Training step' if mode == 'train' else 'Inference'}\n\n{table(result['summary'][mode])}")
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n")


main()
