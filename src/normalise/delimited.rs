//! Delimited text: blocks of records are parsed by all processors at once, and come out in the order of the file.
//!
//! Input: a file and its format. Output: the chunks that the mappers make of its rows. A row's number is the line on which its record
//! begins. Lines without any value are not rows; rows of another width than the header are handed on with their fault.

use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};

use csv_core::ReadRecordResult;

use crate::domain::source::Format;
use crate::normalise::cell::{Cell, Cells, Layout, Row, RowMapper, TextCells};
use crate::normalise::fault::{FileFault, Reason};
use crate::normalise::text::{Block, Blocks, RECORD_LIMIT};

/// Blocks that are read ahead of the workers.
const WAITING_BLOCKS: usize = 1;

/// Reads the file. `start` gets what stands above the data and says how workers make their mappers.
///
/// # Errors
/// The first fault of the file.
pub fn read_delimited<M, F>(
    path: &Path,
    format: &Format,
    start: impl FnOnce(&Layout) -> Result<F, FileFault>,
) -> Result<Vec<M::Chunk>, FileFault>
where
    M: RowMapper,
    F: Fn() -> M + Sync,
{
    let mut blocks = Blocks::open(path, format)?;
    blocks.take_lines(format.title_rows)?;
    let first = blocks.next_block()?.ok_or(FileFault::Empty)?;
    let mut parser = Parser::new(format, blocks.newline());
    let (layout, rest) = parser.layout(format, first)?;
    let new_mapper = start(&layout)?;
    let width = layout.header.len();
    map_blocks(
        rest,
        &mut blocks,
        || (Parser::new(format, parser.newline), new_mapper()),
        |(parser, mapper), block| {
            parser.rows(&block, width, |row| mapper.row(row));
            mapper.finish_chunk()
        },
    )
}

/// The fields of the lines above the header.
///
/// # Errors
/// The text can't be read or decoded.
pub fn read_titles(path: &Path, format: &Format) -> Result<Vec<Vec<Cell<'static>>>, FileFault> {
    let mut blocks = Blocks::open(path, format)?;
    let mut parser = Parser::new(format, blocks.newline());
    let lines = blocks.take_lines(format.title_rows)?;
    Ok(lines.iter().map(|line| parser.title(line)).collect())
}

/// Gives every block to one of the workers and returns what they made, in the order of the blocks.
fn map_blocks<W, C: Send>(
    first: Block,
    blocks: &mut Blocks,
    new_worker: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, Block) -> C + Sync,
) -> Result<Vec<C>, FileFault> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let (sender, receiver) = mpsc::sync_channel::<(usize, Block)>(WAITING_BLOCKS);
    let receiver = Arc::new(Mutex::new(receiver));
    let done = Mutex::new(Vec::new());
    let outcome = std::thread::scope(|scope| {
        for _ in 0..workers {
            // Each worker owns a part of the receiver, so that sending fails, and does not wait, when all of them are gone.
            let receiver = receiver.clone();
            let (new_worker, work, done) = (&new_worker, &work, &done);
            scope.spawn(move || {
                let mut worker = new_worker();
                while let Some((index, block)) = receive(&receiver) {
                    let chunk = work(&mut worker, block);
                    done.lock()
                        .expect("no worker panics while it holds the lock")
                        .push((index, chunk));
                }
            });
        }
        drop(receiver);
        // Moved in, so that the workers end when the last block has been sent or reading has failed.
        send_blocks(first, blocks, sender)
    });
    outcome?;
    let mut chunks = done.into_inner().expect("no worker panics while it holds the lock");
    chunks.sort_by_key(|(index, _)| *index);
    Ok(chunks.into_iter().map(|(_, chunk)| chunk).collect())
}

fn receive(receiver: &Mutex<mpsc::Receiver<(usize, Block)>>) -> Option<(usize, Block)> {
    receiver
        .lock()
        .expect("no worker panics while it holds the lock")
        .recv()
        .ok()
}

