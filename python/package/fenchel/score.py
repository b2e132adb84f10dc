"""Generated samples against real ones: every score with its error, its interval, and what equal laws would get.

>>> import numpy as np
>>> from fenchel import score
>>> rng = np.random.default_rng(0)
>>> real, fake = rng.normal(size=(300, 2)), rng.normal(size=(300, 2)) + 1
>>> found = score.score(real, fake, ["energy", "precision"])
>>> found["energy"].p_value < 0.01
True

Classes in the style of scikit-learn and torchmetrics take samples in blocks, merge, and can be pickled:

>>> half = score.Frechet().update(real=real[:150], fake=fake[:150])
>>> rest = score.Frechet(part=1).update(real=real[150:], fake=fake[150:])
>>> frechet = half.merge(rest).compute()
>>> frechet.n, round(frechet.value, 2) == round(score.score(real, fake, ["frechet"])["frechet"].value, 2)
(300, True)

``Frechet``, ``Mmd``, ``SlicedW2`` and ``Columns`` keep running states of bounded memory; ``Metric`` keeps the rows, for every score there is.
"""

from __future__ import annotations

import copy
from types import SimpleNamespace
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence

import numpy as np

from . import _arrays, _fenchel
from ._fenchel import Estimate

__all__ = ["Columns", "Frechet", "Metric", "Mmd", "Scores", "SlicedW2", "metrics", "score"]

#: A part that is merged may have so many rows.
_ROWS_A_PART = 1 << 40


def metrics() -> Dict[str, str]:
    """The names of all scores, and what they say.

    >>> from fenchel import score
    >>> "frechet" in score.metrics()
    True
    """
    return {name: description for name, description, _, _ in _fenchel.metrics()}


class Scores(Mapping[str, Estimate]):
    """Scores by name; ``skipped`` says why others are missing."""

    def __init__(self, estimates: Sequence[Estimate], skipped: Optional[Dict[str, str]] = None) -> None:
        self._estimates = {estimate.name: estimate for estimate in estimates}
        self.skipped = skipped or {}

    def __getitem__(self, name: str) -> Estimate:
        return self._estimates[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._estimates)

    def __len__(self) -> int:
        return len(self._estimates)

    def first(self) -> Estimate:
        """The first score."""
        return next(iter(self.values()))

    def to_records(self) -> List[Dict[str, Any]]:
        """A dictionary a score: what ``pandas.DataFrame`` and ``polars.DataFrame`` take."""
        return [estimate.to_dict() for estimate in self.values()]

    def __repr__(self) -> str:
        lines = [f"  {estimate!r}" for estimate in self.values()]
        return "\n".join(["Scores(", *lines, ")"])

    def _repr_html_(self) -> str:
        columns = ["name", "value", "low", "high", "baseline", "p_value"]
        head = "".join(f"<th>{column}</th>" for column in columns)
        cells = [[_cell(record[column]) for column in columns] for record in self.to_records()]
        body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in cells)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def score(
    real: Any,
    fake: Any,
    metrics: Optional[Sequence[str]] = None,
    *,
    train: Any = None,
    compat: Optional[str] = None,
    k: Optional[int] = None,
    kernel: Optional[str] = None,
    permutations: Optional[int] = None,
    baseline: bool = True,
    seed: int = 0,
    progress: Optional[Callable[[str], Any]] = None,
) -> Scores:
    """Scores of ``fake`` (m, d) against ``real`` (n, d).

    Parameters
    ----------
    metrics : names as in :func:`metrics`, or those of other programs (``fid``). Left out: all that the samples allow.
    train : the rows (l, d) that the generator was trained on, for scores of copying.
    compat : conventions of another program: ``torch-fidelity``, ``clean-fid``, ``pytorch-fid``, ``prdc``, ``scipy``, ``vendi-score``.
    k : the neighbour that a ball reaches to.
    kernel : of the MMD: ``gaussian``, ``laplace``, ``polynomial``.
    permutations, baseline : how many relabellings, and whether to compute what equal laws would get.
    progress : called with the name of each score before it is computed; ``StopIteration`` ends it there.

    Examples
    --------
    >>> import numpy as np
    >>> from fenchel import score
    >>> rng = np.random.default_rng(0)
    >>> found = score.score(rng.normal(size=(100, 2)), rng.normal(size=(100, 2)), ["fid", "coverage"], permutations=99)
    >>> list(found)
    ['frechet', 'coverage']
    """
    names = None if metrics is None else [metrics] if isinstance(metrics, str) else list(metrics)
    card = SimpleNamespace(
        metrics=names, compat=compat, k=k, kernel=kernel, permutations=permutations, baseline=baseline, seed=seed
    )
    rows = None if train is None else _arrays.rows(train, "train")
    return Scores(*_fenchel.scores(_arrays.rows(real, "real"), _arrays.rows(fake, "fake"), rows, card, progress))


