//! A file as rows of cells, before anything is known about titles, headers and meanings.

use crate::normalise::{Cell, Region, joined_header};

/// One row as it stands in the file.
#[derive(Clone, Debug)]
pub struct TableRow {
    /// 1-based number: the line of a text on which it begins, the row of a sheet, the record of a JSON file.
    pub number: u64,
    pub cells: Vec<Cell<'static>>,
}

/// Rows of a file that were looked at.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Rows from the beginning of the file on; in text without the empty lines.
    pub rows: Vec<TableRow>,
    /// Rows of the stretches further on.
    pub later: Vec<TableRow>,
    /// Cells of a sheet that are merged.
    pub merged: Vec<Region>,
}

impl Table {
    /// The number of cells that most rows have; of equals the greater.
    pub fn usual_width(&self) -> usize {
        let mut widths = std::collections::BTreeMap::new();
        for row in &self.rows {
            *widths.entry(row.cells.len()).or_insert(0_usize) += 1;
        }
        let usual = widths.into_iter().max_by_key(|(width, count)| (*count, *width));
        usual.map_or(0, |(width, _)| width)
    }

    /// Names of the columns out of `count` header rows, the first of which is `rows[first]`.
    pub fn header(&self, first: usize, count: usize) -> Vec<String> {
        let texts: Vec<Vec<String>> = (first..first + count).map(|row| self.header_row(row)).collect();
        joined_header(&texts)
    }

    /// Texts of a header row, with a merged cell's text in each column that it spans.
    fn header_row(&self, row: usize) -> Vec<String> {
        let number = self.rows[row].number as usize - 1;
        let text = |column: usize| {
            let spans = |(top, left, bottom, right): &&Region| {
                (*top..=*bottom).contains(&number) && (*left..=*right).contains(&column)
            };
            let region = self.merged.iter().find(spans);
            let (above, column) = region.map_or((0, column), |(top, left, ..)| (number - top, *left));
            let cell = row.checked_sub(above).and_then(|row| self.rows[row].cells.get(column));
            let text = cell.map(Cell::text).unwrap_or_default();
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        (0..self.rows[row].cells.len()).map(text).collect()
    }
}
