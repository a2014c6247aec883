//! Teams of threads: each thread does its part, none is lost, and a team works on after a panic.
use std::cell::RefCell;
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread;

use vae_kernels::Team;

/// Fewer of everything under Miri, which is some thousand times slower.
const MANY: usize = if cfg!(miri) { 3 } else { 4_000 };

/// Number of calls of each of `count` threads in one run.
fn calls(team: &mut Team, count: usize) -> Vec<usize> {
    let calls: Vec<_> = (0..count).map(|_| AtomicUsize::new(0)).collect();
    team.run(&|number, of| {
        assert_eq!(of, count);
        calls[number].fetch_add(1, Relaxed);
    });
    calls.into_iter().map(AtomicUsize::into_inner).collect()
}

#[test]
fn each_thread_is_called_once_and_the_caller_is_one_of_them() {
    for count in [1, 2, 3, 8] {
        let mut team = Team::new(count, false).unwrap();
        assert_eq!(team.count(), count);
        assert_eq!(calls(&mut team, count), vec![1; count]);
        let ids = Mutex::new(HashSet::new());
        team.run(&|_, _| {
            ids.lock().unwrap().insert(thread::current().id());
        });
        let ids = ids.into_inner().unwrap();
        assert!(ids.len() == count && ids.contains(&thread::current().id()));
    }
    assert_eq!(Team::new(0, false).unwrap().count(), 1);
}

#[test]
fn thousands_of_tiny_pieces_are_all_done() {
    for count in [1, 2, 3, 8] {
        let mut team = Team::new(count, false).unwrap();
        let sum = AtomicUsize::new(0);
        let pieces = MANY / count;
        for piece in 0..pieces {
            team.run(&|number, _| {
                sum.fetch_add(piece * count + number, Relaxed);
            });
            // The threads' writes are visible as soon as the call returns.
            let done = (piece + 1) * count;
            assert_eq!(sum.load(Relaxed), done * (done - 1) / 2);
        }
    }
}

#[test]
fn a_panic_is_passed_on_and_the_team_works_afterwards() {
    let count = 3;
    let mut team = Team::new(count, false).unwrap();
    let finished = AtomicUsize::new(0);
    let mut attempt = |panics: &(dyn Fn(usize) -> bool + Sync)| {
        let result = catch_unwind(AssertUnwindSafe(|| {
            team.run(&|number, _| {
                assert!(!panics(number), "thread {number} gives up");
                finished.fetch_add(1, Relaxed);
            });
        }));
        let message = result.map_err(|panic| *panic.downcast::<String>().unwrap());
        (message, calls(&mut team, count))
    };
    for bad in 0..count {
        let (message, after) = attempt(&|number| number == bad);
        assert_eq!(message, Err(format!("thread {bad} gives up")));
        assert_eq!(after, [1; 3]);
    }
    assert_eq!(finished.load(Relaxed), count * (count - 1), "the others finish their part");
    let (message, after) = attempt(&|_| true);
    assert!(message.is_err_and(|message| message.ends_with("gives up")));
    assert_eq!(after, [1; 3]);

    let mut alone = Team::new(1, false).unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| alone.run(&|_, _| panic!("gives up")))).is_err());
    assert_eq!(calls(&mut alone, 1), [1]);
}

thread_local! {
    /// Counts the threads that end.
    static EXIT_COUNTER: RefCell<Option<ExitCounter>> = const { RefCell::new(None) };
}

struct ExitCounter(Arc<AtomicUsize>);

impl Drop for ExitCounter {
    fn drop(&mut self) {
        self.0.fetch_add(1, Relaxed);
    }
}

#[test]
fn its_threads_end_with_it() {
    for asleep in [false, true] {
        let ended = Arc::new(AtomicUsize::new(0));
        let mut team = Team::new(4, false).unwrap();
        team.run(&|number, _| {
            if number > 0 {
                EXIT_COUNTER.set(Some(ExitCounter(Arc::clone(&ended))));
            }
        });
        // The debug output shows the sleeping threads; right after the work some may still be awake.
        while asleep && format!("{team:?}").matches("asleep: true").count() < 3 {
            thread::yield_now();
        }
        assert_eq!(ended.load(Relaxed), 0);
        drop(team);
        assert_eq!(ended.load(Relaxed), 3, "all have ended when the drop is over");
    }
    drop(Team::new(3, false)); // which never did anything
}

/// Sharing teams use a part of the cores while others are at work, and all of them when alone again, even after a
/// panic. (The teams of the other tests here do not share: the count of teams at work is process-wide.)
#[test]
fn teams_that_share_leave_room_for_each_other() {
    let sizes = |team: &mut Team| {
        let sizes = Mutex::new(Vec::new());
        team.run(&|_, count| sizes.lock().unwrap().push(count));
        sizes.into_inner().unwrap()
    };
    let teams: Vec<_> = (0..4).map(|_| Mutex::new(Team::new(4, true).unwrap())).collect();
    let alone = Mutex::new(Team::new(4, false).unwrap());
    let run = |team: usize, work: &(dyn Fn() + Sync)| {
        teams[team].lock().unwrap().run(&|number, _| {
            if number == 0 {
                work();
            }
        });
    };
    for _ in 0..2 {
        assert_eq!(sizes(&mut teams[3].lock().unwrap()), [4; 4]);
        run(0, &|| {
            assert_eq!(sizes(&mut teams[3].lock().unwrap()), [2; 2]);
            run(1, &|| {
                assert_eq!(sizes(&mut teams[3].lock().unwrap()), [1]);
                run(2, &|| assert_eq!(sizes(&mut teams[3].lock().unwrap()), [1]));
            });
            assert_eq!(sizes(&mut alone.lock().unwrap()), [4; 4]);
        });
        let mut team = Team::new(4, true).unwrap();
        let panics = || team.run(&|number, _| assert!(number != 1, "gives up"));
        assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
    }
}

/// More threads than any machine has cores, all of them busy.
#[test]
fn many_teams_work_at_once() {
    let teams = if cfg!(miri) { 2 } else { 12 };
    thread::scope(|scope| {
        for team in 0..teams {
            scope.spawn(move || {
                let count = 1 + team % 5;
                for _ in 0..3 {
                    let mut team = Team::new(count, false).unwrap();
                    for _ in 0..MANY / 200 + 1 {
                        assert_eq!(calls(&mut team, count), vec![1; count]);
                    }
                }
            });
        }
    });
}
