//! CSV files: a table, or the data of a chart, for other programs.
//!
//! UTF-8, comma, one header line of stable names. A row dimension has two columns, `<dimension>` (code) and `<dimension>_label`;
//! `row_kind` is `body`, `other` or `total`. A column has `<column>` (the unrounded number, empty where there is none) and
//! `<column>_status`: empty for an ordinary number, the reason for a missing one (`nil`, `not_available`, `not_applicable`,
//! `suppressed`), or the SDMX `OBS_STATUS` code of a number that has one; and `<column>_n` where the column has observations.
//! Text that a spreadsheet would take for a formula (it begins with `=`, `+`, `-`, `@`, tab or carriage return) gets a `'` before.

use std::borrow::Cow;

use super::charts::Chart;
use super::error::ReportError;
use super::number::code;
use crate::domain::table::{Cell, RowKind, Table, Value};

/// The status of an ordinary number.
const NORMAL: &str = "A";

/// The table as a CSV file.
pub fn table(table: &Table) -> Result<Vec<u8>, ReportError> {
    let with_n: Vec<bool> = (0..table.columns.len())
        .map(|index| table.rows.iter().any(|row| row.cells[index].n.is_some()))
        .collect();
    let records = table.rows.iter().map(|row| {
        let mut record: Vec<String> = Vec::new();
        for (key, label) in row.keys.iter().zip(&row.labels) {
            record.extend([defused(key).into_owned(), defused(label).into_owned()]);
        }
        record.push(row_kind(row.kind).to_owned());
        for (cell, with_n) in row.cells.iter().zip(&with_n) {
            record.extend([number(cell), status(cell)]);
            record.extend(with_n.then(|| cell.n.map_or_else(String::new, |n| n.to_string())));
        }
        record
    });
    written(&table.name, std::iter::once(header(table, &with_n)).chain(records))
}

/// The data of a chart as a CSV file.
pub fn chart(chart: &Chart) -> Result<Vec<u8>, ReportError> {
    let records = chart
        .csv()
        .into_iter()
        .map(|record| record.map(|text| defused(&text).into_owned()));
    written(&chart.name, records)
}

fn header(table: &Table, with_n: &[bool]) -> Vec<String> {
    let mut header = Vec::new();
    for dimension in &table.row_dimensions {
        header.extend([dimension.clone(), format!("{dimension}_label")]);
    }
    header.push("row_kind".to_owned());
    for (column, with_n) in table.columns.iter().zip(with_n) {
        header.extend([column.name.clone(), format!("{}_status", column.name)]);
        header.extend(with_n.then(|| format!("{}_n", column.name)));
    }
    header.iter().map(|name| defused(name).into_owned()).collect()
}

fn number(cell: &Cell) -> String {
    match cell.value {
        // Adding 0 turns a negative zero into a plain one.
        Value::Number(number) => (number + 0.0).to_string(),
        Value::Missing(_) => String::new(),
    }
}

fn status(cell: &Cell) -> String {
    match cell.value {
        Value::Missing(reason) => code(reason).to_owned(),
        Value::Number(_) if cell.status == NORMAL => String::new(),
        Value::Number(_) => defused(&cell.status).into_owned(),
    }
}

fn row_kind(kind: RowKind) -> &'static str {
    match kind {
        RowKind::Body => "body",
        RowKind::Other => "other",
        RowKind::Total => "total",
    }
}

/// Text that no spreadsheet reads as a formula.
fn defused(text: &str) -> Cow<'_, str> {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => Cow::Owned(format!("'{text}")),
        false => Cow::Borrowed(text),
    }
}

fn written<R>(name: &str, records: impl Iterator<Item = R>) -> Result<Vec<u8>, ReportError>
where
    R: IntoIterator<Item = String>,
{
    let fault = |error: Box<dyn std::error::Error + Send + Sync>| ReportError::Encoding {
        what: format!("the CSV file of `{name}`"),
        source: error,
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    for record in records {
        writer.write_record(record).map_err(|error| fault(error.into()))?;
    }
    writer.into_inner().map_err(|error| fault(error.to_string().into()))
}

#[cfg(test)]
mod tests {
    use super::defused;

    #[test]
    fn formulas_become_text() {
        for (text, expected) in [
            ("=HYPERLINK(\"x\")", "'=HYPERLINK(\"x\")"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\r=1", "'\r=1"),
            ("Côte d'Ivoire", "Côte d'Ivoire"),
            ("", ""),
        ] {
            assert_eq!(defused(text), expected);
        }
    }
}
