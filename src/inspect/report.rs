//! What was found, for people and for programs. No content of a cell occurs unless it was asked for.

use serde_json::{Value, json};

use crate::inspect::column::Column;
use crate::inspect::detection::{DialectFinding, shown_delimiter, shown_escape, shown_quote};
use crate::inspect::dialect::RecordEnd;
use crate::inspect::encoding::EncodingFinding;
use crate::inspect::fields::{ColumnMeaning, Meaning, codelist_of};
use crate::inspect::finding::Certainty;
use crate::inspect::{Form, Inspection};

/// Whether contents of cells are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    Hidden,
    Shown,
}

/// So many values of a column are shown.
const SHOWN: usize = 5;

/// More characters of a text are not shown.
const LENGTH: usize = 120;

impl Inspection {
    /// The column's header; its position where it has none, or where what seems to be the header may be a row of data.
    pub(super) fn column_name(&self, column: &Column, values: Values) -> String {
        if column.name.trim().is_empty() || self.header.certainty.is_unsure() && values == Values::Hidden {
            format!("#{}", column.position)
        } else {
            column.name.trim().to_owned()
        }
    }

    /// What else the user has to know.
    fn remarks(&self, values: Values) -> Vec<String> {
        let mut remarks = Vec::new();
        if self.looked_at < self.size {
            remarks.push(format!(
                "{} of {} bytes were looked at: the beginning and stretches further on",
                self.looked_at, self.size
            ));
        }
        if let (Some(first), true) = (self.first_ragged, self.ragged > 0) {
            remarks.push(format!(
                "{} another number of cells than the header, the first at {} {first}; `normalise` quarantines such rows",
                counted(self.ragged, "row has", "rows have"),
                self.place()
            ));
        }
        match &self.form {
            Form::Delimited {
                dialect,
                line_end,
                nuls,
                ..
            } => {
                if *nuls > 0 {
                    remarks.push(format!(
                        "{} in it; `normalise` quarantines rows that hold one",
                        counted(*nuls, "NUL character is", "NUL characters are")
                    ));
                }
                if dialect.misquoted > 0 {
                    remarks.push(format!(
                        "{} a quote that doesn't fit, which is read as a character",
                        counted(dialect.misquoted, "cell has", "cells have")
                    ));
                }
                if !line_end.1 {
                    remarks.push(format!("not all lines end alike; most end with {}", line_end.0));
                }
            }
            Form::Json { json, .. } if json.broken > 0 => {
                remarks.push(format!(
                    "{} no JSON object",
                    counted(json.broken, "line is", "lines are")
                ));
            }
            _ => {}
        }
        if self.header.rows > 0 && self.header.certainty.is_unsure() && values == Values::Hidden {
            remarks.push(
                "the header may be a row of data, so its names are not shown: --header-rows says how many rows it has, --values shows them"
                    .to_owned(),
            );
        }
        if !self.meaning.missing.is_empty() {
            remarks.push(format!(
                "no column was recognised for {} {}",
                if self.meaning.missing.len() == 1 {
                    "the required field"
                } else {
                    "the required fields"
                },
                self.meaning.missing.join(", ")
            ));
        }
        remarks
    }

