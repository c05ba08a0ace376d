//! SQL over one snapshot of the lake: an embedded DataFusion session that only reads.
//!
//! Input: a lake snapshot, codelists, the shared definitions (one `SELECT` each) and the parameters of the run. Output: the rows of a
//! query. Lake tables go by their own names, codelists by `codelist_<name>`, definitions by theirs. Invariants: nothing is written; the
//! parameters are values, never text pasted into SQL; a division by zero or a value that is not a number is an error. Rows
//! come in no order that the query doesn't ask for. One engine answers queries of several threads at a time. What a measure counts and how figures are rounded do not belong here.

mod arithmetic;
mod catalog;
mod error;
mod histogram;
mod parameters;
mod session;
mod statement;
mod suggestion;

pub use catalog::{CodelistTable, Definition};
pub use error::EngineError;
pub use parameters::{ParameterValue, Parameters};
pub use session::{Counting, Engine, QueryResult};
