//! One consistent state of the lake, as its readers see it.
//!
//! Input: the lake's folder. Output: for each table its version and data files, and the fingerprint of each source. A snapshot
//! stays what it is while another process writes: versions never change, and files are only ever added. Nothing here writes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::current::Current;
use super::delta::{DeltaLogs, TableVersion};
use super::error::LakeError;
use super::exports::{self, ExportRow};
use super::schema::LakeTable;
use super::writer::source_of;

/// One data file of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFile {
    /// Absolute path.
    pub path: PathBuf,
    pub source: String,
    /// Bytes.
    pub size: u64,
    pub rows: u64,
}

/// The tables of the lake at the versions that `current.json` names.
#[derive(Clone, Debug)]
pub struct Snapshot {
    tables: BTreeMap<LakeTable, PinnedTable>,
    fingerprints: BTreeMap<String, String>,
}

#[derive(Clone, Debug)]
struct PinnedTable {
    version: u64,
    files: Vec<DataFile>,
}

impl Snapshot {
    /// Reads the state that was published last.
    ///
    /// # Errors
    /// When no run has published one yet, or something that it names is not there.
    pub fn open(dir: &Path) -> Result<Snapshot, LakeError> {
        let Some(current) = Current::read(dir)? else {
            return Err(LakeError::NoLake { dir: dir.to_owned() });
        };
        let dir = dir.canonicalize().map_err(LakeError::file("open", dir))?;
        let logs = DeltaLogs::new(&dir)?;
        let mut tables = BTreeMap::new();
        for table in LakeTable::all() {
            let version = current.version(table).ok_or_else(|| LakeError::NoVersion {
                path: Current::path(&dir),
                table,
            })?;
            let files = data_files(table, &logs.table_folder(table), &logs.at(table, version)?)?;
            tables.insert(table, PinnedTable { version, files });
        }
        Ok(Snapshot {
            tables,
            fingerprints: current.fingerprints(),
        })
    }

    /// The Delta version of the table.
    pub fn version(&self, table: LakeTable) -> u64 {
        self.tables.get(&table).map_or(0, |pinned| pinned.version)
    }

    /// The data files of the table, by source and name; none if it has no rows.
    pub fn files(&self, table: LakeTable) -> &[DataFile] {
        self.tables.get(&table).map_or(&[], |pinned| &pinned.files)
    }

    /// The fingerprint of every source, by name.
    pub fn fingerprints(&self) -> &BTreeMap<String, String> {
        &self.fingerprints
    }

    /// The rows of the table `exports` for one source, as they were written.
    pub fn exports(&self, source: &str) -> Result<Vec<ExportRow>, LakeError> {
        let mut rows = Vec::new();
        for file in self
            .files(LakeTable::Exports)
            .iter()
            .filter(|file| file.source == source)
        {
            rows.extend(exports::read(&file.path)?);
        }
        Ok(rows)
    }
}

fn data_files(table: LakeTable, folder: &Path, pinned: &TableVersion) -> Result<Vec<DataFile>, LakeError> {
    let mut files = Vec::with_capacity(pinned.files.len());
    for file in pinned.files.values() {
        let path = folder.join(&file.path);
        let whole = path.metadata().is_ok_and(|metadata| metadata.len() == file.size);
        if !whole {
            return Err(LakeError::DataFileMissing {
                table,
                version: pinned.version,
                path,
            });
        }
        let source = source_of(&file.path).unwrap_or_default().to_owned();
        files.push(DataFile {
            path,
            source,
            size: file.size,
            rows: file.rows,
        });
    }
    Ok(files)
}
