//! Measures: `queries/measures/*.sql` run over the lake, their results checked and kept as marts.
//!
//! Input: the SQL engine over one snapshot of the lake, and the measures with their documentation. Output: `<name>.parquet` for each
//! measure, and `current.json` that names the marts which belong together, by their SHA-256. A mart is tidy: one row per
//! figure, with its dimensions, period, indicator, value, number of observations, unit and status. Invariants: a mart has exactly the
//! columns, indicators and units that its documentation names, one figure per cell, in order; the identities hold in
//! every cell. Nothing is written unless every measure passes; the same results give the same bytes. What a figure means is SQL;
//! labels, rounding and layout do not belong here.

mod check;
mod error;
mod identity;
mod mart;
mod run;
mod store;

pub use check::check;
pub use error::MeasuresError;
pub use mart::Mart;
pub use run::run_all;
pub use store::{CurrentMarts, Provenance, read_current, read_mart, write_marts};
