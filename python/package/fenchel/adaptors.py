"""The same states by other engines: Ray, Daft and Spark. Each is some fifteen lines around the bytes of :mod:`fenchel.accumulate`.

``make`` is a function that takes ``part=`` and returns an empty state. :func:`functools.partial` makes one that goes to other machines:

>>> from functools import partial
>>> from fenchel import accumulate, adaptors
>>> make = partial(accumulate.moments, 2)
>>> parts = [make(part=k).push([[k, 1.0], [k, 2.0]]).to_bytes() for k in range(5)]
>>> adaptors.tree(parts)
State(moments, rows=10, columns=2)

The tree is that of :mod:`fenchel.dask`, so Ray and Spark give the same bytes if the parts are the same. Daft says neither which part a state is of nor in which order
states come: whole numbers are the same, and moments differ in their last digits. The adaptor for Spark is *not tested*, since Spark needs Java and weighs 850 MB.
"""

from __future__ import annotations

import secrets
from typing import Any, Callable, Iterable, List, Sequence

import numpy as np

from .accumulate import State

__all__ = ["daft_state", "ray_state", "spark_state", "tree"]


def _merged(one: bytes, other: bytes) -> bytes:
    return State.from_bytes(one).merge(State.from_bytes(other)).to_bytes()


def tree(parts: Sequence[bytes]) -> State:
    """The states of all parts, in the order of their numbers, merged in a binary tree."""
    level = list(parts)
    while len(level) > 1:
        level = [_merged(*two) for two in zip(level[::2], level[1::2])] + level[len(level) // 2 * 2 :]
    return State.from_bytes(level[0])


def ray_state(make: Callable[..., State], blocks: Iterable[Any]) -> State:
    """By Ray tasks: ``blocks`` are references to arrays (n, d), or arrays; only the last state comes back.

    Tasks of a node that dies are run again by Ray.
    """
    import ray

    @ray.remote
    def push(part: int, rows: Any) -> bytes:
        return make(part=part).push(rows).to_bytes()

    merge = ray.remote(_merged)
    level: List[Any] = [push.remote(part, rows) for part, rows in enumerate(blocks)]
    while len(level) > 1:
        level = [merge.remote(*two) for two in zip(level[::2], level[1::2])] + level[len(level) // 2 * 2 :]
    return State.from_bytes(ray.get(level[0]))


def _columns(batch: Any) -> np.ndarray:
    """An Arrow batch or table of numbers as rows."""
    return np.column_stack([np.asarray(column.to_numpy(zero_copy_only=False), float) for column in batch.columns])


def daft_state(frame: Any, make: Callable[..., State]) -> State:
    """By an aggregate function of Daft over all columns of a data frame of numbers."""
    import daft

    binary = daft.DataType.binary()

    class Aggregate:
        def aggregate(self, *columns: Any) -> bytes:
            # Daft numbers no parts: numbers at random still tell when one comes twice
            rows = np.column_stack([np.asarray(column.to_arrow().to_numpy(zero_copy_only=False), float) for column in columns])
            return make(part=secrets.randbits(60)).push(rows).to_bytes()

        def combine(self, states: Any) -> bytes:
            return tree(states.to_pylist()).to_bytes()

        def finalize(self, state: bytes) -> bytes:
            return state

    of_rows = daft.udaf(Aggregate, return_dtype=binary, state=binary)()
    found = frame.agg(of_rows(*[daft.col(name) for name in frame.column_names]).alias("state"))
    return State.from_bytes(found.to_pydict()["state"][0])


def spark_state(frame: Any, make: Callable[..., State]) -> State:
    """By Spark's ``mapInArrow``: a state a partition, which the driver merges. Not tested here."""

    def push(batches: Iterable[Any]) -> Iterable[Any]:
        import pyarrow
        from pyspark import TaskContext

        part = TaskContext.get().partitionId()
        state = make(part=part)
        for batch in batches:
            state.push(_columns(batch))
        yield pyarrow.RecordBatch.from_pydict({"part": [part], "state": [state.to_bytes()]})

    rows = frame.mapInArrow(push, "part long, state binary").collect()
    return tree([bytes(row.state) for row in sorted(rows, key=lambda row: row.part)])
