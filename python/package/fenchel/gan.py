"""Small adversarial training: a generator against a discriminator, from a preset.

>>> from fenchel import gan
>>> game = gan.Gan("plain", "ring8", seed=1)
>>> game.train(20)
'iteration limit'
>>> game.steps, game.sample(5).shape
(20, (5, 2))

The same preset, data and seed give the same bits. A game can be pickled, and continues where it was.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional

import numpy as np

from . import _arrays, _fenchel

__all__ = ["Gan", "presets"]


def presets() -> Dict[str, str]:
    """The names of the presets, and what they are for.

    >>> from fenchel import gan
    >>> {"plain", "digits"} <= set(gan.presets())
    True
    """
    return dict(_fenchel.Gan.presets())


class Gan:
    """A game of a preset on ``data``: rows (n, d), or the name of a toy law (``ring8``, ``grid25``, ``swissroll``).

    >>> import numpy as np, pickle
    >>> from fenchel import gan
    >>> rows = np.random.default_rng(0).normal(size=(500, 3))
    >>> game = gan.Gan("plain", rows)
    >>> _ = game.train(10)
    >>> again = pickle.loads(pickle.dumps(game))
    >>> _ = game.train(20), again.train(20)
    >>> bool((game.sample(4) == again.sample(4)).all())
    True
    """

    def __init__(self, preset: str = "ring8", data: Any = "ring8", *, seed: int = 0) -> None:
        toy, rows = (data, None) if isinstance(data, str) else (None, _arrays.rows(data, "data"))
        self._game = _fenchel.Gan(preset, toy, rows, seed)

    def train(
        self, steps: int, *, progress: Optional[Callable[[int, float, float], Any]] = None, every: int = 100
    ) -> str:
        """Plays until ``steps`` steps are played in all, and returns why it stopped: ``iteration limit``, or ``diverged``.

        ``progress`` is called every so many steps with the step and the losses of discriminator and generator; where it raises
        ``StopIteration`` the game stops, with what it has learnt. A game in training cannot be looked at, by ``progress`` or by another
        thread: ``steps``, ``sample`` and pickling raise ``RuntimeError`` until ``train`` returns. Train in parts to look in between.
        """
        return self._game.train(steps, progress, every)

    def sample(self, n: int, *, seed: int = 0) -> np.ndarray:
        """Samples of the generator, an array (n, d)."""
        return self._game.sample(n, seed)

    @property
    def steps(self) -> int:
        """Steps played."""
        return self._game.steps

    def __repr__(self) -> str:
        return repr(self._game)

    def _repr_html_(self) -> str:
        return self._game._repr_html_()
