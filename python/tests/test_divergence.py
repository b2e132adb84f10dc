"""Divergences: exact values, an independent slow formula, properties, and samples."""

import pickle

import numpy as np
import pytest
from fenchel import divergence


def laws(rng, *shape):
    p = rng.random(shape)
    return p / p.sum(-1, keepdims=True)


SLOW = {
    "kl": lambda p, q: np.sum(p * np.log(p / q), -1),
    "reverse_kl": lambda p, q: np.sum(q * np.log(q / p), -1),
    "jeffreys": lambda p, q: np.sum((p - q) * np.log(p / q), -1),
    "jsd": lambda p, q: SLOW["kl"](p, (p + q) / 2) / 2 + SLOW["kl"](q, (p + q) / 2) / 2,
    "total_variation": lambda p, q: np.sum(abs(p - q), -1) / 2,
    "pearson": lambda p, q: np.sum((p - q) ** 2 / q, -1),
    "neyman": lambda p, q: np.sum((p - q) ** 2 / p, -1),
    "bhattacharyya": lambda p, q: -np.log(np.sum(np.sqrt(p * q), -1)),
}


@pytest.mark.parametrize("name", SLOW)
def test_against_the_textbook(rng, name):
    p, q = laws(rng, 4, 3, 6), laws(rng, 3, 6)
    found = getattr(divergence, name)(p, q)
    assert found.shape == (4, 3)
    assert np.allclose(found, SLOW[name](p, q), rtol=1e-12)
    along = getattr(divergence, name)(np.moveaxis(p, -1, 0), np.moveaxis(np.broadcast_to(q, p.shape), -1, 0), axis=0)
    assert (along == found).all()
    assert isinstance(getattr(divergence, name)(p[0, 0], q[0]), float)


def test_where_others_go_wrong():
    spacial = pytest.importorskip("scipy.spatial.distance")
    p, q = [0.5 + 1e-8, 0.5 - 1e-8], [0.5, 0.5]
    assert divergence.kl(p, q) == pytest.approx(2e-16, rel=1e-7)
    assert divergence.jsd([0.0, 1.0], [5e-324, 1.0]) >= 0.0
    assert divergence.kl([0.5, 0.5], [1.0, 0.0]) == np.inf
    assert divergence.jsd([0.2, 0.8], [0.5, 0.5]) == pytest.approx(spacial.jensenshannon([0.2, 0.8], [0.5, 0.5]) ** 2)


def test_units_and_counts():
    assert divergence.kl([1, 0], [0.5, 0.5], base=2) == 1.0
    assert divergence.kl([3, 1], [1, 1], normalise=True) == pytest.approx(divergence.kl([0.75, 0.25], [0.5, 0.5]))
    assert divergence.renyi([0.5, 0.5], [0.25, 0.75], 0.5, base=2) > 0


def test_every_kind_is_certified(rng):
    p, q = laws(rng, 20), laws(rng, 20)
    for kind in divergence.kinds():
        found = divergence.certified(p, q, kind)
        assert found.dual <= found.value and found.gap <= 1e-9 * (1 + abs(found.value)), kind
        assert float(found) == pytest.approx(divergence.divergence(p, q, kind))


def test_pairs(rng):
    p, q = laws(rng, 5, 8), laws(rng, 7, 8)
    found = divergence.pairwise(p, q, "kl")
    assert found.shape == (5, 7)
    assert np.allclose(found, SLOW["kl"](p[:, None], q))
    own = divergence.pairwise(p)
    assert (own == own.T).all() and (np.diag(own) == 0).all()


@pytest.mark.parametrize("estimator", [None, "knn", "histogram", "kde", "gaussian"])
def test_samples(rng, estimator):
    x, y = rng.normal(0, 1, 1500), rng.normal(1, 1, 1500)
    found = divergence.estimate(x, y, "kl", estimator=estimator)
    assert found.value == pytest.approx(0.5, abs=0.15) and (found.n, found.m, found.dimension) == (1500, 1500, 1)
    assert found.interval[0] <= found.value <= found.interval[1]
    assert found.to_dict()["low"] == found.interval[0]


@pytest.mark.parametrize("estimator", ["donsker_varadhan", "fgan", "classifier"])
def test_lower_bounds(rng, estimator):
    found = divergence.estimate(rng.normal(0, 1, 1500), rng.normal(1, 1, 1500), "kl", estimator=estimator, seed=1)
    assert found.value < 0.65


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bins": 5}, "bins belongs to estimator='histogram'"),
        ({"estimator": "knn", "bins": 5}, "bins belongs"),
        ({"estimator": "kde", "k": 3}, "k belongs to estimator='knn'"),
        ({"guaranteed": True}, "guaranteed belongs to estimator='donsker_varadhan' or 'fgan'"),
        ({"estimator": "gaussian", "guaranteed": True}, "guaranteed belongs"),
    ],
)
def test_an_option_of_another_estimator_is_refused(rng, options, message):
    with pytest.raises(ValueError, match=message):
        divergence.estimate(rng.normal(size=50), rng.normal(size=50), "kl", **options)


def test_options_of_an_estimator_are_taken(rng):
    x, y = rng.normal(0, 1, 500), rng.normal(1, 1, 500)
    for options in ({"k": 3}, {"estimator": "histogram", "bins": 8}, {"estimator": "classifier", "guaranteed": True}):
        assert np.isfinite(divergence.estimate(x, y, "kl", **options).value)


def test_functions_can_be_pickled():
    for name in [*SLOW, "total_variation", "renyi", "tsallis"]:
        function = getattr(divergence, name)
        assert function.__name__ == name and pickle.loads(pickle.dumps(function)) is function


def test_what_an_estimator_cannot_do_it_says(rng):
    with pytest.raises(ValueError, match="it estimates"):
        divergence.estimate(rng.normal(size=(50, 2)), rng.normal(size=(50, 2)), "tv", estimator="gaussian")
