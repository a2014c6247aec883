//! Owned threads: started with the first work, joined when their owner drops, so that none runs when Node tears down.
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread::JoinHandle;

use vae_kernels::Team;

use crate::base::error::{Code, Error, Result};

/// The threads that compute for one run or one model.
#[derive(Debug)]
pub struct Threads {
    count: usize,
    /// True if the count was not given: the threads then share the cores with others.
    shares: bool,
    team: Mutex<Option<Team>>,
    pool: Mutex<Option<Arc<Pool>>>,
}

impl Threads {
    /// `threads` threads; `None`: all that the process may use.
    pub fn new(threads: Option<usize>) -> Self {
        Self {
            count: threads.unwrap_or_else(available),
            shares: threads.is_none(),
            team: Mutex::default(),
            pool: Mutex::default(),
        }
    }

    /// Number of threads, including the caller's.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Runs `work` with the kernels' thread team.
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

    /// Runs `work` in a pool for candle, so that its parallel work stays on these threads.
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

/// A rayon pool that joins its threads when dropped.
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
        self.pool = None; // signals the threads to end
        for handle in locked(&self.handles).drain(..) {
            // A panic has already reached the caller that waited for the work.
            let _ = handle.join();
        }
    }
}

/// Locks a mutex whose value is always valid, even after a panic.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Number of threads that the process may use: by its affinity and its control group, not the host's cores.
pub fn available() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Locks an always valid value for reading.
pub(crate) fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

/// Locks an always valid value for writing.
pub(crate) fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
