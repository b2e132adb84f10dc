"""Entropic transport: ``sinkhorn`` and its relatives."""

from __future__ import annotations

from typing import Any, Dict, Optional, Tuple

import numpy as np

from ... import _arrays, transport
from ._common import answer, balanced, columns, like, problem, warn_unless_converged
from .utils import dist

#: Names of POT's methods; all of them are the one solver here.
_COSTS = ("sinkhorn", "sinkhorn_log", "sinkhorn_stabilized")
_METHODS = (*_COSTS, "greenkhorn", "sinkhorn_epsilon_scaling")
_ADVICE = (
    "Sinkhorn did not converge. You might want to increase the number of iterations `numItermax` "
    "or the regularization parameter `reg`."
)
#: What double precision can tell of marginals whose total is one; POT's thresholds may lie below.
_LEAST = 1e-13


def sinkhorn(
    a: Any,
    b: Any,
    M: Any,
    reg: float,
    method: str = "sinkhorn",
    numItermax: int = 1000,
    stopThr: float = 1e-9,
    verbose: bool = False,
    log: bool = False,
    warn: bool = True,
    warmstart: Any = None,
    **kwargs: Any,
) -> Any:
    """The entropic plan (n, m); of several masses ``b`` (m, k), the costs (k,), as in POT.

    ``log`` has ``err``, ``niter``, ``u``, ``v``, ``log_u``, ``log_v`` (the plan is ``exp(log_u + log_v - M/reg)``), ``alpha``, ``beta`` and
    ``report``.
    """
    known(method, _METHODS)
    first, second, costs = problem(a, b, M)
    if second.ndim == 2:
        return _costs(first, second, costs, reg, (numItermax, stopThr), warn, log, (a, b, M))
    solution = _solved(first, second, costs, reg, (numItermax, stopThr), warn)
    return answer(like(solution.plan.to_dense(), a, b, M), log, scalings(solution, first, second))


def sinkhorn2(
    a: Any,
    b: Any,
    M: Any,
    reg: float,
    method: str = "sinkhorn",
    numItermax: int = 1000,
    stopThr: float = 1e-9,
    verbose: bool = False,
    log: bool = False,
    warn: bool = False,
    warmstart: Any = None,
    **kwargs: Any,
) -> Any:
    """The cost of the entropic plan; of several masses ``b`` (m, k), the costs (k,)."""
    known(method, _COSTS)
    first, second, costs = problem(a, b, M)
    if second.ndim == 2:
        return _costs(first, second, costs, reg, (numItermax, stopThr), warn, log, (a, b, M))
    solution = _solved(first, second, costs, reg, (numItermax, stopThr), warn)
    return answer(like(solution.value, a, b, M), log, scalings(solution, first, second))


def known(method: str, methods: Tuple[str, ...]) -> None:
    """Raises for a method that POT has not."""
    if method.lower() not in methods:
        raise ValueError(f"Unknown method '{method}'.")


def scalings(solution: transport.Solution, a: np.ndarray, b: np.ndarray) -> Dict[str, Any]:
    """What POT logs of an entropic plan."""
    potentials = solution.entropic_potentials
    assert potentials is not None and solution.epsilon is not None
    (f, g), report = potentials, solution.report
    with np.errstate(divide="ignore"):
        log_u, log_v = f / solution.epsilon + np.log(a), g / solution.epsilon + np.log(b)
    with np.errstate(over="ignore"):
        u, v = np.exp(log_u), np.exp(log_v)
    entries = {"err": [error for _, error in report.trace] or [report.residual], "niter": report.iterations}
    entries.update(u=u, v=v, log_u=log_u, log_v=log_v, alpha=f, beta=g, report=report)
    return entries


def _solved(
    a: np.ndarray, b: np.ndarray, costs: np.ndarray, reg: float, limits: Tuple[int, float], warn: bool
) -> transport.Solution:
    limit, tolerance = limits
    solution = transport.solve(
        cost=costs, a=a, b=b, epsilon=float(reg), tolerance=max(float(tolerance), _LEAST), max_iter=int(limit)
    )
    warn_unless_converged(solution.report, _ADVICE, warn)
    return solution


def _costs(
    a: np.ndarray,
    several: np.ndarray,
    costs: np.ndarray,
    reg: float,
    limits: Tuple[int, float],
    warn: bool,
    log: bool,
    given: Tuple[Any, ...],
) -> Any:
    each = [balanced(a, column) for column in columns(several)[1]]
    found = [_solved(a, column, costs, reg, limits, warn) for column in each]
    logs = [scalings(solution, a, column) for solution, column in zip(found, each)]
    entries: Dict[str, Any] = {key: np.stack([one[key] for one in logs], 1) for key in ("u", "v", "log_u", "log_v")}
    entries.update(err=logs[-1]["err"], niter=max(one["niter"] for one in logs), report=[one["report"] for one in logs])
    return answer(like(np.array([solution.value for solution in found]), *given), log, entries)


