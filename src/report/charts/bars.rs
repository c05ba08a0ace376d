//! Bars: for each row, in the table's order, one horizontal bar from 0 for each column, side by side or stacked.
//!
//! Each bar and each part of a bar carries its number, so there are no axis marks; the axis title stands above. What is
//! missing has no bar, and its sign instead of a number. The "other" row is drawn neutrally; beside emphasised rows the
//! others are light.

use plotters::backend::DrawingBackend;
use plotters::style::RGBColor;

use super::canvas::{AXIS_TITLE, Align, Canvas, Drawn, LABEL, NUMBER, Size, text_width, wrapped};
use super::data::{Category, Chart, Point};
use super::labels::{EDGE, GAP, Key, RowLabels, Sample};
use super::palette;
use super::spread::spread;
use crate::domain::table::Value;

const WIDTH: f64 = 680.0;
/// Above the rows: the axis title.
const TOP: f64 = 30.0;
/// What the key adds above the rows.
const KEY: f64 = 20.0;
const BOTTOM: f64 = 8.0;
/// Height of a bar that has the row for itself, of bars side by side, and of a stack.
const BAR: f64 = 15.0;
const SLIM_BAR: f64 = 12.0;
const STACK: f64 = 22.0;
/// Free height between rows.
const BETWEEN: f64 = 7.0;
/// Above a stack: the numbers of parts too narrow for them.
const ABOVE_STACK: f64 = 16.0;
const WIDEST_LABEL: f64 = 230.0;

pub fn size(chart: &Chart) -> Size {
    let rows = Rows::of(chart);
    let height: f64 = (0..chart.categories.len()).map(|row| rows.height(row)).sum();
    Size {
        width: WIDTH,
        height: rows.top + height + BOTTOM,
    }
}

pub fn draw<B: DrawingBackend>(chart: &Chart, canvas: &mut Canvas<B>) -> Drawn {
    let rows = Rows::of(chart);
    canvas.text(&chart.axis, (rows.labels.start, TOP - 14.0), AXIS_TITLE)?;
    if let Some(key) = rows.key() {
        key.draw(canvas, TOP + 6.0)?;
    }
    let mut top = rows.top;
    for row in 0..chart.categories.len() {
        let height = rows.height(row);
        rows.draw_row(canvas, row, top, height)?;
        top += height;
    }
    let start = rows.labels.start;
    canvas.line(&[(start, rows.top), (start, top)], 1.0, palette::INK)
}

/// Where the rows stand and how long a bar is.
struct Rows<'a> {
    chart: &'a Chart,
    labels: RowLabels,
    colours: Vec<RGBColor>,
    top: f64,
    /// Length of a bar that shows 1; nothing where all are 0.
    unit: f64,
}

impl<'a> Rows<'a> {
    fn of(chart: &'a Chart) -> Self {
        let colours = match chart.stacked {
            true => palette::steps(chart.series.len()),
            false => palette::SERIES.to_vec(),
        };
        let mut rows = Self {
            chart,
            labels: RowLabels::of(chart, WIDEST_LABEL),
            colours,
            top: TOP,
            unit: 0.0,
        };
        if let Some(key) = rows.key() {
            rows.top += KEY + key.added_height();
        }
        let longest = match chart.stacked {
            true => chart.categories.iter().map(sum).fold(0.0, f64::max),
            false => chart.largest(|_| true),
        };
        if longest > 0.0 {
            rows.unit = rows.room() / longest;
        }
        rows
    }

    /// What names the columns, where there are several.
    fn key(&self) -> Option<Key> {
        let labels = self.chart.series.iter().map(|series| series.label.clone());
        let entries: Vec<(String, RGBColor)> = labels.zip(self.colours.iter().copied()).collect();
        (entries.len() > 1).then(|| Key::new(entries, Sample::Box, self.labels.start, WIDTH - EDGE))
    }

    /// The length of the longest bar: what labels and numbers leave over.
    fn room(&self) -> f64 {
        let behind = |category: &Category| match self.chart.stacked {
            true => text_width(&self.behind_stack(category), LABEL),
            false => {
                let numbers = category.points.iter().enumerate();
                numbers
                    .map(|(series, point)| text_width(&self.printed(series, *point), LABEL))
                    .fold(0.0, f64::max)
            }
        };
        let widest = self.chart.categories.iter().map(behind).fold(0.0, f64::max);
        WIDTH - self.labels.start - GAP - EDGE - widest
    }

    fn height(&self, row: usize) -> f64 {
        let bars = match (self.chart.stacked, self.chart.series.len()) {
            (true, _) => ABOVE_STACK + STACK,
            (false, 0 | 1) => BAR,
            (false, count) => SLIM_BAR * count as f64,
        };
        let label = BAR + self.labels.added_height(row);
        bars.max(label) + BETWEEN
    }

