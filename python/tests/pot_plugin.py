"""Lets the tests of POT call fenchel: a plugin of pytest, loaded with ``-p pot_plugin`` where those tests run.

Functions of ``ot`` that ``fenchel.compat.pot`` has are exchanged before the tests are imported. Each test is reported with the functions of
fenchel that it called, so a test that called none is not counted as one that passed. The fixture ``nx`` is POT's own, of NumPy alone; its file
is not in POT's source distribution.
"""

import functools
import json
import os

import numpy as np
import ot
import pytest
from fenchel.compat import pot

#: Where each function is at home, unless it is ``ot`` itself.
HOMES = {
    "barycenter": ot.bregman,
    "barycenter_debiased": ot.bregman,
    "bures_wasserstein_barycenter": ot.gaussian,
    "bures_wasserstein_distance": ot.gaussian,
    "bures_wasserstein_mapping": ot.gaussian,
    "empirical_sinkhorn": ot.bregman,
    "empirical_sinkhorn2": ot.bregman,
    "empirical_sinkhorn_divergence": ot.bregman,
    "entropic_fused_gromov_wasserstein": ot.gromov,
    "entropic_fused_gromov_wasserstein2": ot.gromov,
    "entropic_gromov_wasserstein": ot.gromov,
    "entropic_gromov_wasserstein2": ot.gromov,
    "euclidean_distances": ot.utils,
    "free_support_barycenter": ot.lp,
    "mm_unbalanced": ot.unbalanced,
    "mm_unbalanced2": ot.unbalanced,
    "partial_wasserstein": ot.partial,
    "partial_wasserstein2": ot.partial,
}
#: Where tests find functions.
PUBLIC = [ot, ot.lp, ot.bregman, ot.sliced, ot.unbalanced, ot.partial, ot.gromov, ot.utils, ot.gaussian]
#: What nearly every test calls to make its data does not count.
HELPERS = {"dist", "unif", "euclidean_distances"}

called = set()
outcomes = {}


def counted(name, function):
    @functools.wraps(function)
    def call(*args, **kwargs):
        called.add(name)
        return function(*args, **kwargs)

    return call


for name in pot.__all__:
    original = getattr(HOMES.get(name, ot), name)
    exchanged = counted(name, getattr(pot, name))
    for module in PUBLIC:
        if getattr(module, name, None) is original:
            setattr(module, name, exchanged)


@pytest.fixture
def nx():
    return ot.backend.NumpyBackend()


def pytest_configure(config):
    def without(backend, reason=None):
        skipped = pytest.mark.skipif(backend == "numpy", reason=reason or backend)
        return skipped

    pytest.skip_backend = without
    pytest.skip_arg = lambda *args, **kwargs: lambda test: test


def pytest_runtest_setup(item):
    called.clear()
    # some of them draw without a seed, and compare plans of two algorithms to more digits than either is solved to
    np.random.seed(0)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.when == "call" or report.outcome == "failed":
        why = "" if call.excinfo is None else f"{call.excinfo.typename}: {call.excinfo.value}"
        # the node is named by its file alone
        node = item.nodeid.rsplit("/", 1)[-1]
        outcomes[node] = {"outcome": report.outcome, "called": sorted(called - HELPERS), "why": why[:300]}


def pytest_sessionfinish(session):
    with open(os.environ["FENCHEL_POT_OUTCOMES"], "w", encoding="utf-8") as file:
        json.dump(outcomes, file, indent=1)
