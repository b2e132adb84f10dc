"""Scores of samples that are spread over many machines, by Dask.

>>> import dask.array as da, numpy as np
>>> from fenchel import dask as scores
>>> rng = np.random.default_rng(0)
>>> real = da.from_array(rng.normal(size=(4000, 2)), chunks=(1000, 2))
>>> fake = da.from_array(rng.normal(size=(4000, 2)) + 1, chunks=(500, 2))
>>> found = scores.score(real, fake, ["frechet", "w1"])
>>> sorted(found)
['frechet', 'w1:0', 'w1:1']
>>> low, high = found["w1:0"].bracket
>>> low < 1.1 and high > 0.9
True

Each part of a sample (a block of an array, a partition of a table, a row group of a Parquet file) is pushed into a state of
:mod:`fenchel.accumulate` where it lies. States are merged in a binary tree over the numbers of the parts. So the result has the same bits for any number of
workers, in any order of arrival, and without a cluster. With a client (``distributed.Client``) tasks run on its workers: what a worker that dies had
computed is computed again. States travel in pieces of at most 8 MB.

Install ``dask`` and, for a cluster, ``distributed``; for Parquet, ``pyarrow``. Every machine needs the same version of this package.
"""

from __future__ import annotations

import os
import warnings
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from . import accumulate
from .accumulate import Merged, State

__all__ = ["METRICS", "score", "state"]

#: The scores there are.
METRICS = (
    "frechet",
    "w1",
    "sliced_w2",
    "mmd",
    "energy",
    "kid",
    "precision",
    "recall",
    "density",
    "coverage",
    "w2",
)
_NEIGHBOURS = ("precision", "recall", "density", "coverage")

#: The most bytes of a piece of a state.
PIECE = 8_000_000

Progress = Callable[[int, int], Any]


class _Failed(NamedTuple):
    """What is wrong with the input: it is said once, by whoever asked, and not tried again."""

    why: str


class _Sample(NamedTuple):
    """A sample in parts: what each is called, how it is had, and what all have in common."""

    labels: List[str]
    blocks: List[Any]
    names: Tuple[str, ...]
    dtypes: Tuple[str, ...]
    is_table: bool


# --- where parts come from -----------------------------------------------------------------------------------------------------


def _sample(given: Any, what: str) -> _Sample:
    """The parts of a Dask array, of a Dask data frame, or of Parquet files."""
    if isinstance(given, (str, os.PathLike)):
        return _parquet([os.fspath(given)], what)
    if isinstance(given, (list, tuple)) and given and all(isinstance(path, (str, os.PathLike)) for path in given):
        return _parquet([os.fspath(path) for path in given], what)
    if hasattr(given, "to_delayed") and hasattr(given, "dtypes"):
        blocks = given.to_delayed()
        names, dtypes = tuple(map(str, given.columns)), tuple(map(str, given.dtypes))
        return _checked(_Sample([f"part {k}" for k in range(len(blocks))], blocks, names, dtypes, True), what)
    if hasattr(given, "to_delayed") and hasattr(given, "chunks"):
        if given.ndim != 2:
            raise ValueError(f"{what} has the shape {given.shape}; an array of shape (rows, columns) is needed")
        if len(given.chunks[1]) > 1:
            given = given.rechunk({1: -1})
        blocks = given.to_delayed().ravel().tolist()
        names = tuple(str(column) for column in range(given.shape[1]))
        dtypes = (str(given.dtype),) * len(names)
        return _checked(_Sample([f"part {k}" for k in range(len(blocks))], blocks, names, dtypes, False), what)
    kind = type(given).__name__
    raise ValueError(f"{what} is a {kind}; a Dask array, a Dask data frame or paths of Parquet files are needed")


def _parquet(paths: Sequence[str], what: str) -> _Sample:
    """Row groups of files, and of the files of folders in the order of their names."""
    import dask
    import pyarrow.parquet as parquet

    files: List[str] = []
    for path in paths:
        if os.path.isdir(path):
            # names that begin with a dot or an underscore are not data
            names = (name for name in os.listdir(path) if not name.startswith((".", "_")))
            inside = sorted(name for name in names if name.lower().endswith((".parquet", ".pq")))
            if not inside:
                raise ValueError(f"{what}: there are no Parquet files in {path}")
            files.extend(os.path.join(path, name) for name in inside)
        else:
            files.append(path)
    labels, blocks, schema = [], [], None
    for file in files:
        read = parquet.ParquetFile(file)
        schema = schema or read.schema_arrow
        for group in range(read.metadata.num_row_groups):
            labels.append(f"part {len(labels)} ({os.path.basename(file)}, row group {group})")
            blocks.append(dask.delayed(_row_group, pure=False)(file, group))
        read.close()
    assert schema is not None
    dtypes = tuple(str(kind.to_pandas_dtype().__name__) for kind in schema.types)
    return _checked(_Sample(labels, blocks, tuple(schema.names), dtypes, True), what)


