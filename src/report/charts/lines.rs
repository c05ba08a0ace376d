//! Lines: one for each row of the table over its columns, such as years or months, on one axis from 0.
//!
//! Rows that stand out have a colour and a marker each, and their name at the line's end; the others are thin and grey,
//! and named too where there is room. A missing number is a gap. Where one line alone stands out, its numbers are
//! printed along it.

use plotters::backend::DrawingBackend;
use plotters::style::RGBColor;

use super::canvas::{
    AXIS_TITLE, Align, Canvas, Drawn, LABEL, Marker, NUMBER, Pen, REMARK, Size, text_lines, text_width, wrapped,
};
use super::data::Chart;
use super::labels::{EDGE, GAP, draw_places};
use super::palette;
use super::scale::Scale;
use super::spread::spread;

/// So many lines can stand out: there is a colour and a marker for each.
pub const MOST_EMPHASISED: usize = palette::LINES.len();
/// So many lines are all named.
pub const MOST_NAMED: usize = 8;

const WIDTH: f64 = 680.0;
/// Above the plot: the axis title.
const TOP: f64 = 40.0;
/// Below the plot: the columns' names.
const FOOT: f64 = 26.0;
const LOWEST: f64 = 230.0;
/// Free space beside the first and the last column.
const INSET: f64 = 16.0;
const WIDEST_NAME: f64 = 186.0;
/// Distance of two lines of a name, and free space between names.
const NAME_LINE: f64 = 12.0;
const BETWEEN_NAMES: f64 = 5.0;
/// From the plot to a name: room for the leader and the marker.
const BEFORE_NAME: f64 = 26.0;
const RADIUS: f64 = 3.6;
/// Width of the lines that don't stand out.
const QUIET: f64 = 1.33;
/// From a point to the baseline of its number, above and below.
const ABOVE: f64 = 8.0;
const BELOW: f64 = 15.0;

pub fn size(chart: &Chart) -> Size {
    Size {
        width: WIDTH,
        height: TOP + Plot::of(chart).height + FOOT,
    }
}

pub fn draw<B: DrawingBackend>(chart: &Chart, canvas: &mut Canvas<B>) -> Drawn {
    let plot = Plot::of(chart);
    plot.draw_axes(canvas)?;
    let numbers = plot.numbers_along();
    numbers
        .iter()
        .try_for_each(|(text, at)| canvas.patch(text, *at, NUMBER))?;
    let (loud, quiet): (Vec<usize>, Vec<usize>) =
        (0..chart.categories.len()).partition(|row| chart.categories[*row].emphasised);
    quiet.into_iter().try_for_each(|row| plot.draw_line(canvas, row))?;
    let foot = [(plot.left, plot.bottom()), (plot.right, plot.bottom())];
    canvas.line(&foot, 1.0, palette::INK)?;
    loud.into_iter().try_for_each(|row| plot.draw_line(canvas, row))?;
    numbers
        .iter()
        .try_for_each(|(text, at)| canvas.text(text, *at, NUMBER))?;
    plot.draw_names(canvas)
}

/// Whether the row's name stands at the end of its line.
pub fn is_named(chart: &Chart, row: usize) -> bool {
    chart.categories.len() <= MOST_NAMED || chart.categories[row].emphasised
}

/// The name at the end of a line.
struct Name {
    row: usize,
    lines: Vec<String>,
    /// The last number of the line, as column and number.
    last: (usize, f64),
}

impl Name {
    fn height(&self) -> f64 {
        NAME_LINE * self.lines.len() as f64 + BETWEEN_NAMES
    }
}

/// Where the lines stand.
struct Plot<'a> {
    chart: &'a Chart,
    names: Vec<Name>,
    scale: Scale,
    left: f64,
    right: f64,
    height: f64,
}

