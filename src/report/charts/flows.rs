//! Flows: for each row of the table, such as a year, columns side by side for what came and went, and below them lines
//! for stocks.
//!
//! Columns and stock stand in two panels, each from 0 on a scale of its own: a large stock would otherwise flatten the
//! columns. Each number is printed where it fits; the marks of the axis carry the rest.

use plotters::backend::DrawingBackend;
use plotters::style::RGBColor;

use super::canvas::{AXIS_TITLE, Align, Canvas, Drawn, NUMBER, Pen, REMARK, Size, text_width};
use super::data::Chart;
use super::labels::{EDGE, GAP, Key, Sample, draw_places, row_pen};
use super::palette;
use super::scale::Scale;

/// So many series of columns, and of lines, can be told apart.
pub const MOST_COLUMNS: usize = palette::SERIES.len();
pub const MOST_LINES: usize = LINE_COLOURS.len();

const WIDTH: f64 = 680.0;
const RIGHT: f64 = 14.0;
/// Above a panel: the axis title and the names of the series in one line.
const HEADING: f64 = 56.0;
/// Below a panel: the periods.
const FOOT: f64 = 26.0;
const COLUMNS_HEIGHT: f64 = 190.0;
const LINE_HEIGHT: f64 = 100.0;
/// Share of a period's width that columns take.
const FILLED: f64 = 0.74;
const WIDEST_COLUMN: f64 = 48.0;
const LINE_COLOURS: [RGBColor; 2] = [palette::ACCENT, palette::MUTED];

pub fn size(chart: &Chart) -> Size {
    let bottom = panels(chart).last().map_or(HEADING, Panel::bottom);
    Size {
        width: WIDTH,
        height: bottom + FOOT,
    }
}

pub fn draw<B: DrawingBackend>(chart: &Chart, canvas: &mut Canvas<B>) -> Drawn {
    panels(chart).iter().try_for_each(|panel| panel.draw(canvas))
}

/// One panel: the series that it shows and where it stands.
struct Panel<'a> {
    chart: &'a Chart,
    series: Vec<usize>,
    line: bool,
    left: f64,
    top: f64,
    height: f64,
    scale: Scale,
}

fn panels(chart: &Chart) -> Vec<Panel<'_>> {
    let mut panels: Vec<Panel> = Vec::new();
    for (line, height) in [(false, COLUMNS_HEIGHT), (true, LINE_HEIGHT)] {
        let series: Vec<usize> = (0..chart.series.len())
            .filter(|index| chart.series[*index].line == line)
            .collect();
        if series.is_empty() {
            continue;
        }
        let above = panels.last().map_or(0.0, |panel| panel.bottom() + FOOT);
        let scale = Scale::covering(chart.largest(|series| series.line == line), height / 45.0);
        let mut panel = Panel {
            chart,
            series,
            line,
            left: 0.0,
            top: above + HEADING,
            height,
            scale,
        };
        panel.top += panel.key().added_height();
        panels.push(panel);
    }
    // Both panels have their periods under each other.
    let left = panels.iter().map(Panel::widest_mark).fold(0.0, f64::max) + EDGE + GAP;
    panels.iter_mut().for_each(|panel| panel.left = left);
    panels
}

