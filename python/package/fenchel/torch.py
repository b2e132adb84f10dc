"""Losses for PyTorch: the Sinkhorn divergence and the squared W2 distance, whose gradients are exact.

The gradients are those of the dual pair, by points and by weights; nothing is differentiated through a solver. They are not differentiable
again. Tensors may be on any device and of any floating type; the work is done on the CPU in double precision.
"""

from __future__ import annotations

from typing import Any, Optional, Tuple

import numpy as np
import torch
from torch.autograd.function import once_differentiable

from . import _arrays, transport

__all__ = ["sinkhorn_divergence", "w2_squared"]


def sinkhorn_divergence(
    x: torch.Tensor,
    y: torch.Tensor,
    epsilon: float,
    a: Optional[torch.Tensor] = None,
    b: Optional[torch.Tensor] = None,
    *,
    cost: str = "sqeuclidean",
    tolerance: Optional[float] = None,
) -> torch.Tensor:
    """The Sinkhorn divergence of clouds ``x`` (n, d) and ``y`` (m, d) with weights ``a`` (n,) and ``b`` (m,), a scalar.

    Gradients by weights are those along laws: they have mean zero under the law, since weights sum to one.
    """

    def solve(x: np.ndarray, y: np.ndarray, a: np.ndarray, b: np.ndarray) -> Tuple[float, Any]:
        found = transport.sinkhorn_divergence(x, y, epsilon, a=a, b=b, cost=cost, gradient=True, tolerance=tolerance)
        return found.value, found.gradient

    return _Loss.apply(x, y, *_weights(x, y, a, b), solve)


def w2_squared(
    x: torch.Tensor, y: torch.Tensor, a: Optional[torch.Tensor] = None, b: Optional[torch.Tensor] = None
) -> torch.Tensor:
    """The squared W2 distance of clouds ``x`` (n, d) and ``y`` (m, d) with weights ``a`` (n,) and ``b`` (m,), a scalar.

    The gradient by points is that of the optimal plan; where plans are tied, of one of them.
    """

    def solve(x: np.ndarray, y: np.ndarray, a: np.ndarray, b: np.ndarray) -> Tuple[float, Any]:
        found = transport.solve(x, y, a=a, b=b)
        rows, columns, masses = found.plan.arcs()
        moved = 2.0 * masses[:, np.newaxis] * (x[rows] - y[columns])
        by_x, by_y = np.zeros_like(x), np.zeros_like(y)
        np.add.at(by_x, rows, moved)
        np.subtract.at(by_y, columns, moved)
        u, v = found.potentials
        return found.value, (by_x, by_y, u - u @ a, v - v @ b)

    return _Loss.apply(x, y, *_weights(x, y, a, b), solve)


class _Loss(torch.autograd.Function):
    """A value and its four gradients, found together."""

    @staticmethod
    def forward(ctx: Any, x: Any, y: Any, a: Any, b: Any, solve: Any) -> torch.Tensor:
        value, gradients = solve(_array(x), _array(y), _masses(a), _masses(b))
        like = (x, y, a, b)
        ctx.save_for_backward(*(torch.as_tensor(found).to(of) for found, of in zip(gradients, like)))
        return torch.as_tensor(value, dtype=x.dtype, device=x.device)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, by_value: torch.Tensor) -> Tuple[Optional[torch.Tensor], ...]:
        return (*(by_value * found for found in ctx.saved_tensors), None)


def _array(tensor: torch.Tensor) -> np.ndarray:
    return tensor.detach().to("cpu", torch.float64).numpy()


def _masses(tensor: torch.Tensor) -> np.ndarray:
    found = _array(tensor)
    # those of a softmax in single precision sum to one within its rounding only; a law must in double precision
    return found if tensor.dtype == torch.float64 else _arrays.unit(found)


def _weights(x: torch.Tensor, y: torch.Tensor, *given: Optional[torch.Tensor]) -> Tuple[torch.Tensor, ...]:
    uniform = (torch.full((len(of),), 1.0 / len(of), dtype=torch.float64, device=of.device) for of in (x, y))
    return tuple(equal if weights is None else weights for equal, weights in zip(uniform, given))
