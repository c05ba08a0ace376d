//! The Delta transaction log of one table: creating it, reading the files of a version, appending a version.
//!
//! Input: the table's folder and data files relative to it. Output: log entries. An entry is written whole, flushed and only then
//! given its name, and only the run that holds the lake's lock writes entries. The log has the lowest protocol versions (reader 1, writer 2) and
//! no table features; entries are never cleaned up, because editions name old versions. Which files a version should have is decided elsewhere.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use deltalake_core::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake_core::kernel::{Action, Add, CommitInfo, MetadataExt, Protocol, Remove, StructType, new_metadata};
use deltalake_core::{DeltaTable, DeltaTableBuilder, DeltaTableError, checkpoints};
use tokio::runtime::{Builder, Runtime};
use url::Url;

use super::durable;
use super::error::LakeError;
use super::parquet_file::Added;
use super::schema::LakeTable;

/// Folder of temporary files inside a table's folder; the dot hides it from Delta readers.
pub(super) const STAGING: &str = ".staging";

const LOG: &str = "_delta_log";

/// A checkpoint is written after so many versions, so that opening a table reads few files.
const CHECKPOINT_INTERVAL: u64 = 20;

/// The data files of a table at one version, by path relative to the table's folder.
#[derive(Clone, Debug)]
pub(super) struct TableVersion {
    pub(super) version: u64,
    pub(super) files: BTreeMap<String, Added>,
}

/// The difference between two versions.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) added: Vec<Added>,
    pub(super) removed: Vec<Added>,
}

impl Changes {
    pub(super) fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }
}

/// Access to the Delta logs below one lake folder.
pub(super) struct DeltaLogs {
    /// The lake's folder, absolute.
    dir: PathBuf,
    runtime: Runtime,
}

impl DeltaLogs {
    pub(super) fn new(dir: &Path) -> Result<DeltaLogs, LakeError> {
        let runtime = Builder::new_current_thread()
            .build()
            .map_err(LakeError::file("start reading", dir))?;
        Ok(DeltaLogs {
            dir: dir.to_owned(),
            runtime,
        })
    }

    pub(super) fn table_folder(&self, table: LakeTable) -> PathBuf {
        self.dir.join(table.name())
    }

    /// The newest version in the log, published or not.
    pub(super) fn latest(&self, table: LakeTable) -> Result<TableVersion, LakeError> {
        self.load(table, None)
    }

    /// The version that `current.json` names.
    pub(super) fn at(&self, table: LakeTable, version: u64) -> Result<TableVersion, LakeError> {
        let log = self.table_folder(table).join(LOG);
        if !log.join(entry_name(version)).exists() {
            return Err(LakeError::VersionMissing { table, version, log });
        }
        self.load(table, Some(version))
    }

    /// Creates the table without rows if there is none.
    pub(super) fn create_if_absent(&self, table: LakeTable, written: SystemTime) -> Result<(), LakeError> {
        let folder = self.table_folder(table);
        durable::create_folder(&folder.join(STAGING))?;
        durable::create_folder(&folder.join(LOG))?;
        if folder.join(LOG).join(entry_name(0)).exists() {
            return Ok(());
        }
        let actions = creation(table).map_err(|source| delta_error("describe", &folder)(source))?;
        self.append(table, 0, "CREATE TABLE", actions, written)
    }

    /// Appends the version after `latest` with these changes and returns its number.
    pub(super) fn commit(
        &self,
        table: LakeTable,
        latest: u64,
        changes: &Changes,
        written: SystemTime,
    ) -> Result<u64, LakeError> {
        let removed = changes
            .removed
            .iter()
            .map(|file| Action::Remove(remove(file, milliseconds(written))));
        let added = changes.added.iter().map(|file| Action::Add(add(file)));
        let version = latest + 1;
        self.append(table, version, "WRITE", removed.chain(added).collect(), written)?;
        if version.is_multiple_of(CHECKPOINT_INTERVAL) {
            self.checkpoint(table)?;
        }
        Ok(version)
    }

