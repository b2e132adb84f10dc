"""The peers' side of the transport races: one job, timed, as a line of JSON."""

import json
import pathlib
import sys

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


if __name__ == "__main__":
    job, *words = sys.argv[1:]
    if job == "make":
        make(*words)
    else:
        o = {key.removeprefix("--"): value for key, value in zip(words[::2], words[1::2])}
        seconds, value = repeatedly({"exact": exact}[job](o), int(o.get("repeat", 1)), o.get("cold") != "1")
        print(json.dumps({"seconds": seconds, "value": float(value)}))
