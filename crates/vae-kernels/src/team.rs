//! Threads that compute together: they start with their owner, end with it, joined, and share no pool with anyone.
//!
//! A step is two pieces of work of about half a millisecond, so handing one over must cost next to nothing: a thread
//! that waits spins a while (the next piece is usually there within microseconds) and then sleeps.
use std::any::Any;
use std::cell::UnsafeCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// How often a waiting thread looks before it sleeps: some tens of microseconds.
const SPINS: usize = 20_000;

/// A piece of work: called once by each thread, with the thread's number and how many there are.
type Work<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// Some threads, the one that calls [`Team::run`] among them.
#[derive(Debug)]
pub struct Team {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    /// What is to be done; written before `round` is raised, read after.
    work: UnsafeCell<Option<Work<'static>>>,
    /// Counts the pieces of work.
    round: AtomicUsize,
    /// Threads that have not finished the current piece.
    busy: AtomicUsize,
    stop: AtomicBool,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    /// Threads that sleep until `round` or `busy` changes.
    sleepers: AtomicUsize,
    lock: Mutex<()>,
    changed: Condvar,
}

// SAFETY: `work` is written only by `Team::run` while no thread is busy, and read only by threads that have seen the
// round that it belongs to.
unsafe impl Sync for Shared {}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("round", &self.round).field("busy", &self.busy).finish_non_exhaustive()
    }
}

impl Team {
    /// A team of so many threads; the caller is one of them.
    ///
    /// # Errors
    /// If the system has no thread left.
    pub fn new(count: usize) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            work: UnsafeCell::new(None),
            round: AtomicUsize::new(0),
            busy: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
            panic: Mutex::new(None),
            sleepers: AtomicUsize::new(0),
            lock: Mutex::new(()),
            changed: Condvar::new(),
        });
        let count = count.max(1);
        let mut team = Self { shared, threads: Vec::with_capacity(count - 1) };
        for number in 1..count {
            let shared = Arc::clone(&team.shared);
            let thread = std::thread::Builder::new().name(format!("vae-native-{number}"));
            team.threads.push(thread.spawn(move || shared.live(number, count))?);
        }
        Ok(team)
    }

    /// How many threads it has.
    pub fn count(&self) -> usize {
        self.threads.len() + 1
    }

    /// Has every thread call `work(number, count)` once, and returns when all have. A panic in any of them is passed
    /// on when the last is done.
    pub fn run(&mut self, work: Work<'_>) {
        let (shared, count) = (&*self.shared, self.count());
        if count == 1 {
            return work(0, 1);
        }
        // SAFETY: the borrow is shortened to this call, at whose end nobody is busy with it any more; and nobody reads
        // it now, as nobody is busy (`&mut self`).
        unsafe { *shared.work.get() = Some(std::mem::transmute::<Work<'_>, Work<'static>>(work)) };
        shared.busy.store(count - 1, Ordering::Relaxed);
        shared.round.fetch_add(1, Ordering::SeqCst);
        shared.wake();
        let mine = catch_unwind(AssertUnwindSafe(|| work(0, count)));
        shared.wait(|| shared.busy.load(Ordering::SeqCst) == 0);
        // SAFETY: nobody is busy.
        unsafe { *shared.work.get() = None };
        if let Some(panic) = locked(&shared.panic).take().or(mine.err()) {
            resume_unwind(panic);
        }
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.shared.round.fetch_add(1, Ordering::SeqCst);
        self.shared.wake();
        for thread in self.threads.drain(..) {
            // A panic in a thread's work has been caught and passed on; there is nothing left to tell.
            let _ = thread.join();
        }
    }
}

impl Shared {
    /// A thread's life: one piece of work after the other.
    fn live(&self, number: usize, count: usize) {
        let mut round = 0;
        loop {
            self.wait(|| self.round.load(Ordering::SeqCst) != round);
            round += 1;
            if self.stop.load(Ordering::SeqCst) {
                return;
            }
            // SAFETY: `run` wrote it before it raised `round`, and leaves it alone until this thread is done.
            if let Some(work) = unsafe { *self.work.get() }
                && let Err(panic) = catch_unwind(AssertUnwindSafe(|| work(number, count)))
            {
                *locked(&self.panic) = Some(panic);
            }
            if self.busy.fetch_sub(1, Ordering::SeqCst) == 1 {
                self.wake();
            }
        }
    }

    /// Returns when `ready`, which another thread makes true and then calls [`Shared::wake`].
    fn wait(&self, ready: impl Fn() -> bool) {
        for _ in 0..SPINS {
            if ready() {
                return;
            }
            std::hint::spin_loop();
        }
        // Announced before the last look: whoever makes it true after that look finds the sleeper announced.
        let mut guard = locked(&self.lock);
        self.sleepers.fetch_add(1, Ordering::SeqCst);
        while !ready() {
            guard = self.changed.wait(guard).unwrap_or_else(PoisonError::into_inner);
        }
        self.sleepers.fetch_sub(1, Ordering::SeqCst);
    }

    fn wake(&self) {
        if self.sleepers.load(Ordering::SeqCst) > 0 {
            drop(locked(&self.lock));
            self.changed.notify_all();
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
