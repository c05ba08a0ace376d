//! The colours of all charts. They differ for readers with protanopia, deuteranopia and tritanopia and are told apart
//! in grey print by lightness, by the marker of a line, or by a number beside them.

use plotters::style::RGBColor;

use super::canvas::Marker;

pub const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
pub const MUTED: RGBColor = RGBColor(0x5f, 0x63, 0x68);
pub const GRID: RGBColor = RGBColor(0xdd, 0xdf, 0xe2);
pub const PAPER: RGBColor = RGBColor(0xff, 0xff, 0xff);
/// First series, bars.
pub const DARK: RGBColor = RGBColor(0x1b, 0x4a, 0x7a);
/// Second series; rows beside emphasised ones.
pub const LIGHT: RGBColor = RGBColor(0x9c, 0xc3, 0xe4);
/// Stocks and medians.
pub const ACCENT: RGBColor = RGBColor(0xb8, 0x4a, 0x12);
/// What is not a category of its own, such as "Other", and lines that stay in the background.
pub const NEUTRAL: RGBColor = RGBColor(0xa9, 0xad, 0xb2);
/// Columns or bars side by side.
pub const SERIES: [RGBColor; 4] = [DARK, LIGHT, MUTED, NEUTRAL];
/// Lines that stand out, each with a marker of its own.
pub const LINES: [(RGBColor, Marker); 5] = [
    (DARK, Marker::Disc),
    (ACCENT, Marker::Square),
    (RGBColor(0x3f, 0x95, 0xc8), Marker::Triangle),
    (INK, Marker::Ring),
    (RGBColor(0xba, 0x8c, 0x12), Marker::Diamond),
];
/// Classes of a shaded grid, lightest first; lightness falls evenly.
pub const SHADES: [RGBColor; 5] = [
    RGBColor(0xee, 0xf4, 0xfa),
    RGBColor(0xc6, 0xdb, 0xee),
    RGBColor(0x8f, 0xb9, 0xdc),
    RGBColor(0x35, 0x72, 0xa8),
    RGBColor(0x16, 0x45, 0x75),
];

/// So many steps from light to dark, all of them visible on paper.
pub fn steps(count: usize) -> Vec<RGBColor> {
    let stops = &SHADES[1..];
    let along = |step: usize| match count {
        1 => (stops.len() - 1) as f64,
        _ => step as f64 / (count - 1) as f64 * (stops.len() - 1) as f64,
    };
    (0..count)
        .map(|step| {
            let place = along(step);
            let (below, above) = (stops[place.floor() as usize], stops[place.ceil() as usize]);
            mixed(below, above, place.fract())
        })
        .collect()
}

/// The colour of text on a background: the one with more contrast.
pub fn ink_on(background: RGBColor) -> RGBColor {
    match contrast(INK, background) > contrast(PAPER, background) {
        true => INK,
        false => PAPER,
    }
}

/// Contrast of two colours, 1 to 21 (WCAG 2).
fn contrast(first: RGBColor, second: RGBColor) -> f64 {
    let (first, second) = (luminance(first) + 0.05, luminance(second) + 0.05);
    first.max(second) / first.min(second)
}

/// A colour between two others: 0 is the first, 1 the second.
fn mixed(first: RGBColor, second: RGBColor, share: f64) -> RGBColor {
    let between = |first: u8, second: u8| (f64::from(first) + (f64::from(second) - f64::from(first)) * share).round();
    RGBColor(
        between(first.0, second.0) as u8,
        between(first.1, second.1) as u8,
        between(first.2, second.2) as u8,
    )
}

