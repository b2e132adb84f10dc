"""Makes the random problems of `agreement` and solves them by POT."""

import json
import pathlib
import sys
import time

import numpy as np

GROUNDS = ["sqeuclidean", "euclidean", "cityblock", "chebyshev"]


def weights(rng, n):
    kind = rng.integers(6)
    if kind == 0:
        return np.full(n, 1 / n)
    if kind == 1:
        w = rng.random(n) + 0.05
    elif kind == 2:
        w = rng.random(n) * (rng.random(n) < 0.7)
        w[rng.integers(n)] += 1
    elif kind == 3:
        w = 10.0 ** -rng.integers(0, 12, n)
    elif kind == 4:
        w = rng.integers(1, 5, n).astype(float)
    else:
        w = rng.pareto(1.1, n) + 1e-6
    return w / w.sum()


def cloud(rng, n, d, kind):
    if kind == "grid":
        return rng.integers(0, 6, (n, d)).astype(float)
    if kind == "clusters":
        centres = 4 * rng.standard_normal((5, d))
        return centres[rng.integers(0, 5, n)] + 0.05 * rng.standard_normal((n, d))
    x = rng.standard_normal((n, d))
    return x + 100.0 if kind == "far" else x


def problem(seed, index):
    """A name, and the arrays of problem `index`."""
    rng = np.random.default_rng([seed, index])
    n, m = (int(np.exp(rng.uniform(0, np.log(500.99)))) for _ in "nm")
    if rng.random() < 0.3:
        m = n
    arrays = {"a": weights(rng, n), "b": weights(rng, m)}
    kind = rng.integers(10)
    if kind < 6:
        d = int(rng.choice([1, 2, 2, 2, 3, 5, 7, 20]))
        shape = str(rng.choice(["normal", "normal", "grid", "clusters", "far"]))
        ground = str(rng.choice(GROUNDS[:1] + GROUNDS))
        arrays |= {"x": cloud(rng, n, d, shape), "y": cloud(rng, m, d, shape if shape != "far" else "normal")}
        return f"{ground}", arrays
    if kind == 6:
        c = rng.random((n, m))
    elif kind == 7:
        c = rng.integers(0, 10, (n, m)).astype(float)
    elif kind == 8:
        c = np.full((n, m), float(rng.integers(0, 5)))
        c[rng.random((n, m)) < 0.2] += 1
    else:
        x, y = rng.standard_normal((n, 4)), rng.standard_normal((m, 4))
        c = np.abs(x[:, None] - y[None]).sum(-1) - rng.random()
    return "matrix", arrays | {"c": c}


def make(folder, seed, first, count):
    folder = pathlib.Path(folder)
    for k in range(int(count)):
        ground, arrays = problem(int(seed), int(first) + k)
        (folder / f"{k}.txt").write_text(ground)
        for name, array in arrays.items():
            np.save(folder / f"{k}-{name}.npy", array)


def compare(folder, count):
    import ot

    folder = pathlib.Path(folder)
    ours = [float(line) for line in (folder / "ours.csv").read_text().split()]
    start, differ = time.perf_counter(), []
    for k in range(int(count)):
        read = lambda name: np.load(folder / f"{k}-{name}.npy")
        ground, a, b = (folder / f"{k}.txt").read_text(), read("a"), read("b")
        c = read("c") if ground == "matrix" else ot.dist(read("x"), read("y"), metric=ground)
        value = ot.emd2(a, b * (a.sum() / b.sum()), c, numItermax=10**9)
        scale = max(abs(value), float(np.abs(c).mean()), 1e-300)
        if not abs(value - ours[k]) <= 1e-9 * scale:
            differ.append((k, f"{ground} {len(a)}x{len(b)}: POT {value!r}, ours {ours[k]!r}"))
    print(json.dumps({"seconds": time.perf_counter() - start, "differ": differ}))


if __name__ == "__main__":
    {"make": make, "compare": compare}[sys.argv[1]](*sys.argv[2:])
