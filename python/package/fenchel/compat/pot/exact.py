"""Exact transport: ``emd`` and its relatives."""

from __future__ import annotations

import warnings
from typing import Any, Dict, Optional, Tuple

import numpy as np

from ... import _arrays, transport
from ._common import answer, balanced, columns, like, masses, problem, warn_unless_converged

_ADVICE = "numItermax reached before optimality. Try to increase numItermax."


def emd(
    a: Any,
    b: Any,
    M: Any,
    numItermax: Optional[int] = None,
    log: bool = False,
    center_dual: bool = True,
    numThreads: Any = 1,
    check_marginals: bool = True,
    potentials_init: Any = None,
) -> Any:
    """The optimal plan (n, m) of masses ``a`` (n,) and ``b`` (m,) under costs ``M`` (n, m).

    ``log`` has ``cost``, the potentials ``u`` and ``v``, ``warning`` and ``report``.
    """
    _deprecated(numThreads)
    first, second, costs = problem(a, b, M, check_marginals)
    solution, entries = _solved(first, second, costs, numItermax, center_dual)
    entries = {key: like(value, a, b, M) for key, value in entries.items()}
    return answer(like(solution.plan.to_dense(), a, b, M), log, entries)


def emd2(
    a: Any,
    b: Any,
    M: Any,
    processes: int = 1,
    numItermax: Optional[int] = None,
    log: bool = False,
    return_matrix: bool = False,
    center_dual: bool = True,
    numThreads: Any = 1,
    check_marginals: bool = True,
    potentials_init: Any = None,
) -> Any:
    """The optimal cost; of several masses ``b`` (m, k), a cost of each."""
    _deprecated(numThreads)
    first, second, costs = problem(a, b, M, check_marginals)

    def one(second: np.ndarray) -> Any:
        solution, entries = _solved(first, second, costs, numItermax, center_dual)
        entries["cost"] = like(solution.value, a, b, M)
        entries["u"], entries["v"] = like(entries["u"], a, b, M), like(entries["v"], a, b, M)
        if return_matrix:
            entries["G"] = like(solution.plan.to_dense(), a, b, M)
        return (entries["cost"], entries) if log or return_matrix else entries["cost"]

    several, each = columns(second)
    return [one(balanced(first, column, check_marginals)) for column in each] if several else one(second)


def _deprecated(threads: Any) -> None:
    if threads != 1:
        warnings.warn("numThreads is deprecated, as in POT: it is ignored", DeprecationWarning, stacklevel=3)


def _solved(
    a: np.ndarray, b: np.ndarray, costs: np.ndarray, limit: Optional[int], center: bool
) -> Tuple[transport.Solution, Dict[str, Any]]:
    solution = transport.solve(cost=costs, a=a, b=b, max_iter=limit)
    warning = warn_unless_converged(solution.report, _ADVICE)
    u, v = solution.potentials
    if center:
        # the constant for which both potentials have the same mean under the masses
        shift = (v @ b / b.sum() - u @ a / a.sum()) / 2
        u, v = u + shift, v - shift
    entries = {"cost": solution.value, "u": u, "v": v, "warning": warning, "report": solution.report}
    return solution, entries


def partial_wasserstein(
    a: Any, b: Any, M: Any, m: Optional[float] = None, nb_dummies: int = 1, log: bool = False, **kwargs: Any
) -> Any:
    """The plan that moves the mass ``m`` at the least cost; left out, as much as can be.

    ``log`` has ``cost``, ``partial_w_dist``, ``u``, ``v``, ``warning`` and ``report``.
    """
    costs = _arrays.matrix(M, "M")
    first, second = masses(a, costs.shape[0], "a"), masses(b, costs.shape[1], "b")
    most = min(first.sum(), second.sum())
    if m is not None and not 0 <= m <= most:
        raise ValueError(f"Problem infeasible. Parameter m is {m}; it should be from 0 to min(|a|_1, |b|_1) = {most}.")
    solution = transport.solve(cost=costs, a=first, b=second, partial=most if m is None else float(m))
    u, v = solution.potentials
    entries = {
        "cost": solution.value,
        "partial_w_dist": solution.value,
        "u": u,
        "v": v,
        "warning": warn_unless_converged(solution.report, _ADVICE),
        "report": solution.report,
    }
    return answer(like(solution.plan.to_dense(), a, b, M), log, entries)


def partial_wasserstein2(
    a: Any, b: Any, M: Any, m: Optional[float] = None, nb_dummies: int = 1, log: bool = False, **kwargs: Any
) -> Any:
    """The cost of that plan; ``log`` also has the plan ``T``."""
    plan, entries = partial_wasserstein(a, b, M, m, nb_dummies, log=True)
    entries["T"] = plan
    return answer(like(entries["cost"], a, b, M), log, entries)


def free_support_barycenter(
    measures_locations: Any,
    measures_weights: Any,
    X_init: Any,
    b: Any = None,
    weights: Any = None,
    numItermax: int = 100,
    stopThr: float = 1e-7,
    verbose: bool = False,
    log: Any = None,
    numThreads: Any = 1,
) -> Any:
    """The points (k, d) of the W2 mean of clouds, from ``X_init`` (k, d) with masses ``b``; ``log`` has ``report``."""
    mean = transport.free_barycenter(
        measures_locations,
        X_init,
        weights=weights,
        masses=None if measures_weights is None else [_law(given, "measures_weights") for given in measures_weights],
        start_masses=_law(b, "b"),
        tolerance=stopThr,
        max_iter=numItermax,
    )
    return answer(like(mean.points, X_init), bool(log), {"report": mean.report})


def _law(values: Any, name: str) -> Optional[np.ndarray]:
    found = _arrays.weights(values, name)
    return None if found is None else _arrays.unit(found)
