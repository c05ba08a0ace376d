//! Running every measure over the engine.
//!
//! Input: an engine, measures, a folder. Output: the marts in it. Several measures run at a time, since planning and checking one keeps
//! one processor busy. All queries run and pass their checks before the first file is written, so a fault leaves the marts of the
//! last run as they were.

use std::collections::BTreeMap;
use std::iter;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, ScopedJoinHandle, available_parallelism};

use super::check::check;
use super::error::MeasuresError;
use super::mart::Mart;
use super::store::{CurrentMarts, Provenance, write_marts};
use crate::domain::measure::Measure;
use crate::engine::Engine;

/// Computes, checks and writes the mart of every measure.
///
/// # Errors
/// When a query fails, a result departs from its documentation, or a file can't be written.
pub fn run_all(
    engine: &Engine,
    measures: &[Measure],
    provenance: &Provenance,
    dir: &Path,
) -> Result<CurrentMarts, MeasuresError> {
    write_marts(dir, &compute(engine, measures)?, provenance)
}

/// The marts in the order of the measures; of several faults the first in that order.
fn compute(engine: &Engine, measures: &[Measure]) -> Result<Vec<Mart>, MeasuresError> {
    let next = AtomicUsize::new(0);
    let work = || {
        let taken = iter::from_fn(|| {
            let index = next.fetch_add(1, Ordering::Relaxed);
            measures.get(index).map(|measure| (index, measure))
        });
        taken
            .map(|(index, measure)| (index, run(engine, measure)))
            .collect::<Vec<_>>()
    };
    let mut marts: Vec<(usize, Result<Mart, MeasuresError>)> = thread::scope(|scope| {
        let workers = 0..available_parallelism().map_or(1, usize::from);
        let workers: Vec<_> = workers.map(|_| scope.spawn(work)).collect();
        let join = |worker: ScopedJoinHandle<'_, _>| worker.join().unwrap_or_else(|panic| resume_unwind(panic));
        workers.into_iter().flat_map(join).collect()
    });
    marts.sort_by_key(|(index, _)| *index);
    marts.into_iter().map(|(_, mart)| mart).collect()
}

fn run(engine: &Engine, measure: &Measure) -> Result<Mart, MeasuresError> {
    let result = engine
        .query(&measure.name, &measure.sql, &BTreeMap::new())
        .map_err(|source| MeasuresError::Query {
            measure: measure.name.clone(),
            source,
        })?;
    check(measure, &result.schema, &result.batches)
}
