//! Excel workbooks: title rows, headers of several rows with merged cells, real dates and numbers.

use std::path::Path;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use crate::generate::day::{Day, SERIAL_OF_1970};
use crate::generate::error::GenerateError;
use crate::generate::row::{Cell, Row};
use crate::generate::writer::Target;

/// Rows of a worksheet.
const MOST_ROWS: u32 = 1_048_576;

/// A workbook that is being written.
pub struct WorkbookWriter {
    workbook: Workbook,
    date: Format,
    next: u32,
    path: std::path::PathBuf,
}

impl WorkbookWriter {
    pub fn create(target: &Target) -> Result<Self, GenerateError> {
        let failed = |source| GenerateError::Workbook {
            file: target.path.clone(),
            source,
        };
        let mut workbook = Workbook::new();
        workbook.set_properties(&properties(target.exported_on).map_err(failed)?);
        let worksheet = workbook.add_worksheet_with_low_memory().map_err(failed)?;
        if let Some(sheet) = &target.format().sheet {
            worksheet.set_name(sheet).map_err(failed)?;
        }
        let next = write_top(worksheet, target).map_err(failed)?;
        let date = Format::new().set_num_format("dd.mm.yyyy");
        Ok(WorkbookWriter {
            workbook,
            date,
            next,
            path: target.path.clone(),
        })
    }

    pub fn row(&mut self, row: &Row) -> Result<(), GenerateError> {
        if self.next >= MOST_ROWS {
            return Err(GenerateError::TooManyRows {
                file: self.path.clone(),
            });
        }
        self.write_row(row).map_err(|source| GenerateError::Workbook {
            file: self.path.clone(),
            source,
        })
    }

    pub fn finish(mut self, path: &Path) -> Result<(), GenerateError> {
        self.workbook.save(path).map_err(|source| GenerateError::Workbook {
            file: path.to_owned(),
            source,
        })
    }

    fn write_row(&mut self, row: &Row) -> Result<(), XlsxError> {
        let worksheet = self.workbook.worksheet_from_index(0)?;
        for (column, cell) in row.cells.iter().enumerate() {
            let column = column as u16;
            match cell {
                Cell::Empty => {}
                Cell::Date(day) => {
                    let serial = f64::from(day.0 + SERIAL_OF_1970);
                    worksheet.write_number_with_format(self.next, column, serial, &self.date)?;
                }
                Cell::Number(_, value) => drop(worksheet.write_number(self.next, column, *value)?),
                Cell::Text(range) | Cell::Array(range) | Cell::Flag(range, _) => {
                    worksheet.write_string(self.next, column, row.text(range))?;
                }
            }
        }
        self.next += 1;
        Ok(())
    }
}

fn properties(exported_on: Day) -> Result<DocProperties, XlsxError> {
    let civil = exported_on.civil();
    let created = ExcelDateTime::from_ymd(civil.year as u16, civil.month, civil.day)?;
    Ok(DocProperties::new().set_creation_datetime(&created))
}

/// Writes titles and header; the row that comes next.
fn write_top(worksheet: &mut Worksheet, target: &Target) -> Result<u32, XlsxError> {
    let mut next = 0;
    for row in target.title() {
        for (column, cell) in row.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            worksheet.write_string(next, column as u16, cell)?;
        }
        next += 1;
    }
    let header = target.header();
    for (level, row) in header.iter().enumerate() {
        let merged = level + 1 < header.len();
        write_header_row(worksheet, next, row, merged)?;
        next += 1;
    }
    Ok(next)
}

/// Writes a row of the header; neighbours with the same text are merged where a further row stands below.
fn write_header_row(worksheet: &mut Worksheet, row: u32, cells: &[&str], merged: bool) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    let mut column = 0;
    while column < cells.len() {
        let same = cells[column..]
            .iter()
            .take_while(|cell| **cell == cells[column])
            .count();
        let span = if merged { same } else { 1 };
        if span > 1 {
            worksheet.merge_range(
                row,
                column as u16,
                row,
                (column + span - 1) as u16,
                cells[column],
                &bold,
            )?;
        } else if !cells[column].is_empty() {
            worksheet.write_string_with_format(row, column as u16, cells[column], &bold)?;
        }
        column += span;
    }
    Ok(())
}
