//! Whether there is memory for what is about to begin.

use std::hint::black_box;

/// Whether so many bytes can be had at once. The function asks for them and gives them back.
///
/// A program that runs out of memory is ended by the system or by its allocator, with all its work. So work that needs
/// much memory asks first. The answer respects the limits of the process and of the machine, but not what other
/// processes take later.
pub(crate) fn is_there_memory(bytes: f64) -> bool {
    // beyond this no address is left
    bytes < isize::MAX as f64 && {
        let mut asked = Vec::<u8>::new();
        let answer = asked.try_reserve_exact(bytes as usize).is_ok();
        black_box(&asked); // an allocation that is never read may be optimised away
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::is_there_memory;

    #[test]
    fn a_page_is_there_and_a_world_is_not() {
        assert!(is_there_memory(4096.0));
        for bytes in [1e17, 1e18, 1e30, f64::INFINITY, f64::NAN] {
            assert!(!is_there_memory(bytes), "{bytes}");
        }
    }
}
