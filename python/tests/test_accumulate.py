"""States: what NumPy says of the same rows, what the bytes hold, and what is refused."""

import pickle

import numpy as np
import pytest
from fenchel import accumulate, score
from fenchel.accumulate import State


def test_moments_are_those_of_numpy(rng):
    x = rng.normal(size=(1000, 3)) * [1, 5, 0.1] + 7
    parts = [accumulate.moments(3, part=k).push(rows) for k, rows in enumerate(np.array_split(x, 7))]
    whole = parts[0]
    for part in parts[1:]:
        whole.merge(State.from_bytes(part.to_bytes()))
    y = rng.normal(size=(500, 3))
    found = whole.finish(accumulate.moments(3).push(y))[0]
    p, q = np.cov(x.T), np.cov(y.T)
    root = np.sqrt(np.linalg.eigvals(p @ q).real).sum()
    truth = ((x.mean(0) - y.mean(0)) ** 2).sum() + np.trace(p) + np.trace(q) - 2 * root
    assert found.estimate.value == pytest.approx(truth, rel=1e-10)
    assert found.bracket[0] <= truth <= found.bracket[1] and found.rounding < 1e-6
    assert found.estimate.value == pytest.approx(score.score(x, y, ["frechet"], baseline=False)["frechet"].value)


def test_the_bytes_are_read_by_numpy(rng):
    x = rng.normal(size=(300, 300))
    state = accumulate.moments(300, part=4).push(x)
    read = accumulate.arrays(state.to_bytes())
    assert (read["version"], read["kind"], read["rows"]) == (1, 1, 300)
    assert read["parts"].tolist() == [4, 5] and read["columns"].tolist() == [300]
    np.testing.assert_allclose(read["origin"] + read["mean"], x.mean(0), atol=1e-12)
    scatter = np.zeros((300, 300))
    scatter[np.triu_indices(300)] = read["scatter"]
    np.testing.assert_allclose(scatter, np.triu(np.cov(x.T) * 299), atol=1e-9)
    assert state.size == len(state.to_bytes())


def test_single_precision_and_layouts_are_the_same_rows(rng):
    x = rng.normal(size=(200, 3)).astype(np.float32)
    expected = accumulate.moments(3).push(x.astype(float)).to_bytes()
    for rows in (x, np.asfortranarray(x), np.repeat(x, 2, axis=0)[::2], x.tolist()):
        assert accumulate.moments(3).push(rows).to_bytes() == expected


def test_states_are_pickled(rng):
    state = accumulate.features(2, 1.0, frequencies=8).push(rng.normal(size=(9, 2)))
    again = pickle.loads(pickle.dumps(state))
    assert again.to_bytes() == state.to_bytes() and again.kind == "features"


@pytest.mark.parametrize("kind", ["moments", "extents", "features"])
def test_foreign_bytes_are_refused(kind, rng):
    told = {"moments": {}, "extents": {}, "features": {"bandwidth": 1.0, "frequencies": 3}}[kind]
    data = getattr(accumulate, kind)(2, **told).push(rng.normal(size=(5, 2))).to_bytes()
    assert State.from_bytes(data).to_bytes() == data
    for wrong in [b"", b"fenchel", data[:-8], data + bytes(8), bytes(len(data)), data[:200][::-1]]:
        with pytest.raises(ValueError, match="no state"):
            State.from_bytes(wrong)
    newer = bytearray(data)
    newer[8] = 9
    with pytest.raises(ValueError, match="format version 9.*reads version 1"):
        State.from_bytes(bytes(newer))


def test_what_does_not_go_together_is_said():
    x = np.zeros((4, 2))
    with pytest.raises(ValueError, match="part 0"):
        accumulate.moments(2).push(x).merge(accumulate.moments(2).push(x))
    with pytest.raises(ValueError, match="columns"):
        accumulate.moments(2).merge(accumulate.moments(3, part=1))
    with pytest.raises(ValueError, match="bandwidth"):
        accumulate.features(2, 1.0).merge(accumulate.features(2, 2.0, part=1))
    with pytest.raises(ValueError, match="moments and of extents do not merge"):
        accumulate.moments(2).merge(accumulate.extents(2, part=1))
    with pytest.raises(ValueError, match="NaN"):
        accumulate.moments(2).push([[0.0, np.nan]])
    with pytest.raises(ValueError, match="whole number"):
        accumulate.histograms(1, [(0, 1)], bins=4).push([[0.5]], weights=[0.5])
    with pytest.raises(ValueError, match="compared with the state of the generated"):
        accumulate.moments(2).push(x).finish()
    with pytest.raises(ValueError, match="no statistic"):
        accumulate.blocks(2, statistic="ks")
