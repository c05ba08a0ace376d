//! Bars: one horizontal bar from 0 for each row, in the table's order, with its label before and its number behind.
//!
//! Each bar carries its number, so there are no axis marks; the axis title stands above. The "other" row is drawn neutrally.

use plotters::backend::DrawingBackend;

use super::canvas::{AXIS_TITLE, Align, Canvas, Drawn, LABEL, Size, draw_no_data, palette, text_width, wrapped};
use super::data::{Category, Chart};
use crate::domain::table::Value;

const WIDTH: f64 = 680.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 8.0;
const BAR: f64 = 15.0;
const ROW: f64 = 22.0;
/// What a second line of a label adds to the row.
const LINE: f64 = 13.0;
const WIDEST_LABEL: f64 = 230.0;
const GAP: f64 = 8.0;
/// Free space at the edge of the picture.
const EDGE: f64 = 2.0;

pub fn size(chart: &Chart) -> Size {
    let rows: f64 = chart
        .categories
        .iter()
        .map(|category| row_height(&label_lines(category)))
        .sum();
    Size {
        width: WIDTH,
        height: TOP + rows.max(ROW) + BOTTOM,
    }
}

pub fn draw<B: DrawingBackend>(chart: &Chart, canvas: &mut Canvas<B>) -> Drawn {
    let labels: Vec<Vec<String>> = chart.categories.iter().map(label_lines).collect();
    if labels.is_empty() {
        return draw_no_data(canvas);
    }
    let widths = labels.iter().flatten().map(|line| text_width(line, LABEL));
    let start = widths.fold(0.0, f64::max) + EDGE + GAP;
    let widest_number = chart
        .categories
        .iter()
        .map(|category| text_width(&printed(chart, category), LABEL));
    let length = WIDTH - start - GAP - EDGE - widest_number.fold(0.0, f64::max);
    let largest = chart.largest(|_| true);
    canvas.text(&chart.axis, (start, TOP - 14.0), AXIS_TITLE)?;
    let mut top = TOP;
    for (category, label) in chart.categories.iter().zip(&labels) {
        let middle = top + row_height(label) / 2.0;
        draw_label(canvas, label, start - GAP, middle)?;
        let share = category.points[0]
            .number()
            .map_or(0.0, |number| number / largest.max(f64::MIN_POSITIVE));
        let end = start + share * length;
        let colour = if category.other {
            palette::NEUTRAL
        } else {
            palette::DARK
        };
        canvas.rectangle((start, middle - BAR / 2.0), (end, middle + BAR / 2.0), colour)?;
        let number = printed(chart, category);
        canvas.text(&number, (end + 5.0, middle + 4.0), LABEL)?;
        top += row_height(label);
    }
    canvas.line(&[(start, TOP), (start, top)], 1.0, palette::INK)
}

fn draw_label<B: DrawingBackend>(canvas: &mut Canvas<B>, lines: &[String], end: f64, middle: f64) -> Drawn {
    let first = middle + 4.0 - (lines.len() as f64 - 1.0) * LINE / 2.0;
    for (index, line) in lines.iter().enumerate() {
        let baseline = first + index as f64 * LINE;
        canvas.text(line, (end, baseline), LABEL.aligned(Align::End))?;
    }
    Ok(())
}

fn printed(chart: &Chart, category: &Category) -> String {
    match category.points[0].value {
        Value::Number(number) => chart.printed(0, number),
        missing @ Value::Missing(_) => chart.numbers.value(missing, 0),
    }
}

fn label_lines(category: &Category) -> Vec<String> {
    wrapped(&category.label, LABEL, WIDEST_LABEL, 2)
}

fn row_height(label: &[String]) -> f64 {
    ROW + LINE * (label.len().max(1) as f64 - 1.0)
}
