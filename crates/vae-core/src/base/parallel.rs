//! Parallel map over items, with the results in the order of the items.
use std::sync::Mutex;

use crate::base::cancel_token::CancelToken;
use crate::base::error::Result;

/// Calls `work` for every item, on all available threads; stops early when the call is cancelled.
pub(crate) fn map<T: Send, R: Send>(
    items: impl Iterator<Item = T> + Send,
    token: &CancelToken,
    work: impl Fn(usize, T) -> R + Sync,
) -> Result<Vec<R>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let items = Mutex::new(items.enumerate());
    // A poisoned lock means that another thread panicked; the scope propagates the panic.
    let next = || items.lock().ok().and_then(|mut items| items.next());
    let one_thread = || {
        let mut done = Vec::new();
        while let Some((index, item)) = next() {
            if token.is_cancelled() {
                break;
            }
            done.push((index, work(index, item)));
        }
        done
    };
    let mut results = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(one_thread)).collect();
        let join = |thread: std::thread::ScopedJoinHandle<'_, Vec<(usize, R)>>| match thread.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        threads.into_iter().flat_map(join).collect::<Vec<_>>()
    });
    token.check()?;
    results.sort_by_key(|&(index, _)| index);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}
