//! The data of a chart: the part of a published table that it draws, with labels and print formats.
//!
//! Input: a chart definition and the tables. Output: a [`Chart`], checked (see `checks`). What the rows and columns of
//! the table are in the picture is the kind's matter: a row is a group of columns, a bar, a row of cells, a range or a
//! line.

use crate::domain::report::{ChartDefinition, ChartKind};
use crate::domain::table::{Table, Unit, Value};

use super::checks;
use super::notes::notes;
use super::part::Part;
use crate::report::document::{Cover, nearest_hint};
use crate::report::error::ReportError;
use crate::report::number::{NumberFormat, code};

/// One drawn column of the table.
#[derive(Clone, Debug)]
pub struct Series {
    pub name: String,
    pub label: String,
    pub unit: Unit,
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
    /// Stands out among the rows.
    pub emphasised: bool,
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
    /// The columns are parts of one bar.
    pub stacked: bool,
    pub numbers: NumberFormat,
    pub series: Vec<Series>,
    pub categories: Vec<Category>,
    /// What stands below the picture.
    pub notes: Vec<String>,
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
        let mut chart = Self {
            name: definition.name.clone(),
            kind: definition.kind,
            title: cover.filled(definition.title.get(&cover.language).unwrap_or(&definition.name)),
            axis: cover.filled(definition.axis.get(&cover.language).unwrap_or_default()),
            few: definition.few,
            stacked: definition.stacked,
            numbers: cover.numbers(),
            series: part.series(),
            categories: part.categories(cover),
            notes: Vec::new(),
        };
        chart.notes = notes(&chart, table, &part.labels());
        checks::check(definition, &chart)?;
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

    /// Whether some rows stand out.
    pub fn has_emphasis(&self) -> bool {
        self.categories.iter().any(|category| category.emphasised)
    }

    /// Every drawn point, row by row.
    pub fn points(&self) -> impl Iterator<Item = &Point> {
        self.categories.iter().flat_map(|category| &category.points)
    }

    /// Whether there is something to draw.
    pub fn has_numbers(&self) -> bool {
        self.points().any(|point| point.number().is_some())
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

    /// The drawn data: one record per category and series. Missing numbers are empty, with the reason in its own
    /// column.
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
}
