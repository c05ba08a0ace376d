//! Ranges: for each row, in the table's order, a thin line from a lower to an upper quantile with a mark at the median.
//!
//! The figures stand in columns at the right, with the number of observations where the table has it, so that close
//! marks never run into each other. A row that rests on few observations has an open mark and its figures in brackets.
//! The axis starts at 0.

use plotters::backend::DrawingBackend;
use plotters::style::RGBColor;

use super::canvas::{AXIS_TITLE, Align, Canvas, Drawn, Marker, NUMBER, REMARK, Size, text_lines, text_width, wrapped};
use super::data::{Category, Chart};
use super::labels::{EDGE, GAP, RowLabels};
use super::palette;
use super::scale::Scale;
use crate::domain::table::Value;

const WIDTH: f64 = 680.0;
const WIDEST_LABEL: f64 = 200.0;
const ROW: f64 = 21.0;
/// Above the rows: the axis title, and the headings of the figures in at most three lines.
const TOP: f64 = 58.0;
/// Below the rows: the marks of the axis.
const FOOT: f64 = 24.0;
/// Distance of two lines of a heading.
const LINE: f64 = 12.0;
const WIDEST_HEADING: f64 = 62.0;
/// Free space left of a column of figures.
const BETWEEN: f64 = 10.0;
/// Half the height of the ticks at the ends of a range.
const TICK: f64 = 3.5;

pub fn size(chart: &Chart) -> Size {
    let labels = RowLabels::of(chart, WIDEST_LABEL);
    let rows: f64 = (0..chart.categories.len())
        .map(|row| ROW + labels.added_height(row))
        .sum();
    Size {
        width: WIDTH,
        height: TOP + rows + FOOT,
    }
}

pub fn draw<B: DrawingBackend>(chart: &Chart, canvas: &mut Canvas<B>) -> Drawn {
    let ranges = Ranges::of(chart);
    ranges.draw_axis(canvas)?;
    ranges.draw_headings(canvas)?;
    let mut top = TOP;
    for row in 0..chart.categories.len() {
        let height = ROW + ranges.labels.added_height(row);
        ranges.draw_row(canvas, row, top + height / 2.0)?;
        top += height;
    }
    Ok(())
}

/// The columns of figures at the right: the number of observations, then the quantiles.
struct Figures {
    headings: Vec<Vec<String>>,
    /// One for each row, one text for each heading.
    rows: Vec<Vec<String>>,
    widths: Vec<f64>,
}

impl Figures {
    fn of(chart: &Chart) -> Self {
        let has_counts = chart.categories.iter().any(|category| count(category).is_some());
        let counts = has_counts.then(|| vec!["n".to_owned()]);
        let names = chart
            .series
            .iter()
            .map(|series| wrapped(&series.label, REMARK, WIDEST_HEADING, 3));
        let headings: Vec<Vec<String>> = counts.into_iter().chain(names).collect();
        let rows: Vec<Vec<String>> = chart
            .categories
            .iter()
            .map(|row| printed(chart, row, has_counts))
            .collect();
        let widest = |column: usize| {
            let heading = headings[column].iter().map(|line| text_width(line, REMARK));
            let figures = rows.iter().map(|row| text_width(&row[column], NUMBER));
            heading.chain(figures).fold(0.0, f64::max)
        };
        let widths = (0..headings.len()).map(widest).collect();
        Self { headings, rows, widths }
    }

    /// The right edges of the columns.
    fn ends(&self) -> Vec<f64> {
        let mut end = WIDTH - EDGE;
        let mut ends: Vec<f64> = self
            .widths
            .iter()
            .rev()
            .map(|width| {
                let here = end;
                end -= width + BETWEEN;
                here
            })
            .collect();
        ends.reverse();
        ends
    }
}

/// Where the rows stand.
struct Ranges<'a> {
    chart: &'a Chart,
    labels: RowLabels,
    figures: Figures,
    /// Where the axis ends.
    end: f64,
    scale: Scale,
}

impl<'a> Ranges<'a> {
    fn of(chart: &'a Chart) -> Self {
        let labels = RowLabels::of(chart, WIDEST_LABEL);
        let figures = Figures::of(chart);
        let taken: f64 = figures.widths.iter().map(|width| width + BETWEEN).sum();
        let largest = chart.largest(|_| true);
        let end = WIDTH - EDGE - taken - GAP;
        let widest_mark = text_width(&chart.numbers.number(largest, 0), REMARK) + 14.0;
        let steps = ((end - labels.start) / widest_mark.max(50.0)).floor().max(1.0);
        Self {
            chart,
            labels,
            figures,
            end,
            scale: Scale::covering(largest, steps),
        }
    }

