//! NumPy's legacy random stream, for numbers of programs that draw from it.
//!
//! `numpy.random.RandomState(seed)` is the Mersenne Twister MT19937 (Matsumoto and Nishimura,
//! doi:10.1145/272991.272995) seeded by its authors' linear recurrence. NumPy promises that its streams never change
//! (NEP 19). Everything random of our own comes from [`stream`](super::stream).

/// The words of the state, and the distance of those that are mixed.
const WORDS: usize = 624;
const MIDDLE: usize = 397;

/// The stream of one seed.
pub(crate) struct RandomState {
    key: [u32; WORDS],
    /// How many words of the state were given out.
    given: usize,
}

impl RandomState {
    pub(crate) fn new(seed: u32) -> Self {
        let mut key = [seed; WORDS];
        for i in 1..WORDS {
            let before = key[i - 1];
            key[i] = 1_812_433_253u32.wrapping_mul(before ^ (before >> 30)).wrapping_add(i as u32);
        }
        Self { key, given: WORDS }
    }

    fn next(&mut self) -> u32 {
        if self.given == WORDS {
            self.renew();
        }
        let mut word = self.key[self.given];
        self.given += 1;
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c_5680;
        word ^= (word << 15) & 0xefc6_0000;
        word ^ (word >> 18)
    }

    fn renew(&mut self) {
        for i in 0..WORDS {
            let joined = (self.key[i] & 0x8000_0000) | (self.key[(i + 1) % WORDS] & 0x7fff_ffff);
            let odd = if joined & 1 == 1 { 0x9908_b0df } else { 0 };
            self.key[i] = self.key[(i + MIDDLE) % WORDS] ^ (joined >> 1) ^ odd;
        }
        self.given = 0;
    }

    /// A whole number from 0 to `most`: words cut to as many bits, until one is in the range.
    fn up_to(&mut self, most: u32) -> u32 {
        let mask = u32::MAX.checked_shr(most.leading_zeros()).unwrap_or(0);
        loop {
            let word = self.next() & mask;
            if word <= most {
                return word;
            }
        }
    }

    /// `choice(n, size, replace=False)`: the first of a permutation of all.
    pub(crate) fn choice(&mut self, n: usize, size: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        for i in (1..n).rev() {
            order.swap(i, self.up_to(i as u32) as usize);
        }
        order.truncate(size);
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_those_of_the_mersenne_twister() {
        // the reference: the first and the 10,000th word of the seed 5489
        let mut stream = RandomState::new(5489);
        let words: Vec<u32> = (0..10_000).map(|_| stream.next()).collect();
        assert_eq!((words[0], words[9999]), (3_499_211_612, 4_123_659_995));
        let mut stream = RandomState::new(2020);
        assert_eq!([0; 3].map(|_| stream.next()), [4_236_026_720, 639_299_976, 3_751_189_827]);
    }

    /// Values of NumPy 2.4.6: `permutation(10)`, then `choice(1000, 5, replace=False)` and `choice(898, 3,
    /// replace=False)`.
    #[test]
    fn choices_are_those_of_numpy() {
        for (seed, permutation, five, three) in [
            (0, [2, 8, 4, 9, 1, 6, 7, 3, 0, 5], [722, 311, 85, 436, 204], [602, 290, 790]),
            (1, [2, 9, 6, 4, 0, 3, 1, 7, 8, 5], [918, 618, 293, 507, 973], [792, 701, 641]),
            (2020, [2, 4, 9, 1, 5, 7, 6, 3, 8, 0], [358, 763, 430, 530, 677], [787, 756, 281]),
            (u32::MAX, [6, 9, 5, 1, 8, 0, 7, 4, 2, 3], [222, 28, 514, 425, 23], [862, 494, 866]),
        ] {
            let mut stream = RandomState::new(seed);
            assert_eq!(stream.choice(10, 10), permutation);
            assert_eq!(stream.choice(1000, 5), five);
            assert_eq!(stream.choice(898, 3), three);
        }
        let mut stream = RandomState::new(3);
        assert_eq!((stream.choice(0, 0), stream.choice(1, 1)), (vec![], vec![0]));
    }

    #[test]
    fn numbers_up_to_a_bound_reach_it() {
        let mut stream = RandomState::new(9);
        for most in [0, 1, 2, 3, 255, 256, u32::MAX] {
            let drawn: Vec<u32> = (0..200).map(|_| stream.up_to(most)).collect();
            assert!(drawn.iter().all(|x| *x <= most));
            assert!(most > 3 || (0..=most).all(|x| drawn.contains(&x)), "{most}");
        }
    }
}
