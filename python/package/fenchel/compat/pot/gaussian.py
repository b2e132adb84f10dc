"""Transport between Gaussian laws."""

from __future__ import annotations

import itertools
from typing import Any, List, Tuple

import numpy as np

from ... import _arrays, _fenchel, transport
from ._common import Mismatch, answer, like

#: Names of POT's methods; all of them are the one solver here.
_METHODS = ("fixed_point", "gradient_descent", "stochastic_gradient_descent", "averaged_stochastic_gradient_descent")


def bures_wasserstein_distance(ms: Any, mt: Any, Cs: Any, Ct: Any, paired: bool = False, log: bool = False) -> Any:
    """The distance W2 of two Gaussian laws with means (d,) and covariances (d, d).

    Of laws with means (k, d) and (l, d) the distances (k, l), or (k,) where they are ``paired``.
    """
    first, second = _laws(ms, Cs), _laws(mt, Ct)
    if np.ndim(ms) != np.ndim(mt):
        raise Mismatch("one law is compared with one, or several with several: means (d,) and (d,), or (k, d) and (l, d)")
    if np.ndim(ms) == 1:
        return answer(like(transport.gaussian_distance(*first[0], *second[0]), ms, mt), log, {})
    if paired and len(first) != len(second):
        raise Mismatch(f"pairs are of as many laws; there are {len(first)} and {len(second)}")
    pairs = zip(first, second) if paired else itertools.product(first, second)
    found = np.array([transport.gaussian_distance(*p, *q) for p, q in pairs])
    shaped = found if paired else found.reshape(len(first), len(second))
    return answer(like(shaped, ms, mt), log, {})


def _laws(means: Any, covariances: Any) -> List[Tuple[np.ndarray, np.ndarray]]:
    """Mean and covariance of each law."""
    cov = _arrays.array(covariances, "covariances")
    return [*zip(np.atleast_2d(_arrays.array(means, "means")), cov if cov.ndim == 3 else cov[np.newaxis])]


def bures_wasserstein_mapping(ms: Any, mt: Any, Cs: Any, Ct: Any, log: bool = False) -> Any:
    """The optimal map ``x -> x A + b``: ``A`` (d, d) and ``b``, of the shape of the means."""
    laws = [
        (_arrays.array(mean, "mean").ravel(), _arrays.matrix(cov, "covariance")) for mean, cov in ((ms, Cs), (mt, Ct))
    ]
    linear, start, end, residual = _fenchel.gaussian_map(*laws)
    shift = (end - start @ linear).reshape(np.shape(mt))
    if log:
        return like(linear, ms), like(shift, ms), {"residual": residual}
    return like(linear, ms), like(shift, ms)


def bures_wasserstein_barycenter(
    m: Any,
    C: Any,
    weights: Any = None,
    method: str = "fixed_point",
    num_iter: int = 1000,
    eps: float = 1e-7,
    log: bool = False,
    **kwargs: Any,
) -> Any:
    """The W2 mean of Gaussian laws with means (k, d) and covariances (k, d, d): its mean and its covariance."""
    if method not in _METHODS:
        raise ValueError(f"Unknown method '{method}'.")
    mean, cov, report = transport.gaussian_barycenter(m, C, weights)
    return (like(mean, m), like(cov, C), {"report": report}) if log else (like(mean, m), like(cov, C))
