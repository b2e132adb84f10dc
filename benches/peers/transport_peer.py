"""The peers' side of the transport races: one job, timed, as a line of JSON."""

import json
import pathlib
import sys
import time

import numpy as np

from harness import repeatedly


def make(folder, n, d, weights, shape="gauss", m=None):
    """x and y of one shape, the Gaussian y shifted by 0.5, and random weights where asked."""
    n, d, m, folder = int(n), int(d), int(m or n), pathlib.Path(folder)
    rng = np.random.default_rng(0)
    centres = 5 * rng.standard_normal((20, d)) if shape == "clusters" else None
    few = rng.standard_normal((300, d)) if shape == "repeated" else None
    shape, _, below = shape.partition("-")
    cloud = {
        "gauss": lambda k: rng.standard_normal((k, d)),
        "clusters": lambda k: centres[rng.integers(0, 20, k)] + 0.05 * rng.standard_normal((k, d)),
        "line": lambda k: rng.random((k, 1)) * np.arange(1, d + 1),
        "grid": lambda k: rng.integers(0, 20, (k, d)).astype(float),
        "normal": lambda k: rng.standard_normal((k, d)),
        "counts": lambda k: rng.poisson(2, (k, d)).astype(float),
        "units": lambda k: rng.standard_normal((k, d)) * np.where(np.arange(d) == 0, 1e9, 1),
        "outliers": lambda k: rng.standard_normal((k, d)) * np.where(rng.random((k, 1)) < 0.01, 1e6, 1),
        "repeated": lambda k: few[rng.integers(0, len(few), k)],
        "whole": lambda k: rng.integers(0, int(below), (k, d)).astype(float),
    }[shape]
    arrays = {"x": cloud(n), "y": cloud(m) + (0.5 if shape in ("gauss", "grid") else 0)}
    if weights == "circle":
        arrays = {"x": rng.random((n, d)), "y": rng.random((n, d)) ** 2}
    if weights == "rand":
        arrays |= {name: (w := rng.random(size) + 0.05) / w.sum() for name, size in (("a", n), ("b", m))}
    save(folder, arrays)


def make_matrix(folder, n, shape):
    """Independent costs, or distances of Gaussian points in five dimensions."""
    rng = np.random.default_rng(0)
    if shape == "random":
        c = rng.random((int(n), int(n)))
    else:
        x, y = rng.standard_normal((2, int(n), 5))
        c = np.sqrt(((x[:, None] - y[None]) ** 2).sum(-1))
    save(pathlib.Path(folder), {"c": c})


def save(folder, arrays):
    folder.mkdir(parents=True)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)


def exact(o):
    import ot

    if "cost" in o:
        c = np.load(o["cost"])
        return lambda: ot.emd2(np.full(len(c), 1 / len(c)), np.full(c.shape[1], 1 / c.shape[1]), c, numItermax=10**9)
    x, y = np.load(o["x"]), np.load(o["y"])
    a = np.load(o["a"]) if "a" in o else np.full(len(x), 1 / len(x))
    b = np.load(o["b"]) if "b" in o else np.full(len(y), 1 / len(y))
    return lambda: ot.emd2(a, b, ot.dist(x, y, metric=o.get("ground", "sqeuclidean")), numItermax=10**9)


def assignment(solver):
    """The mean cost of the best assignment by `solver`, costs included, as in `exact`."""
    def job(o):
        from scipy.spatial.distance import cdist

        x, y = np.load(o["x"]), np.load(o["y"])

        def solve():
            c = cdist(x, y, "sqeuclidean")
            return c[solver(c)].mean()

        return solve

    return job


def lapx(c):
    import lap

    _, columns, _ = lap.lapjv(c)
    return np.arange(len(c)), columns


def scipy(c):
    from scipy.optimize import linear_sum_assignment

    return linear_sum_assignment(c)


