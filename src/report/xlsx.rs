//! The workbook: `tables.xlsx`, a contents sheet and one sheet for each table.
//!
//! Numbers are real numbers, unrounded, with the print format of their column; text is always written as text, so nothing that
//! came from an export can act as a formula or a link. The creation time is the observation date: equal input, equal bytes.

use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Url, Workbook, Worksheet, XlsxError,
};

use super::document::{Cover, Document};
use super::error::ReportError;
use super::number::{meaning, sign};
use super::view::signs_used;
use crate::domain::long_date::long_date;
use crate::domain::table::{Column, Row, RowKind, Table, Value};

const CONTENTS: &str = "contents";
/// The longest sheet name that spreadsheets allow.
const LONGEST_NAME: usize = 31;
const HEADER_ROW: u32 = 3;

/// The workbook as bytes.
pub fn workbook(document: &Document) -> Result<Vec<u8>, ReportError> {
    let fault = |table: &str| {
        let table = table.to_owned();
        move |source: XlsxError| ReportError::Workbook { table, source }
    };
    let names = sheet_names(document);
    let mut workbook = Workbook::new();
    set_properties(&mut workbook, &document.cover).map_err(fault(CONTENTS))?;
    write_contents(workbook.add_worksheet(), document, &names).map_err(fault(CONTENTS))?;
    for ((number, table), name) in document.tables().zip(&names) {
        let sheet = Sheet {
            table,
            number,
            marking: document.cover.marking.name(),
        };
        sheet
            .write(workbook.add_worksheet(), name)
            .map_err(fault(&table.name))?;
    }
    workbook.save_to_buffer().map_err(fault(CONTENTS))
}

/// Table names as sheet names: short enough, and different from each other and from the contents.
fn sheet_names(document: &Document) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (_, table) in document.tables() {
        let mut name: String = table.name.chars().take(LONGEST_NAME).collect();
        let mut copy = 2;
        while name == CONTENTS || names.contains(&name) {
            let suffix = format!("_{copy}");
            name = table.name.chars().take(LONGEST_NAME - suffix.len()).collect::<String>() + &suffix;
            copy += 1;
        }
        names.push(name);
    }
    names
}

fn set_properties(workbook: &mut Workbook, cover: &Cover) -> Result<(), XlsxError> {
    let as_of = cover.as_of;
    let created = ExcelDateTime::from_ymd(as_of.year().unsigned_abs(), as_of.month() as u8, as_of.day() as u8)?;
    let properties = DocProperties::new()
        .set_title(&cover.title)
        .set_subject(format!("{}, {}", cover.state, cover.period))
        .set_status(cover.marking.name())
        .set_creation_datetime(&created);
    workbook.set_properties(&properties);
    Ok(())
}

fn write_contents(sheet: &mut Worksheet, document: &Document, names: &[String]) -> Result<(), XlsxError> {
    let cover = &document.cover;
    sheet.set_name(CONTENTS)?;
    sheet.set_column_width(0, 12)?.set_column_width(1, 90)?;
    sheet.write_string_with_format(0, 0, &cover.title, &title_format())?;
    let facts = [
        ("Office", cover.office.clone()),
        ("State", cover.state.clone()),
        ("Period", cover.period.clone()),
        ("Observed on", long_date(cover.as_of)),
        ("Edition", cover.edition.to_string()),
        ("Marking", cover.marking.name().to_owned()),
    ];
    let mut row = 2;
    for (name, value) in facts {
        sheet.write_string_with_format(row, 0, name, &Format::new().set_bold())?;
        sheet.write_string(row, 1, value)?;
        row += 1;
    }
    row += 1;
    sheet.write_string_with_format(row, 0, "Table", &header_format())?;
    sheet.write_string_with_format(row, 1, "Title (click to open)", &header_format())?;
    for ((number, table), name) in document.tables().zip(names) {
        row += 1;
        sheet.write_string(
            row,
            0,
            number.map_or_else(|| "not printed".to_owned(), |number| number.to_string()),
        )?;
        let link = Url::new(format!("internal:'{name}'!A1")).set_text(&table.title);
        sheet.write_url(row, 1, link)?;
    }
    Ok(())
}

/// One table on its way to a sheet.
struct Sheet<'a> {
    table: &'a Table,
    number: Option<usize>,
    marking: &'static str,
}

