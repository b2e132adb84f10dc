"""What the functions have in common: masses as POT takes them, results of the type of the arguments, and what is refused."""

from __future__ import annotations

import warnings
from typing import Any, Dict, List, Optional, Tuple

import numpy as np

from ... import _arrays

#: Totals may differ by so much, as in POT, and the second masses are then brought to the first ones.
_TOTALS = 1.5e-6


class Mismatch(AssertionError, ValueError):
    """Sizes or totals that do not fit: an ``AssertionError`` as in POT, and a ``ValueError`` as elsewhere here."""


def refuse(**given: Any) -> None:
    """Raises for arguments that have no counterpart."""
    for name, value in given.items():
        if value is not None:
            raise Unsupported(f"`{name}` has no counterpart in fenchel; leave it out")


class Unsupported(NotImplementedError, ValueError):
    """An argument that has no counterpart here."""


def masses(values: Any, n: int, name: str) -> np.ndarray:
    """Masses (n,), equal ones where there are none."""
    found = np.zeros(0) if values is None else _arrays.array(values, name)
    if found.size == 0:
        return np.full(n, 1.0 / n)
    found = found.reshape(len(found), -1)
    if len(found) != n:
        raise Mismatch(f"Dimension mismatch: {name} has {len(found)} entries where {n} are needed")
    return found[:, 0] if found.shape[1] == 1 else found


def balanced(a: np.ndarray, b: np.ndarray, check: bool = True) -> np.ndarray:
    """The masses ``b`` with the total of ``a``."""
    if check and abs(a.sum() - b.sum()) > _TOTALS:
        raise Mismatch(f"a and b vector must have the same sum; they have {a.sum()} and {b.sum()}")
    return b * (a.sum() / b.sum())


def columns(several: np.ndarray) -> Tuple[bool, List[np.ndarray]]:
    """Masses (m,), or the columns of several (m, k); and whether there are several."""
    return several.ndim == 2, [several] if several.ndim == 1 else [np.array(column) for column in several.T]


def problem(a: Any, b: Any, M: Any, check: bool = True) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Masses and costs of a problem whose totals agree."""
    costs = _arrays.matrix(M, "M")
    first, second = masses(a, costs.shape[0], "a"), masses(b, costs.shape[1], "b")
    return first, (balanced(first, second, check) if second.ndim == 1 else second), costs


def like(values: Any, *arguments: Any) -> Any:
    """The values in single precision where an argument has it, as POT's results have; what is no number stays as it is."""
    if not isinstance(values, (float, np.ndarray, np.generic)):
        return values
    single = any(getattr(argument, "dtype", None) == np.float32 for argument in arguments)
    if not single:
        return values
    return np.asarray(values, dtype=np.float32) if np.ndim(values) else np.float32(values)


def warn_unless_converged(report: Any, advice: str, warn: bool = True) -> Optional[str]:
    """Warns of a solver that stopped early, and returns the warning."""
    if report.converged:
        return None
    message = f"{advice} ({report.status}; the optimum is in [{report.dual}, {report.primal}])"
    if warn:
        warnings.warn(message, stacklevel=4)
    return message


def answer(result: Any, log: bool, entries: Dict[str, Any]) -> Any:
    """The result, with its log if that was asked for."""
    return (result, entries) if log else result
