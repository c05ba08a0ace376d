//! Columns that are computed from others: the share of a column's total, and the change on the year before.
//!
//! Input: complete rows with the hidden columns of the plan. Output: the same rows, longer by a cell for each computed column.
//! A change is given for complete years only: a year that the date of observation cuts is not comparable with a whole one.

use jiff::civil::Date;

use crate::domain::measure::TOTAL;
use crate::domain::table::{Column, Row, Unit};

use super::cell;
use super::error::{DefinitionFault, TablesError};
use super::plan::{PERIOD, Plan, collapsed};
use super::totals::total_keys;
use super::wording;

/// The computed columns, in the order of their cells.
pub(super) fn columns(plan: &Plan) -> Vec<Column> {
    let computed = |source: usize, suffix: &str, label: fn(&str) -> String| {
        let source = &plan.columns[source].column;
        let name = format!("{}_{suffix}", source.name);
        let decimals = plan.decimals(&name, &name, Unit::Percent);
        Column {
            name,
            label: label(&source.label),
            unit: Unit::Percent,
            decimals,
        }
    };
    let share = plan.share.map(|source| computed(source, "share", wording::share));
    let change = plan
        .change
        .map(|(source, _)| computed(source, "change", wording::change));
    share.into_iter().chain(change).collect()
}

/// Puts shares at the end of the rows; `totals` are the rows whose cells are the whole.
pub(super) fn add_shares(plan: &Plan, rows: &mut [Row], totals: &[Row], is_summed: Summed) -> Result<(), TablesError> {
    let Some(column) = plan.share else { return Ok(()) };
    let is_count = plan.columns[column].column.unit == Unit::Count;
    if !is_count || (is_summed == Summed::FromParts && !plan.is_additive(column, &collapsed(&plan.definition.rows))) {
        let column = plan.columns[column].column.name.clone();
        return Err(plan.names.definition(DefinitionFault::ShareWithoutSum { column }));
    }
    for row in rows {
        let keys = total_keys(plan, &row.keys);
        let whole = totals.iter().find(|total| total.keys == keys);
        row.cells.push(whole.map_or_else(cell::not_applicable, |whole| {
            cell::per_cent(&row.cells[column], &whole.cells[column])
        }));
    }
    Ok(())
}

/// Where the whole of a share comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Summed {
    FromParts,
    ByMart,
}

/// Puts changes on the year before at the end of the rows; `fixed` is the year of the whole table, if it has one.
pub(super) fn add_changes(plan: &Plan, rows: &mut [Row], fixed: Option<&str>) -> Result<(), TablesError> {
    let Some((now, before)) = plan.change else {
        return Ok(());
    };
    let position = plan.definition.rows.iter().position(|dimension| dimension == PERIOD);
    if position.is_none() && fixed.is_none_or(|year| year == TOTAL) {
        return Err(plan.names.definition(DefinitionFault::ChangeWithoutPeriod));
    }
    for row in rows {
        let year = position.map(|position| row.keys[position].as_str()).or(fixed);
        let is_complete = year.is_some_and(|year| year != TOTAL && !is_cut(year, plan.as_of));
        row.cells.push(match is_complete {
            true => cell::change(&row.cells[now], &row.cells[before]),
            false => cell::not_applicable(),
        });
    }
    Ok(())
}

/// Whether the date of observation lies in `year`, before its last day.
pub(super) fn is_cut(year: &str, as_of: Date) -> bool {
    year == as_of.year().to_string() && as_of != as_of.last_of_year()
}