    fn append(
        &self,
        table: LakeTable,
        version: u64,
        operation: &str,
        actions: Vec<Action>,
        written: SystemTime,
    ) -> Result<(), LakeError> {
        let folder = self.table_folder(table);
        let path = folder.join(LOG).join(entry_name(version));
        let information = Action::CommitInfo(CommitInfo {
            timestamp: Some(milliseconds(written)),
            operation: Some(operation.to_owned()),
            engine_info: Some(concat!("rogatory/", env!("CARGO_PKG_VERSION")).to_owned()),
            ..CommitInfo::default()
        });
        let bytes = log_entry(std::iter::once(&information).chain(&actions)).map_err(|source| LakeError::LogEntry {
            path: path.clone(),
            source,
        })?;
        durable::create(&path, &folder.join(STAGING).join(entry_name(version)), &bytes)
    }

    fn checkpoint(&self, table: LakeTable) -> Result<(), LakeError> {
        let folder = self.table_folder(table);
        let write = async { checkpoints::create_checkpoint(&open(&folder, None).await?, None).await };
        self.wait(write).map_err(delta_error("write a checkpoint of", &folder))
    }

    fn load(&self, table: LakeTable, version: Option<u64>) -> Result<TableVersion, LakeError> {
        let folder = self.table_folder(table);
        let state = self
            .wait(open(&folder, version))
            .map_err(delta_error("read", &folder))?;
        let snapshot = state.snapshot().map_err(delta_error("read", &folder))?;
        let expected = kernel_schema(table).map_err(delta_error("describe", &folder))?;
        if *snapshot.schema() != expected {
            return Err(LakeError::SchemaChanged { dir: folder });
        }
        let files = snapshot.log_data().into_iter().map(|view| {
            let file = Added {
                path: view.path().into_owned(),
                size: view.size().unsigned_abs(),
                rows: view.num_records().unwrap_or_default() as u64,
                modified: view.modification_time(),
            };
            (file.path.clone(), file)
        });
        Ok(TableVersion {
            version: snapshot.version(),
            files: files.collect(),
        })
    }

    fn wait<T>(&self, work: impl Future<Output = Result<T, DeltaTableError>>) -> Result<T, DeltaTableError> {
        self.runtime.block_on(work)
    }
}

/// Milliseconds since 1970, as Delta writes times.
pub(super) fn milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

async fn open(folder: &Path, version: Option<u64>) -> Result<DeltaTable, DeltaTableError> {
    let location = Url::from_directory_path(folder)
        .map_err(|()| DeltaTableError::InvalidTableLocation(folder.display().to_string()))?;
    let builder = DeltaTableBuilder::from_url(location)?;
    match version {
        Some(version) => builder.with_version(version).load().await,
        None => builder.load().await,
    }
}

fn creation(table: LakeTable) -> Result<Vec<Action>, DeltaTableError> {
    let protocol: Protocol = serde_json::from_value(serde_json::json!({"minReaderVersion": 1, "minWriterVersion": 2}))?;
    let configuration = [("delta.enableExpiredLogCleanup", "false")];
    let metadata = new_metadata(&kernel_schema(table)?, Vec::<String>::new(), configuration)?;
    Ok(vec![
        Action::Protocol(protocol),
        Action::Metadata(metadata.with_name(table.name().to_owned())?),
    ])
}

fn kernel_schema(table: LakeTable) -> Result<StructType, DeltaTableError> {
    Ok(table.schema().as_ref().try_into_kernel()?)
}

fn add(file: &Added) -> Add {
    Add {
        path: file.path.clone(),
        size: i64::try_from(file.size).unwrap_or(i64::MAX),
        modification_time: file.modified,
        data_change: true,
        stats: Some(file.stats()),
        ..Add::default()
    }
}

fn remove(file: &Added, deletion_timestamp: i64) -> Remove {
    Remove {
        path: file.path.clone(),
        data_change: true,
        deletion_timestamp: Some(deletion_timestamp),
        extended_file_metadata: Some(true),
        partition_values: Some(std::collections::HashMap::new()),
        size: i64::try_from(file.size).ok(),
        ..Remove::default()
    }
}

fn log_entry<'a>(actions: impl Iterator<Item = &'a Action>) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = Vec::new();
    for action in actions {
        serde_json::to_writer(&mut bytes, action)?;
        bytes.push(b'\n');
    }
    Ok(bytes)
}

fn entry_name(version: u64) -> String {
    format!("{version:020}.json")
}

fn delta_error(action: &'static str, dir: &Path) -> impl FnOnce(DeltaTableError) -> LakeError {
    move |source| LakeError::Delta {
        action,
        dir: dir.to_owned(),
        source: Box::new(source),
    }
}
