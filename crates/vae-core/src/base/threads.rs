//! Owned threads: they start with the first work, end with their owner, joined, so that nothing of ours runs when Node
//! tears down.
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread::JoinHandle;

use vae_kernels::Team;

use crate::base::error::{Code, Error, Result};

/// The threads that compute for one run or one model.
#[derive(Debug)]
pub struct Threads {
    count: usize,
    /// Does it share the cores with others, as nobody said how many to take?
    shares: bool,
    team: Mutex<Option<Team>>,
    pool: Mutex<Option<Arc<Pool>>>,
}

impl Threads {
    /// So many threads, or as many as the process may use.
    pub fn new(threads: Option<usize>) -> Self {
        Self {
            count: threads.unwrap_or_else(available),
            shares: threads.is_none(),
            team: Mutex::default(),
            pool: Mutex::default(),
        }
    }

    /// How many threads there are, the one that asks for work included.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Runs `work` with the team of the kernels.
    ///
    /// # Errors
    /// [`Code::Io`] if threads cannot be started.
    pub fn with_team<R>(&self, work: impl FnOnce(&mut Team) -> R) -> Result<R> {
        let mut team = locked(&self.team);
        match team.as_mut() {
            Some(team) => Ok(work(team)),
            None => Ok(work(team.insert(Team::new(self.count, self.shares).map_err(|error| self.refused(&error))?))),
        }
    }

    /// Runs `work` in a pool for candle: what it does in parallel stays on these threads.
    ///
    /// # Errors
    /// [`Code::Io`] if threads cannot be started.
    pub fn with_pool<R: Send>(&self, work: impl FnOnce() -> R + Send) -> Result<R> {
        let pool = {
            let mut pool = locked(&self.pool);
            match pool.as_ref() {
                Some(pool) => Arc::clone(pool),
                None => Arc::clone(pool.insert(Arc::new(Pool::new(self.count).map_err(|error| self.refused(&error))?))),
            }
        };
        Ok(pool.run(work))
    }

    fn refused(&self, error: &dyn std::fmt::Display) -> Error {
        Error::new(Code::Io, format!("cannot start {} threads: {error}", self.count))
    }
}

/// A pool of rayon's whose threads are joined.
#[derive(Debug)]
struct Pool {
    pool: Option<rayon::ThreadPool>,
    handles: Mutex<Vec<JoinHandle<()>>>,
}

impl Pool {
    fn new(threads: usize) -> std::result::Result<Self, rayon::ThreadPoolBuildError> {
        let handles = Mutex::new(Vec::new());
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .spawn_handler(|thread| {
                let name = format!("vae-native-{}", thread.index());
                locked(&handles).push(std::thread::Builder::new().name(name).spawn(|| thread.run())?);
                Ok(())
            })
            .build()?;
        Ok(Self { pool: Some(pool), handles })
    }

    fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        match &self.pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.pool = None; // tells the threads to end
        for handle in locked(&self.handles).drain(..) {
            // A thread that panicked has already reported to whoever waited for its work.
            let _ = handle.join();
        }
    }
}

/// Locks a mutex whose value is whole at any moment, also after a panic.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many threads the process may use: its affinity and its control group count, not the host's cores.
pub fn available() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Locks a value that is whole at any moment, to be read.
pub(crate) fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

/// Locks a value that is whole at any moment, to be changed.
pub(crate) fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
