//! One row of an export as a reader hands it on: a number and cells, before anything is known about their meaning.

use std::borrow::Cow;

use crate::domain::date_pattern::Moment;
use crate::normalise::fault::Reason;

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    Empty,
    Text(Cow<'a, str>),
    Number(f64),
    Moment(Moment),
    Boolean(bool),
    /// Several plain values, as a JSON array gives them.
    Several(Vec<String>),
    /// An error value of a workbook, such as `#REF!`.
    Error(String),
    /// A formula that the workbook holds no result for.
    NoResult,
    /// A whole number too large to have been read exactly.
    Inexact,
}

impl Cell<'_> {
    /// The cell as text: numbers without needless decimals, dates as ISO 8601.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Cell::Empty | Cell::NoResult | Cell::Inexact => Cow::Borrowed(""),
            Cell::Text(text) => Cow::Borrowed(text),
            Cell::Error(text) => Cow::Borrowed(text),
            Cell::Number(number) => Cow::Owned(number.to_string()),
            Cell::Moment(moment) => Cow::Owned(match moment.time {
                Some(at) => format!("{}T{}", moment.date, at.time),
                None => moment.date.to_string(),
            }),
            Cell::Boolean(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
            Cell::Several(values) => Cow::Owned(values.join("; ")),
        }
    }

    /// Whether nothing stands in the cell.
    pub fn is_blank(&self) -> bool {
        match self {
            Cell::Empty => true,
            Cell::Text(text) => text.trim().is_empty(),
            Cell::Several(values) => values.is_empty(),
            _ => false,
        }
    }

    /// The cell without a borrow of the file.
    pub fn into_owned(self) -> Cell<'static> {
        match self {
            Cell::Text(text) => Cell::Text(Cow::Owned(text.into_owned())),
            Cell::Empty => Cell::Empty,
            Cell::Number(number) => Cell::Number(number),
            Cell::Moment(moment) => Cell::Moment(moment),
            Cell::Boolean(value) => Cell::Boolean(value),
            Cell::Several(values) => Cell::Several(values),
            Cell::Error(text) => Cell::Error(text),
            Cell::NoResult => Cell::NoResult,
            Cell::Inexact => Cell::Inexact,
        }
    }
}

/// The cells of one row, in the order of the header.
#[derive(Clone, Copy, Debug)]
pub enum Cells<'a> {
    /// Values, as workbooks and JSON have them.
    Values(&'a [Cell<'a>]),
    /// Stretches of a line of text.
    Texts(TextCells<'a>),
}

/// Cells of delimited text.
#[derive(Clone, Copy, Debug)]
pub struct TextCells<'a> {
    /// The cells with the delimiter between them.
    pub text: &'a str,
    /// Begin and end of each cell in the text.
    pub spans: &'a [(u32, u32)],
    /// No cell holds the delimiter, so that rows of the same text have the same cells.
    pub unambiguous: bool,
}

impl<'a> TextCells<'a> {
    fn get(&self, position: usize) -> &'a str {
        let (begin, end) = self.spans[position];
        &self.text[begin as usize..end as usize]
    }
}

impl<'a> Cells<'a> {
    /// The number of cells.
    pub fn len(&self) -> usize {
        match self {
            Cells::Values(values) => values.len(),
            Cells::Texts(texts) => texts.spans.len(),
        }
    }

    /// The cell at this position.
    pub fn get(&self, position: usize) -> Cell<'a> {
        match self {
            Cells::Values(values) => values[position].clone(),
            Cells::Texts(texts) => Cell::Text(Cow::Borrowed(texts.get(position))),
        }
    }

    /// The text of the cell, if it holds text.
    pub fn text(&self, position: usize) -> Option<&'a str> {
        match self {
            Cells::Texts(texts) => Some(texts.get(position)),
            Cells::Values(values) => match &values[position] {
                Cell::Text(text) => Some(text),
                _ => None,
            },
        }
    }

    /// Every cell in turn.
    pub fn iter(&self) -> impl Iterator<Item = Cell<'a>> {
        (0..self.len()).map(|position| self.get(position))
    }

    /// Whether nothing stands in any of the cells.
    pub fn are_blank(&self) -> bool {
        self.iter().all(|cell| cell.is_blank())
    }
}

/// One data row: its 1-based number as seen in the file, and its cells.
#[derive(Debug)]
pub struct Row<'a> {
    pub number: u64,
    pub cells: Cells<'a>,
    /// A fault of the row as a whole, found while reading.
    pub fault: Option<Reason>,
}

/// What stands above the data rows.
#[derive(Debug, Default)]
pub struct Layout {
    /// Rows above the header, from row 1 on.
    pub titles: Vec<Vec<Cell<'static>>>,
    pub header: Vec<String>,
    /// Day numbers count from 1 January 1904 instead of 1900, as old workbooks of one maker do.
    pub date_1904: bool,
}

/// Takes rows, one stretch of the file after the other; a stretch becomes a chunk.
pub trait RowMapper: Send {
    type Chunk: Send;
    /// Takes one row.
    fn row(&mut self, row: &Row<'_>);
    /// Gives what the rows since the last call became.
    fn finish_chunk(&mut self) -> Self::Chunk;
}
