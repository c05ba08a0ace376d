//! Charts of small and of awkward tables: what they say, what they refuse, and that nothing they draw leaves the
//! picture or overlaps.

use crate::domain::report::ChartDefinition;
use crate::domain::table::{Cell, Column, Missing, Row, RowKind, Table, Unit, Value};
use crate::report::document::{Cover, Marking};
use crate::report::error::ReportError;

use super::canvas::{LABEL, Pen, text_width};
use super::{Chart, png, svg};

const KINDS: [&str; 6] = [
    "kind = \"flows\"",
    "kind = \"flows\"\nline = [\"b\"]\ncolumns = [\"a\", \"c\"]",
    "kind = \"bars\"",
    "kind = \"bars\"\nstacked = true",
    "kind = \"range\"\nfew = 5",
    "kind = \"lines\"",
];
const HEATMAP: &str = "kind = \"heatmap\"\nfew = 5";

fn cover() -> Cover {
    Cover {
        title: "Report".to_owned(),
        office: "Office".to_owned(),
        state: "State".to_owned(),
        period: "2019–2025".to_owned(),
        as_of: jiff::civil::date(2025, 6, 30),
        edition: 1,
        marking: Marking::Internal,
        language: "en".to_owned(),
    }
}

fn definition(text: &str) -> ChartDefinition {
    let text =
        format!("name = \"chart\"\ntitle.en = \"Title\"\ntable = \"table\"\naxis.en = \"Number of cases\"\n{text}");
    toml::from_str(&text).unwrap()
}

fn drawn(text: &str, table: &Table) -> Result<Chart, ReportError> {
    Chart::from_tables(&definition(text), std::slice::from_ref(table), &cover())
}

fn chart(text: &str, table: &Table) -> Chart {
    drawn(text, table).unwrap()
}

/// A cell: a number, `?` not known, `-` nil, or a number on so many observations as `12/3`.
fn cell(text: &str) -> Cell {
    let (value, n) = match text.split_once('/') {
        Some((value, n)) => (value, n.parse().ok()),
        None => (text, None),
    };
    let value = match value {
        "?" => Value::Missing(Missing::NotAvailable),
        "-" => Value::Missing(Missing::Nil),
        number => Value::Number(number.parse().unwrap()),
    };
    let status = "A".to_owned();
    Cell { value, n, status }
}

/// A table of counts by State with these columns; a row is its label, then its cells.
fn table(columns: &[&str], rows: &[(&str, &[&str])]) -> Table {
    let column = |name: &&str| Column {
        name: (*name).to_owned(),
        label: name.to_uppercase(),
        unit: Unit::Count,
        decimals: 0,
    };
    let row = |(label, cells): &(&str, &[&str])| Row {
        kind: match *label {
            "Other" => RowKind::Other,
            "Total" => RowKind::Total,
            _ => RowKind::Body,
        },
        keys: vec![if *label == "Total" {
            "_T".to_owned()
        } else {
            label.to_lowercase()
        }],
        labels: vec![(*label).to_owned()],
        cells: cells.iter().map(|text| cell(text)).collect(),
    };
    Table {
        name: "table".to_owned(),
        title: "Title".to_owned(),
        unit_note: "Unit: cases".to_owned(),
        row_dimensions: vec!["counterpart".to_owned()],
        row_headings: vec!["State".to_owned()],
        columns: columns.iter().map(column).collect(),
        rows: rows.iter().map(row).collect(),
        notes: Vec::new(),
    }
}

/// Three columns that rise from row to row: `rows` rows with this label before their number, times `factor`.
fn rising(label: &str, rows: usize, factor: f64) -> Table {
    let texts: Vec<(String, [String; 3])> = (0..rows)
        .map(|row| {
            let number = |part: f64| (factor * (row as f64 + part)).to_string();
            (format!("{label} {row}"), [number(0.0), number(1.0), number(3.0)])
        })
        .collect();
    let cells: Vec<(&str, Vec<&str>)> = texts
        .iter()
        .map(|(label, cells)| (label.as_str(), cells.iter().map(String::as_str).collect()))
        .collect();
    let rows: Vec<(&str, &[&str])> = cells.iter().map(|(label, cells)| (*label, cells.as_slice())).collect();
    table(&["a", "b", "c"], &rows)
}

/// Left, top, right, bottom in pixels, with what is there.
#[derive(Clone, Debug)]
struct Place {
    sides: [f64; 4],
    text: String,
}