def _row_group(file: str, group: int) -> Any:
    import pyarrow.parquet as parquet

    with parquet.ParquetFile(file) as read:
        return read.read_row_group(group)


def _checked(sample: _Sample, what: str) -> _Sample:
    for name, dtype in zip(sample.names, sample.dtypes):
        if not dtype.startswith(("float", "int", "uint", "bool", "double")):
            raise ValueError(f"{what}: column {name} is of type {dtype}; numbers are needed")
    if not sample.blocks:
        raise ValueError(f"{what} has no parts")
    return sample


def _rows(block: Any, names: Tuple[str, ...], dtypes: Tuple[str, ...], is_table: bool) -> np.ndarray:
    """The rows of a part, if it is what the first part promises."""
    if not is_table:
        found = np.asarray(block)
        if found.ndim != 2 or found.shape[1] != len(names):
            raise ValueError(f"it has the shape {found.shape} where (rows, {len(names)}) is promised")
        if str(found.dtype) != dtypes[0]:
            raise ValueError(f"it holds {found.dtype} where {dtypes[0]} is promised")
        return found if found.dtype == np.float32 else found.astype(np.float64, copy=False)
    if hasattr(block, "schema"):
        columns = tuple(block.schema.names)
        types = tuple(str(kind.to_pandas_dtype().__name__) for kind in block.schema.types)
        values = [block.column(k).to_numpy(zero_copy_only=False) for k in range(len(columns))]
    else:
        columns, types = tuple(map(str, block.columns)), tuple(map(str, block.dtypes))
        values = [block.iloc[:, k].to_numpy() for k in range(len(columns))]
    if columns != names:
        raise ValueError(f"it has the columns {list(columns)} where {list(names)} are promised")
    if types != dtypes:
        column = next(k for k, (found, told) in enumerate(zip(types, dtypes)) if found != told)
        raise ValueError(f"its column {columns[column]} is of type {types[column]} where {dtypes[column]} is promised")
    single = all(value.dtype == np.float32 for value in values)
    rows = np.empty((len(values[0]), len(values)), np.float32 if single else np.float64)
    for k, value in enumerate(values):
        rows[:, k] = value
    return rows


# --- what workers do -----------------------------------------------------------------------------------------------------------


class _Drawn:
    """Rows drawn at random: each has a key from the seed, its part and its place, and the least keys stay."""

    kind = "drawn"

    def __init__(self, most: int, rows: np.ndarray) -> None:
        self._most, self._rows = most, rows

    @staticmethod
    def of(columns: int, most: int, seed: int, part: int) -> "_Drawn":
        drawn = _Drawn(most, np.empty((0, columns + 1)))
        drawn._random = np.random.default_rng([seed, part])  # type: ignore[attr-defined]
        return drawn

    def push(self, rows: np.ndarray) -> None:
        if not np.isfinite(rows).all():
            at, column = np.argwhere(~np.isfinite(rows))[0]
            raise ValueError(f"block contains {rows[at, column]} at [{at}, {column}]")
        keys = self._random.random(len(rows))  # type: ignore[attr-defined]
        self._keep(np.column_stack([keys, rows]))

    def merge(self, other: "_Drawn") -> None:
        self._keep(other._rows)

    def _keep(self, more: np.ndarray) -> None:
        rows = np.concatenate([self._rows, more])
        self._rows = rows[np.argsort(rows[:, 0], kind="stable")[: self._most]]

    def values(self) -> np.ndarray:
        return self._rows[:, 1:]

    def to_bytes(self) -> bytes:
        head = np.array([self._most, self._rows.shape[1]], "<i8")
        return b"drawn\0\0\0" + head.tobytes() + self._rows.astype("<f8").tobytes()

    @staticmethod
    def from_bytes(data: bytes) -> "_Drawn":
        most, columns = np.frombuffer(data, "<i8", 2, 8).tolist()
        return _Drawn(most, np.frombuffer(data, "<f8", -1, 24).reshape(-1, columns).copy())