fn send_blocks(first: Block, blocks: &mut Blocks, sender: mpsc::SyncSender<(usize, Block)>) -> Result<(), FileFault> {
    let mut next = Some(first);
    let mut index = 0;
    while let Some(block) = next {
        if sender.send((index, block)).is_err() {
            break;
        }
        index += 1;
        next = blocks.next_block()?;
    }
    Ok(())
}

/// Splits records into fields.
struct Parser {
    reader: csv_core::Reader,
    delimiter: u8,
    quote: Option<u8>,
    newline: u8,
    /// Begin and end of each field of the record.
    spans: Vec<(u32, u32)>,
    quoted: QuotedRecord,
}

/// A record with quotes: its fields unquoted, as the reader hands them out and with delimiters between them.
struct QuotedRecord {
    fields: Vec<u8>,
    ends: Vec<usize>,
    text: String,
}

impl Parser {
    fn new(format: &Format, newline: u8) -> Self {
        let reader = csv_core::ReaderBuilder::new()
            .delimiter(format.delimiter)
            .quote(format.quote.unwrap_or(b'"'))
            .quoting(format.quote.is_some())
            .escape(format.escape)
            .double_quote(format.escape.is_none())
            .build();
        Parser {
            reader,
            delimiter: format.delimiter,
            quote: format.quote,
            newline,
            spans: Vec::new(),
            quoted: QuotedRecord {
                fields: vec![0; 4096],
                ends: vec![0; 64],
                text: String::new(),
            },
        }
    }

    /// Takes the header off the first block.
    fn layout(&mut self, format: &Format, first: Block) -> Result<(Layout, Block), FileFault> {
        let mut header: Vec<Vec<String>> = Vec::new();
        let (mut at, mut line) = (0, first.first_line);
        while header.len() < format.header_rows {
            let Some(record) = self.record(&first.text, &mut at, &mut line) else {
                return Err(match header.len() {
                    0 => FileFault::Empty,
                    found => FileFault::ShortHeader {
                        found,
                        expected: format.header_rows,
                    },
                });
            };
            let cells = Cells::Texts(record.cells);
            header.push(cells.iter().map(|cell| cell.text().trim().to_owned()).collect());
        }
        let layout = Layout {
            titles: Vec::new(),
            header: joined_header(&header),
            date_1904: false,
        };
        Ok((
            layout,
            Block {
                text: first.text[at..].to_owned(),
                first_line: line,
            },
        ))
    }