impl Place {
    fn overlaps(&self, other: &Self) -> bool {
        // A hair's breadth is no overlap.
        const HAIR: f64 = 2.0;
        let along = |low: usize, high: usize| {
            self.sides[high].min(other.sides[high]) - self.sides[low].max(other.sides[low]) > HAIR
        };
        along(0, 2) && along(1, 3)
    }
}

fn attribute<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = element.split_once(&format!(" {name}=\""))?;
    rest.split('"').next()
}

fn number(element: &str, name: &str) -> f64 {
    attribute(element, name).map_or(0.0, |text| text.parse().unwrap())
}

/// The elements with this tag.
fn elements<'a>(picture: &'a str, tag: &str) -> Vec<&'a str> {
    let opening = format!("<{tag} ");
    picture.match_indices(&opening).map(|(at, _)| &picture[at..]).collect()
}

/// The texts of a picture as its font sets them.
fn texts(picture: &str) -> Vec<Place> {
    let place = |element: &str| {
        let (head, rest) = element.split_once('>').unwrap();
        let text = rest.split("</text>").next().unwrap().trim();
        let text = text
            .replace("&lt;", "<")
            .replace("&amp;", "&")
            .replace("&quot;", "\"")
            .replace("&apos;", "'");
        let size = number(head, "font-size");
        let pen = Pen { size, ..LABEL };
        let pen = if head.contains("font-weight=\"bold\"") {
            pen.bold()
        } else {
            pen
        };
        let width = text_width(&text, pen);
        let before = match attribute(head, "text-anchor") {
            Some("middle") => width / 2.0,
            Some("end") => width,
            _ => 0.0,
        };
        let (x, y) = (number(head, "x"), number(head, "y"));
        let sides = match head.contains("rotate(270") {
            // Reads upwards: the baseline is right of the point.
            true => [x + 0.06 * size, y - width, x + 0.76 * size, y],
            false => [x - before, y + 0.06 * size, x - before + width, y + 0.76 * size],
        };
        Place { sides, text }
    };
    elements(picture, "text")
        .into_iter()
        .map(place)
        .filter(|place| !place.text.is_empty())
        .collect()
}

/// The boxes, lines and marks of a picture.
fn shapes(picture: &str) -> Vec<[f64; 4]> {
    let rect = |element: &str| {
        let (x, y) = (number(element, "x"), number(element, "y"));
        [x, y, x + number(element, "width"), y + number(element, "height")]
    };
    let line = |element: &str| ["x1", "y1", "x2", "y2"].map(|name| number(element, name));
    let circle = |element: &str| {
        let (x, y, radius) = (number(element, "cx"), number(element, "cy"), number(element, "r"));
        [x - radius, y - radius, x + radius, y + radius]
    };
    let path = |element: &str| {
        let points = attribute(element, "points").unwrap().split_whitespace();
        points
            .map(|point| point.split_once(',').unwrap())
            .map(|(x, y)| (x.parse::<f64>().unwrap(), y.parse::<f64>().unwrap()))
            .map(|(x, y)| [x, y, x, y])
            .collect::<Vec<_>>()
    };
    let mut found: Vec<[f64; 4]> = elements(picture, "rect").into_iter().map(rect).collect();
    found.extend(elements(picture, "line").into_iter().map(line));
    found.extend(elements(picture, "circle").into_iter().map(circle));
    found.extend(elements(picture, "polyline").into_iter().flat_map(path));
    found.extend(elements(picture, "polygon").into_iter().flat_map(path));
    found
}

/// Draws the chart in both forms; everything stays inside, and no text runs into another.
fn check_picture(name: &str, chart: &Chart) {
    let picture = svg(chart, "figure").unwrap();
    assert!(!png(chart).unwrap().is_empty());
    let view = attribute(&picture, "viewBox").unwrap();
    let [width, height] = [2, 3].map(|index| view.split(' ').nth(index).unwrap().parse::<f64>().unwrap());
    let texts = texts(&picture);
    let inside = |[left, top, right, bottom]: [f64; 4]| left >= 0.0 && top >= 0.0 && right <= width && bottom <= height;
    for place in &texts {
        assert!(inside(place.sides), "{name}: {place:?} leaves {width} x {height}");
    }
    for shape in shapes(&picture) {
        assert!(inside(shape), "{name}: {shape:?} leaves {width} x {height}");
    }
    for (index, first) in texts.iter().enumerate() {
        for second in &texts[index + 1..] {
            assert!(!first.overlaps(second), "{name}: {first:?} and {second:?}");
        }
    }
}

