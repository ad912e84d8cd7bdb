//! Tries many points side by side and counts what became of them.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Instant,
};

/// What became of one point.
pub(crate) enum Outcome {
    /// The fault struck, and all was well afterwards.
    Held,
    /// The run came to its good end before the fault: it made fewer such calls than the traced one.
    Missed,
}

/// Whether every point was asked for.
pub(crate) fn is_full() -> bool {
    match std::env::var("KUBEPKI_SWEEP") {
        Ok(value) => {
            assert_eq!(value, "full", "KUBEPKI_SWEEP is `full` or not set");
            true
        }
        Err(_) => false,
    }
}

/// Tries every point; panics with the first failures if there are any. The points that were
/// missed come back.
#[expect(clippy::print_stdout, reason = "`-- --nocapture` shows the figures, and docs quote them")]
pub(crate) fn sweep<'a, P: Sync>(
    title: &str,
    points: &'a [P],
    check: impl Fn(&P) -> Result<Outcome, String> + Sync,
) -> Vec<&'a P> {
    let started = Instant::now();
    let (next, missed, failures) = (AtomicUsize::new(0), Mutex::default(), Mutex::default());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, Into::into) {
            scope.spawn(|| {
                while let Some(point) = points.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match check(point) {
                        Ok(Outcome::Held) => {}
                        Ok(Outcome::Missed) => Vec::push(&mut missed.lock().unwrap(), point),
                        Err(failure) => Vec::push(&mut failures.lock().unwrap(), failure),
                    }
                }
            });
        }
    });
    let (missed, failures) = (missed.into_inner().unwrap(), failures.into_inner().unwrap());
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{title}: {} points, {} missed, {} failures, {seconds:.1} s",
        points.len(),
        missed.len(),
        failures.len()
    );
    assert!(!points.is_empty(), "{title}: nothing to sweep");
    assert!(
        failures.is_empty(),
        "{title}: {} of {} points failed:\n{}",
        failures.len(),
        points.len(),
        failures.iter().take(12).cloned().collect::<Vec<_>>().join("\n")
    );
    missed
}

/// About `count` of these, the first and the last among them.
pub(crate) fn spread<T: Clone>(all: &[T], count: usize) -> Vec<T> {
    if all.len() <= count {
        return all.to_vec();
    }
    (0..count).map(|i| all[i * (all.len() - 1) / (count - 1)].clone()).collect()
}