    fn place(&self) -> &'static str {
        match self.form {
            Form::Delimited { .. } => "line",
            _ => "row",
        }
    }

    fn header_text(&self) -> String {
        let first = self.header.titles + 1;
        match self.header.rows {
            0 => "none".to_owned(),
            1 => format!("{} {first}", self.place()),
            rows => format!("{}s {first} to {}", self.place(), self.header.titles + rows),
        }
    }

    /// Facts of the whole file: name, finding, how sure.
    fn facts(&self) -> Vec<(&'static str, String, Option<&Certainty>)> {
        let mut facts = match &self.form {
            Form::Delimited {
                encoding,
                dialect,
                line_end,
                ..
            } => vec![
                ("form", "delimited text".to_owned(), None),
                encoding_fact(encoding),
                (
                    "delimiter",
                    shown_delimiter(&dialect.dialect.delimiter),
                    Some(&dialect.delimiter),
                ),
                (
                    "quote",
                    quote_text(dialect.dialect.quote, dialect.quoted),
                    Some(&dialect.quote),
                ),
                ("quote in cells", escape_text(dialect), Some(&dialect.escape)),
                (
                    "record end",
                    record_end_text(&dialect.dialect.record_end, &line_end.0),
                    None,
                ),
            ],
            Form::Workbook(sheet) => vec![
                ("form", format!("workbook ({})", sheet.kind.name()), None),
                ("sheet", sheet.name.clone(), Some(&sheet.certainty)),
            ],
            Form::Json { encoding, json } => vec![
                ("form", json_text(json.kind.name()), None),
                encoding_fact(encoding),
                (
                    "records at",
                    if json.records.is_empty() {
                        "the top".to_owned()
                    } else {
                        json.records.clone()
                    },
                    Some(&json.certainty),
                ),
            ],
        };
        if !matches!(self.form, Form::Json { .. }) {
            facts.push(("titles above", self.header.titles.to_string(), None));
            facts.push(("header", self.header_text(), Some(&self.header.certainty)));
        }
        facts.push(("rows looked at", self.rows.to_string(), None));
        facts.push(("columns", self.columns.len().to_string(), None));
        facts.push((
            "data set",
            self.meaning.data_set.name().to_owned(),
            Some(&self.meaning.certainty),
        ));
        facts
    }

    fn each(&self) -> impl Iterator<Item = (&Column, &ColumnMeaning)> {
        self.columns.iter().zip(&self.meaning.columns)
    }
}

fn encoding_fact(encoding: &EncodingFinding) -> (&'static str, String, Option<&Certainty>) {
    let mark = if encoding.mark { " with byte-order mark" } else { "" };
    let name = format!("{}{mark}", encoding.encoding.name().to_lowercase());
    ("encoding", name, Some(&encoding.certainty))
}

fn quote_text(quote: Option<char>, quoted: usize) -> String {
    match (quote, quoted) {
        (Some(quote), 0) => format!("{quote} (none is quoted)"),
        (quote, _) => shown_quote(quote),
    }
}

fn escape_text(finding: &DialectFinding) -> String {
    match (finding.dialect.quote, finding.escaped) {
        (Some(_), 0) => format!("{} (none seen)", shown_escape(finding.dialect.escape)),
        _ => shown_escape(finding.dialect.escape),
    }
}

fn record_end_text(record_end: &RecordEnd, line_end: &str) -> String {
    match record_end {
        RecordEnd::Line => line_end.to_owned(),
        RecordEnd::Text(end) => end.escape_debug().to_string(),
    }
}

fn json_text(kind: &str) -> String {
    if kind == "jsonl" {
        "JSON, one record on each line".to_owned()
    } else {
        "JSON document".to_owned()
    }
}

/// The report for people.
pub fn text_report(inspection: &Inspection, values: Values) -> String {
    let mut text = format!("{}, {} bytes\n\n", shown(&inspection.name), inspection.size);
    for (name, found, certainty) in inspection.facts() {
        let sure = certainty.map_or_else(String::new, |certainty| format!("  ({certainty})"));
        text.push_str(&format!("{name:<15} {}{sure}\n", shown(&found)));
    }
    text.push('\n');
    let mut rows = vec![
        ["#", "column", "type", "filled", "field", "codelist"]
            .map(str::to_owned)
            .to_vec(),
    ];
    rows.extend(
        inspection
            .each()
            .map(|(column, meaning)| column_row(inspection, column, meaning, values)),
    );
    if values == Values::Shown {
        rows[0].push("values".to_owned());
    }
    text.push_str(&aligned(&rows));
    for remark in inspection.remarks(values) {
        text.push_str(&format!("\nnote: {remark}"));
    }
    text.push('\n');
    text
}

fn column_row(inspection: &Inspection, column: &Column, meaning: &ColumnMeaning, values: Values) -> Vec<String> {
    let unsure = if meaning.certainty.is_unsure() && !matches!(meaning.meaning, Meaning::Unknown) {
        " ?"
    } else {
        ""
    };
    let mut row = vec![
        column.position.to_string(),
        shown(&inspection.column_name(column, values)),
        column.kind.to_string(),
        share(column),
        format!("{}{unsure}", meaning_text(&meaning.meaning)),
        codelist_text(column, meaning),
    ];
    if values == Values::Shown {
        row.push(
            frequent(column)
                .into_iter()
                .map(|value| shown(&value))
                .collect::<Vec<_>>()
                .join(" | "),
        );
    }
    row
}