#[test]
fn awkward_tables_draw_well() {
    let long =
        "Recognition and enforcement of judgments given abroad, with the confiscation of what was gained by crime";
    let cases = [
        ("no rows", table(&["a", "b", "c"], &[])),
        ("one row", rising("Spain", 1, 10.0)),
        ("two rows", rising("Spain", 2, 10.0)),
        ("forty rows", rising("Spain", 40, 7.0)),
        ("all zero", rising("Spain", 5, 0.0)),
        ("fractions", rising("Spain", 5, 0.01)),
        ("huge numbers", rising("Spain", 7, 123_456_789_012.0)),
        ("long labels", rising(long, 6, 10.0)),
        (
            "all missing",
            table(
                &["a", "b", "c"],
                &[("Spain", &["?", "-", "?"]), ("Italy", &["?", "?", "-"])],
            ),
        ),
        (
            "some missing",
            table(
                &["a", "b", "c"],
                &[
                    ("Spain", &["1", "?", "3"]),
                    ("Italy", &["?", "5", "-"]),
                    ("Malta", &["0", "2", "3"]),
                ],
            ),
        ),
        (
            "an outlier",
            table(
                &["a", "b", "c"],
                &[("Spain", &["1", "2", "3"]), ("Italy", &["1", "2", "100000"])],
            ),
        ),
    ];
    for (name, table) in &cases {
        for kind in KINDS.into_iter().chain([HEATMAP]) {
            check_picture(&format!("{name}, {kind}"), &chart(kind, table));
        }
    }
}

#[test]
fn without_numbers_the_picture_says_so() {
    for table in [
        table(&["a", "b", "c"], &[]),
        table(&["a", "b", "c"], &[("Spain", &["?", "-", "?"])]),
    ] {
        for kind in KINDS.into_iter().chain([HEATMAP]) {
            let chart = chart(kind, &table);
            let texts = texts(&svg(&chart, "figure").unwrap());
            assert_eq!(
                texts.iter().map(|place| place.text.as_str()).collect::<Vec<_>>(),
                ["No data"]
            );
            assert_eq!(chart.alternative(), "There are no data to show.");
        }
    }
}

