//! Why a published table can't be made: every message names the table, what was found and what was expected.

use polars::prelude::PolarsError;

use crate::domain::fold::nearest;

/// A fault in a table's definition or in the mart that it reads.
#[derive(Debug, thiserror::Error)]
pub enum TablesError {
    #[error(
        "table `{table}`: `{place}` names `{found}`, which is no {kind}; nearest: {}; expected one of: {}",
        likeliest(found, valid),
        listed(valid)
    )]
    UnknownName {
        table: String,
        /// The key of the definition.
        place: &'static str,
        found: String,
        /// What the name should be a name of, such as "indicator of the measure `flows`".
        kind: String,
        valid: Vec<String>,
    },
    #[error("two tables of the report are called `{table}`; give one of them another name")]
    NameTwice { table: String },
    #[error("table `{table}`: {fault}; {}", fault.remedy())]
    Definition { table: String, fault: DefinitionFault },
    #[error(
        "table `{table}`: the mart of `{measure}` has no usable column `{column}` (expected {expected}); run `rogatory measure` again"
    )]
    MartColumn {
        table: String,
        measure: String,
        column: String,
        expected: &'static str,
    },
    #[error(
        "table `{table}`: the mart of `{measure}` has {found} rows for {cell}, expected one; mend queries/measures/{measure}.sql"
    )]
    CellTwice {
        table: String,
        measure: String,
        found: usize,
        cell: String,
    },
    #[error(
        "table `{table}`: the mart of `{measure}` has no number for {cell}, but its status `{status}` does not say why (expected `M`, `O` or `Q`)"
    )]
    UnexplainedCell {
        table: String,
        measure: String,
        cell: String,
        status: String,
    },
    #[error(
        "table `{table}`: for {cell}, the parts sum to {sum}, the mart of `{measure}` says {total}; if one record counts in several parts, say so by `not_additive` in queries/measures/{measure}.toml"
    )]
    PartsAndTotal {
        table: String,
        measure: String,
        cell: String,
        sum: f64,
        total: f64,
    },
    #[error("table `{table}`: the data frame refused a step: {source}")]
    Frame { table: String, source: PolarsError },
}

/// What contradicts itself in a table's definition.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum DefinitionFault {
    #[error(
        "the dimension `{dimension}` is neither fixed, on the rows nor pivoted, so that totals would stand beside their parts"
    )]
    FreeDimension { dimension: String },
    #[error("the dimension `{dimension}` has two places")]
    PlacedTwice { dimension: String },
    #[error("there is no dimension on the rows")]
    NoRows,
    #[error("there are {columns} columns and {pivots} pivots")]
    ColumnsOrPivot { columns: usize, pivots: usize },
    #[error("the column `{column}` stands there twice")]
    ColumnTwice { column: String },
    #[error("a ranking has {rows} row dimensions")]
    RankedRows { rows: usize },
    #[error("a ranking of periods is asked for")]
    RankedPeriods,
    #[error("the ranking is by `{indicator}`, which has no total over `{dimension}`")]
    RankedByNothing { indicator: String, dimension: String },
    #[error("`share` is asked of `{column}`, which can't be summed")]
    ShareWithoutSum { column: String },
    #[error("`change` is asked for, but no row belongs to one year")]
    ChangeWithoutPeriod,
    #[error("`total = \"mart\"` is asked for, but the mart has no total (`_T`) of {dimensions}")]
    NoMartTotal { dimensions: String },
    #[error("the text \"{text}\" has an unknown placeholder")]
    Placeholder { text: String },
}

impl DefinitionFault {
    fn remedy(&self) -> &'static str {
        match self {
            DefinitionFault::FreeDimension { .. } => "fix it by `where`, name it in `rows` or pivot it",
            DefinitionFault::PlacedTwice { .. } => "name it once in `where`, `rows` or `pivot`",
            DefinitionFault::NoRows => "name at least one in `rows`",
            DefinitionFault::ColumnsOrPivot { .. } => "give either `columns` or `pivot`",
            DefinitionFault::ColumnTwice { .. } => "name it once",
            DefinitionFault::RankedRows { .. } => "leave one dimension in `rows`",
            DefinitionFault::RankedPeriods => "leave out `rank`: periods ascend",
            DefinitionFault::RankedByNothing { .. } => "rank by one of the table's columns",
            DefinitionFault::ShareWithoutSum { .. } => {
                "leave out `share`, or take the total from the mart (`total = \"mart\"`)"
            }
            DefinitionFault::ChangeWithoutPeriod => "fix `period` or name it in `rows`",
            DefinitionFault::NoMartTotal { .. } => "add it to the measure's query, or say `total = \"sum\"`",
            DefinitionFault::Placeholder { .. } => "the placeholders are {period} and {as_of}",
        }
    }
}

/// The table and the measure that messages name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names<'a> {
    pub table: &'a str,
    pub measure: &'a str,
}

impl Names<'_> {
    pub fn definition(self, fault: DefinitionFault) -> TablesError {
        TablesError::Definition {
            table: self.table.to_owned(),
            fault,
        }
    }

    pub fn frame(self, source: PolarsError) -> TablesError {
        TablesError::Frame {
            table: self.table.to_owned(),
            source,
        }
    }

    pub fn column(self, column: &str, expected: &'static str) -> TablesError {
        let (table, measure) = (self.table.to_owned(), self.measure.to_owned());
        TablesError::MartColumn {
            table,
            measure,
            column: column.to_owned(),
            expected,
        }
    }

    pub fn cell_twice(self, found: usize, cell: String) -> TablesError {
        TablesError::CellTwice {
            table: self.table.to_owned(),
            measure: self.measure.to_owned(),
            found,
            cell,
        }
    }

    pub fn unexplained(self, cell: String, status: &str) -> TablesError {
        let (table, measure) = (self.table.to_owned(), self.measure.to_owned());
        TablesError::UnexplainedCell {
            table,
            measure,
            cell,
            status: status.to_owned(),
        }
    }

    pub fn parts_and_total(self, cell: String, sum: f64, total: f64) -> TablesError {
        TablesError::PartsAndTotal {
            table: self.table.to_owned(),
            measure: self.measure.to_owned(),
            cell,
            sum,
            total,
        }
    }
}

impl TablesError {
    /// A name of the definition that is not among the valid ones.
    pub(super) fn unknown<'a>(
        table: &str,
        place: &'static str,
        found: &str,
        kind: String,
        valid: impl IntoIterator<Item = &'a str>,
    ) -> TablesError {
        TablesError::UnknownName {
            table: table.to_owned(),
            place,
            found: found.to_owned(),
            kind,
            valid: valid.into_iter().map(str::to_owned).collect(),
        }
    }
}

/// The three names that are written most like `found`.
fn likeliest(found: &str, valid: &[String]) -> String {
    match nearest(found, valid.iter().map(String::as_str), 3).as_slice() {
        [] => "(none is near)".to_owned(),
        names => names.join(", "),
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        "(there are none)".to_owned()
    } else {
        names.join(", ")
    }
}
