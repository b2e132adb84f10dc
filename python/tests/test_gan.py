"""Training from presets: the same bits, kept and continued."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from fenchel import gan


def test_the_same_seed_gives_the_same_bits():
    first, second, other = (gan.Gan("plain", "ring8", seed=seed) for seed in (1, 1, 2))
    for game in (first, second, other):
        assert game.train(30) == "iteration limit"
    assert (first.sample(10, seed=3) == second.sample(10, seed=3)).all()
    assert not (first.sample(10, seed=3) == other.sample(10, seed=3)).all()


def test_a_stored_game_goes_on(rng):
    whole, half = (gan.Gan("plain", rng.normal(size=(100, 2)) * 0 + np.arange(200.0).reshape(100, 2)) for _ in "ab")
    whole.train(20)
    half.train(10)
    half = pickle.loads(pickle.dumps(half))
    half.train(20)
    assert half.steps == 20 and (half.sample(5) == whole.sample(5)).all()


def test_it_learns_where_the_data_are(rng):
    game = gan.Gan("plain", rng.normal(size=(500, 2)) + [4.0, 0.0])
    game.train(600)
    assert np.allclose(game.sample(500).mean(0), [4, 0], atol=1.0)


def test_progress():
    seen = []

    def twice(step, discriminator, generator):
        seen.append(step)
        if len(seen) == 2:
            raise StopIteration

    game = gan.Gan("plain")
    assert game.train(100, progress=twice, every=5) == "interrupted" and seen == [5, 10] and game.steps == 10
    assert "steps=10" in repr(game) and "<table>" in game._repr_html_()


@pytest.mark.parametrize(
    "look",
    [
        lambda game: game.steps,
        lambda game: game.sample(2),
        pickle.dumps,
        lambda game: game.train(50),
        lambda game: in_another_thread(lambda: game.steps),
    ],
)
def test_a_game_in_training_cannot_be_looked_at(look):
    game = gan.Gan("plain")
    with pytest.raises(RuntimeError, match="in training"):
        game.train(20, progress=lambda *_: look(game), every=5)
    assert game.steps == 5 and game.train(20) == "iteration limit" and game.steps == 20


def in_another_thread(call):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(call).result()


def test_a_game_in_training_is_shown():
    shown, game = [], gan.Gan("plain")
    game.train(10, progress=lambda *_: shown.extend([repr(game), game._repr_html_()]), every=10)
    assert len(shown) == 2 and all("in training" in text for text in shown)


def test_unknown_names():
    with pytest.raises(ValueError, match="ring8, grid25, plain, digits"):
        gan.Gan("stylegan")
    with pytest.raises(ValueError, match="toy data"):
        gan.Gan("plain", "moons")


def test_an_interrupted_game_keeps_what_it_has_learnt():
    game = gan.Gan("plain")

    def stop(step, *_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match="keeps what it has learnt"):
        game.train(100, progress=stop, every=7)
    assert game.steps == 7
