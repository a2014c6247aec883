//! A queue that serves the requests of several threads as one batch, where a batch takes as long as one request.
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::base::error::{Code, Error, Result};

/// The work: from the requests of a batch, each with its member's number, to the replies in the same order.
pub(crate) type Work<Request, Reply> = Box<dyn FnMut(Vec<(usize, Request)>) -> Result<Vec<Reply>> + Send>;

/// Room for a number of members, and the work that serves them.
pub(crate) struct BatchQueue<Request, Reply> {
    state: Mutex<State<Request, Reply>>,
    /// A member has left or has been served.
    changed: Condvar,
}

struct State<Request, Reply> {
    entries: Vec<Entry<Request, Reply>>,
    work: Work<Request, Reply>,
}

struct Entry<Request, Reply> {
    is_taken: bool,
    /// Whether others wait for its request: it has just joined, or was in the last batch.
    is_expected: bool,
    request: Option<Request>,
    reply: Option<Result<Reply>>,
}

/// A thread's place in the queue, free again when it is dropped.
pub(crate) struct Member<Request, Reply> {
    queue: Arc<BatchQueue<Request, Reply>>,
    number: usize,
}

impl<Request, Reply> BatchQueue<Request, Reply> {
    /// A queue with room for so many members, and none yet.
    pub(crate) fn new(members: usize, work: Work<Request, Reply>) -> Arc<Self> {
        let entries = std::iter::repeat_with(Entry::free).take(members).collect();
        Arc::new(Self { state: Mutex::new(State { entries, work }), changed: Condvar::new() })
    }

    /// A place in the queue, if one is free.
    pub(crate) fn join(self: &Arc<Self>) -> Option<Member<Request, Reply>> {
        let mut state = self.state.lock().ok()?;
        let number = state.entries.iter().position(|entry| !entry.is_taken)?;
        state.entries[number] = Entry { is_taken: true, is_expected: true, ..Entry::free() };
        Some(Member { queue: Arc::clone(self), number })
    }
}

impl<Request, Reply> Member<Request, Reply> {
    /// The reply to a request. It waits for the requests of the other members, at most for `timeout`; the last to come does the
    /// work of all. A member that keeps the others waiting for longer, in a pause, say, is not waited for until its next
    /// request.
    ///
    /// # Errors
    /// What the work failed with, the same for all of the batch; [`Code::Internal`] from its first panic on.
    pub(crate) fn submit(&self, request: Request, timeout: Duration) -> Result<Reply> {
        let BatchQueue { state, changed } = &*self.queue;
        let mut state = state.lock().map_err(broken)?;
        state.entries[self.number].request = Some(request);
        let came = Instant::now();
        loop {
            if let Some(reply) = state.entries[self.number].reply.take() {
                return reply;
            }
            let left = timeout.saturating_sub(came.elapsed());
            if state.is_complete() || left.is_zero() {
                state.serve();
                changed.notify_all();
            } else {
                state = changed.wait_timeout(state, left).map_err(broken)?.0;
            }
        }
    }
}

impl<Request, Reply> Drop for Member<Request, Reply> {
    fn drop(&mut self) {
        // After a panic nobody joins; but those who wait are told.
        if let Ok(mut state) = self.queue.state.lock() {
            state.entries[self.number] = Entry::free();
        }
        self.queue.changed.notify_all();
    }
}

impl<Request, Reply> State<Request, Reply> {
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

impl<Request, Reply> Entry<Request, Reply> {
    fn free() -> Self {
        Self { is_taken: false, is_expected: false, request: None, reply: None }
    }
}

fn broken<T>(_: PoisonError<T>) -> Error {
    Error::new(Code::Internal, "what several runs do together has panicked in one of them")
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, channel};
    use std::thread::{scope, spawn};

    use super::*;

    /// Longer than any test waits, so that only what is told wakes who waits.
    const FOREVER: Duration = Duration::from_secs(3600);

    type Doubling = Arc<BatchQueue<u32, u32>>;

    /// Requests are numbers, which come back doubled; who was served together is sent to `told`.
    fn doubling(members: usize) -> (Doubling, Receiver<Vec<usize>>) {
        let (told, served) = channel();
        let work = move |requests: Vec<(usize, u32)>| {
            let _ = told.send(requests.iter().map(|(member, _)| *member).collect());
            match requests.iter().any(|(_, request)| *request == 13) {
                true => Err(Error::new(Code::Device, "thirteen")),
                false => Ok(requests.iter().map(|(_, request)| 2 * request).collect()),
            }
        };
        (BatchQueue::new(members, Box::new(work)), served)
    }

    /// All members, before the first of them submits: a free place would not be waited for.
    fn joined(queue: &Doubling) -> Vec<Member<u32, u32>> {
        std::iter::from_fn(|| queue.join()).collect()
    }

    #[test]
    fn all_are_served_at_once_and_each_gets_its_own() {
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

    /// The second request would wait for ever if it waited for the member that kept the first one waiting.
    #[test]
    fn who_is_late_is_waited_for_once() {
        let (queue, served) = doubling(2);
        let (one, other) = (queue.join().unwrap(), queue.join().unwrap());
        assert!(queue.join().is_none());
        assert_eq!(other.submit(1, Duration::ZERO).ok(), Some(2));
        assert_eq!(other.submit(2, FOREVER).ok(), Some(4));
        // With its next request it is waited for again.
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
    fn nobody_waits_for_one_who_has_left_and_the_place_is_free_again() {
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
    fn an_error_is_everybodys_and_the_next_time_is_another() {
        let (queue, _served) = doubling(1);
        let member = queue.join().unwrap();
        assert_eq!(member.submit(13, FOREVER).map_err(|error| error.what.clone()), Err("thirteen".to_owned()));
        assert_eq!(member.submit(1, FOREVER).ok(), Some(2));
    }

    /// They do not wait for the timeout: they are told when the one that panicked leaves.
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
