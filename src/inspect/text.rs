//! Text in stretches: decoded, checked, and cut into the rows of a table.

use std::borrow::Cow;
use std::path::Path;

use encoding_rs::Encoding;

use crate::inspect::detection::{DialectFinding, detect_dialect, table_rows};
use crate::inspect::dialect::{Dialect, GivenDialect, RecordEnd};
use crate::inspect::encoding::EncodingFinding;
use crate::inspect::error::InspectError;
use crate::inspect::records::{Record, Rest, has_record_end};
use crate::inspect::sample::Sample;
use crate::inspect::table::{Table, TableRow};
use crate::normalise::Cell;

/// The decoded stretches of a text.
#[derive(Debug)]
pub struct Text {
    pub beginning: String,
    /// Each from the beginning of a line on.
    pub later: Vec<String>,
    pub rest: Rest,
}

/// So many control characters may stand in the shortest text.
const FEW_CONTROLS: usize = 3;

/// A file in which more of the characters are control characters is no text.
const MOST_CONTROLS: f64 = 0.05;

impl Text {
    /// Decodes the sample.
    ///
    /// # Errors
    /// It holds so many control characters that it is no text, or nothing but blank lines.
    pub fn decode(path: &Path, sample: &Sample, encoding: &EncodingFinding) -> Result<Self, InspectError> {
        let mark = Encoding::for_bom(&sample.beginning)
            .filter(|_| encoding.mark)
            .map_or(0, |(_, length)| length);
        let decode = |bytes: &[u8]| encoding.encoding.decode_without_bom_handling(bytes).0.into_owned();
        let beginning = decode(&sample.beginning[mark..]);
        let is_control = |c: &char| c.is_control() && !"\t\n\r\u{1}\u{1e}\u{1f}\u{c}\u{85}".contains(*c);
        let controls = beginning.chars().filter(is_control).count();
        if controls > FEW_CONTROLS && controls as f64 > MOST_CONTROLS * beginning.chars().count() as f64 {
            return Err(InspectError::NotATable {
                path: path.to_owned(),
                found: "binary data",
                advice: "ask for the export as CSV, XLSX, XLS, ODS or JSON, or name its --encoding if it is text",
            });
        }
        if beginning.trim().is_empty() && sample.is_whole() {
            return Err(InspectError::Blank { path: path.to_owned() });
        }
        let behind_line = |text: String| text.find(['\n', '\r']).map(|at| text[at + 1..].to_owned());
        Ok(Text {
            beginning,
            later: sample
                .later
                .iter()
                .filter_map(|bytes| behind_line(decode(bytes)))
                .collect(),
            rest: if sample.is_whole() { Rest::Nothing } else { Rest::More },
        })
    }

    /// Takes away the first `count` lines.
    pub fn skip_lines(&mut self, count: usize) {
        for _ in 0..count {
            self.beginning = behind_first_line(&self.beginning).to_owned();
        }
    }

    /// Cuts the text into records, in the dialect that was given or is detected.
    ///
    /// # Errors
    /// There is no end of a record.
    pub fn records(&self, path: &Path, given: &GivenDialect) -> Result<(DialectFinding, Vec<Record>), InspectError> {
        let record_end = given.record_end.clone().unwrap_or(RecordEnd::Line);
        if self.rest == Rest::More && !has_record_end(&self.beginning, &record_end) {
            return Err(InspectError::NoRecordEnd {
                path: path.to_owned(),
                looked_at: self.beginning.len(),
            });
        }
        let finding = detect_dialect(&self.beginning, given, self.rest);
        let records = table_rows(&self.beginning, &finding.dialect, self.rest);
        Ok((finding, records))
    }

    /// The rows of a table. Lines before the first are counted in, so that rows have their numbers in the file.
    pub fn table(&self, dialect: &Dialect, records: Vec<Record>, skipped: usize) -> Table {
        let row = |record: Record| TableRow {
            number: record.line + skipped as u64,
            cells: record
                .cells
                .into_iter()
                .map(|cell| Cell::Text(Cow::Owned(cell)))
                .collect(),
        };
        let later = self.later.iter().flat_map(|text| table_rows(text, dialect, Rest::More));
        Table {
            rows: records.into_iter().map(row).collect(),
            later: later.map(row).collect(),
            merged: Vec::new(),
        }
    }

    /// NUL characters of the beginning.
    pub fn nuls(&self) -> usize {
        memchr::memchr_iter(0, self.beginning.as_bytes()).count()
    }

    /// How lines end, for people, and whether all do so alike.
    pub fn line_ends(&self) -> (String, bool) {
        let bytes = self.beginning.as_bytes();
        let both = memchr::memmem::find_iter(bytes, b"\r\n").count();
        let feeds = memchr::memchr_iter(b'\n', bytes).count() - both;
        let returns = memchr::memchr_iter(b'\r', bytes).count() - both;
        let mut ends = [("CR LF", both), ("LF", feeds), ("CR", returns)];
        ends.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let occurring: Vec<&str> = ends
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(name, _)| *name)
            .collect();
        (
            occurring
                .first()
                .map_or_else(|| "none".to_owned(), |name| (*name).to_owned()),
            occurring.len() < 2,
        )
    }
}

/// The text behind its first line end.
pub fn behind_first_line(text: &str) -> &str {
    let Some(at) = text.find(['\n', '\r']) else { return "" };
    let length = if text[at..].starts_with("\r\n") { 2 } else { 1 };
    &text[at + length..]
}
