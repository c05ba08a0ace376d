//! A mart as a polars data frame: filtering, pivoting by joins, labels and the order of rows.
//!
//! Input: the mart as Arrow, a plan. Output: rows of cells, a cell being `None` where the mart has no row for it. Polars pivots
//! eagerly no longer, so each column's rows are filtered and joined to the row keys, which also shows a cell that is there twice.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use polars::prelude::{
    BooleanChunked, ChunkCompareEq, Column, DataFrame, DataFrameJoinOps, Float64Chunked, Int64Chunked, IntoColumn,
    JoinArgs, JoinType, PolarsResult, SortMultipleOptions, StringChunked, UniqueKeepStrategy,
};

use crate::domain::measure::TOTAL;
use crate::domain::table::Cell;

use super::cell;
use super::error::{Names, TablesError};
use super::labels::TableLabels;
use super::plan::{PERIOD, Plan, PlannedColumn, Year, collapsed};

/// The rows of a mart that a table reads.
#[derive(Clone)]
pub(super) struct MartFrame<'a> {
    names: Names<'a>,
    frame: DataFrame,
}

/// The rows of a table that are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The parts: no row dimension is a total.
    Body,
    /// The mart's own totals.
    Totals,
}

/// One row of cells as the mart has them.
#[derive(Clone, Debug)]
pub(super) struct FrameRow {
    pub keys: Vec<String>,
    pub labels: Vec<String>,
    pub cells: Vec<Option<Cell>>,
}

impl<'a> MartFrame<'a> {
    /// Takes the mart over from Arrow.
    pub fn read(names: Names<'a>, batch: &RecordBatch, dimensions: &[String]) -> Result<MartFrame<'a>, TablesError> {
        let texts = dimensions
            .iter()
            .map(String::as_str)
            .chain([PERIOD, "indicator", "obs_status"]);
        let mut columns = texts
            .map(|name| text_column(names, batch, name))
            .collect::<Result<Vec<Column>, _>>()?;
        let values = converted(names, batch, "value", &DataType::Float64, "decimal numbers")?;
        let values: Float64Chunked = values.as_primitive::<Float64Type>().iter().collect();
        let counts = converted(names, batch, "n", &DataType::Int64, "whole numbers")?;
        let counts: Int64Chunked = counts.as_primitive::<Int64Type>().iter().collect();
        columns.push(values.with_name("value".into()).into_column());
        columns.push(counts.with_name("n".into()).into_column());
        let frame = DataFrame::new(batch.num_rows(), columns).map_err(|source| names.frame(source))?;
        Ok(MartFrame { names, frame })
    }

    /// Only the rows that have `code` in `column`.
    pub fn keep(&self, column: &str, code: &str) -> Result<MartFrame<'a>, TablesError> {
        self.filtered(column, |texts| texts.equal(code))
    }