    fn title(&mut self, line: &str) -> Vec<Cell<'static>> {
        let record = self.record(line, &mut 0, &mut 0);
        let cells = record.map_or(Cells::Values(&[]), |record| Cells::Texts(record.cells));
        cells.iter().map(Cell::into_owned).collect()
    }

    fn rows(&mut self, block: &Block, width: usize, mut take: impl FnMut(&Row<'_>)) {
        let (mut at, mut line) = (0, block.first_line);
        let may_hold_nul = memchr::memchr(0, block.text.as_bytes()).is_some();
        while let Some(record) = self.record(&block.text, &mut at, &mut line) {
            let cells = Cells::Texts(record.cells);
            if cells.are_blank() {
                continue;
            }
            let fault = if cells.len() != width {
                Some(Reason::RaggedRow)
            } else if may_hold_nul && record.cells.text.contains('\0') {
                Some(Reason::NulByte)
            } else {
                None
            };
            take(&Row {
                number: record.line,
                cells,
                fault,
            });
        }
    }

    /// The record at `at`; moves `at` and `line` behind it.
    fn record<'r>(&'r mut self, text: &'r str, at: &mut usize, line: &mut u64) -> Option<Record<'r>> {
        let bytes = text.as_bytes();
        while let Some(b'\n' | b'\r') = bytes.get(*at) {
            *line += u64::from(bytes[*at] == self.newline);
            *at += 1;
        }
        if *at >= bytes.len() {
            return None;
        }
        let (begun_on, begun_at) = (*line, *at);
        let length = self.split(&bytes[begun_at..]);
        let record = &bytes[begun_at..begun_at + length];
        let quoted = self.quote.is_some_and(|quote| memchr::memchr(quote, record).is_some());
        // The reader takes a byte-order mark off the beginning of any record.
        if quoted || record.starts_with("\u{feff}".as_bytes()) {
            let (consumed, unambiguous) = self.parse(&bytes[begun_at..]);
            *line += memchr::memchr_iter(self.newline, &bytes[begun_at..begun_at + consumed]).count() as u64;
            *at += consumed;
            return Some(self.found(begun_on, &self.quoted.text, unambiguous));
        }
        // The line break itself, if there is one, is skipped and counted with the next record.
        *at += length;
        Some(self.found(begun_on, &text[begun_at..begun_at + length], true))
    }

    fn found<'r>(&'r self, line: u64, text: &'r str, unambiguous: bool) -> Record<'r> {
        let cells = TextCells {
            text,
            spans: &self.spans,
            unambiguous,
        };
        Record { line, cells }
    }

    /// Finds the fields of a record without quotes, and its length.
    fn split(&mut self, bytes: &[u8]) -> usize {
        self.spans.clear();
        let mut begin = 0;
        for end in memchr::memchr3_iter(self.delimiter, b'\n', b'\r', bytes) {
            self.spans.push((begin as u32, end as u32));
            if bytes[end] != self.delimiter {
                return end;
            }
            begin = end + 1;
        }
        self.spans.push((begin as u32, bytes.len() as u32));
        bytes.len()
    }

    /// Parses one record with quotes: bytes read, and whether none of its fields holds the delimiter.
    fn parse(&mut self, bytes: &[u8]) -> (usize, bool) {
        let (read, fields) = self.read_fields(bytes);
        let QuotedRecord {
            fields: all,
            ends,
            text,
        } = &mut self.quoted;
        text.clear();
        self.spans.clear();
        let (mut start, mut unambiguous) = (0, true);
        for (index, end) in ends[..fields].iter().enumerate() {
            if index > 0 {
                text.push(char::from(self.delimiter));
            }
            let field = &all[start..*end];
            unambiguous &= !field.contains(&self.delimiter);
            let begin = text.len() as u32;
            // Fields are cut at ASCII characters out of valid text, so they are valid as well.
            text.push_str(std::str::from_utf8(field).expect("fields of valid UTF-8 are valid UTF-8"));
            self.spans.push((begin, text.len() as u32));
            start = *end;
        }
        (read, unambiguous)
    }

    /// Reads one record: bytes read, number of fields.
    fn read_fields(&mut self, bytes: &[u8]) -> (usize, usize) {
        let QuotedRecord { fields: all, ends, .. } = &mut self.quoted;
        self.reader.reset();
        let (mut read, mut length, mut fields) = (0, 0, 0);
        loop {
            let (result, input, output, ended) =
                self.reader
                    .read_record(&bytes[read..], &mut all[length..], &mut ends[fields..]);
            read += input;
            length += output;
            fields += ended;
            match result {
                ReadRecordResult::OutputFull => all.resize((all.len() * 2).min(RECORD_LIMIT * 2), 0),
                ReadRecordResult::OutputEndsFull => ends.resize(ends.len() * 2, 0),
                // The rest of the block is empty: the next call, with no input, ends the record.
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::Record | ReadRecordResult::End => return (read, fields),
            }
        }
    }
}

/// One record and the line on which it begins.
struct Record<'a> {
    line: u64,
    cells: TextCells<'a>,
}

