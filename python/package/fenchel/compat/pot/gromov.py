"""Gromov-Wasserstein, plain and fused, exact and entropic."""

from __future__ import annotations

from typing import Any, Optional

import numpy as np

from ... import _arrays, transport
from ._common import Unsupported, answer, like, masses, refuse


def gromov_wasserstein(
    C1: Any,
    C2: Any,
    p: Any = None,
    q: Any = None,
    loss_fun: str = "square_loss",
    symmetric: Optional[bool] = None,
    log: bool = False,
    armijo: bool = False,
    G0: Any = None,
    max_iter: float = 1e4,
    tol_rel: float = 1e-9,
    tol_abs: float = 1e-9,
    **kwargs: Any,
) -> Any:
    """The plan (n, m) between distances (n, n) and (m, m); ``log`` has ``gw_dist`` and ``report``."""
    found = _matched(C1, C2, p, q, loss_fun, symmetric, G0, max_iter, tol_rel)
    return answer(like(found.plan.to_dense(), C1, C2), log, {"gw_dist": found.value, "report": found.report})


def gromov_wasserstein2(
    C1: Any,
    C2: Any,
    p: Any = None,
    q: Any = None,
    loss_fun: str = "square_loss",
    symmetric: Optional[bool] = None,
    log: bool = False,
    armijo: bool = False,
    G0: Any = None,
    max_iter: float = 1e4,
    tol_rel: float = 1e-9,
    tol_abs: float = 1e-9,
    **kwargs: Any,
) -> Any:
    """The value at that plan; ``log`` also has the plan ``T``."""
    plan, entries = gromov_wasserstein(C1, C2, p, q, loss_fun, symmetric, True, armijo, G0, max_iter, tol_rel, tol_abs)
    return answer(like(entries["gw_dist"], C1, C2), log, {**entries, "T": plan})


def fused_gromov_wasserstein(
    M: Any,
    C1: Any,
    C2: Any,
    p: Any = None,
    q: Any = None,
    loss_fun: str = "square_loss",
    symmetric: Optional[bool] = None,
    alpha: float = 0.5,
    armijo: bool = False,
    G0: Any = None,
    log: bool = False,
    max_iter: float = 1e4,
    tol_rel: float = 1e-9,
    tol_abs: float = 1e-9,
    **kwargs: Any,
) -> Any:
    """The same with costs ``M`` (n, m) of share ``1 - alpha``; ``log`` has ``fgw_dist`` and ``report``."""
    found = _matched(C1, C2, p, q, loss_fun, symmetric, G0, max_iter, tol_rel, cross=M, share=alpha)
    return answer(like(found.plan.to_dense(), C1, C2), log, {"fgw_dist": found.value, "report": found.report})


def fused_gromov_wasserstein2(
    M: Any,
    C1: Any,
    C2: Any,
    p: Any = None,
    q: Any = None,
    loss_fun: str = "square_loss",
    symmetric: Optional[bool] = None,
    alpha: float = 0.5,
    armijo: bool = False,
    G0: Any = None,
    log: bool = False,
    max_iter: float = 1e4,
    tol_rel: float = 1e-9,
    tol_abs: float = 1e-9,
    **kwargs: Any,
) -> Any:
    """The value at that plan; ``log`` also has the plan ``T``."""
    plan, entries = fused_gromov_wasserstein(
        M, C1, C2, p, q, loss_fun, symmetric, alpha, armijo, G0, True, max_iter, tol_rel, tol_abs
    )
    return answer(like(entries["fgw_dist"], C1, C2), log, {**entries, "T": plan})


def entropic_gromov_wasserstein(
    C1: Any,
    C2: Any,
    p: Any = None,
    q: Any = None,
    loss_fun: str = "square_loss",
    epsilon: float = 0.1,
    symmetric: Optional[bool] = None,
    G0: Any = None,
    max_iter: float = 1000,
    tol: float = 1e-9,
    solver: str = "PGD",
    warmstart: bool = False,
    verbose: bool = False,
    log: bool = False,
    **kwargs: Any,
) -> Any:
    """The entropic plan (n, m); ``log`` has ``gw_dist`` and ``report``."""
    _known(solver)
    found = _matched(C1, C2, p, q, loss_fun, symmetric, G0, max_iter, tol, epsilon=epsilon)
    return answer(like(found.plan.to_dense(), C1, C2), log, {"gw_dist": found.value, "report": found.report})


