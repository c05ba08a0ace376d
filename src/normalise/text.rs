//! Text files as blocks of whole records: bytes are decoded, lines counted, and the file cut at line breaks outside quotes.
//!
//! Input: a file and its encoding, quote and escape characters. Output: [`Block`]s of UTF-8 text, in order, each of whole records, so that blocks
//! can be parsed in parallel. Memory is bounded by the block size and [`RECORD_LIMIT`]. What a record means does not belong here.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::domain::source::Format;
use crate::normalise::fault::FileFault;

/// A longer record refuses the file: it is a quote that never closes, or not a text file.
pub const RECORD_LIMIT: usize = 16 << 20;

/// A document that is read as a whole may be this long.
const DOCUMENT_LIMIT: usize = 1 << 30;

/// Text is cut into blocks of about this size; a block becomes a row group of the lake.
const BLOCK: usize = 16 << 20;

/// Bytes read from the file at once.
const READ: usize = 1 << 20;

/// Some whole records.
#[derive(Debug)]
pub struct Block {
    pub text: String,
    /// 1-based number of the line on which the block begins.
    pub first_line: u64,
}

/// Cuts a file into blocks.
pub struct Blocks {
    path: PathBuf,
    file: File,
    decoder: Decoder,
    encoding: &'static Encoding,
    /// Decoded text that has not been handed out.
    pending: String,
    scan: Scan,
    line: u64,
    offset: u64,
    raw: Vec<u8>,
    finished: bool,
    newline: Option<u8>,
}

impl Blocks {
    /// Opens the file and checks its byte-order mark.
    ///
    /// # Errors
    /// The file can't be opened, or begins with the mark of another encoding.
    pub fn open(path: &Path, format: &Format) -> Result<Self, FileFault> {
        let io = |source| FileFault::Io {
            path: path.to_owned(),
            source,
        };
        let mut file = File::open(path).map_err(io)?;
        let mut raw = vec![0; READ];
        let length = fill(&mut file, &mut raw).map_err(io)?;
        raw.truncate(length);
        let encoding = marked_encoding(&raw, format.encoding)?;
        let mut blocks = Blocks {
            path: path.to_owned(),
            file,
            decoder: encoding.new_decoder_with_bom_removal(),
            encoding,
            pending: String::new(),
            scan: Scan::new(format),
            line: 1,
            offset: 0,
            raw: Vec::new(),
            finished: false,
            newline: None,
        };
        blocks.decode(&raw, length < READ)?;
        blocks.finished = length < READ;
        Ok(blocks)
    }

    /// The byte that ends lines: a line feed, or a carriage return in files that have no line feed.
    pub fn newline(&self) -> u8 {
        self.newline.unwrap_or(b'\n')
    }

    /// Takes the first `count` lines, whatever quotes they hold.
    ///
    /// # Errors
    /// The text can't be read or decoded.
    pub fn take_lines(&mut self, count: usize) -> Result<Vec<String>, FileFault> {
        let mut lines = Vec::new();
        while lines.len() < count {
            let newline = char::from(self.newline());
            match self.pending.find(newline) {
                Some(end) => {
                    let rest = self.pending.split_off(end + 1);
                    let line = std::mem::replace(&mut self.pending, rest);
                    lines.push(line.trim_end_matches(['\r', '\n']).to_owned());
                    self.line += 1;
                }
                None if self.finished => break,
                None if self.pending.len() > RECORD_LIMIT => {
                    return Err(FileFault::RecordTooLong {
                        line: self.line,
                        limit: RECORD_LIMIT,
                    });
                }
                None => self.read_more()?,
            }
        }
        Ok(lines)
    }

    /// The next block, or nothing at the end of the file.
    ///
    /// # Errors
    /// Bytes that are not valid in the encoding, a record over the limit, an unclosed quote.
    pub fn next_block(&mut self) -> Result<Option<Block>, FileFault> {
        loop {
            self.scan.advance(&self.pending, self.newline());
            if let Some(end) = self.scan.last_break
                && (self.pending.len() >= BLOCK || self.finished)
            {
                return Ok(Some(self.cut(end)));
            }
            if self.finished {
                return self.last_block();
            }
            if self.scan.last_break.is_none() && self.pending.len() > RECORD_LIMIT {
                return Err(FileFault::RecordTooLong {
                    line: self.line,
                    limit: RECORD_LIMIT,
                });
            }
            self.read_more()?;
        }
    }

