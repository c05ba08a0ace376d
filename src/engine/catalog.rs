//! The tables of a session: lake tables by explicit file lists, codelists in memory.
//!
//! Input: the files of a snapshot, codelists as read from CSV. Output: table providers with explicit schemas, so that an empty table
//! has its columns. Text is read as views of strings, which the engine groups and compares faster than whole ones; queries answer in plain strings.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringViewArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::datasource::MemTable;
use datafusion::datasource::empty::EmptyTable;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::error::DataFusionError;
use url::Url;

use super::error::EngineError;
use crate::lake::{DataFile, LakeTable, Snapshot};

/// A codelist as it stands in its CSV file; an empty cell is NULL in SQL.
#[derive(Clone, Debug)]
pub struct CodelistTable {
    /// The table is called `codelist_<name>`.
    pub name: String,
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// A shared definition: a view that later definitions and every query can read.
#[derive(Clone, Debug)]
pub struct Definition {
    pub name: String,
    /// One `SELECT`.
    pub sql: String,
}

/// The lake table at the snapshot's version.
pub(super) fn lake_table(snapshot: &Snapshot, table: LakeTable) -> Result<Arc<dyn TableProvider>, EngineError> {
    let files = snapshot.files(table);
    if files.is_empty() {
        return Ok(Arc::new(EmptyTable::new(schema(table))));
    }
    listing(table, files).map_err(|source| EngineError::Table {
        table: table.to_string(),
        source: Box::new(source),
    })
}

fn listing(table: LakeTable, files: &[DataFile]) -> Result<Arc<dyn TableProvider>, DataFusionError> {
    let paths: Result<Vec<ListingTableUrl>, DataFusionError> = files.iter().map(location).collect();
    let options = ListingOptions::new(Arc::new(ParquetFormat::default())).with_file_extension(".parquet");
    let config = ListingTableConfig::new_with_multi_paths(paths?).with_listing_options(options);
    Ok(Arc::new(ListingTable::try_new(config.with_schema(schema(table)))?))
}

/// The columns of the table, text as views.
fn schema(table: LakeTable) -> SchemaRef {
    let view = |field: &Arc<Field>| match field.data_type() {
        DataType::Utf8 => Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8View)),
        _ => Arc::clone(field),
    };
    Arc::new(Schema::new(
        table.schema().fields().iter().map(view).collect::<Vec<_>>(),
    ))
}

/// The file as a URL, in which no letter of the path can be taken for a pattern.
fn location(file: &DataFile) -> Result<ListingTableUrl, DataFusionError> {
    let url = Url::from_file_path(&file.path)
        .map_err(|()| DataFusionError::Configuration(format!("{} is not an absolute path", file.path.display())))?;
    ListingTableUrl::try_new(url, None)
}

/// The codelist as a table of text columns.
pub(super) fn codelist_table(codelist: &CodelistTable) -> Result<Arc<dyn TableProvider>, EngineError> {
    check_width(codelist)?;
    let fields: Vec<Field> = codelist
        .header
        .iter()
        .map(|name| Field::new(name, DataType::Utf8View, true))
        .collect();
    let schema = Arc::new(Schema::new(fields));
    let columns = (0..codelist.header.len())
        .map(|column| text_column(&codelist.rows, column))
        .collect();
    let table = RecordBatch::try_new(Arc::clone(&schema), columns)
        .map_err(DataFusionError::from)
        .and_then(|batch| MemTable::try_new(schema, vec![vec![batch]]));
    match table {
        Ok(table) => Ok(Arc::new(table)),
        Err(source) => Err(EngineError::Table {
            table: codelist_name(&codelist.name),
            source: Box::new(source),
        }),
    }
}

/// The name of a codelist's table.
pub(super) fn codelist_name(name: &str) -> String {
    format!("codelist_{name}")
}

fn check_width(codelist: &CodelistTable) -> Result<(), EngineError> {
    let expected = codelist.header.len();
    match codelist.rows.iter().position(|row| row.len() != expected) {
        None => Ok(()),
        Some(index) => Err(EngineError::CodelistRow {
            codelist: codelist.name.clone(),
            row: index + 1,
            found: codelist.rows[index].len(),
            expected,
        }),
    }
}

fn text_column(rows: &[Vec<String>], column: usize) -> ArrayRef {
    let cell = |row: &Vec<String>| Some(row[column].clone()).filter(|text| !text.is_empty());
    Arc::new(rows.iter().map(cell).collect::<StringViewArray>())
}