def _empty(kind: str, told: Dict[str, Any], part: int) -> Any:
    return _Drawn.of(part=part, **told) if kind == "drawn" else getattr(accumulate, kind)(part=part, **told)


def _read(pieces: Sequence[np.ndarray]) -> Any:
    data = b"".join(piece.tobytes() for piece in pieces)
    return _Drawn.from_bytes(data) if data.startswith(b"drawn") else State.from_bytes(data)


def _pieces(state: Any) -> List[np.ndarray]:
    """The bytes of a state in pieces, as arrays: Dask sends each in a frame of its own, without another copy."""
    data = state.to_bytes()
    return [np.frombuffer(data, np.uint8, min(PIECE, len(data) - at), at) for at in range(0, len(data), PIECE)]


def _pushed(kinds: Any, part: int, label: str, promised: Any, *blocks: Any) -> Any:
    """The states of one part, one a kind. Of two blocks the rows are put side by side."""
    try:
        rows = [_rows(block, *promise) for block, promise in zip(blocks, promised)]
        if len(rows) > 1:
            pairs = min(map(len, rows))
            rows = [np.hstack([block[:pairs] for block in rows])]
        found = []
        for kind, told in kinds:
            state = _empty(kind, told, part)
            state.push(rows[0])
            found.append(_pieces(state))
        return found
    except ValueError as error:
        return _Failed(f"{label}: {error}")


def _merged(one: Any, other: Any) -> Any:
    """Both states as one, kind by kind; of two failures the first."""
    for side in (one, other):
        if isinstance(side, _Failed):
            return side
    try:
        found = []
        for left, right in zip(one, other):
            state = _read(left)
            state.merge(_read(right))
            found.append(_pieces(state))
        return found
    except ValueError as error:
        return _Failed(str(error))


# --- the tree ------------------------------------------------------------------------------------------------------------------