    fn draw_axis<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Drawn {
        let bottom = self.bottom();
        canvas.text(&self.chart.axis, (self.labels.start, 12.0), AXIS_TITLE)?;
        for mark in self.scale.marks() {
            let x = self.place_of(mark);
            canvas.line(&[(x, TOP), (x, bottom)], 0.5, palette::GRID)?;
            let printed = self.chart.numbers.number(mark, 0);
            canvas.text(&printed, (x, bottom + 14.0), REMARK.aligned(Align::Middle))?;
        }
        let start = self.labels.start;
        canvas.line(&[(start, TOP), (start, bottom)], 1.0, palette::INK)
    }

    fn draw_headings<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Drawn {
        for (lines, end) in self.figures.headings.iter().zip(self.figures.ends()) {
            let first = TOP - 8.0 - (lines.len() as f64 - 1.0) * LINE;
            text_lines(canvas, lines, (end, first), LINE, REMARK.aligned(Align::End))?;
        }
        Ok(())
    }

    fn draw_row<B: DrawingBackend>(&self, canvas: &mut Canvas<B>, row: usize, middle: f64) -> Drawn {
        let category = &self.chart.categories[row];
        self.labels.draw(canvas, row, middle)?;
        canvas.line(&[(self.labels.start, middle), (self.end, middle)], 0.5, palette::GRID)?;
        let pen = match category.emphasised {
            true => NUMBER.bold(),
            false => NUMBER,
        };
        for (figure, end) in self.figures.rows[row].iter().zip(self.figures.ends()) {
            canvas.text(figure, (end, middle + 3.5), pen.aligned(Align::End))?;
        }
        self.draw_range(canvas, category, middle)
    }

    /// The line with its end ticks where both quantiles are there, and the mark where the median is.
    fn draw_range<B: DrawingBackend>(&self, canvas: &mut Canvas<B>, category: &Category, middle: f64) -> Drawn {
        let place = |series: usize| category.points[series].number().map(|number| self.place_of(number));
        let colour = range_colour(category);
        if let (Some(low), Some(high)) = (place(0), place(2)) {
            canvas.line(&[(low, middle), (high, middle)], 1.67, colour)?;
            for end in [low, high] {
                canvas.line(&[(end, middle - TICK), (end, middle + TICK)], 1.67, colour)?;
            }
        }
        let marker = match self.chart.rests_on_few(category.points[1]) {
            true => Marker::Ring,
            false => Marker::Disc,
        };
        match place(1) {
            Some(median) => canvas.marker(marker, (median, middle), 4.5, median_colour(category)),
            None => Ok(()),
        }
    }

    fn bottom(&self) -> f64 {
        let rows = 0..self.chart.categories.len();
        TOP + rows.map(|row| ROW + self.labels.added_height(row)).sum::<f64>()
    }

    fn place_of(&self, number: f64) -> f64 {
        let start = self.labels.start;
        start + self.scale.share(number) * (self.end - start)
    }
}

/// The figures of a row as printed.
fn printed(chart: &Chart, category: &Category, has_counts: bool) -> Vec<String> {
    let counts = has_counts.then(|| count(category).map_or_else(String::new, |n| chart.numbers.number(n as f64, 0)));
    let quantiles = category
        .points
        .iter()
        .enumerate()
        .map(|(series, point)| match point.value {
            Value::Number(number) if chart.rests_on_few(*point) => format!("({})", chart.printed(series, number)),
            Value::Number(number) => chart.printed(series, number),
            missing @ Value::Missing(_) => chart.numbers.value(missing, 0),
        });
    counts.into_iter().chain(quantiles).collect()
}

/// How many observations are behind the median.
fn count(category: &Category) -> Option<i64> {
    category.points[1].n
}

fn range_colour(category: &Category) -> RGBColor {
    match category.other {
        true => palette::NEUTRAL,
        false => palette::DARK,
    }
}

fn median_colour(category: &Category) -> RGBColor {
    match category.other {
        true => palette::MUTED,
        false => palette::ACCENT,
    }
}
