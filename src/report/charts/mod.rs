//! Charts: a table's numbers as a picture, in SVG and PNG, with a text alternative and the data as CSV.
//!
//! Input: a chart definition and the published tables. Output: a [`Chart`], from which [`svg`], [`png`](fn@png),
//! [`Chart::alternative`] and [`Chart::csv`] are pure functions: the same chart gives the same bytes. Each kind is
//! drawn once, on a [`canvas::Canvas`] over either backend, with its notes below. A chart shows the numbers of a
//! published table and derives none of its own.

mod alternative;
mod bars;
mod canvas;
#[cfg(test)]
mod cases;
mod checks;
mod data;
mod flows;
mod heatmap;
mod labels;
mod lines;
mod notes;
mod palette;
mod part;
mod range;
mod scale;
mod spread;

use plotters::backend::{BitMapBackend, DrawingBackend, SVGBackend};

use self::canvas::{Align, Canvas, Drawn, Medium, REMARK, Size};
pub use self::data::Chart;
use self::labels::{draw_notes, notes_height};
use super::error::ReportError;
use super::html::escape;
use crate::domain::report::ChartKind;

/// Pixels for each unit of the drawing; a unit is a CSS pixel (1/96 inch), so that a PNG has 288 dots per inch.
const PIXELS_PER_UNIT: u32 = 3;

/// The size of a picture that says only that there is nothing to draw.
const NO_DATA: Size = Size {
    width: 680.0,
    height: 48.0,
};

/// The chart as an SVG element with title and description; ids begin with `prefix` so that several fit one page.
pub fn svg(chart: &Chart, prefix: &str) -> Result<String, ReportError> {
    let size = size(chart);
    let (width, height) = pixels(size);
    let mut drawn = String::new();
    {
        let backend = SVGBackend::with_string(&mut drawn, (width, height));
        paint(chart, backend, Medium::Svg, size)?;
    }
    let body = drawn.split_once(">\n").map_or("", |(_, body)| body);
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         aria-labelledby=\"{prefix}-title {prefix}-desc\">\n<title id=\"{prefix}-title\">{}</title>\n\
         <desc id=\"{prefix}-desc\">{}</desc>\n{body}",
        size.width,
        size.height,
        escape(&chart.title),
        escape(&chart.alternative()),
    ))
}

/// The chart as a PNG file.
pub fn png(chart: &Chart) -> Result<Vec<u8>, ReportError> {
    let size = size(chart);
    let (width, height) = pixels(size);
    // White paper.
    let mut pixels = vec![u8::MAX; width as usize * height as usize * 3];
    paint(
        chart,
        BitMapBackend::with_buffer(&mut pixels, (width, height)),
        Medium::Bitmap,
        size,
    )?;
    encode_png(&pixels, width, height).map_err(|error| ReportError::ChartDrawing {
        chart: chart.name.clone(),
        reason: error.to_string(),
    })
}

/// The size of the picture with its notes, in whole units.
fn size(chart: &Chart) -> Size {
    let Size { width, height } = picture_size(chart);
    Size {
        width: width.ceil(),
        height: (height + notes_height(chart, width)).ceil(),
    }
}

fn picture_size(chart: &Chart) -> Size {
    match chart.kind {
        _ if !chart.has_numbers() => NO_DATA,
        ChartKind::Flows => flows::size(chart),
        ChartKind::Bars => bars::size(chart),
        ChartKind::Heatmap => heatmap::size(chart),
        ChartKind::Range => range::size(chart),
        ChartKind::Lines => lines::size(chart),
    }
}

fn pixels(size: Size) -> (u32, u32) {
    let scaled = |units: f64| units as u32 * PIXELS_PER_UNIT;
    (scaled(size.width), scaled(size.height))
}

fn paint<B: DrawingBackend>(chart: &Chart, backend: B, medium: Medium, size: Size) -> Result<(), ReportError> {
    let mut canvas = Canvas::new(backend, medium, f64::from(PIXELS_PER_UNIT), size);
    let drawn = canvas
        .clear()
        .and_then(|()| match chart.kind {
            _ if !chart.has_numbers() => draw_no_data(&mut canvas),
            ChartKind::Flows => flows::draw(chart, &mut canvas),
            ChartKind::Bars => bars::draw(chart, &mut canvas),
            ChartKind::Heatmap => heatmap::draw(chart, &mut canvas),
            ChartKind::Range => range::draw(chart, &mut canvas),
            ChartKind::Lines => lines::draw(chart, &mut canvas),
        })
        .and_then(|()| draw_notes(chart, &mut canvas, picture_size(chart).height))
        .and_then(|()| canvas.finish());
    drawn.map_err(|fault| ReportError::ChartDrawing {
        chart: chart.name.clone(),
        reason: fault.0,
    })
}

fn draw_no_data<B: DrawingBackend>(canvas: &mut Canvas<B>) -> Drawn {
    let middle = (NO_DATA.width / 2.0, NO_DATA.height / 2.0);
    canvas.text("No data", middle, REMARK.aligned(Align::Middle))
}

/// Writes the pixels as PNG with their resolution, so that print programs know the size.
fn encode_png(pixels: &[u8], width: u32, height: u32) -> Result<Vec<u8>, png::EncodingError> {
    const PIXELS_PER_METRE: u32 = (96.0 * PIXELS_PER_UNIT as f64 / 0.0254) as u32;
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Default);
    encoder.set_filter(png::FilterType::NoFilter);
    encoder.set_pixel_dims(Some(png::PixelDimensions {
        xppu: PIXELS_PER_METRE,
        yppu: PIXELS_PER_METRE,
        unit: png::Unit::Meter,
    }));
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(bytes)
}
