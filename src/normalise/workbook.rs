//! Workbooks: XLSX, XLS and ODS, read as values.
//!
//! Input: a file and its format. Output: the chunk that the mapper makes of its rows. A row's number is the sheet's. Formulas count by their stored
//! result; a formula without one, and an error value, are cells of their own kind. A packed file is measured before it is read.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufReader, Cursor, Read};
use std::path::Path;

use calamine::{Data, ExcelDateTime, Range, Reader, Sheets};
use jiff::civil::{Date, Time};

use crate::domain::date_pattern::{DatePattern, Moment, MonthNames, Precision, TimeOfDay, read_date};
use crate::domain::source::{Format, FormatType};
use crate::normalise::cell::{Cell, Cells, Layout, Row, RowMapper};
use crate::normalise::delimited::joined_header;
use crate::normalise::fault::{FileFault, Reason};

/// A workbook that unpacks to more is refused.
const UNPACKED_LIMIT: u64 = 1 << 30;

/// A sheet whose used area has more cells is refused.
const GRID_LIMIT: u64 = 100_000_000;

type Book = Sheets<Cursor<Vec<u8>>>;

/// Reads the sheet. `start` gets what stands above the data and makes the mapper.
///
/// # Errors
/// The first fault of the file.
pub fn read_workbook<M: RowMapper>(
    path: &Path,
    format: &Format,
    start: impl FnOnce(&Layout) -> Result<M, FileFault>,
) -> Result<Vec<M::Chunk>, FileFault> {
    let mut reader = SheetReader::open(path, format.kind)?;
    let Sheet { grid, merged } = reader.read(&sheet_name(&reader.book, format)?)?;
    let layout = Layout {
        date_1904: reader.date_1904,
        ..layout(&grid, format, &merged)?
    };
    let mut mapper = start(&layout)?;
    let first = format.title_rows + format.header_rows;
    for row in first..grid.height() {
        let cells: Vec<Cell<'_>> = (0..grid.width()).map(|column| grid.cell(row, column)).collect();
        if cells.iter().all(Cell::is_blank) {
            continue;
        }
        let (own, surplus) = cells.split_at(layout.header.len());
        let fault = surplus.iter().any(|cell| !cell.is_blank()).then_some(Reason::RaggedRow);
        let cells = if fault.is_some() { &cells } else { own };
        mapper.row(&Row {
            number: row as u64 + 1,
            cells: Cells::Values(cells),
            fault,
        });
    }
    Ok(vec![mapper.finish_chunk()])
}

/// A workbook whose sheets are read one by one.
pub struct SheetReader {
    book: Book,
    /// Whether its day numbers count from 1904.
    date_1904: bool,
}

/// A sheet: its cells, and those that are merged.
pub struct Sheet {
    pub grid: Grid,
    pub merged: Vec<Region>,
}

impl SheetReader {
    /// Opens a workbook of this type.
    ///
    /// # Errors
    /// The file can't be read, or unpacks to more than the limit.
    pub fn open(path: &Path, kind: FormatType) -> Result<Self, FileFault> {
        let (book, date_1904) = open(path, kind)?;
        Ok(SheetReader { book, date_1904 })
    }

    /// The names of the sheets, in the order of the workbook.
    pub fn sheets(&self) -> Vec<String> {
        self.book.sheet_names()
    }

    /// Reads one sheet.
    ///
    /// # Errors
    /// It can't be read, or its used area is too large.
    pub fn read(&mut self, name: &str) -> Result<Sheet, FileFault> {
        check_extent(&mut self.book, name)?;
        let failed = |error: calamine::Error| FileFault::Workbook {
            message: error.to_string(),
        };
        let values = self.book.worksheet_range(name).map_err(failed)?;
        let formulas = self.book.worksheet_formula(name).map_err(failed)?;
        let merged = merged_cells(&mut self.book, name)?;
        Ok(Sheet {
            grid: Grid { values, formulas },
            merged,
        })
    }
}

/// The workbook, and whether its day numbers count from 1904.
fn open(path: &Path, kind: FormatType) -> Result<(Book, bool), FileFault> {
    let io = |source| FileFault::Io {
        path: path.to_owned(),
        source,
    };
    if std::fs::metadata(path).map_err(io)?.len() == 0 {
        return Err(FileFault::Empty);
    }
    let date_1904 = kind != FormatType::Xls && measure_unpacked(path)?;
    let bytes = Cursor::new(std::fs::read(path).map_err(io)?);
    let failed = |message: String| FileFault::Workbook { message };
    let book = match kind {
        FormatType::Xls => Sheets::Xls(calamine::Xls::new(bytes).map_err(|error| failed(error.to_string()))?),
        FormatType::Ods => Sheets::Ods(calamine::Ods::new(bytes).map_err(|error| failed(error.to_string()))?),
        _ => Sheets::Xlsx(calamine::Xlsx::new(bytes).map_err(|error| failed(error.to_string()))?),
    };
    Ok((book, date_1904))
}

