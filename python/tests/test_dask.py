"""Scores on a cluster: a scheduler and two workers on this machine, one of which is killed; and what is wrong with parts of a sample."""

import os
import pathlib
import pickle
import subprocess
import sys
import time

import numpy as np
import pytest

dask = pytest.importorskip("dask")
pytest.importorskip("dask.array")

import dask.array as da  # noqa: E402
from fenchel import accumulate, score  # noqa: E402
from fenchel import dask as scores  # noqa: E402

#: More than 256 columns are one group, so a state of these has 9 MB: two pieces.
COLUMNS = 1500


def slow(block, block_info=None):
    """Rows that depend on the place of the block alone, and that take their time."""
    if block_info is None or not block_info:
        return block
    time.sleep(0.15)
    place = block_info[0]["chunk-location"][0]
    return np.random.default_rng(place).normal(size=block.shape)


def fails_once(block, folder=None):
    """As a disk that is not there the first time."""
    mark = pathlib.Path(folder) / "tried"
    if not mark.exists():
        mark.touch()
        raise OSError("no disk")
    return block


def slow_sample():
    return da.zeros((480, COLUMNS), chunks=(30, COLUMNS)).map_blocks(slow, dtype=float, meta=np.empty((0, 0)))


class Cluster:
    """A scheduler and workers, each a process of its own on the loopback interface."""

    def __init__(self, folder, workers):
        self._file = str(folder / "scheduler.json")
        self._env = {**os.environ, "PYTHONPATH": str(pathlib.Path(__file__).parent), "OMP_NUM_THREADS": "1"}
        self.processes = [self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-show", "--no-dashboard")]
        flags = ["--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--no-dashboard"]
        self.workers = [self._start("worker", *flags, "--local-directory", str(folder / str(k))) for k in range(workers)]

    def _start(self, what, *flags):
        command = [sys.executable, "-m", "dask", what, "--scheduler-file", self._file, *flags]
        return subprocess.Popen(command, env=self._env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def client(self):
        from distributed import Client

        limit = time.monotonic() + 60
        while not os.path.exists(self._file) and time.monotonic() < limit:
            time.sleep(0.05)
        client = Client(scheduler_file=self._file, timeout=60)
        client.wait_for_workers(len(self.workers), timeout=60)
        return client

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in [*self.workers, *self.processes]:
            process.kill()
            process.wait()


def test_a_killed_worker_changes_no_byte(tmp_path):
    pytest.importorskip("distributed")
    expected = scores.state(slow_sample(), "moments").to_bytes()
    assert len(expected) > scores.PIECE
    x = da.from_array(np.random.default_rng(1).normal(size=(600, 2)), chunks=(100, 2))
    options = {"queries": 50, "block": 50, "cells": 400, "width": 1.0, "bins": 64}
    here = scores.score(x, x + 0.5, scores.METRICS, **options)
    with Cluster(tmp_path, 2) as cluster, cluster.client() as client:
        told = []

        def kill_one(done, total):
            told.append((done, total))
            if done == 9:
                cluster.workers[0].kill()

        found = scores.state(slow_sample(), "moments", client=client, progress=kill_one).to_bytes()
        assert cluster.workers[0].wait(10) != 0
        assert told[-1] == (31, 31) and len(told) == 31  # 16 parts and 15 merges
        assert found == expected
        # one worker is left: the same bytes
        assert scores.state(slow_sample(), "moments", client=client).to_bytes() == expected
        # the other scores, over the cluster and in this process
        there = scores.score(x, x + 0.5, scores.METRICS, client=client, **options)
        assert {name: (one.estimate.value, *one[1:]) for name, one in here.items()} == {
            name: (one.estimate.value, *one[1:]) for name, one in there.items()
        }
        # what fails for another reason than its input is tried again
        flaky = x.map_blocks(fails_once, folder=str(tmp_path), dtype=float, meta=np.empty((0, 0)))
        again = scores.score(flaky, x + 0.5, client=client)["frechet"]
        assert again.estimate.value == here["frechet"].estimate.value and (tmp_path / "tried").exists()
        (tmp_path / "tried").unlink()
        with pytest.raises(OSError, match="no disk"):
            scores.score(flaky, x, client=client, retries=0)
        # wrong input is said, and not tried again
        bad = da.concatenate([x, da.full((100, 2), np.nan, chunks=(100, 2))])
        with pytest.raises(ValueError, match=r"real, part 6: .*NaN"):
            scores.score(bad, x, client=client)


def arrays(rng, n=1200, chunks=300, shift=0.5):
    x, y = rng.normal(size=(n, 2)), rng.normal(size=(n, 2)) + shift
    return x, y, da.from_array(x, chunks=(chunks, 1)), da.from_array(y, chunks=(chunks // 2, 2))


def test_scores_are_those_of_rows_in_memory(rng):
    x, y, real, fake = arrays(rng)
    with pytest.warns(UserWarning, match="real has 4 parts and generated 8"):
        found = scores.score(real, fake, scores.METRICS, queries=2000, k=5, block=100, cells=2000, width=0.3)
    told = score.score(x, y, ["frechet", "energy", "precision", "recall", "density", "coverage", "w2"], baseline=False, k=5)
    for name in ("frechet", "precision", "recall", "density", "coverage"):
        assert found[name].estimate.value == pytest.approx(told[name].value, rel=1e-9), name
    low, high = found["w2"].bracket
    assert low <= told["w2"].value <= high and high - low <= 0.3
    assert found["energy"].estimate.value == pytest.approx(told["energy"].value, abs=0.1)
    for column in range(2):
        low, high = found[f"w1:{column}"].bracket
        truth = np.abs(np.sort(x[:, column]) - np.sort(y[:, column])).mean()
        assert low <= truth <= high
    whole = score.SlicedW2(values=2048).update(real=x, fake=y).compute().value
    low, high = found["sliced_w2"].bracket
    assert low <= whole <= high
    assert found["mmd"].estimate.value > 0.01 and found["kid"].estimate.value > 0.1
    assert set(found) == {"w1:0", "w1:1", *scores.METRICS} - {"w1"}


def test_the_tree_is_that_of_the_numbers_of_the_parts(rng):
    for parts in range(1, 12):
        rows = rng.normal(size=(parts * 5, 2))
        level = [accumulate.moments(2, part=k).push(rows[5 * k : 5 * k + 5]) for k in range(parts)]
        while len(level) > 1:
            odd = level[len(level) // 2 * 2 :]
            level = [one.merge(other) for one, other in zip(level[::2], level[1::2])] + odd
        found = scores.state(da.from_array(rows, chunks=(5, 2)), "moments")
        assert found.to_bytes() == level[0].to_bytes()


def test_states_are_split_into_pieces_of_eight_megabytes():
    state = accumulate.moments(2048).push(np.ones((2, 2048)))
    pieces = scores._pieces(state)
    assert len(pieces) == 3 and max(piece.nbytes for piece in pieces) <= 8_000_000
    assert scores._read(pieces).to_bytes() == state.to_bytes()
    sent = pickle.loads(pickle.dumps(pieces, protocol=5))
    assert scores._read(sent).to_bytes() == state.to_bytes()


def test_nothing_is_merged_twice_and_versions_are_told_apart():
    one = scores._pushed([("moments", {"columns": 2})], 3, "part 3", [(("0", "1"), ("float64",) * 2, False)], np.ones((4, 2)))
    again = scores._merged(one, one)
    assert isinstance(again, scores._Failed) and "both seen part 3" in again.why
    newer = one[0][0].copy()
    newer[8] = 2
    failed = scores._merged(one, [[newer]])
    assert isinstance(failed, scores._Failed) and "format version 2" in failed.why
    cut = scores._merged(one, [[one[0][0][:-8]]])
    assert isinstance(cut, scores._Failed) and "no state" in cut.why
    other = scores._pushed([("moments", {"columns": 3})], 4, "part 4", [(("0", "1", "2"), ("float64",) * 3, False)], np.ones((4, 3)))
    differs = scores._merged(one, other)
    assert isinstance(differs, scores._Failed) and "`columns` differ (2 and 3)" in differs.why


def test_what_is_wrong_with_a_part_is_said(rng):
    good = da.from_array(rng.normal(size=(40, 2)), chunks=(10, 2))
    holes = rng.normal(size=(40, 2))
    holes[25, 1] = np.nan
    with pytest.raises(ValueError, match=r"generated, part 2: .*NaN"):
        scores.score(good, da.from_array(holes, chunks=(10, 2)))
    with pytest.raises(ValueError, match="generated, part 2"):
        scores.score(good, da.from_array(holes, chunks=(10, 2)), ["coverage"], queries=9)
    lies = good.map_blocks(lambda block: block[:, :1], dtype=float, chunks=(10, 2))
    with pytest.raises(ValueError, match=r"part 0: it has the shape \(10, 1\) where \(rows, 2\)"):
        scores.score(lies, good)
    single = good.map_blocks(lambda block: block.astype(np.float32), dtype=np.float64)
    with pytest.raises(ValueError, match="float32 where float64 is promised"):
        scores.score(good, single)
    with pytest.raises(ValueError, match="shape"):
        scores.score(good[:, 0], good)
    with pytest.raises(ValueError, match="no score"):
        scores.score(good, good, ["fid2"])
    with pytest.raises(ValueError, match="columns"):
        scores.score(good, good[:, :1])
    with pytest.raises(ValueError, match="a list; a Dask array"):
        scores.score([[1.0]], good)
    with pytest.raises(ValueError, match="rows"):
        scores.score(good[:0], good)


def test_empty_parts_have_no_rows(rng):
    x = rng.normal(size=(30, 2))
    full = da.from_array(x, chunks=((10, 20), 2))
    gaps = da.from_array(x, chunks=((0, 10, 0, 20, 0), 2))
    y = full + 1.0
    names = ["frechet", "w1", "mmd"]
    one, other = scores.score(full, y, names, bandwidth=1.0), scores.score(gaps, y, names, bandwidth=1.0)
    for name, found in one.items():
        assert found.estimate.value == pytest.approx(other[name].estimate.value, abs=1e-12)


def test_parquet_is_read_by_row_groups(rng, tmp_path):
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")

    def write(name, rows, names=("a", "b"), kind=None):
        columns = {column: pa.array(rows[:, k], type=kind) for k, column in enumerate(names)}
        (tmp_path / name).parent.mkdir(exist_ok=True)
        parquet.write_table(pa.table(columns), tmp_path / name, row_group_size=50)

    x, y = rng.normal(size=(200, 2)), rng.normal(size=(120, 2)) + 1
    write("x/0.parquet", x[:120])
    write("x/1.parquet", x[120:])
    write("y.parquet", y)
    told = []
    found = scores.score(
        str(tmp_path / "x"), [str(tmp_path / "y.parquet")], ["frechet", "w1"], progress=lambda *seen: told.append(seen)
    )
    assert found["frechet"].estimate.value == pytest.approx(score.score(x, y, ["frechet"])["frechet"].value)
    assert set(found) == {"frechet", "w1:a", "w1:b"} and (5, 5) in told and (3, 3) in told
    write("x/2.parquet", x, names=("a", "c"))
    with pytest.raises(ValueError, match=r"real, part 5 \(2.parquet, row group 0\): it has the columns \['a', 'c'\]"):
        scores.score(str(tmp_path / "x"), str(tmp_path / "y.parquet"))
    write("x/2.parquet", x, kind=pa.float32())
    with pytest.raises(ValueError, match="its column a is of type float32 where float64"):
        scores.score(str(tmp_path / "x"), str(tmp_path / "y.parquet"))
    holes = x.copy()
    holes[70, 0] = np.nan
    write("x/2.parquet", holes)
    with pytest.raises(ValueError, match=r"part 6 \(2.parquet, row group 1\): .*NaN"):
        scores.score(str(tmp_path / "x"), str(tmp_path / "y.parquet"))
    (tmp_path / "none").mkdir()
    with pytest.raises(ValueError, match="no Parquet files"):
        scores.score(str(tmp_path / "none"), str(tmp_path / "y.parquet"))


def test_data_frames(rng):
    pd = pytest.importorskip("pandas")
    dd = pytest.importorskip("dask.dataframe")
    x, y = rng.normal(size=(100, 2)), rng.normal(size=(80, 2))
    real = dd.from_pandas(pd.DataFrame(x, columns=["a", "b"]), npartitions=3)
    fake = dd.from_pandas(pd.DataFrame(y, columns=["a", "b"]), npartitions=2)
    found = scores.score(real, fake, ["frechet", "w1"])
    assert found["frechet"].estimate.value == pytest.approx(score.score(x, y, ["frechet"])["frechet"].value)
    words = dd.from_pandas(pd.DataFrame({"a": ["x", "y"], "b": [1.0, 2.0]}), npartitions=1)
    with pytest.raises(ValueError, match="column a"):
        scores.score(real, words)
