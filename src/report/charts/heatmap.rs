//! Heat map: a grid of cells, rows by columns of the table, shaded in five classes of equal size, the number in each
//! cell.
//!
//! Shade is a guide and the number is the figure, so the picture reads in grey and without colour sight; only where
//! cells are too narrow for numbers the shade stands alone. A number that rests on few observations stands in brackets.
//! The key names the range of each class as found in the data.

use plotters::backend::DrawingBackend;

use super::canvas::{AXIS_TITLE, Align, Canvas, Drawn, LABEL, NUMBER, Pen, Size, text_lines, text_width, wrapped};
use super::data::{Chart, Point};
use super::labels::{EDGE, GAP, Key, Sample, row_pen};
use super::palette;
use crate::domain::table::Value;

const WIDTH: f64 = 680.0;
const CELL_HEIGHT: f64 = 24.0;
const WIDEST_CELL: f64 = 64.0;
const WIDEST_LABEL: f64 = 150.0;
const TALLEST_HEADING: f64 = 140.0;
/// Distance of two lines of text.
const LINE: f64 = 12.5;
/// Numbers that would have to be smaller are left to the shade.
const SMALLEST_NUMBER: f64 = 6.5;
/// Below the grid: the key.
const FOOT: f64 = 34.0;

pub fn size(chart: &Chart) -> Size {
    let grid = Grid::of(chart);
    Size {
        width: WIDTH,
        height: grid.bottom() + FOOT + grid.key().added_height(),
    }
}

pub fn draw<B: DrawingBackend>(chart: &Chart, canvas: &mut Canvas<B>) -> Drawn {
    let grid = Grid::of(chart);
    grid.draw_axis_title(canvas)?;
    grid.draw_headings(canvas)?;
    for row in 0..chart.categories.len() {
        grid.draw_row(canvas, row)?;
    }
    grid.key().draw(canvas, grid.bottom() + 26.0)
}

/// Where the cells stand, and the classes of their numbers.
struct Grid<'a> {
    chart: &'a Chart,
    classes: Classes,
    headings: Vec<Vec<String>>,
    left: f64,
    top: f64,
    cell: f64,
}

impl<'a> Grid<'a> {
    fn of(chart: &'a Chart) -> Self {
        let labels = chart
            .categories
            .iter()
            .flat_map(|category| wrapped(&category.label, row_pen(category), WIDEST_LABEL, 2));
        let left = labels.map(|line| text_width(&line, LABEL.bold())).fold(76.0, f64::max) + EDGE + GAP;
        let cell = ((WIDTH - left) / chart.series.len() as f64).min(WIDEST_CELL);
        let lines = ((cell - 2.0) / LINE).floor().clamp(1.0, 3.0) as usize;
        let headings: Vec<Vec<String>> = chart
            .series
            .iter()
            .map(|series| wrapped(&series.label, LABEL, TALLEST_HEADING, lines))
            .collect();
        let tallest = headings
            .iter()
            .flatten()
            .map(|line| text_width(line, LABEL))
            .fold(0.0, f64::max);
        let top = (tallest + 2.0 * GAP).max(3.0 * LINE + GAP);
        Self {
            chart,
            classes: Classes::of(chart),
            headings,
            left,
            top,
            cell,
        }
    }

    fn bottom(&self) -> f64 {
        self.top + CELL_HEIGHT * self.chart.categories.len() as f64
    }

    /// The axis title in the corner over the row labels.
    fn draw_axis_title<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Drawn {
        let lines = wrapped(&self.chart.axis, AXIS_TITLE, self.left - GAP, 3);
        let first = self.top - GAP - LINE * lines.len().saturating_sub(1) as f64;
        text_lines(canvas, &lines, (EDGE, first), LINE, AXIS_TITLE)
    }

    /// The column labels, read upwards.
    fn draw_headings<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Drawn {
        for (column, lines) in self.headings.iter().enumerate() {
            let middle = self.left + (column as f64 + 0.5) * self.cell;
            let first = middle + 4.0 - (lines.len() as f64 - 1.0) * LINE / 2.0;
            for (index, line) in lines.iter().enumerate() {
                let at = (first + index as f64 * LINE, self.top - GAP);
                canvas.text_upwards(line, at, LABEL)?;
            }
        }
        Ok(())
    }

