//! Normalising: exports of agencies become typed, coded rows of the lake, and every row is accounted for.
//!
//! Input: source definitions, codelists and the files in `exports/`. Output: one commit of the lake and a [`SourceReport`] for each source. The way of
//! a row: a reader ([`delimited`], [`workbook`], [`json`]) gives cells, [`row_mapper`] makes items or faults of them by the [`plan`], the items wait in the
//! [`chunk_store`], [`resolve`] decides which rows count, [`source_write`] puts them into the lake. Invariants: each data row of each export is accepted, quarantined or superseded; a
//! file that can't be trusted as a whole is refused and changes nothing; the same inputs give the same bytes. Nothing is aggregated here.

mod batches;
mod cell;
mod checks;
mod chunk;
mod chunk_store;
mod columns;
mod corrections;
mod delimited;
mod events;
mod export;
mod fault;
mod header;
mod json;
mod mapped_cell;
mod parallel;
mod plan;
mod reading;
mod resolve;
mod row_mapper;
mod run;
mod source_run;
mod source_write;
mod text;
mod workbook;

pub use corrections::{Correction, CorrectionError, read_corrections};
pub use export::{Keeper, KeeperError, KeptExport};
pub use fault::{REASONS, Reason};
pub use run::{NormaliseInputs, NormaliseReport, Progress, normalise};
pub use source_run::{NormaliseError, Outcome, Refusal, SourceReport};

// What `inspect` reads files with, so that it sees what will be read.
pub(crate) use cell::Cell;
pub(crate) use delimited::joined_header;
pub(crate) use fault::FileFault;
pub(crate) use json::{Names as RecordNames, cell as record_cell};
pub(crate) use plan::month_names;
pub(crate) use reading::{decimal, yes_or_no};
pub(crate) use workbook::{Region, SheetReader};
