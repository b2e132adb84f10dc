"""Weights and costs."""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import _arrays, _fenchel
from ...transport import GROUNDS
from ._common import like


def unif(n: int, type_as: Any = None) -> np.ndarray:
    """Equal weights (n,)."""
    return like(np.full(n, 1.0 / n), type_as)


def dist(x1: Any, x2: Any = None, metric: Any = "sqeuclidean", p: float = 2, w: Any = None, **_: Any) -> np.ndarray:
    """Costs (n, m) between the rows of ``x1`` and of ``x2``; metrics without a counterpart are those of ``scipy``."""
    first = _arrays.matrix(x1, "x1")
    second = first if x2 is None else _arrays.matrix(x2, "x2")
    if metric in GROUNDS and w is None:
        return like(_fenchel.costs(first, second, metric), x1, x2)
    from scipy.spatial.distance import cdist

    options = {"p": p, "w": w} if metric == "minkowski" else {}
    return like(cdist(first, second, metric, **options), x1, x2)


def euclidean_distances(X: Any, Y: Any, squared: bool = False, **_: Any) -> np.ndarray:
    """Euclidean distances (n, m), or their squares."""
    return dist(X, Y, "sqeuclidean" if squared else "euclidean")