    /// Only the rows that do not have `code` in `column`.
    pub fn without(&self, column: &str, code: &str) -> Result<MartFrame<'a>, TablesError> {
        self.filtered(column, |texts| texts.not_equal(code))
    }

    /// The same figures, each moved one year ahead, so that a year's rows meet those of the year before.
    pub fn one_year_ahead(&self) -> Result<MartFrame<'a>, TablesError> {
        let ahead = |year: &str| {
            year.parse::<i32>()
                .map_or_else(|_| format!("before {year}"), |year| (year + 1).to_string())
        };
        let mut frame = self.frame.clone();
        let periods = self.texts(PERIOD)?;
        let moved: StringChunked = periods.iter().map(|period| period.map(ahead)).collect();
        frame
            .with_column(moved.with_name(PERIOD.into()).into_column())
            .map_err(|source| self.names.frame(source))?;
        Ok(MartFrame {
            names: self.names,
            frame,
        })
    }

    /// The codes of a column, each with the number of observations behind its figures.
    pub fn codes(&self, column: &str) -> Result<Vec<(String, i64)>, TablesError> {
        let counts = self
            .frame
            .column("n")
            .and_then(|column| column.i64())
            .map_err(|source| self.names.frame(source))?;
        let mut observations = BTreeMap::new();
        for (code, count) in self.texts(column)?.iter().zip(counts.iter()) {
            *observations.entry(code.unwrap_or_default().to_owned()).or_insert(0) += count.unwrap_or(0);
        }
        Ok(observations.into_iter().collect())
    }

    /// The wanted rows, ordered, with their labels; `before` is this frame one year ahead.
    pub fn rows(
        &self,
        before: &MartFrame,
        part: Part,
        plan: &Plan,
        labels: &TableLabels,
    ) -> Result<Vec<FrameRow>, TablesError> {
        let dimensions = &plan.definition.rows;
        let (now, before) = (self.part(part, dimensions)?, before.part(part, dimensions)?);
        let mut wide = now.keys(&before, plan)?;
        for (position, planned) in plan.columns.iter().enumerate() {
            let source = if planned.year == Year::Same { &now } else { &before };
            let cells = source.column(dimensions, position, planned)?;
            wide = left_join(&wide, &cells, dimensions).map_err(|source| self.names.frame(source))?;
        }
        let ordered = ordered(wide, dimensions, labels).map_err(|source| self.names.frame(source))?;
        self.read_rows(&ordered, plan)
    }

    fn filtered(
        &self,
        column: &str,
        mask: impl Fn(&StringChunked) -> BooleanChunked,
    ) -> Result<MartFrame<'a>, TablesError> {
        let frame = self
            .frame
            .filter(&mask(self.texts(column)?))
            .map_err(|source| self.names.frame(source))?;
        Ok(MartFrame {
            names: self.names,
            frame,
        })
    }

    fn texts(&self, column: &str) -> Result<&StringChunked, TablesError> {
        self.frame
            .column(column)
            .and_then(|column| column.str())
            .map_err(|source| self.names.frame(source))
    }

    fn part(&self, part: Part, dimensions: &[String]) -> Result<MartFrame<'a>, TablesError> {
        let together = collapsed(dimensions);
        dimensions.iter().try_fold(self.clone(), |frame, dimension| match part {
            Part::Totals if together.contains(&dimension.as_str()) => frame.keep(dimension, TOTAL),
            Part::Body | Part::Totals => frame.without(dimension, TOTAL),
        })
    }

    /// The keys of the rows that have a figure in one of the shown columns; where changes are asked for, of the year before too,
    /// or a part that came to nothing would be missing in the sums of that year.
    fn keys(&self, before: &MartFrame, plan: &Plan) -> Result<DataFrame, TablesError> {
        let mut keys = self.shown_keys(plan)?;
        if plan.change.is_some() {
            let years: BTreeSet<&str> = self.texts(PERIOD)?.iter().flatten().collect();
            let of_years = |texts: &StringChunked| {
                texts
                    .iter()
                    .map(|year| year.is_some_and(|year| years.contains(year)))
                    .collect()
            };
            let earlier = before.filtered(PERIOD, of_years)?.shown_keys(plan)?;
            keys = keys.vstack(&earlier).map_err(|source| self.names.frame(source))?;
        }
        let unique = keys.unique_stable(None, UniqueKeepStrategy::First, None);
        unique.map_err(|source| self.names.frame(source))
    }

    fn shown_keys(&self, plan: &Plan) -> Result<DataFrame, TablesError> {
        let shown: BTreeSet<&str> = plan.columns[..plan.shown]
            .iter()
            .map(|planned| planned.indicator.as_str())
            .collect();
        let is_shown = |texts: &StringChunked| {
            texts
                .iter()
                .map(|name| name.is_some_and(|name| shown.contains(name)))
                .collect()
        };
        let figures = self.filtered("indicator", is_shown)?;
        let keys = figures.frame.select(&plan.definition.rows);
        keys.map_err(|source| self.names.frame(source))
    }

    /// The cells of one column: row keys, then value, observations and status under names of their own.
    fn column(
        &self,
        dimensions: &[String],
        position: usize,
        planned: &PlannedColumn,
    ) -> Result<DataFrame, TablesError> {
        let mut cells = self.keep("indicator", &planned.indicator)?;
        if let Some((dimension, code)) = &planned.pivoted {
            cells = cells.keep(dimension, code)?;
        }
        cells.refuse_repetition(dimensions, planned)?;
        let select = || -> PolarsResult<DataFrame> {
            let names = dimensions.iter().map(String::as_str).chain(FIGURES);
            let mut frame = cells.frame.select(names)?;
            for figure in FIGURES {
                frame.rename(figure, numbered(figure, position).into())?;
            }
            Ok(frame)
        };
        select().map_err(|source| self.names.frame(source))
    }

    /// Refuses a mart that has a row of the table twice in one column: joining it would double the row.
    fn refuse_repetition(&self, dimensions: &[String], planned: &PlannedColumn) -> Result<(), TablesError> {
        let keys = dimensions
            .iter()
            .map(|dimension| self.texts(dimension))
            .collect::<Result<Vec<_>, _>>()?;
        let mut seen: BTreeMap<Vec<Option<&str>>, usize> = BTreeMap::new();
        for row in 0..self.frame.height() {
            *seen.entry(keys.iter().map(|key| key.get(row)).collect()).or_insert(0) += 1;
        }
        match seen.into_iter().find(|(_, count)| *count > 1) {
            None => Ok(()),
            Some((key, count)) => {
                let key: Vec<String> = key
                    .into_iter()
                    .map(|code| code.unwrap_or_default().to_owned())
                    .collect();
                Err(self.names.cell_twice(count, named_cell(dimensions, &key, planned)))
            }
        }
    }

    fn read_rows(&self, wide: &DataFrame, plan: &Plan) -> Result<Vec<FrameRow>, TablesError> {
        let dimensions = &plan.definition.rows;
        let text = |column: &str| {
            wide.column(column)
                .and_then(|column| column.str())
                .map_err(|source| self.names.frame(source))
        };
        let keys = dimensions
            .iter()
            .map(|dimension| text(dimension))
            .collect::<Result<Vec<_>, _>>()?;
        let labels = (0..dimensions.len())
            .map(|position| text(&numbered(LABEL, position)))
            .collect::<Result<Vec<_>, _>>()?;
        let rows = (0..wide.height()).map(|row| FrameRow {
            keys: texts_at(&keys, row),
            labels: texts_at(&labels, row),
            cells: Vec::with_capacity(plan.columns.len()),
        });
        let mut rows: Vec<FrameRow> = rows.collect();
        for (position, planned) in plan.columns.iter().enumerate() {
            self.read_column(wide, position, planned, dimensions, &mut rows)?;
        }
        Ok(rows)
    }

    fn read_column(
        &self,
        wide: &DataFrame,
        position: usize,
        planned: &PlannedColumn,
        dimensions: &[String],
        rows: &mut [FrameRow],
    ) -> Result<(), TablesError> {
        let column = |figure: &str| {
            wide.column(&numbered(figure, position))
                .map_err(|source| self.names.frame(source))
        };
        let values = column(VALUE)?.f64().map_err(|source| self.names.frame(source))?;
        let counts = column(OBSERVATIONS)?.i64().map_err(|source| self.names.frame(source))?;
        let statuses = column(STATUS)?.str().map_err(|source| self.names.frame(source))?;
        for (index, row) in rows.iter_mut().enumerate() {
            let unexplained = |status: &str| {
                self.names
                    .unexplained(named_cell(dimensions, &row.keys, planned), status)
            };
            let cell = match statuses.get(index) {
                None => None,
                Some(status) => {
                    let measured = cell::measured(planned.column.unit, values.get(index), counts.get(index), status);
                    Some(measured.ok_or_else(|| unexplained(status))?)
                }
            };
            row.cells.push(cell);
        }
        Ok(())
    }
}

