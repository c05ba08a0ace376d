//! What a chart must keep to, so that its picture says what its numbers say: one unit on an axis that starts at 0, no
//! more series than can be told apart, quantiles in their order, and only keys that its kind follows.

use super::data::{Category, Chart};
use super::{flows, lines, palette};
use crate::domain::report::{ChartDefinition, ChartKind};
use crate::domain::table::Unit;
use crate::report::error::ReportError;

/// More steps of a stack look alike.
const MOST_PARTS: usize = 6;

/// Refuses a definition that its kind can't follow, or data that the picture would distort.
pub fn check(definition: &ChartDefinition, chart: &Chart) -> Result<(), ReportError> {
    keys(definition)?;
    column_count(chart)?;
    units(chart)?;
    emphasis(chart)?;
    chart.categories.iter().try_for_each(|category| {
        not_negative(chart, category)?;
        rising_quantiles(chart, category)
    })
}

/// A key that the kind does not follow is a mistake, not a wish.
fn keys(definition: &ChartDefinition) -> Result<(), ReportError> {
    let given: [(&'static str, bool, &'static [ChartKind]); 3] = [
        ("line", !definition.line.is_empty(), &[ChartKind::Flows]),
        ("stacked", definition.stacked, &[ChartKind::Bars]),
        ("few", definition.few != 0, &[ChartKind::Heatmap, ChartKind::Range]),
    ];
    for (key, is_given, kinds) in given {
        if is_given && !kinds.contains(&definition.kind) {
            return Err(ReportError::ChartKey {
                chart: definition.name.clone(),
                key,
                kind: definition.kind.name(),
                kinds: kinds.iter().map(|kind| kind.name()).collect(),
            });
        }
    }
    Ok(())
}

fn column_count(chart: &Chart) -> Result<(), ReportError> {
    let refuse = |what: &'static str, found: usize, expected: String| {
        Err(ReportError::ChartColumns {
            chart: chart.name.clone(),
            what,
            found,
            expected,
        })
    };
    let at_most = |what: &'static str, found: usize, most: usize| match found > most {
        true => refuse(what, found, format!("at most {most}")),
        false => Ok(()),
    };
    let columns = chart.series.len();
    let lines = chart.series.iter().filter(|series| series.line).count();
    match chart.kind {
        ChartKind::Flows => {
            at_most("columns", columns - lines, flows::MOST_COLUMNS)?;
            at_most("columns as lines", lines, flows::MOST_LINES)
        }
        ChartKind::Bars if chart.stacked => at_most("stacked columns", columns, MOST_PARTS),
        ChartKind::Bars => at_most("columns", columns, palette::SERIES.len()),
        ChartKind::Range if columns != 3 => {
            let expected = "three: a lower quantile, the median, an upper quantile".to_owned();
            refuse("columns", columns, expected)
        }
        ChartKind::Range | ChartKind::Heatmap | ChartKind::Lines => Ok(()),
    }
}

fn units(chart: &Chart) -> Result<(), ReportError> {
    let of = |unit: Unit| chart.series.iter().find(move |series| series.unit == unit);
    let found: Vec<&str> = [Unit::Count, Unit::Days, Unit::Percent]
        .into_iter()
        .filter_map(of)
        .map(|series| series.name.as_str())
        .collect();
    match found.as_slice() {
        [first, second, ..] => Err(ReportError::ChartUnits {
            chart: chart.name.clone(),
            first: (*first).to_owned(),
            second: (*second).to_owned(),
        }),
        _ => Ok(()),
    }
}

fn emphasis(chart: &Chart) -> Result<(), ReportError> {
    let found = chart.categories.iter().filter(|category| category.emphasised).count();
    match chart.kind == ChartKind::Lines && found > lines::MOST_EMPHASISED {
        true => Err(ReportError::ChartEmphasis {
            chart: chart.name.clone(),
            found,
            most: lines::MOST_EMPHASISED,
        }),
        false => Ok(()),
    }
}

fn not_negative(chart: &Chart, category: &Category) -> Result<(), ReportError> {
    for (series, point) in chart.series.iter().zip(&category.points) {
        if let Some(value) = point.number().filter(|value| *value < 0.0) {
            return Err(ReportError::ChartNegative {
                chart: chart.name.clone(),
                column: series.name.clone(),
                row: category.label.clone(),
                value,
            });
        }
    }
    Ok(())
}

fn rising_quantiles(chart: &Chart, category: &Category) -> Result<(), ReportError> {
    if chart.kind != ChartKind::Range {
        return Ok(());
    }
    let numbers: Vec<f64> = category.points.iter().filter_map(|point| point.number()).collect();
    match numbers.is_sorted() {
        true => Ok(()),
        false => Err(ReportError::ChartQuantiles {
            chart: chart.name.clone(),
            row: category.label.clone(),
            numbers,
        }),
    }
}
