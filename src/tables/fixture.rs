//! Small marts, measures and labels for the tests of this module, written as text.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use jiff::civil::Date;

use crate::domain::measure::MeasureDefinition;
use crate::domain::report::TableDefinition;
use crate::domain::table::{Missing, Table, Value};

use super::{Labels, Mart, Publication, TablesError, publish};

/// The labels of the tests: States and forms, a few of them with diacritics.
struct Names;

impl Labels for Names {
    fn label(&self, codelist: &str, code: &str, language: &str) -> Option<String> {
        let label = match (codelist, code, language) {
            ("states", "DE", _) => "Germany",
            ("states", "ES", _) => "Spain",
            ("states", "IT", "ro") => "Italia",
            ("states", "IT", _) => "Italy",
            ("states", "AX", _) => "Åland Islands",
            ("forms", "service", _) => "Service of documents",
            ("forms", "rogatory", _) => "Letters rogatory",
            ("directions", "incoming", _) => "Incoming",
            ("directions", "outgoing", _) => "Outgoing",
            _ => return None,
        };
        Some(label.to_owned())
    }
}

/// A measure called `measure` with these dimensions; counts, a stock, a rate and a median.
pub(super) fn measure(dimensions: &str) -> MeasureDefinition {
    let dimensions: Vec<String> = dimensions
        .split_whitespace()
        .map(|name| format!("\"{name}\""))
        .collect();
    let dimensions = dimensions.join(", ");
    let in_several_parts = format!("not_additive = [{dimensions}]");
    let head = r#"
        title.en = "Flows"
        counts.en = "registrations of requests"
        unit_of_count = "registration"
        population = "all"
        source = "test"
        missing = "none"
        carries = [["pending_end", "pending_start"]]
    "#;
    let indicators = [
        ("entered", "Entered", "count", ""),
        ("resolved", "Resolved", "count", ""),
        ("pending_start", "Pending at start", "count", ""),
        ("pending_end", "Pending at end", "count", ""),
        ("cases", "Cases", "count", in_several_parts.as_str()),
        ("clearance_rate", "Clearance rate", "percent", ""),
        ("median_days", "Median", "days", ""),
    ];
    let indicators = indicators.map(|(name, label, unit, more)| {
        format!("[indicators.{name}]\nlabel.en = \"{label}\"\nformula = \"\"\nunit = \"{unit}\"\n{more}\n")
    });
    let text = format!("{head}\ndimensions = [{dimensions}]\n{}", indicators.join("\n"));
    MeasureDefinition::parse("measure", &text).unwrap()
}

/// A mart from lines of `<dimension codes> period indicator value n status`; `-` is no value.
pub(super) fn batch(measure: &MeasureDefinition, text: &str) -> RecordBatch {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    batch_of_lines(measure, &lines)
}

pub(super) fn batch_of_lines(measure: &MeasureDefinition, lines: &[&str]) -> RecordBatch {
    let words: Vec<Vec<&str>> = lines.iter().map(|line| line.split_whitespace().collect()).collect();
    let width = measure.dimensions.len();
    let texts = |position: usize| -> ArrayRef {
        Arc::new(words.iter().map(|line| Some(line[position])).collect::<StringArray>())
    };
    let values: Float64Array = words.iter().map(|line| line[width + 2].parse().ok()).collect();
    let counts: Int64Array = words.iter().map(|line| line[width + 3].parse().ok()).collect();
    let dimensions = measure
        .dimensions
        .iter()
        .enumerate()
        .map(|(position, name)| (name.clone(), texts(position)));
    let rest = [
        ("period".to_owned(), texts(width)),
        ("indicator".to_owned(), texts(width + 1)),
        ("value".to_owned(), Arc::new(values)),
        ("n".to_owned(), Arc::new(counts)),
        ("obs_status".to_owned(), texts(width + 4)),
    ];
    RecordBatch::try_from_iter(dimensions.chain(rest)).unwrap()
}

/// A table definition without the keys that every test shares.
fn definition(text: &str) -> TableDefinition {
    let shared = "name = \"table\"\ntitle.en = \"Title, {period}\"\nmeasure = \"measure\"\n";
    toml::from_str(&format!("{shared}{text}")).unwrap()
}

/// Publishes as of the end of 2025.
pub(super) fn published(text: &str, dimensions: &str, mart: &str) -> Result<Table, TablesError> {
    published_as_of(text, dimensions, mart, Date::constant(2025, 12, 31))
}

pub(super) fn published_as_of(text: &str, dimensions: &str, mart: &str, as_of: Date) -> Result<Table, TablesError> {
    let measure = measure(dimensions);
    let batch = batch(&measure, mart);
    publish_batch(text, &measure, &batch, as_of)
}

pub(super) fn publish_batch(
    text: &str,
    measure: &MeasureDefinition,
    batch: &RecordBatch,
    as_of: Date,
) -> Result<Table, TablesError> {
    publish_definition(&definition(text), measure, batch, as_of)
}

pub(super) fn publish_definition(
    table: &TableDefinition,
    measure: &MeasureDefinition,
    batch: &RecordBatch,
    as_of: Date,
) -> Result<Table, TablesError> {
    let (labels, language) = (&Names, "en");
    let definition = measure;
    publish(
        table,
        Mart { definition, batch },
        &Publication {
            labels,
            language,
            as_of,
        },
    )
}

/// A table as lines of `keys: cells`, with `n/a` and `:` for missing values.
pub(super) fn lines(table: &Table) -> Vec<String> {
    let cell = |value: Value| match value {
        Value::Number(number) => format!("{number}"),
        Value::Missing(Missing::NotApplicable) => "n/a".to_owned(),
        Value::Missing(Missing::NotAvailable) => ":".to_owned(),
        Value::Missing(other) => format!("{other:?}"),
    };
    let row = |row: &crate::domain::table::Row| {
        let cells: Vec<String> = row.cells.iter().map(|found| cell(found.value)).collect();
        format!("{}: {}", row.keys.join(" "), cells.join(" "))
    };
    table.rows.iter().map(row).collect()
}

/// The names of a table's columns.
pub(super) fn column_names(table: &Table) -> Vec<&str> {
    table.columns.iter().map(|column| column.name.as_str()).collect()
}
