"""What may be handed in as an array, and what is said of the rest."""

from __future__ import annotations

from typing import Any, Optional, Tuple

import numpy as np

#: A sum of masses in single precision may differ from one by so much.
_ROUNDING = 1.5e-6


def array(values: Any, name: str) -> np.ndarray:
    """The values as an array of ``float64``: the same memory where they are one already."""
    if hasattr(values, "tocsr") or hasattr(values, "todense"):
        raise ValueError(f"{name} is sparse; an array is needed (`.toarray()` makes one): a missing entry is not a cost of zero")
    if np.ma.is_masked(values):
        raise ValueError(f"{name} has masked entries; leave them out or fill them (`.filled(0.0)` makes them zero)")
    try:
        if not hasattr(values, "__array__") and hasattr(values, "__dlpack__"):
            values = np.from_dlpack(values)
        found = np.asarray(values)
        if found.dtype.kind == "O":
            found = found.astype(np.float64)
    except (BufferError, RuntimeError, TypeError, ValueError) as error:
        raise ValueError(f"{name} is no array of numbers: {error}") from None
    if found.dtype.kind not in "biuf":
        raise ValueError(f"{name} has entries of type {found.dtype}; numbers are needed")
    # the compiled half counts strides in whole entries, which those of a packed record are not
    return np.require(found, dtype=np.float64, requirements=["ALIGNED"])


def rows(values: Any, name: str) -> np.ndarray:
    """A table (n, d) of points, one a row; n numbers are n points on the line."""
    found = array(values, name)
    if found.ndim == 1:
        found = found[:, np.newaxis]
    return of_dimension(found, 2, name, "(rows, columns)")


def matrix(values: Any, name: str) -> np.ndarray:
    """A matrix (n, m)."""
    return of_dimension(array(values, name), 2, name, "(n, m)")


def vector(values: Any, name: str) -> np.ndarray:
    """Numbers (n,); a table of one column is one too."""
    found = array(values, name)
    if found.ndim == 2 and found.shape[1] == 1:
        found = found[:, 0]
    return of_dimension(found, 1, name, "(n,)")


def weights(values: Any, name: str) -> Optional[np.ndarray]:
    """Numbers (n,), or none."""
    return None if values is None else vector(values, name)


def unit(values: np.ndarray) -> np.ndarray:
    """Masses of a law, whose rounding to single precision is mended."""
    total = values.sum()
    return values / total if abs(total - 1.0) < _ROUNDING else values


def of_dimension(found: np.ndarray, dimension: int, name: str, shape: str) -> np.ndarray:
    """The array, if it has as many axes."""
    if found.ndim != dimension:
        raise ValueError(f"{name} has shape {found.shape}; an array of shape {shape} is needed")
    return found


def laws(p: Any, q: Any, axis: int) -> Tuple[np.ndarray, np.ndarray, Tuple[int, ...]]:
    """Two arrays of laws along an axis, broadcast against each other, as tables of one law a row, and the shape without the axis."""
    p, q = np.broadcast_arrays(np.moveaxis(*_axis(p, "p", axis)), np.moveaxis(*_axis(q, "q", axis)))
    return p.reshape(-1, p.shape[-1]), q.reshape(-1, q.shape[-1]), p.shape[:-1]


def _axis(values: Any, name: str, axis: int) -> Tuple[np.ndarray, int, int]:
    found = array(values, name)
    if not -found.ndim <= axis < found.ndim:
        raise ValueError(f"{name} has shape {found.shape} and no axis {axis}")
    return found, axis, -1
