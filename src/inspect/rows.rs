//! The rows of a file exactly as they are read, as CSV by RFC 4180 in UTF-8.
//!
//! The file is read from its beginning to its end, in stretches: memory is bounded by [`RECORD_LIMIT`].

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use encoding_rs::Decoder;

use crate::domain::codelist::Codelists;
use crate::inspect::dialect::Dialect;
use crate::inspect::error::InspectError;
use crate::inspect::fields::KnownHeaders;
use crate::inspect::header::find_header;
use crate::inspect::records::{Records, Rest};
use crate::inspect::sample::Sample;
use crate::inspect::table::Table;
use crate::inspect::text::behind_first_line;
use crate::inspect::{Form, Given, check_header_rows, read};
use crate::normalise::{Cell, joined_header};

/// A longer record is refused.
const RECORD_LIMIT: usize = 64 << 20;

/// Bytes read from the file at once.
const READ: usize = 1 << 20;

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowsAccount {
    /// Lines or rows above the header, which were left out.
    pub titles: usize,
    /// Rows of the header, which became one.
    pub header_rows: usize,
    /// Data rows.
    pub rows: u64,
    /// Data rows with another number of cells than the first row that was written.
    pub ragged: u64,
    /// Cells with a quote that doesn't fit.
    pub misquoted: usize,
    /// Whether bytes were not valid in the encoding, and stand as U+FFFD.
    pub replaced: bool,
}

/// Writes the rows of a file below its titles; several header rows become one, as `normalise` joins them.
///
/// # Errors
/// The file is no table or JSON, can't be read, or is not what the user says; `output` can't be written to.
pub fn write_rows(
    path: &Path,
    given: &Given,
    codelists: &Codelists,
    output: &mut dyn Write,
) -> Result<RowsAccount, InspectError> {
    let sample = Sample::read(path)?;
    let (form, table) = read(path, &sample, given)?;
    check_header_rows(path, &table, given.header)?;
    let known = KnownHeaders::new(codelists);
    let header = find_header(&table, given.header, &|name| known.is_known(name));
    let mut writer = RowWriter::new(output, header.titles, header.rows);
    match form {
        Form::Json { .. } => {
            return Err(InspectError::NotApplicable {
                option: "--rows",
                path: path.to_owned(),
                found: "JSON: its records have names, not rows".to_owned(),
            });
        }
        Form::Workbook(_) => write_sheet(&table, &mut writer)?,
        Form::Delimited { encoding, dialect, .. } => {
            let file = File::open(path).map_err(|source| InspectError::Io {
                path: path.to_owned(),
                source,
            })?;
            let decoder = encoding.encoding.new_decoder_with_bom_removal();
            let mut stretches = Stretches::new(path, file, decoder);
            stretches.skip_lines(header.titles)?;
            write_text(&mut stretches, &dialect.dialect, header.titles as u64 + 1, &mut writer)?;
            writer.account.replaced = stretches.replaced;
        }
    }
    writer.finish()
}

fn write_sheet(table: &Table, writer: &mut RowWriter<'_>) -> Result<(), InspectError> {
    let titles = writer.account.titles;
    let position = table
        .rows
        .iter()
        .position(|row| row.number > titles as u64)
        .unwrap_or(table.rows.len());
    let rows = writer.account.header_rows;
    if rows > 0 {
        writer.write(&table.header(position, rows))?;
    }
    for row in &table.rows[position + rows..] {
        if !row.cells.iter().all(Cell::is_blank) {
            writer.data(row.cells.iter().map(|cell| cell.text().into_owned()).collect())?;
        }
    }
    Ok(())
}

