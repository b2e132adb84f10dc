"""The peers' side of the races of scores: one job, timed, as a line of JSON."""

import json
import pathlib
import sys

import numpy as np

from harness import repeatedly


def make(folder, n, d):
    """Features as of a network: not negative, with variances that fall like 1/column; the generated ones 5 % larger. Under 65 columns: normal."""
    n, d, folder = int(n), int(d), pathlib.Path(folder)
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((n, d)), rng.standard_normal((n, d))
    if d > 64:
        scales = (1.0 + np.arange(d)) ** -0.5
        x, y = np.abs(x) * scales, np.abs(y) * scales * 1.05
    else:
        y[:, 0] += 0.5
    folder.mkdir(parents=True)
    np.save(folder / "x.npy", x)
    np.save(folder / "y.npy", y)


def moments(rows):
    return rows.mean(axis=0), np.cov(rows, rowvar=False)


def frechet_sqrtm(x, y):
    """What pytorch-fid computes, with SciPy's root of a matrix."""
    from scipy import linalg

    (a, s), (b, t) = moments(x), moments(y)
    root = linalg.sqrtm(s.dot(t))
    if not np.isfinite(root).all():
        offset = np.eye(len(s)) * 1e-6
        root = linalg.sqrtm((s + offset).dot(t + offset))
    return (a - b).dot(a - b) + np.trace(s) + np.trace(t) - 2 * np.trace(root.real)


def frechet_eigenvalues(x, y):
    """By Cholesky's factor and symmetric eigenvalues."""
    (a, s), (b, t) = moments(x), moments(y)
    factor = np.linalg.cholesky(s)
    values = np.linalg.eigvalsh(factor.T @ t @ factor)
    return (a - b).dot(a - b) + np.trace(s) + np.trace(t) - 2 * np.sqrt(np.maximum(values, 0)).sum()


def prdc(x, y):
    from prdc import compute_prdc

    return compute_prdc(real_features=x, fake_features=y, nearest_k=5)["precision"]


def prdc_faiss(x, y):
    """Radii by faiss; who is in whose ball by products in single precision."""
    import faiss

    x, y = x.astype(np.float32), y.astype(np.float32)
    radius_x, radius_y = faiss.knn(x, x, 6)[0][:, 5], faiss.knn(y, y, 6)[0][:, 5]
    norms_x, norms_y = (x * x).sum(1), (y * y).sum(1)
    in_x, in_y = np.zeros(len(y), int), np.zeros(len(x), bool)
    for first in range(0, len(x), 1000):
        rows = slice(first, first + 1000)
        squares = norms_x[rows, None] + norms_y - 2 * (x[rows] @ y.T)
        inside = squares < radius_x[rows, None]
        in_x += inside.sum(0)
        in_y[rows] = (squares < radius_y).any(1)
    return (in_x > 0).mean()


def cubic(x, y):
    return (x @ y.T / x.shape[1] + 1) ** 3


def kid(x, y, subsets=100, size=1000):
    """What torch-fidelity computes."""
    rng = np.random.RandomState(2020)
    values = []
    for _ in range(subsets):
        a, b = x[rng.choice(len(x), size, replace=False)], y[rng.choice(len(y), size, replace=False)]
        aa, bb, ab = cubic(a, a), cubic(b, b), cubic(a, b)
        within = (aa.sum() - np.trace(aa) + bb.sum() - np.trace(bb)) / (size * (size - 1))
        values.append(within - 2 * ab.mean())
    return np.mean(values)


def mmd_test(x, y, permutations=1000):
    """The permutation test on one matrix of the kernel, as most programs do it."""
    from scipy.spatial.distance import pdist, squareform

    squares = pdist(np.vstack([x, y]), "sqeuclidean")
    median = np.sort(squares)[len(squares) // 2]
    kernel = np.exp(squareform(squares) / (-2 * median))
    n, m = len(x), len(y)

    def statistic(order):
        k = kernel[np.ix_(order, order)]
        within = (k[:n, :n].sum() - n) / (n * (n - 1)) + (k[n:, n:].sum() - m) / (m * (m - 1))
        return within - 2 * k[:n, n:].mean()

    rng = np.random.default_rng(0)
    seen = statistic(np.arange(n + m))
    sum(statistic(rng.permutation(n + m)) >= seen for _ in range(permutations))
    return seen


def energy(x, y):
    from scipy.spatial.distance import cdist

    return 2 * cdist(x, y).mean() - cdist(x, x).mean() - cdist(y, y).mean()


def energy_on_line(x, y):
    from scipy.stats import energy_distance

    return energy_distance(x[:, 0], y[:, 0])


def w1_on_line(x, y):
    from scipy.stats import wasserstein_distance

    return wasserstein_distance(x[:, 0], y[:, 0])


def ks_on_line(x, y):
    from scipy.stats import ks_2samp

    return ks_2samp(x[:, 0], y[:, 0], method="asymp").statistic


JOBS = [frechet_sqrtm, frechet_eigenvalues, prdc, prdc_faiss, kid, mmd_test, energy, energy_on_line, w1_on_line, ks_on_line]

if __name__ == "__main__":
    job, *words = sys.argv[1:]
    if job == "make":
        make(*words)
    else:
        o = {key.removeprefix("--"): value for key, value in zip(words[::2], words[1::2])}
        x, y = np.load(o["x"]), np.load(o["y"])
        chosen = {function.__name__: function for function in JOBS}[job]
        seconds, value = repeatedly(lambda: chosen(x, y), int(o.get("repeat", 1)), o.get("cold") != "1")
        print(json.dumps({"seconds": seconds, "value": float(value)}))
