//! The lake: the accepted rows of every source as Delta tables of Parquet files.
//!
//! Input: record batches with the schema of a [`LakeTable`], for one source at a time. Output: a [`Snapshot`], which names the data
//! files of every table at one consistent state. Invariants: readers find versions only through `current.json`, which is
//! replaced atomically after everything that it refers to is on disk, so an interrupted run is invisible and the next run
//! repairs it; identical input gives byte-identical data files; one process writes at a time. Only this module writes into the folder.
//! Reading exports, checking values and counting do not belong here.
//!
//! On disk: `<table>/<source>/<content hash>.parquet`, `<table>/_delta_log/`, `current.json`, `.lock` and `<table>/.staging/`.

mod column_chunk;
mod current;
mod date;
mod delta;
mod durable;
mod error;
mod exports;
mod hybrid;
mod lock;
mod page_compressor;
mod parquet_file;
mod row_group;
mod schema;
mod snapshot;
mod writer;

pub use date::{date_from_days, date_to_days};
pub use error::LakeError;
pub use exports::ExportRow;
pub use parquet_file::{Added, ParquetWriter};
pub use schema::LakeTable;
pub use snapshot::{DataFile, Snapshot};
pub use writer::Lake;