const VALUE: &str = "value";
const OBSERVATIONS: &str = "n";
const STATUS: &str = "obs_status";
/// The columns of a mart that make a cell.
const FIGURES: [&str; 3] = [VALUE, OBSERVATIONS, STATUS];
const LABEL: &str = "label";
const ORDER: &str = "order";

/// The name of a joined column: no dimension can have it, for a colon can't stand in a column's name of the mart.
fn numbered(name: &str, position: usize) -> String {
    format!("{name}:{position}")
}

/// A cell as messages name it.
pub(super) fn named_cell(dimensions: &[String], keys: &[String], planned: &PlannedColumn) -> String {
    let pivoted = planned
        .pivoted
        .iter()
        .map(|(dimension, code)| format!("{dimension} `{code}`"));
    let keys = dimensions
        .iter()
        .zip(keys)
        .map(|(dimension, key)| format!("{dimension} `{key}`"));
    let places: Vec<String> = keys.chain(pivoted).collect();
    format!("`{}` of {}", planned.indicator, places.join(", "))
}

fn texts_at(columns: &[&StringChunked], row: usize) -> Vec<String> {
    columns
        .iter()
        .map(|column| column.get(row).unwrap_or_default().to_owned())
        .collect()
}

/// Joins labels and sort keys to each row dimension, and sorts by them.
fn ordered(wide: DataFrame, dimensions: &[String], labels: &TableLabels) -> PolarsResult<DataFrame> {
    let mut labelled = wide;
    for (position, dimension) in dimensions.iter().enumerate() {
        let codes = labelled.column(dimension)?.unique()?;
        let texts = codes.str()?;
        let column = |name: &str, text: &dyn Fn(&str) -> String| {
            let column: StringChunked = texts.iter().map(|code| code.map(text)).collect();
            column.with_name(numbered(name, position).into()).into_column()
        };
        let names = column(LABEL, &|code| labels.label(dimension, code));
        let keys = column(ORDER, &|code| labels.order_key(dimension, code));
        let known = DataFrame::new(codes.len(), vec![codes.clone(), names, keys])?;
        labelled = left_join(&labelled, &known, std::slice::from_ref(dimension))?;
    }
    let by = (0..dimensions.len()).map(|position| numbered(ORDER, position));
    labelled.sort(by, SortMultipleOptions::default())
}

fn left_join(left: &DataFrame, right: &DataFrame, keys: &[String]) -> PolarsResult<DataFrame> {
    left.join(right, keys, keys, JoinArgs::new(JoinType::Left), None)
}

fn text_column(names: Names, batch: &RecordBatch, name: &str) -> Result<Column, TablesError> {
    let array = converted(names, batch, name, &DataType::Utf8, "text in every row")?;
    if array.null_count() > 0 {
        return Err(names.column(name, "text in every row"));
    }
    let texts: StringChunked = array.as_string::<i32>().iter().collect();
    Ok(texts.with_name(name.into()).into_column())
}

fn converted(
    names: Names,
    batch: &RecordBatch,
    name: &str,
    to: &DataType,
    expected: &'static str,
) -> Result<arrow::array::ArrayRef, TablesError> {
    let array = batch.column_by_name(name).ok_or_else(|| names.column(name, expected))?;
    cast(array, to).map_err(|_| names.column(name, expected))
}
