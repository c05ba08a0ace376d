//! Where the header of a table stands: the title rows above it, and how many rows it has.
//!
//! A header is a row unlike those below it: text where they have numbers, dates and file numbers. Names that are known as headers speak for it,
//! values that occur again below speak against it.

use std::collections::BTreeSet;

use crate::domain::fold::fold;
use crate::inspect::finding::Certainty;
use crate::inspect::table::{Table, TableRow};
use crate::normalise::Cell;

/// The header of a table.
#[derive(Clone, Debug)]
pub struct HeaderFinding {
    /// Rows above the header, counted as the key `title_rows` counts them.
    pub titles: usize,
    /// Rows of the header; 0 where there is none.
    pub rows: usize,
    pub certainty: Certainty,
    /// Names of the columns; empty texts where there is no header.
    pub names: Vec<String>,
    /// Position in the table of the first data row.
    pub data: usize,
}

/// What the user says of the header.
#[derive(Clone, Copy, Debug, Default)]
pub struct GivenHeader {
    /// Lines or rows above the header, which the table has no longer.
    pub skip: Option<usize>,
    pub rows: Option<usize>,
}

/// So many rows below a header are looked at to tell it from data.
const BELOW: usize = 300;

/// So far from the first row a header is looked for.
const REACH: usize = 30;

/// More header rows are not looked for.
const MOST_ROWS: usize = 4;

/// Finds the header. `is_known` says whether a folded text is known as a column's name.
pub fn find_header(table: &Table, given: GivenHeader, is_known: &dyn Fn(&str) -> bool) -> HeaderFinding {
    let width = table.usual_width();
    let search = Search { table, width, is_known };
    let first = match given.skip {
        Some(_) => 0,
        None => search.first(),
    };
    let (rows, certainty) = match given.rows {
        Some(rows) => (rows.min(table.rows.len().saturating_sub(first)), Certainty::Given),
        None => search.rows(first),
    };
    let mut names = if rows > 0 {
        table.header(first, rows)
    } else {
        Vec::new()
    };
    // Beside a sheet's table there may be empty columns.
    while names.last().is_some_and(String::is_empty) && search.is_empty_column(names.len() - 1, first + rows) {
        names.pop();
    }
    names.resize(names.len().max(if rows > 0 { 0 } else { width }), String::new());
    HeaderFinding {
        titles: given
            .skip
            .unwrap_or_else(|| table.rows.get(first).map_or(0, |row| row.number as usize - 1)),
        rows,
        certainty,
        names,
        data: first + rows,
    }
}

struct Search<'a> {
    table: &'a Table,
    width: usize,
    is_known: &'a dyn Fn(&str) -> bool,
}

