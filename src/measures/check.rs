//! Whether the result of a measure's query is what its documentation says.
//!
//! Input: a measure and the batches of its result. Output: a mart as one batch, or the first fault, named by column or cell. The SQL
//! is a user's: every departure from the shape is an error, nothing is converted or sorted here.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{Array, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Schema};

use super::error::MeasuresError;
use super::identity::check_identities;
use super::mart::{Figures, Mart, mart_schema};
use crate::domain::measure::Measure;
use crate::domain::table::Unit;

/// Checks the result of the query of `measure`, rows in the order in which the query gave them.
///
/// # Errors
/// When a column, a figure, the order of the rows or an identity departs from the documentation.
pub fn check(measure: &Measure, schema: &Schema, batches: &[RecordBatch]) -> Result<Mart, MeasuresError> {
    let expected = mart_schema(measure);
    check_columns(measure, schema, &expected)?;
    let whole = concat_batches(&Arc::new(schema.clone()), batches).map_err(arrow_error(measure))?;
    let figures = Figures::new(&whole, &expected);
    check_filled(measure, &whole, &expected, &figures)?;
    for row in 0..figures.len() {
        check_figure(measure, &figures, row)?;
        check_order(measure, &figures, row)?;
    }
    check_identities(measure, &figures)?;
    let batch = RecordBatch::try_new(expected, whole.columns().to_vec()).map_err(arrow_error(measure))?;
    Ok(Mart {
        name: measure.name.clone(),
        batch,
    })
}

fn arrow_error(measure: &Measure) -> impl FnOnce(arrow::error::ArrowError) -> MeasuresError {
    let mart = measure.name.clone();
    move |source| MeasuresError::Arrow { mart, source }
}

fn check_columns(measure: &Measure, found: &Schema, expected: &Schema) -> Result<(), MeasuresError> {
    let width = found.fields().len().max(expected.fields().len());
    for position in 0..width {
        let (found, expected) = (describe_column(found, position), describe_column(expected, position));
        if found != expected {
            let measure = measure.name.clone();
            return Err(MeasuresError::Column {
                measure,
                position: position + 1,
                found,
                expected,
            });
        }
    }
    Ok(())
}

fn describe_column(schema: &Schema, position: usize) -> String {
    let Some(field) = schema.fields().get(position) else {
        return "no column".to_owned();
    };
    match field.data_type() {
        DataType::Utf8 => format!("`{}` (text)", field.name()),
        DataType::Float64 => format!("`{}` (DOUBLE)", field.name()),
        DataType::Int64 => format!("`{}` (BIGINT)", field.name()),
        other => format!("`{}` ({other})", field.name()),
    }
}

fn check_filled(
    measure: &Measure,
    batch: &RecordBatch,
    expected: &Schema,
    figures: &Figures<'_>,
) -> Result<(), MeasuresError> {
    for (field, column) in expected.fields().iter().zip(batch.columns()) {
        if field.is_nullable() {
            continue;
        }
        if let Some(row) = (0..column.len()).find(|&row| column.is_null(row)) {
            let (measure, column) = (measure.name.clone(), field.name().clone());
            return Err(MeasuresError::Empty {
                measure,
                column,
                cell: figures.describe(row),
            });
        }
    }
    Ok(())
}

/// The indicator is documented, its unit is the documented one, and a value is missing exactly where the status says so.
fn check_figure(measure: &Measure, figures: &Figures<'_>, row: usize) -> Result<(), MeasuresError> {
    let indicators = &measure.definition.indicators;
    let Some(indicator) = indicators.get(figures.indicator(row)) else {
        let known: Vec<&str> = indicators.keys().map(String::as_str).collect();
        let found = format!("the indicator `{}`", figures.indicator(row));
        return Err(figure_error(
            measure,
            figures,
            row,
            found,
            format!("one of {}", known.join(", ")),
        ));
    };
    let unit = unit_code(indicator.unit);
    if figures.unit(row) != unit {
        let found = format!("the unit `{}`", figures.unit(row));
        return Err(figure_error(measure, figures, row, found, format!("`{unit}`")));
    }
    if figures.observations(row) < 0 {
        let found = format!("n = {}", figures.observations(row));
        return Err(figure_error(
            measure,
            figures,
            row,
            found,
            "a number of observations".to_owned(),
        ));
    }
    check_status(measure, figures, row)
}