/// Unpacks every part without keeping it, up to the limit: sizes that a file states of itself are not trusted. Says whether the workbook
/// counts days from 1904.
fn measure_unpacked(path: &Path) -> Result<bool, FileFault> {
    let failed = |message: String| FileFault::Workbook { message };
    let file = File::open(path).map_err(|source| FileFault::Io {
        path: path.to_owned(),
        source,
    })?;
    let mut archive = zip::ZipArchive::new(BufReader::new(file)).map_err(|error| failed(error.to_string()))?;
    let mut left = UNPACKED_LIMIT;
    let mut date_1904 = false;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|error| failed(error.to_string()))?;
        let is_workbook = part.name().is_ok_and(|name| name == "xl/workbook.xml");
        let mut part = part.take(left + 1);
        let unpacked = if is_workbook {
            let mut text = Vec::new();
            part.read_to_end(&mut text).map_err(|error| failed(error.to_string()))?;
            date_1904 = ["date1904=\"1\"", "date1904=\"true\""]
                .iter()
                .any(|flag| memchr::memmem::find(&text, flag.as_bytes()).is_some());
            text.len() as u64
        } else {
            std::io::copy(&mut part, &mut std::io::sink()).map_err(|error| failed(error.to_string()))?
        };
        left = left
            .checked_sub(unpacked)
            .ok_or(FileFault::TooLarge { limit: UNPACKED_LIMIT })?;
    }
    Ok(date_1904)
}

/// Refuses a sheet whose few cells lie so far apart that the grid between them would fill the memory.
fn check_extent(book: &mut Book, sheet: &str) -> Result<(), FileFault> {
    let Sheets::Xlsx(book) = book else { return Ok(()) };
    let failed = |message: String| FileFault::Workbook { message };
    let mut reader = book
        .worksheet_cells_reader(sheet)
        .map_err(|error| failed(error.to_string()))?;
    let (mut rows, mut columns) = (0_u64, 0_u64);
    while let Some(cell) = reader.next_cell().map_err(|error| failed(error.to_string()))? {
        let (row, column) = cell.get_position();
        rows = rows.max(u64::from(row) + 1);
        columns = columns.max(u64::from(column) + 1);
    }
    if rows * columns > GRID_LIMIT {
        Err(FileFault::TooSparse { rows, columns })
    } else {
        Ok(())
    }
}

fn sheet_name(book: &Book, format: &Format) -> Result<String, FileFault> {
    let found = book.sheet_names();
    match &format.sheet {
        Some(expected) if found.contains(expected) => Ok(expected.clone()),
        Some(expected) => Err(FileFault::MissingSheet {
            expected: expected.clone(),
            found,
        }),
        None if found.len() == 1 => Ok(found[0].clone()),
        None => Err(FileFault::SeveralSheets { found }),
    }
}

/// Merged regions as (first row, first column, last row, last column), from 0.
pub type Region = (usize, usize, usize, usize);

fn merged_cells(book: &mut Book, sheet: &str) -> Result<Vec<Region>, FileFault> {
    let failed = |message: String| FileFault::Workbook { message };
    let regions = match book {
        Sheets::Xlsx(book) => book
            .merge_cells_by_sheet_name(sheet)
            .map_err(|error| failed(error.to_string()))?,
        Sheets::Xls(book) => book
            .merge_cells_by_sheet_name(sheet)
            .map_err(|error| failed(error.to_string()))?,
        _ => Vec::new(),
    };
    let region = |region: calamine::Dimensions| {
        (
            region.start.0 as usize,
            region.start.1 as usize,
            region.end.0 as usize,
            region.end.1 as usize,
        )
    };
    Ok(regions.into_iter().map(region).collect())
}

/// A sheet by absolute position, whatever its first used cell is.
pub struct Grid {
    values: Range<Data>,
    formulas: Range<String>,
}

impl Grid {
    /// Rows of the used area, from row 1 on.
    pub fn height(&self) -> usize {
        self.values.end().map_or(0, |(row, _)| row as usize + 1)
    }

    /// Columns of the used area, from column A on.
    pub fn width(&self) -> usize {
        self.values.end().map_or(0, |(_, column)| column as usize + 1)
    }

