//! What a table wants from its mart: the definition held against the measure's documentation, every name resolved.
//!
//! Input: definition, documentation, and for pivots the codes that the mart has. Output: the [`Plan`], or an error that names
//! what is unknown or contradicts itself. A dimension that is left free would show totals beside their parts, so it is refused.

use jiff::civil::Date;

use crate::domain::measure::{Indicator, MeasureDefinition, TOTAL};
use crate::domain::report::{Pivot, TableDefinition};
use crate::domain::table::{Column, Unit};

use super::error::{DefinitionFault, Names, TablesError};
use super::labels::TableLabels;

/// The dimension that every mart has.
pub(super) const PERIOD: &str = "period";

/// The year that a column's figures are of, seen from the row's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Year {
    Same,
    Before,
}

/// The figure that ranks rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RankedBy {
    Column(usize),
    /// The sum of the pivoted columns, where the mart has no total of the pivoted dimension.
    PivotedSum,
}

/// One column of cells to take from the mart.
#[derive(Clone, Debug)]
pub(super) struct PlannedColumn {
    pub column: Column,
    pub indicator: String,
    /// The pivoted dimension and its code.
    pub pivoted: Option<(String, String)>,
    pub year: Year,
}

/// The cells of a table: the columns that are shown, then those that only serve a computation.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub names: Names<'a>,
    pub definition: &'a TableDefinition,
    pub measure: &'a MeasureDefinition,
    pub as_of: Date,
    pub columns: Vec<PlannedColumn>,
    /// How many of `columns` are shown.
    pub shown: usize,
    /// How many codes of a pivot have no column.
    pub left_out: usize,
    pub ranked_by: Option<RankedBy>,
    /// The column of which shares are given.
    pub share: Option<usize>,
    /// The column of which changes are given, and that of the same figures a year before.
    pub change: Option<(usize, usize)>,
    /// The column with the pivoted dimension's total.
    pub pivot_total: Option<usize>,
}

/// Checks whatever can be checked without the mart.
pub(super) fn check(
    names: Names,
    definition: &TableDefinition,
    measure: &MeasureDefinition,
) -> Result<(), TablesError> {
    check_dimensions(names, definition, measure)?;
    check_indicators(names, definition, measure)?;
    let fault = match &definition.rank {
        Some(_) if definition.rows.len() != 1 => DefinitionFault::RankedRows {
            rows: definition.rows.len(),
        },
        Some(_) if definition.rows[0] == PERIOD => DefinitionFault::RankedPeriods,
        _ if definition.change.is_some() && pivoted(definition) == Some(PERIOD) => DefinitionFault::ChangeWithoutPeriod,
        _ => return Ok(()),
    };
    Err(names.definition(fault))
}

fn check_dimensions(
    names: Names,
    definition: &TableDefinition,
    measure: &MeasureDefinition,
) -> Result<(), TablesError> {
    let valid = || measure.dimensions.iter().map(String::as_str).chain([PERIOD]);
    let placed = [
        ("where", definition.fixed.keys().collect::<Vec<_>>()),
        ("rows", definition.rows.iter().collect()),
        (
            "pivot.dimension",
            definition.pivot.iter().map(|pivot| &pivot.dimension).collect(),
        ),
    ];
    let styled = [
        ("codelists", definition.codelists.keys().collect::<Vec<_>>()),
        ("headings", definition.headings.keys().collect()),
        ("order", definition.order.keys().collect()),
    ];
    for (place, dimensions) in placed.iter().chain(&styled) {
        if let Some(unknown) = dimensions
            .iter()
            .find(|name| !valid().any(|known| known == name.as_str()))
        {
            let kind = format!("dimension of the measure `{}`", names.measure);
            return Err(TablesError::unknown(names.table, place, unknown, kind, valid()));
        }
    }
    for dimension in valid() {
        let places = placed
            .iter()
            .flat_map(|(_, dimensions)| dimensions)
            .filter(|name| name.as_str() == dimension)
            .count();
        let fault = match places {
            0 => DefinitionFault::FreeDimension {
                dimension: dimension.to_owned(),
            },
            1 => continue,
            _ => DefinitionFault::PlacedTwice {
                dimension: dimension.to_owned(),
            },
        };
        return Err(names.definition(fault));
    }
    if definition.rows.is_empty() {
        Err(names.definition(DefinitionFault::NoRows))
    } else {
        Ok(())
    }
}