impl<'a> Plot<'a> {
    fn of(chart: &'a Chart) -> Self {
        let names: Vec<Name> = (0..chart.categories.len()).filter_map(|row| name(chart, row)).collect();
        let widths = names
            .iter()
            .flat_map(|name| &name.lines)
            .map(|line| text_width(line, REMARK));
        let named: f64 = names.iter().map(Name::height).sum();
        let height = named.max(LOWEST);
        let scale = Scale::covering(chart.largest(|_| true), height / 45.0);
        let marks = scale
            .marks()
            .map(|mark| text_width(&chart.numbers.number(mark, 0), REMARK));
        Self {
            chart,
            left: marks.fold(0.0, f64::max) + EDGE + GAP,
            right: WIDTH - EDGE - BEFORE_NAME - widths.fold(0.0, f64::max),
            names,
            scale,
            height,
        }
    }

    /// The axis title, the marks with their grid lines, and the names of the columns.
    fn draw_axes<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Drawn {
        canvas.text(&self.chart.axis, (EDGE, TOP - 26.0), AXIS_TITLE)?;
        for mark in self.scale.marks() {
            let y = self.height_of(mark);
            if mark > 0.0 {
                canvas.line(&[(self.left, y), (self.right, y)], 0.5, palette::GRID)?;
            }
            let printed = self.chart.numbers.number(mark, 0);
            canvas.text(&printed, (self.left - GAP, y + 4.0), REMARK.aligned(Align::End))?;
        }
        let columns = self.chart.series.iter();
        let names: Vec<(&str, Pen)> = columns.map(|series| (series.label.as_str(), LABEL)).collect();
        let place = |column| self.place_of(column);
        draw_places(canvas, &names, place, self.step(), self.bottom() + 16.0)
    }

    fn draw_line<B: DrawingBackend>(&self, canvas: &mut Canvas<B>, row: usize) -> Drawn {
        let (colour, marker) = self.style(row);
        let width = if marker.is_some() { 2.0 } else { QUIET };
        let points: Vec<(usize, (f64, f64))> = self.points(row).collect();
        for run in points.chunk_by(|before, after| before.0 + 1 == after.0) {
            let places: Vec<(f64, f64)> = run.iter().map(|(_, place)| *place).collect();
            match (places.as_slice(), marker) {
                ([alone], None) => canvas.dot(*alone, 1.5, colour)?,
                ([_], Some(_)) => {}
                (places, _) => canvas.line(places, width, colour)?,
            }
        }
        match marker {
            Some(marker) => points
                .iter()
                .try_for_each(|(_, place)| canvas.marker(marker, *place, RADIUS, colour)),
            None => Ok(()),
        }
    }

    /// The names, moved apart where lines end close to each other, each with its marker and a leader from its line.
    fn draw_names<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Drawn {
        let ends: Vec<(f64, f64)> = self.names.iter().map(|name| self.point(name.last)).collect();
        let wanted: Vec<f64> = ends.iter().map(|(_, y)| *y).collect();
        let heights: Vec<f64> = self.names.iter().map(Name::height).collect();
        // A name in one line may stand beside the very top and foot of the plot.
        let beyond = (NAME_LINE + BETWEEN_NAMES) / 2.0;
        let middles = spread(&wanted, &heights, TOP - beyond, self.bottom() + beyond);
        for ((name, end), middle) in self.names.iter().zip(ends).zip(middles) {
            let (colour, marker) = self.style(name.row);
            let start = self.right + 12.0;
            // A leader from a line that ends earlier would look like its course.
            if name.last.0 + 1 == self.chart.series.len() {
                canvas.line(&[(end.0 + 7.0, end.1), (start - 7.0, middle)], 0.67, palette::NEUTRAL)?;
            }
            let pen = match marker {
                Some(marker) => {
                    canvas.marker(marker, (start, middle), RADIUS, colour)?;
                    REMARK.coloured(palette::INK)
                }
                None => {
                    canvas.line(&[(start - 5.0, middle), (start + 5.0, middle)], QUIET, colour)?;
                    REMARK
                }
            };
            let first = middle + 3.7 - NAME_LINE * (name.lines.len() - 1) as f64 / 2.0;
            text_lines(
                canvas,
                &name.lines,
                (self.right + BEFORE_NAME - 4.0, first),
                NAME_LINE,
                pen,
            )?;
        }
        Ok(())
    }

