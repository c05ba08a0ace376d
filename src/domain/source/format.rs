//! `[format]` and `exported_on`: how a file is read and when it was made.

use jiff::civil::Date;
use serde::Deserialize;

use crate::domain::date_pattern::{DatePattern, PatternError};
use crate::domain::source::error::DefinitionError;

/// Where an export's date is found.
#[derive(Clone, Debug, PartialEq)]
pub enum ExportedOn {
    /// Pattern of the file name with `{yyyy}`, `{mm}`, `{dd}` and `{*}`.
    FileName(String),
    /// A cell above the header, such as `B2`.
    Cell {
        column: usize,
        row: u64,
        dates: Vec<DatePattern>,
    },
    Value(Date),
    /// The day on which a pull brought it, in the project's time zone.
    Arrival,
}

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormatType {
    Csv,
    Xlsx,
    Xls,
    Ods,
    Json,
    Jsonl,
}

impl FormatType {
    /// The name as definitions write it.
    pub fn name(self) -> &'static str {
        match self {
            FormatType::Csv => "csv",
            FormatType::Xlsx => "xlsx",
            FormatType::Xls => "xls",
            FormatType::Ods => "ods",
            FormatType::Json => "json",
            FormatType::Jsonl => "jsonl",
        }
    }

    pub(super) fn is_workbook(self) -> bool {
        matches!(self, FormatType::Xlsx | FormatType::Xls | FormatType::Ods)
    }
}

/// How a file is read.
#[derive(Clone, Debug)]
pub struct Format {
    pub kind: FormatType,
    pub encoding: &'static encoding_rs::Encoding,
    pub delimiter: u8,
    /// `None` where fields are never quoted.
    pub quote: Option<u8>,
    pub escape: Option<u8>,
    pub title_rows: usize,
    pub header_rows: usize,
    pub sheet: Option<String>,
    /// JSON pointer to the array of records.
    pub records: Option<String>,
    pub null_values: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenExportedOn {
    file_name: Option<String>,
    cell: Option<String>,
    #[serde(default)]
    dates: Vec<String>,
    value: Option<toml::value::Datetime>,
    arrival: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenFormat {
    #[serde(rename = "type")]
    pub(super) kind: FormatType,
    encoding: Option<String>,
    delimiter: Option<String>,
    quote: Option<String>,
    escape: Option<String>,
    title_rows: Option<usize>,
    header_rows: Option<usize>,
    sheet: Option<String>,
    records: Option<String>,
    #[serde(default)]
    null_values: Vec<String>,
}

impl WrittenExportedOn {
    pub(super) fn checked(self) -> Result<ExportedOn, DefinitionError> {
        if self.arrival == Some(true) {
            let alone = self.file_name.is_none() && self.cell.is_none() && self.value.is_none();
            return alone.then_some(ExportedOn::Arrival).ok_or(DefinitionError::ExportedOn);
        }
        match (self.file_name, self.cell, self.value) {
            (Some(pattern), None, None) => {
                let complete = ["{yyyy}", "{mm}", "{dd}"]
                    .iter()
                    .all(|token| pattern.matches(token).count() == 1);
                let problem = "`exported_on.file_name` must hold {yyyy}, {mm} and {dd} once each";
                if complete {
                    Ok(ExportedOn::FileName(pattern))
                } else {
                    Err(DefinitionError::Contradiction { problem })
                }
            }
            (None, Some(cell), None) if !self.dates.is_empty() => {
                let problem = "`exported_on.cell` must be a cell such as B2";
                let (column, row) = cell_position(&cell).ok_or(DefinitionError::Contradiction { problem })?;
                Ok(ExportedOn::Cell {
                    column,
                    row,
                    dates: patterns(&self.dates)?,
                })
            }
            (None, None, Some(value)) => value
                .date
                .and_then(|date| Date::new(date.year as i16, date.month as i8, date.day as i8).ok())
                .map(ExportedOn::Value)
                .ok_or(DefinitionError::ExportedOn),
            _ => Err(DefinitionError::ExportedOn),
        }
    }
}

/// Column (from 0) and row (from 1) of a cell such as `B2`.
fn cell_position(cell: &str) -> Option<(usize, u64)> {
    let letters = cell.bytes().take_while(u8::is_ascii_uppercase).count();
    let row = cell[letters..].parse().ok().filter(|row| *row > 0)?;
    let column = cell[..letters].bytes().try_fold(0_usize, |sum, letter| {
        sum.checked_mul(26)?.checked_add(usize::from(letter - b'A') + 1)
    })?;
    Some((column.checked_sub(1)?, row))
}

impl WrittenFormat {
    pub(super) fn checked(self) -> Result<Format, DefinitionError> {
        self.check_applicable()?;
        let label = self.encoding.as_deref().unwrap_or("utf-8");
        let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).ok_or_else(|| DefinitionError::Encoding {
            found: label.to_owned(),
        })?;
        let quote = match self.quote.as_deref() {
            Some("") => None,
            Some(text) => Some(character("quote", text)?),
            None => Some(b'"'),
        };
        Ok(Format {
            kind: self.kind,
            encoding,
            delimiter: self
                .delimiter
                .as_deref()
                .map_or(Ok(b','), |text| character("delimiter", text))?,
            quote,
            escape: self
                .escape
                .as_deref()
                .map(|text| character("escape", text))
                .transpose()?,
            title_rows: self.title_rows.unwrap_or(0),
            header_rows: self.header_rows.unwrap_or(1).max(1),
            sheet: self.sheet,
            records: self.records,
            null_values: self.null_values,
        })
    }

    fn check_applicable(&self) -> Result<(), DefinitionError> {
        let csv = self.kind == FormatType::Csv;
        let workbook = self.kind.is_workbook();
        let given = [
            ("encoding", self.encoding.is_some(), !workbook),
            ("delimiter", self.delimiter.is_some(), csv),
            ("quote", self.quote.is_some(), csv),
            ("escape", self.escape.is_some(), csv),
            ("title_rows", self.title_rows.is_some(), csv || workbook),
            ("header_rows", self.header_rows.is_some(), csv || workbook),
            ("sheet", self.sheet.is_some(), workbook),
            ("records", self.records.is_some(), self.kind == FormatType::Json),
        ];
        match given.iter().find(|(_, given, applies)| *given && !applies) {
            Some((key, ..)) => Err(DefinitionError::NotApplicable {
                key,
                format: self.kind.name(),
            }),
            None => Ok(()),
        }
    }
}

fn character(key: &'static str, text: &str) -> Result<u8, DefinitionError> {
    match text.as_bytes() {
        [byte] if byte.is_ascii() => Ok(*byte),
        _ => Err(DefinitionError::Character {
            key,
            found: text.to_owned(),
        }),
    }
}

pub(super) fn patterns(written: &[String]) -> Result<Vec<DatePattern>, PatternError> {
    written.iter().map(|pattern| DatePattern::new(pattern)).collect()
}
