"""The peers' side of the transport races: one job, timed, as a line of JSON."""

import json
import pathlib
import sys
import time

import numpy as np

from harness import repeatedly


def make(folder, n, d, weights):
    """x ~ N(0, I), y ~ N(0, I) + 0.5, and random weights where asked."""
    n, d, folder = int(n), int(d), pathlib.Path(folder)
    rng = np.random.default_rng(0)
    arrays = {"x": rng.standard_normal((n, d)), "y": rng.standard_normal((n, d)) + 0.5}
    if weights == "rand":
        arrays |= {name: (w := rng.random(n) + 0.05) / w.sum() for name in ("a", "b")}
    folder.mkdir(parents=True)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)


def exact(o):
    import ot

    x, y = np.load(o["x"]), np.load(o["y"])
    a = np.load(o["a"]) if "a" in o else np.full(len(x), 1 / len(x))
    b = np.load(o["b"]) if "b" in o else np.full(len(y), 1 / len(y))
    return lambda: ot.emd2(a, b, ot.dist(x, y), numItermax=10**9)


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
    stop = tolerance / np.sqrt(m)

    def job():
        timed = int(o["timed"])
        seconds, plan, cost, iterations = solve("sinkhorn" if timed else o["method"], 10**6, stop)
        if timed:
            seconds = solve(o["method"], timed, 0.0)[0] / timed * iterations
        error = abs(plan.sum(1) - a).sum() + abs(plan.sum(0) - b).sum()
        return {"seconds": seconds, "value": float((plan * cost).sum()), "marginal_error": float(error), "iterations": iterations}

    return job


def ott(x, y, eps, tolerance):
    """The better of plain log-sum-exp and Anderson, compiled before the clock starts."""
    import jax

    jax.config.update("jax_enable_x64", True)
    from ott.geometry import pointcloud
    from ott.problems.linear import linear_problem
    from ott.solvers.linear import acceleration, sinkhorn

    best = None
    for anderson in (None, acceleration.AndersonAcceleration(memory=5, refresh_every=1)):
        solver = sinkhorn.Sinkhorn(threshold=tolerance, max_iterations=100_000, anderson=anderson)

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
        if bool(converged) and (best is None or seconds < best["seconds"]):
            best = {"seconds": seconds, "value": float(value), "iterations": 10 * int((errors > -1).sum())}
    return best


if __name__ == "__main__":
    job, *words = sys.argv[1:]
    if job == "make":
        make(*words)
    else:
        o = {key.removeprefix("--"): value for key, value in zip(words[::2], words[1::2])}
        seconds, answer = repeatedly({"exact": exact, "entropic": entropic}[job](o), int(o.get("repeat", 1)), o.get("cold") != "1" and job != "entropic")
        # a job may say itself how long it took
        print(json.dumps({"seconds": seconds} | (answer if isinstance(answer, dict) else {"value": float(answer)})))
