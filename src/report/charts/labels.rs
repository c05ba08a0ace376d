//! What stands beside the rows of a horizontal chart and above or below a picture: row labels, the key, the notes.

use plotters::backend::DrawingBackend;
use plotters::style::RGBColor;

use super::canvas::{Align, Canvas, Drawn, LABEL, Pen, REMARK, text_lines, text_width, wrapped};
use super::data::{Category, Chart};

/// Free space at the edge of the picture.
pub const EDGE: f64 = 2.0;
/// Between a label and what it names.
pub const GAP: f64 = 8.0;
/// Distance of two lines of a label.
const LABEL_LINE: f64 = 13.0;
/// Distance of two lines of the key.
const KEY_LINE: f64 = 18.0;
/// Width of a sample in the key.
const SAMPLE: f64 = 18.0;
/// Distance of two lines of notes.
const NOTE_LINE: f64 = 13.5;
/// Between the picture and its notes.
const ABOVE_NOTES: f64 = 6.0;

/// The pen of a row's label: bold where the row stands out.
pub fn row_pen(category: &Category) -> Pen {
    match category.emphasised {
        true => LABEL.bold(),
        false => LABEL,
    }
}

/// The labels of the rows: at the left, right-aligned, in one or two lines each.
pub struct RowLabels {
    rows: Vec<(Vec<String>, Pen)>,
    /// Where the rows begin, right of the labels.
    pub start: f64,
}

impl RowLabels {
    /// Labels no wider than `widest`.
    pub fn of(chart: &Chart, widest: f64) -> Self {
        let lines = |category: &Category| {
            let pen = row_pen(category);
            (wrapped(&category.label, pen, widest, 2), pen)
        };
        let rows: Vec<(Vec<String>, Pen)> = chart.categories.iter().map(lines).collect();
        let widths = rows
            .iter()
            .flat_map(|(lines, pen)| lines.iter().map(move |line| text_width(line, *pen)));
        let start = widths.fold(0.0, f64::max) + EDGE + GAP;
        Self { rows, start }
    }

    /// What the second line of the label adds to the row's height.
    pub fn added_height(&self, row: usize) -> f64 {
        LABEL_LINE * (self.rows[row].0.len().max(1) - 1) as f64
    }

    /// Draws a row's label around the height `middle`.
    pub fn draw<B: DrawingBackend>(&self, canvas: &mut Canvas<B>, row: usize, middle: f64) -> Drawn {
        let (lines, pen) = &self.rows[row];
        let first = middle + 4.0 - self.added_height(row) / 2.0;
        let at = (self.start - GAP, first);
        text_lines(canvas, lines, at, LABEL_LINE, pen.aligned(Align::End))
    }
}

/// Names places along the foot of a picture, such as years; where they are too many, every second, third ... Names
/// wider than a place and than `WIDEST_NAME` are cut. `middle` gives the middle of a place, `band` is the distance of
/// two.
pub fn draw_places<B: DrawingBackend>(
    canvas: &mut Canvas<B>,
    names: &[(&str, Pen)],
    middle: impl Fn(usize) -> f64,
    band: f64,
    baseline: f64,
) -> Drawn {
    const WIDEST_NAME: f64 = 50.0;
    const FREE: f64 = 10.0;
    let cut = |(name, pen): &(&str, Pen)| wrapped(name, *pen, WIDEST_NAME.max(band - FREE), 1).concat();
    let names: Vec<(String, Pen)> = names.iter().map(|name| (cut(name), name.1)).collect();
    let widest = names
        .iter()
        .map(|(name, pen)| text_width(name, *pen))
        .fold(0.0, f64::max);
    let every = ((widest + FREE) / band).ceil().max(1.0) as usize;
    for (place, (name, pen)) in names.iter().enumerate().step_by(every) {
        canvas.text(name, (middle(place), baseline), pen.aligned(Align::Middle))?;
    }
    Ok(())
}

/// How a series looks in the key.
#[derive(Clone, Copy, Debug)]
pub enum Sample {
    Box,
    Line,
}

/// Each series' sample with its name, in as many lines as the width asks for.
pub struct Key {
    entries: Vec<(String, RGBColor)>,
    sample: Sample,
    left: f64,
    right: f64,
}

impl Key {
    pub fn new(entries: Vec<(String, RGBColor)>, sample: Sample, left: f64, right: f64) -> Self {
        Self {
            entries,
            sample,
            left,
            right,
        }
    }

    /// What the lines after the first add to the height.
    pub fn added_height(&self) -> f64 {
        let last = self.places().last().map_or(0, |(_, line)| *line);
        last as f64 * KEY_LINE
    }

    /// Draws the key; `baseline` is that of its first line.
    pub fn draw<B: DrawingBackend>(&self, canvas: &mut Canvas<B>, baseline: f64) -> Drawn {
        for ((label, colour), (x, line)) in self.entries.iter().zip(self.places()) {
            let baseline = baseline + line as f64 * KEY_LINE;
            match self.sample {
                Sample::Box => canvas.rectangle((x, baseline - 9.0), (x + SAMPLE, baseline), *colour)?,
                Sample::Line => {
                    canvas.line(&[(x, baseline - 4.0), (x + SAMPLE, baseline - 4.0)], 2.0, *colour)?;
                    canvas.dot((x + SAMPLE / 2.0, baseline - 4.0), 3.5, *colour)?;
                }
            }
            let room = self.right - x - SAMPLE - 6.0;
            let label = wrapped(label, LABEL, room, 1).concat();
            canvas.text(&label, (x + SAMPLE + 6.0, baseline), LABEL)?;
        }
        Ok(())
    }

    /// Where each entry begins, and on which line.
    fn places(&self) -> Vec<(f64, usize)> {
        let (mut x, mut line) = (self.left, 0);
        let place = |(label, _): &(String, RGBColor)| {
            let width = SAMPLE + 6.0 + text_width(label, LABEL);
            if x > self.left && x + width > self.right {
                (x, line) = (self.left, line + 1);
            }
            let here = (x, line);
            x += width + 22.0;
            here
        };
        self.entries.iter().map(place).collect()
    }
}

/// How much height the notes below a picture of this width take.
pub fn notes_height(chart: &Chart, width: f64) -> f64 {
    match note_lines(chart, width).len() {
        0 => 0.0,
        lines => ABOVE_NOTES + NOTE_LINE * lines as f64,
    }
}

/// Draws the notes of the chart from the height `top` on.
pub fn draw_notes<B: DrawingBackend>(chart: &Chart, canvas: &mut Canvas<B>, top: f64) -> Drawn {
    let lines = note_lines(chart, canvas.size().width);
    let first = (EDGE, top + ABOVE_NOTES + REMARK.size - 1.0);
    text_lines(canvas, &lines, first, NOTE_LINE, REMARK)
}

fn note_lines(chart: &Chart, width: f64) -> Vec<String> {
    /// A footnote is never cut.
    const ALL: usize = usize::MAX;
    let notes = chart.notes.iter();
    notes
        .flat_map(|note| wrapped(note, REMARK, width - 2.0 * EDGE, ALL))
        .collect()
}
