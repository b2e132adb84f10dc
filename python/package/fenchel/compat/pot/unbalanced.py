"""Transport of masses that may change, at a price.

``numItermax`` and ``stopThr`` belong to POT's iterations and are not used: the solvers stop where the gap is 1e-9 of the value.
"""

from __future__ import annotations

import warnings
from typing import Any, Dict, Tuple

import numpy as np

from ... import _arrays, transport
from ._common import answer, like, masses, refuse
from .entropic import known, scalings

_METHODS = ("sinkhorn", "sinkhorn_stabilized", "sinkhorn_translation_invariant", "sinkhorn_reg_scaling")


def sinkhorn_unbalanced(
    a: Any,
    b: Any,
    M: Any,
    reg: float,
    reg_m: Any,
    method: str = "sinkhorn",
    reg_type: str = "kl",
    c: Any = None,
    warmstart: Any = None,
    numItermax: int = 1000,
    stopThr: float = 1e-6,
    verbose: bool = False,
    log: bool = False,
    **kwargs: Any,
) -> Any:
    """The plan (n, m) of the entropic problem whose deviations cost ``reg_m`` times KL.

    ``log`` has ``cost``, ``total_cost``, ``logu``, ``logv``, ``err`` and ``report``.
    """
    known(method, _METHODS)
    refuse(c=c, warmstart=warmstart)
    if reg_type.lower() != "kl":
        raise NotImplementedError(f"`reg_type` {reg_type!r} has no counterpart in fenchel; it is `kl`")
    first, second, costs = _problem(a, b, M)
    solution = transport.solve(cost=costs, a=first, b=second, epsilon=float(reg), unbalanced=_prices(reg_m))
    plan = solution.plan.to_dense()
    entries = scalings(solution, first, second)
    entries.update(logu=entries["log_u"], logv=entries["log_v"])
    entries.update(_values(solution, plan, costs))
    return answer(like(plan, a, b, M), log, entries)


def sinkhorn_unbalanced2(
    a: Any,
    b: Any,
    M: Any,
    reg: float,
    reg_m: Any,
    method: str = "sinkhorn",
    reg_type: str = "kl",
    c: Any = None,
    warmstart: Any = None,
    returnCost: str = "linear",
    numItermax: int = 1000,
    stopThr: float = 1e-6,
    verbose: bool = False,
    log: bool = False,
    **kwargs: Any,
) -> Any:
    """The cost of that plan, or with ``returnCost="total"`` the value of the whole objective."""
    _, entries = sinkhorn_unbalanced(
        a, b, M, reg, reg_m, method, reg_type, c, warmstart, numItermax, stopThr, verbose, True
    )
    return answer(like(_chosen(returnCost, entries), a, b, M), log, entries)


def mm_unbalanced(
    a: Any,
    b: Any,
    M: Any,
    reg_m: Any,
    c: Any = None,
    reg: float = 0,
    div: str = "kl",
    G0: Any = None,
    numItermax: int = 1000,
    stopThr: float = 1e-15,
    verbose: bool = False,
    log: bool = False,
) -> Any:
    """The plan without regularisation, deviations at ``reg_m`` times KL or half the squared distance (``l2``).

    ``log`` has ``cost``, ``total_cost`` and ``report``.
    """
    refuse(c=c, G0=G0, reg=reg or None)
    first, second, costs = _problem(a, b, M)
    if div.lower() not in ("kl", "l2"):
        raise ValueError(f"Unknown div = {div}. Must be either 'kl' or 'l2'")
    solution = transport.solve(cost=costs, a=first, b=second, unbalanced=_prices(reg_m), penalty=div.lower())
    if not solution.report.converged:
        warnings.warn(f"mm_unbalanced stopped early ({solution.status})", stacklevel=2)
    plan = solution.plan.to_dense()
    return answer(like(plan, a, b, M), log, _values(solution, plan, costs))


def mm_unbalanced2(
    a: Any,
    b: Any,
    M: Any,
    reg_m: Any,
    c: Any = None,
    reg: float = 0,
    div: str = "kl",
    G0: Any = None,
    returnCost: str = "linear",
    numItermax: int = 1000,
    stopThr: float = 1e-15,
    verbose: bool = False,
    log: bool = False,
) -> Any:
    """The cost of that plan, or with ``returnCost="total"`` the value of the whole objective."""
    _, entries = mm_unbalanced(a, b, M, reg_m, c, reg, div, G0, numItermax, stopThr, verbose, True)
    return answer(like(_chosen(returnCost, entries), a, b, M), log, entries)


def _problem(a: Any, b: Any, M: Any) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    costs = _arrays.matrix(M, "M")
    first, second = masses(a, costs.shape[0], "a"), masses(b, costs.shape[1], "b")
    if second.ndim == 2:
        raise NotImplementedError("several masses `b` have no counterpart in fenchel; take them one by one")
    return first, second, costs


def _prices(reg_m: Any) -> Tuple[float, float]:
    prices = np.ravel(np.asarray(reg_m, dtype=np.float64))
    if len(prices) not in (1, 2):
        raise ValueError(f"reg_m must be a number or a pair of numbers, and has {len(prices)}")
    return float(prices[0]), float(prices[-1])


def _values(solution: transport.Solution, plan: np.ndarray, costs: np.ndarray) -> Dict[str, Any]:
    """The linear cost of the plan and the value of the objective, regularisation included where there is one."""
    bracket = solution.entropic_bracket
    total = solution.value if bracket is None else bracket[1]
    return {"cost": float((plan * costs).sum()), "total_cost": total, "report": solution.report}


def _chosen(cost: str, entries: Dict[str, Any]) -> Any:
    names = {"linear": "cost", "total": "total_cost"}
    if cost not in names:
        raise ValueError(f"Unknown returnCost = {cost}")
    return entries[names[cost]]
