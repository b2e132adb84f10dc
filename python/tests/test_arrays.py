"""What may be handed in as an array, and what is said of the rest."""

import numpy as np
import pytest
from fenchel import _arrays, divergence, score, transport


def test_the_memory_is_not_copied_where_it_need_not_be(rng):
    x = rng.normal(size=(5, 2))
    assert np.shares_memory(_arrays.rows(x, "x"), x)
    assert np.shares_memory(_arrays.rows(x[::2, ::-1], "x"), x)


class Wrapped:
    """An array as other libraries have them."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.values, dtype=dtype)


class Capsule:
    """An array that only DLPack can read."""

    def __init__(self, values):
        self.values = values

    def __dlpack__(self, **options):
        return self.values.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.values.__dlpack_device__()


@pytest.mark.parametrize(
    "read",
    [
        np.asfortranarray,
        lambda x: x.tolist(),
        lambda x: x.astype(np.float32).astype(float).astype(np.float32),
        Wrapped,
        Capsule,
        lambda x: np.repeat(x, 2, axis=0)[::2],
        memoryview,
    ],
)
def test_every_kind_of_array_gives_the_same(rng, read):
    x, y = (rng.integers(-50, 50, size=(12, 2)) / 4 for _ in "xy")
    expected = transport.solve(x, y)
    found = transport.solve(read(x), read(y))
    assert found.value == expected.value
    assert (found.plan.to_dense() == expected.plan.to_dense()).all()


@pytest.mark.parametrize("library", ["pandas", "polars", "torch", "jax.numpy"])
def test_other_libraries(rng, library):
    module = pytest.importorskip(library)
    x = rng.integers(-50, 50, size=(12, 2)) / 4
    make = {"pandas": "DataFrame", "polars": "DataFrame", "torch": "tensor", "jax.numpy": "asarray"}[library]
    assert transport.w2(getattr(module, make)(x), x + 1.0).value == pytest.approx(2.0)


def test_integers_and_truth_values():
    assert transport.line([0, 1], [True, 2]).value == 1.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: transport.w2([[0.0, np.nan]], [[0.0, 1.0]]), "NaN at row 0, column 1"),
        (lambda: transport.w2([[0.0, 1.0]], [[0.0]]), "columns"),
        (lambda: transport.w2([["a"]], [[0.0]]), "x has entries of type"),
        (lambda: transport.w2([[1j]], [[0.0]]), "x has entries of type complex128"),
        (lambda: transport.w2([[1.0], [1.0, 2.0]], [[0.0]]), "x is no array of numbers"),
        (lambda: transport.w2(None, [[0.0]]), "x"),
        (lambda: transport.w2(np.zeros((2, 2, 2)), [[0.0]]), "x has shape (2, 2, 2)"),
        (lambda: transport.w2(np.zeros((0, 2)), [[0.0, 0.0]]), "points"),
        (lambda: transport.solve(cost=[[0.0, -np.inf]]), "cost"),
        (lambda: transport.solve(cost=[[0.0, 1.0]], a=[1.0], b=[0.2, 0.2]), "weights of y sums to 0.4"),
        (lambda: transport.solve([[0.0]], [[1.0]], cost="manhattan"), "cityblock"),
        (lambda: transport.solve([[0.0]], [[1.0]], epsilon=-1.0), "-1"),
        (lambda: transport.solve([[0.0]], [[1.0]], cost=[[1.0]]), "leave them out"),
        (lambda: transport.solve([[0.0]], [[1.0]], epsilon=0.1, rank=2), "give one of them"),
        (lambda: transport.solve([[0.0]], [[1.0]], unbalanced=1.0, penalty="chi2"), "kl, l2, tv"),
        (lambda: transport.solve([[0.0]], [[1.0]], time_limit=-1.0), "time_limit"),
        (lambda: divergence.kl([0.5, 0.4], [0.5, 0.5]), "sums to 0.9"),
        (lambda: divergence.kl([1.5, -0.5], [0.5, 0.5]), "negative"),
        (lambda: divergence.divergence([1.0], [1.0], "jensen"), "expected one of: kl"),
        (lambda: divergence.kl([1.0], [1.0], axis=1), "no axis 1"),
        (lambda: divergence.total_variation([1.0], [1.0], base=2), "no base"),
        (lambda: score.score([[0.0], [1.0]], [[0.0], [1.0]], ["fud"]), "unknown metric `fud`"),
        (lambda: score.Frechet().update(), "real, fake, or both"),
        (lambda: score.Frechet().update(real=[[0.0]]).compute(), "no fake rows"),
    ],
)
def test_bad_input_is_a_value_error_with_the_message_of_the_library(call, message):
    with pytest.raises(ValueError) as caught:
        call()
    assert message in str(caught.value)


@pytest.mark.parametrize("layout", ["f8,i1", "i1,f8", "f8,f4", "i4,f8"])
def test_packed_records(rng, layout):
    x = rng.normal(size=20)
    records = np.zeros(20, dtype=layout)
    field = "f0" if layout.startswith("f8") else "f1"
    records[field] = x
    assert transport.line(records[field], x + 1.0).value == pytest.approx(1.0)
    assert transport.w2(records[field], x[::-1] + 1.0).value == pytest.approx(1.0)


def test_a_mask_is_not_lost():
    x = np.ma.array([[1.0], [2.0], [3.0]], mask=[[False], [True], [False]])
    with pytest.raises(ValueError, match="x has masked entries.*filled"):
        transport.w2(x, [[0.0]])
    assert transport.w2(np.ma.array([[1.0]]), [[0.0]]).value == 1.0


def test_a_tensor_that_requires_gradients_is_refused():
    torch = pytest.importorskip("torch")
    with pytest.raises(ValueError, match="x is no array of numbers.*grad"):
        transport.w2(torch.ones(2, 1, requires_grad=True), [[0.0]])


def test_a_sparse_matrix_is_refused():
    sparse = pytest.importorskip("scipy.sparse")
    for costs in (sparse.coo_array(np.eye(3)), sparse.csr_matrix(np.eye(3))):
        with pytest.raises(ValueError, match="sparse.*missing entry is not a cost of zero"):
            transport.solve(cost=costs)