    /// The whole rest of the file, of a document that can't be cut.
    ///
    /// # Errors
    /// The text can't be read or decoded, or is longer than [`DOCUMENT_LIMIT`].
    pub fn take_rest(&mut self) -> Result<String, FileFault> {
        while !self.finished {
            if self.pending.len() > DOCUMENT_LIMIT {
                return Err(FileFault::RecordTooLong {
                    line: self.line,
                    limit: DOCUMENT_LIMIT,
                });
            }
            self.read_more()?;
        }
        Ok(std::mem::take(&mut self.pending))
    }

    fn last_block(&mut self) -> Result<Option<Block>, FileFault> {
        if self.scan.in_quotes {
            let before = &self.pending.as_bytes()[..self.scan.opened_at];
            return Err(FileFault::UnclosedQuote {
                line: self.line + count(before, self.newline()),
            });
        }
        let end = self.pending.len();
        Ok((end > 0).then(|| self.cut(end)))
    }

    fn cut(&mut self, end: usize) -> Block {
        let mut rest = String::new();
        if !self.finished {
            // Room for the next block and for what one reading may add, so that it is not moved while it grows.
            rest.reserve(BLOCK + 4 * READ);
        }
        rest.push_str(&self.pending[end..]);
        let mut text = std::mem::replace(&mut self.pending, rest);
        text.truncate(end);
        let first_line = self.line;
        self.line += count(text.as_bytes(), self.newline());
        self.scan.forget(end);
        Block { text, first_line }
    }

    fn read_more(&mut self) -> Result<(), FileFault> {
        let mut raw = std::mem::take(&mut self.raw);
        raw.resize(READ, 0);
        let length = fill(&mut self.file, &mut raw).map_err(|source| FileFault::Io {
            path: self.path.clone(),
            source,
        })?;
        self.finished = length < READ;
        self.decode(&raw[..length], self.finished)?;
        self.raw = raw;
        Ok(())
    }

