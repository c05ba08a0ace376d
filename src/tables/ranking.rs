//! Ranking: the first rows by one column, the others together.
//!
//! Input: rows in their usual order. Output: the ranked rows, the "other" row if one is wanted, then the row of what is not
//! stated, which is no rank. Every row is ranked, taken together, or counted as left out; ties keep the usual order.

use std::cmp::Ordering;

use crate::domain::report::Others;
use crate::domain::table::{Row, RowKind, Value};

use super::cell;
use super::labels::NOT_STATED;
use super::plan::{Plan, RankedBy};
use super::totals::column_sums;
use super::wording;

/// The key of an "other" row.
const OTHER: &str = "_O";

/// Ranks the rows as the definition asks; the second value says how many rows are left out.
pub(super) fn ranked(plan: &Plan, rows: Vec<Row>) -> (Vec<Row>, usize) {
    let (Some(rank), Some(by)) = (&plan.definition.rank, plan.ranked_by) else {
        return (rows, 0);
    };
    let (not_stated, mut ranked): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| row.keys[0] == NOT_STATED);
    ranked.sort_by(|left, right| descending(figure(plan, left, by), figure(plan, right, by)));
    let others = ranked.split_off(rank.top.min(ranked.len()));
    let left_out = match rank.others {
        Others::Together if others.is_empty() => 0,
        Others::Together => {
            ranked.push(together(plan, &others));
            0
        }
        Others::Omitted => others.len(),
    };
    ranked.extend(not_stated);
    (ranked, left_out)
}

fn together(plan: &Plan, others: &[Row]) -> Row {
    let dimensions: Vec<&str> = plan.definition.rows.iter().map(String::as_str).collect();
    Row {
        kind: RowKind::Other,
        keys: vec![OTHER.to_owned()],
        labels: vec![wording::OTHER.to_owned()],
        cells: column_sums(plan, &others.iter().collect::<Vec<_>>(), &dimensions),
    }
}

fn figure(plan: &Plan, row: &Row, by: RankedBy) -> Value {
    match by {
        RankedBy::Column(column) => row.cells[column].value,
        RankedBy::PivotedSum => cell::sum(&row.cells[..plan.shown]).value,
    }
}

/// Largest first; what has no number comes last.
fn descending(left: Value, right: Value) -> Ordering {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => right.total_cmp(&left),
        (Value::Number(_), Value::Missing(_)) => Ordering::Less,
        (Value::Missing(_), Value::Number(_)) => Ordering::Greater,
        (Value::Missing(_), Value::Missing(_)) => Ordering::Equal,
    }
}
