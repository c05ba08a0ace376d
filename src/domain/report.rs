//! A report definition: which tables, charts and sections an edition has, as written in `reports/<name>.toml`.
//!
//! Input: TOML text. Output: values that the tabulating and rendering stages follow. Whether a table, column or measure that is
//! named here exists is checked by the stage that looks it up; what is checked here is the shape, and unknown keys are refused.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use serde::Deserialize;

/// One text in several languages, keyed by language tag.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Texts(BTreeMap<String, String>);

impl Texts {
    /// The text in `language`, else in English, else nothing.
    pub fn get(&self, language: &str) -> Option<&str> {
        self.0.get(language).or_else(|| self.0.get("en")).map(String::as_str)
    }
}

/// Several texts in several languages, keyed by language tag.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct TextLists(BTreeMap<String, Vec<String>>);

impl TextLists {
    /// The texts in `language`, else in English, else none.
    pub fn get(&self, language: &str) -> &[String] {
        self.0
            .get(language)
            .or_else(|| self.0.get("en"))
            .map_or(&[], Vec::as_slice)
    }
}

/// The whole of `reports/<name>.toml`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportDefinition {
    pub title: Texts,
    #[serde(rename = "section", default)]
    pub sections: Vec<SectionDefinition>,
    #[serde(rename = "table", default)]
    pub tables: Vec<TableDefinition>,
    #[serde(rename = "chart", default)]
    pub charts: Vec<ChartDefinition>,
}

/// A section: a heading, the narrative block of the same name if the template has one, then tables and charts.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SectionDefinition {
    pub name: String,
    /// `{year}`, `{period}` and `{as_of}` stand for the edition's; the same in the titles and axes of charts.
    pub title: Texts,
    /// Stands after the other sections, as an annex.
    #[serde(default)]
    pub annex: bool,
    /// `table:<name>`, `chart:<name>`, or `measures` (what the measures of the printed tables count), in the order of the page.
    #[serde(default)]
    pub show: Vec<String>,
}

/// Where a table's total row comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Total {
    #[default]
    None,
    /// The sum of the rows; only count columns have one, the others are not applicable.
    Sum,
    /// The mart's own `_T` row: for rates and quantiles, which can't be summed.
    Mart,
}

/// What happens to the rows that a ranking leaves over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Others {
    /// One row with their sum; what can't be summed is not applicable there.
    #[default]
    Together,
    /// Left out, and a note says how many they are: for quantiles, which have no sum.
    Omitted,
}

/// Keep the first rows by one column. Codes of values that are not stated are never ranked: they keep a row of their own.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rank {
    /// The column that ranks, or an indicator of the measure that the table need not show; largest first, ties by row label.
    pub by: String,
    /// How many rows stay on their own.
    pub top: usize,
    #[serde(default)]
    pub others: Others,
}

/// Columns made from the values of a dimension instead of from indicators.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pivot {
    /// The dimension (or `period`) whose values become columns.
    pub dimension: String,
    /// The indicator shown in the cells.
    pub indicator: String,
    /// Keep only so many columns, those with most observations; a note says how many are left out.
    pub top: Option<usize>,
}

/// How a published table is made from a mart.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableDefinition {
    pub name: String,
    /// `{period}` stands for the year or years shown, `{as_of}` for the date of observation; the same in notes.
    pub title: Texts,
    /// The measure whose mart is read.
    pub measure: String,
    /// Dimensions kept fixed: dimension to code, `_T` for the mart's total; `period = "latest"` is the year of observation.
    #[serde(rename = "where", default)]
    pub fixed: BTreeMap<String, String>,
    /// Dimensions on the rows, `period` among them.
    pub rows: Vec<String>,
    /// Indicators on the columns, in this order.
    #[serde(default)]
    pub columns: Vec<String>,
    pub pivot: Option<Pivot>,
    /// Codelists of the labels, by dimension, where they are not the dimension's usual one.
    #[serde(default)]
    pub codelists: BTreeMap<String, String>,
    /// Headings of row dimensions, where they are not the dimension's usual one.
    #[serde(default)]
    pub headings: BTreeMap<String, Texts>,
    /// Codes in the order in which they stand on rows or pivoted columns, by dimension, such as age bands. Codes that are not
    /// named follow by label; periods ascend, and what is not stated is last.
    #[serde(default)]
    pub order: BTreeMap<String, Vec<String>>,
    /// Column of which a further column (`<column>_share`) gives the share of the column's total, in per cent.
    pub share: Option<String>,
    /// Column of which a further column (`<column>_change`) gives the change on the period before, in per cent.
    pub change: Option<String>,
    pub rank: Option<Rank>,
    #[serde(default)]
    pub total: Total,
    /// Digits after the decimal point, by column or by pivoted indicator, where they are not the unit's usual ones.
    #[serde(default)]
    pub decimals: BTreeMap<String, u8>,
    #[serde(default)]
    pub notes: TextLists,
}

/// What a chart looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChartKind {
    /// Columns side by side for each row, such as a year, and stocks as lines in a panel of their own below.
    Flows,
    /// Horizontal bars: one for each row and column, or one for each row with the columns stacked.
    Bars,
    /// A grid of cells shaded by value.
    Heatmap,
    /// A line from a lower to an upper quantile with a mark at the median, one for each row.
    Range,
    /// One line for each row over the columns, such as years or months.
    Lines,
}

impl ChartKind {
    /// The name by which definitions and messages call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Flows => "flows",
            Self::Bars => "bars",
            Self::Heatmap => "heatmap",
            Self::Range => "range",
            Self::Lines => "lines",
        }
    }
}

/// Which rows of a chart stand out.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(
    untagged,
    expecting = "keys of rows such as [\"RO\"], or how many of the first rows such as 5"
)]
pub enum Emphasis {
    /// The first so many rows that are drawn.
    First(usize),
    /// The rows with these keys, several row dimensions joined by `, `; `{year}` is the edition's. A key without a row
    /// is passed over.
    Keys(Vec<String>),
}

/// How a chart is drawn from a published table of the same report.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChartDefinition {
    pub name: String,
    pub kind: ChartKind,
    pub title: Texts,
    /// The published table that has the data.
    pub table: String,
    /// Columns drawn; all of them where none is named. A range names three: lower quantile, median, upper quantile.
    #[serde(default)]
    pub columns: Vec<String>,
    /// Columns drawn as a line (flows).
    #[serde(default)]
    pub line: Vec<String>,
    /// Keep only the rows that have this key in the named row dimension.
    #[serde(rename = "where", default)]
    pub fixed: BTreeMap<String, String>,
    /// Keep only the last so many of these rows.
    pub last: Option<NonZeroUsize>,
    /// Rows that stand out.
    pub emphasis: Option<Emphasis>,
    /// The columns are parts of one bar, light to dark in their order (bars).
    #[serde(default)]
    pub stacked: bool,
    /// Title of the value axis, with the unit.
    pub axis: Texts,
    /// Numbers on fewer observations are marked (heat map, range).
    #[serde(default)]
    pub few: i64,
}
