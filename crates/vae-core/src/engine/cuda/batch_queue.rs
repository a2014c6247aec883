//! Threads that do the same thing again and again, and do it together: for all at once it takes as long as for one.
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::base::error::{Code, Error, Result};

/// What is done, for the seats that have a wish: what each of them gets, in their order.
pub(crate) type Work<Wish, Got> = Box<dyn FnMut(Vec<(usize, Wish)>) -> Result<Vec<Got>> + Send>;

/// A number of seats, and what is done for those who have one.
pub(crate) struct Meeting<Wish, Got> {
    table: Mutex<Table<Wish, Got>>,
    /// Somebody has left or has been served.
    news: Condvar,
}

struct Table<Wish, Got> {
    places: Vec<Place<Wish, Got>>,
    work: Work<Wish, Got>,
}

struct Place<Wish, Got> {
    is_taken: bool,
    /// Has it just been taken, or was there a wish the last time?
    is_expected: bool,
    wish: Option<Wish>,
    got: Option<Result<Got>>,
}

/// A place at the table, given up when it is dropped.
pub(crate) struct Seat<Wish, Got> {
    meeting: Arc<Meeting<Wish, Got>>,
    number: usize,
}

impl<Wish, Got> Meeting<Wish, Got> {
    /// A meeting of so many seats, all of them free.
    pub(crate) fn new(seats: usize, work: Work<Wish, Got>) -> Arc<Self> {
        let places = std::iter::repeat_with(Place::free).take(seats).collect();
        Arc::new(Self { table: Mutex::new(Table { places, work }), news: Condvar::new() })
    }

    /// A free seat, if there is one.
    pub(crate) fn sit(self: &Arc<Self>) -> Option<Seat<Wish, Got>> {
        let mut table = self.table.lock().ok()?;
        let number = table.places.iter().position(|place| !place.is_taken)?;
        table.places[number] = Place { is_taken: true, is_expected: true, ..Place::free() };
        Some(Seat { meeting: Arc::clone(self), number })
    }
}

impl<Wish, Got> Seat<Wish, Got> {
    /// What comes of a wish. It waits for the wishes of the others, as long as its patience lasts; who comes last does the
    /// work of all. Who keeps the others waiting for longer, in a pause, say, is waited for no more until the next wish.
    ///
    /// # Errors
    /// What the work failed with, the same for all who were there; [`Code::Internal`] from its first panic on.
    pub(crate) fn meet(&self, wish: Wish, patience: Duration) -> Result<Got> {
        let Meeting { table, news } = &*self.meeting;
        let mut table = table.lock().map_err(broken)?;
        table.places[self.number].wish = Some(wish);
        let came = Instant::now();
        loop {
            if let Some(got) = table.places[self.number].got.take() {
                return got;
            }
            let left = patience.saturating_sub(came.elapsed());
            if table.is_complete() || left.is_zero() {
                table.serve();
                news.notify_all();
            } else {
                table = news.wait_timeout(table, left).map_err(broken)?.0;
            }
        }
    }
}

impl<Wish, Got> Drop for Seat<Wish, Got> {
    fn drop(&mut self) {
        // Nobody sits down where there was a panic; but who waits there is told.
        if let Ok(mut table) = self.meeting.table.lock() {
            table.places[self.number] = Place::free();
        }
        self.meeting.news.notify_all();
    }
}

impl<Wish, Got> Table<Wish, Got> {
    fn is_complete(&self) -> bool {
        self.places.iter().all(|place| place.wish.is_some() || !place.is_expected)
    }

    fn serve(&mut self) {
        let mut wishes = Vec::new();
        for (number, place) in self.places.iter_mut().enumerate() {
            let wish = place.wish.take();
            place.is_expected = wish.is_some();
            wishes.extend(wish.map(|wish| (number, wish)));
        }
        let served: Vec<_> = wishes.iter().map(|(number, _)| *number).collect();
        match (self.work)(wishes) {
            Ok(got) => served.iter().zip(got).for_each(|(&number, got)| self.places[number].got = Some(Ok(got))),
            Err(error) => served.iter().for_each(|&number| self.places[number].got = Some(Err(error.clone()))),
        }
    }
}