/// One header out of several rows: the texts of a column, joined.
pub fn joined_header(rows: &[Vec<String>]) -> Vec<String> {
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let column = |index: usize| {
        let mut parts: Vec<&str> = Vec::new();
        for part in rows.iter().filter_map(|row| row.get(index)).map(|text| text.as_str()) {
            if !part.is_empty() && parts.last() != Some(&part) {
                parts.push(part);
            }
        }
        parts.join(" / ")
    };
    (0..width).map(column).collect()
}

#[cfg(test)]
mod tests {
    use crate::domain::source::{Format, FormatType};
    use crate::normalise::cell::Cells;
    use crate::normalise::text::Block;

    use super::{Parser, Row};

    fn format(quote: Option<u8>, escape: Option<u8>) -> Format {
        Format {
            kind: FormatType::Csv,
            encoding: encoding_rs::UTF_8,
            delimiter: b';',
            quote,
            escape,
            title_rows: 0,
            header_rows: 1,
            sheet: None,
            records: None,
            null_values: Vec::new(),
        }
    }

    fn texts(row: &Row<'_>) -> Vec<String> {
        row.cells.iter().map(|cell| cell.text().into_owned()).collect()
    }

    fn rows(format: &Format, text: &str) -> Vec<Vec<String>> {
        let block = Block {
            text: text.to_owned(),
            first_line: 1,
        };
        let mut rows = Vec::new();
        Parser::new(format, b'\n').rows(&block, 2, |row| rows.push(texts(row)));
        rows
    }

    /// The same by the CSV reader of another crate, without blank records.
    fn expected(format: &Format, text: &str) -> Vec<Vec<String>> {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(format.delimiter)
            .quote(format.quote.unwrap_or(b'"'))
            .quoting(format.quote.is_some())
            .escape(format.escape)
            .double_quote(format.escape.is_none())
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let records = reader.records().map(|record| record.unwrap());
        let fields = records.map(|record| record.iter().map(str::to_owned).collect::<Vec<_>>());
        fields
            .filter(|fields| fields.iter().any(|field| !field.trim().is_empty()))
            .collect()
    }

    #[test]
    fn records_are_cut_as_the_csv_crate_cuts_them() {
        // Texts of six of these characters, with and without quotes and an escape character.
        let letters = ['a', ';', '"', '\n', '\r', '\\'];
        let count = letters.len().pow(6);
        let text = |number: usize| -> String {
            (0..6)
                .map(|place| letters[number / letters.len().pow(place) % letters.len()])
                .collect()
        };
        for format in [
            format(Some(b'"'), None),
            format(Some(b'"'), Some(b'\\')),
            format(None, None),
        ] {
            for number in (0..count).step_by(7) {
                let text = text(number);
                assert_eq!(rows(&format, &text), expected(&format, &text), "{text:?}");
            }
        }
    }

    #[test]
    fn quotes_make_no_other_content_and_delimiters_in_cells_are_told_apart() {
        let cells = |text: &str| {
            let block = Block {
                text: text.to_owned(),
                first_line: 1,
            };
            let mut found = Vec::new();
            Parser::new(&format(Some(b'"'), None), b'\n').rows(&block, 2, |row| {
                if let Cells::Texts(cells) = row.cells {
                    found.push((cells.text.to_owned(), cells.unambiguous));
                }
            });
            found
        };
        assert_eq!(cells("a;b\n\"a\";\"b\"\n"), vec![("a;b".to_owned(), true); 2]);
        assert_eq!(cells("\"a;b\"\n"), [("a;b".to_owned(), false)]);
    }

    #[test]
    fn the_line_of_a_record_is_where_it_begins() {
        let block = Block {
            text: "a;b\r\n\r\n\"c\n\";d\ne;\"f\"\r\ng;h".to_owned(),
            first_line: 5,
        };
        let mut lines = Vec::new();
        Parser::new(&format(Some(b'"'), None), b'\n').rows(&block, 2, |row| lines.push(row.number));
        assert_eq!(lines, [5, 7, 9, 10]);
    }
}