    fn draw_row<B: DrawingBackend>(&self, canvas: &mut Canvas<B>, row: usize) -> Drawn {
        let category = &self.chart.categories[row];
        let top = self.top + row as f64 * CELL_HEIGHT;
        let pen = row_pen(category).aligned(Align::End);
        let lines = wrapped(&category.label, pen, WIDEST_LABEL, 2);
        let pen = match lines.len() {
            1 => pen,
            _ => Pen {
                size: NUMBER.size,
                ..pen
            },
        };
        let distance = LINE - 1.5;
        let first = top + CELL_HEIGHT / 2.0 + 4.0 - (lines.len() as f64 - 1.0) * distance / 2.0;
        text_lines(canvas, &lines, (self.left - GAP, first), distance, pen)?;
        for (column, point) in category.points.iter().enumerate() {
            self.draw_cell(canvas, column, top, *point)?;
        }
        Ok(())
    }

    fn draw_cell<B: DrawingBackend>(&self, canvas: &mut Canvas<B>, column: usize, top: f64, point: Point) -> Drawn {
        let left = self.left + column as f64 * self.cell;
        let (shade, ink) = match point.number() {
            Some(number) => {
                let shade = palette::SHADES[self.classes.class_of(number)];
                (shade, palette::ink_on(shade))
            }
            None => (palette::PAPER, palette::MUTED),
        };
        canvas.rectangle(
            (left + 0.5, top + 0.5),
            (left + self.cell - 0.5, top + CELL_HEIGHT - 0.5),
            shade,
        )?;
        let text = self.printed(column, point);
        let wide = text_width(&text, NUMBER);
        let size = NUMBER.size * ((self.cell - 3.0) / wide.max(1.0)).min(1.0);
        if size < SMALLEST_NUMBER {
            return Ok(());
        }
        let at = (left + self.cell / 2.0, top + CELL_HEIGHT / 2.0 + 4.0);
        canvas.text(
            &text,
            at,
            Pen {
                size,
                ..NUMBER.coloured(ink)
            },
        )
    }

    fn printed(&self, column: usize, point: Point) -> String {
        match point.value {
            Value::Number(number) if self.chart.rests_on_few(point) => {
                format!("({})", self.chart.printed(column, number))
            }
            Value::Number(number) => self.chart.printed(column, number),
            Value::Missing(_) => "\u{b7}".to_owned(),
        }
    }

    /// The classes with their ranges.
    fn key(&self) -> Key {
        let entry = |(class, (lowest, highest)): (usize, &(Option<f64>, Option<f64>))| {
            let (lowest, highest) = lowest.zip(*highest)?;
            let (lowest, highest) = (self.chart.printed(0, lowest), self.chart.printed(0, highest));
            let range = match lowest == highest {
                true => lowest,
                false => format!("{lowest}\u{2013}{highest}"),
            };
            Some((range, palette::SHADES[class]))
        };
        let entries = self.classes.ranges.iter().enumerate().filter_map(entry).collect();
        Key::new(entries, Sample::Box, self.left, WIDTH - EDGE)
    }
}

/// Five classes with about as many numbers each, and the lowest and highest number found in each.
struct Classes {
    /// Highest number of each class but the last.
    limits: Vec<f64>,
    ranges: Vec<(Option<f64>, Option<f64>)>,
}

impl Classes {
    fn of(chart: &Chart) -> Self {
        let points = chart.categories.iter().flat_map(|category| &category.points);
        let mut numbers: Vec<f64> = points.filter_map(|point| point.number()).collect();
        numbers.sort_by(f64::total_cmp);
        let count = palette::SHADES.len();
        let limit = |class: usize| {
            numbers
                .get((class * numbers.len()).div_ceil(count).saturating_sub(1))
                .copied()
        };
        let limits = (1..count).filter_map(limit).collect();
        let mut classes = Self {
            limits,
            ranges: vec![(None, None); count],
        };
        for number in numbers {
            let class = classes.class_of(number);
            let (lowest, highest) = &mut classes.ranges[class];
            lowest.get_or_insert(number);
            *highest = Some(number);
        }
        classes
    }

    fn class_of(&self, number: f64) -> usize {
        self.limits.iter().filter(|limit| number > **limit).count()
    }
}
