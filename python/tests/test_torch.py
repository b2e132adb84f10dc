"""Gradients of the losses for PyTorch, against finite differences."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
losses = pytest.importorskip("fenchel.torch")


def clouds(rng, n=5, m=6, d=2):
    return (torch.tensor(rng.normal(size=(rows, d)), requires_grad=True) for rows in (n, m))


def test_sinkhorn_divergence(rng):
    x, y = clouds(rng)
    assert torch.autograd.gradcheck(lambda x, y: losses.sinkhorn_divergence(x, y, 0.5, tolerance=1e-12), (x, y), atol=1e-6)


def test_w2_squared(rng):
    x, y = clouds(rng)
    assert torch.autograd.gradcheck(losses.w2_squared, (x, y), eps=1e-7, atol=1e-6)


@pytest.mark.parametrize("loss", [losses.w2_squared, lambda x, y, a, b: losses.sinkhorn_divergence(x, y, 0.5, a, b, tolerance=1e-12)])
def test_weights(rng, loss):
    x, y = clouds(rng)
    logits = [torch.tensor(rng.normal(size=len(of)), requires_grad=True) for of in (x, y)]
    weighted = lambda a, b: loss(x.detach(), y.detach(), a.softmax(0), b.softmax(0))
    assert torch.autograd.gradcheck(weighted, logits, eps=1e-7, atol=1e-5)


def test_a_shift_is_learnt_in_single_precision(rng):
    x = torch.tensor(rng.normal(size=(50, 2)), dtype=torch.float32)
    shift = torch.zeros(2, requires_grad=True)
    optimiser = torch.optim.SGD([shift], lr=0.25)
    for _ in range(30):
        optimiser.zero_grad()
        loss = losses.w2_squared(x + shift, x + torch.tensor([1.0, -2.0]))
        loss.backward()
        optimiser.step()
    assert loss.dtype == torch.float32 and np.allclose(shift.detach(), [1, -2], atol=1e-3)


@pytest.mark.parametrize("loss", [losses.w2_squared, lambda *given: losses.sinkhorn_divergence(given[0], given[1], 0.5, *given[2:])])
def test_weights_in_single_precision(rng, loss):
    x, y = (torch.tensor(rng.normal(size=(n, 2)), dtype=torch.float32) for n in (40, 50))
    logits = [torch.tensor(rng.normal(size=len(of)), dtype=torch.float32, requires_grad=True) for of in (x, y)]
    given = [logit.softmax(0) for logit in logits]
    assert max(abs(float(weights.detach().double().sum()) - 1.0) for weights in given) > 1e-9
    found = loss(x, y, *given)
    expected = loss(x.double(), y.double(), *(logit.detach().double().softmax(0) for logit in logits))
    found.backward()
    assert found.item() == pytest.approx(expected.item(), rel=1e-5)
    assert all(torch.isfinite(logit.grad).all() for logit in logits)


def test_weights_far_from_a_law_are_refused(rng):
    x = torch.tensor(rng.normal(size=(4, 2)), dtype=torch.float32)
    with pytest.raises(ValueError, match="sums to"):
        losses.sinkhorn_divergence(x, x, 0.5, torch.full((4,), 0.2501))


def test_it_is_not_differentiated_twice(rng):
    x, y = clouds(rng)
    (gradient,) = torch.autograd.grad(losses.w2_squared(x, y), x, create_graph=True)
    with pytest.raises(RuntimeError):
        gradient.sum().backward()
