"""Transport: exact values, an independent slow program, properties; certificates, progress and interruption."""

import copy
import pickle
import signal
import threading
import time

import fenchel
import numpy as np
import pytest
from fenchel import transport


def by_linear_program(costs, a, b):
    optimize = pytest.importorskip("scipy.optimize")
    n, m = costs.shape
    sums = np.concatenate([np.kron(np.eye(n), np.ones((1, m))), np.kron(np.ones((1, n)), np.eye(m))])
    return optimize.linprog(costs.ravel(), A_eq=sums, b_eq=np.concatenate([a, b])).fun


def masses(rng, n):
    weights = rng.random(n) + 0.05
    return weights / weights.sum()


def test_exact_transport_against_a_linear_program(rng):
    for n, m in [(1, 1), (3, 5), (12, 9)]:
        costs, a, b = rng.random((n, m)), masses(rng, n), masses(rng, m)
        solution = transport.solve(cost=costs, a=a, b=b)
        assert solution.value == pytest.approx(by_linear_program(costs, a, b), rel=1e-7)
        u, v = solution.potentials
        assert (u[:, None] + v <= costs + 1e-12).all()
        assert solution.gap <= 1e-9 and solution.report.converged
        rows, columns = solution.plan.marginals()
        assert np.allclose(rows, a) and np.allclose(columns, b)


def test_every_solver_brackets_the_optimum(rng):
    x, y = rng.normal(size=(60, 2)), rng.normal(size=(70, 2)) + 1
    exact = transport.solve(x, y).value
    for found in (transport.solve(x, y, epsilon=0.05), transport.solve(x, y, rank=5)):
        low, high = found.bracket
        assert low <= exact * (1 + 1e-9) and exact <= high * (1 + 1e-9)
    debiased = transport.sinkhorn_divergence(x, y, 0.05)
    low, high = debiased.bracket
    assert low <= debiased.value <= high


def test_forms_of_a_plan(rng):
    x, y = rng.normal(size=(6, 2)), rng.normal(size=(8, 2))
    for options, sparse in [({}, True), ({"epsilon": 0.1}, False)]:
        plan = transport.solve(x, y, **options).plan
        dense = plan.to_dense()
        rows, columns, arcs = plan.arcs()
        again = np.zeros(plan.shape)
        again[rows, columns] = arcs
        assert plan.is_sparse is sparse and (again == dense).all() and (np.asarray(plan) == dense).all()
        assert np.asarray(plan, dtype=np.float32).dtype == np.float32
        assert np.allclose(plan.barycentric(y), dense @ y / dense.sum(1, keepdims=True))
        with pytest.raises(ValueError, match="y has 6 rows but the plan has 8"):
            plan.barycentric(x)


def test_a_plan_for_scipy(rng):
    pytest.importorskip("scipy.sparse")
    plan = transport.solve(rng.normal(size=(6, 2)), rng.normal(size=(8, 2))).plan
    assert (plan.to_scipy().toarray() == plan.to_dense()).all()


def test_unbalanced_and_partial():
    # one pile of 2 and one hole of 1 at the same place: the geometric mean is moved
    found = transport.solve(cost=[[0.0]], a=[2.0], b=[1.0], unbalanced=1.0)
    assert found.plan.to_dense()[0, 0] == pytest.approx(2**0.5, abs=1e-9)
    # at total variation of price 1 it does not pay to go farther than 2
    costs = [[1.5, 2.5]]
    found = transport.solve(cost=costs, a=[1.0], b=[0.5, 0.5], unbalanced=1.0, penalty="tv")
    assert found.plan.to_dense().tolist() == [[0.5, 0.0]] and found.value == pytest.approx(0.75 + 1.0)
    part = transport.solve(cost=costs, a=[1.0], b=[0.5, 0.5], partial=0.25)
    assert part.value == 0.375 and part.price is not None
    # one side kept
    half = transport.solve(cost=[[0.0, 1.0]], a=[1.0], b=[0.5, 0.5], unbalanced=(np.inf, 1.0), epsilon=0.1)
    assert half.plan.to_dense().sum() == pytest.approx(1.0, abs=1e-6)


def test_the_line_and_the_circle(rng):
    stats = pytest.importorskip("scipy.stats")
    x, y, a, b = rng.normal(size=30), rng.normal(size=40), masses(rng, 30), masses(rng, 40)
    assert transport.line(x, y, a, b).value == pytest.approx(stats.wasserstein_distance(x, y, a, b), rel=1e-12)
    assert transport.circle([0.1], [0.9], p=2).distance == pytest.approx(0.2)


def test_directions(rng):
    x = rng.normal(size=(200, 3))
    assert transport.max_sliced(x, x + [0.0, 0.0, 3.0]).bracket == pytest.approx((3.0, 3.0))
    estimates = [transport.sliced(x, 2 * x, seed=7) for _ in "ab"]
    assert estimates[0].value == estimates[1].value


