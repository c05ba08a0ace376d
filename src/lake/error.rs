//! What can go wrong with the lake. Every message names the folder or file and what to do next.

use std::path::PathBuf;

use deltalake_core::DeltaTableError;
use parquet::errors::ParquetError;

use super::schema::LakeTable;

/// A failure to read or write the lake.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    #[error("cannot {action} {}: {source}", .path.display())]
    File {
        action: &'static str,
        path: PathBuf,
        source: std::io::Error,
    },

    #[error("another run is writing to the lake (process {holder}, lock {}); wait until it has ended and run again", .path.display())]
    Locked { path: PathBuf, holder: String },

    #[error("there is no lake in {} yet: run `rogatory normalise` first", .dir.display())]
    NoLake { dir: PathBuf },

    #[error("{} is not a valid list of table versions: {source}; restore it, or delete the lake and run `rogatory normalise`", .path.display())]
    Current { path: PathBuf, source: serde_json::Error },

    #[error("{} names no version of the table `{table}`: run `rogatory normalise`", .path.display())]
    NoVersion { path: PathBuf, table: LakeTable },

    #[error(
        "current.json names version {version} of the table `{table}`, but the log in {} has no such version; \
         restore the folder, or delete the lake and run `rogatory normalise`", .log.display()
    )]
    VersionMissing {
        table: LakeTable,
        version: u64,
        log: PathBuf,
    },

    #[error("cannot {action} the Delta table {}: {source}", .dir.display())]
    Delta {
        action: &'static str,
        dir: PathBuf,
        source: Box<DeltaTableError>,
    },

    #[error("cannot write the Delta log entry {}: {source}", .path.display())]
    LogEntry { path: PathBuf, source: serde_json::Error },

    #[error(
        "the columns of the Delta table {} are not those of this version of rogatory; \
         delete the lake (it is made from the exports) and run `rogatory normalise`", .dir.display()
    )]
    SchemaChanged { dir: PathBuf },

    #[error(
        "version {version} of the table `{table}` lists {}, which is missing or has another size; \
         restore it, or delete the lake and run `rogatory normalise`", .path.display()
    )]
    DataFileMissing {
        table: LakeTable,
        version: u64,
        path: PathBuf,
    },

    #[error(
        "`{found}` cannot be the name of a source: expected letters, digits, `-`, `_` and `.`, beginning with a letter or digit"
    )]
    SourceName { found: String },

    #[error("rows for the table `{table}` have the columns ({found}), expected ({expected})")]
    Columns {
        table: LakeTable,
        found: String,
        expected: String,
    },

    #[error("{path} was given as a data file of the source `{source_name}`, but lies outside of that source's folder")]
    ForeignFile { path: String, source_name: String },

    #[error("the source `{source_name}` was replaced without a fingerprint of its exports")]
    NoFingerprint { source_name: String },

    #[error("cannot {action} the Parquet file {}: {source}", .path.display())]
    Parquet {
        action: &'static str,
        path: PathBuf,
        source: ParquetError,
    },
}

impl LakeError {
    /// Adds what was being done, and to which file, to an input or output error.
    pub(super) fn file(action: &'static str, path: &std::path::Path) -> impl FnOnce(std::io::Error) -> LakeError {
        move |source| LakeError::File {
            action,
            path: path.to_owned(),
            source,
        }
    }

    /// Adds what was being done, and to which file, to a Parquet error.
    pub(super) fn parquet(action: &'static str, path: &std::path::Path) -> impl FnOnce(ParquetError) -> LakeError {
        move |source| LakeError::Parquet {
            action,
            path: path.to_owned(),
            source,
        }
    }
}