fn check_indicators(
    names: Names,
    definition: &TableDefinition,
    measure: &MeasureDefinition,
) -> Result<(), TablesError> {
    let (columns, pivots) = (definition.columns.len(), definition.pivot.iter().count());
    if (columns == 0) == (pivots == 0) {
        return Err(names.definition(DefinitionFault::ColumnsOrPivot { columns, pivots }));
    }
    if let Some(pivot) = &definition.pivot {
        indicator(names, measure, "pivot.indicator", &pivot.indicator)?;
    }
    for (position, column) in definition.columns.iter().enumerate() {
        indicator(names, measure, "columns", column)?;
        if definition.columns[..position].contains(column) {
            return Err(names.definition(DefinitionFault::ColumnTwice { column: column.clone() }));
        }
    }
    Ok(())
}

fn indicator<'a>(
    names: Names,
    measure: &'a MeasureDefinition,
    place: &'static str,
    name: &str,
) -> Result<&'a Indicator, TablesError> {
    measure.indicators.get(name).ok_or_else(|| {
        let kind = format!("indicator of the measure `{}`", names.measure);
        TablesError::unknown(
            names.table,
            place,
            name,
            kind,
            measure.indicators.keys().map(String::as_str),
        )
    })
}

fn pivoted(definition: &TableDefinition) -> Option<&str> {
    definition.pivot.as_ref().map(|pivot| pivot.dimension.as_str())
}

/// The dimensions of `rows` that a total takes together: all but the period, or the period where it stands alone.
pub(super) fn collapsed(rows: &[String]) -> Vec<&str> {
    let without_period: Vec<&str> = rows.iter().map(String::as_str).filter(|name| *name != PERIOD).collect();
    if without_period.is_empty() {
        vec![PERIOD]
    } else {
        without_period
    }
}

/// What a plan is made from.
pub(super) struct Sources<'a> {
    pub names: Names<'a>,
    pub definition: &'a TableDefinition,
    pub measure: &'a MeasureDefinition,
    pub labels: &'a TableLabels<'a>,
    pub as_of: Date,
}