fn share(column: &Column) -> String {
    match 100 * column.filled / column.rows.max(1) {
        0 if column.filled > 0 => "<1 %".to_owned(),
        share => format!("{share} %"),
    }
}

fn meaning_text(meaning: &Meaning) -> String {
    match meaning {
        Meaning::Field(field) => field.name.to_owned(),
        Meaning::Event(event) => format!("event {event}"),
        Meaning::Dropped => "(drop)".to_owned(),
        Meaning::Unknown => "".to_owned(),
    }
}

/// The codelist, the separator of several values, and how many cells it doesn't know.
fn codelist_text(column: &Column, meaning: &ColumnMeaning) -> String {
    let Meaning::Field(field) = &meaning.meaning else {
        return String::new();
    };
    let Some(codelist) = codelist_of(field.kind) else {
        return String::new();
    };
    let mut text = codelist.to_owned();
    if let Some(separator) = meaning.split {
        text.push_str(&format!(", several by `{}`", separator.escape_debug()));
    }
    if !meaning.unrecognised.is_empty() && column.filled > 0 {
        text.push_str(&format!(
            ", {} unknown",
            counted(meaning.unrecognised.len(), "spelling", "spellings")
        ));
    }
    text
}

/// The values that occur most.
fn frequent(column: &Column) -> Vec<String> {
    let mut values: Vec<(&String, &usize)> = column.values.iter().collect();
    // The sort is stable and the values are in order.
    values.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    values.into_iter().take(SHOWN).map(|(value, _)| value.clone()).collect()
}

/// A number with the word that agrees with it.
pub fn counted(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

/// Text as it may stand on a terminal: on one line, cut short, without characters that steer it.
fn shown(text: &str) -> String {
    let steers = |c: char| {
        c.is_control()
            || ('\u{200b}'..='\u{200f}').contains(&c)
            || ('\u{202a}'..='\u{202e}').contains(&c)
            || ('\u{2066}'..='\u{2069}').contains(&c)
    };
    let plain = text.replace(['\r', '\n', '\t'], " ").replace(steers, "\u{fffd}");
    if plain.chars().count() <= LENGTH {
        return plain;
    }
    plain.chars().take(LENGTH).chain(" ...".chars()).collect()
}

/// Lines of columns, aligned to the left.
fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The report for programs: one JSON object.
pub fn json_report(inspection: &Inspection, values: Values) -> String {
    let facts: serde_json::Map<String, Value> = inspection
        .facts()
        .into_iter()
        .map(|(name, found, certainty)| (name.replace(' ', "_"), json_fact(&found, certainty)))
        .collect();
    let columns: Vec<Value> = inspection
        .each()
        .map(|(column, meaning)| json_column(inspection, column, meaning, values))
        .collect();
    let report = json!({
        "file": inspection.name,
        "bytes": inspection.size,
        "bytes_looked_at": inspection.looked_at,
        "found": facts,
        "columns": columns,
        "missing_fields": inspection.meaning.missing,
        "notes": inspection.remarks(values),
    });
    format!("{report:#}\n")
}

fn json_fact(found: &str, certainty: Option<&Certainty>) -> Value {
    match certainty {
        None => json!(found),
        Some(Certainty::Unsure(doubt)) => json!({ "value": found, "sure": false, "doubt": doubt }),
        Some(_) => json!({ "value": found, "sure": true }),
    }
}

fn json_column(inspection: &Inspection, column: &Column, meaning: &ColumnMeaning, values: Values) -> Value {
    let mut object = json!({
        "position": column.position,
        "name": inspection.column_name(column, values),
        "type": column.kind.to_string(),
        "rows": column.rows,
        "filled": column.filled,
        "field": match &meaning.meaning { Meaning::Field(field) => json!(field.name), _ => Value::Null },
        "event": match &meaning.meaning { Meaning::Event(event) => json!(event), _ => Value::Null },
        "drop": matches!(meaning.meaning, Meaning::Dropped),
        "codelist": match &meaning.meaning { Meaning::Field(field) => json!(codelist_of(field.kind)), _ => Value::Null },
        "split": meaning.split,
        "sure": !meaning.certainty.is_unsure(),
        "unknown_spellings": meaning.unrecognised.len(),
    });
    if values == Values::Shown {
        object["values"] = json!(frequent(column));
    }
    object
}
