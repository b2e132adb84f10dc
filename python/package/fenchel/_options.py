"""Options that are handed to the compiled half as one object."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Callable, Optional


def limits(
    tolerance: Optional[float] = None,
    iterations: Optional[int] = None,
    seconds: Optional[float] = None,
    progress: Optional[Callable[..., Any]] = None,
) -> SimpleNamespace:
    """How long a solver may run, and who watches it."""
    return SimpleNamespace(tolerance=tolerance, iterations=iterations, seconds=seconds, progress=progress)
