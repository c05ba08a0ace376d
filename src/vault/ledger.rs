//! The ledger's database: opening, its tables, its own soundness. What is written into it belongs to the modules beside this one.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;

use super::error::VaultError;
use crate::disk;

const FILE: &str = "ledger.sqlite";
const BACKUP: &str = "ledger.backup.sqlite";
/// Format of the tables; kept in SQLite's `user_version`.
const FORMAT: i64 = 1;
/// How long one process waits for another's transaction.
const PATIENCE: Duration = Duration::from_secs(30);
const TABLES: &str = include_str!("ledger.sql");

pub(super) struct Ledger {
    pub connection: Connection,
    path: PathBuf,
}

impl Ledger {
    /// Opens the ledger in `folder`, or makes an empty one.
    pub(super) fn open(folder: &Path) -> Result<Ledger, VaultError> {
        let path = folder.join(FILE);
        let connect = || {
            let connection = Connection::open(&path)?;
            connection.busy_timeout(PATIENCE)?;
            connection.pragma_update(None, "journal_mode", "wal")?;
            connection.pragma_update(None, "synchronous", "full")?;
            connection.pragma_update(None, "foreign_keys", true)?;
            Ok(connection)
        };
        let connection = connect().map_err(|source| fault(&path, source))?;
        let ledger = Ledger { connection, path };
        ledger.prepare()?;
        Ok(ledger)
    }

    /// Makes the tables of an empty database; refuses one of a newer program.
    fn prepare(&self) -> Result<(), VaultError> {
        let format = || {
            self.connection
                .pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))
        };
        let found = format().map_err(self.fault())?;
        if found > FORMAT {
            return Err(VaultError::LedgerNewer {
                path: self.path.clone(),
                found,
                known: FORMAT,
            });
        }
        if found < FORMAT {
            let text = format!("begin immediate; {TABLES} pragma user_version = {FORMAT}; commit;");
            self.connection.execute_batch(&text).map_err(self.fault())?;
            disk::sync_parent(&self.path).map_err(VaultError::file("flush the folder of", &self.path))?;
        }
        Ok(())
    }

    /// Reads every page.
    pub(super) fn check(&self) -> Result<(), VaultError> {
        let problem: String = self
            .connection
            .query_row("pragma integrity_check", [], |row| row.get(0))
            .map_err(self.fault())?;
        if problem == "ok" {
            return Ok(());
        }
        Err(damaged(&self.path, problem))
    }

    /// Writes a whole copy beside the ledger, in place of the last one.
    pub(super) fn back_up(&self) -> Result<(), VaultError> {
        let backup = self.path.with_file_name(BACKUP);
        let file = disk::temporary_beside(&backup).map_err(VaultError::file("write", &backup))?;
        let target = file.path().to_string_lossy().into_owned();
        self.connection
            .execute("vacuum into ?1", [target])
            .map_err(self.fault())?;
        disk::name(file, &backup).map_err(VaultError::file("write", &backup))
    }

    /// Errors of SQLite, with the ledger's path.
    pub(super) fn fault(&self) -> impl Fn(rusqlite::Error) -> VaultError + use<> {
        let path = self.path.clone();
        move |source| fault(&path, source)
    }
}

fn fault(path: &Path, source: rusqlite::Error) -> VaultError {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    match source.sqlite_error_code() {
        Some(DatabaseCorrupt | NotADatabase) => damaged(path, source.to_string()),
        _ => VaultError::Ledger {
            path: path.to_owned(),
            source,
        },
    }
}

fn damaged(path: &Path, problem: String) -> VaultError {
    VaultError::LedgerDamaged {
        path: path.to_owned(),
        backup: path.with_file_name(BACKUP),
        problem,
    }
}
