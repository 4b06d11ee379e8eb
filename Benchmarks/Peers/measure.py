"""What the peers' benchmarks share: arguments, timing, peak memory, and the JSON that race.py reads."""

import argparse
import json
import os
import platform
import statistics
import time


def arguments(description, **choices):
    """The command line of one measurement. `choices` maps further options to their values, the first the default."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--mode", choices=["train", "infer"], default="train")
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--warmup", type=int, default=3, help="steps before the timed ones")
    parser.add_argument("--iterations", type=int, default=20, help="timed steps")
    for name, values in choices.items():
        parser.add_argument(f"--{name}", choices=values, default=values[0])
    return parser.parse_args()


def restrict_to(threads):
    """Keeps the process, and every thread it starts from here on, on as many CPUs as it may use threads.

    It holds for those thread pools too that have no setting of their own.
    """
    allowed = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, allowed[:threads])
    os.environ["OMP_NUM_THREADS"] = str(threads)


def milliseconds_of(step, warmup, iterations):
    """The milliseconds of each of `iterations` calls of `step`, which must return only once its result is there."""
    for _ in range(warmup):
        step()
    samples = []
    for _ in range(iterations):
        start = time.perf_counter()
        step()
        samples.append(1000 * (time.perf_counter() - start))
    return samples


def peak_memory():
    """The most bytes of memory that this process has had resident."""
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    raise RuntimeError("/proc/self/status has no VmHWM")


def report(framework, version, variant, options, samples):
    """Prints the measurement as one JSON object."""
    lower, _, upper = statistics.quantiles(samples, n=4)
    print(
        json.dumps(
            {
                "framework": framework,
                "version": version,
                "variant": variant,
                "python": platform.python_version(),
                "mode": options.mode,
                "batch": options.batch,
                "threads": options.threads,
                "milliseconds": [round(sample, 3) for sample in samples],
                "median": round(statistics.median(samples), 3),
                "minimum": round(min(samples), 3),
                "interquartileRange": round(upper - lower, 3),
                "peakMemory": peak_memory(),
            }
        )
    )
