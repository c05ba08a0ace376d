//! The drawing surface of all charts: boxes, lines, dots and text in one visual language, over an SVG or a bitmap backend.
//!
//! Coordinates are CSS pixels from the upper left corner; the canvas turns them into backend pixels. Text is placed by its
//! baseline and is measured with the font shipped in `assets/fonts`, on any machine alike. The backends size and place text
//! differently: [`Medium`] evens that out. Nothing here knows what a chart shows.

use std::fmt::Display;
use std::sync::LazyLock;

use plotters::backend::DrawingBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{
    Color, FontDesc, FontFamily, FontStyle, FontTransform, RGBColor, ShapeStyle, TextStyle, register_font,
};

use super::palette;

/// The family that text is set in: the shipped one first (it has the widths of Arial and Helvetica), then a generic one.
const FAMILY: &str = "Liberation Sans, Arial, Helvetica, sans-serif";

/// Width and height in CSS pixels.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub width: f64,
    pub height: f64,
}

/// How a backend understands the size of a text and the point it is placed at.
#[derive(Clone, Copy, Debug)]
pub enum Medium {
    Svg,
    Bitmap,
}

impl Medium {
    /// The size to ask for, for one em of text: the SVG backend divides by 1.24, the rasteriser takes the font's line height.
    fn size_per_em(self) -> f64 {
        match self {
            Self::Svg => 1.24,
            Self::Bitmap => (1854.0 + 434.0) / 2048.0,
        }
    }

    /// How far above the baseline the backend wants the text's point, in em.
    fn point_above_baseline(self) -> f64 {
        match self {
            Self::Svg => 0.76,
            Self::Bitmap => self.size_per_em() / 2.0,
        }
    }
}

/// Where a text stands in relation to its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Start,
    Middle,
    End,
}

/// How a text is written.
#[derive(Clone, Copy, Debug)]
pub struct Pen {
    pub size: f64,
    pub bold: bool,
    pub colour: RGBColor,
    pub align: Align,
}

impl Pen {
    const fn new(size: f64, colour: RGBColor, align: Align) -> Self {
        Self {
            size,
            bold: false,
            colour,
            align,
        }
    }

    pub const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    pub const fn aligned(self, align: Align) -> Self {
        Self { align, ..self }
    }

    pub const fn coloured(self, colour: RGBColor) -> Self {
        Self { colour, ..self }
    }
}

/// The shape of a mark on a line, so that lines are told apart without colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    Disc,
    Square,
    Triangle,
    Diamond,
    Ring,
}

/// Labels of categories and series.
pub const LABEL: Pen = Pen::new(12.0, palette::INK, Align::Start);
/// Numbers inside a picture.
pub const NUMBER: Pen = Pen::new(10.5, palette::INK, Align::Middle);
/// Marks of axes and footnotes.
pub const REMARK: Pen = Pen::new(10.5, palette::MUTED, Align::Start);
/// Titles of axes.
pub const AXIS_TITLE: Pen = Pen::new(10.5, palette::INK, Align::Start).bold();

/// What a backend said that could not draw.
#[derive(Debug)]
pub struct DrawingFault(pub String);

/// Whether something was drawn.
pub type Drawn = Result<(), DrawingFault>;

fn fault(error: impl Display) -> DrawingFault {
    DrawingFault(error.to_string())
}

/// A backend with units, fonts and alignment.
pub struct Canvas<B: DrawingBackend> {
    backend: B,
    medium: Medium,
    scale: f64,
    size: Size,
}

impl<B: DrawingBackend> Canvas<B> {
    pub fn new(backend: B, medium: Medium, scale: f64, size: Size) -> Self {
        LazyLock::force(&FONTS);
        Self {
            backend,
            medium,
            scale,
            size,
        }
    }

    pub fn size(&self) -> Size {
        self.size
    }

    /// Paints the paper, where the backend does not start with it.
    pub fn clear(&mut self) -> Drawn {
        let Size { width, height } = self.size;
        if matches!(self.medium, Medium::Bitmap) {
            return Ok(());
        }
        self.rectangle((0.0, 0.0), (width, height), palette::PAPER)
    }

