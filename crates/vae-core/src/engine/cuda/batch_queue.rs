//! Batch queue: serves the requests of several threads as one batch, for work that takes as long for a batch as for one
//! request.
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::base::error::{Code, Error, Result};

/// Work on a batch: from requests, each with its member's number, to replies in the same order.
pub(crate) type BatchFn<Request, Reply> = Box<dyn FnMut(Vec<(usize, Request)>) -> Result<Vec<Reply>> + Send>;

/// Queue with a fixed number of entries, and the work that serves them.
pub(crate) struct BatchQueue<Request, Reply> {
    state: Mutex<QueueState<Request, Reply>>,
    /// Notified when a member leaves or a batch is served.
    changed: Condvar,
}

struct QueueState<Request, Reply> {
    entries: Vec<QueueEntry<Request, Reply>>,
    work: BatchFn<Request, Reply>,
}

struct QueueEntry<Request, Reply> {
    is_taken: bool,
    /// True if a batch waits for this member's request: it has just joined, or was in the last batch.
    is_expected: bool,
    request: Option<Request>,
    reply: Option<Result<Reply>>,
}

/// Membership of a thread in the queue; dropping it frees the entry.
pub(crate) struct QueueMember<Request, Reply> {
    queue: Arc<BatchQueue<Request, Reply>>,
    number: usize,
}

impl<Request, Reply> BatchQueue<Request, Reply> {
    /// Creates a queue with room for `members` members, all free.
    pub(crate) fn new(members: usize, work: BatchFn<Request, Reply>) -> Arc<Self> {
        let entries = std::iter::repeat_with(QueueEntry::free).take(members).collect();
        Arc::new(Self { state: Mutex::new(QueueState { entries, work }), changed: Condvar::new() })
    }

    /// Joins the queue; `None` if it is full.
    pub(crate) fn join(self: &Arc<Self>) -> Option<QueueMember<Request, Reply>> {
        let mut state = self.state.lock().ok()?;
        let number = state.entries.iter().position(|entry| !entry.is_taken)?;
        state.entries[number] = QueueEntry { is_taken: true, is_expected: true, ..QueueEntry::free() };
        Some(QueueMember { queue: Arc::clone(self), number })
    }
}

impl<Request, Reply> QueueMember<Request, Reply> {
    /// Submits a request and returns its reply. Waits for the requests of the other members, at most `timeout`; the
    /// last thread to submit does the work for all. A member that exceeds the timeout, e.g. in a pause, is not waited
    /// for until its next request.
    ///
    /// # Errors
    /// Errors of the work, the same for the whole batch; [`Code::Internal`] after a panic in the work.
    pub(crate) fn submit(&self, request: Request, timeout: Duration) -> Result<Reply> {
        let BatchQueue { state, changed } = &*self.queue;
        let mut state = state.lock().map_err(broken)?;
        state.entries[self.number].request = Some(request);
        let arrived = Instant::now();
        loop {
            if let Some(reply) = state.entries[self.number].reply.take() {
                return reply;
            }
            let left = timeout.saturating_sub(arrived.elapsed());
            if state.is_complete() || left.is_zero() {
                state.serve();
                changed.notify_all();
            } else {
                state = changed.wait_timeout(state, left).map_err(broken)?.0;
            }
        }
    }
}

impl<Request, Reply> Drop for QueueMember<Request, Reply> {
    fn drop(&mut self) {
        // After a panic no thread can join, but waiting threads are still notified.
        if let Ok(mut state) = self.queue.state.lock() {
            state.entries[self.number] = QueueEntry::free();
        }
        self.queue.changed.notify_all();
    }
}

impl<Request, Reply> QueueState<Request, Reply> {
    fn is_complete(&self) -> bool {
        self.entries.iter().all(|entry| entry.request.is_some() || !entry.is_expected)
    }

    fn serve(&mut self) {
        let mut requests = Vec::new();
        for (number, entry) in self.entries.iter_mut().enumerate() {
            let request = entry.request.take();
            entry.is_expected = request.is_some();
            requests.extend(request.map(|request| (number, request)));
        }
        let served: Vec<_> = requests.iter().map(|(number, _)| *number).collect();
        match (self.work)(requests) {
            Ok(reply) => {
                served.iter().zip(reply).for_each(|(&number, reply)| self.entries[number].reply = Some(Ok(reply)))
            }
            Err(error) => served.iter().for_each(|&number| self.entries[number].reply = Some(Err(error.clone()))),
        }
    }
}

impl<Request, Reply> QueueEntry<Request, Reply> {
    fn free() -> Self {
        Self { is_taken: false, is_expected: false, request: None, reply: None }
    }
}