impl Search<'_> {
    /// Position of the header's first row, or of the first data row where there is no header.
    fn first(&self) -> usize {
        let rows = self.table.rows.iter().take(REACH);
        let wide: Vec<usize> = rows
            .enumerate()
            .filter(|(_, row)| self.is_wide(row))
            .map(|(position, _)| position)
            .collect();
        let Some(first) = wide.first().copied() else { return 0 };
        if self.vote(first) > 0.0 {
            return self.first_group(first);
        }
        // A title as wide as the table may stand above the header.
        let clear = |position: &usize| self.vote(*position) >= SURE;
        wide.into_iter()
            .take(4)
            .find(clear)
            .map_or(first, |found| self.first_group(found))
    }

    fn is_empty_column(&self, column: usize, from: usize) -> bool {
        let rows = self.table.rows.iter().skip(from);
        rows.filter_map(|row| row.cells.get(column)).all(Cell::is_blank)
    }

    /// The first of the rows directly above `first` that name groups of its columns.
    fn first_group(&self, first: usize) -> usize {
        let groups = (0..first)
            .rev()
            .take(MOST_ROWS - 1)
            .take_while(|position| self.is_group(*position));
        groups.last().unwrap_or(first)
    }

    /// Whether the row is as wide as the table and holds several names, with gaps, and no value.
    fn is_group(&self, position: usize) -> bool {
        let row = &self.table.rows[position];
        let filled = row.cells.iter().filter(|cell| !cell.is_blank()).count();
        filled >= 2 && row.cells.len() == self.width && !row.cells.iter().any(is_typed)
    }

    /// Whether the row has about as many cells with text as a row of the table.
    fn is_wide(&self, row: &TableRow) -> bool {
        let filled = row.cells.iter().filter(|cell| !cell.is_blank()).count();
        let share = if self.width > 6 { 0.4 } else { 0.6 };
        let least = (share * self.width as f64).ceil() as usize;
        filled >= least.max(self.width.min(2)) && row.cells.len() + 1 >= self.width
    }

    /// How many rows the header at `first` has.
    fn rows(&self, first: usize) -> (usize, Certainty) {
        if first >= self.table.rows.len() {
            return (0, Certainty::Unsure("there are no rows".to_owned()));
        }
        let last = (first + 1..(first + MOST_ROWS).min(self.table.rows.len()))
            .take_while(|position| self.continues(first, *position))
            .last()
            .unwrap_or(first);
        let vote = (first..=last)
            .map(|position| self.vote(position))
            .fold(f64::MIN, f64::max);
        if vote <= 0.0 {
            let doubt = || "the first row may be a header: nothing in it is unlike the rows below".to_owned();
            return (0, Certainty::when(vote <= -SURE, doubt));
        }
        let names = (first..=last).flat_map(|position| &self.table.rows[position].cells);
        let known = names.map(|cell| fold(&cell.text())).any(|name| (self.is_known)(&name));
        let doubt = || match known {
            true => "the first row is little unlike the rows below it".to_owned(),
            false => "nothing in it is known as the name of a column".to_owned(),
        };
        (last - first + 1, Certainty::when(known && vote >= SURE, doubt))
    }

    /// Whether the row at `position` belongs to the header above it: no values where the rows below have them, and either the same texts as the
    /// first row or texts below its gaps.
    fn continues(&self, first: usize, position: usize) -> bool {
        let typed = self.typed_columns(position + 1);
        let row = &self.table.rows[position];
        let above = &self.table.rows[first];
        let cell = |row: &TableRow, column: usize| row.cells.get(column).is_some_and(|cell| !cell.is_blank());
        let values = typed.iter().any(|column| row.cells.get(*column).is_some_and(is_typed));
        let named = typed.iter().filter(|column| cell(row, **column)).count();
        let fills = (0..self.width).any(|column| cell(row, column) && !cell(above, column));
        let all = 2 * named > typed.len();
        !values && named > 0 && (fills || all)
    }

    /// How much the row speaks for being a header, on average over its columns.
    fn vote(&self, position: usize) -> f64 {
        let row = &self.table.rows[position];
        let typed = self.typed_columns(position + 1);
        let mut seen = BTreeSet::new();
        let votes = row.cells.iter().enumerate().map(|(column, cell)| {
            if cell.is_blank() {
                return 0.0;
            }
            let folded = fold(&cell.text());
            let known = if (self.is_known)(&folded) { 1.0 } else { 0.0 };
            let twice = if seen.insert(folded.clone()) || folded.is_empty() {
                0.0
            } else {
                -0.5
            };
            known + twice + self.vote_of(column, cell, &folded, typed.contains(&column), position)
        });
        votes.sum::<f64>() / row.cells.len().max(1) as f64
    }

    fn vote_of(&self, column: usize, cell: &Cell<'_>, folded: &str, typed: bool, position: usize) -> f64 {
        if typed {
            return if is_typed(cell) { -1.0 } else { 1.0 };
        }
        let again = self.below(position + 1).any(|row| {
            row.cells
                .get(column)
                .is_some_and(|other| !other.is_blank() && fold(&other.text()) == folded)
        });
        if is_typed(cell) || again { -0.5 } else { 0.05 }
    }

    /// Columns whose cells from the row at `from` on are mostly numbers, dates or file numbers.
    fn typed_columns(&self, from: usize) -> Vec<usize> {
        let typed = |column: &usize| {
            let cells = self.below(from).filter_map(|row| row.cells.get(*column));
            let (mut filled, mut typed) = (0, 0);
            for cell in cells.filter(|cell| !cell.is_blank()) {
                filled += 1;
                typed += usize::from(is_typed(cell));
            }
            filled > 0 && 10 * typed >= 8 * filled
        };
        (0..self.width).filter(typed).collect()
    }

    fn below(&self, from: usize) -> impl Iterator<Item = &TableRow> {
        self.table.rows.iter().skip(from).take(BELOW)
    }
}

