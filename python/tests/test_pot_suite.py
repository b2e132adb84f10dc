"""POT's own tests, with the functions of ``fenchel.compat.pot`` in place of POT's.

The wheel of POT has no tests, its source distribution has: ``pip download --no-deps --no-binary :all: pot`` brings it. The environment
variable FENCHEL_POT names the archive; it must be of the version that is installed. Which tests are not supported, and why, is read from
``python/pot.md``, so what is said there is checked: what it names must fail, all else must pass, and the counts must be right.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile

import pytest

HERE = pathlib.Path(__file__).parent
PAGE = HERE.parent / "pot.md"
#: The files whose tests call functions that fenchel has.
FILES = [
    "test_1d_solver.py",
    "test_bregman.py",
    "test_circle_solver.py",
    "test_gaussian.py",
    "test_optim.py",
    "test_ot.py",
    "test_partial.py",
    "test_smooth.py",
    "test_stochastic.py",
    "test_utils.py",
]


def unsupported():
    """The tests that the page names, by file and function, with the reason."""
    rows = re.findall(r"^\| `(test_\w+\.py)::(\w+)` \| (.+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return {f"{file}::{test}": why for file, test, why in rows}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    ot = pytest.importorskip("ot")
    archive = os.environ.get("FENCHEL_POT")
    if not archive:
        pytest.skip("FENCHEL_POT does not name the source distribution of POT")
    if ot.__version__ not in pathlib.Path(archive).name:
        pytest.fail(f"POT {ot.__version__} is installed and {archive} is given")
    folder = tmp_path_factory.mktemp("pot")
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            name = pathlib.PurePosixPath(member.name)
            if name.parent.name == "test" and name.name in FILES:
                (folder / name.name).write_bytes(tar.extractfile(member).read())
    found = folder / "outcomes.json"
    # POT would also try the other array libraries that are installed
    disabled = {f"POT_BACKEND_DISABLE_{name}": "1" for name in ("PYTORCH", "JAX", "TENSORFLOW", "CUPY")}
    environment = {**os.environ, **disabled, "PYTHONPATH": str(HERE), "FENCHEL_POT_OUTCOMES": str(found)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "pot_plugin", "-W", "ignore", str(folder)]
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=1800)
    assert found.exists(), run.stdout[-3000:] + run.stderr[-3000:]
    everything = json.loads(found.read_text(encoding="utf-8"))
    return {test: outcome for test, outcome in everything.items() if outcome["called"]}


def function(test):
    return test.split("[")[0]


def test_what_is_supported_passes(outcomes):
    failed = {test: found["why"] for test, found in outcomes.items() if found["outcome"] == "failed"}
    surprises = {test: why for test, why in failed.items() if function(test) not in unsupported()}
    assert surprises == {}


def test_what_is_named_as_unsupported_fails(outcomes):
    failing = {function(test) for test, found in outcomes.items() if found["outcome"] == "failed"}
    assert sorted(set(unsupported()) - failing) == []


def test_the_counts_of_the_page(outcomes):
    passed = sum(found["outcome"] == "passed" for found in outcomes.values())
    failed = sum(found["outcome"] == "failed" for found in outcomes.values())
    told = re.search(r"(\d+) pass, (\d+) are unsupported", PAGE.read_text(encoding="utf-8"))
    assert (passed, failed) == tuple(map(int, told.groups()))