class _Blocks:
    """A score whose samples come in blocks."""

    def update(self, real: Any = None, fake: Any = None) -> Any:
        """Takes a block of real rows (n, d), of fake rows (m, d), or of both; returns itself."""
        if real is None and fake is None:
            raise ValueError("update takes real, fake, or both")
        for side, rows in (("real", real), ("fake", fake)):
            if rows is not None:
                self._take(side, _arrays.rows(rows, side))
        return self

    def _take(self, side: str, rows: np.ndarray) -> None:
        raise NotImplementedError


class _Running(_Blocks):
    """A score from running states, one of the real and one of the fake sample."""

    _kind = ""

    def __init__(self, part: int, **settings: Any) -> None:
        self._start = part * _ROWS_A_PART
        chosen = {"seed": 0, "bandwidth": 1.0, "count": 1, "values": 1, "origin": None, **settings}
        self._settings = SimpleNamespace(**chosen)
        self.reset()

    def reset(self) -> None:
        """Forgets all rows."""
        self._states: Dict[str, _fenchel.Running] = {}

    def _take(self, side: str, rows: np.ndarray) -> None:
        if side not in self._states:
            self._states[side] = _fenchel.Running(self._kind, rows.shape[1], self._start, self._settings)
        self._states[side].push(rows)

    def merge(self, other: Any) -> Any:
        """Takes what another object of the class has seen; returns itself. Parts that are merged have different numbers ``part``."""
        if type(other) is not type(self):
            raise ValueError(f"a {type(other).__name__} does not merge with a {type(self).__name__}")
        for side, state in other._states.items():
            if side in self._states:
                self._states[side].merge(state)
            else:
                self._states[side] = copy.copy(state)
        return self

    def _scores(self) -> List[Estimate]:
        for side in ("real", "fake"):
            if side not in self._states:
                raise ValueError(f"there are no {side} rows yet; give them to update({side}=...)")
        return self._states["real"].scores(self._states["fake"])

    def __repr__(self) -> str:
        rows = {side: state.rows for side, state in self._states.items()}
        return f"{type(self).__name__}(real={rows.get('real', 0)} rows, fake={rows.get('fake', 0)} rows)"


class Frechet(_Running):
    """The squared Frechet distance of Gaussian fits, whose rows are read once. Memory O(d^2).

    >>> import numpy as np
    >>> from fenchel import score
    >>> x = np.random.default_rng(0).normal(size=(500, 3))
    >>> round(score.Frechet().update(real=x).update(fake=x + 2.0).compute().value, 9)
    12.0
    """

    _kind = "moments"

    def __init__(self, *, part: int = 0) -> None:
        super().__init__(part)

    def compute(self) -> Estimate:
        """The score of all rows so far."""
        return self._scores()[0]