/// From this mean vote on a header is sure.
const SURE: f64 = 0.2;

/// Whether the cell is a number, a date, or a text with as many digits as dates and file numbers have.
fn is_typed(cell: &Cell<'_>) -> bool {
    match cell {
        Cell::Number(_) | Cell::Moment(_) | Cell::Boolean(_) | Cell::Inexact => true,
        Cell::Text(text) => {
            let signs = text.chars().filter(|c| c.is_alphanumeric()).count();
            let digits = text.chars().filter(char::is_ascii_digit).count();
            digits > 0 && 10 * digits >= 3 * signs
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::{GivenHeader, find_header};
    use crate::inspect::table::{Table, TableRow};
    use crate::normalise::Cell;

    /// A table out of lines of cells separated by `|`.
    fn table(lines: &[&str]) -> Table {
        let row = |(index, line): (usize, &&str)| TableRow {
            number: index as u64 + 1,
            cells: line
                .split('|')
                .map(|cell| Cell::Text(Cow::Owned(cell.to_owned())))
                .collect(),
        };
        Table {
            rows: lines.iter().enumerate().map(row).collect(),
            ..Table::default()
        }
    }

    #[test]
    fn titles_and_header_rows_are_counted() {
        let cases: [(&[&str], usize, usize); 6] = [
            (&["No|State|Date", "1|France|2020-01-02", "2|Italy|2020-01-03"], 0, 1),
            (
                &[
                    "Register",
                    "As of|2020",
                    "No|State|Date",
                    "1|France|2020-01-02",
                    "2|Italy|2020-01-03",
                ],
                2,
                1,
            ),
            (
                &[
                    "PREAMBLE||",
                    "||",
                    "No|State|Date",
                    "1|France|2020-01-02",
                    "2|Italy|2020-01-03",
                ],
                2,
                1,
            ),
            (
                &["1|France|2020-01-02", "2|Italy|2020-01-03", "3|Spain|2020-01-04"],
                0,
                0,
            ),
            (
                &[
                    "Case||Dates|",
                    "No|State|In|Out",
                    "1/19|France|2020-01-02|2020-02-03",
                    "2/19|Italy|2020-01-03|",
                ],
                0,
                2,
            ),
            (
                &[
                    "No|State|Date",
                    "No|State|Date",
                    "1|France|2020-01-02",
                    "2|Italy|2020-01-03",
                ],
                0,
                2,
            ),
        ];
        for (lines, titles, rows) in cases {
            let found = find_header(&table(lines), GivenHeader::default(), &|_| false);
            assert_eq!((found.titles, found.rows), (titles, rows), "{lines:?}");
        }
    }

    #[test]
    fn a_header_above_nothing_but_text_is_unsure_unless_its_names_are_known() {
        let lines = ["State|Form", "France|service", "Italy|hearing"];
        let unknown = find_header(&table(&lines), GivenHeader::default(), &|_| false);
        assert!(unknown.certainty.is_unsure());
        let known = find_header(&table(&lines), GivenHeader::default(), &|name| name == "state");
        assert!(!known.certainty.is_unsure());
        assert_eq!(known.names, ["State", "Form"]);
    }
}