class _Run(NamedTuple):
    """Who computes, and who watches."""

    client: Any
    retries: int
    progress: Optional[Progress]

    def states(self, samples: Sequence[_Sample], kinds: Any, what: str) -> List[Any]:
        """The states of all parts, merged. Two samples are taken part by part, as far as the shorter one goes."""
        promised = [(sample.names, sample.dtypes, sample.is_table) for sample in samples]
        leaves = [
            (kinds, part, f"{what}, {label}", promised, *blocks)
            for part, (label, *blocks) in enumerate(zip(samples[0].labels, *(sample.blocks for sample in samples)))
        ]
        found = self._here(leaves) if self.client is None else self._there(leaves)
        if isinstance(found, _Failed):
            raise ValueError(found.why)
        return [_read(pieces) for pieces in found]

    def _here(self, leaves: Sequence[Any]) -> Any:
        """One part after the other in this process. A stack of finished subtrees is the same tree."""
        import dask

        stack: List[Tuple[int, Any]] = []
        for done, (kinds, part, label, promised, *blocks) in enumerate(leaves, 1):
            found = _pushed(kinds, part, label, promised, *dask.compute(*blocks))
            height = 0
            while stack and stack[-1][0] == height:
                found, height = _merged(stack.pop()[1], found), height + 1
            stack.append((height, found))
            if self.progress is not None:
                self.progress(done, len(leaves))
        found = stack.pop()[1]
        while stack:
            found = _merged(stack.pop()[1], found)
        return found

    def _there(self, leaves: Sequence[Any]) -> Any:
        import dask
        from distributed import as_completed

        # one task holds what all parts are asked (queries may be large), and is sent to each worker once
        asked = dask.delayed(leaves[0][0], pure=False, traverse=False)
        level = [dask.delayed(_pushed, pure=False)(asked, *leaf[1:]) for leaf in leaves]
        nodes = list(level)
        while len(level) > 1:
            odd = level[len(level) // 2 * 2 :]
            level = [dask.delayed(_merged, pure=False)(*two) for two in zip(level[::2], level[1::2])]
            nodes.extend(level)
            level.extend(odd)
        futures = self.client.compute(nodes, retries=self.retries)
        root, total = futures[-1], len(futures)
        waiting = as_completed(futures)
        # nobody but the tree needs a state that was merged, so it may be forgotten
        del futures
        for done, future in enumerate(waiting, 1):
            if future.status == "error":
                raise future.exception()
            if self.progress is not None:
                self.progress(done, total)
            del future
        return root.result()


def _client(client: Any) -> Any:
    """The client that was given, or the one that is open."""
    if client is not None:
        return client
    try:
        from distributed import get_client
    except ImportError:
        return None
    try:
        return get_client()
    except ValueError:
        return None


def state(
    rows: Any,
    kind: str,
    *,
    client: Any = None,
    retries: int = 3,
    progress: Optional[Progress] = None,
    **options: Any,
) -> State:
    """The state of one sample: ``kind`` and ``options`` are a function of :mod:`fenchel.accumulate` and what it is given.

    >>> import dask.array as da
    >>> from fenchel import dask as scores
    >>> scores.state(da.ones((1000, 3), chunks=(300, 3)), "moments")
    State(moments, rows=1000, columns=3)
    """
    if kind not in ("moments", "extents", "histograms", "features", "cells", "queries"):
        raise ValueError(f"no kind of state {kind!r} of one sample")
    sample = _sample(rows, "rows")
    told = options if kind == "queries" else {"columns": len(sample.names), **options}
    return _Run(_client(client), retries, progress).states([sample], [(kind, told)], "rows")[0]


def score(
    real: Any,
    generated: Any,
    metrics: Sequence[str] = ("frechet",),
    *,
    client: Any = None,
    retries: int = 3,
    progress: Optional[Progress] = None,
    seed: int = 0,
    bins: int = 4096,
    directions: int = 50,
    bandwidth: Optional[float] = None,
    frequencies: int = 256,
    block: int = 512,
    queries: int = 1000,
    k: int = 5,
    width: Optional[float] = None,
    cells: int = 10_000,
) -> Dict[str, Merged]:
    """Scores of two samples in parts: Dask arrays (n, d), Dask data frames, or paths of Parquet files and folders.

    Parameters
    ----------
    metrics : of :data:`METRICS`. ``w1`` becomes ``w1:NAME`` for each column.
    client : a ``distributed.Client``; left out, the one that is open, or this process where there is none.
    retries : how often a task that fails is tried again. Wrong input is said at once, with the part that it is in.
    progress : called with the numbers of tasks that are done and that there are, for each pass.
    bins, directions : of histograms, for ``w1`` and ``sliced_w2``. A first pass finds the range of each line.
    bandwidth, frequencies : of ``mmd``. Left out, the bandwidth is the median distance of rows drawn from both samples.
    block : pairs of rows in a block, for ``energy`` and ``kid``. Part k of one sample is taken with part k of the other.
    queries, k : rows drawn from each sample, and the neighbour that a ball reaches to, for ``precision`` to ``coverage``.
    width, cells : for ``w2``. Cells are halved until the bracket is as narrow as ``width`` (where nothing is said, a tenth of its upper
        end, or a thousandth of the range of the columns), or more than ``cells`` of them have rows.

    Returns
    -------
    A :class:`fenchel.accumulate.Merged` for each score: estimate, bracket of the value of these samples, rounding bound.

    Raises ``ValueError`` for wrong input; the message names the sample and its part.

    Examples
    --------
    >>> import dask.array as da, numpy as np
    >>> from fenchel import dask as scores
    >>> x = da.from_array(np.random.default_rng(0).normal(size=(2000, 1)), chunks=(500, 1))
    >>> found = scores.score(x, x + 3.0, ["w2"], width=0.2)["w2"]
    >>> found.bracket[0] <= 3.0 <= found.bracket[1], found.bracket[1] - found.bracket[0] <= 0.2
    (True, True)
    """
    asked = [metrics] if isinstance(metrics, str) else list(metrics)
    for name in asked:
        if name not in METRICS:
            raise ValueError(f"no score {name!r}; there are {', '.join(METRICS)}")
    samples = {"real": _sample(real, "real"), "generated": _sample(generated, "generated")}
    names = samples["real"].names
    if samples["generated"].names != names:
        raise ValueError(f"real has the columns {list(names)}, and generated {list(samples['generated'].names)}")
    run, columns = _Run(_client(client), retries, progress), len(names)

    def both(kinds: Any) -> List[Tuple[Any, Any]]:
        """The states of the real and of the generated sample, kind by kind."""
        return list(zip(*(run.states([sample], kinds, side) for side, sample in samples.items())))

    neighbours = [name for name in asked if name in _NEIGHBOURS]
    kinds: Dict[str, Any] = {}
    first: Dict[str, Any] = {}
    if "w1" in asked or "w2" in asked:
        first["columns"] = ("extents", {"columns": columns})
    if "sliced_w2" in asked:
        first["lines"] = ("extents", {"columns": columns, "directions": directions, "seed": seed})
    if neighbours or ("mmd" in asked and bandwidth is None):
        first["drawn"] = ("drawn", {"columns": columns, "most": queries, "seed": seed})
    seen = dict(zip(first, both(list(first.values())))) if first else {}
    ranges = {name: _both_ranges(*seen[name]) for name in ("columns", "lines") if name in seen}

    if "frechet" in asked:
        kinds["frechet"] = ("moments", {"columns": columns})
    if "w1" in asked:
        kinds["w1"] = ("histograms", {"columns": columns, "ranges": ranges["columns"], "bins": bins})
    if "sliced_w2" in asked:
        told = {"columns": columns, "ranges": ranges["lines"], "bins": bins}
        kinds["sliced_w2"] = ("histograms", {**told, "directions": directions, "seed": seed})
    if "mmd" in asked:
        chosen = bandwidth if bandwidth is not None else _median_distance(*seen["drawn"])
        told = {"columns": columns, "bandwidth": chosen, "frequencies": frequencies, "seed": seed}
        kinds["mmd"] = ("features", told)
    if neighbours:
        x, y = (drawn.values() for drawn in seen["drawn"])
        kinds["neighbours"] = ("queries", {"real": x, "generated": y, "k": k})
    second = dict(zip(kinds, both(list(kinds.values())))) if kinds else {}

    found: Dict[str, Merged] = {}
    for name in asked:
        if name in _NEIGHBOURS:
            x, y = second["neighbours"]
            found[name] = x.finish(y)[_NEIGHBOURS.index(name)]
        elif name == "w1":
            x, y = second["w1"]
            found.update({f"w1:{column}": one for column, one in zip(names, x.finish(y))})
        elif name in ("energy", "kid"):
            parts = [len(sample.blocks) for sample in samples.values()]
            if parts[0] != parts[1]:
                said = f"{name} takes part k of one sample with part k of the other: real has {parts[0]} parts and generated"
                warnings.warn(f"{said} {parts[1]}, so the others are left out; repartition one of them", stacklevel=2)
            told = {"columns": columns, "block": block, "statistic": name}
            found[name] = run.states(list(samples.values()), [("blocks", told)], "real and generated")[0].finish()[0]
        elif name == "w2":
            found[name] = _w2(both, columns, ranges["columns"], width, cells)
        else:
            x, y = second[name]
            found[name] = x.finish(y)[-1]
    return found


def _both_ranges(real: State, generated: State) -> List[Tuple[float, float]]:
    pairs = zip(real.ranges(), generated.ranges())
    return [(min(x[0], y[0]), max(x[1], y[1])) for x, y in pairs]


def _median_distance(real: _Drawn, generated: _Drawn) -> float:
    """The median distance of rows of both samples, of the first thousand that were drawn."""
    rows = np.concatenate([real.values()[:500], generated.values()[:500]])
    if len(rows) < 2:
        raise ValueError("a bandwidth needs two rows")
    squares = [((rows[i + 1 :] - row) ** 2).sum(axis=1) for i, row in enumerate(rows[:-1])]
    distances = np.sqrt(np.concatenate(squares))
    positive = distances[distances > 0]
    return float(np.median(positive)) if len(positive) else 1.0


def _w2(both: Callable[[Any], Any], columns: int, ranges: Any, width: Optional[float], cells: int) -> Merged:
    """Transport between the means of cells, which are halved until the bracket is narrow enough."""
    extent = max(high - low for low, high in ranges)
    edge = extent / 4 or 1.0
    found: Optional[Merged] = None
    while True:
        try:
            ((x, y),) = both([("cells", {"columns": columns, "edge": edge, "most": cells})])
        except ValueError as error:
            if found is None or "cells" not in str(error):
                raise
            return found
        found = x.finish(y)[0]
        low, high = found.bracket
        # of equal laws no bracket is narrow beside its upper end
        wanted = max(high / 10, extent / 1000) if width is None else width
        if high - low <= wanted or edge < 1e-12 * max(map(abs, sum(ranges, ()))):
            return found
        edge /= 2
