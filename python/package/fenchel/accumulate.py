"""States of samples that are spread over many machines: they take rows where these lie, merge, and go through bytes.

>>> import numpy as np
>>> from fenchel import accumulate
>>> rng = np.random.default_rng(0)
>>> real, fake = rng.normal(size=(300, 2)), rng.normal(size=(300, 2)) + 1
>>> first = accumulate.moments(2, part=0).push(real[:100])
>>> second = accumulate.moments(2, part=1).push(real[100:])
>>> sent = second.to_bytes()                            # from one machine to another
>>> whole = first.merge(accumulate.State.from_bytes(sent))
>>> found = whole.finish(accumulate.moments(2).push(fake))[0]
>>> found.estimate.n, found.bracket[0] <= found.estimate.value <= found.bracket[1]
(300, True)

Each part of a sample has a number of its own, and a part is merged once. A part that comes again is an error:

>>> whole.merge(second)
Traceback (most recent call last):
    ...
ValueError: a merge of two states that have both seen part 1 is not available: each part of a sample has a number of its own and is merged once

:mod:`fenchel.dask` pushes and merges on a cluster. :func:`arrays` reads the bytes with NumPy alone.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from . import _arrays, _fenchel
from ._fenchel import Estimate

__all__ = [
    "Merged",
    "State",
    "arrays",
    "blocks",
    "cells",
    "extents",
    "features",
    "histograms",
    "moments",
    "queries",
]

_HEADER = 64


class Merged(NamedTuple):
    """A score from merged states."""

    #: The estimate; its interval is for the laws.
    estimate: Estimate
    #: Where the value of these samples is for certain: rounding, the width of bins and the size of cells are in it.
    bracket: Tuple[float, float]
    #: What rounding can have changed.
    rounding: float


class State:
    """The state of a sample, or of one part of it; :func:`moments` and its neighbours make them.

    >>> import numpy as np, pickle
    >>> from fenchel import accumulate
    >>> state = accumulate.moments(3).push(np.zeros((5, 3), dtype=np.float32))
    >>> state
    State(moments, rows=5, columns=3)
    >>> pickle.loads(pickle.dumps(state)).to_bytes() == state.to_bytes()
    True
    """

    def __init__(self, compiled: _fenchel.State) -> None:
        self._compiled = compiled

    @staticmethod
    def from_bytes(data: bytes) -> "State":
        """A state from what :meth:`to_bytes` has returned on any machine.

        Bytes that are cut off, changed, or of another version of the format raise a ``ValueError``.

        >>> from fenchel import accumulate
        >>> accumulate.State.from_bytes(accumulate.moments(2).to_bytes()[:-1])
        Traceback (most recent call last):
            ...
        ValueError: a state from bytes that are no state is not available: there are 855 bytes of 856; a state is what `to_bytes` returns
        """
        return State(_fenchel.State.from_bytes(bytes(data)))

    def push(self, rows: Any, weights: Any = None) -> "State":
        """Takes rows (n, d), and a weight each; returns itself. Rows of ``float32`` are taken as they are."""
        if not (isinstance(rows, np.ndarray) and rows.dtype == np.float32 and rows.ndim == 2 and rows.flags.aligned):
            rows = _arrays.rows(rows, "rows")
        self._compiled.push(rows, _arrays.weights(weights, "weights"))
        return self

    def merge(self, other: "State") -> "State":
        """Takes what the state of another part has seen; returns itself."""
        self._compiled.merge(other._compiled)
        return self

    def to_bytes(self) -> bytes:
        """The state as bytes, which are the same on every machine."""
        return self._compiled.to_bytes()

    def finish(self, generated: Optional["State"] = None) -> List[Merged]:
        """The scores of this (real) sample and a generated one. A state of :func:`blocks` holds both samples itself.

        Moments: ``frechet``. Histograms: ``w1`` of each line, then ``sliced_w2``. Features: ``mmd``. Cells: ``w2``.
        Queries: ``precision``, ``recall``, ``density``, ``coverage``. Blocks: ``energy`` or ``kid``.
        """
        other = None if generated is None else generated._compiled
        return [Merged(*found) for found in self._compiled.finish(other)]

    def ranges(self) -> List[Tuple[float, float]]:
        """The least and the largest value on each line, of a state of :func:`extents`."""
        return self._compiled.ranges()

    @property
    def size(self) -> int:
        """The length of :meth:`to_bytes`."""
        return self._compiled.size

    @property
    def rows(self) -> int:
        """Rows so far."""
        return self._compiled.rows

    @property
    def columns(self) -> int:
        """Columns of a row."""
        return self._compiled.columns

    @property
    def kind(self) -> str:
        """The kind of the state."""
        return self._compiled.kind

    def __reduce__(self) -> Any:
        return State.from_bytes, (self.to_bytes(),)

    def __repr__(self) -> str:
        return f"State({self.kind}, rows={self.rows}, columns={self.columns})"


def _state(kind: str, part: int, columns: int, **told: Any) -> State:
    specification = SimpleNamespace(
        **{
            "columns": columns,
            "directions": None,
            "seed": 0,
            "ranges": [],
            "count": 1,
            "length": 1.0,
            "statistic": "energy",
            "queries": None,
            **told,
        }
    )
    return State(_fenchel.State(kind, part, specification))


def moments(columns: int, *, part: int = 0) -> State:
    """Means and covariances, for ``frechet``; ``d (d + 1)/2`` numbers a group, and 20 groups up to 256 columns.

    >>> from fenchel import accumulate
    >>> accumulate.moments(2048).push([[1.0] * 2048]).size // 10**5      # 16.8 MB
    168
    """
    return _state("moments", part, columns)


def extents(columns: int, *, directions: Optional[int] = None, seed: int = 0, part: int = 0) -> State:
    """How far rows reach along each column, or along random directions: the first pass of :func:`histograms`.

    >>> from fenchel import accumulate
    >>> accumulate.extents(1).push([[3.0], [-1.0]]).ranges()
    [(-1.0, 3.0)]
    """
    return _state("extents", part, columns, directions=directions, seed=seed)


def histograms(
    columns: int,
    ranges: Sequence[Tuple[float, float]],
    *,
    bins: int = 4096,
    directions: Optional[int] = None,
    seed: int = 0,
    part: int = 0,
) -> State:
    """Counts in equal bins along each column, or along random directions, for ``w1`` and ``sliced_w2``.

    They are whole numbers, and so are the weights of rows. A row outside of the ranges is an error.

    >>> from fenchel import accumulate
    >>> x = accumulate.histograms(1, [(0.0, 8.0)], bins=64).push([[1.0], [2.0]])
    >>> y = accumulate.histograms(1, [(0.0, 8.0)], bins=64).push([[4.0], [5.0]])
    >>> low, high = x.finish(y)[0].bracket
    >>> low <= 3.0 <= high
    True
    """
    told = {"ranges": [(float(low), float(high)) for low, high in ranges], "count": bins}
    return _state("histograms", part, columns, directions=directions, seed=seed, **told)


def features(columns: int, bandwidth: float, *, frequencies: int = 256, seed: int = 0, part: int = 0) -> State:
    """Random cosines and sines, for ``mmd`` under a Gaussian kernel of this bandwidth.

    >>> from fenchel import accumulate
    >>> accumulate.features(2, 1.0, frequencies=16).push([[0.0, 1.0]]).rows
    1
    """
    return _state("features", part, columns, length=float(bandwidth), count=frequencies, seed=seed)


def blocks(columns: int, *, block: int = 512, statistic: str = "energy", part: int = 0) -> State:
    """The mean of ``energy`` or ``kid`` over blocks of pairs of rows, with its variance.

    A row that is pushed has ``2 * columns`` numbers: those of a real row, then those of a generated one.

    >>> from fenchel import accumulate
    >>> state = accumulate.blocks(1, block=2).push([[0.0, 3.0], [2.0, 3.0]])
    >>> state.finish()[0].estimate.value
    2.0
    """
    if statistic not in ("energy", "kid"):
        raise ValueError(f"no statistic {statistic!r}; there are 'energy' and 'kid'")
    return _state("blocks", part, columns, count=block, statistic=statistic)


def cells(columns: int, edge: float, *, most: int = 100_000, part: int = 0) -> State:
    """The masses, means and spreads of the cells of a grid, for ``w2`` in a proven bracket; at most so many cells with rows.

    >>> from fenchel import accumulate
    >>> x = accumulate.cells(1, 0.5).push([[0.1], [0.2]])
    >>> y = accumulate.cells(1, 0.5).push([[3.1], [3.2]])
    >>> low, high = x.finish(y)[0].bracket
    >>> low <= 3.0 <= high
    True
    """
    return _state("cells", part, columns, length=float(edge), count=most)


def queries(real: Any, generated: Any, *, k: int = 5, part: int = 0) -> State:
    """The nearest rows of some real and generated rows, for ``precision``, ``recall``, ``density`` and ``coverage``.

    >>> from fenchel import accumulate
    >>> asked = [[0.0], [1.0], [2.0]]
    >>> x = accumulate.queries(asked, asked, k=1).push(asked)
    >>> y = accumulate.queries(asked, asked, k=1).push([[0.5], [9.0]])
    >>> x.finish(y)[0].estimate.value
    0.5
    """
    both = (_arrays.rows(real, "real"), _arrays.rows(generated, "generated"))
    return _state("queries", part, both[0].shape[1], queries=both, count=k)


def arrays(data: bytes) -> Dict[str, Any]:
    """What the bytes of a state hold, read by NumPy alone: ``version``, ``kind``, ``hash``, ``rows``, and each array by name.

    Arrays of one name (one a group of rows) are a list. Nothing is checked, so this is for looking.

    >>> from fenchel import accumulate
    >>> read = accumulate.arrays(accumulate.cells(1, 0.5).push([[0.1], [0.2], [7.0]]).to_bytes())
    >>> read["rows"], read["weights"].tolist(), read["means"].round(2).tolist()
    (3, [2.0, 1.0], [0.15, 7.0])
    """
    version, kind = np.frombuffer(data, "<u4", 2, 8).tolist()
    told, rows, count = np.frombuffer(data, "<u8", 3, 16).tolist()
    found: Dict[str, Any] = {"version": version, "kind": kind, "hash": told, "rows": rows}
    at = _HEADER
    for _ in range(count):
        name = data[at : at + 16].rstrip(b"\0").decode("ascii")
        dtype = data[at + 16 : at + 24].rstrip(b"\0").decode("ascii")
        length = int(np.frombuffer(data, "<u8", 1, at + 24)[0])
        values = np.frombuffer(data, dtype, length, at + 32)
        if name in found:
            found[name] = [*found[name], values] if isinstance(found[name], list) else [found[name], values]
        else:
            found[name] = values
        at += 32 + 8 * length
    return found
