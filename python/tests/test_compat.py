"""The functions with POT's names against POT itself, on problems of many shapes."""

import inspect

import numpy as np
import pytest
from fenchel.compat import pot

ot = pytest.importorskip("ot")


def problem(rng, n, m):
    a, b = rng.random(n) + 0.1, rng.random(m) + 0.1
    return a / a.sum(), b / b.sum(), rng.random((n, m))


SHAPES = [(1, 1), (2, 5), (17, 11), (30, 30)]


@pytest.mark.parametrize("shape", SHAPES)
def test_exact(rng, shape):
    a, b, M = problem(rng, *shape)
    assert pot.emd2(a, b, M) == pytest.approx(ot.emd2(a, b, M), rel=1e-9)
    assert np.allclose(pot.emd(a, b, M), ot.emd(a, b, M), atol=1e-9)
    assert pot.partial_wasserstein2(a, b, M, m=0.5) == pytest.approx(ot.partial.partial_wasserstein2(a, b, M, m=0.5), rel=1e-6)


@pytest.mark.parametrize("shape", SHAPES)
def test_entropic(rng, shape):
    a, b, M = problem(rng, *shape)
    assert np.allclose(pot.sinkhorn(a, b, M, 0.1), ot.sinkhorn(a, b, M, 0.1), atol=1e-7)
    assert pot.sinkhorn2(a, b, M, 0.1) == pytest.approx(ot.sinkhorn2(a, b, M, 0.1), rel=1e-6)
    _, log = pot.sinkhorn(a, b, M, 0.1, log=True)
    assert np.allclose(np.exp(log["log_u"][:, None] + log["log_v"] - M / 0.1), ot.sinkhorn(a, b, M, 0.1), atol=1e-7)


@pytest.mark.parametrize("reg_type", ["kl", "entropy"])
@pytest.mark.parametrize("reg_m", [0.5, (0.5, 2.0), (np.inf, 1.0)])
def test_unbalanced(rng, reg_type, reg_m):
    a, b, M = problem(rng, 9, 7)
    options = {"reg_type": reg_type, "log": True}
    theirs, their_log = ot.unbalanced.sinkhorn_unbalanced(a, 2 * b, M, 0.2, reg_m, stopThr=1e-14, numItermax=100_000, **options)
    ours, our_log = pot.sinkhorn_unbalanced(a, 2 * b, M, 0.2, reg_m, **options)
    assert np.allclose(ours, theirs, atol=1e-7)
    assert np.allclose(our_log["logu"], their_log["logu"], atol=1e-4) and our_log["cost"] == pytest.approx(their_log["cost"], rel=1e-6)


@pytest.mark.parametrize("div", ["kl", "l2"])
def test_without_regularisation(rng, div):
    a, b, M = problem(rng, 6, 5)
    theirs = ot.unbalanced.mm_unbalanced(a, 2 * b, M, 1.0, div=div, stopThr=1e-15, numItermax=100_000)
    _, log = pot.mm_unbalanced(a, 2 * b, M, 1.0, div=div, log=True)

    def objective(plan):
        parts = [(plan.sum(1), a), (plan.sum(0), 2 * b)]
        if div == "l2":
            return (plan * M).sum() + sum(((x - y) ** 2).sum() / 2 for x, y in parts)
        return (plan * M).sum() + sum((x * np.log(x / y) - x + y).sum() for x, y in parts)

    assert log["total_cost"] <= objective(theirs) * (1 + 1e-9)
    assert log["total_cost"] == pytest.approx(objective(theirs), rel=1e-5)


def test_the_line_and_directions(rng):
    x, y = rng.normal(size=(20, 3)), rng.normal(size=(25, 3))
    for p in (1, 2, 3.5):
        assert np.allclose(pot.wasserstein_1d(x, y, p=p), ot.wasserstein_1d(x, y, p=p))
    for name in ("sliced_wasserstein_distance", "max_sliced_wasserstein_distance"):
        assert getattr(pot, name)(x, y, seed=3) == pytest.approx(getattr(ot, name)(x, y, seed=3))
    u, v = rng.random(9), rng.random(12)
    assert pot.wasserstein_circle(u, v, p=2) == pytest.approx(ot.wasserstein_circle(u, v, p=2), abs=1e-6)


def test_means_and_gromov(rng):
    x = np.linspace(0, 1, 12)[:, None]
    A = np.exp(-((x - [0.2, 0.7]) ** 2) / 0.02)
    A /= A.sum(0)
    M = ot.dist(x, x)
    assert np.allclose(pot.barycenter(A, M, 0.05, stopThr=1e-10), ot.bregman.barycenter(A, M, 0.05, stopThr=1e-10), atol=1e-6)
    C = ot.dist(rng.normal(size=(8, 2)))
    assert pot.gromov_wasserstein2(C, C[::-1, ::-1]) == pytest.approx(0.0, abs=1e-9)
    means, covs = rng.normal(size=(2, 3)), np.array([np.eye(3), np.diag([1.0, 2.0, 3.0])])
    assert pot.bures_wasserstein_distance(*means, *covs) == pytest.approx(ot.gaussian.bures_wasserstein_distance(*means, *covs))


def test_single_precision_stays():
    a = np.full(3, 1 / 3, dtype=np.float32)
    M = np.arange(9, dtype=np.float32).reshape(3, 3)
    for found in (pot.emd(a, a, M), pot.emd2(a, a, M), pot.sinkhorn(a, a, M, 1.0), pot.emd(a, a, M, log=True)[1]["u"]):
        assert found.dtype == np.float32


def test_weights_in_single_precision_are_laws(rng):
    x = rng.normal(size=(40, 2))
    a = rng.random(40).astype(np.float32)
    a /= a.sum()
    assert abs(a.astype(float).sum() - 1.0) > 1e-9
    exact = a.astype(float) / a.astype(float).sum()
    found = pot.free_support_barycenter([x, x + 1.0], [a, a], x, a)
    assert np.allclose(found, pot.free_support_barycenter([x, x + 1.0], [exact, exact], x, exact))


def test_arguments_by_position(rng):
    C, D, M = (rng.random((5, 5)) for _ in "CDM")
    C, D, p = C + C.T, D + D.T, np.full(5, 0.2)
    for arguments, name in (((C, D), "entropic_gromov_wasserstein2"), ((M, C, D), "entropic_fused_gromov_wasserstein2")):
        ours, theirs = getattr(pot, name), getattr(ot.gromov, name)
        assert list(inspect.signature(ours).parameters) == list(inspect.signature(theirs).parameters), name
        share = (0.5,) if len(arguments) == 3 else ()
        value, log = ours(*arguments, p, p, "square_loss", 0.1, None, *share, None, 500, 1e-9, "PGD", False, False, True)
        assert np.isscalar(value) and log["T"].shape == (5, 5)


def test_what_is_refused():
    with pytest.raises(AssertionError, match="same sum"):
        pot.emd([1.0], [0.5, 0.4], [[1.0, 2.0]])
    with pytest.raises(NotImplementedError, match="kl_loss|loss_fun"):
        pot.gromov_wasserstein(np.zeros((2, 2)), np.zeros((2, 2)), loss_fun="kl_loss")
    with pytest.raises(ValueError, match="Unknown method"):
        pot.sinkhorn([], [], np.eye(2), 1.0, method="foo")
    with pytest.warns(UserWarning, match="numItermax"):
        pot.emd(np.arange(1, 201) / 20100, [], np.random.default_rng(0).random((200, 200)), numItermax=3)