fn write_text(
    stretches: &mut Stretches<'_>,
    dialect: &Dialect,
    mut line: u64,
    writer: &mut RowWriter<'_>,
) -> Result<(), InspectError> {
    let mut header = Vec::new();
    loop {
        let mut records = Records::new(&stretches.text, dialect, line, stretches.rest);
        for record in records.by_ref().filter(|record| !record.is_empty_line()) {
            writer.account.misquoted += record.misquoted;
            if header.len() < writer.account.header_rows {
                header.push(record.cells.iter().map(|cell| cell.trim().to_owned()).collect());
                if header.len() == writer.account.header_rows {
                    writer.write(&joined(&header, record.cells))?;
                }
            } else {
                writer.data(record.cells)?;
            }
        }
        line = records.line();
        let taken = records.taken();
        if !stretches.next(taken, line)? {
            return Ok(());
        }
    }
}

/// The header: one row as it stands, several joined.
fn joined(header: &[Vec<String>], last: Vec<String>) -> Vec<String> {
    if header.len() == 1 { last } else { joined_header(header) }
}

/// The text of a file, stretch by stretch.
struct Stretches<'a> {
    path: &'a Path,
    file: File,
    decoder: Decoder,
    text: String,
    rest: Rest,
    replaced: bool,
    bytes: Vec<u8>,
}

impl<'a> Stretches<'a> {
    fn new(path: &'a Path, file: File, decoder: Decoder) -> Self {
        Stretches {
            path,
            file,
            decoder,
            text: String::new(),
            rest: Rest::More,
            replaced: false,
            bytes: vec![0; READ],
        }
    }

    /// Drops the first lines of the file.
    fn skip_lines(&mut self, count: usize) -> Result<(), InspectError> {
        for line in 0..count {
            while self.text.trim_end_matches('\r').find(['\n', '\r']).is_none() && self.next(0, line as u64 + 1)? {}
            self.text = behind_first_line(&self.text).to_owned();
        }
        Ok(())
    }

    /// Forgets the first `taken` bytes of the text and reads on; whether there was anything left to read.
    fn next(&mut self, taken: usize, line: u64) -> Result<bool, InspectError> {
        self.text.drain(..taken);
        if self.rest == Rest::Nothing {
            return Ok(false);
        }
        if self.text.len() > RECORD_LIMIT {
            return Err(InspectError::RecordTooLong {
                path: self.path.to_owned(),
                line,
                limit: RECORD_LIMIT,
            });
        }
        let length = self.file.read(&mut self.bytes).map_err(|source| InspectError::Io {
            path: self.path.to_owned(),
            source,
        })?;
        let last = length == 0;
        let needed = self.decoder.max_utf8_buffer_length(length).unwrap_or(3 * length + 16);
        self.text.reserve(needed);
        let (_, _, replaced) = self
            .decoder
            .decode_to_string(&self.bytes[..length], &mut self.text, last);
        self.replaced |= replaced;
        self.rest = if last { Rest::Nothing } else { Rest::More };
        Ok(true)
    }
}

/// Writes rows and counts them.
struct RowWriter<'o> {
    writer: csv::Writer<&'o mut dyn Write>,
    width: Option<usize>,
    account: RowsAccount,
}

impl<'o> RowWriter<'o> {
    fn new(output: &'o mut dyn Write, titles: usize, header_rows: usize) -> Self {
        RowWriter {
            writer: csv::WriterBuilder::new()
                .flexible(true)
                .terminator(csv::Terminator::CRLF)
                .from_writer(output),
            width: None,
            account: RowsAccount {
                titles,
                header_rows,
                ..RowsAccount::default()
            },
        }
    }

    fn data(&mut self, cells: Vec<String>) -> Result<(), InspectError> {
        self.account.rows += 1;
        self.account.ragged += u64::from(self.width.is_some_and(|width| width != cells.len()));
        self.write(&cells)
    }

    fn write(&mut self, cells: &[String]) -> Result<(), InspectError> {
        self.width.get_or_insert(cells.len());
        self.writer
            .write_record(cells)
            .map_err(|error| InspectError::Output(output_error(error)))
    }

    fn finish(mut self) -> Result<RowsAccount, InspectError> {
        self.writer.flush().map_err(InspectError::Output)?;
        Ok(self.account)
    }
}

/// The error of the output itself, whose kind the writer's own error would hide.
fn output_error(error: csv::Error) -> std::io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => std::io::Error::other(format!("{other:?}")),
    }
}
