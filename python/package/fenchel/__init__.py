"""Divergences, optimal transport, scores and small adversarial training, with a certificate for every number.

>>> import numpy as np, fenchel
>>> x, y = np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([[0.0, 2.0], [1.0, 2.0]])
>>> solution = fenchel.transport.solve(x, y)
>>> solution.distance, solution.gap
(2.0, 0.0)

Five modules:

- ``fenchel.divergence``: divergences of laws on bins, and of samples with intervals;
- ``fenchel.transport``: optimal transport, exact and entropic, with plans, potentials and brackets;
- ``fenchel.score``: generated samples against real ones;
- ``fenchel.gan``: small adversarial training;
- ``fenchel.accumulate``: states of samples that are spread over many machines.

``fenchel.compat.pot`` has names and argument orders of POT, and ``fenchel.torch`` losses for PyTorch, and ``fenchel.dask`` scores on a
cluster; these are imported by name.

Arrays may be NumPy arrays, lists, or whatever NumPy or DLPack can read: tables of pandas and polars, tensors of PyTorch and JAX on the
CPU. Bad input raises ``ValueError`` with a message that says what would be right. Solvers let go of Python's lock. Ctrl-C stops them with
a ``KeyboardInterrupt`` whose attribute ``result`` is what was found so far, and whose message has the bracket of the optimum.
"""

from . import accumulate, divergence, gan, score, transport
from ._fenchel import Certified, Estimate, Plan, Progress, Report, Solution, __version__

__all__ = [
    "Certified",
    "Estimate",
    "Plan",
    "Progress",
    "Report",
    "Solution",
    "__version__",
    "accumulate",
    "divergence",
    "gan",
    "score",
    "transport",
]
