//! The part of a table that a chart draws: its columns, and the rows that the definition keeps.
//!
//! Every column and row dimension that is named exists. A row that is a total in a dimension that is not held fixed is
//! not drawn, nor is the row "Other" as a line, because the sum of many would look like one of them.

use super::data::{Category, Point, Series};
use super::lines::MOST_EMPHASISED;
use crate::domain::measure::TOTAL;
use crate::domain::report::{ChartDefinition, ChartKind, Emphasis};
use crate::domain::table::{Column, Row, RowKind, Table};
use crate::report::document::{Cover, nearest_hint};
use crate::report::error::ReportError;

/// The columns, row dimensions and kept rows of a table that a chart draws.
pub struct Part<'a> {
    definition: &'a ChartDefinition,
    columns: Vec<(usize, &'a Column)>,
    /// Row dimensions that are not held fixed: they make the label.
    dimensions: Vec<usize>,
    rows: Vec<&'a Row>,
}

impl<'a> Part<'a> {
    /// Looks the definition's names up in the table.
    pub fn of(definition: &'a ChartDefinition, table: &'a Table) -> Result<Self, ReportError> {
        let unknown = |what: &'static str, name: &str, known: &[&str]| ReportError::ChartPart {
            chart: definition.name.clone(),
            table: table.name.clone(),
            what,
            name: name.to_owned(),
            hint: nearest_hint(name, known.iter().copied()),
        };
        let column_names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        let dimension_names: Vec<&str> = table.row_dimensions.iter().map(String::as_str).collect();
        let named = definition.columns.iter().chain(&definition.line);
        let mut columns = named
            .map(|name| table.column(name).ok_or_else(|| unknown("column", name, &column_names)))
            .collect::<Result<Vec<_>, _>>()?;
        if columns.is_empty() {
            columns = (0..table.columns.len()).collect();
        }
        let place = |name: &String| dimension_names.iter().position(|known| known == name);
        let fixed = definition
            .fixed
            .iter()
            .map(|(name, key)| match place(name) {
                Some(index) => Ok((index, key.as_str())),
                None => Err(unknown("row dimension", name, &dimension_names)),
            })
            .collect::<Result<Vec<_>, _>>()?;
        let dimensions: Vec<usize> = (0..table.row_dimensions.len())
            .filter(|index| fixed.iter().all(|(fixed, _)| fixed != index))
            .collect();
        let rows = kept(definition, table, &fixed, &dimensions);
        let columns = columns
            .into_iter()
            .map(|index| (index, &table.columns[index]))
            .collect();
        Ok(Self {
            definition,
            columns,
            dimensions,
            rows,
        })
    }

    pub fn series(&self) -> Vec<Series> {
        let describe = |(_, column): &(usize, &Column)| Series {
            name: column.name.clone(),
            label: column.label.clone(),
            unit: column.unit,
            decimals: column.decimals,
            line: self.definition.line.contains(&column.name),
        };
        self.columns.iter().map(describe).collect()
    }

    pub fn categories(&self, cover: &Cover) -> Vec<Category> {
        let stands_out = self.emphasis(cover);
        let rows = self.rows.iter().enumerate();
        rows.map(|(place, row)| self.category(row, |key| stands_out(place, key)))
            .collect()
    }

    /// The labels of the drawn rows, one for each dimension, and of the columns.
    pub fn labels(&self) -> Vec<&'a str> {
        let rows = self.rows.iter().copied();
        let of_rows = rows.flat_map(|row| self.dimensions.iter().map(move |index| row.labels[*index].as_str()));
        let of_columns = self.columns.iter().map(|(_, column)| column.label.as_str());
        of_rows.chain(of_columns).collect()
    }

    /// Whether the row at a place, with a key, stands out. Lines that nobody chose are the first ones.
    fn emphasis(&self, cover: &Cover) -> impl Fn(usize, &str) -> bool {
        let usual = match self.definition.kind {
            ChartKind::Lines => MOST_EMPHASISED,
            _ => 0,
        };
        let (first, keys) = match &self.definition.emphasis {
            None => (usual, Vec::new()),
            Some(Emphasis::First(count)) => (*count, Vec::new()),
            Some(Emphasis::Keys(keys)) => (0, keys.iter().map(|key| cover.filled(key)).collect()),
        };
        move |place, key| place < first || keys.iter().any(|wanted| wanted == key)
    }

    fn category(&self, row: &Row, stands_out: impl Fn(&str) -> bool) -> Category {
        let joined = |texts: &[String]| {
            let parts: Vec<&str> = self.dimensions.iter().map(|index| texts[*index].as_str()).collect();
            parts.join(", ")
        };
        let point = |(index, _): &(usize, &Column)| Point {
            value: row.cells[*index].value,
            n: row.cells[*index].n,
        };
        let key = joined(&row.keys);
        Category {
            emphasised: stands_out(&key),
            key,
            label: joined(&row.labels),
            other: row.kind == RowKind::Other,
            points: self.columns.iter().map(point).collect(),
        }
    }
}

/// The rows that are drawn, in the table's order; `fixed` are dimensions with the key to keep, `dimensions` the others.
fn kept<'a>(
    definition: &ChartDefinition,
    table: &'a Table,
    fixed: &[(usize, &str)],
    dimensions: &[usize],
) -> Vec<&'a Row> {
    let is_kept = |row: &&Row| {
        let is_total = dimensions.iter().any(|index| row.keys[*index] == TOTAL);
        let is_sum = definition.kind == ChartKind::Lines && row.kind == RowKind::Other;
        !is_total && !is_sum && fixed.iter().all(|(index, key)| row.keys[*index] == *key)
    };
    let mut rows: Vec<&Row> = table.rows.iter().filter(is_kept).collect();
    if let Some(last) = definition.last {
        rows.drain(..rows.len().saturating_sub(last.get()));
    }
    rows
}
