//! What can go wrong between a measure's query and its mart.

use std::io;
use std::path::PathBuf;

use crate::engine::EngineError;

/// A failure to compute, check, write or read a mart.
#[derive(Debug, thiserror::Error)]
pub enum MeasuresError {
    #[error("the measure `{measure}` can't be computed")]
    Query { measure: String, source: EngineError },

    #[error(
        "queries/measures/{measure}.sql: found {found} as column {position}, expected {expected}; \
         mend the last SELECT, or `dimensions` in queries/measures/{measure}.toml"
    )]
    Column {
        measure: String,
        position: usize,
        found: String,
        expected: String,
    },

    #[error(
        "queries/measures/{measure}.sql: the column `{column}` is empty in {cell}; expected a value, \
         for a missing dimension a code such as `not_stated`"
    )]
    Empty {
        measure: String,
        column: String,
        cell: String,
    },

    #[error(
        "queries/measures/{measure}.sql: found {found} in {cell}, expected {expected}; \
         mend the query, or `[indicators]` in queries/measures/{measure}.toml"
    )]
    Figure {
        measure: String,
        cell: String,
        found: String,
        expected: String,
    },

    #[error(
        "queries/measures/{measure}.sql: found two figures for {cell}, expected one; \
         name every dimension in GROUP BY"
    )]
    Duplicate { measure: String, cell: String },

    #[error(
        "queries/measures/{measure}.sql: found {cell} after {previous}; expected rows in order: end the query with \
         ORDER BY all dimensions, period, indicator"
    )]
    Order {
        measure: String,
        cell: String,
        previous: String,
    },

    #[error(
        "the measure `{measure}` lacks the indicator `{indicator}` in {cell}, which `{identity}` needs in every cell"
    )]
    IdentityTerm {
        measure: String,
        identity: String,
        indicator: String,
        cell: String,
    },

    #[error(
        "the measure `{measure}` breaks `{identity}` in {cell}: found {left} and {right}, expected equal figures; \
         look for rows that are completed before they entered, or mend queries/measures/{measure}.sql"
    )]
    IdentityBroken {
        measure: String,
        identity: String,
        cell: String,
        left: f64,
        right: f64,
    },

    #[error("there are no marts in {}; run `rogatory measure` first", dir.display())]
    NoMarts { dir: PathBuf },

    #[error("there is no mart `{mart}` in {}; expected one of {}; run `rogatory measure` again", dir.display(), known.join(", "))]
    UnknownMart {
        mart: String,
        dir: PathBuf,
        known: Vec<String>,
    },

    #[error("{} is not the file that current.json names; run `rogatory measure` again", path.display())]
    Changed { path: PathBuf },

    #[error("cannot {action} {}", path.display())]
    File {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },

    #[error("{} is not a list of marts; run `rogatory measure` again", path.display())]
    Current { path: PathBuf, source: serde_json::Error },

    #[error("cannot write the mart `{mart}` as Parquet")]
    Encode {
        mart: String,
        source: parquet::errors::ParquetError,
    },

    #[error("{} is not readable as Parquet; run `rogatory measure` again", path.display())]
    Decode {
        path: PathBuf,
        source: parquet::errors::ParquetError,
    },

    #[error("the rows of the mart `{mart}` do not fit together")]
    Arrow {
        mart: String,
        source: arrow::error::ArrowError,
    },
}

impl MeasuresError {
    /// For `map_err` on an operation on `path`.
    pub(super) fn file(action: &'static str, path: &std::path::Path) -> impl FnOnce(io::Error) -> MeasuresError {
        let path = path.to_owned();
        move |source| MeasuresError::File { action, path, source }
    }
}
