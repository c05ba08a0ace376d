//! Inspecting: what a file is, before anybody has described it.
//!
//! Input: a file, what the user says of it, and the codelists. Output: an [`Inspection`] (encoding, dialect, header, columns with types and probable
//! fields), the first source definition drafted from it ([`draft`]), or the file's rows as they are read ([`write_rows`]). The way of a file:
//! [`sample`] takes a bounded part of it, [`kind`] says what it is, [`encoding`] and [`detection`] how its text is written, [`header`] where its columns
//! are named, [`column`] what they hold, [`fields`] what they mean. Invariants: a finding that may be otherwise says so; no content of a cell is
//! printed unless it was asked for. This stands above `normalise` and reads workbooks, records and values with it, so that what is found is what will
//! be read. Nothing is stored here.

mod column;
mod detection;
mod dialect;
mod draft;
mod encoding;
mod error;
mod fields;
mod finding;
mod header;
mod json;
mod kind;
mod records;
mod report;
mod rows;
mod sample;
mod table;
mod text;
mod workbook;

use std::path::Path;

use encoding_rs::Encoding;

use crate::domain::codelist::Codelists;
use crate::normalise::{Cell, month_names};
use column::Column;
use detection::DialectFinding;
use encoding::{EncodingFinding, detect_encoding, given_encoding};
use fields::{KnownHeaders, TableMeaning, table_meaning};
use header::{HeaderFinding, find_header};
use json::{JsonFinding, read_json};
use kind::{FileKind, kind_of};
use sample::Sample;
use table::{Table, TableRow};
use text::Text;
use workbook::{SheetFinding, read_sheet};

pub use dialect::{Escape, GivenDialect, RecordEnd};
pub use draft::draft;
pub use error::InspectError;
pub use header::GivenHeader;
pub use report::{Values, json_report, text_report};
pub use rows::{RowsAccount, write_rows};

/// What the user says of a file; what is not said is detected.
#[derive(Clone, Debug, Default)]
pub struct Given {
    pub encoding: Option<&'static Encoding>,
    pub dialect: GivenDialect,
    pub header: GivenHeader,
    pub sheet: Option<String>,
}

/// How a file is written.
#[derive(Clone, Debug)]
pub enum Form {
    Delimited {
        encoding: EncodingFinding,
        dialect: DialectFinding,
        /// How most lines end, for people, and whether all do so.
        line_end: (String, bool),
        /// NUL characters that were seen.
        nuls: usize,
    },
    Workbook(SheetFinding),
    Json {
        encoding: EncodingFinding,
        json: JsonFinding,
    },
}

/// What was found out about a file.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// The file's name.
    pub name: String,
    /// Size of the file and number of the bytes looked at.
    pub size: u64,
    pub looked_at: u64,
    pub form: Form,
    pub header: HeaderFinding,
    pub columns: Vec<Column>,
    pub meaning: TableMeaning,
    /// Data rows that were looked at.
    pub rows: usize,
    /// Rows with another number of cells than the table has columns, and the number of the first.
    pub ragged: usize,
    pub first_ragged: Option<u64>,
    /// Where a date stands above the header, as a cell such as `B2`, with its pattern (none for a real date of a workbook).
    pub title_date: Option<(String, Option<&'static str>)>,
}

/// Looks at a file.
///
/// # Errors
/// It is no table, can't be read, or is not what the user says.
pub fn inspect(path: &Path, given: &Given, codelists: &Codelists) -> Result<Inspection, InspectError> {
    let sample = Sample::read(path)?;
    let (form, table) = read(path, &sample, given)?;
    check_header_rows(path, &table, given.header)?;
    let known = KnownHeaders::new(codelists);
    let header = match &form {
        Form::Json { json, .. } => json.header(),
        _ => find_header(&table, given.header, &|name| known.is_known(name)),
    };
    let months = month_names(codelists);
    let data: Vec<&TableRow> = table.rows.iter().skip(header.data).chain(&table.later).collect();
    let usual = table.usual_width();
    let width = if header.rows > 0 { header.names.len() } else { usual };
    let is_text = matches!(form, Form::Delimited { .. });
    let filled: Vec<&TableRow> = data
        .into_iter()
        .filter(|row| !row.cells.iter().all(Cell::is_blank))
        .collect();
    let ragged: Vec<&&TableRow> = filled
        .iter()
        .filter(|row| is_text && row.cells.len() != width)
        .collect();
    let columns: Vec<Column> = (0..width)
        .map(|position| {
            let even = filled
                .iter()
                .filter(|row| !is_text || [width, usual].contains(&row.cells.len()));
            let cells: Vec<&Cell<'_>> = even.filter_map(|row| row.cells.get(position)).collect();
            let name = header.names.get(position).map_or("", String::as_str);
            Column::of(position + 1, name, &cells, &months)
        })
        .collect();
    Ok(Inspection {
        name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        size: sample.size,
        looked_at: if matches!(form, Form::Workbook(_)) {
            sample.size
        } else {
            sample.looked_at()
        },
        meaning: table_meaning(&columns, &known, codelists),
        title_date: title_date(&table, &header, &months),
        rows: filled.len(),
        ragged: ragged.len(),
        first_ragged: ragged.first().map(|row| row.number),
        form,
        header,
        columns,
    })
}