impl Panel<'_> {
    fn draw<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Drawn {
        self.draw_heading(canvas)?;
        self.draw_marks(canvas)?;
        let labels = self.labels();
        // Patches come before the shapes: they interrupt the grid, and no column or line.
        labels
            .iter()
            .try_for_each(|(text, at)| canvas.patch(text, *at, NUMBER))?;
        for place in 0..self.series.len() {
            match self.line {
                true => self.draw_line(canvas, place)?,
                false => self.draw_columns(canvas, place)?,
            }
        }
        labels
            .iter()
            .try_for_each(|(text, at)| canvas.text(text, *at, NUMBER))?;
        canvas.line(
            &[(self.left, self.bottom()), (WIDTH - RIGHT, self.bottom())],
            1.0,
            palette::INK,
        )?;
        self.draw_periods(canvas)
    }

    /// The axis title, and under it each series with its sample.
    fn draw_heading<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Drawn {
        let key = self.key();
        let top = self.top - HEADING - key.added_height();
        canvas.text(&self.chart.axis, (EDGE, top + 14.0), AXIS_TITLE)?;
        key.draw(canvas, top + 33.0)
    }

    fn key(&self) -> Key {
        let entry = |(place, series): (usize, &usize)| (self.chart.series[*series].label.clone(), self.colour(place));
        let sample = match self.line {
            true => Sample::Line,
            false => Sample::Box,
        };
        let entries = self.series.iter().enumerate().map(entry).collect();
        Key::new(entries, sample, EDGE, WIDTH - EDGE)
    }

    fn widest_mark(&self) -> f64 {
        let marks = self.scale.marks();
        let widths = marks.map(|mark| text_width(&self.chart.numbers.number(mark, 0), REMARK));
        widths.fold(0.0, f64::max)
    }

    fn draw_marks<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Drawn {
        for mark in self.scale.marks() {
            let y = self.height_of(mark);
            if mark > 0.0 {
                canvas.line(&[(self.left, y), (WIDTH - RIGHT, y)], 0.5, palette::GRID)?;
            }
            let printed = self.chart.numbers.number(mark, 0);
            canvas.text(&printed, (self.left - GAP, y + 4.0), REMARK.aligned(Align::End))?;
        }
        Ok(())
    }

    fn draw_columns<B: DrawingBackend>(&self, canvas: &mut Canvas<B>, place: usize) -> Drawn {
        let half = self.column_width() / 2.0 - 0.5;
        self.numbers(place).try_for_each(|(index, number)| {
            let (middle, top) = self.place_of(place, index, number);
            canvas.rectangle((middle - half, top), (middle + half, self.bottom()), self.colour(place))
        })
    }

    fn draw_line<B: DrawingBackend>(&self, canvas: &mut Canvas<B>, place: usize) -> Drawn {
        let numbers: Vec<(usize, f64)> = self.numbers(place).collect();
        for pair in numbers.windows(2) {
            // A period without a number leaves a gap.
            if pair[1].0 == pair[0].0 + 1 {
                let ends = [pair[0], pair[1]].map(|(index, number)| self.place_of(place, index, number));
                canvas.line(&ends, 2.0, self.colour(place))?;
            }
        }
        numbers
            .iter()
            .try_for_each(|(index, number)| canvas.dot(self.place_of(place, *index, *number), 3.5, self.colour(place)))
    }

    /// The numbers as printed and the middles of their baselines; none where they would run into each other.
    fn labels(&self) -> Vec<(String, (f64, f64))> {
        let (room, rise) = match self.line {
            true if self.series.len() > 1 => return Vec::new(),
            true => (self.band() - 4.0, 8.0),
            false => (self.column_width() - 1.0, 4.0),
        };
        let places = (0..self.series.len()).flat_map(|place| self.numbers(place).map(move |number| (place, number)));
        let labels: Vec<(String, (f64, f64))> = places
            .map(|(place, (index, number))| {
                let (middle, top) = self.place_of(place, index, number);
                (self.chart.printed(self.series[place], number), (middle, top - rise))
            })
            .collect();
        match labels.iter().all(|(text, _)| text_width(text, NUMBER) <= room) {
            true => labels,
            false => Vec::new(),
        }
    }

    fn draw_periods<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Drawn {
        let rows = self.chart.categories.iter();
        let names: Vec<(&str, Pen)> = rows.map(|row| (row.label.as_str(), row_pen(row))).collect();
        let middle = |index| self.middle(index);
        draw_places(canvas, &names, middle, self.band(), self.bottom() + 16.0)
    }

    /// The numbers of a series by period; missing ones are left out.
    fn numbers(&self, place: usize) -> impl Iterator<Item = (usize, f64)> {
        let series = self.series[place];
        let categories = self.chart.categories.iter().enumerate();
        categories.filter_map(move |(index, category)| Some((index, category.points[series].number()?)))
    }

    fn bottom(&self) -> f64 {
        self.top + self.height
    }

    fn height_of(&self, number: f64) -> f64 {
        self.bottom() - self.scale.share(number) * self.height
    }

    /// The width that a period has.
    fn band(&self) -> f64 {
        (WIDTH - self.left - RIGHT) / self.chart.categories.len() as f64
    }

    fn column_width(&self) -> f64 {
        (self.band() * FILLED / self.series.len() as f64).min(WIDEST_COLUMN)
    }

    fn middle(&self, index: usize) -> f64 {
        self.left + (index as f64 + 0.5) * self.band()
    }

    /// The middle of the top of a column, or the point of a line.
    fn place_of(&self, place: usize, index: usize, number: f64) -> (f64, f64) {
        let offset = match self.line {
            true => 0.0,
            false => (place as f64 + 0.5 - self.series.len() as f64 / 2.0) * self.column_width(),
        };
        (self.middle(index) + offset, self.height_of(number))
    }

    fn colour(&self, place: usize) -> RGBColor {
        match self.line {
            true => LINE_COLOURS[place],
            false => palette::SERIES[place],
        }
    }
}
