"""Optimal transport: exact, entropic, unbalanced, partial, of low rank; on the line and along directions; means of several laws.

>>> import numpy as np
>>> from fenchel import transport
>>> rng = np.random.default_rng(0)
>>> x, y = rng.normal(size=(100, 2)), rng.normal(size=(120, 2)) + 1
>>> exact, entropic = transport.solve(x, y), transport.solve(x, y, epsilon=0.1)
>>> low, high = entropic.bracket
>>> low <= exact.value <= high
True

Every solution has a plan, potentials, and a bracket of the optimum. A solver that was stopped early is no error: its ``status`` says so,
and ``solution.report.require_converged()`` insists. A function given as ``progress`` is called a few times a second with a ``Progress``;
where it raises ``StopIteration`` the solver stops and returns what it has.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Callable, List, Optional, Sequence, Tuple, Union

import numpy as np

from . import _arrays, _fenchel
from ._fenchel import Barycenter, Debiased, Estimate, Matching, Plan, Report, Slice, Solution
from ._options import limits

__all__ = [
    "Barycenter",
    "Debiased",
    "Matching",
    "Plan",
    "Report",
    "Slice",
    "Solution",
    "barycenter",
    "circle",
    "cost_matrix",
    "free_barycenter",
    "gaussian_barycenter",
    "gaussian_distance",
    "gromov",
    "line",
    "max_sliced",
    "sinkhorn_divergence",
    "sliced",
    "solve",
    "w1",
    "w2",
]

#: The costs between points that have a name.
GROUNDS = ("sqeuclidean", "euclidean", "cityblock", "chebyshev")


def solve(
    x: Any = None,
    y: Any = None,
    *,
    a: Any = None,
    b: Any = None,
    cost: Any = "sqeuclidean",
    epsilon: Optional[float] = None,
    relative: bool = False,
    unbalanced: Union[None, float, Tuple[float, float]] = None,
    penalty: str = "kl",
    partial: Optional[float] = None,
    rank: Optional[int] = None,
    seed: int = 0,
    tolerance: Optional[float] = None,
    max_iter: Optional[int] = None,
    time_limit: Optional[float] = None,
    progress: Optional[Callable[[Any], Any]] = None,
) -> Solution:
    """Transport between two clouds ``x`` (n, d) and ``y`` (m, d), or under a matrix ``cost`` (n, m).

    Parameters
    ----------
    x, y : arrays of shapes (n, d) and (m, d); n numbers are points on the line. Left out where ``cost`` is a matrix.
    a, b : weights (n,) and (m,); equal ones if left out.
    cost : ``sqeuclidean``, ``euclidean``, ``cityblock``, ``chebyshev``, or a matrix (n, m), where ``inf`` forbids an arc.
    epsilon : the regularisation of Sinkhorn's method, in units of the cost, or of the mean cost where ``relative``. Left out: exact.
    unbalanced : the price of deviations from the weights, one number or one for each side (``inf`` keeps that side); ``penalty`` is
        ``kl``, ``l2`` or ``tv``. With ``epsilon`` the regularisation is KL from ``a b^T`` divided by the root of the two totals.
    partial : move this mass and no more.
    rank : a plan of low rank through so many hubs, for many points under ``sqeuclidean``.
    tolerance, max_iter, time_limit, progress : when to stop (``time_limit`` in seconds), and whom to tell.

    Examples
    --------
    >>> import numpy as np
    >>> from fenchel import transport
    >>> table = np.array([[8, 6, 10], [9, 12, 13], [14, 9, 16]])
    >>> solution = transport.solve(cost=table, a=[20, 30, 25], b=[10, 35, 30])
    >>> solution.value, solution.gap, solution.status
    (735.0, 0.0, 'converged')
    >>> transport.solve(cost=table, a=[20, 30, 25], b=[10, 35, 30], partial=37.5).value
    277.5
    >>> rows, columns, masses = solution.plan.arcs()
    >>> float(masses.sum())
    75.0
    """
    if epsilon is not None and rank is not None:
        raise ValueError("epsilon and rank are two solvers; give one of them")
    if unbalanced is not None and partial is not None:
        raise ValueError("unbalanced and partial are two problems; give one of them")
    prices = (unbalanced, unbalanced) if isinstance(unbalanced, (int, float)) else unbalanced
    asked = SimpleNamespace(
        epsilon=epsilon, relative=relative, unbalanced=prices, penalty=penalty, partial=partial, rank=rank, seed=seed
    )
    masses = _arrays.weights(a, "a"), _arrays.weights(b, "b")
    until = limits(tolerance, max_iter, time_limit, progress)
    if isinstance(cost, str):
        return _fenchel.between(_points(x, y), masses, cost, asked, until)
    if x is not None or y is not None:
        raise ValueError("a matrix of costs is given, so there is nothing to do with x and y; leave them out")
    return _fenchel.with_costs(_arrays.matrix(cost, "cost"), masses, asked, until)


def w1(x: Any, y: Any, a: Any = None, b: Any = None) -> Solution:
    """The distance W1 under the Euclidean ground distance, as ``distance`` of the solution.

    >>> from fenchel import transport
    >>> transport.w1([0.0, 1.0], [3.0, 4.0]).distance
    3.0
    """
    return solve(x, y, a=a, b=b, cost="euclidean")


def w2(x: Any, y: Any, a: Any = None, b: Any = None) -> Solution:
    """The distance W2, as ``distance`` of the solution; its ``value`` is the square.

    >>> from fenchel import transport
    >>> transport.w2([[0, 0], [1, 0]], [[0, 2], [1, 2]]).distance
    2.0
    """
    return solve(x, y, a=a, b=b)


def cost_matrix(x: Any, y: Any, cost: str = "sqeuclidean") -> np.ndarray:
    """The costs between ``x`` (n, d) and ``y`` (m, d), an array (n, m).

    >>> from fenchel import transport
    >>> transport.cost_matrix([[0, 0]], [[3, 4]], "euclidean")
    array([[5.]])
    """
    return _fenchel.costs(*_points(x, y), cost)


def sinkhorn_divergence(
    x: Any,
    y: Any,
    epsilon: float,
    *,
    a: Any = None,
    b: Any = None,
    cost: str = "sqeuclidean",
    relative: bool = False,
    gradient: bool = False,
    tolerance: Optional[float] = None,
    max_iter: Optional[int] = None,
    time_limit: Optional[float] = None,
    progress: Optional[Callable[[Any], Any]] = None,
) -> Debiased:
    """Entropic transport without its bias: zero for equal laws. With ``gradient``, also its gradients by points and weights.

    >>> import numpy as np
    >>> from fenchel import transport
    >>> x = np.array([[0.0, 0.0], [1.0, 0.0]])
    >>> found = transport.sinkhorn_divergence(x, x + [0.0, 2.0], 0.1, gradient=True)
    >>> by_x, by_y, by_a, by_b = found.gradient
    >>> round(found.value, 6), by_x.shape, by_a.shape
    (4.0, (2, 2), (2,))
    """
    masses = _arrays.weights(a, "a"), _arrays.weights(b, "b")
    until = limits(tolerance, max_iter, time_limit, progress)
    return _fenchel.sinkhorn_divergence(_points(x, y), masses, cost, epsilon, relative, gradient, until)


def line(x: Any, y: Any, a: Any = None, b: Any = None, p: float = 1.0) -> Solution:
    """Transport between numbers (n,) and (m,) under ``|x - y|^p``, by sorting. O(n log n).

    >>> from fenchel import transport
    >>> transport.line([0, 1], [2, 4], p=2).value
    6.5
    """
    return _fenchel.line(_numbers(x, y), (_arrays.weights(a, "a"), _arrays.weights(b, "b")), float(p))


def circle(x: Any, y: Any, a: Any = None, b: Any = None, p: float = 1.0, circumference: float = 1.0) -> Solution:
    """The same on a circle.

    >>> from fenchel import transport
    >>> round(transport.circle([0.0], [0.9]).distance, 12)
    0.1
    """
    masses = _arrays.weights(a, "a"), _arrays.weights(b, "b")
    return _fenchel.circle(_numbers(x, y), masses, float(circumference), float(p))


def sliced(
    x: Any, y: Any, a: Any = None, b: Any = None, *, projections: int = 100, p: float = 2.0, seed: int = 0
) -> Estimate:
    """The sliced distance of order ``p``: the root mean of the powers over random directions, with its error.

    >>> import numpy as np
    >>> from fenchel import transport
    >>> x = np.random.default_rng(0).normal(size=(200, 3))
    >>> found = transport.sliced(x, x + 1.0, projections=1000)  # 1 for a shift by (1, 1, 1)
    >>> abs(found.value - 1.0) < 4 * found.std_error
    True
    """
    masses = _arrays.weights(a, "a"), _arrays.weights(b, "b")
    return _fenchel.sliced(_points(x, y), masses, projections, float(p), seed)


def max_sliced(
    x: Any, y: Any, a: Any = None, b: Any = None, *, starts: int = 8, p: float = 2.0, seed: int = 0
) -> Slice:
    """The direction along which two clouds differ most, with bounds of the largest distance.

    >>> import numpy as np
    >>> from fenchel import transport
    >>> x = np.random.default_rng(0).normal(size=(200, 3))
    >>> found = transport.max_sliced(x, x + [0.0, 2.0, 0.0])
    >>> round(found.distance, 6), int(found.direction.argmax())
    (2.0, 1)
    """
    masses = _arrays.weights(a, "a"), _arrays.weights(b, "b")
    return _fenchel.max_sliced(_points(x, y), masses, starts, float(p), seed)


def barycenter(
    laws: Any,
    cost: Any,
    epsilon: float,
    *,
    weights: Any = None,
    debiased: bool = False,
    tolerance: Optional[float] = None,
    max_iter: Optional[int] = None,
    time_limit: Optional[float] = None,
    progress: Optional[Callable[[Any], Any]] = None,
) -> Barycenter:
    """The entropic mean of ``laws`` (k, n), one a row, on n points with costs (n, n).

    >>> import numpy as np
    >>> from fenchel import transport
    >>> points = np.linspace(0, 1, 5)[:, None]
    >>> laws = np.eye(5)[[0, 4]]
    >>> mean = transport.barycenter(laws, transport.cost_matrix(points, points), 0.01)
    >>> int(mean.weights.argmax())
    2
    """
    laws = _arrays.matrix(laws, "laws")
    until = limits(tolerance, max_iter, time_limit, progress)
    return _fenchel.fixed_barycenter(
        laws, _arrays.matrix(cost, "cost"), _shares(weights, len(laws)), epsilon, debiased, until
    )


def free_barycenter(
    clouds: Sequence[Any],
    start: Any,
    *,
    weights: Any = None,
    masses: Optional[Sequence[Any]] = None,
    start_masses: Any = None,
    tolerance: Optional[float] = None,
    max_iter: Optional[int] = None,
    time_limit: Optional[float] = None,
    progress: Optional[Callable[[Any], Any]] = None,
) -> Barycenter:
    """The W2 mean of clouds (n_k, d), with their ``masses``, from a start (n, d) whose points move.

    >>> import numpy as np
    >>> from fenchel import transport
    >>> x = np.array([[0.0, 0.0], [1.0, 0.0]])
    >>> mean = transport.free_barycenter([x, x + [0.0, 2.0]], x)
    >>> mean.points
    array([[0., 1.],
           [1., 1.]])
    """
    given: List[Any] = list(masses) if masses is not None else [None] * len(clouds)
    if len(given) != len(clouds):
        raise ValueError(f"masses are given of {len(given)} clouds but there are {len(clouds)}")
    laws = [(_arrays.rows(cloud, "clouds"), _arrays.weights(mass, "masses")) for cloud, mass in zip(clouds, given)]
    begin = _arrays.rows(start, "start"), _arrays.weights(start_masses, "start_masses")
    until = limits(tolerance, max_iter, time_limit, progress)
    return _fenchel.free_barycenter(laws, _shares(weights, len(laws)), begin, until)


def gromov(
    x: Any,
    y: Any,
    *,
    a: Any = None,
    b: Any = None,
    cross: Any = None,
    share: float = 0.5,
    epsilon: Optional[float] = None,
    restarts: Optional[int] = None,
    seed: int = 0,
    tolerance: Optional[float] = None,
    max_iter: Optional[int] = None,
    time_limit: Optional[float] = None,
    progress: Optional[Callable[[Any], Any]] = None,
) -> Matching:
    """Gromov-Wasserstein between spaces known by their distances (n, n) and (m, m).

    The least of ``sum (x_ik - y_jl)^2 P_ij P_kl`` over plans; with costs ``cross`` (n, m) between the spaces, of ``(1 - share)`` times
    their cost plus ``share`` times that. The problem is not convex: the value is that of the plan found, and the bracket has a lower bound.

    >>> import numpy as np
    >>> from fenchel import transport
    >>> x = np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 4.0]])
    >>> turned = x @ np.array([[0.0, 1.0], [-1.0, 0.0]])
    >>> distances = [transport.cost_matrix(points, points, "euclidean") for points in (x, turned)]
    >>> transport.gromov(*distances).value
    0.0
    """
    spaces = _arrays.matrix(x, "x"), _arrays.matrix(y, "y")
    masses = _arrays.weights(a, "a"), _arrays.weights(b, "b")
    fused = None if cross is None else (_arrays.matrix(cross, "cross"), float(share))
    return _fenchel.gromov(
        spaces, masses, fused, epsilon, restarts, seed, limits(tolerance, max_iter, time_limit, progress)
    )


def gaussian_distance(mean_p: Any, cov_p: Any, mean_q: Any, cov_q: Any) -> float:
    """The distance W2 of two Gaussian laws with means (d,) and covariances (d, d).

    >>> from fenchel import transport
    >>> transport.gaussian_distance([0.0], [[1.0]], [3.0], [[1.0]])
    3.0
    """
    return float(np.sqrt(_fenchel.gaussian_distance(_moments(mean_p, cov_p), _moments(mean_q, cov_q)).value))


def gaussian_barycenter(means: Any, covariances: Any, weights: Any = None) -> Tuple[np.ndarray, np.ndarray, Report]:
    """The W2 mean of Gaussian laws with means (k, d) and covariances (k, d, d): its mean, its covariance, and the report.

    >>> from fenchel import transport
    >>> mean, cov, report = transport.gaussian_barycenter([[0.0], [2.0]], [[[1.0]], [[9.0]]])
    >>> round(float(mean[0]), 9), round(float(cov[0, 0]), 9)
    (1.0, 4.0)
    """
    laws = [_moments(mean, cov) for mean, cov in zip(means, covariances)]
    (mean, cov), report = _fenchel.gaussian_barycenter(laws, _arrays.weights(weights, "weights"))
    return mean, cov, report


def _points(x: Any, y: Any) -> Tuple[np.ndarray, np.ndarray]:
    return _arrays.rows(x, "x"), _arrays.rows(y, "y")


def _numbers(x: Any, y: Any) -> Tuple[np.ndarray, np.ndarray]:
    return _arrays.vector(x, "x"), _arrays.vector(y, "y")


def _shares(weights: Any, count: int) -> np.ndarray:
    return np.full(count, 1.0 / max(count, 1)) if weights is None else _arrays.vector(weights, "weights")


def _moments(mean: Any, cov: Any) -> Tuple[np.ndarray, np.ndarray]:
    return _arrays.vector(np.atleast_1d(mean), "mean"), _arrays.matrix(np.atleast_2d(cov), "covariance")
