//! The data of a chart: the part of a published table that it draws, with labels and print formats.
//!
//! Input: a chart definition and the tables. Output: a [`Chart`], checked: every column and dimension that is named exists, bars have
//! one column, and no number is negative, because axes start at 0. A row that is a
//! total in a dimension that is not held fixed is not drawn.

use crate::domain::report::{ChartDefinition, ChartKind};
use crate::domain::table::{Column, Row, RowKind, Table, Value};

use crate::report::document::{Cover, nearest_hint};
use crate::report::error::ReportError;
use crate::report::number::{NumberFormat, code};

/// The key of a total.
const TOTAL: &str = "_T";

/// One drawn column of the table.
#[derive(Clone, Debug)]
pub struct Series {
    pub name: String,
    pub label: String,
    pub decimals: u8,
    /// Drawn as a line, not as columns (flows).
    pub line: bool,
}

/// One drawn number.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    pub value: Value,
    /// Observations behind the number.
    pub n: Option<i64>,
}

impl Point {
    pub fn number(self) -> Option<f64> {
        match self.value {
            Value::Number(number) => Some(number),
            Value::Missing(_) => None,
        }
    }
}

/// One drawn row of the table.
#[derive(Clone, Debug)]
pub struct Category {
    pub key: String,
    pub label: String,
    /// The remaining rows of a ranking, drawn neutrally.
    pub other: bool,
    /// One for each series.
    pub points: Vec<Point>,
}

/// A chart as a value.
#[derive(Clone, Debug)]
pub struct Chart {
    pub name: String,
    pub kind: ChartKind,
    pub title: String,
    /// Title of the value axis, with its unit.
    pub axis: String,
    /// Numbers on fewer observations are marked; 0 marks none.
    pub few: i64,
    pub numbers: NumberFormat,
    pub series: Vec<Series>,
    pub categories: Vec<Category>,
}

impl Chart {
    /// Takes the chart's part out of its table.
    pub fn from_tables(definition: &ChartDefinition, tables: &[Table], cover: &Cover) -> Result<Self, ReportError> {
        let table = tables
            .iter()
            .find(|table| table.name == definition.table)
            .ok_or_else(|| ReportError::ChartTable {
                chart: definition.name.clone(),
                table: definition.table.clone(),
                hint: nearest_hint(&definition.table, tables.iter().map(|table| table.name.as_str())),
            })?;
        let part = Part::of(definition, table)?;
        let chart = Self {
            name: definition.name.clone(),
            kind: definition.kind,
            title: cover.filled(definition.title.get(&cover.language).unwrap_or(&definition.name)),
            axis: cover.filled(definition.axis.get(&cover.language).unwrap_or_default()),
            few: definition.few,
            numbers: cover.numbers(),
            series: part.series(definition),
            categories: part.categories(),
        };
        chart.refuse_second_series()?;
        chart.refuse_negative()?;
        Ok(chart)
    }

    /// A number as the table prints it.
    pub fn printed(&self, series: usize, value: f64) -> String {
        self.numbers.number(value, self.series[series].decimals)
    }

    /// Whether a number rests on fewer observations than the chart's threshold.
    pub fn rests_on_few(&self, point: Point) -> bool {
        point.n.is_some_and(|n| n < self.few)
    }

    /// The largest number of the series for which `wanted` holds.
    pub fn largest(&self, wanted: impl Fn(&Series) -> bool) -> f64 {
        let numbers = self
            .categories
            .iter()
            .flat_map(|category| category.points.iter().zip(&self.series));
        numbers
            .filter(|(_, series)| wanted(series))
            .filter_map(|(point, _)| point.number())
            .fold(0.0, f64::max)
    }

    /// The drawn data: one record per category and series. Missing numbers are empty, with the reason in its own column.
    pub fn csv(&self) -> Vec<[String; 7]> {
        let mut records = vec![
            [
                "category",
                "category_label",
                "series",
                "series_label",
                "value",
                "n",
                "missing",
            ]
            .map(str::to_owned),
        ];
        for category in &self.categories {
            for (series, point) in self.series.iter().zip(&category.points) {
                let missing = match point.value {
                    Value::Number(_) => "",
                    Value::Missing(reason) => code(reason),
                };
                records.push([
                    category.key.clone(),
                    category.label.clone(),
                    series.name.clone(),
                    series.label.clone(),
                    point.number().map_or_else(String::new, |number| number.to_string()),
                    point.n.map_or_else(String::new, |n| n.to_string()),
                    missing.to_owned(),
                ]);
            }
        }
        records
    }

    /// Bars show one column.
    fn refuse_second_series(&self) -> Result<(), ReportError> {
        match (self.kind, self.series.len()) {
            (ChartKind::Bars, found) if found != 1 => Err(ReportError::ChartOneColumn {
                chart: self.name.clone(),
                found,
            }),
            _ => Ok(()),
        }
    }

    fn refuse_negative(&self) -> Result<(), ReportError> {
        for category in &self.categories {
            for (series, point) in self.series.iter().zip(&category.points) {
                if let Some(value) = point.number().filter(|value| *value < 0.0) {
                    return Err(ReportError::ChartNegative {
                        chart: self.name.clone(),
                        column: series.name.clone(),
                        row: category.label.clone(),
                        value,
                    });
                }
            }
        }
        Ok(())
    }
}

/// The columns, row dimensions and kept rows of a table that a chart draws.
struct Part<'a> {
    table: &'a Table,
    columns: Vec<usize>,
    /// Row dimensions that are not held fixed: they make the label.
    dimensions: Vec<usize>,
    /// Row dimensions held fixed, with the key to keep.
    fixed: Vec<(usize, &'a str)>,
}

impl<'a> Part<'a> {
    fn of(definition: &'a ChartDefinition, table: &'a Table) -> Result<Self, ReportError> {
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
        let dimensions = (0..table.row_dimensions.len())
            .filter(|index| fixed.iter().all(|(fixed, _)| fixed != index))
            .collect();
        Ok(Self {
            table,
            columns,
            dimensions,
            fixed,
        })
    }

    fn series(&self, definition: &ChartDefinition) -> Vec<Series> {
        let describe = |column: &Column| Series {
            name: column.name.clone(),
            label: column.label.clone(),
            decimals: column.decimals,
            line: definition.line.contains(&column.name),
        };
        self.columns
            .iter()
            .map(|index| describe(&self.table.columns[*index]))
            .collect()
    }

    fn categories(&self) -> Vec<Category> {
        let kept = |row: &&Row| {
            let is_total = self.dimensions.iter().any(|index| row.keys[*index] == TOTAL);
            !is_total && self.fixed.iter().all(|(index, key)| row.keys[*index] == *key)
        };
        self.table
            .rows
            .iter()
            .filter(kept)
            .map(|row| self.category(row))
            .collect()
    }

    fn category(&self, row: &Row) -> Category {
        let joined = |texts: &[String]| {
            let parts: Vec<&str> = self.dimensions.iter().map(|index| texts[*index].as_str()).collect();
            parts.join(", ")
        };
        let point = |index: &usize| Point {
            value: row.cells[*index].value,
            n: row.cells[*index].n,
        };
        Category {
            key: joined(&row.keys),
            label: joined(&row.labels),
            other: row.kind == RowKind::Other,
            points: self.columns.iter().map(point).collect(),
        }
    }
}