def empirical_sinkhorn(
    X_s: Any,
    X_t: Any,
    reg: float,
    a: Any = None,
    b: Any = None,
    metric: str = "sqeuclidean",
    numIterMax: int = 10000,
    stopThr: float = 1e-9,
    isLazy: bool = False,
    batchSize: Any = 100,
    verbose: bool = False,
    log: bool = False,
    warn: bool = True,
    warmstart: Any = None,
    **kwargs: Any,
) -> Any:
    """The entropic plan of two clouds; with ``isLazy``, the scalings ``log_u`` and ``log_v``, as in POT."""
    M = dist(X_s, X_t, metric)
    plan, entries = sinkhorn(a, b, M, reg, "sinkhorn", numIterMax, stopThr, verbose, True, warn, warmstart)
    if isLazy:
        return (entries["log_u"], entries["log_v"], entries) if log else (entries["log_u"], entries["log_v"])
    return answer(plan, log, entries)


def empirical_sinkhorn2(
    X_s: Any,
    X_t: Any,
    reg: float,
    a: Any = None,
    b: Any = None,
    metric: str = "sqeuclidean",
    numIterMax: int = 10000,
    stopThr: float = 1e-9,
    isLazy: bool = False,
    batchSize: Any = 100,
    verbose: bool = False,
    log: bool = False,
    warn: bool = True,
    warmstart: Any = None,
    **kwargs: Any,
) -> Any:
    """The cost of the entropic plan of two clouds."""
    M = dist(X_s, X_t, metric)
    return sinkhorn2(a, b, M, reg, "sinkhorn", numIterMax, stopThr, verbose, log, warn, warmstart)


def empirical_sinkhorn_divergence(
    X_s: Any,
    X_t: Any,
    reg: float,
    a: Any = None,
    b: Any = None,
    metric: str = "sqeuclidean",
    numIterMax: int = 10000,
    stopThr: float = 1e-9,
    verbose: bool = False,
    log: bool = False,
    warn: bool = True,
    warmstart: Any = None,
    **kwargs: Any,
) -> Any:
    """The cost of the entropic plan less the mean of those of each cloud to itself, as POT defines it.

    ``fenchel.transport.sinkhorn_divergence`` takes the entropic values in place of these costs, which makes it non-negative and convex.
    """
    options = {"metric": metric, "numIterMax": numIterMax, "stopThr": stopThr, "warn": warn, "warmstart": warmstart}
    between, log_ab = empirical_sinkhorn2(X_s, X_t, reg, a, b, log=True, **options)
    first, log_a = empirical_sinkhorn2(X_s, X_s, reg, a, a, log=True, **options)
    second, log_b = empirical_sinkhorn2(X_t, X_t, reg, b, b, log=True, **options)
    entries = {
        "sinkhorn_loss_ab": between,
        "sinkhorn_loss_a": first,
        "sinkhorn_loss_b": second,
        "log_sinkhorn_ab": log_ab,
        "log_sinkhorn_a": log_a,
        "log_sinkhorn_b": log_b,
    }
    return answer(np.maximum(0, between - 0.5 * (first + second)), log, entries)


def barycenter(
    A: Any,
    M: Any,
    reg: float,
    weights: Any = None,
    method: str = "sinkhorn",
    numItermax: int = 10000,
    stopThr: float = 1e-4,
    verbose: bool = False,
    log: bool = False,
    warn: bool = True,
    **kwargs: Any,
) -> Any:
    """The entropic mean (n,) of the columns of ``A`` (n, k); ``log`` has ``err``, ``niter`` and ``report``."""
    known(method, _COSTS)
    return _mean(A, M, reg, weights, (numItermax, stopThr), log, warn, debiased=False)


def barycenter_debiased(
    A: Any,
    M: Any,
    reg: float,
    weights: Any = None,
    method: str = "sinkhorn",
    numItermax: int = 10000,
    stopThr: float = 1e-4,
    verbose: bool = False,
    log: bool = False,
    warn: bool = True,
    **kwargs: Any,
) -> Any:
    """The same for the Sinkhorn divergence, which has no blur."""
    known(method, ("sinkhorn", "sinkhorn_log"))
    return _mean(A, M, reg, weights, (numItermax, stopThr), log, warn, debiased=True)


def _mean(
    A: Any, M: Any, reg: float, weights: Any, limits: Tuple[int, float], log: bool, warn: bool, debiased: bool
) -> Any:
    laws = _arrays.matrix(A, "A").T
    if weights is not None and len(weights) != len(laws):
        raise ValueError(f"weights are {len(weights)} but A has {len(laws)} columns")
    laws = laws / laws.sum(axis=1, keepdims=True)
    limit, tolerance = limits
    mean = transport.barycenter(
        laws, M, float(reg), weights=weights, debiased=debiased, tolerance=max(float(tolerance), _LEAST), max_iter=int(limit)
    )
    warn_unless_converged(mean.report, _ADVICE, warn)
    report: Optional[Any] = mean.report
    entries = {"err": [mean.report.residual], "niter": mean.report.iterations, "report": report}
    return answer(like(mean.weights, A, M), log, entries)
