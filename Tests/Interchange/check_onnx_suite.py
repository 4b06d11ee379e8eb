"""Counts the tests of ONNX's own suite that Martinet gets right, by operator.

    swift build -c release --product interchange-samples
    python3 Tests/Interchange/check_onnx_suite.py .build/release/interchange-samples [--table] [--refused] [TEST...]

Needs numpy and onnx, whose wheel brings the tests (onnx.backend.test.case.node). Each test's first input is the graph's input,
the others are constants. Tests without an input, and those whose operator is only written out in others ("_expanded"), are
left out. Fails if an answer is wrong, or if the program dies; a test that is refused by name is no failure.

--table prints counts by operator, as docs/onnx.md has them; --refused the reasons of those that are refused.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import tempfile
import warnings

import numpy as np
import onnx
from onnx import numpy_helper
from onnx.backend.test.case.node import collect_testcases


def prepared(test):
    """The model with one input left, that input and the outputs by name; None if there is no tensor for an input."""
    inputs, outputs = test.data_sets[0]
    if not inputs or not all(isinstance(value, np.ndarray | np.generic) for value in [*inputs, *outputs]):
        return None
    model = onnx.ModelProto()
    model.CopyFrom(test.model)
    declared = list(model.graph.input)
    del model.graph.input[1:]
    for info, value in zip(declared[1:], inputs[1:]):
        model.graph.initializer.append(numpy_helper.from_array(np.asarray(value), info.name))
    return model, np.asarray(inputs[0]), dict(zip([o.name for o in model.graph.output], outputs))


def agrees(test, found, expected):
    expected = np.asarray(expected)
    # Half precision's own rounding.
    rounding = 1e-2 if expected.dtype.itemsize == 2 and expected.dtype.kind not in "iu" else 1e-3
    actual = np.array([float(v) for v in found["values"]], np.float64).reshape(found["shape"])
    return actual.shape == expected.shape and np.allclose(
        actual, expected.astype(np.float64), rtol=max(test.rtol, rounding), atol=max(test.atol, 1e-6), equal_nan=True)


def verdict(test, folder, outputs):
    if (folder / "crashed.txt").exists():
        return "crashed", ""
    if (folder / "refused.txt").exists():
        return "refused", (folder / "refused.txt").read_text()
    found = json.loads((folder / "outputs.json").read_text())
    return ("right" if all(agrees(test, found[name], value) for name, value in outputs.items()) else "wrong"), ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("tests", nargs="*")
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--refused", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")

    tests = {}
    for test in collect_testcases(None):
        if "_expanded" in test.name or (options.tests and test.name not in options.tests):
            continue
        case = prepared(test)
        if case:
            tests[test.name] = (test, *case)
    with tempfile.TemporaryDirectory() as root:
        root = pathlib.Path(root)
        for name, (test, model, x, outputs) in tests.items():
            (root / name).mkdir()
            (root / name / "model.onnx").write_bytes(model.SerializeToString())
            values = x.astype(np.float64).flatten().tolist() if x.dtype.kind not in "OUSc" else []
            (root / name / "input.json").write_text(json.dumps(
                {"shape": list(x.shape), "values": [v if np.isfinite(v) else str(v) for v in values]}))
        # A run that dies is taken up behind the test that killed it.
        while subprocess.run([options.program, "suite", str(root)], check=False).returncode and len(
            list(root.glob("*/crashed.txt"))) < 50:
            pass
        counts = collections.defaultdict(collections.Counter)
        for name, (test, model, x, outputs) in tests.items():
            result, reason = verdict(test, root / name, outputs)
            counts[model.graph.node[0].op_type][result] += 1
            if result in ("wrong", "crashed") or (options.refused and result == "refused"):
                print(f"{result}: {name} {reason}")
    if options.table:
        print("| operator | tests | right | refused |\n| --- | --- | --- | --- |")
        for operator in sorted(counts):
            c = counts[operator]
            print(f"| {operator} | {c.total()} | {c['right']} | {c['refused']} |")
    total = sum(counts.values(), collections.Counter())
    print(f"{total.total()} tests of {len(counts)} operators: " + ", ".join(f"{v} {k}" for k, v in sorted(total.items())))
    if total["wrong"] or total["crashed"]:
        raise SystemExit(1)


main()
