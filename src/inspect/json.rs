//! JSON as rows: one record per line, or the largest array of records in a document. Columns are named as `normalise` names them.

use std::path::Path;

use encoding_rs::Encoding;
use serde_json::{Map, Value};

use crate::domain::source::FormatType;
use crate::inspect::error::InspectError;
use crate::inspect::finding::Certainty;
use crate::inspect::header::HeaderFinding;
use crate::inspect::records::Rest;
use crate::inspect::table::{Table, TableRow};
use crate::inspect::text::Text;
use crate::normalise::{RecordNames, record_cell};

/// The records of a JSON file.
#[derive(Clone, Debug)]
pub struct JsonFinding {
    /// `Json` or `Jsonl`.
    pub kind: FormatType,
    /// JSON pointer to the array of records; empty where it is the document itself.
    pub records: String,
    pub certainty: Certainty,
    /// Names of the columns.
    pub names: Vec<String>,
    /// Lines of the sample that are no JSON object.
    pub broken: usize,
}

impl JsonFinding {
    /// The names of the columns as a header.
    pub fn header(&self) -> HeaderFinding {
        HeaderFinding {
            titles: 0,
            rows: 1,
            certainty: Certainty::Sure,
            names: self.names.clone(),
            data: 0,
        }
    }
}

/// A longer document is not read.
const DOCUMENT_LIMIT: u64 = 32 << 20;

/// What the text is as JSON; nothing where it isn't.
///
/// # Errors
/// It is JSON but can't be read, is too long, or holds no records.
pub fn read_json(
    path: &Path,
    text: &Text,
    size: u64,
    encoding: &'static Encoding,
) -> Result<Option<(JsonFinding, Table)>, InspectError> {
    let start = text.beginning.trim_start();
    if !start.starts_with(['{', '[']) {
        return Ok(None);
    }
    let mut lines = start.lines().filter(|line| !line.trim().is_empty());
    let is_object =
        |line: Option<&str>| line.is_some_and(|line| serde_json::from_str::<Map<String, Value>>(line).is_ok());
    let (first, second) = (lines.next(), lines.next());
    if is_object(first) && (is_object(second) || second.is_none() && !holds_records(start)) {
        return Ok(Some(read_lines(text)));
    }
    match text.rest {
        Rest::Nothing => read_document(path, start),
        Rest::More if !begins_with_object(start) => Ok(None),
        Rest::More if size > DOCUMENT_LIMIT => Err(InspectError::LargeDocument {
            path: path.to_owned(),
            size,
            limit: DOCUMENT_LIMIT,
        }),
        Rest::More => {
            let bytes = std::fs::read(path).map_err(|source| InspectError::Io {
                path: path.to_owned(),
                source,
            })?;
            read_document(path, encoding.decode_with_bom_removal(&bytes).0.trim_start())
        }
    }
}

fn holds_records(text: &str) -> bool {
    let document = serde_json::from_str(text).unwrap_or(Value::Null);
    let mut arrays = Vec::new();
    collect_arrays(&document, String::new(), &mut arrays);
    !arrays.is_empty()
}

fn begins_with_object(text: &str) -> bool {
    text.trim_start_matches(|c: char| c == '[' || c.is_whitespace())
        .starts_with('{')
}

fn read_lines(text: &Text) -> (JsonFinding, Table) {
    let mut records = Vec::new();
    let mut broken = 0;
    let stretches = std::iter::once(&text.beginning).chain(&text.later);
    for stretch in stretches {
        let end = match text.rest {
            Rest::Nothing => stretch.len(),
            Rest::More => stretch.rfind('\n').map_or(0, |at| at + 1),
        };
        for (number, line) in (1..).zip(stretch[..end].lines()) {
            match serde_json::from_str::<Map<String, Value>>(line) {
                Ok(record) => records.push((number, record)),
                Err(_) => broken += usize::from(!line.trim().is_empty()),
            }
        }
    }
    finding(FormatType::Jsonl, String::new(), Certainty::Sure, records, broken)
}

fn read_document(path: &Path, text: &str) -> Result<Option<(JsonFinding, Table)>, InspectError> {
    let document: Value = match serde_json::from_str(text) {
        Ok(document) => document,
        Err(_) if !begins_with_object(text) => return Ok(None),
        Err(error) => {
            return Err(InspectError::Json {
                path: path.to_owned(),
                line: error.line(),
                column: error.column(),
            });
        }
    };
    let mut arrays = Vec::new();
    collect_arrays(&document, String::new(), &mut arrays);
    // The sort is stable: of arrays of one length the first in the document counts.
    arrays.sort_by_key(|(_, records)| std::cmp::Reverse(records.len()));
    let Some((pointer, records)) = arrays.first() else {
        return Err(InspectError::NoRecords { path: path.to_owned() });
    };
    let certainty = Certainty::when(arrays.len() == 1, || {
        format!("there are {} arrays of records; this is the longest", arrays.len())
    });
    let records = (1..).zip(records.iter().map(|record| (*record).clone())).collect();
    Ok(Some(finding(FormatType::Json, pointer.clone(), certainty, records, 0)))
}

/// Arrays of objects outside records, with the pointers to them.
fn collect_arrays<'v>(value: &'v Value, pointer: String, arrays: &mut Vec<(String, Vec<&'v Map<String, Value>>)>) {
    match value {
        Value::Array(values) => {
            let records: Vec<_> = values.iter().filter_map(Value::as_object).collect();
            if !records.is_empty() {
                arrays.push((pointer, records));
            }
        }
        Value::Object(members) => {
            for (name, value) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                collect_arrays(value, format!("{pointer}/{name}"), arrays);
            }
        }
        _ => {}
    }
}

fn finding(
    kind: FormatType,
    records: String,
    certainty: Certainty,
    rows: Vec<(u64, Map<String, Value>)>,
    broken: usize,
) -> (JsonFinding, Table) {
    let mut names = RecordNames::default();
    for (_, record) in &rows {
        names.collect(record, "");
    }
    let names = names.header();
    let row = |(number, record): &(u64, Map<String, Value>)| TableRow {
        number: *number,
        cells: names
            .iter()
            .map(|name| record_cell(record, name).into_owned())
            .collect(),
    };
    let table = Table {
        rows: rows.iter().map(row).collect(),
        ..Table::default()
    };
    let finding = JsonFinding {
        kind,
        records,
        certainty,
        names,
        broken,
    };
    (finding, table)
}
