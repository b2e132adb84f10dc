"""How the time of the moments of a sample falls with workers, and what a model fitted to its parts says of a larger job.

    python python/benches/cluster.py [rows] [columns] [parts]

Writes Parquet files below a temporary folder, starts a scheduler and one or two worker processes on the loopback interface, and
times `fenchel.dask.state(..., "moments")`. Then it times reads of a row group, pushes, merges and transfers of states of several sizes, fits
`read = r rows d`, `push = a rows d (d + 1)`, `merge = b size` and `transfer = c + size / rate`, and prints what the model says.
"""

import json
import math
import pathlib
import sys
import tempfile
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
from fenchel import accumulate
from fenchel import dask as scores

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "tests"))
from test_dask import Cluster  # noqa: E402


NAMES = ("read", "push", "merge", "transfer")


def write(folder, rows, columns, parts):
    random = np.random.default_rng(0)
    for part in range(parts):
        block = random.standard_normal((rows // parts, columns))
        table = pa.table({f"x{k}": block[:, k] for k in range(columns)})
        parquet.write_table(table, folder / f"{part:04}.parquet", row_group_size=rows // parts)


def best(call, times=3):
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def of_workers(data, folder, workers):
    """The bytes of the state and the seconds, without the start of the cluster, after one run that warms it."""
    with Cluster(folder, workers) as cluster, cluster.client() as client:
        scores.state(data, "moments", client=client)
        seconds = best(lambda: scores.state(data, "moments", client=client))
        return scores.state(data, "moments", client=client).to_bytes(), seconds


def echoed(client, size):
    """The seconds in which a state of this size goes to a worker and comes back as another one, less those of an empty one."""
    data = np.frombuffer(np.random.default_rng(0).bytes(size), np.uint8)
    one, two = sorted(client.scheduler_info()["workers"])[:2]
    made = client.submit(lambda: data.copy(), workers=[one], pure=False)
    made.result()

    def move():
        client.submit(len, made, workers=[two], pure=False).result()

    start = time.perf_counter()
    move()
    return time.perf_counter() - start


def fitted(folder):
    """Constants of the model, by least squares on measured pushes, merges and transfers."""
    pushes, merges = [], []
    for rows, d in [(2000, 64), (4000, 64), (2000, 512), (2000, 1024), (1000, 2048)]:
        x = np.random.default_rng(0).standard_normal((rows, d))
        seconds = best(lambda: accumulate.moments(d).push(x))
        pushes.append((rows * d * (d + 1), seconds))
        data = [accumulate.moments(d, part=part).push(x[:64]).to_bytes() for part in (0, 1)]

        def merge():
            accumulate.State.from_bytes(data[0]).merge(accumulate.State.from_bytes(data[1])).to_bytes()

        merges.append((len(data[0]), best(merge)))
    file = folder / "read.parquet"
    block = np.random.default_rng(0).standard_normal((2000, 512))
    parquet.write_table(pa.table({f"x{k}": block[:, k] for k in range(512)}), file)
    sample = scores._sample(str(file), "read")
    promised = (sample.names, sample.dtypes, sample.is_table)
    read = best(lambda: scores._rows(scores._row_group(str(file), 0), *promised)) / block.size
    large = [(work, seconds) for work, seconds in pushes[2:]]
    push = sum(w * s for w, s in large) / sum(w * w for w, _ in large)
    merge = sum(w * s for w, s in merges) / sum(w * w for w, _ in merges)
    with Cluster(folder, 2) as cluster, cluster.client() as client:
        sizes = [100, 1_000_000, 4_000_000, 16_800_000]
        transfers = [(size, min(echoed(client, size) for _ in range(5))) for size in sizes]
    slope, start = np.polyfit(*zip(*transfers), 1)
    return {"read": read, "push": push, "merge": merge, "start": max(float(start), 0.0), "byte": float(slope)}, pushes, merges, transfers


def model(constants, rows, d, machines, cores, parts, network):
    """Seconds: parts are read and pushed by all cores, then the tree is merged in `log2(parts)` levels."""
    size = 8 * (d * (d + 1) // 2 + 3 * d)
    read = constants["read"] * rows * d / (machines * cores)
    push = constants["push"] * rows * d * (d + 1) / (machines * cores)
    merges = transfers = 0.0
    level = parts
    while level > 1:
        level = math.ceil(level / 2)
        rounds = math.ceil(level / (machines * cores))
        merges += rounds * constants["merge"] * size
        transfers += rounds * (constants["start"] + size / network)
    return {name: round(seconds, 1) for name, seconds in zip(NAMES, (read, push, merges, transfers))}


def main():
    rows, columns, parts = [int(word) for word in sys.argv[1:4]] or [1_000_000, 64, 8]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "data").mkdir()
        write(folder / "data", rows, columns, parts)
        data, found = str(folder / "data"), {}
        expected = scores.state(data, "moments").to_bytes()
        found["this process"] = best(lambda: scores.state(data, "moments"))
        for workers in (1, 2):
            (folder / str(workers)).mkdir()
            state, found[f"{workers} workers"] = of_workers(data, folder / str(workers), workers)
            assert state == expected, "the bytes differ"
        (folder / "model").mkdir()
        constants, pushes, merges, transfers = fitted(folder / "model")
    print(json.dumps({"rows": rows, "columns": columns, "parts": parts, "seconds": found}, indent=1))
    print(json.dumps({"push": pushes, "merge": merges, "transfer": transfers, "constants": constants}, indent=1))
    for parts in (1000, 10_000):
        told = model(constants, 1e9, 2048, 100, 2, parts, network=1.25e9)
        print(f"1e9 x 2048 on 100 machines of two cores, {parts} parts, 10 Gbit/s, seconds: {told}")


if __name__ == "__main__":
    main()
