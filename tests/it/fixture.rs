//! Small lakes in temporary folders.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, ListBuilder, RecordBatch, StringArray,
    StringBuilder, new_null_array,
};
use arrow::datatypes::{DataType, Field};
use jiff::civil::Date;
use rogatory::domain::dataset::DataSet;
use rogatory::lake::{Added, ExportRow, Lake, LakeError, LakeTable, date_to_days};

pub const REQUESTS: LakeTable = LakeTable::Rows(DataSet::Requests);

/// One row of `requests`, with the columns that tests look at.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub reference: &'static str,
    pub counterpart: &'static str,
    pub received_on: &'static str,
    pub completed_on: Option<&'static str>,
    pub offences: &'static [&'static str],
    pub cost_amount: Option<f64>,
}

/// A request of a counterpart that was received on a day and completed on another.
pub fn request(
    reference: &'static str,
    counterpart: &'static str,
    received_on: &'static str,
    completed_on: Option<&'static str>,
) -> Request {
    Request {
        reference,
        counterpart,
        received_on,
        completed_on,
        ..Request::default()
    }
}

/// The rows as a batch of the table `requests`.
pub fn requests_batch(source: &str, rows: &[Request]) -> RecordBatch {
    let schema = REQUESTS.schema();
    let columns = schema
        .fields()
        .iter()
        .map(|field| column(field, source, rows))
        .collect();
    RecordBatch::try_new(schema, columns).unwrap()
}

fn column<'a>(field: &Field, source: &'a str, rows: &'a [Request]) -> ArrayRef {
    match field.name().as_str() {
        "source" => texts(rows, |_| source),
        "reference" => texts(rows, |row| row.reference),
        "counterpart" => texts(rows, |row| row.counterpart),
        "direction" => texts(rows, |_| "incoming"),
        "export" => texts(rows, |_| "00ff"),
        "item" => Arc::new(rows.iter().map(|_| Some(1)).collect::<Int64Array>()),
        "export_row" => Arc::new((2..).take(rows.len()).map(Some).collect::<Int64Array>()),
        "urgent" => Arc::new(
            rows.iter()
                .map(|row| Some(row.completed_on.is_none()))
                .collect::<BooleanArray>(),
        ),
        "received_on" => Arc::new(
            rows.iter()
                .map(|row| Some(days(row.received_on)))
                .collect::<Date32Array>(),
        ),
        "completed_on" => Arc::new(
            rows.iter()
                .map(|row| row.completed_on.map(days))
                .collect::<Date32Array>(),
        ),
        "cost_amount" => Arc::new(rows.iter().map(|row| row.cost_amount).collect::<Float64Array>()),
        "offences" => offences(rows),
        _ => new_null_array(field.data_type(), rows.len()),
    }
}

fn texts<'a>(rows: &'a [Request], value: impl Fn(&'a Request) -> &'a str) -> ArrayRef {
    Arc::new(rows.iter().map(|row| Some(value(row))).collect::<StringArray>())
}

fn offences(rows: &[Request]) -> ArrayRef {
    let mut builder = ListBuilder::new(StringBuilder::new()).with_field(Field::new("element", DataType::Utf8, true));
    for row in rows {
        row.offences
            .iter()
            .for_each(|offence| builder.values().append_value(offence));
        builder.append(!row.offences.is_empty());
    }
    Arc::new(builder.finish())
}

fn days(text: &str) -> i32 {
    date_to_days(text.parse::<Date>().unwrap())
}

/// A lake folder that is removed with this value.
pub struct Folder {
    temporary: tempfile::TempDir,
}

impl Folder {
    pub fn new() -> Folder {
        Folder {
            temporary: tempfile::tempdir().unwrap(),
        }
    }

    pub fn path(&self) -> PathBuf {
        self.temporary.path().join("lake")
    }

    pub fn current(&self) -> String {
        std::fs::read_to_string(self.path().join("current.json")).unwrap()
    }

    /// Replaces one source by these requests, as a run does, and publishes.
    pub fn run(&self, source: &str, rows: &[Request]) -> Vec<LakeTable> {
        let mut lake = Lake::open_or_create(&self.path()).unwrap();
        stage(&mut lake, source, rows);
        lake.commit(&fingerprint(source, rows)).unwrap()
    }

    /// Every file below the table's folder that is a data file, relative to it.
    pub fn data_files(&self, table: LakeTable) -> Vec<String> {
        let mut found = Vec::new();
        collect(&self.path().join(table.name()), "", &mut found);
        found.retain(|path| path.ends_with(".parquet") && !path.starts_with('_'));
        found.sort();
        found
    }
}

fn collect(folder: &Path, prefix: &str, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        match entry.path().is_dir() {
            true => collect(&entry.path(), &format!("{name}/"), found),
            false => found.push(name),
        }
    }
}

/// Writes the files of one source without publishing them.
pub fn stage(lake: &mut Lake, source: &str, rows: &[Request]) {
    let file = write(lake, REQUESTS, source, &requests_batch(source, rows)).unwrap();
    lake.replace_source(REQUESTS, source, file.into_iter().collect())
        .unwrap();
    let count = rows.len() as i64;
    let export = ExportRow {
        source: source.to_owned(),
        export: "00ff".to_owned(),
        file: Some("register.csv".to_owned()),
        exported_on: Some("2026-01-05".parse().unwrap()),
        rows_read: count,
        accepted: count,
        lake_rows: count,
        ..ExportRow::default()
    };
    let batch = ExportRow::batch(&[export]).unwrap();
    let file = write(lake, LakeTable::Exports, source, &batch).unwrap();
    lake.replace_source(LakeTable::Exports, source, file.into_iter().collect())
        .unwrap();
}

pub fn write(lake: &Lake, table: LakeTable, source: &str, batch: &RecordBatch) -> Result<Option<Added>, LakeError> {
    let mut writer = lake.writer(table, source)?;
    writer.write(batch)?;
    writer.finish()
}

pub fn fingerprint(source: &str, rows: &[Request]) -> BTreeMap<String, String> {
    BTreeMap::from([(source.to_owned(), format!("{rows:?}"))])
}
