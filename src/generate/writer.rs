//! Export files: one writer for each format, fed with rows.
//!
//! Text formats are streamed. A workbook is written by its library, which keeps rows in a temporary file. Creation dates are those of
//! the export, so the same rows give the same bytes.

use std::path::{Path, PathBuf};

use crate::domain::date_pattern::DatePattern;
use crate::domain::source::{ExportedOn, Format, FormatType, SourceDefinition};
use crate::generate::csv_writer::CsvWriter;
use crate::generate::day::{Day, WrittenDate};
use crate::generate::error::GenerateError;
use crate::generate::fault::Ragged;
use crate::generate::json_writer::JsonWriter;
use crate::generate::recipe::SourceRecipe;
use crate::generate::row::{Row, RowPlan};
use crate::generate::workbook_writer::WorkbookWriter;

/// An export file that is being written.
pub enum Writer {
    Csv(CsvWriter),
    Json(JsonWriter),
    Workbook(Box<WorkbookWriter>),
}

/// What every writer needs to know.
pub struct Target<'a> {
    pub path: PathBuf,
    pub definition: &'a SourceDefinition,
    pub recipe: &'a SourceRecipe,
    pub rows: &'a RowPlan,
    pub exported_on: Day,
}

impl Target<'_> {
    pub fn format(&self) -> &Format {
        &self.definition.format
    }

    /// The rows above the header: the recipe's, then empty ones.
    pub fn title(&self) -> Vec<Vec<String>> {
        let pattern = match &self.definition.exported_on {
            ExportedOn::Cell { dates, .. } => dates.first().cloned(),
            ExportedOn::FileName(_) | ExportedOn::Value(_) | ExportedOn::Arrival => DatePattern::new("yyyy-mm-dd").ok(),
        };
        let mut date = String::new();
        if let Some(pattern) = pattern {
            let written = WrittenDate {
                civil: self.exported_on.civil(),
                seconds: 0,
                short_year: false,
            };
            written.write(&pattern, &self.recipe.layout.months, &mut date);
        }
        let mut title = self.recipe.layout.title.clone();
        title.resize(self.format().title_rows, Vec::new());
        let filled = |cell: String| cell.replace("{date}", &date);
        title
            .into_iter()
            .map(|row| row.into_iter().map(filled).collect())
            .collect()
    }

    /// The rows of the header; where there are several, a column's texts stand one above the other.
    pub fn header(&self) -> Vec<Vec<&str>> {
        let part = |header: &'_ str, level: usize| -> usize { header.split(" / ").nth(level).map_or(0, str::len) };
        let levels = self.format().header_rows;
        let cell = |level: usize| {
            move |header| {
                if levels == 1 {
                    return header;
                }
                let start: usize = (0..level).map(|level| part(header, level) + " / ".len()).sum();
                header.get(start..start + part(header, level)).unwrap_or("")
            }
        };
        (0..levels)
            .map(|level| self.rows.header().map(cell(level)).collect())
            .collect()
    }
}

impl Writer {
    /// Creates the file and writes what stands above the rows.
    pub fn create(target: &Target) -> Result<Self, GenerateError> {
        match target.format().kind {
            FormatType::Csv => Ok(Writer::Csv(CsvWriter::create(target)?)),
            FormatType::Json | FormatType::Jsonl => Ok(Writer::Json(JsonWriter::create(target)?)),
            FormatType::Xlsx => Ok(Writer::Workbook(Box::new(WorkbookWriter::create(target)?))),
            other => Err(GenerateError::Format {
                source_name: target.definition.name.clone(),
                format: other.name(),
            }),
        }
    }

    /// Writes a row.
    pub fn row(&mut self, row: &Row, ragged: Option<Ragged>) -> Result<(), GenerateError> {
        match self {
            Writer::Csv(csv) => csv.row(row, ragged),
            Writer::Json(json) => json.row(row),
            Writer::Workbook(workbook) => workbook.row(row),
        }
    }

    /// Ends the file.
    pub fn finish(self, path: &Path) -> Result<(), GenerateError> {
        match self {
            Writer::Csv(csv) => csv.finish(),
            Writer::Json(json) => json.finish(),
            Writer::Workbook(workbook) => workbook.finish(path),
        }
    }
}
