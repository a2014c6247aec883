//! A team of threads: they start with their owner, are joined when it is dropped, and belong to no pool.
//!
//! A step is two pieces of work of about half a millisecond, so passing one on must cost next to nothing: a waiting
//! thread spins a while (the next piece usually arrives within microseconds) and then sleeps.
//!
//! Teams created with `shares` share the cores of a process: one that computes alone uses all its threads, and K teams
//! at the same time use a K-th of theirs each, piece of work by piece of work. That gives the highest total throughput,
//! because fewer threads wait for each other at the end of each piece. No result depends on it.
use std::any::Any;
use std::cell::UnsafeCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{JoinHandle, Thread};

/// Polls of a waiting thread before it sleeps: a few hundred microseconds.
const SPINS: usize = 20_000;

/// Number of sharing teams at work in the process, the only state they share.
static AT_WORK: AtomicUsize = AtomicUsize::new(0);

/// A piece of work: called once by each thread, with the thread's number and the number of threads.
type TeamWork<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// A team of threads, the caller of [`Team::run`] included.
#[derive(Debug)]
pub struct Team {
    shared: Arc<TeamState>,
    threads: Vec<JoinHandle<()>>,
    shares: bool,
}

struct TeamState {
    /// Current work, its number of threads, and the thread that waits for it; written before the seats' rounds are
    /// raised, read after.
    work: UnsafeCell<Option<(TeamWork<'static>, usize, Thread)>>,
    /// One per thread, except the caller.
    seats: Vec<Seat>,
    /// Threads that have not finished the current piece.
    busy: AtomicUsize,
    caller_asleep: AtomicBool,
    stop: AtomicBool,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    spins: usize,
}

/// State of a waiting thread.
#[derive(Debug, Default)]
struct Seat {
    /// Number of pieces of work assigned.
    round: AtomicUsize,
    asleep: AtomicBool,
}

// SAFETY: `work` is written only by `Team::run` while no thread is busy, and read only by threads that have seen its
// round.
unsafe impl Sync for TeamState {}

impl std::fmt::Debug for TeamState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TeamState").field("seats", &self.seats).field("busy", &self.busy).finish_non_exhaustive()
    }
}

impl Team {
    /// Starts a team of `count` threads, the caller included. With `shares` it uses fewer while other such teams are at
    /// work.
    ///
    /// # Errors
    /// If the system has no thread left.
    pub fn new(count: usize, shares: bool) -> std::io::Result<Self> {
        let count = count.max(1);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let shared = Arc::new(TeamState {
            work: UnsafeCell::new(None),
            seats: (1..count).map(|_| Seat::default()).collect(),
            busy: AtomicUsize::new(0),
            caller_asleep: AtomicBool::new(false),
            stop: AtomicBool::new(false),
            panic: Mutex::new(None),
            // Spinning on a core that another thread needs delays the work it waits for.
            spins: if count > cores { 0 } else { SPINS },
        });
        let mut team = Self { shared, threads: Vec::with_capacity(count - 1), shares };
        for number in 1..count {
            let shared = Arc::clone(&team.shared);
            let thread = std::thread::Builder::new().name(format!("vae-native-{number}"));
            team.threads.push(thread.spawn(move || shared.work_until_stopped(number))?);
        }
        Ok(team)
    }

    /// Number of threads.
    pub fn count(&self) -> usize {
        self.threads.len() + 1
    }

    /// Calls `work(number, count)` once on each of `count` threads of the team, and returns when all are done. A panic
    /// in any of them is then passed on.
    pub fn run(&mut self, work: TeamWork<'_>) {
        let others = if self.shares { AT_WORK.fetch_add(1, Ordering::Relaxed) } else { 0 };
        let result = self.run_with((self.count() / (others + 1)).max(1), work);
        if self.shares {
            AT_WORK.fetch_sub(1, Ordering::Relaxed);
        }
        if let Err(panic) = result {
            resume_unwind(panic);
        }
    }

