//! One seed, one stream a task.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The generator of stream `stream` under `seed`.
///
/// Streams of one seed are independent, so each task (data, noise, initial weights, bootstrap) takes one of its own
/// and adding a task never shifts the numbers of another.
///
/// ```
/// use rand::RngExt;
/// let a: f64 = fenchel::numeric::stream(7, 0).random();
/// let b: f64 = fenchel::numeric::stream(7, 1).random();
/// assert_ne!(a.to_bits(), b.to_bits());
/// ```
#[must_use]
pub fn stream(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    rng
}
