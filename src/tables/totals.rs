//! Totals: sums of counts, the mart's own totals, and the check that the one equals the other.
//!
//! A total takes together every row dimension but the period (or the period where it stands alone). Only what the measure says
//! is additive is summed; the rest is not applicable in a sum and comes from the mart's `_T` row where the definition asks so.

use std::collections::BTreeMap;

use crate::domain::measure::TOTAL;
use crate::domain::table::{Cell, Row, RowKind, Value};

use super::cell;
use super::error::TablesError;
use super::frame::{FrameRow, named_cell};
use super::plan::{Plan, collapsed};
use super::wording;

/// Counts are whole, so sums differ by nothing or by one at least; the rest is room for 64-bit floats.
const TOLERANCE: f64 = 1e-6;

/// The parts as rows of the table: a cell that the mart does not have is a zero for counts and no figure for the rest.
pub(super) fn body(plan: &Plan, rows: Vec<FrameRow>) -> Vec<Row> {
    rows.into_iter()
        .map(|row| filled(plan, row, RowKind::Body, |_| true))
        .collect()
}

/// The mart's own totals as rows of the table.
pub(super) fn of_mart(plan: &Plan, rows: Vec<FrameRow>) -> Vec<Row> {
    let together = collapsed(&plan.definition.rows);
    rows.into_iter()
        .map(|row| filled(plan, row, RowKind::Total, |column| plan.is_additive(column, &together)))
        .collect()
}

/// The sums of the parts, one row for each key that the total keeps.
pub(super) fn sums(plan: &Plan, rows: &[Row]) -> Vec<Row> {
    let together = collapsed(&plan.definition.rows);
    let mut groups: BTreeMap<Vec<String>, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        groups.entry(total_keys(plan, &row.keys)).or_default().push(row);
    }
    let summed = groups.into_iter().map(|(keys, rows)| Row {
        kind: RowKind::Total,
        labels: keys
            .iter()
            .map(|key| {
                if key == TOTAL {
                    wording::TOTAL.to_owned()
                } else {
                    key.clone()
                }
            })
            .collect(),
        keys,
        cells: column_sums(plan, &rows, &together),
    });
    summed.collect()
}

/// For every column the sum over `rows`, where the parts add up along `dimensions`.
pub(super) fn column_sums(plan: &Plan, rows: &[&Row], dimensions: &[&str]) -> Vec<Cell> {
    let sum = |column: usize| match plan.is_additive(column, dimensions) {
        true => cell::sum(rows.iter().map(|row| &row.cells[column])),
        false => cell::not_applicable(),
    };
    (0..plan.columns.len()).map(sum).collect()
}

/// The keys of the total to which a row belongs: `_T` for every dimension that is taken together.
pub(super) fn total_keys(plan: &Plan, keys: &[String]) -> Vec<String> {
    let dimensions = &plan.definition.rows;
    let together = collapsed(dimensions);
    let key = |(dimension, key): (&String, &String)| {
        if together.contains(&dimension.as_str()) {
            TOTAL.to_owned()
        } else {
            key.clone()
        }
    };
    dimensions.iter().zip(keys).map(key).collect()
}

/// Checks that the additive parts of the shown columns sum to the mart's totals, where the mart has both.
pub(super) fn check(plan: &Plan, body: &[FrameRow], totals: &[FrameRow]) -> Result<(), TablesError> {
    let together = collapsed(&plan.definition.rows);
    for total in totals {
        let parts: Vec<&FrameRow> = body
            .iter()
            .filter(|row| total_keys(plan, &row.keys) == total.keys)
            .collect();
        for column in (0..plan.shown).filter(|column| plan.is_additive(*column, &together)) {
            check_sum(plan, total, column, parts.iter().map(|row| row.cells[column].as_ref()))?;
        }
    }
    Ok(())
}

/// Checks that additive pivoted columns sum to the mart's total of the pivoted dimension, where all of them are there.
pub(super) fn check_pivot(plan: &Plan, rows: &[FrameRow]) -> Result<(), TablesError> {
    let (Some(pivot), Some(total)) = (&plan.definition.pivot, plan.pivot_total) else {
        return Ok(());
    };
    if plan.left_out > 0 || !plan.is_additive(total, &[pivot.dimension.as_str()]) {
        return Ok(());
    }
    rows.iter()
        .try_for_each(|row| check_sum(plan, row, total, row.cells[..plan.shown].iter().map(Option::as_ref)))
}

fn check_sum<'a>(
    plan: &Plan,
    total: &FrameRow,
    column: usize,
    parts: impl Iterator<Item = Option<&'a Cell>>,
) -> Result<(), TablesError> {
    let stated = total.cells[column].as_ref().map(|cell| cell.value);
    match (cell::sum(parts.flatten()).value, stated) {
        (Value::Number(sum), Some(Value::Number(stated))) if (sum - stated).abs() > TOLERANCE => {
            let place = named_cell(&plan.definition.rows, &total.keys, &plan.columns[column]);
            Err(plan.names.parts_and_total(place, sum, stated))
        }
        _ => Ok(()),
    }
}

/// A row with every cell: where the mart has none, `is_zero` says which counts are zero.
fn filled(plan: &Plan, row: FrameRow, kind: RowKind, is_zero: impl Fn(usize) -> bool) -> Row {
    let absent = |column: usize| match is_zero(column) {
        true => cell::absent(plan.columns[column].column.unit),
        false => cell::not_applicable(),
    };
    let cells = row
        .cells
        .into_iter()
        .enumerate()
        .map(|(column, cell)| cell.unwrap_or_else(|| absent(column)));
    Row {
        kind,
        keys: row.keys,
        labels: row.labels,
        cells: cells.collect(),
    }
}
