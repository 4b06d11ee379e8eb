"""Prints the values that WhiteningTests.swift expects, computed by NumPy in double precision."""

import numpy as np

images = np.array(
    [[1, 2, 0.5], [0, 1.5, 2], [3, -1, 1], [2, 0.25, -2], [-1, 1, 0.75], [0.5, 3, 1.25]], dtype=np.float64
)
epsilon = 0.1
mean = images.mean(axis=0)
values, vectors = np.linalg.eigh(np.cov(images.T))
values, vectors = values[::-1], vectors[:, ::-1]
pca = (images - mean) @ (vectors / np.sqrt(values + epsilon))
for name, array in [("variances", values), ("|pca|", np.abs(pca)), ("zca", pca @ vectors.T)]:
    print(name, [float(f"{value:.8g}") for value in array.ravel()])