    fn decode(&mut self, mut bytes: &[u8], last: bool) -> Result<(), FileFault> {
        let start = self.pending.len();
        loop {
            let needed = self
                .decoder
                .max_utf8_buffer_length_without_replacement(bytes.len())
                .unwrap_or(bytes.len() * 3 + 4);
            self.pending.reserve(needed);
            let (result, read) = self
                .decoder
                .decode_to_string_without_replacement(bytes, &mut self.pending, last);
            self.offset += read as u64;
            match result {
                DecoderResult::InputEmpty => break,
                DecoderResult::OutputFull => bytes = &bytes[read..],
                DecoderResult::Malformed(length, after) => {
                    let end = read.saturating_sub(usize::from(after));
                    let wrong = &bytes[end.saturating_sub(usize::from(length))..end];
                    return Err(self.invalid(wrong, self.pending.len(), self.offset - u64::from(after)));
                }
            }
        }
        self.check_controls(start)?;
        if self.newline.is_none() && !self.pending.is_empty() {
            let bytes = self.pending.as_bytes();
            let first_break = memchr::memchr2(b'\n', b'\r', bytes);
            let lone_return = first_break.is_some_and(|at| bytes[at] == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
            self.newline = Some(if lone_return { b'\r' } else { b'\n' });
        }
        Ok(())
    }

    /// Refuses C1 control characters: single-byte encodings have them where another encoding has letters.
    fn check_controls(&self, start: usize) -> Result<(), FileFault> {
        let bytes = self.pending.as_bytes();
        let control = memchr::memchr_iter(0xC2, &bytes[start..])
            .map(|position| start + position)
            .find(|position| {
                bytes
                    .get(position + 1)
                    .is_some_and(|next| (0x80..0xA0).contains(next) && *next != 0x85)
            });
        match control {
            Some(position) => {
                let after = &self.pending[position..];
                let behind = match self.encoding {
                    encoding if encoding == UTF_16LE || encoding == UTF_16BE => 2 * after.encode_utf16().count(),
                    encoding if encoding.is_single_byte() => after.chars().count(),
                    _ => after.len(),
                };
                let offset = self.offset.saturating_sub(behind as u64);
                Err(self.invalid(&bytes[position + 1..position + 2], position, offset))
            }
            None => Ok(()),
        }
    }

    fn invalid(&self, wrong: &[u8], position: usize, offset: u64) -> FileFault {
        FileFault::Encoding {
            line: self.line + count(&self.pending.as_bytes()[..position], self.newline()),
            offset,
            bytes: wrong
                .iter()
                .map(|byte| format!("{byte:02X}"))
                .collect::<Vec<_>>()
                .join(" "),
            encoding: self.encoding.name(),
        }
    }
}

/// The encoding to decode with: the declared one, or the sibling of UTF-16 that a byte-order mark names.
fn marked_encoding(start: &[u8], declared: &'static Encoding) -> Result<&'static Encoding, FileFault> {
    let is_utf16 = |encoding| encoding == UTF_16LE || encoding == UTF_16BE;
    match Encoding::for_bom(start) {
        Some((marked, _)) if marked == declared || is_utf16(marked) && is_utf16(declared) => Ok(marked),
        // In a single-byte encoding the two bytes of a UTF-16 mark are letters; three bytes of UTF-8's mark are not by chance.
        Some((marked, _)) if marked == UTF_8 || is_utf16(marked) => Err(FileFault::ByteOrderMark {
            found: marked.name(),
            declared: declared.name(),
        }),
        _ => Ok(declared),
    }
}

fn fill(file: &mut File, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match file.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

fn count(bytes: &[u8], byte: u8) -> u64 {
    memchr::memchr_iter(byte, bytes).count() as u64
}

/// Finds line breaks outside quotes, with the same idea of a quoted field as the parser: a quote opens a field only at its start, and is
/// closed by a quote that is neither doubled nor escaped.
struct Scan {
    quote: Option<u8>,
    escape: Option<u8>,
    delimiter: u8,
    in_quotes: bool,
    /// Where the open quote stands.
    opened_at: usize,
    /// Just after the last closing quote, which a following quote would double.
    closed_at: Option<usize>,
    scanned: usize,
    /// Just after the last line break outside quotes.
    last_break: Option<usize>,
}

impl Scan {
    fn new(format: &Format) -> Self {
        Scan {
            quote: format.quote,
            escape: format.escape,
            delimiter: format.delimiter,
            in_quotes: false,
            opened_at: 0,
            closed_at: None,
            scanned: 0,
            last_break: None,
        }
    }

    fn advance(&mut self, text: &str, newline: u8) {
        let bytes = text.as_bytes();
        let mut from = self.scanned;
        if let Some(quote) = self.quote {
            let scanned = self.scanned;
            for position in memchr::memchr_iter(quote, &bytes[scanned..]).map(|position| position + scanned) {
                if !self.in_quotes {
                    self.note_break(bytes, from, position, newline);
                }
                self.quote_at(bytes, position);
                from = position + 1;
            }
        }
        if !self.in_quotes {
            self.note_break(bytes, from, bytes.len(), newline);
        }
        self.scanned = bytes.len();
    }

    fn note_break(&mut self, bytes: &[u8], from: usize, to: usize, newline: u8) {
        if let Some(position) = memchr::memrchr(newline, &bytes[from..to]) {
            self.last_break = Some(from + position + 1);
        }
    }

    fn quote_at(&mut self, bytes: &[u8], position: usize) {
        if self.in_quotes {
            if !self.is_escaped(bytes, position) {
                self.in_quotes = false;
                self.closed_at = Some(position + 1);
            }
            return;
        }
        let doubled = self.escape.is_none() && self.closed_at == Some(position);
        let at_start = position == 0 || [self.delimiter, b'\n', b'\r'].contains(&bytes[position - 1]);
        if doubled {
            self.in_quotes = true;
        } else if at_start {
            self.in_quotes = true;
            self.opened_at = position;
        }
    }

    fn is_escaped(&self, bytes: &[u8], position: usize) -> bool {
        let Some(escape) = self.escape else { return false };
        let inside = &bytes[self.opened_at + 1..position];
        inside.iter().rev().take_while(|byte| **byte == escape).count() % 2 == 1
    }

    /// Forgets the first `end` bytes, which have been handed out.
    fn forget(&mut self, end: usize) {
        self.scanned = self.scanned.saturating_sub(end);
        self.opened_at = self.opened_at.saturating_sub(end);
        self.closed_at = self.closed_at.and_then(|position| position.checked_sub(end));
        self.last_break = None;
    }
}
