//! What stands below a chart: what its marks, brackets, signs and grey lines mean, and the notes of its table about
//! what it draws, such as the footnote of a designation or that the last year is incomplete.

use super::data::Chart;
use super::lines;
use crate::domain::report::ChartKind;
use crate::domain::table::{Missing, Table, Value};
use crate::report::number::{meaning, sign};

/// The notes of a chart; `labels` are those of the rows and columns that it draws.
pub fn notes(chart: &Chart, table: &Table, labels: &[&str]) -> Vec<String> {
    let mut notes: Vec<String> = [marks(chart), brackets(chart), no_figure(chart), grey_lines(chart)]
        .into_iter()
        .flatten()
        .collect();
    for note in labels.iter().flat_map(|label| table.notes_about(label)) {
        if !notes.contains(note) {
            notes.push(note.clone());
        }
    }
    notes
}

/// What a line and its mark are in a range.
fn marks(chart: &Chart) -> Option<String> {
    let [low, median, high] = chart.series.as_slice() else {
        return None;
    };
    let is_range = chart.kind == ChartKind::Range && chart.has_numbers();
    is_range.then(|| format!("Line: {} to {}; mark: {}.", low.label, high.label, median.label))
}

fn brackets(chart: &Chart) -> Option<String> {
    let is_marked = chart
        .points()
        .any(|point| point.number().is_some() && chart.rests_on_few(*point));
    let marked = match chart.kind {
        ChartKind::Range => "In brackets, with an open mark",
        _ => "In brackets",
    };
    is_marked.then(|| format!("{marked}: on fewer than {} observations.", chart.few))
}

/// What stands where a number is missing.
fn no_figure(chart: &Chart) -> Option<String> {
    let missing = |reason: Missing| chart.points().any(|point| point.value == Value::Missing(reason));
    let signs: Vec<String> = Missing::ALL
        .into_iter()
        .filter(|reason| missing(*reason))
        .map(|reason| format!("{} {}", sign(reason), meaning(reason)))
        .collect();
    match chart.kind {
        _ if signs.is_empty() || !chart.has_numbers() => None,
        ChartKind::Heatmap => Some("\u{b7} no figure.".to_owned()),
        ChartKind::Bars | ChartKind::Range => Some(format!("{}.", signs.join("; "))),
        ChartKind::Flows | ChartKind::Lines => None,
    }
}

/// How many lines have no name.
fn grey_lines(chart: &Chart) -> Option<String> {
    let unnamed = match chart.kind {
        ChartKind::Lines => (0..chart.categories.len())
            .filter(|row| !lines::is_named(chart, *row))
            .count(),
        _ => 0,
    };
    (unnamed > 0).then(|| format!("Grey: {unnamed} others."))
}