impl Sheet<'_> {
    fn write(&self, sheet: &mut Worksheet, name: &str) -> Result<(), XlsxError> {
        sheet.set_name(name)?;
        self.set_up_page(sheet)?;
        let title = match self.number {
            Some(number) => format!("Table {number}. {}", self.table.title),
            None => self.table.title.clone(),
        };
        sheet.write_string_with_format(0, 0, title, &title_format())?;
        sheet.write_string_with_format(1, 0, &self.table.unit_note, &note_format())?;
        self.write_header(sheet)?;
        for (index, row) in self.table.rows.iter().enumerate() {
            self.write_row(sheet, HEADER_ROW + 1 + index as u32, row)?;
        }
        self.write_notes(sheet, HEADER_ROW + 2 + self.table.rows.len() as u32)
    }

    fn set_up_page(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        let labels = self.labels();
        sheet.set_freeze_panes(HEADER_ROW + 1, labels)?;
        sheet.set_repeat_rows(HEADER_ROW, HEADER_ROW)?;
        sheet.set_paper_size(9).set_landscape().set_print_fit_to_pages(1, 0);
        sheet.set_header(format!("&R{}", self.marking)).set_footer("&C&P / &N");
        for column in 0..labels {
            let widest = self
                .table
                .rows
                .iter()
                .map(|row| row.labels[usize::from(column)].chars().count())
                .max();
            let heading = self.table.row_headings[usize::from(column)].chars().count();
            let width = widest.unwrap_or(0).max(heading).clamp(10, 60);
            sheet.set_column_width(column, width as f64 + 2.0)?;
        }
        for (index, column) in self.table.columns.iter().enumerate() {
            let longest_word = column.label.split_whitespace().map(|word| word.chars().count()).max();
            sheet.set_column_width(
                labels + index as u16,
                longest_word.unwrap_or(0).clamp(10, 24) as f64 + 2.0,
            )?;
        }
        Ok(())
    }

    fn write_header(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        let format = header_format();
        for (index, heading) in self.table.row_headings.iter().enumerate() {
            sheet.write_string_with_format(HEADER_ROW, index as u16, heading, &format)?;
        }
        let format = format.set_align(FormatAlign::Right);
        for (index, column) in self.table.columns.iter().enumerate() {
            sheet.write_string_with_format(HEADER_ROW, self.labels() + index as u16, &column.label, &format)?;
        }
        Ok(())
    }

    fn write_row(&self, sheet: &mut Worksheet, at: u32, row: &Row) -> Result<(), XlsxError> {
        for (index, label) in row.labels.iter().enumerate() {
            sheet.write_string_with_format(at, index as u16, label, &row_format(row.kind))?;
        }
        for (index, (cell, column)) in row.cells.iter().zip(&self.table.columns).enumerate() {
            let place = self.labels() + index as u16;
            let format = row_format(row.kind).set_align(FormatAlign::Right);
            match cell.value {
                Value::Number(number) => {
                    sheet.write_number_with_format(at, place, number, &format.set_num_format(number_format(column)))?
                }
                Value::Missing(reason) => sheet.write_string_with_format(at, place, sign(reason), &format)?,
            };
        }
        Ok(())
    }

    fn write_notes(&self, sheet: &mut Worksheet, first: u32) -> Result<(), XlsxError> {
        let signs: Vec<String> = signs_used(self.table)
            .into_iter()
            .map(|reason| format!("{} {}", sign(reason), meaning(reason)))
            .collect();
        let mut notes = self.table.notes.clone();
        if !signs.is_empty() {
            notes.push(format!("Signs: {}.", signs.join("; ")));
        }
        for (index, note) in notes.iter().enumerate() {
            sheet.write_string_with_format(first + index as u32, 0, note, &note_format())?;
        }
        Ok(())
    }

    fn labels(&self) -> u16 {
        self.table.row_headings.len() as u16
    }
}

fn number_format(column: &Column) -> String {
    match column.decimals {
        0 => "#,##0".to_owned(),
        decimals => format!("#,##0.{}", "0".repeat(usize::from(decimals))),
    }
}

fn title_format() -> Format {
    Format::new().set_bold().set_font_size(13)
}

fn note_format() -> Format {
    Format::new().set_italic().set_font_color(Color::RGB(0x5f6368))
}

fn header_format() -> Format {
    Format::new()
        .set_bold()
        .set_text_wrap()
        .set_align(FormatAlign::Bottom)
        .set_background_color(Color::RGB(0xe8eef4))
        .set_border_bottom(FormatBorder::Medium)
}

fn row_format(kind: RowKind) -> Format {
    match kind {
        RowKind::Total => Format::new().set_bold().set_border_top(FormatBorder::Thin),
        RowKind::Other => Format::new().set_italic(),
        RowKind::Body => Format::new(),
    }
}