    pub fn finish(&mut self) -> Drawn {
        self.backend.present().map_err(fault)
    }

    /// A filled box between two corners.
    pub fn rectangle(&mut self, from: (f64, f64), to: (f64, f64), colour: RGBColor) -> Drawn {
        let (from, to) = (self.point(from), self.point(to));
        if from.0 == to.0 || from.1 == to.1 {
            return Ok(());
        }
        self.backend.draw_rect(from, to, &colour.filled(), true).map_err(fault)
    }

    /// A line through the points.
    pub fn line(&mut self, points: &[(f64, f64)], width: f64, colour: RGBColor) -> Drawn {
        let style = ShapeStyle {
            color: colour.to_rgba(),
            filled: false,
            stroke_width: (width * self.scale).round() as u32,
        };
        let points: Vec<(i32, i32)> = points.iter().map(|point| self.point(*point)).collect();
        match points.as_slice() {
            [from, to] => self.backend.draw_line(*from, *to, &style),
            _ => self.backend.draw_path(points, &style),
        }
        .map_err(fault)
    }

    /// A filled dot.
    pub fn dot(&mut self, centre: (f64, f64), radius: f64, colour: RGBColor) -> Drawn {
        let centre = self.point(centre);
        let radius = (radius * self.scale).round() as u32;
        self.backend
            .draw_circle(centre, radius, &colour.filled(), true)
            .map_err(fault)
    }

    /// A mark with `centre` in its middle; all shapes look about as large.
    pub fn marker(&mut self, marker: Marker, centre: (f64, f64), radius: f64, colour: RGBColor) -> Drawn {
        let corners = |corners: &[(f64, f64)]| -> Vec<(i32, i32)> {
            let at = |(x, y): &(f64, f64)| self.point((centre.0 + x * radius, centre.1 + y * radius));
            corners.iter().map(at).collect()
        };
        let polygon = match marker {
            Marker::Disc => return self.dot(centre, radius, colour),
            Marker::Ring => {
                self.dot(centre, radius, colour)?;
                return self.dot(centre, radius * 0.5, palette::PAPER);
            }
            Marker::Square => corners(&[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]),
            Marker::Triangle => corners(&[(0.0, -1.2), (1.2, 0.9), (-1.2, 0.9)]),
            Marker::Diamond => corners(&[(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)]),
        };
        self.backend.fill_polygon(polygon, &colour.filled()).map_err(fault)
    }

    /// A text whose baseline goes through `baseline`.
    pub fn text(&mut self, text: &str, baseline: (f64, f64), pen: Pen) -> Drawn {
        let rise = self.medium.point_above_baseline() * pen.size;
        self.write(text, (baseline.0, baseline.1 - rise), pen, FontTransform::None)
    }

    /// Clears the place of a centred text, so that no grid line runs through it.
    pub fn patch(&mut self, text: &str, baseline: (f64, f64), pen: Pen) -> Drawn {
        let half = text_width(text, pen) / 2.0 + 1.5;
        let (top, bottom) = (baseline.1 - 0.85 * pen.size, baseline.1 + 0.2 * pen.size);
        self.rectangle((baseline.0 - half, top), (baseline.0 + half, bottom), palette::PAPER)
    }

    /// A text that reads upwards, whose baseline goes through `baseline`.
    pub fn text_upwards(&mut self, text: &str, baseline: (f64, f64), pen: Pen) -> Drawn {
        let rise = self.medium.point_above_baseline() * pen.size;
        self.write(text, (baseline.0 - rise, baseline.1), pen, FontTransform::Rotate270)
    }

    fn write(&mut self, text: &str, at: (f64, f64), pen: Pen, transform: FontTransform) -> Drawn {
        let size = pen.size * self.medium.size_per_em() * self.scale;
        let horizontal = match pen.align {
            Align::Start => HPos::Left,
            Align::Middle => HPos::Center,
            Align::End => HPos::Right,
        };
        let style = TextStyle {
            font: FontDesc::new(FontFamily::Name(FAMILY), size, style_of(pen.bold)).transform(transform),
            color: pen.colour.to_backend_color(),
            pos: Pos::new(horizontal, VPos::Top),
        };
        let at = self.point(at);
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        self.backend.draw_text(&text, &style, at).map_err(fault)
    }

