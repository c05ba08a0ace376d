//! Running every measure over the engine.
//!
//! Input: an engine, measures, a folder. Output: the marts in it. All queries run and pass their checks before the first file
//! is written, so a fault leaves the marts of the last run as they were.

use std::collections::BTreeMap;
use std::path::Path;

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
    let marts = measures
        .iter()
        .map(|measure| run(engine, measure))
        .collect::<Result<Vec<Mart>, _>>()?;
    write_marts(dir, &marts, provenance)
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
