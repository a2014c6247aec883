//! Owned threads: a pool that ends with its owner, joined, so that nothing of ours runs when Node tears down.
use std::sync::Mutex;
use std::thread::JoinHandle;

use crate::error::{Code, Error, Result};

/// A pool of threads that computes for one run or one model. Dropping it joins them.
#[derive(Debug)]
pub struct Threads {
    pool: Option<rayon::ThreadPool>,
    handles: Mutex<Vec<JoinHandle<()>>>,
}

impl Threads {
    /// So many threads, or as many as the process may use.
    pub fn new(threads: Option<usize>) -> Result<Self> {
        let threads = threads.unwrap_or_else(available);
        let handles = Mutex::new(Vec::new());
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .spawn_handler(|thread| {
                let handle = std::thread::Builder::new()
                    .name(format!("vae-native-{}", thread.index()))
                    .spawn(|| thread.run())?;
                if let Ok(mut handles) = handles.lock() {
                    handles.push(handle);
                }
                Ok(())
            })
            .build()
            .map_err(|error| Error::new(Code::Io, format!("cannot start {threads} threads: {error}")))?;
        Ok(Self { pool: Some(pool), handles })
    }

    /// How many threads there are.
    pub fn count(&self) -> usize {
        self.pool.as_ref().map_or(1, rayon::ThreadPool::current_num_threads)
    }

    /// Runs `work` with these threads; what it does in parallel stays on them.
    pub fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        match &self.pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.pool = None; // tells the threads to end
        if let Ok(handles) = self.handles.get_mut() {
            for handle in handles.drain(..) {
                // A thread that panicked has already reported to whoever waited for its work.
                let _ = handle.join();
            }
        }
    }
}

/// How many threads the process may use: its affinity and its control group count, not the host's cores.
pub fn available() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