fn broken<T>(_: PoisonError<T>) -> Error {
    Error::new(Code::Internal, "a launch shared by several runs panicked in one of them")
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, channel};
    use std::thread::{scope, spawn};

    use super::*;

    /// Longer than any test waits, so that only a notification wakes a waiting thread.
    const FOREVER: Duration = Duration::from_secs(3600);

    type Doubling = Arc<BatchQueue<u32, u32>>;

    /// Queue that doubles numbers; sends the members of each batch to `served`.
    fn doubling(members: usize) -> (Doubling, Receiver<Vec<usize>>) {
        let (batches, served) = channel();
        let work = move |requests: Vec<(usize, u32)>| {
            let _ = batches.send(requests.iter().map(|(member, _)| *member).collect());
            if requests.iter().any(|(_, request)| *request == 13) {
                Err(Error::new(Code::Device, "thirteen"))
            } else {
                Ok(requests.iter().map(|(_, request)| 2 * request).collect())
            }
        };
        (BatchQueue::new(members, Box::new(work)), served)
    }

    /// Joins all members before the first one submits: a batch does not wait for a free entry.
    fn joined(queue: &Doubling) -> Vec<QueueMember<u32, u32>> {
        std::iter::from_fn(|| queue.join()).collect()
    }

    #[test]
    fn all_requests_are_served_in_one_batch() {
        let (queue, served) = doubling(3);
        scope(|scope| {
            for member in joined(&queue) {
                let own = 100 * (1 + member.number as u32);
                scope.spawn(move || {
                    (own..own + 100).for_each(|i| assert_eq!(member.submit(i, FOREVER).ok(), Some(2 * i)))
                });
            }
        });
        drop(queue);
        assert_eq!(served.iter().collect::<Vec<_>>(), vec![vec![0, 1, 2]; 100]);
    }

    /// The second request would never return if it waited for the member that delayed the first.
    #[test]
    fn a_late_member_delays_only_one_batch() {
        let (queue, served) = doubling(2);
        let (one, other) = (queue.join().unwrap(), queue.join().unwrap());
        assert!(queue.join().is_none());
        assert_eq!(other.submit(1, Duration::ZERO).ok(), Some(2));
        assert_eq!(other.submit(2, FOREVER).ok(), Some(4));
        // Its next request makes the batch wait for it again.
        scope(|scope| {
            scope.spawn(|| assert_eq!(one.submit(3, FOREVER).ok(), Some(6)));
            scope.spawn(|| {
                while queue.state.lock().unwrap().entries[0].request.is_none() {
                    std::thread::yield_now();
                }
                assert_eq!(other.submit(4, FOREVER).ok(), Some(8));
            });
        });
        drop((one, other, queue));
        assert_eq!(served.iter().collect::<Vec<_>>(), [vec![1], vec![1], vec![0, 1]]);
    }

    #[test]
    fn a_member_that_leaves_delays_no_batch_and_frees_its_entry() {
        let (queue, served) = doubling(2);
        let (one, other) = (queue.join().unwrap(), queue.join().unwrap());
        scope(|scope| {
            let waiting = scope.spawn(|| one.submit(1, FOREVER).ok());
            drop(other);
            assert_eq!(waiting.join().ok(), Some(Some(2)));
        });
        let new = queue.join().unwrap();
        drop(one);
        assert_eq!(new.submit(3, FOREVER).ok(), Some(6));
        drop((new, queue));
        assert_eq!(served.iter().collect::<Vec<_>>(), [vec![0], vec![1]]);
    }

    #[test]
    fn an_error_reaches_the_whole_batch_and_not_the_next() {
        let (queue, _served) = doubling(1);
        let member = queue.join().unwrap();
        assert_eq!(member.submit(13, FOREVER).map_err(|error| error.what.clone()), Err("thirteen".to_owned()));
        assert_eq!(member.submit(1, FOREVER).ok(), Some(2));
    }

    /// The other thread does not wait for the timeout: it is notified when the panicking one leaves.
    #[test]
    fn a_panic_is_an_error_to_the_others() {
        let queue: Doubling = BatchQueue::new(2, Box::new(|_| panic!("on purpose")));
        let ends: Vec<_> = joined(&queue).into_iter().map(|member| spawn(move || member.submit(1, FOREVER))).collect();
        let mut ends: Vec<_> =
            ends.into_iter().map(|end| end.join().ok().map(|reply| reply.map_err(|e| e.code))).collect();
        ends.sort_by_key(Option::is_some);
        assert_eq!(ends, [None, Some(Err(Code::Internal))]);
        assert!(queue.join().is_none());
    }
}
