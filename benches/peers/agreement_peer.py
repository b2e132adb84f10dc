"""Makes the random problems of `agreement` and of `ties` and solves them by POT."""

import json
import pathlib
import sys
import time

import numpy as np

from kinds import KINDS

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


def tied(seed, index):
    """A name, and the arrays of problem `index` of `ties`: what makes many optimal bases, or reduced costs near rounding."""
    rng = np.random.default_rng([seed, index, 1])
    n, m = (int(np.exp(rng.uniform(np.log(30), np.log(1500.99)))) for _ in "nm")
    if rng.random() < 0.3:
        m = n
    arrays = {"a": weights(rng, n), "b": weights(rng, m)}
    if rng.random() < 0.4:
        arrays = {"a": np.full(n, 1 / n), "b": np.full(m, 1 / m)}
    kind = KINDS[index % len(KINDS)]
    ground, d = str(rng.choice(GROUNDS)), int(rng.choice([1, 2, 2, 2, 3, 4, 6, 8, 20, 50]))
    if kind == "lattice":
        k, q = rng.integers(1, 21), rng.integers(1, 8)
        cloud = lambda size: rng.integers(0, k + 1, (size, d)) / q
    elif kind == "counts":
        rate = rng.uniform(0.2, 6)
        cloud = lambda size: rng.poisson(rate, (size, d)).astype(float)
    elif kind == "flat":
        ground = str(rng.choice(["cityblock", "chebyshev"]))
        cloud = lambda size: rng.standard_normal((size, d))
    elif kind == "units":
        unit = 10.0 ** rng.integers(-9, 10, d)
        cloud = lambda size: rng.standard_normal((size, d)) * unit
    elif kind == "coinciding":
        few = rng.standard_normal((int(rng.integers(2, 60)), d))
        cloud = lambda size: few[rng.integers(0, len(few), size)]
    elif kind == "outliers":
        def cloud(size):
            x = rng.standard_normal((size, d))
            return np.where(rng.random((size, 1)) < 0.01, x * 10.0 ** rng.integers(3, 10), x)
    elif kind == "whole costs":
        return "matrix", arrays | {"c": rng.integers(0, rng.integers(2, 30), (n, m)).astype(float)}
    elif kind == "outlier costs":
        c = rng.random((n, m))
        return "matrix", arrays | {"c": np.where(rng.random((n, m)) < 0.05, 10.0 ** rng.integers(3, 13), c)}
    else:
        rows, columns = rng.integers(0, int(rng.integers(2, 80)), n), rng.integers(0, int(rng.integers(2, 80)), m)
        return "matrix", arrays | {"c": rng.random((80, 80))[np.ix_(rows, columns)]}
    return ground, arrays | {"x": cloud(n), "y": cloud(m)}


def problem(seed, index):
    """A name, and the arrays of problem `index` of `agreement`."""
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


def make(folder, seed, first, count, family="problem"):
    folder = pathlib.Path(folder)
    for k in range(int(count)):
        ground, arrays = {"problem": problem, "tied": tied}[family](int(seed), int(first) + k)
        (folder / f"{k}.txt").write_text(ground)
        for name, array in arrays.items():
            np.save(folder / f"{k}-{name}.npy", array)


def compare(folder, count, repeat=0):
    """Where the optima differ, where that of POT is above ours, and the best time of POT in `repeat` more solves of what takes less than .3 s."""
    import ot
    from scipy.spatial.distance import cdist

    folder = pathlib.Path(folder)
    ours = [float(line) for line in (folder / "ours.csv").read_text().split()]
    start, differ, above, times = time.perf_counter(), [], [], []
    for k in range(int(count)):
        read = lambda name: np.load(folder / f"{k}-{name}.npy")
        ground, a, b = (folder / f"{k}.txt").read_text(), read("a"), read("b")
        b = b * (a.sum() / b.sum())
        best, points = float("inf"), () if ground == "matrix" else (read("x"), read("y"))
        for _ in range(1 + int(repeat)):
            begin = time.perf_counter()
            # the distances of `ot.dist` between points that coincide are of the order of 1e-8
            c = cdist(*points, metric=ground) if points else read("c")
            value = ot.emd2(a, b, c, numItermax=10**9)
            best = min(best, time.perf_counter() - begin)
            if best > 0.3:
                break
        times.append(best)
        scale = max(abs(value), float(np.abs(c).mean()), 1e-300)
        if not abs(value - ours[k]) <= 1e-9 * scale:
            above += [k] if value > ours[k] else []
            differ.append((k, f"{ground} {len(a)}x{len(b)}: POT {value!r}, ours {ours[k]!r}"))
    print(json.dumps({"seconds": time.perf_counter() - start, "differ": differ, "above": above, "times": times}))


if __name__ == "__main__":
    {"make": make, "compare": compare}[sys.argv[1]](*sys.argv[2:])