#[test]
fn many_and_few_columns_draw_well() {
    for count in [0, 1, 2, 7, 40] {
        let names: Vec<String> = (0..count).map(|column| format!("{}", 1980 + column)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let numbers: Vec<String> = (0..count)
            .map(|column| format!("{}", 1000 + column * 37 % 11))
            .collect();
        let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
        let rows: Vec<(&str, &[&str])> = ["Spain", "Italy", "Malta"]
            .map(|label| (label, numbers.as_slice()))
            .to_vec();
        for kind in ["kind = \"lines\"", "kind = \"lines\"\nemphasis = 1", HEATMAP] {
            check_picture(&format!("{count} columns, {kind}"), &chart(kind, &table(&names, &rows)));
        }
    }
}

#[test]
fn names_of_lines_that_end_together_are_moved_apart() {
    let rows: Vec<(String, [&str; 2])> = (0..12)
        .map(|row| (format!("Treaty number {row}"), ["5", "9"]))
        .collect();
    let rows: Vec<(&str, &[&str])> = rows
        .iter()
        .map(|(label, cells)| (label.as_str(), cells.as_slice()))
        .collect();
    let chart = chart("kind = \"lines\"", &table(&["2024", "2025"], &rows));
    check_picture("lines that end together", &chart);
    let picture = svg(&chart, "figure").unwrap();
    let named = |row: usize| {
        texts(&picture)
            .iter()
            .any(|place| place.text == format!("Treaty number {row}"))
    };
    assert_eq!((0..12).filter(|row| named(*row)).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    assert_eq!(chart.notes, ["Grey: 7 others."]);
}

#[test]
fn rows_stand_out_by_key_or_as_the_first() {
    let table = table(
        &["2024"],
        &[
            ("2023", &["1"]),
            ("2024", &["2"]),
            ("2025", &["3"]),
            ("Other", &["4"]),
            ("Total", &["10"]),
        ],
    );
    let loud = |text: &str| -> Vec<String> {
        let chart = chart(text, &table);
        let loud = chart.categories.into_iter().filter(|category| category.emphasised);
        loud.map(|category| category.label).collect()
    };
    assert_eq!(loud("kind = \"lines\"\nemphasis = [\"{year}\", \"absent\"]"), ["2025"]);
    assert_eq!(loud("kind = \"lines\"\nemphasis = 2"), ["2023", "2024"]);
    assert_eq!(loud("kind = \"lines\""), ["2023", "2024", "2025"]);
    assert_eq!(loud("kind = \"lines\"\nlast = 1"), ["2025"]);
    assert!(loud("kind = \"bars\"").is_empty());
    assert_eq!(chart("kind = \"bars\"", &table).categories.len(), 4);
    assert_eq!(
        chart("kind = \"lines\"", &table).categories.len(),
        3,
        "a sum of many is no line"
    );
}

#[test]
fn bars_are_as_long_as_their_numbers() {
    let table = table(&["a", "b"], &[("Spain", &["30", "10"]), ("Italy", &["5", "20"])]);
    let lengths = |text: &str| -> Vec<(f64, f64)> {
        let picture = svg(&chart(text, &table), "figure").unwrap();
        let bars = elements(&picture, "rect").into_iter().skip(1);
        let bars = bars.map(|bar| (number(bar, "x"), number(bar, "width")));
        // The two samples of the key come first.
        bars.skip(2).collect()
    };
    let grouped = lengths("kind = \"bars\"");
    let unit = grouped[0].1 / 30.0;
    for ((start, length), expected) in grouped.iter().zip([30.0, 10.0, 5.0, 20.0]) {
        assert!(
            (length - expected * unit).abs() <= 1.0 && *start == grouped[0].0,
            "{grouped:?}"
        );
    }
    let stacked = lengths("kind = \"bars\"\nstacked = true");
    let unit = (stacked[0].1 + stacked[1].1) / 40.0;
    for ((_, length), expected) in stacked.iter().zip([30.0, 10.0, 5.0, 20.0]) {
        assert!((length - expected * unit).abs() <= 1.0, "{stacked:?}");
    }
    assert_eq!(
        stacked[1].0,
        stacked[0].0 + stacked[0].1,
        "parts stand behind each other"
    );
    assert_eq!(stacked[2].0, stacked[0].0, "stacks begin at 0");
}

#[test]
fn a_stack_says_what_it_cannot_show() {
    let table = table(
        &["young", "old"],
        &[("Spain", &["3", "?"]), ("Italy", &["0", "0"]), ("Malta", &["0", "2"])],
    );
    let picture = svg(&chart("kind = \"bars\"\nstacked = true", &table), "figure").unwrap();
    let drawn: Vec<String> = texts(&picture).into_iter().map(|place| place.text).collect();
    let behind: Vec<&str> = drawn
        .iter()
        .map(String::as_str)
        .filter(|text| text.contains("OLD :") || *text == "0")
        .collect();
    // Spain's missing part is named with its sign, Italy has nothing, Malta's 0 is no part.
    assert_eq!(behind, ["OLD :", "0"]);
}

#[test]
fn a_bar_that_stands_out_is_dark_among_light_ones_and_its_name_is_bold() {
    let table = table(&["a"], &[("Spain", &["30"]), ("Italy", &["20"]), ("Other", &["10"])]);
    let chart = chart("kind = \"bars\"\nemphasis = [\"italy\"]", &table);
    check_picture("emphasis", &chart);
    let picture = svg(&chart, "figure").unwrap();
    let bars = elements(&picture, "rect").into_iter().skip(1);
    let fills: Vec<&str> = bars.filter_map(|bar| attribute(bar, "fill")).collect();
    assert_eq!(fills, ["#9CC3E4", "#1B4A7A", "#A9ADB2"]);
    let names = elements(&picture, "text")
        .into_iter()
        .filter(|text| attribute(text, "text-anchor") == Some("end"));
    let bold: Vec<bool> = names
        .map(|name| name.split('>').next().unwrap().contains("bold"))
        .collect();
    assert_eq!(bold, [false, true, false]);
}

#[test]
fn a_missing_number_is_a_gap_and_no_zero() {
    let table = table(&["2021", "2022", "2023", "2024"], &[("Spain", &["4", "?", "2", "3"])]);
    let picture = svg(&chart("kind = \"lines\"", &table), "figure").unwrap();
    // One line from 2023 to 2024, marks on three years and one beside the name.
    let data_line = elements(&picture, "line")
        .into_iter()
        .filter(|line| attribute(line, "stroke") == Some("#1B4A7A"));
    assert_eq!(data_line.count(), 1);
    let marks = elements(&picture, "circle").len();
    assert_eq!(marks, 4);
}

#[test]
fn alternatives_say_what_the_picture_shows() {
    let years = table(
        &["2023", "2024", "2025"],
        &[
            ("Treaty", &["10", "1200", "30"]),
            ("Custom", &["1", "?", "2"]),
            ("Other", &["9", "9", "9"]),
        ],
    );
    let lines = "Number of cases. 2 lines, figures for 2023 to 2025. Treaty: 10 in 2023, 30 in 2025; \
                 largest 1,200 in 2024. \
                 Custom: 1 in 2023, 2 in 2025; largest 2 in 2025. Without a figure: 1 of 6.";
    let ages = table(
        &["young", "old"],
        &[("Incoming", &["5", "0"]), ("Outgoing", &["1", "?"])],
    );
    let stacks = "Number of cases. 2 stacked bars. Incoming: YOUNG 5, OLD 0. Outgoing: YOUNG 1, OLD :. \
                  Without a figure: 1 of 4.";
    let days = table(
        &["p10", "median", "p90"],
        &[
            ("Service", &["1/9", "2/9", "8/9"]),
            ("Hearing", &["3/2", "4/2", "5/2"]),
            ("Transfer", &["-", "-", "-"]),
        ],
    );
    let ranges = "Number of cases. 3 ranges from P10 to P90, with MEDIAN. Lowest MEDIAN: 2 (Service). \
                  Highest MEDIAN: 4 (Hearing). Highest P90: 8 (Service). In brackets: 3 figures on fewer than 5 observations. \
                  Without a figure: 3 of 9.";
    let grid = "Number of cases. Grid of 3 rows by 3 columns; 6 of 9 cells have a figure. Lowest 1 (Service, P10), \
                highest 8 (Service, P90). In brackets: 3 figures on fewer than 5 observations.";
    let flows = "Number of cases. Figures for Incoming to Outgoing. YOUNG: 5 in Incoming, 1 in Outgoing; \
                 largest 5 in Incoming. OLD: 0 in Incoming. Without a figure: 1 of 4.";
    // Row r of `rising` has r, r + 1 and r + 3.
    let many = rising("Spain", 9, 1.0);
    let groups =
        "Number of cases. 9 groups of bars. A: largest 8 (Spain 8). B: largest 9 (Spain 8). C: largest 11 (Spain 8).";
    let quiet = "Number of cases. 9 lines, figures for A to C. Spain 0: 0 in A, 3 in C; largest 3 in C. 8 others in grey; \
                 the highest figure among them is 11 (Spain 8, C).";
    let one = table(&["a"], &[("Spain", &["7"])]);
    let cases = [
        ("kind = \"lines\"", &years, lines),
        ("kind = \"bars\"\nstacked = true", &ages, stacks),
        ("kind = \"range\"\nfew = 5", &days, ranges),
        (HEATMAP, &days, grid),
        ("kind = \"flows\"", &ages, flows),
        ("kind = \"bars\"", &many, groups),
        ("kind = \"lines\"\nemphasis = 1", &many, quiet),
        ("kind = \"bars\"", &one, "Number of cases. One bar. Spain: 7."),
        (
            "kind = \"lines\"",
            &one,
            "Number of cases. 1 line, figures for A. Spain: 7 in A.",
        ),
        (
            "kind = \"lines\"",
            &table(&["a"], &[("Spain", &["?"])]),
            "There are no data to show.",
        ),
    ];
    for (text, table, expected) in cases {
        assert_eq!(chart(text, table).alternative(), expected);
    }
}

#[test]
fn notes_carry_footnotes_and_the_meaning_of_signs() {
    let mut table = table(
        &["p10", "median", "p90"],
        &[("Kosovo*", &["1/3", "2/3", "8/3"]), ("Malta", &["?", "?", "?"])],
    );
    table.notes = vec![
        "Kosovo*: a designation.".to_owned(),
        "Kosovo*s are no rows.".to_owned(),
        "MEDIAN of closed cases.".to_owned(),
        "A note on the table.".to_owned(),
    ];
    let expected = [
        "Line: P10 to P90; mark: MEDIAN.",
        "In brackets, with an open mark: on fewer than 5 observations.",
        ": not available.",
        "Kosovo*: a designation.",
        "MEDIAN of closed cases.",
    ];
    let chart = chart("kind = \"range\"\nfew = 5", &table);
    assert_eq!(chart.notes, expected);
    check_picture("notes", &chart);
    let picture = svg(&chart, "figure").unwrap();
    let drawn = texts(&picture);
    assert!(
        expected
            .iter()
            .all(|note| drawn.iter().any(|place| place.text == *note))
    );
}

#[test]
fn a_long_footnote_is_wrapped_and_never_cut() {
    let words = "This designation is without prejudice to positions on status, and is in line with UNSCR 1244/1999 and \
                 the ICJ Opinion on the Kosovo declaration of independence.";
    let mut table = rising("Spain", 3, 1.0);
    table.notes = vec![format!("Spain 1: {words}")];
    let chart = chart("kind = \"bars\"", &table);
    check_picture("a long footnote", &chart);
    let drawn: Vec<String> = texts(&svg(&chart, "figure").unwrap())
        .into_iter()
        .map(|place| place.text)
        .collect();
    let first = drawn.iter().position(|text| text.starts_with("Spain 1: ")).unwrap();
    assert_eq!(drawn[first..].join(" "), format!("Spain 1: {words}"));
}

#[test]
fn a_line_that_ends_early_has_no_leader_that_looks_like_its_course() {
    let table = table(
        &["Jan", "Feb", "Mar"],
        &[("2024", &["4", "4", "4"]), ("2025", &["2", "?", "?"])],
    );
    let picture = svg(&chart("kind = \"lines\"\nemphasis = [\"2025\"]", &table), "figure").unwrap();
    let grey = elements(&picture, "line")
        .into_iter()
        .filter(|line| attribute(line, "stroke") == Some("#A9ADB2"));
    // The leader of 2024 and the sample before its name, at the height of its line; nothing at that of 2025.
    let heights: Vec<f64> = grey.map(|line| number(line, "y1")).collect();
    assert_eq!(heights.len(), 2, "{heights:?}");
    assert_eq!(heights[0], heights[1]);
}

#[test]
fn what_would_mislead_is_refused() {
    let counts = table(&["a", "b", "c"], &[("Spain", &["3", "2", "1"])]);
    let mut mixed = counts.clone();
    mixed.columns[1].unit = Unit::Percent;
    let many: Vec<String> = (0..9).map(|column| format!("c{column}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let wide = table(&many, &[]);
    let negative = table(&["a"], &[("Spain", &["-4"])]);
    let rows = rising("Spain", 9, 1.0);
    let cases = [
        (
            "kind = \"bars\"\nline = [\"a\"]",
            &counts,
            "`line` is for flows, and this chart is of the kind `bars`",
        ),
        ("kind = \"lines\"\nstacked = true", &counts, "`stacked` is for bars"),
        ("kind = \"bars\"\nfew = 3", &counts, "`few` is for heatmap and range"),
        ("kind = \"bars\"", &wide, "draws 9 columns, expected at most 4"),
        (
            "kind = \"bars\"\nstacked = true",
            &wide,
            "draws 9 stacked columns, expected at most 6",
        ),
        ("kind = \"flows\"", &wide, "draws 9 columns, expected at most 4"),
        (
            "kind = \"range\"\ncolumns = [\"a\", \"b\"]",
            &counts,
            "draws 2 columns, expected three",
        ),
        (
            "kind = \"range\"",
            &counts,
            "the quantiles of `Spain` are [3.0, 2.0, 1.0] and do not rise",
        ),
        (
            "kind = \"bars\"",
            &mixed,
            "the columns `a` and `b`, which differ in their unit",
        ),
        (
            "kind = \"lines\"\nemphasis = 6",
            &rows,
            "emphasises 6 lines, and 5 at most",
        ),
        (
            "kind = \"bars\"",
            &negative,
            "column `a` is -4 at `Spain`; charts start at 0",
        ),
    ];
    for (text, table, expected) in cases {
        let message = drawn(text, table).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn definitions_refuse_what_is_no_emphasis_and_no_count() {
    let read = |text: &str| {
        toml::from_str::<ChartDefinition>(&format!(
            "name = \"c\"\nkind = \"lines\"\ntitle.en = \"t\"\ntable = \"t\"\naxis.en = \"a\"\n{text}"
        ))
    };
    let message = read("emphasis = true").unwrap_err().to_string();
    assert!(
        message.contains("keys of rows such as [\"RO\"], or how many of the first rows such as 5"),
        "{message}"
    );
    assert!(read("last = 0").is_err());
    assert!(read("last = 2\nemphasis = [\"RO\"]").is_ok());
}
