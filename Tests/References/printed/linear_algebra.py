"""Prints the values that LinearAlgebraTests.swift expects, computed by NumPy in double precision."""

import numpy as np


def show(name, array):
    values = ", ".join(f"{value:.8g}" for value in np.asarray(array).ravel())
    print(f"{name}: {list(np.shape(array))} [{values}]")


tall = np.array([[1, 2, -1], [4, 0.5, 3], [-2, 1, 1], [0, 3, 5], [2, -1, 0.25]], dtype=np.float64)
wide = tall.T[:2]
symmetric = np.array([[4, 1, -2], [1, 3, 0.5], [-2, 0.5, 6]], dtype=np.float64)
deficient = np.array([[1, 2, 3], [2, 4, 6], [1, 0, 1], [0, 1, 1]], dtype=np.float64)
sides = np.array([[1, 0], [2, 1], [-1, 3], [0.5, 2], [1, 1]], dtype=np.float64)

q, r = np.linalg.qr(tall)
show("qr q", q)
show("qr r", r)
show("qr wide r", np.linalg.qr(wide)[1])
show("svd tall s", np.linalg.svd(tall)[1])
show("svd tall |u|, thin", np.abs(np.linalg.svd(tall, full_matrices=False)[0]))
show("svd wide s", np.linalg.svd(wide)[1])
values, vectors = np.linalg.eigh(symmetric)
show("eigh values", values)
show("eigh |vectors|", np.abs(vectors))
show("cholesky", np.linalg.cholesky(symmetric))
show("solve", np.linalg.solve(symmetric, sides[:3]))
for name, a, b in [
    ("lstsq tall", tall, sides),
    ("lstsq wide", wide, sides[:2]),
    ("lstsq deficient", deficient, sides[:4]),
]:
    x, residuals, rank, s = np.linalg.lstsq(a, b, rcond=1e-6)
    show(f"{name} x", x)
    show(f"{name} residuals", residuals)
    show(f"{name} rank", rank)
    show(f"{name} s", s)
