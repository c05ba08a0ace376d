//! The one writer of the lake: collects the files of the sources that a run replaces and publishes them as one state.
//!
//! Input: [`Added`] files and the fingerprint of each source. Output: a Delta version for each table that differs, then `current.json`.
//! A table's new version is what readers see now, with the replaced sources exchanged, as a difference against the newest
//! version in the log: what an interrupted run left there is undone or taken over. Files that no version refers to stay (vacuum is separate).

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::current::Current;
use super::delta::{Changes, DeltaLogs, STAGING, TableVersion};
use super::durable;
use super::error::LakeError;
use super::lock::Lock;
use super::parquet_file::{Added, ParquetWriter};
use super::schema::LakeTable;

/// The lake, opened for writing; no other process can open it so until this value is dropped.
pub struct Lake {
    dir: PathBuf,
    logs: DeltaLogs,
    current: Option<Current>,
    /// New files by table and source.
    replaced: BTreeMap<LakeTable, BTreeMap<String, Vec<Added>>>,
    /// When the lock was taken: the time in log entries, which nothing else depends on.
    opened: SystemTime,
    _lock: Lock,
}

impl Lake {
    /// Opens the lake in `dir`, creating the folder and the tables that are not there yet.
    ///
    /// # Errors
    /// When another process writes to it, or a table has other columns than this program's.
    pub fn open_or_create(dir: &Path) -> Result<Lake, LakeError> {
        durable::create_folder(dir)?;
        let dir = dir.canonicalize().map_err(LakeError::file("open", dir))?;
        let (lock, opened) = Lock::take(&dir)?;
        let logs = DeltaLogs::new(&dir)?;
        for table in LakeTable::all() {
            clear_staging(&logs.table_folder(table))?;
            logs.create_if_absent(table, opened)?;
        }
        let current = Current::read(&dir)?;
        Ok(Lake {
            dir,
            logs,
            current,
            replaced: BTreeMap::new(),
            opened,
            _lock: lock,
        })
    }

    /// The fingerprint that the last published state has for `source`.
    pub fn fingerprint(&self, source: &str) -> Option<&str> {
        self.current.as_ref()?.fingerprint(source)
    }

    /// The sources of the last published state.
    pub fn sources(&self) -> Vec<String> {
        self.current
            .as_ref()
            .map(Current::fingerprints)
            .unwrap_or_default()
            .into_keys()
            .collect()
    }

    /// The lake's folder.
    pub fn folder(&self) -> &Path {
        &self.dir
    }

    /// A new file without a name in the lake's folder, for what does not fit into memory; it is gone when it is closed, however the process ends.
    pub fn scratch_file(&self) -> Result<File, LakeError> {
        tempfile::tempfile_in(&self.dir).map_err(LakeError::file("create a temporary file in", &self.dir))
    }

    /// A new data file for a table and source. Several may be written at the same time, on several threads.
    pub fn writer(&self, table: LakeTable, source: &str) -> Result<ParquetWriter, LakeError> {
        check_source_name(source)?;
        Ok(ParquetWriter::new(table, self.logs.table_folder(table), source))
    }

    /// Puts `files` in the place of everything that the source has in the table, at the next commit.
    ///
    /// A source that is replaced in one table is replaced in all: it has no rows in a table that gets no files from it.
    pub fn replace_source(&mut self, table: LakeTable, source: &str, files: Vec<Added>) -> Result<(), LakeError> {
        check_source_name(source)?;
        for file in &files {
            self.check_file(table, source, file)?;
        }
        self.replaced.entry(table).or_default().insert(source.to_owned(), files);
        Ok(())
    }

    /// Publishes the replaced sources, whose fingerprints these are, and returns the tables that got a new version.
    ///
    /// Where nothing differs nothing is written, and `current.json` stays as it is.
    pub fn commit(&mut self, fingerprints: &BTreeMap<String, String>) -> Result<Vec<LakeTable>, LakeError> {
        self.check_fingerprints(fingerprints)?;
        let mut versions = BTreeMap::new();
        let mut changed = Vec::new();
        for table in LakeTable::all() {
            let latest = self.logs.latest(table)?;
            let version = self.commit_table(table, &latest, fingerprints)?;
            if version != latest.version {
                changed.push(table);
            }
            versions.insert(table, version);
        }
        let next = Current::new(&versions, &self.next_fingerprints(fingerprints));
        if self.current.as_ref() != Some(&next) {
            next.publish(&self.dir)?;
        }
        self.current = Some(next);
        self.replaced.clear();
        Ok(changed)
    }

