"""Transport on the line, on the circle, and along directions."""

from __future__ import annotations

from typing import Any, List, NamedTuple, Optional, Tuple

import numpy as np

from ... import _arrays, _fenchel, transport
from ._common import Mismatch, Unsupported, answer, balanced, like, masses

class _Arcs(NamedTuple):
    """A plan as masses, rows and columns."""

    data: np.ndarray
    rows: np.ndarray
    cols: np.ndarray


_POWERS = {"sqeuclidean": 2.0, "cityblock": 1.0, "euclidean": 1.0}


def wasserstein_1d(
    u_values: Any,
    v_values: Any,
    u_weights: Any = None,
    v_weights: Any = None,
    p: float = 1,
    require_sort: bool = True,
    return_plans: Any = False,
) -> Any:
    """The cost ``W_p^p`` between numbers (n,) and (m,), or column by column between tables (n, k) and (m, k)."""
    if not p >= 1:
        raise Mismatch(f"The OT loss is only valid for p>=1, {p} was given")
    (u, v), (a, b), single = _columns(u_values, v_values, u_weights, v_weights)
    distances, _ = _fenchel.line_distances((u, v), (a, b), float(p))
    costs = like(distances**p, u_values, v_values)
    costs = costs[0] if single else costs
    if return_plans is False:
        return costs
    shared = [[None] * u.shape[1] if weights is None else list(weights.T) for weights in (a, b)]
    plans = [transport.line(*column, float(p)).plan for column in zip(u.T, v.T, *shared)]
    if return_plans == "coo_tuple":
        return costs, [_Arcs(masses, rows, columns) for rows, columns, masses in (plan.arcs() for plan in plans)]
    return costs, [plan.to_scipy() for plan in plans]


def emd_1d(
    x_a: Any,
    x_b: Any,
    a: Any = None,
    b: Any = None,
    metric: str = "sqeuclidean",
    p: float = 1.0,
    dense: bool = True,
    log: bool = False,
    check_marginals: bool = True,
) -> Any:
    """The optimal plan between numbers (n,) and (m,); ``log`` has ``cost``, ``perms_x_a``, ``perms_x_b`` and ``report``."""
    solution, cost = _sorted(x_a, x_b, a, b, metric, p, check_marginals)
    rows, columns, _ = solution.plan.arcs()
    plan = like(solution.plan.to_dense(), x_a, x_b) if dense else solution.plan.to_scipy()
    entries = {"cost": like(cost, x_a, x_b), "perms_x_a": rows, "perms_x_b": columns, "report": solution.report}
    return answer(plan, log, entries)


def emd2_1d(
    x_a: Any,
    x_b: Any,
    a: Any = None,
    b: Any = None,
    metric: str = "sqeuclidean",
    p: float = 1.0,
    dense: bool = True,
    log: bool = False,
) -> Any:
    """The optimal cost between numbers (n,) and (m,); ``log`` has the plan ``G``."""
    solution, cost = _sorted(x_a, x_b, a, b, metric, p, True)
    if not log:
        return like(cost, x_a, x_b)
    plan = like(solution.plan.to_dense(), x_a, x_b) if dense else solution.plan.to_scipy()
    return like(cost, x_a, x_b), {"G": plan, "report": solution.report}


def _sorted(
    x_a: Any, x_b: Any, a: Any, b: Any, metric: str, p: float, check: bool
) -> Tuple[transport.Solution, float]:
    if metric not in (*_POWERS, "minkowski"):
        raise ValueError(
            "Solver for EMD in 1d only supports metrics from the following list: "
            f"`['sqeuclidean', 'minkowski', 'cityblock', 'euclidean']`, not {metric!r}"
        )
    try:
        x, y = _arrays.vector(x_a, "x_a"), _arrays.vector(x_b, "x_b")
    except ValueError as error:
        raise Mismatch(f"emd_1d should only be used with monodimensional data: {error}") from None
    first, second = masses(a, len(x), "a"), masses(b, len(y), "b")
    second = balanced(first, second, check)
    solution = transport.line(x, y, first, second, _POWERS.get(metric, float(p)))
    return solution, solution.value


