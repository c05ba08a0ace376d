//! Marts to published tables: what a reader of the report sees, as values, before anything is drawn.
//!
//! Input: a table definition of the report, the measure's documentation, its mart as an Arrow record batch, labels of codes, a
//! language and the date of observation. Output: [`crate::domain::table::Table`].
//!
//! The way of one table: [`plan`] holds the definition against the measure and says which cells are wanted; [`frame`] takes them
//! from the mart with polars (filter, pivot by joins, labels, order); [`ranking`], [`totals`] and [`derived`] add "other" rows,
//! totals, shares and changes; [`publish`] puts it together.
//!
//! Row keys are the mart's codes; `_T` is the key of a total and `_O` that of an "other" row. Pivoted columns are called by their
//! code, computed ones `<column>_share` and `<column>_change`.
//!
//! A table never computes a statistic from records and never rounds: it selects, labels, orders and adds up counts that the
//! measure says can be added up. The order of the mart's rows makes no difference. Reading files does not belong here.

mod cell;
mod derived;
mod error;
mod frame;
mod labels;
mod plan;
mod publish;
mod ranking;
mod totals;
mod wording;

#[cfg(test)]
mod cases;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod properties;

pub use error::TablesError;
pub use labels::Labels;
pub use publish::{Mart, Publication, publish, publish_all};
