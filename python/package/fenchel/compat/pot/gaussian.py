"""Transport between Gaussian laws."""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import _arrays, _fenchel, transport
from ._common import answer, like


def bures_wasserstein_distance(ms: Any, mt: Any, Cs: Any, Ct: Any, paired: bool = False, log: bool = False) -> Any:
    """The distance W2 of two Gaussian laws with means (d,) and covariances (d, d)."""
    if np.ndim(ms) != 1 or np.ndim(mt) != 1:
        raise NotImplementedError("many laws at once have no counterpart in fenchel; take them one by one")
    return answer(like(np.float64(transport.gaussian_distance(ms, Cs, mt, Ct)), ms, mt), log, {})


def bures_wasserstein_mapping(ms: Any, mt: Any, Cs: Any, Ct: Any, log: bool = False) -> Any:
    """The optimal map ``x -> x A + b``: ``A`` (d, d) and ``b`` (1, d)."""
    laws = [
        (_arrays.array(mean, "mean").ravel(), _arrays.matrix(cov, "covariance")) for mean, cov in ((ms, Cs), (mt, Ct))
    ]
    linear, start, end, residual = _fenchel.gaussian_map(*laws)
    shift = (end - start @ linear)[np.newaxis, :]
    if log:
        return like(linear, ms), like(shift, ms), {"residual": residual}
    return like(linear, ms), like(shift, ms)


def bures_wasserstein_barycenter(
    m: Any, C: Any, weights: Any = None, method: str = "fixed_point", num_iter: int = 1000, eps: float = 1e-7, log: bool = False, **kwargs: Any
) -> Any:
    """The W2 mean of Gaussian laws with means (k, d) and covariances (k, d, d): its mean and its covariance."""
    mean, cov, report = transport.gaussian_barycenter(m, C, weights)
    return (like(mean, m), like(cov, C), {"report": report}) if log else (like(mean, m), like(cov, C))
