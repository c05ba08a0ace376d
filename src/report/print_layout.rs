//! How a table lies on paper: whether it needs a page on its side, how wide its columns are, and where it is cut if even that is too narrow.
//!
//! Input: a table and the format of its numbers. Output: a [`PrintLayout`]. Widths are counted in digits of the table's type, estimated
//! from the number of characters: the widest cell of a column, and its heading set in a few lines. The estimate decides only the layout;
//! a template may lay out as it likes.

use serde::Serialize;

use super::number::NumberFormat;
use crate::domain::table::{Column, Table};

/// Digits of the table's type (8 pt) that fit side by side on A4 upright, and on its side.
const UPRIGHT: usize = 104;
const LANDSCAPE: usize = 160;
/// Space between two columns, in digits.
const GUTTER: usize = 2;
/// Lines that a heading may take.
const HEADING_LINES: usize = 4;
/// Where there is room, labels of rows stand in one line up to this length.
const LONGEST_LABEL_IN_A_LINE: usize = 64;
/// How a table may be set, the first that fits: the room on the page, and the length from which labels of rows run over several lines and
/// words of headings are divided. What does not fit even the last is cut.
const SETTINGS: [Setting; 4] = [
    Setting {
        room: UPRIGHT,
        label: 22,
        word: 12,
    },
    Setting {
        room: UPRIGHT,
        label: 17,
        word: 12,
    },
    Setting {
        room: LANDSCAPE,
        label: 22,
        word: 12,
    },
    Setting {
        room: LANDSCAPE,
        label: 17,
        word: 8,
    },
];
/// A narrow table takes at least this much of the page's width, in per cent; one that takes much takes all of it.
const NARROWEST: usize = 35;
const NEARLY_ALL: usize = 70;
/// When the page is printed by a browser: tables with more rows than this may break, and tables with more columns than these are set smaller,
/// or with upright headings.
const MOST_ROWS_KEPT_TOGETHER: usize = 16;
const MOST_NORMAL_COLUMNS: usize = 8;
const MOST_LEVEL_HEADINGS: usize = 11;

/// The layout of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PrintLayout {
    /// How a browser prints it: `wide`, `upright` and `long`, or none of them.
    pub classes: Vec<&'static str>,
    /// Needs a page on its side.
    pub landscape: bool,
    /// Width of each column of labels.
    pub label_widths: Vec<usize>,
    /// The table cut between columns, so that each part fits a page: usually one part.
    pub parts: Vec<Part>,
}

/// Columns that stand side by side on one page, together with the labels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// The first column, counted from 0, and the one after the last.
    pub from: usize,
    pub to: usize,
    /// Width of each of these columns.
    pub widths: Vec<usize>,
    /// How much of the page's width the part takes, in per cent: a narrow table is not drawn out over the page.
    pub share: usize,
}

struct Setting {
    room: usize,
    label: usize,
    word: usize,
}

impl PrintLayout {
    /// The layout of `table` when its numbers are printed as `numbers` says.
    pub fn of(table: &Table, numbers: NumberFormat) -> Self {
        let labels = longest_labels(table);
        let cells = longest_cells(table, numbers);
        let last = &SETTINGS[SETTINGS.len() - 1];
        let setting = SETTINGS
            .iter()
            .find(|setting| {
                let (label_widths, widths) = setting.widths(&labels, &cells, &table.columns);
                label_widths.iter().chain(&widths).sum::<usize>() <= setting.room
            })
            .unwrap_or(last);
        let (mut label_widths, widths) = setting.widths(&labels, &cells, &table.columns);
        let needed = label_widths.iter().chain(&widths).sum();
        widen(&mut label_widths, &labels, setting.room.saturating_sub(needed));
        Self {
            classes: classes(table),
            landscape: setting.room == LANDSCAPE,
            parts: parts(label_widths.iter().sum(), &widths, setting.room),
            label_widths,
        }
    }
}

impl Setting {
    /// Widths of the columns of labels and of the others, the space between them included.
    fn widths(&self, labels: &[usize], cells: &[usize], columns: &[Column]) -> (Vec<usize>, Vec<usize>) {
        let label = |longest: &usize| longest.min(&self.label) + GUTTER;
        let column = |(longest, column): (&usize, &Column)| longest.max(&self.heading(&column.label)) + GUTTER;
        (
            labels.iter().map(label).collect(),
            cells.iter().zip(columns).map(column).collect(),
        )
    }

