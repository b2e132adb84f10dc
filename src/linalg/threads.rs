//! Two short pieces of work on two threads.
//!
//! A step of training is hundreds of loops and products of some ten microseconds, and to wake a sleeping thread takes as long. So one
//! helper waits for work awake, for [`PATIENCE`] after the last piece, and sleeps then. A piece that the helper has not begun when
//! the caller is through with his own is done by the caller. So nobody waits for a thread that sleeps or has no core.

use std::hint;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// How long the helper waits awake.
const PATIENCE: Duration = Duration::from_micros(200);
/// Looks at a flag before the thread lets others run.
const LOOKS: u32 = 1 << 12;

/// A piece of work of the present caller, who outlives it.
type Job = &'static mut (dyn FnMut() + Send);

struct Desk {
    /// Held by the one who gives work.
    turn: Mutex<()>,
    job: Mutex<Option<Job>>,
    offered: AtomicBool,
    done: AtomicBool,
    asleep: AtomicBool,
}

static DESK: Desk = Desk {
    turn: Mutex::new(()),
    job: Mutex::new(None),
    offered: AtomicBool::new(false),
    done: AtomicBool::new(false),
    asleep: AtomicBool::new(false),
};

/// None where no thread can be had.
static HELPER: LazyLock<Option<Thread>> = LazyLock::new(|| {
    let spawned = thread::Builder::new().name("fenchel-helper".to_owned()).spawn(help);
    spawned.ok().map(|helper| helper.thread().clone())
});

/// Does two pieces of work, at once where the helper is free, else one after the other.
///
/// Work that already runs on rayon's pool, such as one of several trainings at once, stays on its thread; so does all of it where the
/// pool has one thread only. A panic of either piece goes on to the caller, after both have ended.
pub(crate) fn both(one: impl FnOnce(), other: impl FnOnce() + Send) {
    let alone = rayon::current_thread_index().is_some() || rayon::current_num_threads() == 1;
    let (false, Some(helper), Some(_turn)) = (alone, HELPER.as_ref(), DESK.turn()) else {
        one();
        return other();
    };
    let mut other = Some(other);
    let mut of_other = Ok(());
    let mut piece = || {
        if let Some(other) = other.take() {
            of_other = catch_unwind(AssertUnwindSafe(other));
        }
    };
    let job: &mut (dyn FnMut() + Send) = &mut piece;
    // SAFETY: only the lifetime changes. The helper has the reference from when it takes it off the desk until it says that it is done.
    // Before this function ends or unwinds, it has taken the reference back itself or has waited for that word: what lies between
    // cannot unwind, since the piece of the caller is caught.
    #[allow(unsafe_code)]
    let job = unsafe { mem::transmute::<&mut (dyn FnMut() + Send), Job>(job) };
    DESK.offer(job, helper);
    let of_one = catch_unwind(AssertUnwindSafe(one));
    match DESK.take() {
        Some(job) => job(),
        None => wait_for(&DESK.done),
    }
    for outcome in [of_one, of_other] {
        outcome.unwrap_or_else(|panic| resume_unwind(panic));
    }
}

impl Desk {
    /// None if somebody else gives work, such as the caller himself, from within a piece.
    fn turn(&self) -> Option<MutexGuard<'_, ()>> {
        match self.turn.try_lock() {
            Ok(turn) => Some(turn),
            Err(TryLockError::Poisoned(turn)) => Some(turn.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    fn offer(&self, job: Job, helper: &Thread) {
        self.done.store(false, Ordering::Relaxed);
        *self.job.lock().unwrap_or_else(PoisonError::into_inner) = Some(job);
        // either this sees that the helper is about to sleep, or the helper sees that there is work
        self.offered.store(true, Ordering::SeqCst);
        if self.asleep.load(Ordering::SeqCst) {
            helper.unpark();
        }
    }

    fn take(&self) -> Option<Job> {
        self.offered.store(false, Ordering::Relaxed);
        self.job.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What the helper does.
fn help() {
    loop {
        let mut since = Instant::now();
        let mut looks = 0_u32;
        let job = loop {
            if DESK.offered.load(Ordering::Acquire)
                && let Some(job) = DESK.take()
            {
                break job;
            }
            looks = looks.wrapping_add(1);
            if looks.is_multiple_of(64) && since.elapsed() > PATIENCE {
                DESK.asleep.store(true, Ordering::SeqCst);
                if !DESK.offered.load(Ordering::SeqCst) {
                    thread::park();
                }
                DESK.asleep.store(false, Ordering::SeqCst);
                since = Instant::now();
            }
            hint::spin_loop();
        };
        job();
        DESK.done.store(true, Ordering::Release);
    }
}

fn wait_for(flag: &AtomicBool) {
    let mut looks = 0;
    while !flag.load(Ordering::Acquire) {
        looks += 1;
        if looks < LOOKS { hint::spin_loop() } else { thread::yield_now() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    #[test]
    fn both_pieces_are_done_once_from_many_threads_and_from_within() {
        let count = AtomicUsize::new(0);
        let add = || _ = count.fetch_add(1, Ordering::Relaxed);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for round in 0..2000 {
                        both(add, || both(add, add));
                        if round % 500 == 0 {
                            thread::sleep(3 * PATIENCE); // the helper falls asleep
                        }
                    }
                });
            }
        });
        assert_eq!(count.load(Ordering::Relaxed), 3 * 4 * 2000);
    }

    #[test]
    fn a_panic_of_either_piece_reaches_the_caller_after_the_other_has_ended() {
        let ended = AtomicUsize::new(0);
        let end = || {
            thread::sleep(Duration::from_millis(5));
            ended.fetch_add(1, Ordering::Relaxed);
        };
        assert!(catch_unwind(AssertUnwindSafe(|| both(|| panic!("one"), end))).is_err());
        assert!(catch_unwind(AssertUnwindSafe(|| both(end, || panic!("other")))).is_err());
        both(end, end);
        assert_eq!(ended.load(Ordering::Relaxed), 4);
    }
}