fn check_status(measure: &Measure, figures: &Figures<'_>, row: usize) -> Result<(), MeasuresError> {
    let status = figures.status(row);
    let expected = match (figures.value(row), status) {
        (Some(_), "A" | "V") | (None, "M" | "O") => return Ok(()),
        (Some(_), _) => "`A` or `V` (not validated) beside a value",
        (None, _) => "`M` (not applicable) or `O` (missing) where there is no value",
    };
    Err(figure_error(
        measure,
        figures,
        row,
        format!("the status `{status}`"),
        expected.to_owned(),
    ))
}

fn figure_error(
    measure: &Measure,
    figures: &Figures<'_>,
    row: usize,
    found: String,
    expected: String,
) -> MeasuresError {
    MeasuresError::Figure {
        measure: measure.name.clone(),
        cell: figures.describe(row),
        found,
        expected,
    }
}

/// Each row comes after the one before it; a row equal to it is a second figure for one cell.
fn check_order(measure: &Measure, figures: &Figures<'_>, row: usize) -> Result<(), MeasuresError> {
    let Some(previous) = row.checked_sub(1) else {
        return Ok(());
    };
    let key = |row: usize| figures.cell(row).chain([figures.indicator(row)]);
    let order = key(previous).cmp(key(row));
    if order == Ordering::Less {
        return Ok(());
    }
    let (measure, cell) = (measure.name.clone(), figures.describe(row));
    match order {
        Ordering::Equal => Err(MeasuresError::Duplicate { measure, cell }),
        _ => Err(MeasuresError::Order {
            measure,
            cell,
            previous: figures.describe(previous),
        }),
    }
}

