"""What the peers' benchmarks share: arguments, timing, memory, and the JSON that race.py reads."""

import argparse
import json
import os
import platform
import time


def arguments(description, **choices):
    """The command line of one measurement. `choices` maps further options to their values, the first the default."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--threads", type=int, default=2)
    for name, values in choices.items():
        parser.add_argument(f"--{name}", choices=values, default=values[0])
    return parser


def step_arguments(description, **choices):
    """As `arguments`, for a benchmark that repeats a step."""
    parser = arguments(description, **choices)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--warmup", type=int, default=3, help="steps before the timed ones")
    parser.add_argument("--iterations", type=int, default=20, help="timed steps")
    return parser


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


def resident_memory():
    """The bytes of memory that this process has resident."""
    return _status_bytes("VmRSS")


def peak_memory():
    """The most bytes of memory that this process has had resident."""
    return _status_bytes("VmHWM")


def _status_bytes(name):
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024
    raise RuntimeError(f"/proc/self/status has no {name}")


def report(framework, version, variant, **figures):
    """Prints a measurement as one JSON object."""
    facts = {"framework": framework, "version": version, "variant": variant, "python": platform.python_version()}
    print(json.dumps(facts | figures))


def report_step(framework, version, variant, options, samples, baseline):
    """Prints the times of a step and the process's memory; `baseline` is what was resident before the model was made."""
    report(
        framework, version, variant, batch=options.batch, threads=options.threads,
        milliseconds=[round(sample, 3) for sample in samples], peakMemory=peak_memory(), baselineMemory=baseline,
    )  # fmt: skip
