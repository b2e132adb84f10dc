"""The peers' side of the races of estimators: one job, timed, as a line of JSON."""

import json
import pathlib
import sys

import numpy as np

from harness import repeatedly


def make(folder, n, d):
    """x ~ N(0, I), y ~ N(0, I) + 0.5 in the first column."""
    n, d, folder = int(n), int(d), pathlib.Path(folder)
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((n, d)), rng.standard_normal((n, d))
    y[:, 0] += 0.5
    folder.mkdir(parents=True)
    np.save(folder / "x.npy", x)
    np.save(folder / "y.npy", y)


def knn(o):
    from universal_divergence import estimate

    x, y = np.load(o["x"]), np.load(o["y"])
    return lambda: estimate(x, y, k=int(o["k"]))


if __name__ == "__main__":
    job, *words = sys.argv[1:]
    if job == "make":
        make(*words)
    else:
        o = {key.removeprefix("--"): value for key, value in zip(words[::2], words[1::2])}
        seconds, value = repeatedly({"knn": knn}[job](o), int(o.get("repeat", 1)), o.get("cold") != "1")
        print(json.dumps({"seconds": seconds, "value": float(value)}))
