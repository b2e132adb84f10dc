"""Transport of masses that may change, at a price.

``numItermax``, ``stopThr`` and starts belong to POT's iterations and are not used: these problems are convex, and the solvers stop where the
gap is 1e-13 of the value.
"""

from __future__ import annotations

import warnings
from typing import Any, Dict, Optional, Tuple

import numpy as np

from ... import _arrays, transport
from ._common import Unsupported, answer, columns, like, masses, refuse
from .entropic import known

#: Plans and potentials have half the digits that the value has.
_GAP = 1e-13
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
    """The plan (n, m) of the entropic problem whose deviations cost ``reg_m`` times KL; of several masses ``b`` (m, k), the costs (k,).

    The regularisation is KL from ``c`` (n, m), or from ``a b^T`` where it is left out; with ``reg_type="entropy"``, and for several masses, from
    ones. ``log`` has ``cost``, ``total_cost`` (the value of the whole objective), ``logu``, ``logv``, ``err`` and ``report``.
    """
    known(method, _METHODS)
    if reg_type.lower() not in ("kl", "entropy"):
        raise ValueError(f"Unknown reg_type = {reg_type}. Must be either 'kl' or 'entropy'")
    first, second, costs = _problem(a, b, M)
    several, each = columns(second)
    # for several masses POT has the entropy alone
    kind = "entropy" if several else reg_type
    found = [_entropic(first, column, costs, float(reg), _prices(reg_m), kind, c) for column in each]
    if not several:
        plan, entries = found[0]
        return answer(like(plan, a, b, M), log, entries)
    stacked: Dict[str, Any] = {key: np.stack([entries[key] for _, entries in found], 1) for key in ("logu", "logv")}
    stacked.update(err=found[-1][1]["err"], report=[entries["report"] for _, entries in found])
    return answer(like(np.array([entries["cost"] for _, entries in found]), a, b, M), log, stacked)


def _entropic(
    a: np.ndarray,
    b: np.ndarray,
    costs: np.ndarray,
    reg: float,
    prices: Tuple[float, float],
    reg_type: str,
    c: Optional[Any],
) -> Tuple[np.ndarray, Dict[str, Any]]:
    entropy = reg_type.lower() == "entropy"
    reference = np.ones_like(costs) if entropy else np.outer(a, b) if c is None else _arrays.matrix(c, "c")
    # the reference of the library has the geometric mean of the two totals
    product = np.outer(a, b) / np.sqrt(a.sum() * b.sum())
    if not entropy and np.any((reference > 0) != (product > 0)):
        raise Unsupported("a reference `c` that is zero elsewhere than the product of the masses has no counterpart in fenchel")
    # KL from another reference is KL from that one with other costs
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = np.where(product > 0, costs - reg * np.log(reference / product), costs)
    solution = transport.solve(cost=moved, a=a, b=b, epsilon=reg, unbalanced=prices, tolerance=_GAP)
    plan, potentials = solution.plan.to_dense(), solution.entropic_potentials
    bracket = solution.entropic_bracket
    assert potentials is not None and bracket is not None
    report = solution.report
    entries = {
        "cost": float((plan * costs).sum()),
        "total_cost": bracket[1] + reg * float(reference.sum() - product.sum()),
        "logu": potentials[0] / reg,
        "logv": potentials[1] / reg,
        "err": [error for _, error in report.trace] or [report.residual],
        "report": report,
    }
    return plan, entries


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
    found, entries = sinkhorn_unbalanced(
        a, b, M, reg, reg_m, method, reg_type, c, warmstart, numItermax, stopThr, verbose, True
    )
    if "cost" not in entries:  # of several masses
        return answer(found, log, entries)
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
    """The plan where deviations cost ``reg_m`` times KL or half the squared distance (``l2``), with ``reg`` times KL if that is the price.

    ``log`` has ``cost``, ``total_cost`` and ``report``.
    """
    if div.lower() not in ("kl", "l2"):
        raise ValueError(f"Unknown div = {div}. Must be either 'kl' or 'l2'")
    if div.lower() == "kl" and reg > 0:
        return sinkhorn_unbalanced(a, b, M, reg, reg_m, c=c, log=log)
    refuse(reg=reg or None)
    first, second, costs = _problem(a, b, M)
    if second.ndim == 2:
        raise Unsupported("several masses `b` have no counterpart in fenchel; take them one by one")
    solution = transport.solve(cost=costs, a=first, b=second, unbalanced=_prices(reg_m), penalty=div.lower(), tolerance=_GAP)
    if not solution.report.converged:
        warnings.warn(f"mm_unbalanced stopped early ({solution.status})", stacklevel=2)
    plan = solution.plan.to_dense()
    entries = {"cost": float((plan * costs).sum()), "total_cost": solution.value, "report": solution.report}
    return answer(like(plan, a, b, M), log, entries)


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
    return masses(a, costs.shape[0], "a"), masses(b, costs.shape[1], "b"), costs


def _prices(reg_m: Any) -> Tuple[float, float]:
    prices = np.ravel(np.asarray(reg_m, dtype=np.float64))
    if len(prices) not in (1, 2):
        raise ValueError(f"reg_m must be a number or a pair of numbers, and has {len(prices)}")
    return float(prices[0]), float(prices[-1])


def _chosen(cost: str, entries: Dict[str, Any]) -> Any:
    names = {"linear": "cost", "total": "total_cost"}
    if cost not in names:
        raise ValueError(f"Unknown returnCost = {cost}")
    return entries[names[cost]]
