//! Rows of the table `exports`: what became of the rows of every export, as values.
//!
//! Input and output: the table's record batches. The counts are checked where they are made, not here.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Date32Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{Date32Type, Int64Type};
use arrow::error::ArrowError;
use jiff::civil::Date;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::ParquetError;

use super::date::{date_from_days, date_to_days};
use super::error::LakeError;
use super::schema::LakeTable;

/// One export of one source and how its rows were counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportRow {
    pub source: String,
    pub authority: Option<String>,
    pub data_set: Option<String>,
    /// SHA-256 of the file, in hexadecimal.
    pub export: String,
    /// Name of the file.
    pub file: Option<String>,
    pub exported_on: Option<Date>,
    pub rows_read: i64,
    pub accepted: i64,
    pub quarantined: i64,
    pub superseded: i64,
    /// Rows of the lake that came of the accepted ones (a row may ask several things).
    pub lake_rows: i64,
}

impl ExportRow {
    /// The rows as a batch that can be written to the table `exports`.
    pub fn batch(rows: &[ExportRow]) -> Result<RecordBatch, ArrowError> {
        let text = |value: fn(&ExportRow) -> Option<&str>| -> ArrayRef {
            Arc::new(rows.iter().map(value).collect::<StringArray>())
        };
        let count =
            |value: fn(&ExportRow) -> i64| -> ArrayRef { Arc::new(rows.iter().map(value).collect::<Int64Array>()) };
        let exported_on: Date32Array = rows.iter().map(|row| row.exported_on.map(date_to_days)).collect();
        RecordBatch::try_new(
            LakeTable::Exports.schema(),
            vec![
                text(|row| Some(&row.source)),
                text(|row| row.authority.as_deref()),
                text(|row| row.data_set.as_deref()),
                text(|row| Some(&row.export)),
                text(|row| row.file.as_deref()),
                Arc::new(exported_on),
                count(|row| row.rows_read),
                count(|row| row.accepted),
                count(|row| row.quarantined),
                count(|row| row.superseded),
                count(|row| row.lake_rows),
            ],
        )
    }
}

/// Reads the rows of one data file of the table.
pub(super) fn read(path: &Path) -> Result<Vec<ExportRow>, LakeError> {
    let file = File::open(path).map_err(LakeError::file("open", path))?;
    let read = || {
        let mut rows = Vec::new();
        for batch in ParquetRecordBatchReaderBuilder::try_new(file)?.build()? {
            append(&batch?, &mut rows);
        }
        Ok::<_, ParquetError>(rows)
    };
    read().map_err(LakeError::parquet("read", path))
}

fn append(batch: &RecordBatch, rows: &mut Vec<ExportRow>) {
    let text = |column: usize, row: usize| {
        let values = batch.column(column).as_string::<i32>();
        values.is_valid(row).then(|| values.value(row).to_owned())
    };
    let count = |column: usize, row: usize| batch.column(column).as_primitive::<Int64Type>().value(row);
    let dates = batch.column(5).as_primitive::<Date32Type>();
    rows.extend((0..batch.num_rows()).map(|row| ExportRow {
        source: text(0, row).unwrap_or_default(),
        authority: text(1, row),
        data_set: text(2, row),
        export: text(3, row).unwrap_or_default(),
        file: text(4, row),
        exported_on: dates.is_valid(row).then(|| date_from_days(dates.value(row))).flatten(),
        rows_read: count(6, row),
        accepted: count(7, row),
        quarantined: count(8, row),
        superseded: count(9, row),
        lake_rows: count(10, row),
    }));
}
