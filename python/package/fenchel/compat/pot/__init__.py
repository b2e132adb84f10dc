"""Functions of POT (``ot``) by their names and with their arguments, computed by fenchel.

>>> import numpy as np
>>> from fenchel.compat import pot as ot
>>> x, y = np.random.default_rng(0).normal(size=(2, 50, 2))
>>> M = ot.dist(x, y)
>>> G = ot.emd([], [], M)
>>> bool(np.allclose(G.sum(1), ot.unif(50)))
True
>>> bool(np.isclose(ot.emd2([], [], M), (M * G).sum()))
True

What is the same: names, order of arguments, results, and the keys of ``log`` that are listed with each function; every ``log`` also has
``report``, the certificate. What is not:

- arrays are NumPy's; tensors are read, and the answer is an array. ``fenchel.torch`` has losses with gradients;
- starts (``warmstart``, ``potentials_init``) are not used, since convex problems have the same answer from everywhere; Gromov-Wasserstein, which is
  not convex, refuses a start ``G0`` other than the product of the masses, and takes the best of several of its own;
- a sparse cost matrix, ``kl_loss``, distances that are not symmetric, and ``scaler`` are refused;
- the exact solver has no limit of iterations unless ``numItermax`` is given, and costs that are not numbers are refused;
- Sinkhorn's ``method`` chooses nothing: all names are the one solver in the logarithmic domain, which also converges where ``reg`` is
  small; and its plans have exact marginals.

``python/pot.md`` in the repository says which tests of POT pass.
"""

from .entropic import (
    barycenter,
    barycenter_debiased,
    empirical_sinkhorn,
    empirical_sinkhorn2,
    empirical_sinkhorn_divergence,
    sinkhorn,
    sinkhorn2,
)
from .exact import emd, emd2, free_support_barycenter, partial_wasserstein, partial_wasserstein2
from .gaussian import bures_wasserstein_barycenter, bures_wasserstein_distance, bures_wasserstein_mapping
from .gromov import (
    entropic_fused_gromov_wasserstein,
    entropic_fused_gromov_wasserstein2,
    entropic_gromov_wasserstein,
    entropic_gromov_wasserstein2,
    fused_gromov_wasserstein,
    fused_gromov_wasserstein2,
    gromov_wasserstein,
    gromov_wasserstein2,
)
from .line import (
    binary_search_circle,
    emd2_1d,
    emd_1d,
    max_sliced_wasserstein_distance,
    sliced_wasserstein_distance,
    wasserstein_1d,
    wasserstein_circle,
)
from .unbalanced import mm_unbalanced, mm_unbalanced2, sinkhorn_unbalanced, sinkhorn_unbalanced2
from .utils import dist, euclidean_distances, unif

__all__ = [
    "barycenter",
    "barycenter_debiased",
    "binary_search_circle",
    "bures_wasserstein_barycenter",
    "bures_wasserstein_distance",
    "bures_wasserstein_mapping",
    "dist",
    "emd",
    "emd2",
    "emd2_1d",
    "emd_1d",
    "empirical_sinkhorn",
    "empirical_sinkhorn2",
    "empirical_sinkhorn_divergence",
    "entropic_fused_gromov_wasserstein",
    "entropic_fused_gromov_wasserstein2",
    "entropic_gromov_wasserstein",
    "entropic_gromov_wasserstein2",
    "euclidean_distances",
    "free_support_barycenter",
    "fused_gromov_wasserstein",
    "fused_gromov_wasserstein2",
    "gromov_wasserstein",
    "gromov_wasserstein2",
    "max_sliced_wasserstein_distance",
    "mm_unbalanced",
    "mm_unbalanced2",
    "partial_wasserstein",
    "partial_wasserstein2",
    "sinkhorn",
    "sinkhorn2",
    "sinkhorn_unbalanced",
    "sinkhorn_unbalanced2",
    "sliced_wasserstein_distance",
    "unif",
    "wasserstein_1d",
    "wasserstein_circle",
]
