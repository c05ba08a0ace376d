//! One data file of the lake: record batches of one table and source to a Parquet file named after its content.
//!
//! Input: batches with the table's columns. Output: `<table>/<source>/<32 hex of the SHA-256>.parquet` and an [`Added`] that a commit
//! takes. The same batches give the same bytes and so the same name. The file takes its name only when it is whole and on the disk; until
//! then it is in the table's staging folder. Files carry no Arrow schema: engines see the plain types that Parquet states.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use parquet::errors::ParquetError;
use parquet::file::writer::SerializedFileWriter;
use sha2::{Digest, Sha256};

use crate::domain::digest::hexadecimal;

use super::delta::{STAGING, milliseconds};
use super::durable;
use super::error::LakeError;
use super::row_group::{RowGroup, parquet_schema, properties};
use super::schema::LakeTable;

/// Most rows in a row group: the unit in which engines read in parallel, and what the writer holds in memory.
const ROW_GROUP_ROWS: usize = 1 << 17;

/// Makes the names of temporary files differ within the process; the lake's lock keeps other processes out.
static NEXT_TEMPORARY: AtomicU64 = AtomicU64::new(0);

/// A finished data file that a commit can add to its table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    /// Path relative to the table's folder, with `/`.
    pub path: String,
    /// Bytes.
    pub size: u64,
    pub rows: u64,
    /// When it was written, in milliseconds since 1970.
    pub modified: i64,
}

impl Added {
    /// The Delta statistics of the file, as JSON.
    pub fn stats(&self) -> String {
        format!("{{\"numRecords\":{}}}", self.rows)
    }
}

/// Writes one data file. Dropped unfinished, it leaves only a temporary file that the next run removes.
pub struct ParquetWriter {
    table: LakeTable,
    table_folder: PathBuf,
    source: String,
    temporary: PathBuf,
    /// Opened by the first row group.
    writer: Option<SerializedFileWriter<HashingFile>>,
    rows: u64,
}

impl ParquetWriter {
    pub(super) fn new(table: LakeTable, table_folder: PathBuf, source: &str) -> ParquetWriter {
        let number = NEXT_TEMPORARY.fetch_add(1, Ordering::Relaxed);
        let temporary = table_folder.join(STAGING).join(format!("{source}-{number}.parquet"));
        ParquetWriter {
            table,
            table_folder,
            source: source.to_owned(),
            temporary,
            writer: None,
            rows: 0,
        }
    }

    /// Appends rows as row groups of their own; strings may be dictionary-encoded.
    ///
    /// # Errors
    /// When the columns are not those of the table, or the file can't be written.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), LakeError> {
        if !self.table.accepts(batch.schema_ref()) {
            return Err(self.columns_error(batch.schema_ref()));
        }
        for first in (0..batch.num_rows()).step_by(ROW_GROUP_ROWS) {
            let rows = batch.slice(first, ROW_GROUP_ROWS.min(batch.num_rows() - first));
            let written = self.append(&rows);
            written.map_err(LakeError::parquet("write", &self.temporary))?;
            self.rows += rows.num_rows() as u64;
        }
        Ok(())
    }

    fn append(&mut self, rows: &RecordBatch) -> Result<(), ParquetError> {
        let row_group = RowGroup::encode(self.table, rows)?;
        let writer = match &mut self.writer {
            Some(writer) => writer,
            unopened => unopened.insert(open(self.table, &self.temporary)?),
        };
        row_group.append(writer)
    }

    /// Ends the file and gives it its name; nothing if there were no rows.
    pub fn finish(self) -> Result<Option<Added>, LakeError> {
        let Some(writer) = self.writer else {
            return Ok(None);
        };
        let written = writer
            .into_inner()
            .map_err(LakeError::parquet("write", &self.temporary))?;
        let (digest, size) = written.finish().map_err(LakeError::file("flush", &self.temporary))?;
        let path = format!("{}/{}.parquet", self.source, &digest[..32]);
        let target = self.table_folder.join(&path);
        durable::create_folder(&self.table_folder.join(&self.source))?;
        fs::rename(&self.temporary, &target).map_err(LakeError::file("create", &target))?;
        durable::sync_parent(&target)?;
        let modified = fs::metadata(&target).and_then(|metadata| metadata.modified());
        let modified = milliseconds(modified.map_err(LakeError::file("read", &target))?);
        Ok(Some(Added {
            path,
            size,
            rows: self.rows,
            modified,
        }))
    }

    fn columns_error(&self, found: &Schema) -> LakeError {
        LakeError::Columns {
            table: self.table,
            found: describe(found),
            expected: describe(&self.table.schema()),
        }
    }
}

fn open(table: LakeTable, path: &Path) -> Result<SerializedFileWriter<HashingFile>, ParquetError> {
    let file = HashingFile {
        file: File::create(path)?,
        hasher: Sha256::new(),
        size: 0,
    };
    SerializedFileWriter::new(file, parquet_schema(table)?, properties()?)
}

fn describe(schema: &Schema) -> String {
    let columns: Vec<String> = schema
        .fields()
        .iter()
        .map(|field| format!("{} {}", field.name(), field.data_type()))
        .collect();
    columns.join(", ")
}

/// A file that knows the SHA-256 of what went into it.
struct HashingFile {
    file: File,
    hasher: Sha256,
    size: u64,
}

impl HashingFile {
    /// Flushes to the disk; the digest in hexadecimal, and the size.
    fn finish(self) -> io::Result<(String, u64)> {
        self.file.sync_all()?;
        let digest = hexadecimal(&self.hasher.finalize());
        Ok((digest, self.size))
    }
}

impl Write for HashingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