    /// [`Team::run`] with the first `count` threads.
    fn run_with(&mut self, count: usize, work: TeamWork<'_>) -> Result<(), Box<dyn Any + Send>> {
        let call = || catch_unwind(AssertUnwindSafe(|| work(0, count)));
        if count == 1 {
            return call();
        }
        let shared = &*self.shared;
        // With a thread on every core, any other thread that wakes up, such as Node's event loop, would wait for the
        // end of a time slice: a few steps. Here it waits for half a step.
        std::thread::yield_now();
        // SAFETY: the extended borrow is used in this call only, which returns after all threads are done with it; no
        // thread reads it now, because none is busy (`&mut self`).
        unsafe {
            let work = std::mem::transmute::<TeamWork<'_>, TeamWork<'static>>(work);
            *shared.work.get() = Some((work, count, std::thread::current()));
        }
        shared.busy.store(count - 1, Ordering::SeqCst);
        for (seat, thread) in shared.seats.iter().zip(&self.threads).take(count - 1) {
            seat.round.fetch_add(1, Ordering::SeqCst);
            wake(&seat.asleep, thread.thread());
        }
        let mine = call();
        shared.wait(&shared.caller_asleep, || shared.busy.load(Ordering::SeqCst) == 0);
        let theirs = shared.panic.lock().unwrap_or_else(PoisonError::into_inner).take();
        theirs.map_or(mine, Err)
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        for (seat, thread) in self.shared.seats.iter().zip(self.threads.drain(..)) {
            seat.round.fetch_add(1, Ordering::SeqCst);
            wake(&seat.asleep, thread.thread());
            // A panic in a thread's work has been caught and passed on; there is nothing left to report.
            let _ = thread.join();
        }
    }
}

impl TeamState {
    /// Body of a thread: one piece of work after the other.
    fn work_until_stopped(&self, number: usize) {
        let seat = &self.seats[number - 1];
        let mut round = 0;
        loop {
            self.wait(&seat.asleep, || seat.round.load(Ordering::SeqCst) != round);
            round += 1;
            if self.stop.load(Ordering::SeqCst) {
                return;
            }
            // SAFETY: `run` wrote it before raising `round`, and does not touch it until this thread is done.
            let Some((work, count, caller)) = (unsafe { (*self.work.get()).clone() }) else { continue };
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| work(number, count))) {
                *self.panic.lock().unwrap_or_else(PoisonError::into_inner) = Some(panic);
            }
            // From here on the caller may return and `work` be dropped: only the copies are used.
            if self.busy.fetch_sub(1, Ordering::SeqCst) == 1 {
                wake(&self.caller_asleep, &caller);
            }
            std::thread::yield_now(); // as the caller does
        }
    }

    /// Returns when `ready`; another thread makes it true and then calls [`wake`].
    fn wait(&self, asleep: &AtomicBool, ready: impl Fn() -> bool) {
        for _ in 0..self.spins {
            if ready() {
                return;
            }
            std::hint::spin_loop();
        }
        // Set before the last check: a thread that makes `ready` true after that check finds `asleep` set.
        loop {
            asleep.store(true, Ordering::SeqCst);
            if ready() {
                asleep.store(false, Ordering::SeqCst);
                return;
            }
            std::thread::park();
        }
    }
}

/// Wakes a thread that may be asleep.
fn wake(asleep: &AtomicBool, thread: &Thread) {
    if asleep.swap(false, Ordering::SeqCst) {
        thread.unpark();
    }
}

#[cfg(test)]
mod tests {
    use std::thread::yield_now;

    use super::*;

    fn until(holds: impl Fn() -> bool) {
        while !holds() {
            yield_now();
        }
    }

    #[test]
    fn sleepers_wake() {
        let count = 3;
        let mut team = Team::new(count, false).expect("threads");
        let shared = Arc::clone(&team.shared);
        let is_asleep = |number: usize| match number {
            0 => shared.caller_asleep.load(Ordering::SeqCst),
            _ => shared.seats[number - 1].asleep.load(Ordering::SeqCst),
        };
        for round in 0..if cfg!(miri) { 1 } else { 10 } {
            until(|| (1..count).all(is_asleep)); // the team falls asleep
            let calls: Vec<_> = (0..count).map(|_| AtomicUsize::new(0)).collect();
            // All others, the caller included, fall asleep while one takes long.
            team.run(&|number, of| {
                calls[number].fetch_add(1, Ordering::Relaxed);
                if number == round % of {
                    until(|| (0..of).all(|other| other == number || is_asleep(other)));
                }
            });
            assert!(calls.iter().all(|calls| calls.load(Ordering::Relaxed) == 1));
        }
    }
}
