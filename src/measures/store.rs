//! The folder of marts: `<name>.parquet` for each measure, and `current.json` that names the ones which belong together.
//!
//! Input: checked marts and where they come from. Output: files. Each file takes its name in one step, `current.json` last; a
//! reader accepts a mart only with the SHA-256 that it names, so an interrupted run can't mix old and new figures. Equal marts are
//! equal bytes.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use arrow::compute::concat_batches;
use arrow::record_batch::RecordBatch;
use jiff::civil::Date;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::disk;
use crate::domain::digest::hexadecimal;

use super::error::MeasuresError;
use super::mart::Mart;

const CURRENT: &str = "current.json";

/// What the marts of a run were computed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// The observation date.
    pub as_of: Date,
    /// Version of each table of the lake.
    pub lake: BTreeMap<String, u64>,
}

/// The content of `current.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CurrentMarts {
    /// The observation date.
    pub as_of: String,
    /// Version of each table of the lake.
    pub lake: BTreeMap<String, u64>,
    /// SHA-256 of each mart's file.
    pub marts: BTreeMap<String, String>,
}

/// Writes the marts into `dir` and makes them the current ones.
///
/// # Errors
/// When a file can't be written; the marts that were current before are then refused by readers or still whole.
pub fn write_marts(dir: &Path, marts: &[Mart], provenance: &Provenance) -> Result<CurrentMarts, MeasuresError> {
    fs::create_dir_all(dir).map_err(MeasuresError::file("create the folder", dir))?;
    let mut hashes = BTreeMap::new();
    for mart in marts {
        let bytes = encode(mart)?;
        replace(&mart_path(dir, &mart.name), &bytes)?;
        hashes.insert(mart.name.clone(), sha256(&bytes));
    }
    let current = CurrentMarts {
        as_of: provenance.as_of.to_string(),
        lake: provenance.lake.clone(),
        marts: hashes,
    };
    let path = dir.join(CURRENT);
    let mut bytes = serde_json::to_vec_pretty(&current).map_err(|source| MeasuresError::Current {
        path: path.clone(),
        source,
    })?;
    bytes.push(b'\n');
    replace(&path, &bytes)?;
    Ok(current)
}

/// Reads `current.json`.
///
/// # Errors
/// When there are no marts yet, or the file is not readable.
pub fn read_current(dir: &Path) -> Result<CurrentMarts, MeasuresError> {
    let path = dir.join(CURRENT);
    let bytes = fs::read(&path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => MeasuresError::NoMarts { dir: dir.to_owned() },
        _ => MeasuresError::File {
            action: "read",
            path: path.clone(),
            source,
        },
    })?;
    serde_json::from_slice(&bytes).map_err(|source| MeasuresError::Current { path, source })
}

/// Reads the mart `name` as it was written by the run that `current.json` names.
///
/// # Errors
/// When the run has no such mart, or the file is not the one that it wrote.
pub fn read_mart(dir: &Path, name: &str) -> Result<RecordBatch, MeasuresError> {
    let current = read_current(dir)?;
    let Some(hash) = current.marts.get(name) else {
        let known = current.marts.into_keys().collect();
        return Err(MeasuresError::UnknownMart {
            mart: name.to_owned(),
            dir: dir.to_owned(),
            known,
        });
    };
    let path = mart_path(dir, name);
    let bytes = fs::read(&path).map_err(MeasuresError::file("read", &path))?;
    if sha256(&bytes) != *hash {
        return Err(MeasuresError::Changed { path });
    }
    decode(bytes).map_err(|source| MeasuresError::Decode { path, source })
}

fn mart_path(dir: &Path, name: &str) -> PathBuf {
    dir.join(format!("{name}.parquet"))
}

fn encode(mart: &Mart) -> Result<Vec<u8>, MeasuresError> {
    let encoded = || -> Result<Vec<u8>, ParquetError> {
        let compression = Compression::ZSTD(ZstdLevel::default());
        let properties = WriterProperties::builder().set_compression(compression).build();
        let mut writer = ArrowWriter::try_new(Vec::new(), mart.batch.schema(), Some(properties))?;
        writer.write(&mart.batch)?;
        writer.into_inner()
    };
    encoded().map_err(|source| MeasuresError::Encode {
        mart: mart.name.clone(),
        source,
    })
}

fn decode(bytes: Vec<u8>) -> Result<RecordBatch, ParquetError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes))?;
    let schema = builder.schema().clone();
    let batches = builder.build()?.collect::<Result<Vec<_>, _>>()?;
    Ok(concat_batches(&schema, &batches)?)
}

fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

fn replace(path: &Path, bytes: &[u8]) -> Result<(), MeasuresError> {
    disk::replace(path, bytes).map_err(MeasuresError::file("write", path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{ArrayRef, Float64Array};
    use std::sync::Arc;

    fn mart(value: f64) -> Mart {
        let values: ArrayRef = Arc::new(Float64Array::from(vec![value]));
        Mart {
            name: "flows".to_owned(),
            batch: RecordBatch::try_from_iter([("value", values)]).unwrap(),
        }
    }

    fn write(dir: &Path, value: f64) -> CurrentMarts {
        let provenance = Provenance {
            as_of: jiff::civil::date(2024, 6, 30),
            lake: BTreeMap::from([("requests".to_owned(), 3)]),
        };
        write_marts(dir, &[mart(value)], &provenance).unwrap()
    }

    #[test]
    fn a_mart_is_read_as_it_was_written() {
        let dir = tempfile::tempdir().unwrap();
        let first = write(dir.path(), 1.5);
        assert_eq!(read_mart(dir.path(), "flows").unwrap(), mart(1.5).batch);
        assert_eq!(write(dir.path(), 1.5), first);
        assert_eq!(read_current(dir.path()).unwrap(), first);
        let message = read_mart(dir.path(), "flow").unwrap_err().to_string();
        assert!(
            message.contains("there is no mart `flow`") && message.contains("expected one of flows"),
            "{message}"
        );
    }

    #[test]
    fn a_mart_of_another_run_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), 1.5);
        fs::write(dir.path().join("flows.parquet"), encode(&mart(2.5)).unwrap()).unwrap();
        assert!(matches!(
            read_mart(dir.path(), "flows"),
            Err(MeasuresError::Changed { .. })
        ));
    }

    #[test]
    fn before_the_first_run_there_are_no_marts() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(
            read_mart(dir.path(), "flows"),
            Err(MeasuresError::NoMarts { .. })
        ));
    }
}