    /// The numbers of the only line that stands out, as printed, with the middles of their baselines; none where they
    /// have no room.
    fn numbers_along(&self) -> Vec<(String, (f64, f64))> {
        let mut loud = (0..self.chart.categories.len()).filter(|row| self.chart.categories[*row].emphasised);
        let (Some(row), None) = (loud.next(), loud.next()) else {
            return Vec::new();
        };
        let points: Vec<(usize, f64)> = numbers(self.chart, row).collect();
        let place = |(index, point): (usize, &(usize, f64))| {
            let (x, y) = self.point(*point);
            let below = is_valley(&points, index) && y + BELOW + 4.0 < self.bottom();
            let baseline = if below { y + BELOW } else { y - ABOVE };
            (self.chart.printed(point.0, point.1), (x, baseline))
        };
        let numbers: Vec<(String, (f64, f64))> = points.iter().enumerate().map(place).collect();
        let room = (self.step() - 4.0).min(2.0 * INSET + GAP);
        match numbers.iter().all(|(text, _)| text_width(text, NUMBER) <= room) {
            true => numbers,
            false => Vec::new(),
        }
    }

    /// Colour and marker of a row: markers in the order of the rows that stand out.
    fn style(&self, row: usize) -> (RGBColor, Option<Marker>) {
        let before = &self.chart.categories[..row];
        match self.chart.categories[row].emphasised {
            true => {
                let place = before.iter().filter(|category| category.emphasised).count();
                let (colour, marker) = palette::LINES[place];
                (colour, Some(marker))
            }
            false => (palette::NEUTRAL, None),
        }
    }

    /// The points of a row, with their columns; missing numbers are left out.
    fn points(&self, row: usize) -> impl Iterator<Item = (usize, (f64, f64))> {
        numbers(self.chart, row).map(move |number| (number.0, self.point(number)))
    }

    fn point(&self, (column, number): (usize, f64)) -> (f64, f64) {
        (self.place_of(column), self.height_of(number))
    }

    fn bottom(&self) -> f64 {
        TOP + self.height
    }

    fn height_of(&self, number: f64) -> f64 {
        self.bottom() - self.scale.share(number) * self.height
    }

    /// The distance of two columns.
    fn step(&self) -> f64 {
        (self.right - self.left - 2.0 * INSET) / (self.chart.series.len().max(2) - 1) as f64
    }

    fn place_of(&self, column: usize) -> f64 {
        match self.chart.series.len() {
            1 => (self.left + self.right) / 2.0,
            _ => self.left + INSET + column as f64 * self.step(),
        }
    }
}

/// The numbers of a row with their columns; missing ones are left out.
fn numbers(chart: &Chart, row: usize) -> impl Iterator<Item = (usize, f64)> {
    let points = chart.categories[row].points.iter().enumerate();
    points.filter_map(|(column, point)| Some((column, point.number()?)))
}

/// Whether a line comes down to a point or goes up from it, and neither neighbour is lower, so that there is more room
/// below.
fn is_valley(points: &[(usize, f64)], index: usize) -> bool {
    let before = index.checked_sub(1).and_then(|before| points.get(before));
    let neighbours = [before, points.get(index + 1)].into_iter().flatten();
    let rises: Vec<f64> = neighbours.map(|(_, number)| number - points[index].1).collect();
    rises.iter().all(|rise| *rise >= 0.0) && rises.iter().any(|rise| *rise > 0.0)
}

/// The row's name, where it has one and the line has an end.
fn name(chart: &Chart, row: usize) -> Option<Name> {
    let last = numbers(chart, row).last().filter(|_| is_named(chart, row))?;
    let lines = wrapped(&chart.categories[row].label, REMARK, WIDEST_NAME, 3);
    Some(Name { row, lines, last })
}
