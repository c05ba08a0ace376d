//! What can go wrong in the vault and the ledger.

use std::io;
use std::path::{Path, PathBuf};

/// A fault of the vault or the ledger.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error("could not {action} {path}: {source}")]
    File {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error(
        "{path}: {problem}; restore this file from a backup, or fetch the export again with `rogatory pull --again`; `rogatory rebuild` makes the lake from the others"
    )]
    Damaged { path: PathBuf, problem: String },
    #[error("another rogatory process is at work here ({path} is locked); wait until it has ended")]
    Locked { path: PathBuf },
    #[error("the ledger {path}: {source}")]
    Ledger { path: PathBuf, source: rusqlite::Error },
    #[error(
        "the ledger {path} is damaged: {problem}; put a copy from a backup in its place, or {backup}, the copy that the last run left, and remove {path}-wal and {path}-shm"
    )]
    LedgerDamaged {
        path: PathBuf,
        backup: PathBuf,
        problem: String,
    },
    #[error(
        "the ledger {path} was written by a newer version of rogatory (its format is {found}, this one knows {known}); install that version"
    )]
    LedgerNewer { path: PathBuf, found: i64, known: i64 },
}

impl VaultError {
    pub(super) fn file(action: &'static str, path: &Path) -> impl Fn(io::Error) -> VaultError {
        let path = path.to_owned();
        move |source| VaultError::File {
            action,
            path: path.clone(),
            source,
        }
    }
}