/// The file's form and its rows.
/// There must be as many rows as the user says that the header has.
fn check_header_rows(path: &Path, table: &Table, given: GivenHeader) -> Result<(), InspectError> {
    let (asked, found) = (given.rows.unwrap_or(0), table.rows.len());
    let skipped_all = given.skip.is_some_and(|skip| skip > 0) && found == 0;
    if asked > found || skipped_all {
        return Err(InspectError::HeaderRows {
            path: path.to_owned(),
            given: asked,
            found,
        });
    }
    Ok(())
}

fn read(path: &Path, sample: &Sample, given: &Given) -> Result<(Form, Table), InspectError> {
    let text_kind = match kind_of(path, sample)? {
        FileKind::Workbook(kind) => {
            check_applicable(path, given, "a workbook", &["--sheet", "--header-rows", "--skip-lines"])?;
            let (finding, mut table) = read_sheet(path, kind, given.sheet.as_deref())?;
            table.rows.drain(..given.header.skip.unwrap_or(0).min(table.rows.len()));
            return Ok((Form::Workbook(finding), table));
        }
        FileKind::Text => "text",
    };
    let encoding = match given.encoding {
        Some(encoding) => given_encoding(sample, encoding),
        None => detect_encoding(sample),
    };
    let mut text = Text::decode(path, sample, &encoding)?;
    if given.dialect.delimiter.is_none()
        && let Some((json, table)) = read_json(path, &text, sample.size, encoding.encoding)?
    {
        check_applicable(path, given, "JSON", &["--encoding"])?;
        return Ok((Form::Json { encoding, json }, table));
    }
    let options = [
        "--encoding",
        "--delimiter",
        "--quote",
        "--escape",
        "--record-end",
        "--header-rows",
        "--skip-lines",
    ];
    check_applicable(path, given, text_kind, &options)?;
    let skipped = given.header.skip.unwrap_or(0);
    text.skip_lines(skipped);
    let (dialect, records) = text.records(path, &given.dialect)?;
    let table = text.table(&dialect.dialect, records, skipped);
    let line_end = text.line_ends();
    let form = Form::Delimited {
        encoding,
        dialect,
        line_end,
        nuls: text.nuls(),
    };
    Ok((form, table))
}

/// Refuses what the user said but such a file doesn't have.
fn check_applicable(path: &Path, given: &Given, found: &str, applicable: &[&str]) -> Result<(), InspectError> {
    let said = [
        ("--encoding", given.encoding.is_some()),
        ("--delimiter", given.dialect.delimiter.is_some()),
        ("--quote", given.dialect.quote.is_some()),
        ("--escape", given.dialect.escape.is_some()),
        ("--record-end", given.dialect.record_end.is_some()),
        ("--header-rows", given.header.rows.is_some()),
        ("--skip-lines", given.header.skip.is_some()),
        ("--sheet", given.sheet.is_some()),
    ];
    match said
        .into_iter()
        .find(|(option, said)| *said && !applicable.contains(option))
    {
        Some((option, _)) => Err(InspectError::NotApplicable {
            option,
            path: path.to_owned(),
            found: found.to_owned(),
        }),
        None => Ok(()),
    }
}

/// The first cell above the header that holds a date and nothing else.
fn title_date(
    table: &Table,
    header: &HeaderFinding,
    months: &crate::domain::date_pattern::MonthNames,
) -> Option<(String, Option<&'static str>)> {
    let titles = table.rows.iter().filter(|row| row.number <= header.titles as u64);
    titles
        .flat_map(|row| row.cells.iter().enumerate().map(move |cell| (row.number, cell)))
        .find_map(
            |(number, (column, cell))| match Column::of(1, "", &[cell], months).kind {
                column::ColumnType::Date { patterns, .. } => {
                    let letter = char::from(b'A' + u8::try_from(column).ok().filter(|column| *column < 26)?);
                    Some((format!("{letter}{number}"), patterns.first().copied()))
                }
                _ => None,
            },
        )
}