    fn point(&self, (x, y): (f64, f64)) -> (i32, i32) {
        ((x * self.scale).round() as i32, (y * self.scale).round() as i32)
    }
}

/// Draws lines of text under each other; `baseline` is that of the first.
pub fn text_lines<B: DrawingBackend>(
    canvas: &mut Canvas<B>,
    lines: &[String],
    baseline: (f64, f64),
    distance: f64,
    pen: Pen,
) -> Drawn {
    lines.iter().enumerate().try_for_each(|(index, line)| {
        let at = (baseline.0, baseline.1 + index as f64 * distance);
        canvas.text(line, at, pen)
    })
}

/// How wide a text is, in CSS pixels.
pub fn text_width(text: &str, pen: Pen) -> f64 {
    /// Measured large, because the font answers in whole pixels.
    const MEASURED_AT: f64 = 1000.0;
    LazyLock::force(&FONTS);
    let measured = FontDesc::new(
        FontFamily::Name(FAMILY),
        MEASURED_AT * Medium::Bitmap.size_per_em(),
        style_of(pen.bold),
    );
    let width = measured.layout_box(text).map_or(0, |(_, (width, _))| width);
    f64::from(width) / MEASURED_AT * pen.size
}

/// The text in lines no wider than `width`, at most `lines` of them; what does not fit ends in an ellipsis.
pub fn wrapped(text: &str, pen: Pen, width: f64, lines: usize) -> Vec<String> {
    let mut wrapped: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let is_last = wrapped.len() == lines;
        match wrapped.last_mut() {
            Some(line) if is_last || text_width(&format!("{line} {word}"), pen) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => wrapped.push(word.to_owned()),
        }
    }
    wrapped.iter().map(|line| shortened(line, pen, width)).collect()
}

/// The text, cut with an ellipsis where it is wider than `width`.
fn shortened(text: &str, pen: Pen, width: f64) -> String {
    if text_width(text, pen) <= width {
        return text.to_owned();
    }
    let characters: Vec<char> = text.chars().collect();
    (1..characters.len())
        .rev()
        .map(|length| format!("{}…", characters[..length].iter().collect::<String>().trim_end()))
        .find(|cut| text_width(cut, pen) <= width)
        .unwrap_or_else(|| "…".to_owned())
}

fn style_of(bold: bool) -> FontStyle {
    match bold {
        true => FontStyle::Bold,
        false => FontStyle::Normal,
    }
}

/// The shipped font, registered once; a font that can't be read shows as a drawing error of the first text.
static FONTS: LazyLock<bool> = LazyLock::new(|| {
    let regular = include_bytes!("../../../assets/fonts/LiberationSans-Regular.ttf");
    let bold = include_bytes!("../../../assets/fonts/LiberationSans-Bold.ttf");
    register_font(FAMILY, FontStyle::Normal, regular).is_ok() && register_font(FAMILY, FontStyle::Bold, bold).is_ok()
});

#[cfg(test)]
mod tests {
    use super::{LABEL, text_width, wrapped};

    #[test]
    fn every_letter_of_the_languages_has_a_width_of_its_own_glyph() {
        let missing = text_width("\u{10ffff}", LABEL);
        for letter in "ăâîșțşţȘȚĂÂÎčćžšđЂђЈјЉљЊњЋћЏџЖж−…".chars() {
            for pen in [LABEL, LABEL.bold()] {
                let width = text_width(&letter.to_string(), pen);
                assert!(width > 0.0 && width != missing, "no glyph for {letter}");
            }
        }
    }

    #[test]
    fn long_labels_are_wrapped_and_then_cut() {
        assert_eq!(wrapped("Spain", LABEL, 100.0, 2), ["Spain"]);
        let lines = wrapped("Recognition and enforcement of judgments given abroad", LABEL, 110.0, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines[1].ends_with('…'), "{lines:?}");
        assert!(lines.iter().all(|line| text_width(line, LABEL) <= 110.0));
    }
}
