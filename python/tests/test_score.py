"""Scores: of samples held whole and of blocks; merged, pickled, stopped."""

import pickle

import numpy as np
import pytest
from fenchel import score


def samples(rng, n=200):
    return rng.normal(size=(n, 2)), rng.normal(size=(n, 2)) + [0.5, 0.0]


def test_scores_by_name(rng):
    real, fake = samples(rng)
    found = score.score(real, fake, ["fid", "energy", "coverage"], permutations=99)
    assert list(found) == ["frechet", "energy", "coverage"] and found["frechet"].baseline > 0
    assert [record["name"] for record in found.to_records()] == list(found)
    assert "<th>baseline</th>" in found._repr_html_() and "energy" in repr(found)
    assert score.score(real, fake, "energy", permutations=99)["energy"].value == found["energy"].value


def test_all_scores_and_why_some_are_missing(rng):
    real = rng.integers(0, 3, size=(60, 2)).astype(float)
    found = score.score(real, real[::-1], permutations=19)
    assert "frechet" in found and "without a density" in found.skipped["kl_knn"]


def test_frechet_by_hand(rng):
    linalg = pytest.importorskip("scipy.linalg")
    real, fake = samples(rng)
    p, q = np.cov(real.T), np.cov(fake.T)
    expected = ((real.mean(0) - fake.mean(0)) ** 2).sum() + np.trace(p + q - 2 * linalg.sqrtm(p @ q).real)
    assert score.score(real, fake, ["frechet"])["frechet"].value == pytest.approx(expected, rel=1e-9)
    assert score.Frechet().update(real=real, fake=fake).compute().value == pytest.approx(expected, rel=1e-9)


RUNNING = [score.Frechet, lambda **k: score.Mmd(1.5, **k), lambda **k: score.SlicedW2(directions=20, **k), score.Columns]


def values(found):
    found = found if isinstance(found, dict) else {"": found}
    return [estimate.value for estimate in found.values()]


@pytest.mark.parametrize("make", RUNNING)
def test_parts_merge_into_the_whole(rng, make):
    real, fake = samples(rng)
    whole = make().update(real=real).update(fake=fake)
    parts = [make(part=k).update(real=real[k::3], fake=fake[k::3]) for k in range(3)]
    parts = [pickle.loads(pickle.dumps(part)) for part in parts]
    merged = parts[0].merge(parts[1]).merge(parts[2])
    assert values(merged.compute()) == pytest.approx(values(whole.compute()), rel=1e-8)
    with pytest.raises(ValueError):
        merged.merge(parts[1])  # the same rows twice
    with pytest.raises(ValueError, match="does not merge"):
        merged.merge(score.Metric("energy"))
    merged.reset()
    with pytest.raises(ValueError, match="no real rows"):
        merged.compute()


def test_a_part_that_saw_one_side_only(rng):
    real, fake = samples(rng)
    first, second = score.Frechet().update(real=real), score.Frechet(part=1).update(fake=fake)
    merged = first.merge(second)
    second.update(fake=fake + 100)  # is not seen by what was merged before
    assert merged.compute().value == pytest.approx(score.score(real, fake, ["frechet"])["frechet"].value, rel=1e-8)


def test_any_metric_of_kept_rows(rng):
    real, fake = samples(rng)
    halves = [score.Metric("energy", permutations=19).update(real=real[k::2], fake=fake[k::2]) for k in (0, 1)]
    found = pickle.loads(pickle.dumps(halves[0].merge(halves[1]))).compute()
    assert found.value == pytest.approx(score.score(real, fake, ["energy"], permutations=19)["energy"].value)


def test_progress_may_stop(rng):
    real, fake = samples(rng)
    seen = []

    def second(name):
        seen.append(name)
        if len(seen) == 2:
            raise StopIteration

    found = score.score(real, fake, ["frechet", "energy", "coverage"], progress=second)
    assert seen == ["frechet", "energy"] and list(found) == ["frechet"]


def test_copies_need_the_training_sample(rng):
    real, fake = samples(rng)
    found = score.score(real, np.concatenate([fake[:-5], real[:5]]), ["copies"], train=real)
    assert found["copies"].value == pytest.approx(5 / 200)
    with pytest.raises(ValueError, match="train"):
        score.score(real, fake, ["copies"])