    /// The width of a heading in a few lines. It is bold: ten letters take the room of eleven digits.
    fn heading(&self, text: &str) -> usize {
        let word = text.split_whitespace().map(length).max().unwrap_or(0).min(self.word);
        let letters = word.max(length(text).div_ceil(HEADING_LINES));
        (letters * 11).div_ceil(10)
    }
}

fn classes(table: &Table) -> Vec<&'static str> {
    let columns = table.row_headings.len() + table.columns.len();
    let classes = [
        ("wide", columns > MOST_NORMAL_COLUMNS),
        ("upright", columns > MOST_LEVEL_HEADINGS),
        ("long", table.rows.len() > MOST_ROWS_KEPT_TOGETHER),
    ];
    classes
        .into_iter()
        .filter(|(_, holds)| *holds)
        .map(|(class, _)| class)
        .collect()
}

fn longest_labels(table: &Table) -> Vec<usize> {
    let headings = table.row_headings.iter().enumerate();
    let longest = headings.map(|(index, heading)| {
        let labels = table.rows.iter().map(|row| length(&row.labels[index]));
        labels.max().unwrap_or(0).max(length(heading))
    });
    longest.collect()
}

fn longest_cells(table: &Table, numbers: NumberFormat) -> Vec<usize> {
    let columns = table.columns.iter().enumerate();
    let longest = columns.map(|(index, column)| {
        let rows = table.rows.iter();
        let cells = rows.map(|row| length(&numbers.value(row.cells[index].value, column.decimals)));
        cells.max().unwrap_or(0)
    });
    longest.collect()
}

/// Gives the room that is left to the labels, from the last column of them to the first, until each stands in a line.
fn widen(widths: &mut [usize], longest: &[usize], mut left: usize) {
    for (width, longest) in widths.iter_mut().zip(longest).rev() {
        let wanted = longest.min(&LONGEST_LABEL_IN_A_LINE) + GUTTER;
        let added = wanted.saturating_sub(*width).min(left);
        *width += added;
        left -= added;
    }
}

/// Cuts the columns into runs that fit beside the labels; a run has at least one column.
fn parts(labels: usize, widths: &[usize], room: usize) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut from = 0;
    loop {
        let mut taken = labels;
        let fitting = widths[from..].iter().take_while(|width| {
            taken += **width;
            taken <= room
        });
        let to = (from + fitting.count().max(1)).min(widths.len());
        let widths_of_part = widths[from..to].to_vec();
        parts.push(Part {
            from,
            to,
            share: share(labels + widths_of_part.iter().sum::<usize>(), room),
            widths: widths_of_part,
        });
        if to == widths.len() {
            return parts;
        }
        from = to;
    }
}

/// The share of the page's width, somewhat more than what is needed.
fn share(width: usize, room: usize) -> usize {
    match width * 130 / room {
        share if share >= NEARLY_ALL => 100,
        share => share.max(NARROWEST),
    }
}

fn length(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::{Part, parts, widen};

    /// From and to of each part, and its share of the page.
    fn cut(labels: usize, widths: &[usize]) -> Vec<(usize, usize, usize)> {
        let cut = parts(labels, widths, 100);
        assert_eq!(
            cut.iter().flat_map(|part| part.widths.clone()).collect::<Vec<_>>(),
            widths
        );
        cut.iter().map(|part: &Part| (part.from, part.to, part.share)).collect()
    }

    #[test]
    fn labels_take_the_room_that_is_left() {
        let widened = |left: usize| {
            let mut widths = [24, 10, 24];
            widen(&mut widths, &[40, 8, 30], left);
            widths
        };
        assert_eq!(widened(0), [24, 10, 24]);
        assert_eq!(widened(10), [26, 10, 32]);
        assert_eq!(widened(99), [42, 10, 32]);
    }

    #[test]
    fn columns_are_cut_where_the_page_ends_and_narrow_tables_stay_narrow() {
        assert_eq!(cut(20, &[40, 40]), [(0, 2, 100)]);
        assert_eq!(cut(20, &[40, 40, 1]), [(0, 2, 100), (2, 3, 35)]);
        assert_eq!(cut(20, &[20]), [(0, 1, 52)]);
        assert_eq!(cut(30, &[]), [(0, 0, 39)]);
        assert_eq!(
            cut(120, &[5, 5]),
            [(0, 1, 100), (1, 2, 100)],
            "a part has at least one column"
        );
    }
}
