//! The vocabulary of the product: data sets, codelists, source definitions, measures, published tables, reports.
//!
//! Everything here is a value or a function of values: no file, clock, environment or locale. Imports nothing else of ours.

pub mod codelist;
pub mod dataset;
pub mod date_pattern;
pub mod digest;
pub mod fold;
pub mod long_date;
pub mod measure;
pub mod pull;
pub mod report;
pub mod source;
pub mod table;
pub mod toml_error;
