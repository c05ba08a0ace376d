//! A mart as typed columns: dimensions, period, indicator, value, number of observations, unit, status.
//!
//! Input: a record batch whose columns have the right names and types. Output: its cells and figures by row. Whether the
//! figures agree with the documentation is checked elsewhere.

use std::sync::Arc;

use arrow::array::{Array, AsArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type, Schema, SchemaRef};

use crate::domain::measure::{MART_COLUMNS, Measure};

/// A checked result of a measure.
#[derive(Clone, Debug)]
pub struct Mart {
    pub name: String,
    pub batch: RecordBatch,
}

/// The columns that the mart of `measure` has.
pub(super) fn mart_schema(measure: &Measure) -> SchemaRef {
    let dimensions = measure.definition.dimensions.iter().map(String::as_str);
    let fields = dimensions.chain(MART_COLUMNS).map(|name| match name {
        "value" => Field::new(name, DataType::Float64, true),
        "n" => Field::new(name, DataType::Int64, false),
        _ => Field::new(name, DataType::Utf8, false),
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The figures of a mart by row. The batch has the columns of [`mart_schema`].
pub(super) struct Figures<'a> {
    /// Names of the dimensions, then `period`.
    names: Vec<&'a str>,
    /// Columns of the dimensions, then of `period`.
    cells: Vec<&'a StringArray>,
    indicators: &'a StringArray,
    values: &'a Float64Array,
    counts: &'a Int64Array,
    units: &'a StringArray,
    statuses: &'a StringArray,
}

impl<'a> Figures<'a> {
    pub(super) fn new(batch: &'a RecordBatch, names: &'a Schema) -> Figures<'a> {
        let cells = batch.num_columns() - MART_COLUMNS.len() + 1;
        let text = |column: usize| batch.column(column).as_string::<i32>();
        Figures {
            names: names
                .fields()
                .iter()
                .take(cells)
                .map(|field| field.name().as_str())
                .collect(),
            cells: (0..cells).map(text).collect(),
            indicators: text(cells),
            values: batch.column(cells + 1).as_primitive::<Float64Type>(),
            counts: batch.column(cells + 2).as_primitive::<Int64Type>(),
            units: text(cells + 3),
            statuses: text(cells + 4),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.indicators.len()
    }

    /// The codes of the dimensions, then the period.
    pub(super) fn cell(&self, row: usize) -> impl Iterator<Item = &'a str> + '_ {
        self.cells.iter().map(move |column| column.value(row))
    }

    /// The codes of the dimensions.
    pub(super) fn dimensions(&self, row: usize) -> impl Iterator<Item = &'a str> + '_ {
        self.cell(row).take(self.cells.len() - 1)
    }

    pub(super) fn period(&self, row: usize) -> &'a str {
        self.cells[self.cells.len() - 1].value(row)
    }

    pub(super) fn indicator(&self, row: usize) -> &'a str {
        self.indicators.value(row)
    }

    pub(super) fn value(&self, row: usize) -> Option<f64> {
        self.values.is_valid(row).then(|| self.values.value(row))
    }

    pub(super) fn observations(&self, row: usize) -> i64 {
        self.counts.value(row)
    }

    pub(super) fn unit(&self, row: usize) -> &'a str {
        self.units.value(row)
    }

    pub(super) fn status(&self, row: usize) -> &'a str {
        self.statuses.value(row)
    }

    /// The cell as a message names it: `scope judicial, direction incoming, period 2024`.
    pub(super) fn describe_cell(&self, row: usize) -> String {
        let parts: Vec<String> = self
            .names
            .iter()
            .zip(self.cell(row))
            .map(|(name, code)| format!("{name} {code}"))
            .collect();
        parts.join(", ")
    }

    /// The cell and the indicator as a message names them.
    pub(super) fn describe(&self, row: usize) -> String {
        format!("{}, indicator {}", self.describe_cell(row), self.indicator(row))
    }
}
