"""Other engines on the same bytes, where they are installed."""

from functools import partial

import numpy as np
import pytest
from fenchel import accumulate, adaptors


def expected(make, blocks):
    return adaptors.tree([make(part=part).push(rows).to_bytes() for part, rows in enumerate(blocks)])


def test_the_tree_is_that_of_dask(rng):
    da = pytest.importorskip("dask.array")
    from fenchel import dask as scores

    rows = rng.normal(size=(70, 3))
    blocks = np.split(rows, 7)
    there = scores.state(da.from_array(rows, chunks=(10, 3)), "moments")
    assert expected(partial(accumulate.moments, 3), blocks).to_bytes() == there.to_bytes()


def test_ray_gives_the_same_bytes(rng):
    ray = pytest.importorskip("ray")
    make, blocks = partial(accumulate.moments, 3), list(rng.normal(size=(5, 40, 3)))
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=10**8)
    try:
        found = adaptors.ray_state(make, [ray.put(rows) for rows in blocks])
    finally:
        ray.shutdown()
    assert found.to_bytes() == expected(make, blocks).to_bytes()


def test_daft_counts_the_same(rng):
    daft = pytest.importorskip("daft")
    if not hasattr(daft, "udaf"):
        pytest.skip("this version of daft has no aggregate functions")
    rows = rng.normal(size=(500, 2))
    frame = daft.from_pydict({"a": rows[:, 0].tolist(), "b": rows[:, 1].tolist()})
    make = partial(accumulate.moments, 2)
    found = adaptors.daft_state(frame, make)
    other = accumulate.moments(2, part=1).push(rows)
    assert found.rows == 500
    merged = found.finish(other)[0]
    assert merged.estimate.value <= merged.rounding


def test_a_part_that_comes_twice_is_refused(rng):
    one = accumulate.moments(2).push(rng.normal(size=(4, 2))).to_bytes()
    with pytest.raises(ValueError, match="both seen part 0"):
        adaptors.tree([one, one])