    /// The cell at a position from 0.
    pub fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        let position = (row as u32, column as u32);
        match self.values.get_value(position) {
            None | Some(Data::Empty) => self.without_value(position),
            Some(Data::String(text)) if text.is_empty() => Cell::Empty,
            Some(Data::String(text) | Data::DurationIso(text)) => Cell::Text(Cow::Borrowed(text)),
            Some(Data::Int(number)) => Cell::Number(*number as f64),
            Some(Data::Float(number)) => Cell::Number(*number),
            Some(Data::Bool(value)) => Cell::Boolean(*value),
            Some(Data::DateTime(moment)) => date_cell(moment),
            Some(Data::DateTimeIso(text)) => iso_cell(text),
            Some(Data::Error(error)) => Cell::Error(error.to_string()),
        }
    }

    fn without_value(&self, position: (u32, u32)) -> Cell<'_> {
        let formula = self
            .formulas
            .get_value(position)
            .is_some_and(|formula| !formula.is_empty());
        if formula { Cell::NoResult } else { Cell::Empty }
    }
}

fn date_cell(moment: &ExcelDateTime) -> Cell<'static> {
    if !moment.is_datetime() {
        return Cell::Number(moment.as_f64());
    }
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    let date = Date::new(year as i16, month as i8, day as i8);
    let time = Time::new(hour as i8, minute as i8, second as i8, 0);
    match (date, time) {
        (Ok(date), Ok(time)) if time == Time::midnight() => Cell::Moment(date.into()),
        (Ok(date), Ok(time)) => Cell::Moment(Moment {
            date,
            time: Some(TimeOfDay {
                time,
                precision: Precision::Second,
                offset: None,
            }),
        }),
        _ => Cell::Number(moment.as_f64()),
    }
}

fn iso_cell(text: &str) -> Cell<'_> {
    let patterns: Vec<DatePattern> = ["yyyy-mm-dd", "yyyy-mm-ddTHH:MM:SS"]
        .iter()
        .filter_map(|pattern| DatePattern::new(pattern).ok())
        .collect();
    read_date(text, &patterns, &MonthNames::new()).map_or(Cell::Text(Cow::Borrowed(text)), Cell::Moment)
}

fn layout(grid: &Grid, format: &Format, merged: &[Region]) -> Result<Layout, FileFault> {
    let header_end = format.title_rows + format.header_rows;
    if grid.height() == 0 {
        return Err(FileFault::Empty);
    }
    if grid.height() < header_end {
        let found = grid.height().saturating_sub(format.title_rows);
        return Err(FileFault::ShortHeader {
            found,
            expected: format.header_rows,
        });
    }
    let titles = (0..format.title_rows)
        .map(|row| {
            (0..grid.width())
                .map(|column| grid.cell(row, column).into_owned())
                .collect()
        })
        .collect();
    let rows: Vec<Vec<String>> = (format.title_rows..header_end)
        .map(|row| header_row(grid, row, merged))
        .collect();
    let mut header = joined_header(&rows);
    while header.last().is_some_and(String::is_empty) {
        header.pop();
    }
    check_merged(format, merged, header_end)?;
    Ok(Layout {
        titles,
        header,
        date_1904: false,
    })
}

/// Texts of one header row, with a merged cell's text in each column that it spans.
fn header_row(grid: &Grid, row: usize, merged: &[Region]) -> Vec<String> {
    let text = |column: usize| {
        let region = merged
            .iter()
            .find(|(top, left, bottom, right)| (*top..=*bottom).contains(&row) && (*left..=*right).contains(&column));
        let (row, column) = region.map_or((row, column), |(top, left, ..)| (*top, *left));
        grid.cell(row, column)
            .text()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    (0..grid.width()).map(text).collect()
}

/// In the last header row a merged cell would give several columns one name.
fn check_merged(format: &Format, merged: &[Region], header_end: usize) -> Result<(), FileFault> {
    let last = header_end - 1;
    let spans = |region: &&Region| {
        region.1 < region.3 && (region.0..=region.2).contains(&last) && region.0 >= format.title_rows
    };
    match merged.iter().find(spans) {
        Some((top, left, bottom, right)) => {
            let cells = format!("{}{}:{}{}", letters(*left), top + 1, letters(*right), bottom + 1);
            Err(FileFault::MergedHeader { cells })
        }
        None => Ok(()),
    }
}

/// A column's letters, from 0: `A`, `B`, ... `AA`.
fn letters(column: usize) -> String {
    let last = char::from(b'A' + (column % 26) as u8);
    if column < 26 {
        last.to_string()
    } else {
        format!("{}{last}", letters(column / 26 - 1))
    }
}