/// Relative luminance of an sRGB colour, 0 to 1 (WCAG 2).
fn luminance(colour: RGBColor) -> f64 {
    let [red, green, blue] = linear(colour);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// Red, green and blue as amounts of light, 0 to 1 (sRGB).
fn linear(colour: RGBColor) -> [f64; 3] {
    [colour.0, colour.1, colour.2].map(|channel| {
        let channel = f64::from(channel) / 255.0;
        match channel <= 0.040_45 {
            true => channel / 12.92,
            false => ((channel + 0.055) / 1.055).powf(2.4),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a reader sees of linear light: full sight, protanopia, deuteranopia, tritanopia (Machado, Oliveira,
    /// Fernandes 2009).
    const SIGHTS: [[[f64; 3]; 3]; 4] = [
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        [
            [0.152_286, 1.052_583, -0.204_868],
            [0.114_503, 0.786_281, 0.099_216],
            [-0.003_882, -0.048_116, 1.051_998],
        ],
        [
            [0.367_322, 0.860_646, -0.227_968],
            [0.280_085, 0.672_501, 0.047_413],
            [-0.011_820, 0.042_940, 0.968_881],
        ],
        [
            [1.255_528, -0.076_749, -0.178_779],
            [-0.078_411, 0.930_809, 0.147_602],
            [0.004_733, 0.691_367, 0.303_900],
        ],
    ];

    fn times(matrix: [[f64; 3]; 3], vector: [f64; 3]) -> [f64; 3] {
        matrix.map(|row| (0..3).map(|index| row[index] * vector[index]).sum())
    }

    /// CIE L*a*b* of linear sRGB light, white point D65.
    fn lab(light: [f64; 3]) -> [f64; 3] {
        let to_xyz = [
            [0.412_456, 0.357_576, 0.180_438],
            [0.212_673, 0.715_152, 0.072_175],
            [0.019_334, 0.119_192, 0.950_304],
        ];
        let [x, y, z] = times(to_xyz, light.map(|channel| channel.clamp(0.0, 1.0)));
        let curve = |share: f64| match share > 0.008_856 {
            true => share.cbrt(),
            false => 7.787 * share + 16.0 / 116.0,
        };
        let (x, y, z) = (curve(x / 0.950_47), curve(y), curve(z / 1.088_83));
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    fn distance(first: RGBColor, second: RGBColor, sight: [[f64; 3]; 3]) -> f64 {
        let (first, second) = (lab(times(sight, linear(first))), lab(times(sight, linear(second))));
        let squares = first.iter().zip(second).map(|(one, other)| (one - other).powi(2));
        squares.sum::<f64>().sqrt()
    }

    #[test]
    fn neighbours_differ_for_every_reader() {
        let lines = LINES.map(|(colour, _)| colour);
        for colours in [&lines[..], &SERIES[..], &SHADES[..], &steps(6)[..]] {
            for sight in SIGHTS {
                for (index, first) in colours.iter().enumerate() {
                    for second in &colours[index + 1..] {
                        // 2.3 is a just noticeable difference.
                        let found = distance(*first, *second, sight);
                        assert!(found > 8.0, "{first:?} and {second:?} differ by {found}");
                    }
                }
            }
        }
    }

    #[test]
    fn lines_and_bars_stand_out_from_the_paper() {
        for colour in LINES.map(|(colour, _)| colour).into_iter().chain([DARK, MUTED, INK]) {
            assert!(contrast(colour, PAPER) >= 3.0, "{colour:?}");
        }
    }

    #[test]
    fn steps_go_from_light_to_dark() {
        for count in 1..=7 {
            let steps = steps(count);
            assert_eq!(steps.len(), count);
            assert!(steps.windows(2).all(|pair| luminance(pair[0]) > luminance(pair[1])));
        }
        assert_eq!(
            (steps(4)[0], steps(4)[3], steps(1)[0]),
            (SHADES[1], SHADES[4], SHADES[4])
        );
    }

    #[test]
    fn text_on_a_shade_can_be_read() {
        for shade in SHADES.into_iter().chain(steps(6)) {
            assert!(contrast(ink_on(shade), shade) >= 3.9, "{shade:?}");
        }
    }
}