fn unit_code(unit: Unit) -> &'static str {
    match unit {
        Unit::Count => "count",
        Unit::Days => "days",
        Unit::Percent => "percent",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::measure::MeasureDefinition;
    use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};

    const TOML: &str = r#"
        title.en = "Flows"
        counts.en = "Registrations"
        unit_of_count = "registration"
        population = "all"
        source = "test"
        missing = "none"
        dimensions = ["direction"]
        identities = ["start + entered - resolved = end"]
        carries = [["end", "start"]]
        indicators.start = { label.en = "Start", formula = "-", unit = "count" }
        indicators.entered = { label.en = "Entered", formula = "-", unit = "count" }
        indicators.resolved = { label.en = "Resolved", formula = "-", unit = "count" }
        indicators.end = { label.en = "End", formula = "-", unit = "count" }
    "#;

    fn measure() -> Measure {
        let definition = MeasureDefinition::parse("flows", TOML).unwrap();
        Measure {
            name: "flows".to_owned(),
            sql: String::new(),
            definition,
        }
    }

    /// Direction, period, indicator, value.
    type Row = (&'static str, &'static str, &'static str, Option<f64>);

    const ROWS: [Row; 8] = [
        ("incoming", "2023", "end", Some(3.0)),
        ("incoming", "2023", "entered", Some(5.0)),
        ("incoming", "2023", "resolved", Some(2.0)),
        ("incoming", "2023", "start", Some(0.0)),
        ("incoming", "2024", "end", Some(3.0)),
        ("incoming", "2024", "entered", Some(1.0)),
        ("incoming", "2024", "resolved", Some(1.0)),
        ("incoming", "2024", "start", Some(3.0)),
    ];

    fn batch(rows: &[Row]) -> RecordBatch {
        let text = |cell: &dyn Fn(&Row) -> &'static str| -> ArrayRef {
            Arc::new(rows.iter().map(|row| Some(cell(row))).collect::<StringArray>())
        };
        let columns: [(&str, ArrayRef); 7] = [
            ("direction", text(&|row| row.0)),
            ("period", text(&|row| row.1)),
            ("indicator", text(&|row| row.2)),
            (
                "value",
                Arc::new(rows.iter().map(|row| row.3).collect::<Float64Array>()),
            ),
            ("n", Arc::new(Int64Array::from(vec![1; rows.len()]))),
            ("unit", text(&|_| "count")),
            ("obs_status", text(&|row| if row.3.is_some() { "A" } else { "M" })),
        ];
        RecordBatch::try_from_iter(columns).unwrap()
    }

    fn check_rows(rows: &[Row]) -> Result<Mart, MeasuresError> {
        let batch = batch(rows);
        check(&measure(), &batch.schema(), &[batch])
    }

    fn check_refused(rows: &[Row], expected: &str) {
        let message = check_rows(rows).unwrap_err().to_string();
        assert!(message.contains(expected), "expected `{expected}` in `{message}`");
    }

    #[test]
    fn figures_that_agree_with_the_documentation_are_a_mart() {
        assert_eq!(check_rows(&ROWS).unwrap().batch.num_rows(), 8);
        assert_eq!(check_rows(&[]).unwrap().batch.num_rows(), 0);
    }

    #[test]
    fn a_broken_identity_names_the_cell_and_both_figures() {
        let mut rows = ROWS;
        rows[2].3 = Some(1.0);
        let expected = "breaks `start + entered - resolved = end` in direction incoming, period 2023: found 4 and 3";
        check_refused(&rows, expected);
    }

    #[test]
    fn a_stock_that_is_not_carried_names_both_periods() {
        let mut rows = ROWS;
        rows[4].3 = Some(4.0);
        rows[7].3 = Some(4.0);
        check_refused(
            &rows,
            "breaks `end of 2023 = start` in direction incoming, period 2024: found 3 and 4",
        );
    }

    #[test]
    fn a_figure_without_a_value_leaves_the_identity_open_and_an_absent_one_does_not() {
        let mut rows = ROWS;
        rows[2].3 = None;
        assert!(check_rows(&rows).is_ok());
        check_refused(
            &ROWS[1..],
            "lacks the indicator `end` in direction incoming, period 2023",
        );
    }

    #[test]
    fn a_status_fits_the_value() {
        let check_status = |row: usize, status: &'static str, expected: Option<&str>| {
            let batch = batch(&ROWS);
            let statuses: StringArray = (0..ROWS.len())
                .map(|index| Some(if index == row { status } else { "A" }))
                .collect();
            let mut columns = batch.columns().to_vec();
            columns[6] = Arc::new(statuses);
            let batch = RecordBatch::try_new(batch.schema(), columns).unwrap();
            let refused = check(&measure(), &batch.schema(), &[batch])
                .err()
                .map(|error| error.to_string());
            match (expected, refused) {
                (None, None) => {}
                (Some(expected), Some(message)) => assert!(message.contains(expected), "{message}"),
                (expected, refused) => panic!("{status}: expected {expected:?}, got {refused:?}"),
            }
        };
        check_status(1, "V", None);
        check_status(1, "M", Some("found the status `M`"));
        check_status(1, "P", Some("expected `A` or `V` (not validated) beside a value"));
    }

    #[test]
    fn rows_come_once_and_in_order() {
        let mut rows = ROWS;
        rows[1] = rows[0];
        check_refused(&rows, "two figures for direction incoming, period 2023, indicator end");
        rows = ROWS;
        rows.swap(0, 1);
        check_refused(&rows, "found direction incoming, period 2023, indicator end after");
    }

    #[test]
    fn indicators_are_the_documented_ones() {
        let mut rows = ROWS;
        rows[3].2 = "stock";
        check_refused(&rows, "found the indicator `stock`");
        check_refused(&rows, "expected one of end, entered, resolved, start");
    }

    #[test]
    fn a_wrong_column_is_named_with_the_expected_one() {
        let right = batch(&ROWS);
        let mut columns = right.columns().to_vec();
        columns.swap(0, 1);
        let mut fields = right.schema().fields().to_vec();
        fields.swap(0, 1);
        let swapped = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap();
        let message = check(&measure(), &swapped.schema(), &[swapped])
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("found `period` (text) as column 1, expected `direction` (text)"),
            "{message}"
        );
        let short = right.project(&[0, 1, 2, 3, 4, 5]).unwrap();
        let message = check(&measure(), &short.schema(), &[short]).unwrap_err().to_string();
        assert!(
            message.contains("found no column as column 7, expected `obs_status` (text)"),
            "{message}"
        );
    }
}
