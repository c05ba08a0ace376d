//! A published table as a value: what the tabulating stage makes and every renderer prints.
//!
//! A cell holds a number or the reason for having none; text that came from data is plain text, never markup. Numbers are
//! unrounded: rounding is half up, once, when printed, to the column's `decimals`. Nothing here computes a statistic.

use serde::{Deserialize, Serialize};

/// Why a cell has no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// Nothing was counted and nothing could have been: printed `-`.
    Nil,
    /// The figure exists but is not known: printed `:`.
    NotAvailable,
    /// The figure has no meaning here, such as a rate on nothing: printed `n/a`.
    NotApplicable,
    /// Withheld by disclosure control: printed `c`.
    Suppressed,
}

impl Missing {
    /// Every reason, in the order in which their signs are explained.
    pub const ALL: [Self; 4] = [Self::Nil, Self::NotAvailable, Self::NotApplicable, Self::Suppressed];
}

/// A number or the reason for having none.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    Number(f64),
    Missing(Missing),
}

/// One cell: its value, and the number of observations behind it where that differs from the value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    pub value: Value,
    /// Number of observations behind a mean, a quantile or a rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n: Option<i64>,
    /// SDMX `CL_OBS_STATUS` code; `A` is a normal value.
    pub status: String,
}

/// What the numbers of a column are, which decides how they are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A count of requests, cases, interventions ...
    Count,
    /// Days, printed with the column's decimals.
    Days,
    /// Per cent, already multiplied by 100.
    Percent,
}

/// One column of numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Stable name by which text and charts refer to the column.
    pub name: String,
    /// Heading as printed.
    pub label: String,
    pub unit: Unit,
    /// Digits after the decimal point when printed.
    pub decimals: u8,
}

/// The role of a row, which decides how it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowKind {
    Body,
    /// The remaining rows of a ranking taken together.
    Other,
    Total,
}

/// One row: a stable key and a printed label for each of the table's row dimensions, and one cell for each column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    pub kind: RowKind,
    /// Codes, one for each of `Table::row_dimensions`.
    pub keys: Vec<String>,
    /// Labels as printed, in the same order.
    pub labels: Vec<String>,
    pub cells: Vec<Cell>,
}

/// A published table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Stable name: file stem of its exports, and how text refers to it.
    pub name: String,
    pub title: String,
    /// What one unit of the table is, such as "Registrations of requests".
    pub unit_note: String,
    /// Stable names of the row dimensions, by which charts and exports refer to them.
    pub row_dimensions: Vec<String>,
    /// Headings of the row dimensions (columns of labels), in the same order.
    pub row_headings: Vec<String>,
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
    pub notes: Vec<String>,
}

impl Table {
    /// Index of the column called `name`.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The row whose keys are `keys`.
    pub fn row(&self, keys: &[&str]) -> Option<&Row> {
        self.rows
            .iter()
            .find(|row| row.keys.iter().map(String::as_str).eq(keys.iter().copied()))
    }

    /// The notes about a row or column: those that begin with its label, such as the footnote of a designation.
    pub fn notes_about<'a>(&'a self, label: &'a str) -> impl Iterator<Item = &'a String> {
        let is_about = move |note: &&String| {
            let rest = note.strip_prefix(label).filter(|_| !label.is_empty());
            rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        };
        self.notes.iter().filter(is_about)
    }

    /// The cell in the row with these keys and the column called `name`.
    pub fn cell(&self, keys: &[&str], name: &str) -> Option<&Cell> {
        self.row(keys)?.cells.get(self.column(name)?)
    }
}
