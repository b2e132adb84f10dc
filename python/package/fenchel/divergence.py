"""Divergences of laws on bins, like ``scipy.special`` and ``scipy.stats``, and divergences of samples with intervals.

>>> import numpy as np
>>> from fenchel import divergence
>>> p, q = [0.5, 0.5, 0.0], [0.0, 0.5, 0.5]
>>> round(divergence.jsd(p, q, base=2), 12)
0.5
>>> divergence.certified(p, q, "jsd").gap < 1e-15
True

A law is an array of masses along an axis whose sum is one; ``normalise=True`` divides counts by their sums. Zeros follow the rules of
measure theory: where ``p`` has mass and ``q`` has none, ``kl`` is infinite. Values are in nats, or in the unit of ``base``.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Callable, List, Optional, Union

import numpy as np

from . import _arrays, _fenchel
from ._fenchel import Certified, Estimate

__all__ = [
    "bhattacharyya",
    "certified",
    "divergence",
    "estimate",
    "hellinger2",
    "jeffreys",
    "jsd",
    "kinds",
    "kl",
    "le_cam",
    "neyman",
    "pairwise",
    "pearson",
    "renyi",
    "reverse_kl",
    "total_variation",
    "tsallis",
]


def kinds() -> List[str]:
    """The names of all divergences; a parameter follows a colon.

    >>> from fenchel import divergence
    >>> "kl" in divergence.kinds() and "renyi:2" in divergence.kinds()
    True
    """
    return [name for name, _, _ in _fenchel.kinds()]


def divergence(
    p: Any, q: Any, kind: str = "kl", *, axis: int = -1, base: Optional[float] = None, normalise: bool = False
) -> Union[float, np.ndarray]:
    """The divergence of ``p`` from ``q`` along an axis.

    ``p`` and ``q`` are broadcast against each other: of shapes (..., k) and (..., k) with ``axis=-1`` the answer has shape (...), and
    of two laws it is a number. O(entries).

    >>> from fenchel import divergence
    >>> divergence.divergence([[0.5, 0.5], [1.0, 0.0]], [0.5, 0.5], "tv")
    array([0. , 0.5])
    >>> divergence.divergence([0.3, 0.3], [0.5, 0.5])
    Traceback (most recent call last):
    ...
    ValueError: law 0 of p: masses sums to 0.6, expected 1; normalise it first if that is what you mean
    """
    p, q, shape = _arrays.laws(p, q, axis)
    values, _ = _fenchel.rows(p, q, kind, normalise, base)
    return values.reshape(shape) if shape else float(values[0])


def certified(p: Any, q: Any, kind: str = "kl", *, normalise: bool = False) -> Certified:
    """The divergence of one law (k,) from another in nats, with the dual value that certifies it.

    The dual is computed on another route, so the gap is evidence.

    >>> from fenchel import divergence
    >>> found = divergence.certified([0.5, 0.5], [0.25, 0.75], "kl")
    >>> found.dual <= found.value and found.gap < 1e-15
    True
    """
    return _fenchel.divergence(_arrays.vector(p, "p"), _arrays.vector(q, "q"), kind, normalise)


def pairwise(
    p: Any, q: Any = None, kind: str = "jsd", *, base: Optional[float] = None, normalise: bool = False
) -> np.ndarray:
    """The divergence of every row of ``p`` (n, k) from every row of ``q`` (m, k), or of ``p``: an array (n, m).

    >>> from fenchel import divergence
    >>> divergence.pairwise([[1, 0], [0, 1]], kind="tv")
    array([[0., 1.],
           [1., 0.]])
    """
    p = _arrays.matrix(p, "p")
    return _fenchel.pairwise(p, p if q is None else _arrays.matrix(q, "q"), kind, normalise, base)


def estimate(
    x: Any,
    y: Any,
    kind: str = "kl",
    *,
    estimator: Optional[str] = None,
    level: float = 0.9,
    k: Optional[int] = None,
    bins: Optional[int] = None,
    seed: int = 0,
    guaranteed: bool = False,
) -> Estimate:
    """The divergence of the law of ``x`` (n, d) from the law of ``y`` (m, d), known through samples, with its interval. In nats.

    ``estimator`` is one of ``knn`` (nearest neighbours; the k-th), ``histogram`` (of so many ``bins``), ``kde``, ``gaussian``, or a lower bound
    on held-out rows: ``donsker_varadhan``, ``fgan``, ``classifier``, ``network`` (``guaranteed`` for one that holds for all laws). Left
    out: nearest neighbours, and of ``kl`` and ``jsd`` the histogram where values repeat.

    >>> import numpy as np
    >>> from fenchel import divergence
    >>> rng = np.random.default_rng(0)
    >>> found = divergence.estimate(rng.normal(0, 1, (2000, 1)), rng.normal(1, 1, (2000, 1)), "kl", estimator="gaussian")
    >>> low, high = found.interval
    >>> low < 0.5 < high
    True
    """
    if estimator is None and kind in ("kl", "jsd") and (level, k) != (0.9, None):
        estimator = "knn"
    for option, given, owners in (
        ("k", k is not None, ("knn",)),
        ("bins", bins is not None, ("histogram",)),
        ("guaranteed", guaranteed, ("donsker_varadhan", "fgan", "classifier", "network")),
    ):
        if given and (estimator or "knn") not in owners:
            raise ValueError(f"{option} belongs to estimator={' or '.join(map(repr, owners))}")
    choices = SimpleNamespace(level=level, k=k, bins=bins, seed=seed, guaranteed=guaranteed)
    return _fenchel.samples(_arrays.rows(x, "x"), _arrays.rows(y, "y"), kind, estimator, choices)


def _named(name: str, formula: str, kind: Optional[str] = None) -> Callable[..., Union[float, np.ndarray]]:
    def named(
        p: Any, q: Any, *, axis: int = -1, base: Optional[float] = None, normalise: bool = False
    ) -> Union[float, np.ndarray]:
        return divergence(p, q, kind or name, axis=axis, base=base, normalise=normalise)

    named.__name__ = named.__qualname__ = name
    named.__doc__ = f"{formula} along an axis; arguments as those of :func:`divergence`."
    return named


kl = _named("kl", "Kullback-Leibler, ``sum p ln(p/q)``,")
reverse_kl = _named("reverse_kl", "Kullback-Leibler with the laws exchanged, ``sum q ln(q/p)``,")
jeffreys = _named("jeffreys", "The sum of both, ``sum (p - q) ln(p/q)``,")
jsd = _named("jsd", "Jensen-Shannon, ``KL(p|m)/2 + KL(q|m)/2`` with ``m = (p + q)/2`` (no root is taken),")
hellinger2 = _named("hellinger2", "Squared Hellinger")
total_variation = _named("total_variation", "Total variation, ``sum |p - q|/2``,", "tv")
le_cam = _named("le_cam", "Le Cam (triangular discrimination)")
pearson = _named("pearson", "Pearson's chi-squared, ``sum (p - q)^2/q``,")
neyman = _named("neyman", "Neyman's chi-squared, ``sum (p - q)^2/p``,")
bhattacharyya = _named("bhattacharyya", "Bhattacharyya, ``-ln sum sqrt(p q)``,")


def renyi(p: Any, q: Any, order: float, **options: Any) -> Union[float, np.ndarray]:
    """Renyi's divergence of an order of 0 or more; options as those of :func:`divergence`.

    >>> from fenchel import divergence
    >>> round(divergence.renyi([0.5, 0.5], [0.25, 0.75], 2.0), 12)  # ln(4/3)
    0.287682072452
    """
    return divergence(p, q, f"renyi:{float(order)!r}", **options)


def tsallis(p: Any, q: Any, order: float, **options: Any) -> Union[float, np.ndarray]:
    """Tsallis' divergence of an order of 0 or more; options as those of :func:`divergence`.

    >>> from fenchel import divergence
    >>> round(divergence.tsallis([0.5, 0.5], [0.25, 0.75], 2.0), 12)
    0.333333333333
    """
    return divergence(p, q, f"tsallis:{float(order)!r}", **options)