class Mmd(_Running):
    """The squared MMD under a Gaussian kernel of this ``bandwidth``, by random frequencies.

    ``origin`` is a point near the data. Memory O(frequencies).
    """

    _kind = "features"

    def __init__(
        self, bandwidth: float = 1.0, *, frequencies: int = 256, origin: Any = None, seed: int = 0, part: int = 0
    ) -> None:
        near = None if origin is None else _arrays.vector(origin, "origin").tolist()
        super().__init__(part, bandwidth=bandwidth, count=frequencies, origin=near, seed=seed)

    def compute(self) -> Estimate:
        """The score of all rows so far."""
        return self._scores()[0]


class SlicedW2(_Running):
    """The sliced W2 over random directions, from sketches that hold so many ``values`` a level."""

    _kind = "slices"

    def __init__(
        self, *, directions: int = 50, values: int = 1024, origin: Any = None, seed: int = 0, part: int = 0
    ) -> None:
        near = None if origin is None else _arrays.vector(origin, "origin").tolist()
        super().__init__(part, count=directions, values=values, origin=near, seed=seed)

    def compute(self) -> Estimate:
        """The score of all rows so far."""
        return self._scores()[0]


class Columns(_Running):
    """KS, W1 and JSD of every column, from sketches that hold so many ``values`` a level.

    >>> import numpy as np
    >>> from fenchel import score
    >>> x = np.arange(100.0)[:, None]
    >>> found = score.Columns(names=["age"]).update(real=x, fake=x + 1).compute()
    >>> list(found), found["w1:age"].value
    (['ks:age', 'w1:age', 'jsd:age'], 1.0)
    """

    _kind = "columns"

    def __init__(self, *, names: Optional[Sequence[str]] = None, values: int = 4096, part: int = 0) -> None:
        self._names = names
        super().__init__(part, values=values)

    def compute(self) -> Dict[str, Estimate]:
        """The scores by ``ks:NAME``, ``w1:NAME`` and ``jsd:NAME``; columns without names are counted from 0."""
        found = self._scores()
        columns = len(found) // 3
        names = self._names if self._names is not None else range(columns)
        if len(names) != columns:
            raise ValueError(f"there are {len(names)} names but {columns} columns")
        keys = [f"{kind}:{name}" for kind in ("ks", "w1", "jsd") for name in names]
        return dict(zip(keys, found))


class Metric(_Blocks):
    """Any score by name, of rows that are kept; options as those of :func:`score`.

    >>> import numpy as np
    >>> from fenchel import score
    >>> x = np.random.default_rng(0).normal(size=(100, 2))
    >>> score.Metric("coverage", permutations=0).update(real=x).update(fake=x).compute().value
    1.0
    """

    def __init__(self, name: str, **options: Any) -> None:
        self._name, self._options = name, options
        self.reset()

    def reset(self) -> None:
        """Forgets all rows."""
        self._rows: Dict[str, List[np.ndarray]] = {"real": [], "fake": []}

    def _take(self, side: str, rows: np.ndarray) -> None:
        self._rows[side].append(np.array(rows))

    def merge(self, other: "Metric") -> "Metric":
        """Takes the rows of another object of the same name; returns itself."""
        if not isinstance(other, Metric) or other._name != self._name:
            raise ValueError(f"{other!r} does not merge with {self!r}")
        for side, blocks in other._rows.items():
            self._rows[side].extend(blocks)
        return self

    def compute(self) -> Estimate:
        """The score of all rows so far."""
        for side, blocks in self._rows.items():
            if not blocks:
                raise ValueError(f"there are no {side} rows yet; give them to update({side}=...)")
        real, fake = (np.concatenate(self._rows[side]) for side in ("real", "fake"))
        return score(real, fake, [self._name], **self._options).first()

    def __repr__(self) -> str:
        rows = {side: sum(map(len, blocks)) for side, blocks in self._rows.items()}
        return f"Metric({self._name!r}, real={rows['real']} rows, fake={rows['fake']} rows)"
