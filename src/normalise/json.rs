//! JSON: one document with an array of records, or one record per line.
//!
//! Input: a file and its format. Output: the chunk that the mapper makes of its records. Objects inside a record become columns with dotted
//! names. The header is every name that occurs, in the order of first appearance. A row's number is the line, or the record's place in the array.

use std::borrow::Cow;
use std::path::Path;

use serde_json::{Map, Value};

use crate::domain::source::{Format, FormatType};
use crate::normalise::cell::{Cell, Cells, Layout, Row, RowMapper};
use crate::normalise::fault::{FileFault, Reason};
use crate::normalise::text::Blocks;

/// A record with its number; the text where it is no JSON object.
type Record = (u64, Result<Map<String, Value>, String>);

/// Reads the records. `start` gets the header and makes the mapper.
///
/// # Errors
/// The first fault of the file. A broken line is a fault of its row.
pub fn read_json<M: RowMapper>(
    path: &Path,
    format: &Format,
    start: impl FnOnce(&Layout) -> Result<M, FileFault>,
) -> Result<Vec<M::Chunk>, FileFault> {
    let mut names = Names::default();
    each_record(path, format, |(_, record)| {
        if let Ok(record) = record {
            names.collect(&record, "");
        }
    })?;
    let layout = Layout {
        titles: Vec::new(),
        header: names.header(),
        date_1904: false,
    };
    let mut mapper = start(&layout)?;
    each_record(path, format, |(number, record)| match record {
        Ok(record) => {
            let cells: Vec<Cell<'_>> = layout.header.iter().map(|name| cell(&record, name)).collect();
            let fault = cells
                .iter()
                .any(|cell| cell.text().contains('\0'))
                .then_some(Reason::NulByte);
            mapper.row(&Row {
                number,
                cells: Cells::Values(&cells),
                fault,
            });
        }
        Err(text) => {
            let cells = [Cell::Text(Cow::Owned(text))];
            mapper.row(&Row {
                number,
                cells: Cells::Values(&cells),
                fault: Some(Reason::BrokenRecord),
            });
        }
    })?;
    Ok(vec![mapper.finish_chunk()])
}

fn each_record(path: &Path, format: &Format, take: impl FnMut(Record)) -> Result<(), FileFault> {
    match format.kind {
        FormatType::Jsonl => each_line(path, format, take),
        _ => each_in_document(path, format, take),
    }
}

fn each_line(path: &Path, format: &Format, mut take: impl FnMut(Record)) -> Result<(), FileFault> {
    let unquoted = Format {
        quote: None,
        ..format.clone()
    };
    let mut blocks = Blocks::open(path, &unquoted)?;
    let newline = char::from(blocks.newline());
    let mut lines = 0;
    while let Some(block) = blocks.next_block()? {
        for (number, line) in (block.first_line..).zip(block.text.split(newline)) {
            if !line.trim().is_empty() {
                lines += 1;
                take((number, serde_json::from_str(line).map_err(|_| line.to_owned())));
            }
        }
    }
    if lines == 0 { Err(FileFault::Empty) } else { Ok(()) }
}

fn each_in_document(path: &Path, format: &Format, mut take: impl FnMut(Record)) -> Result<(), FileFault> {
    let unquoted = Format {
        quote: None,
        ..format.clone()
    };
    let mut blocks = Blocks::open(path, &unquoted)?;
    let text = blocks.take_rest()?;
    if text.trim().is_empty() {
        return Err(FileFault::Empty);
    }
    let document: Value = serde_json::from_str(&text).map_err(|error| FileFault::Json {
        message: error.to_string(),
    })?;
    let pointer = format.records.as_deref().unwrap_or("");
    let arrays = record_arrays(&document, pointer).ok_or_else(|| FileFault::Records {
        pointer: pointer.to_owned(),
    })?;
    for (number, record) in (1..).zip(arrays.into_iter().flatten()) {
        take((number, record.as_object().cloned().ok_or_else(|| record.to_string())));
    }
    Ok(())
}

/// The arrays of records at a JSON pointer. A pointer that begins with `/*` goes on in each element of the document, such as each page
/// of a pull.
fn record_arrays<'d>(document: &'d Value, pointer: &str) -> Option<Vec<&'d Vec<Value>>> {
    match pointer
        .strip_prefix("/*")
        .filter(|rest| rest.is_empty() || rest.starts_with('/'))
    {
        Some(rest) => {
            let pages = document.as_array()?.iter();
            pages.map(|page| page.pointer(rest)?.as_array()).collect()
        }
        None => Some(vec![document.pointer(pointer)?.as_array()?]),
    }
}

/// The names that occur in records, in the order of first appearance, and whether a value was ever seen.
#[derive(Default)]
pub struct Names(Vec<(String, bool)>);

impl Names {
    /// Takes the names of one record, each behind `prefix`.
    pub fn collect(&mut self, record: &Map<String, Value>, prefix: &str) {
        for (name, value) in record {
            let name = format!("{prefix}{name}");
            if let Value::Object(inner) = value {
                self.collect(inner, &format!("{name}."));
                continue;
            }
            match self.0.iter_mut().find(|(known, _)| *known == name) {
                Some((_, seen)) => *seen |= !value.is_null(),
                None => self.0.push((name, !value.is_null())),
            }
        }
    }

    /// An object that is null in some records is known by its inner names alone.
    pub fn header(&self) -> Vec<String> {
        let is_object = |name: &str| {
            let inner = |other: &str| other.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
            self.0.iter().any(|(other, _)| inner(other))
        };
        let kept = self.0.iter().filter(|(name, seen)| *seen || !is_object(name));
        kept.map(|(name, _)| name.clone()).collect()
    }
}

/// The value at a dotted name.
pub fn cell<'a>(record: &'a Map<String, Value>, name: &str) -> Cell<'a> {
    if let Some(value) = record.get(name) {
        return value_cell(value);
    }
    let inner = name.match_indices('.').find_map(|(dot, _)| {
        let object = record.get(&name[..dot])?.as_object()?;
        Some(cell(object, &name[dot + 1..]))
    });
    inner.unwrap_or(Cell::Empty)
}

fn value_cell(value: &Value) -> Cell<'_> {
    match value {
        Value::Null | Value::Object(_) => Cell::Empty,
        Value::Bool(value) => Cell::Boolean(*value),
        Value::Number(number) => number_cell(number),
        Value::String(text) => Cell::Text(Cow::Borrowed(text)),
        Value::Array(values) => array_cell(values),
    }
}

fn array_cell(values: &[Value]) -> Cell<'static> {
    let cells: Vec<Cell<'_>> = values.iter().map(value_cell).collect();
    if cells.contains(&Cell::Inexact) {
        return Cell::Inexact;
    }
    Cell::Several(cells.iter().map(|cell| cell.text().into_owned()).collect())
}

/// From here on not every whole number has a 64-bit float of its own.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Whole numbers beyond 64 bits were rounded while they were parsed, and are not what the file says.
fn number_cell(number: &serde_json::Number) -> Cell<'static> {
    match number.as_f64() {
        Some(value) if value.abs() < EXACT => Cell::Number(value),
        _ if number.is_f64() => Cell::Inexact,
        _ => Cell::Text(Cow::Owned(number.to_string())),
    }
}