def entropic_gromov_wasserstein2(
    C1: Any,
    C2: Any,
    p: Any = None,
    q: Any = None,
    loss_fun: str = "square_loss",
    epsilon: float = 0.1,
    symmetric: Optional[bool] = None,
    G0: Any = None,
    max_iter: float = 1000,
    tol: float = 1e-9,
    solver: str = "PGD",
    warmstart: bool = False,
    verbose: bool = False,
    log: bool = False,
    **kwargs: Any,
) -> Any:
    """The value at that plan; ``log`` also has the plan ``T``."""
    plan, entries = entropic_gromov_wasserstein(
        C1, C2, p, q, loss_fun, epsilon, symmetric, G0, max_iter, tol, solver, warmstart, verbose, True
    )
    return answer(like(entries["gw_dist"], C1, C2), log, {**entries, "T": plan})


def entropic_fused_gromov_wasserstein(
    M: Any,
    C1: Any,
    C2: Any,
    p: Any = None,
    q: Any = None,
    loss_fun: str = "square_loss",
    epsilon: float = 0.1,
    symmetric: Optional[bool] = None,
    alpha: float = 0.5,
    G0: Any = None,
    max_iter: float = 1000,
    tol: float = 1e-9,
    solver: str = "PGD",
    warmstart: bool = False,
    verbose: bool = False,
    log: bool = False,
    **kwargs: Any,
) -> Any:
    """The entropic plan with costs ``M`` (n, m) of share ``1 - alpha``; ``log`` has ``fgw_dist`` and ``report``."""
    _known(solver)
    found = _matched(C1, C2, p, q, loss_fun, symmetric, G0, max_iter, tol, cross=M, share=alpha, epsilon=epsilon)
    return answer(like(found.plan.to_dense(), C1, C2), log, {"fgw_dist": found.value, "report": found.report})


def entropic_fused_gromov_wasserstein2(
    M: Any,
    C1: Any,
    C2: Any,
    p: Any = None,
    q: Any = None,
    loss_fun: str = "square_loss",
    epsilon: float = 0.1,
    symmetric: Optional[bool] = None,
    alpha: float = 0.5,
    G0: Any = None,
    max_iter: float = 1000,
    tol: float = 1e-9,
    solver: str = "PGD",
    warmstart: bool = False,
    verbose: bool = False,
    log: bool = False,
    **kwargs: Any,
) -> Any:
    """The value at that plan; ``log`` also has the plan ``T``."""
    plan, entries = entropic_fused_gromov_wasserstein(
        M, C1, C2, p, q, loss_fun, epsilon, symmetric, alpha, G0, max_iter, tol, solver, warmstart, verbose, True
    )
    return answer(like(entries["fgw_dist"], C1, C2), log, {**entries, "T": plan})


def _known(solver: str) -> None:
    if solver not in ("PGD", "PPA"):
        raise ValueError(f"Unknown solver '{solver}'. Must be either 'PGD' or 'PPA'")
    refuse(solver=solver if solver == "PPA" else None)


def _matched(
    C1: Any,
    C2: Any,
    p: Any,
    q: Any,
    loss_fun: str,
    symmetric: Optional[bool],
    G0: Any,
    max_iter: float,
    tolerance: float,
    *,
    cross: Any = None,
    share: float = 0.5,
    epsilon: Optional[float] = None,
) -> transport.Matching:
    if loss_fun not in ("square_loss", "kl_loss"):
        raise ValueError(f"Unknown `loss_fun='{loss_fun}'`. Only `square_loss` is here.")
    refuse(loss_fun=loss_fun if loss_fun == "kl_loss" else None, symmetric=True if symmetric is False else None)
    first, second = _arrays.matrix(C1, "C1"), _arrays.matrix(C2, "C2")
    a, b = _arrays.unit(masses(p, len(first), "p")), _arrays.unit(masses(q, len(second), "q"))
    if G0 is not None and not np.allclose(G0, np.outer(a, b)):
        raise Unsupported("a start `G0` other than the product of the masses has no counterpart in fenchel; leave it out")
    return transport.gromov(
        first,
        second,
        a=a,
        b=b,
        cross=cross,
        share=share,
        epsilon=epsilon,
        tolerance=max(float(tolerance), 1e-13),
        max_iter=int(max_iter),
    )