def entropic(o):
    """A job that says itself how long it took: `sinkhorn` or `sinkhorn_log` of POT, or OTT-JAX in double precision."""
    x, y, eps, tolerance = np.load(o["x"]), np.load(o["y"]), float(o["eps"]), float(o["tolerance"])
    n, m = len(x), len(y)
    a, b = np.full(n, 1 / n), np.full(m, 1 / m)
    if o["method"] == "ott":
        return lambda: ott(x, y, eps, tolerance)
    import ot

    def solve(method, limit, stop):
        start = time.perf_counter()
        cost = ot.dist(x, y)
        plan, log = ot.sinkhorn(a, b, cost, eps * cost.mean(), method=method, numItermax=limit, stopThr=stop, log=True, warn=False)
        return time.perf_counter() - start, plan, cost, log["niter"] + 1

    # POT measures the error of one marginal in the Euclidean norm, every ten iterations
    stop, trial, counted = tolerance / np.sqrt(m), 20, pathlib.Path(o["x"]).with_name(f"iterations-{eps:g}-{tolerance:g}.json")

    def job():
        pace = solve(o["method"], trial, 0.0)[0] / trial
        if o["method"] == "sinkhorn":
            limit = int(BUDGET / pace)
            seconds, plan, cost, iterations = solve("sinkhorn", limit, stop)
            error = abs(plan.sum(1) - a).sum() + abs(plan.sum(0) - b).sum()
            answer = {"seconds": seconds, "marginal_error": float(error), "iterations": iterations}
            answer |= {"value": float((plan * cost).sum())} if error <= 2 * tolerance else {"at_least": True}
            counted.write_text(json.dumps(answer))
            return answer
        # the iterations are those of `sinkhorn`, which was run before
        answer = json.loads(counted.read_text())
        return answer | {"seconds": pace * answer["iterations"]}

    return job


# Seconds for a peer to converge; one that needs more is said to take at least as long as it was given.
BUDGET = 30


def ott(x, y, eps, tolerance):
    """The better of plain log-sum-exp and Anderson, compiled before the clock starts."""
    import jax

    jax.config.update("jax_enable_x64", True)
    from ott.geometry import pointcloud
    from ott.problems.linear import linear_problem
    from ott.solvers.linear import acceleration, sinkhorn

    def timed(anderson, limit):
        solver = sinkhorn.Sinkhorn(threshold=tolerance, max_iterations=limit, anderson=anderson)

        @jax.jit
        def solve(x, y):
            geometry = pointcloud.PointCloud(x, y)
            mean = jax.numpy.mean(geometry.cost_matrix)
            out = solver(linear_problem.LinearProblem(pointcloud.PointCloud(x, y, epsilon=eps * mean)))
            return out.primal_cost, out.errors, out.converged

        jax.block_until_ready(solve(x, y))
        start = time.perf_counter()
        value, errors, converged = jax.block_until_ready(solve(x, y))
        seconds = time.perf_counter() - start
        answer = {"seconds": seconds, "iterations": 10 * int((errors > -1).sum())}
        return answer | ({"value": float(value)} if bool(converged) else {"at_least": True})

    answers = []
    for anderson in (None, acceleration.AndersonAcceleration(memory=5, refresh_every=1)):
        pace = timed(anderson, 20)["seconds"] / 20
        answers.append(timed(anderson, max(10, int(BUDGET / pace) // 10 * 10)))
    return min(answers, key=lambda answer: (answer.get("at_least", False), answer["seconds"]))


def columns(o):
    return np.load(o["x"]).ravel(), np.load(o["y"]).ravel()


def line(o):
    import ot

    (x, y), p = columns(o), float(o.get("p", 1))
    a, b = (np.load(o[w]) if w in o else None for w in ("a", "b"))
    return lambda: ot.wasserstein_1d(x, y, a, b, p=p) ** (1 / p)


def line_scipy(o):
    from scipy.stats import wasserstein_distance

    x, y = columns(o)
    return lambda: wasserstein_distance(x, y)


def line_floor(o):
    x, y = columns(o)
    return lambda: np.abs(np.sort(x) - np.sort(y)).mean()


def line_plan(o):
    import ot

    x, y = columns(o)

    def job():
        plan, log = ot.emd_1d(x, y, metric="sqeuclidean", dense=False, log=True)
        return log["cost"]

    return job


def circle(o):
    import ot

    x, y = columns(o)
    return lambda: np.ravel(ot.wasserstein_circle(x, y, p=1))[0]


def sliced(o):
    import ot

    x, y = np.load(o["x"]), np.load(o["y"])
    return lambda: ot.sliced_wasserstein_distance(x, y, n_projections=int(o["projections"]), seed=0)


JOBS = {
    "exact": exact, "exact-lapx": assignment(lapx), "exact-scipy": assignment(scipy), "entropic": entropic, "line": line, "line-scipy": line_scipy, "line-floor": line_floor, "line-plan": line_plan,
    "circle": circle, "sliced": sliced,
}


if __name__ == "__main__":
    job, *words = sys.argv[1:]
    if job in ("make", "make-matrix"):
        {"make": make, "make-matrix": make_matrix}[job](*words)
    else:
        o = {key.removeprefix("--"): value for key, value in zip(words[::2], words[1::2])}
        seconds, answer = repeatedly(JOBS[job](o), int(o.get("repeat", 1)), o.get("cold") != "1" and job != "entropic")
        # a job may say itself how long it took
        print(json.dumps({"seconds": seconds} | (answer if isinstance(answer, dict) else {"value": float(answer)})))