    fn check_fingerprints(&self, fingerprints: &BTreeMap<String, String>) -> Result<(), LakeError> {
        let mut sources = self.replaced.values().flat_map(BTreeMap::keys);
        match sources.find(|source| !fingerprints.contains_key(*source)) {
            None => Ok(()),
            Some(source) => Err(LakeError::NoFingerprint {
                source_name: source.clone(),
            }),
        }
    }

    fn next_fingerprints(&self, fingerprints: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut next = self.current.as_ref().map(Current::fingerprints).unwrap_or_default();
        next.extend(fingerprints.clone());
        next
    }

    fn commit_table(
        &self,
        table: LakeTable,
        latest: &TableVersion,
        fingerprints: &BTreeMap<String, String>,
    ) -> Result<u64, LakeError> {
        let wanted = self.wanted_files(table, latest, fingerprints)?;
        let changes = difference(&latest.files, &wanted);
        if changes.is_empty() {
            return Ok(latest.version);
        }
        self.logs.commit(table, latest.version, &changes, self.opened)
    }

    fn wanted_files(
        &self,
        table: LakeTable,
        latest: &TableVersion,
        fingerprints: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, Added>, LakeError> {
        let mut wanted = self.published_files(table, latest)?;
        wanted.retain(|path, _| !source_of(path).is_some_and(|source| fingerprints.contains_key(source)));
        let new = self
            .replaced
            .get(&table)
            .into_iter()
            .flat_map(BTreeMap::values)
            .flatten();
        wanted.extend(new.map(|file| (file.path.clone(), file.clone())));
        Ok(wanted)
    }

    fn published_files(&self, table: LakeTable, latest: &TableVersion) -> Result<BTreeMap<String, Added>, LakeError> {
        match self.current.as_ref().and_then(|current| current.version(table)) {
            None => Ok(BTreeMap::new()),
            Some(version) if version == latest.version => Ok(latest.files.clone()),
            Some(version) => Ok(self.logs.at(table, version)?.files),
        }
    }

    fn check_file(&self, table: LakeTable, source: &str, file: &Added) -> Result<(), LakeError> {
        if source_of(&file.path) != Some(source) {
            return Err(LakeError::ForeignFile {
                path: file.path.clone(),
                source_name: source.to_owned(),
            });
        }
        let path = self.logs.table_folder(table).join(&file.path);
        fs::metadata(&path).map_err(LakeError::file("find the data file", &path))?;
        Ok(())
    }
}

fn difference(latest: &BTreeMap<String, Added>, wanted: &BTreeMap<String, Added>) -> Changes {
    let missing_in = |other: &BTreeMap<String, Added>, files: &BTreeMap<String, Added>| {
        files
            .values()
            .filter(|file| !other.contains_key(&file.path))
            .cloned()
            .collect()
    };
    Changes {
        added: missing_in(latest, wanted),
        removed: missing_in(wanted, latest),
    }
}

/// The source that a data file belongs to: the first part of its path.
pub(super) fn source_of(path: &str) -> Option<&str> {
    path.split_once('/').map(|(source, _)| source)
}

fn check_source_name(source: &str) -> Result<(), LakeError> {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    if source.starts_with(|first: char| first.is_ascii_alphanumeric()) && source.chars().all(allowed) {
        return Ok(());
    }
    Err(LakeError::SourceName {
        found: source.to_owned(),
    })
}

/// Removes what an interrupted run left.
fn clear_staging(table_folder: &Path) -> Result<(), LakeError> {
    let staging = table_folder.join(STAGING);
    match fs::remove_dir_all(&staging) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(LakeError::File {
            action: "clear",
            path: staging,
            source: error,
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_names_are_plain_file_names() {
        for name in ["ro-mj", "rs_mpravde", "a.2", "4"] {
            assert!(check_source_name(name).is_ok(), "{name}");
        }
        for name in ["", ".staging", "_delta_log", "a/b", "..", "a b", "ă"] {
            assert!(check_source_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn the_difference_adds_what_is_wanted_and_removes_what_is_not() {
        let files = |paths: &[&str]| {
            let file = |path: &&str| Added {
                path: (*path).to_owned(),
                size: 1,
                rows: 1,
                modified: 0,
            };
            paths
                .iter()
                .map(|path| ((*path).to_owned(), file(path)))
                .collect::<BTreeMap<_, _>>()
        };
        let changes = difference(&files(&["a/1", "b/1"]), &files(&["a/2", "b/1"]));
        let paths = |files: &[Added]| files.iter().map(|file| file.path.clone()).collect::<Vec<_>>();
        assert_eq!(
            (paths(&changes.added), paths(&changes.removed)),
            (vec!["a/2".to_owned()], vec!["a/1".to_owned()])
        );
    }
}