impl<'a> Plan<'a> {
    /// Plans the columns; `codes` are those of the pivoted dimension, each with its number of observations.
    pub fn new(sources: &Sources<'a>, codes: Vec<(String, i64)>) -> Result<Plan<'a>, TablesError> {
        let mut plan = Plan {
            names: sources.names,
            definition: sources.definition,
            measure: sources.measure,
            as_of: sources.as_of,
            columns: Vec::new(),
            shown: 0,
            left_out: 0,
            ranked_by: None,
            share: None,
            change: None,
            pivot_total: None,
        };
        match &sources.definition.pivot {
            None => plan.add_indicators(sources)?,
            Some(pivot) => plan.add_pivot(sources, pivot, codes)?,
        }
        plan.add_computed(sources)?;
        plan.check_decimals()?;
        Ok(plan)
    }

    /// Whether the parts of a column add up along all of `dimensions`.
    pub fn is_additive(&self, column: usize, dimensions: &[&str]) -> bool {
        self.measure.is_additive(&self.columns[column].indicator, dimensions)
    }

    fn add_indicators(&mut self, sources: &Sources) -> Result<(), TablesError> {
        for name in &sources.definition.columns {
            let indicator = indicator(self.names, self.measure, "columns", name)?;
            let label = indicator.label.get(sources.labels.language).unwrap_or(name);
            self.add(name, label, name, None, indicator.unit);
        }
        self.shown = self.columns.len();
        Ok(())
    }

    fn add_pivot(
        &mut self,
        sources: &Sources,
        pivot: &Pivot,
        mut codes: Vec<(String, i64)>,
    ) -> Result<(), TablesError> {
        let unit = indicator(self.names, self.measure, "pivot.indicator", &pivot.indicator)?.unit;
        let order = |code: &str| sources.labels.order_key(&pivot.dimension, code);
        let has_total = codes.iter().any(|(code, _)| code == TOTAL);
        codes.retain(|(code, _)| code != TOTAL);
        codes.sort_by_cached_key(|(code, observations)| (-observations, order(code)));
        self.left_out = codes.len().saturating_sub(pivot.top.unwrap_or(codes.len()));
        codes.truncate(codes.len() - self.left_out);
        codes.sort_by_cached_key(|(code, _)| order(code));
        for (code, _) in &codes {
            let label = sources.labels.label(&pivot.dimension, code);
            self.add(code, &label, &pivot.indicator, Some((&pivot.dimension, code)), unit);
        }
        self.shown = self.columns.len();
        if has_total {
            self.pivot_total = Some(self.add(TOTAL, TOTAL, &pivot.indicator, Some((&pivot.dimension, TOTAL)), unit));
        }
        Ok(())
    }

    fn add_computed(&mut self, sources: &Sources) -> Result<(), TablesError> {
        let definition = sources.definition;
        self.share = definition
            .share
            .as_ref()
            .map(|name| self.shown_column("share", name))
            .transpose()?;
        if let Some(name) = &definition.change {
            let now = self.shown_column("change", name)?;
            let before = PlannedColumn {
                year: Year::Before,
                ..self.columns[now].clone()
            };
            self.columns.push(before);
            self.change = Some((now, self.columns.len() - 1));
        }
        if let Some(rank) = &definition.rank {
            self.ranked_by = Some(self.ranking(&rank.by)?);
        }
        Ok(())
    }

    /// The shown column called `name`, else a hidden one with the indicator of that name, of a pivot the total.
    fn ranking(&mut self, name: &str) -> Result<RankedBy, TablesError> {
        if let Some(shown) = self.columns[..self.shown]
            .iter()
            .position(|planned| planned.column.name == name)
        {
            return Ok(RankedBy::Column(shown));
        }
        let Some(indicator) = self.measure.indicators.get(name) else {
            let kind = format!(
                "column of the table, nor an indicator of the measure `{}`",
                self.names.measure
            );
            let shown = self.columns[..self.shown]
                .iter()
                .map(|planned| planned.column.name.as_str());
            let valid = shown.chain(self.measure.indicators.keys().map(String::as_str));
            return Err(TablesError::unknown(self.names.table, "rank.by", name, kind, valid));
        };
        let unit = indicator.unit;
        let Some(pivot) = &self.definition.pivot else {
            return Ok(RankedBy::Column(self.add(name, name, name, None, unit)));
        };
        if self.pivot_total.is_some() || self.shown == 0 {
            return Ok(RankedBy::Column(self.add(
                name,
                name,
                name,
                Some((&pivot.dimension, TOTAL)),
                unit,
            )));
        }
        if pivot.indicator == name && self.left_out == 0 && self.measure.is_additive(name, &[&pivot.dimension]) {
            return Ok(RankedBy::PivotedSum);
        }
        let (indicator, dimension) = (name.to_owned(), pivot.dimension.clone());
        Err(self
            .names
            .definition(DefinitionFault::RankedByNothing { indicator, dimension }))
    }

    fn shown_column(&self, place: &'static str, name: &str) -> Result<usize, TablesError> {
        let shown = || {
            self.columns[..self.shown]
                .iter()
                .map(|planned| planned.column.name.as_str())
        };
        let unknown = || TablesError::unknown(self.names.table, place, name, "column of the table".to_owned(), shown());
        shown().position(|column| column == name).ok_or_else(unknown)
    }

    fn check_decimals(&self) -> Result<(), TablesError> {
        let shown = self.columns[..self.shown]
            .iter()
            .map(|planned| planned.column.name.clone());
        let pivoted = self.definition.pivot.iter().map(|pivot| pivot.indicator.clone());
        let shares = self.definition.share.iter().map(|name| format!("{name}_share"));
        let changes = self.definition.change.iter().map(|name| format!("{name}_change"));
        let valid: Vec<String> = shown.chain(pivoted).chain(shares).chain(changes).collect();
        match self.definition.decimals.keys().find(|name| !valid.contains(name)) {
            None => Ok(()),
            Some(name) => {
                let valid = valid.iter().map(String::as_str);
                Err(TablesError::unknown(
                    self.names.table,
                    "decimals",
                    name,
                    "column of the table".to_owned(),
                    valid,
                ))
            }
        }
    }

    fn add(&mut self, name: &str, label: &str, indicator: &str, pivoted: Option<(&str, &str)>, unit: Unit) -> usize {
        let decimals = self.decimals(name, indicator, unit);
        self.columns.push(PlannedColumn {
            column: Column {
                name: name.to_owned(),
                label: label.to_owned(),
                unit,
                decimals,
            },
            indicator: indicator.to_owned(),
            pivoted: pivoted.map(|(dimension, code)| (dimension.to_owned(), code.to_owned())),
            year: Year::Same,
        });
        self.columns.len() - 1
    }

    /// The digits that the definition says for a column or its indicator, else the unit's usual ones.
    pub fn decimals(&self, name: &str, indicator: &str, unit: Unit) -> u8 {
        let chosen = self
            .definition
            .decimals
            .get(name)
            .or_else(|| self.definition.decimals.get(indicator));
        chosen.copied().unwrap_or(match unit {
            Unit::Count => 0,
            Unit::Days | Unit::Percent => 1,
        })
    }
}
