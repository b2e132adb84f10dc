"""The peers' side of the divergence races: one job, timed, as a line of JSON; and the data with their true values."""

import json
import pathlib
import sys

import numpy as np

from harness import repeatedly

PARTS = 100


def bregman(x, y, difference):
    """x ln(x/y) - x + y in extended precision, without cancellation."""
    e = difference / y
    value = (1 + e) * np.log1p(e) - e
    near = np.abs(e) < 1e-2
    small, series = e[near], np.zeros(near.sum(), np.longdouble)
    for k in range(10, 1, -1):
        series = np.longdouble(1) / (k * (k - 1)) - small * series
    value[near] = small * small * series
    return y * value


def exact(kind, p, q):
    """What every entry adds, in extended precision."""
    p, q = p.astype(np.longdouble), q.astype(np.longdouble)
    difference, mean = p - q, (p + q) / 2
    return {
        "kl": lambda: bregman(p, q, difference),
        "jsd": lambda: (bregman(p, mean, difference / 2) + bregman(q, mean, -difference / 2)) / 2,
        "tv": lambda: abs(difference) / 2,
        "hellinger2": lambda: (difference / (np.sqrt(p) + np.sqrt(q))) ** 2 / 2,
        "pearson": lambda: difference**2 / q,
    }[kind]()


def make(folder, what, *words):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    if what == "pmfs":
        n, spread = int(words[0]), words[1]
        p = rng.random(n)
        q = rng.random(n) if spread == "any" else p * (1 + float(spread) * rng.uniform(-1, 1, n))
        p, q = p / p.sum(), q / q.sum()
        for kind in ("kl", "jsd", "tv", "hellinger2", "pearson") if spread == "any" else ("kl", "jsd"):
            parts = [exact(kind, *pair).sum() for pair in zip(np.split(p, PARTS), np.split(q, PARTS))]
            np.save(folder / f"{kind}.npy", np.array(parts, dtype=np.float64))
    else:
        n, bins = map(int, words)
        p, q = ((x := rng.random((n, bins))) / x.sum(axis=1, keepdims=True) for _ in range(2))
        np.save(folder / "jsd.npy", exact("jsd", p[:1], q).sum(axis=1).astype(np.float64))
    np.save(folder / "p.npy", p)
    np.save(folder / "q.npy", q)  # last: it says that the folder is whole


def scipy_divergence(kind, p, q):
    """As one writes it with SciPy; for parts of laws, without the normalisation of `jensenshannon`."""
    from scipy.spatial.distance import jensenshannon
    from scipy.special import kl_div, rel_entr

    def parts_of_jsd(p, q):
        mean = (p + q) / 2
        return (rel_entr(p, mean).sum() + rel_entr(q, mean).sum()) / 2

    whole = {
        "kl": lambda p, q: rel_entr(p, q).sum(),
        "jsd": lambda p, q: jensenshannon(p, q) ** 2,
        "tv": lambda p, q: np.abs(p - q).sum() / 2,
        "hellinger2": lambda p, q: ((np.sqrt(p) - np.sqrt(q)) ** 2).sum() / 2,
        "pearson": lambda p, q: ((p - q) ** 2 / q).sum(),
    }
    parts = whole | {"kl": lambda p, q: kl_div(p, q).sum(), "jsd": parts_of_jsd}
    return lambda: whole[kind](p, q), parts[kind]


if __name__ == "__main__":
    job, *words = sys.argv[1:]
    if job == "make":
        make(*words)
        sys.exit()
    o = {key.removeprefix("--"): value for key, value in zip(words[::2], words[1::2])}
    p, q, truth = np.load(o["p"]), np.load(o["q"]), np.load(o["truth"])
    if job == "divergence":
        compute, part = scipy_divergence(o["kind"], p, q)
        seconds, value = repeatedly(compute, int(o["repeat"]))
        found = np.array([part(*pair) for pair in zip(np.split(p, len(truth)), np.split(q, len(truth)))])
    else:
        if job == "cdist":
            from scipy.spatial.distance import cdist

            compute = lambda: cdist(p, q, metric="jensenshannon") ** 2
        else:
            from fastjsd import jsd_matrix

            compute = lambda: jsd_matrix(p, q, base=np.e) ** 2
        seconds, matrix = repeatedly(compute, int(o["repeat"]))
        value, found = matrix.mean(), matrix[0]
    with np.errstate(invalid="ignore"):
        error = np.max(np.abs(found / truth - 1))
    print(json.dumps({"seconds": seconds, "value": float(value), "error": float(error)}))