def test_means(rng):
    points = np.linspace(0, 1, 20)[:, None]
    costs = transport.cost_matrix(points, points)
    laws = np.exp(-((points.T - [[0.3], [0.7]]) ** 2) / 0.005)
    laws /= laws.sum(1, keepdims=True)
    mean = transport.barycenter(laws, costs, 0.005)
    assert mean.weights @ points[:, 0] == pytest.approx(0.5, abs=0.01) and mean.bracket[0] <= mean.value
    x = rng.normal(size=(15, 2))
    free = transport.free_barycenter([x, x[::-1] + 2.0], x, weights=[0.25, 0.75])
    assert np.allclose(np.sort(free.points[:, 0]), np.sort(x[:, 0] + 1.5))
    mean, cov, report = transport.gaussian_barycenter([[0.0, 0.0], [2.0, 0.0]], [np.eye(2), 9 * np.eye(2)])
    assert np.allclose(mean, [1, 0]) and np.allclose(cov, 4 * np.eye(2)) and report.gap < 1e-6


def test_gromov_sees_no_rotation_and_fused_sees_features(rng):
    x = rng.normal(size=(10, 2))
    turned = (x @ [[0.0, 1.0], [-1.0, 0.0]])[::-1]
    spaces = [transport.cost_matrix(points, points, "euclidean") for points in (x, turned)]
    found = transport.gromov(*spaces)
    assert found.value == pytest.approx(0.0, abs=1e-12) and found.bracket[0] <= found.value
    assert np.allclose(found.plan.to_dense(), np.eye(10)[::-1] / 10)
    features = transport.cost_matrix(np.arange(10.0), np.arange(10.0))
    assert transport.gromov(*spaces, cross=features, share=0.0).value == pytest.approx(0.0, abs=1e-12)


def test_results_are_kept_as_they_are(rng):
    x, y = rng.normal(size=(6, 2)), rng.normal(size=(8, 2))
    for solution in (transport.solve(x, y), transport.solve(x, y, epsilon=0.1)):
        for again in (pickle.loads(pickle.dumps(solution)), copy.deepcopy(solution)):
            assert again.value == solution.value and again.report.dual == solution.report.dual
            assert (again.plan.to_dense() == solution.plan.to_dense()).all()
            assert repr(again) == repr(solution)
        assert pickle.loads(pickle.dumps(solution.report)).status == solution.status


def test_what_is_shown(rng):
    solution = transport.solve([[0.0, 0.0]], [[3.0, 4.0]])
    assert repr(solution).startswith("Solution(value=25.0, distance=5.0, bracket=(25.0, 25.0), status='converged'")
    assert solution._repr_html_().startswith("<table><caption>Solution</caption>")
    for shown in (solution.plan, solution.report, transport.gromov([[0.0]], [[0.0]])):
        assert "<table>" in shown._repr_html_() and repr(shown).endswith(")")
    assert float(solution) == 25.0


def clouds(rng, n=20_000):
    return rng.normal(size=(n, 3)), rng.normal(size=(n, 3)) + 1


def test_limits_keep_what_was_found(rng):
    solution = transport.solve(*clouds(rng), time_limit=0.2)
    assert solution.status == "time limit" and solution.bracket[0] <= solution.bracket[1]
    with pytest.raises(RuntimeError, match="stopped early"):
        solution.report.require_converged()
    few = transport.solve(cost=rng.random((100, 100)), epsilon=1e-4, max_iter=3)
    assert few.status == "iteration limit"


def test_progress_is_told_and_may_stop(rng):
    seen = []

    def three(progress):
        seen.append((progress.iterations, progress.dual, progress.primal, progress.seconds))
        if len(seen) == 3:
            raise StopIteration

    solution = transport.solve(*clouds(rng), progress=three)
    assert solution.status == "interrupted" and len(seen) == 3
    assert all(dual <= primal for _, dual, primal, _ in seen)
    assert [seconds for *_, seconds in seen] == sorted(seconds for *_, seconds in seen)

    def broken(_):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        transport.solve(*clouds(rng), progress=broken)


def test_an_interrupted_solve_raises_with_the_bracket_so_far(rng):
    x, y = clouds(rng, 60_000)
    main = threading.get_ident()
    # a test that was started in the background ignores Ctrl-C
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(0.5, lambda: signal.pthread_kill(main, signal.SIGINT))
    timer.start()
    start = time.perf_counter()
    try:
        with pytest.raises(KeyboardInterrupt) as caught:
            transport.solve(x, y)
    finally:
        timer.cancel()
        signal.signal(signal.SIGINT, before)
    assert "the optimum is in [" in str(caught.value)
    low, high = caught.value.result.bracket
    assert low <= high and caught.value.result.status == "interrupted"
    assert time.perf_counter() - start < 60


def test_other_threads_run_meanwhile(rng):
    x, y = clouds(rng, 4000)
    counts = [0]

    def count(stop):
        while not stop.is_set():
            counts[0] += 1
            time.sleep(0.001)

    stop = threading.Event()
    thread = threading.Thread(target=count, args=(stop,))
    thread.start()
    transport.solve(x, y)
    stop.set()
    thread.join()
    assert counts[0] > 10


def test_the_same_bits_again(rng):
    x, y = rng.normal(size=(300, 3)), rng.normal(size=(200, 3))
    for options in ({}, {"epsilon": 0.1}, {"rank": 4, "seed": 3}):
        first, second = (transport.solve(x, y, **options) for _ in "ab")
        assert first.value == second.value and (first.potentials[0] == second.potentials[0]).all()


def test_names_at_the_top():
    assert fenchel.__version__ == "0.1.0"
    assert {"divergence", "transport", "score", "gan"} <= set(fenchel.__all__)
