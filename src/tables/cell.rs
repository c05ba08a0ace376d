//! Cells: from a mart's row to a value or the reason for having none, and the arithmetic that keeps those reasons.
//!
//! A sum over a part that is not known is not known; a part that can't exist adds nothing. Division by nothing has no meaning.

use crate::domain::table::{Cell, Missing, Unit, Value};

/// SDMX `CL_OBS_STATUS`: a normal value.
const NORMAL: &str = "A";
/// SDMX `CL_OBS_STATUS`: data can't exist.
const CANNOT_EXIST: &str = "M";
/// SDMX `CL_OBS_STATUS`: missing value.
const NOT_KNOWN: &str = "O";
/// SDMX `CL_OBS_STATUS`: a number as registered, which contradicts something else that is known.
pub(super) const NOT_VALIDATED: &str = "V";
/// SDMX `CL_OBS_STATUS`: suppressed.
const SUPPRESSED: &str = "Q";

/// The cell for a row of the mart; `None` where it has no number and its status does not say why.
pub(super) fn measured(unit: Unit, value: Option<f64>, n: Option<i64>, status: &str) -> Option<Cell> {
    let value = match (value, status) {
        (Some(number), _) if number.is_finite() => Value::Number(number),
        (Some(_), _) | (None, NORMAL) => return None,
        (None, CANNOT_EXIST) => Value::Missing(Missing::NotApplicable),
        (None, SUPPRESSED) => Value::Missing(Missing::Suppressed),
        (None, _) => Value::Missing(Missing::NotAvailable),
    };
    Some(Cell {
        value,
        n: if unit == Unit::Count { None } else { n },
        status: status.to_owned(),
    })
}

/// The cell where the mart has no row: nothing was counted, or nothing was there to take a quantile or rate of.
pub(super) fn absent(unit: Unit) -> Cell {
    match unit {
        Unit::Count => number(0.0, None),
        Unit::Days | Unit::Percent => Cell {
            n: Some(0),
            ..not_applicable()
        },
    }
}

/// A computed number.
pub(super) fn number(value: f64, n: Option<i64>) -> Cell {
    Cell {
        value: Value::Number(value),
        n,
        status: NORMAL.to_owned(),
    }
}

/// A cell that has no meaning.
pub(super) fn not_applicable() -> Cell {
    Cell {
        value: Value::Missing(Missing::NotApplicable),
        n: None,
        status: CANNOT_EXIST.to_owned(),
    }
}

/// The sum of counts.
pub(super) fn sum<'a>(cells: impl IntoIterator<Item = &'a Cell>) -> Cell {
    let mut total = 0.0;
    for cell in cells {
        match cell.value {
            Value::Number(number) => total += number,
            Value::Missing(Missing::Nil | Missing::NotApplicable) => {}
            Value::Missing(missing @ (Missing::NotAvailable | Missing::Suppressed)) => return unknown(missing),
        }
    }
    number(total, None)
}

/// `part` as per cent of `whole`; the whole is the number of observations behind it.
pub(super) fn per_cent(part: &Cell, whole: &Cell) -> Cell {
    match (part.value, whole.value) {
        (Value::Number(part), Value::Number(whole)) if whole != 0.0 => number(100.0 * part / whole, None),
        (Value::Number(_), Value::Number(_)) => not_applicable(),
        (Value::Missing(missing), _) | (_, Value::Missing(missing)) => unknown(missing),
    }
}

/// The change from `before` to `now` in per cent of `before`.
pub(super) fn change(now: &Cell, before: &Cell) -> Cell {
    match (now.value, before.value) {
        (Value::Number(now), Value::Number(before)) if before != 0.0 => number(100.0 * (now - before) / before, None),
        (Value::Number(_), Value::Number(_)) => not_applicable(),
        (Value::Missing(missing), _) | (_, Value::Missing(missing)) => unknown(missing),
    }
}

fn unknown(missing: Missing) -> Cell {
    let status = match missing {
        Missing::Nil | Missing::NotApplicable => CANNOT_EXIST,
        Missing::NotAvailable => NOT_KNOWN,
        Missing::Suppressed => SUPPRESSED,
    };
    Cell {
        value: Value::Missing(missing),
        n: None,
        status: status.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(reason: Missing) -> Value {
        Value::Missing(reason)
    }

    #[test]
    fn a_row_of_the_mart_is_a_number_or_a_reason() {
        let cases = [
            (Some(4.5), "A", Some(Value::Number(4.5))),
            (Some(4.0), "V", Some(Value::Number(4.0))),
            (None, "M", Some(missing(Missing::NotApplicable))),
            (None, "O", Some(missing(Missing::NotAvailable))),
            (None, "L", Some(missing(Missing::NotAvailable))),
            (None, "Q", Some(missing(Missing::Suppressed))),
            (None, "A", None),
            (Some(f64::NAN), "A", None),
            (Some(f64::INFINITY), "A", None),
        ];
        for (value, status, expected) in cases {
            let found = measured(Unit::Days, value, Some(2), status).map(|cell| cell.value);
            assert_eq!(found, expected, "{value:?} {status}");
        }
    }

    #[test]
    fn observations_stand_beside_days_and_rates_only() {
        assert_eq!(
            measured(Unit::Count, Some(3.0), Some(3), "A").and_then(|cell| cell.n),
            None
        );
        assert_eq!(
            measured(Unit::Days, Some(3.0), Some(7), "A").and_then(|cell| cell.n),
            Some(7)
        );
    }

    #[test]
    fn absence_is_zero_for_counts_and_no_figure_for_the_rest() {
        assert_eq!(absent(Unit::Count).value, Value::Number(0.0));
        assert_eq!(absent(Unit::Days).value, missing(Missing::NotApplicable));
        assert_eq!(absent(Unit::Percent).n, Some(0));
    }

    #[test]
    fn a_sum_over_an_unknown_part_is_unknown() {
        let three = number(3.0, None);
        assert_eq!(sum([&three, &not_applicable(), &three]).value, Value::Number(6.0));
        assert_eq!(
            sum([&three, &unknown(Missing::NotAvailable)]).value,
            missing(Missing::NotAvailable)
        );
        assert_eq!(sum([]).value, Value::Number(0.0));
    }

    #[test]
    fn shares_and_changes_of_nothing_are_not_applicable() {
        let [zero, four, five] = [0.0, 4.0, 5.0].map(|value| number(value, None));
        assert_eq!(per_cent(&four, &five).value, Value::Number(80.0));
        assert_eq!(per_cent(&zero, &zero).value, missing(Missing::NotApplicable));
        assert_eq!(change(&five, &four).value, Value::Number(25.0));
        assert_eq!(change(&zero, &four).value, Value::Number(-100.0));
        assert_eq!(change(&five, &zero).value, missing(Missing::NotApplicable));
    }
}