    fn draw_row<B: DrawingBackend>(&self, canvas: &mut Canvas<B>, row: usize, top: f64, height: f64) -> Drawn {
        let category = &self.chart.categories[row];
        if self.chart.stacked {
            let bar = top + (height - STACK + ABOVE_STACK) / 2.0;
            self.labels.draw(canvas, row, bar + STACK / 2.0)?;
            return self.draw_stack(canvas, category, bar);
        }
        let middle = top + height / 2.0;
        self.labels.draw(canvas, row, middle)?;
        let bar = if category.points.len() == 1 { BAR } else { SLIM_BAR };
        let first = middle - bar * category.points.len() as f64 / 2.0;
        for (series, point) in category.points.iter().enumerate() {
            let top = first + bar * series as f64;
            self.draw_bar(canvas, (series, category, *point), top, bar)?;
        }
        Ok(())
    }

    /// A bar with its number behind it.
    fn draw_bar<B: DrawingBackend>(
        &self,
        canvas: &mut Canvas<B>,
        (series, category, point): (usize, &Category, Point),
        top: f64,
        height: f64,
    ) -> Drawn {
        let start = self.labels.start;
        let end = start + point.number().unwrap_or(0.0) * self.unit;
        canvas.rectangle((start, top), (end, top + height - 0.5), self.colour(series, category))?;
        let pen = if height < BAR {
            NUMBER.aligned(Align::Start)
        } else {
            LABEL
        };
        let baseline = top + height / 2.0 + pen.size / 3.0;
        canvas.text(&self.printed(series, point), (end + 5.0, baseline), pen)
    }

    /// The parts of a row behind each other: their numbers in them, above those that are too narrow; at the end what is
    /// missing.
    fn draw_stack<B: DrawingBackend>(&self, canvas: &mut Canvas<B>, category: &Category, top: f64) -> Drawn {
        let mut start = self.labels.start;
        let mut above: Vec<(String, f64)> = Vec::new();
        for (series, point) in category.points.iter().enumerate() {
            let Some(number) = point.number().filter(|number| *number > 0.0) else {
                continue;
            };
            let (end, shade) = (start + number * self.unit, self.colours[series]);
            canvas.rectangle((start, top), (end, top + STACK), shade)?;
            canvas.line(&[(end, top), (end, top + STACK)], 1.0, palette::PAPER)?;
            let (printed, middle) = (self.printed(series, *point), (start + end) / 2.0);
            match text_width(&printed, NUMBER) + 6.0 <= end - start {
                true => {
                    let at = (middle, top + STACK / 2.0 + 3.5);
                    canvas.text(&printed, at, NUMBER.coloured(palette::ink_on(shade)))?;
                }
                false => above.push((printed, middle)),
            }
            start = end;
        }
        draw_above(canvas, &above, self.labels.start, top)?;
        let behind = self.behind_stack(category);
        canvas.text(&behind, (start + 5.0, top + STACK / 2.0 + 4.0), LABEL)
    }

    /// What stands behind a stack: its parts without a number, each with its sign, or the 0 of one that has nothing to
    /// show.
    fn behind_stack(&self, category: &Category) -> String {
        if category.points.iter().all(|point| point.number() == Some(0.0)) {
            return self.chart.printed(0, 0.0);
        }
        let parts = category.points.iter().enumerate();
        let missing = parts.filter(|(_, point)| point.number().is_none());
        let named = missing.map(|(series, point)| {
            let label = &self.chart.series[series].label;
            format!("{label} {}", self.printed(series, *point))
        });
        let named = named.collect::<Vec<_>>().join(", ");
        wrapped(&named, LABEL, WIDEST_LABEL, 1).concat()
    }

    fn printed(&self, series: usize, point: Point) -> String {
        match point.value {
            Value::Number(number) => self.chart.printed(series, number),
            missing @ Value::Missing(_) => self.chart.numbers.value(missing, 0),
        }
    }

    fn colour(&self, series: usize, category: &Category) -> RGBColor {
        let is_single = self.chart.series.len() == 1;
        match category.other {
            true if is_single => palette::NEUTRAL,
            _ if is_single && !category.emphasised && self.chart.has_emphasis() => palette::LIGHT,
            _ => self.colours[series],
        }
    }
}

/// Numbers above the parts that they belong to, each with a tick to it.
fn draw_above<B: DrawingBackend>(canvas: &mut Canvas<B>, numbers: &[(String, f64)], left: f64, top: f64) -> Drawn {
    let wanted: Vec<f64> = numbers.iter().map(|(_, middle)| *middle).collect();
    let widths: Vec<f64> = numbers
        .iter()
        .map(|(number, _)| text_width(number, NUMBER) + 6.0)
        .collect();
    let middles = spread(&wanted, &widths, left, WIDTH - EDGE);
    for ((number, part), middle) in numbers.iter().zip(middles) {
        canvas.line(&[(*part, top), (middle, top - 4.0)], 0.75, palette::MUTED)?;
        canvas.text(number, (middle, top - 5.5), NUMBER)?;
    }
    Ok(())
}

/// The length of a stack.
fn sum(category: &Category) -> f64 {
    category.points.iter().filter_map(|point| point.number()).sum()
}