def wasserstein_circle(
    u_values: Any,
    v_values: Any,
    u_weights: Any = None,
    v_weights: Any = None,
    p: float = 1,
    require_sort: bool = True,
    **kwargs: Any,
) -> Any:
    """The cost ``W_p^p`` on the circle of circumference 1, column by column of tables."""
    if not p >= 1:
        raise Mismatch(f"The OT loss is only valid for p>=1, {p} was given")
    (u, v), (a, b), _ = _columns(u_values, v_values, u_weights, v_weights)
    shared = [[None] * u.shape[1] if weights is None else list(weights.T) for weights in (a, b)]
    around = [transport.circle(*column, float(p)).value for column in zip(u.T, v.T, *shared)]
    return like(np.array(around), u_values, v_values)


def binary_search_circle(
    u_values: Any,
    v_values: Any,
    u_weights: Any = None,
    v_weights: Any = None,
    p: float = 1,
    Lm: float = 10,
    Lp: float = 10,
    tm: float = -1,
    tp: float = 1,
    eps: float = 1e-6,
    require_sort: bool = True,
    log: bool = False,
) -> Any:
    """As :func:`wasserstein_circle`; what belongs to the search has no meaning here. ``log`` is empty."""
    return answer(wasserstein_circle(u_values, v_values, u_weights, v_weights, p), log, {})


def sliced_wasserstein_distance(
    X_s: Any,
    X_t: Any,
    a: Any = None,
    b: Any = None,
    n_projections: int = 50,
    p: float = 2,
    projections: Any = None,
    seed: Any = None,
    log: bool = False,
    scaler: Any = None,
) -> Any:
    """The mean over directions, which are those of POT for the same seed; ``log`` has ``projections`` and ``projected_emds``."""
    costs, directions = _along(X_s, X_t, a, b, n_projections, p, projections, seed, scaler)
    value = np.mean(costs) ** (1.0 / p)
    return answer(like(value, X_s, X_t), log, {"projections": directions, "projected_emds": costs})


def max_sliced_wasserstein_distance(
    X_s: Any,
    X_t: Any,
    a: Any = None,
    b: Any = None,
    n_projections: int = 50,
    p: float = 2,
    projections: Any = None,
    seed: Any = None,
    log: bool = False,
    scaler: Any = None,
) -> Any:
    """The largest of these directions; ``fenchel.transport.max_sliced`` searches among all of them."""
    costs, directions = _along(X_s, X_t, a, b, n_projections, p, projections, seed, scaler)
    value = np.max(costs) ** (1.0 / p)
    return answer(like(value, X_s, X_t), log, {"projections": directions, "projected_emds": costs})


def _along(
    X_s: Any, X_t: Any, a: Any, b: Any, count: int, p: float, projections: Any, seed: Any, scaler: Any
) -> Tuple[np.ndarray, np.ndarray]:
    if scaler is not None:
        raise Unsupported("`scaler` has no counterpart in fenchel; scale the points first")
    x, y = _arrays.matrix(X_s, "X_s"), _arrays.matrix(X_t, "X_t")
    if x.shape[1] != y.shape[1]:
        raise ValueError(f"X_s and X_t must have the same number of dimensions; they have {x.shape[1]} and {y.shape[1]}")
    if projections is None:
        draw = seed if isinstance(seed, np.random.RandomState) else np.random.RandomState(seed)
        directions = draw.randn(x.shape[1], count)
        directions = directions / np.sqrt((directions**2).sum(0, keepdims=True))
    else:
        directions = _arrays.matrix(projections, "projections")
    return wasserstein_1d(x @ directions, y @ directions, a, b, p), directions


def _columns(u_values: Any, v_values: Any, u_weights: Any, v_weights: Any) -> Any:
    """Values and weights as tables of as many columns, and whether they were single ones."""
    u, v = _arrays.array(u_values, "u_values"), _arrays.array(v_values, "v_values")
    single = u.ndim == 1
    u, v = _arrays.rows(u, "u_values"), _arrays.rows(v, "v_values")
    if u.shape[1] != v.shape[1]:
        raise ValueError(f"u_values and v_values must have as many columns; they have {u.shape[1]} and {v.shape[1]}")
    weights: List[Optional[np.ndarray]] = []
    for given, values, name in ((u_weights, u, "u_weights"), (v_weights, v, "v_weights")):
        weights.append(None if given is None else _table(given, values.shape, name))
    return (u, v), tuple(weights), single


def _table(given: Any, shape: Tuple[int, int], name: str) -> np.ndarray:
    weights = _arrays.rows(given, name)
    if weights.shape != shape and weights.shape != (shape[0], 1):
        raise ValueError(f"{name} has shape {weights.shape} where {shape} is needed")
    weights = np.broadcast_to(weights, shape)
    return weights / weights.sum(0, keepdims=True)
