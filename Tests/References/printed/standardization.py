"""Prints the values that StandardizationTests.swift expects, computed by NumPy in double precision.

The rule is scikit-learn's StandardScaler's: variance over n, a deviation of 0 becomes 1.
"""

import numpy as np

images = np.array([[[1, 5], [2, 0]], [[3, 5], [-4, 8]], [[8, 5], [0.5, 1]]], dtype=np.float64)
for name, axes in [("pixel", (0,)), ("channel", (0, 1))]:
    mean, deviation = images.mean(axis=axes), images.std(axis=axes)
    deviation[deviation == 0] = 1
    print(name, "mean", mean.ravel().tolist())
    print(name, "deviation", deviation.ravel().tolist())
    print(name, "result", np.round((images - mean) / deviation, 8).ravel().tolist())
