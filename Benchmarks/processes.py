"""Runs benchmark processes and reads what they print."""

import json
import os
import subprocess
import time


class BenchmarkError(Exception):
    """A process that failed or printed what it should not."""


def _text(command):
    return " ".join(map(str, command))


def _environment(threads):
    return dict(os.environ, MARTINET_THREADS=str(threads), OMP_NUM_THREADS=str(threads))


def output(command, threads, text=None):
    """What the process prints, with `text` for its standard input."""
    process = subprocess.run(
        list(map(str, command)), env=_environment(threads), input=text, capture_output=True, text=True
    )
    if process.returncode != 0:
        raise BenchmarkError(f"{_text(command)} failed with {process.returncode}:\n{process.stderr.strip()}")
    return process.stdout


def measurement(command, threads, text=None):
    """The JSON object that a benchmark prints; what libraries print before it is passed over."""
    printed = output(command, threads, text)
    try:
        return json.loads(printed[printed.index("{") :])
    except ValueError as error:
        raise BenchmarkError(f"{_text(command)} printed no JSON ({error}):\n{printed}") from error


def first_answer(command, threads):
    """A measurement of the time from a process's start to the first line that it prints, a number."""
    start = time.perf_counter()
    process = subprocess.Popen(
        list(map(str, command)), env=_environment(threads), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    line = process.stdout.readline()
    milliseconds = 1000 * (time.perf_counter() - start)
    _, errors = process.communicate()
    if process.returncode != 0 or not line.strip().isdigit():
        raise BenchmarkError(f"{_text(command)} gave no answer ({process.returncode}):\n{line}{errors.strip()}")
    return {"milliseconds": [round(milliseconds, 3)]}