impl<Wish, Got> Place<Wish, Got> {
    fn free() -> Self {
        Self { is_taken: false, is_expected: false, wish: None, got: None }
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

    type Doubling = Arc<Meeting<u32, u32>>;

    /// Wishes are numbers, which come back doubled; who was served together is sent to `told`.
    fn doubling(seats: usize) -> (Doubling, Receiver<Vec<usize>>) {
        let (told, served) = channel();
        let work = move |wishes: Vec<(usize, u32)>| {
            let _ = told.send(wishes.iter().map(|(seat, _)| *seat).collect());
            match wishes.iter().any(|(_, wish)| *wish == 13) {
                true => Err(Error::new(Code::Device, "thirteen")),
                false => Ok(wishes.iter().map(|(_, wish)| 2 * wish).collect()),
            }
        };
        (Meeting::new(seats, Box::new(work)), served)
    }

    /// All seats, taken before anybody meets: a free one would not be waited for.
    fn seated(meeting: &Doubling) -> Vec<Seat<u32, u32>> {
        std::iter::from_fn(|| meeting.sit()).collect()
    }

    #[test]
    fn all_are_served_at_once_and_each_gets_its_own() {
        let (meeting, served) = doubling(3);
        scope(|scope| {
            for seat in seated(&meeting) {
                let own = 100 * (1 + seat.number as u32);
                scope.spawn(move || (own..own + 100).for_each(|i| assert_eq!(seat.meet(i, FOREVER).ok(), Some(2 * i))));
            }
        });
        drop(meeting);
        assert_eq!(served.iter().collect::<Vec<_>>(), vec![vec![0, 1, 2]; 100]);
    }

    /// The second wish would wait for ever if it waited for the seat that kept the first one waiting.
    #[test]
    fn who_is_late_is_waited_for_once() {
        let (meeting, served) = doubling(2);
        let (one, other) = (meeting.sit().unwrap(), meeting.sit().unwrap());
        assert!(meeting.sit().is_none());
        assert_eq!(other.meet(1, Duration::ZERO).ok(), Some(2));
        assert_eq!(other.meet(2, FOREVER).ok(), Some(4));
        // With its next wish it is one of those that wait and are waited for.
        scope(|scope| {
            scope.spawn(|| assert_eq!(one.meet(3, FOREVER).ok(), Some(6)));
            scope.spawn(|| {
                while meeting.table.lock().unwrap().places[0].wish.is_none() {
                    std::thread::yield_now();
                }
                assert_eq!(other.meet(4, FOREVER).ok(), Some(8));
            });
        });
        drop((one, other, meeting));
        assert_eq!(served.iter().collect::<Vec<_>>(), [vec![1], vec![1], vec![0, 1]]);
    }

    #[test]
    fn nobody_waits_for_one_who_has_left_and_the_seat_is_free_again() {
        let (meeting, served) = doubling(2);
        let (one, other) = (meeting.sit().unwrap(), meeting.sit().unwrap());
        scope(|scope| {
            let waiting = scope.spawn(|| one.meet(1, FOREVER).ok());
            drop(other);
            assert_eq!(waiting.join().ok(), Some(Some(2)));
        });
        let new = meeting.sit().unwrap();
        drop(one);
        assert_eq!(new.meet(3, FOREVER).ok(), Some(6));
        drop((new, meeting));
        assert_eq!(served.iter().collect::<Vec<_>>(), [vec![0], vec![1]]);
    }

    #[test]
    fn an_error_is_everybodys_and_the_next_time_is_another() {
        let (meeting, _served) = doubling(1);
        let seat = meeting.sit().unwrap();
        assert_eq!(seat.meet(13, FOREVER).map_err(|error| error.what.clone()), Err("thirteen".to_owned()));
        assert_eq!(seat.meet(1, FOREVER).ok(), Some(2));
    }

    /// However patient they are: they are told when the one that panicked leaves.
    #[test]
    fn a_panic_is_an_error_to_the_others() {
        let meeting: Doubling = Meeting::new(2, Box::new(|_| panic!("on purpose")));
        let ends: Vec<_> = seated(&meeting).into_iter().map(|seat| spawn(move || seat.meet(1, FOREVER))).collect();
        let mut ends: Vec<_> = ends.into_iter().map(|end| end.join().ok().map(|got| got.map_err(|e| e.code))).collect();
        ends.sort_by_key(Option::is_some);
        assert_eq!(ends, [None, Some(Err(Code::Internal))]);
        assert!(meeting.sit().is_none());
    }
}
