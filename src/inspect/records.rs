//! Delimited text as records of cells, in any dialect, however badly quoted.
//!
//! Input: text and a dialect. Output: [`Record`]s. Well-formed text reads as in every reader of CSV. Where quotes don't fit together, every
//! character is kept: a quote opens a cell only if it is closed before a delimiter or the record's end, else it is a character like others; a quote
//! inside a quoted cell that neither closes it nor is escaped is a character as well. Such cells are counted.

use memchr::memmem;

use crate::inspect::dialect::{Dialect, Escape, RecordEnd};

/// One record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// 1-based number of the line on which it begins.
    pub line: u64,
    pub cells: Vec<String>,
    /// Cells that were quoted.
    pub quoted: usize,
    /// Cells with a quote that doesn't fit.
    pub misquoted: usize,
    /// Cells in which a quote was escaped.
    pub escaped: usize,
}

impl Record {
    /// Whether it is a line without any character.
    pub fn is_empty_line(&self) -> bool {
        self.cells.len() == 1 && self.cells[0].is_empty() && self.quoted == 0
    }
}

/// Whether more text follows behind a stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// The stretch is the end of the file.
    Nothing,
    /// The file goes on: a record that the stretch cuts off is left.
    More,
}

/// The records of a stretch of text.
pub struct Records<'a> {
    text: &'a str,
    dialect: &'a Dialect,
    rest: Rest,
    /// Where the next record begins, in bytes.
    at: usize,
    line: u64,
    /// Where the line count has got to.
    counted: usize,
}

/// What stands behind a cell.
enum End {
    /// A delimiter; the next cell begins at the position.
    Delimiter(usize),
    /// The record's end; the next record begins at the position.
    Record(usize),
    /// The end of the text.
    Text,
    /// Only the text behind the stretch can tell.
    Unknown,
}

/// One cell and what follows.
struct Cell {
    text: String,
    end: End,
    quoted: bool,
    misquoted: bool,
    escaped: bool,
}

/// The inside of a quoted cell.
struct Quoted {
    /// Where the closing quote stands.
    close: usize,
    misquoted: bool,
    escaped: bool,
}

/// Why no closing quote was found.
enum Unclosed {
    /// There is none that fits.
    Never,
    /// It may stand behind the stretch.
    Unknown,
}

impl<'a> Records<'a> {
    /// The records of `text`, whose first line has this number.
    pub fn new(text: &'a str, dialect: &'a Dialect, first_line: u64, rest: Rest) -> Self {
        Records {
            text,
            dialect,
            rest,
            at: 0,
            line: first_line,
            counted: 0,
        }
    }

    /// Bytes of the text that the records so far took.
    pub fn taken(&self) -> usize {
        self.at
    }

    /// Number of the line on which the next record begins.
    pub fn line(&mut self) -> u64 {
        let bytes = &self.text.as_bytes()[self.counted..self.at];
        let feeds = memchr::memchr_iter(b'\n', bytes).count() as u64;
        let returns = memchr::memchr_iter(b'\r', bytes).filter(|at| bytes.get(at + 1) != Some(&b'\n'));
        self.line += feeds + returns.count() as u64;
        self.counted = self.at;
        self.line
    }

    fn cell(&self, at: usize) -> Cell {
        if let Some(quote) = self.dialect.quote
            && self.text[at..].starts_with(quote)
        {
            return self.quoted_cell(at, quote);
        }
        self.plain_cell(at)
    }

    fn plain_cell(&self, at: usize) -> Cell {
        let (stop, end) = self.stop(at);
        let text = &self.text[at..stop];
        let escape = match (self.dialect.quote, self.dialect.escape) {
            (None, Escape::Character(escape)) => Some(escape),
            _ => None,
        };
        Cell {
            text: escape.map_or_else(|| text.to_owned(), |escape| without_escape(text, escape)),
            end,
            quoted: false,
            misquoted: false,
            escaped: false,
        }
    }

    fn quoted_cell(&self, at: usize, quote: char) -> Cell {
        let inside = at + quote.len_utf8();
        match self.closing(inside, quote) {
            Ok(quoted) => {
                let behind = quoted.close + quote.len_utf8();
                let blanks = self.blanks(behind);
                let mut text = self.unescaped(&self.text[inside..quoted.close], quote);
                text.push_str(&self.text[behind..blanks]);
                Cell {
                    text,
                    end: self.end_at(blanks).unwrap_or(End::Text),
                    quoted: true,
                    misquoted: quoted.misquoted,
                    escaped: quoted.escaped,
                }
            }
            Err(Unclosed::Never) => Cell {
                misquoted: true,
                ..self.plain_cell(at)
            },
            Err(Unclosed::Unknown) => Cell {
                text: String::new(),
                end: End::Unknown,
                quoted: true,
                misquoted: false,
                escaped: false,
            },
        }
    }

    /// The quote that closes the cell whose text begins at `inside`.
    fn closing(&self, inside: usize, quote: char) -> Result<Quoted, Unclosed> {
        let bytes = self.text.as_bytes();
        let (mut misquoted, mut escaped) = (false, false);
        let mut at = inside;
        while let Some(found) = self.next_mark(at, quote) {
            if let Escape::Character(escape) = self.dialect.escape
                && escape != quote
                && self.text[found..].starts_with(escape)
            {
                escaped = true;
                let behind = found + escape.len_utf8();
                at = behind + self.text[behind..].chars().next().map_or(0, char::len_utf8);
                continue;
            }
            let behind = found + quote.len_utf8();
            if self.dialect.escape == Escape::Doubled && self.text[behind..].starts_with(quote) {
                escaped = true;
                at = behind + quote.len_utf8();
                continue;
            }
            if behind == bytes.len() && self.rest == Rest::More {
                return Err(Unclosed::Unknown);
            }
            match self.end_at(self.blanks(behind)) {
                Some(End::Unknown) => return Err(Unclosed::Unknown),
                Some(_) => {
                    return Ok(Quoted {
                        close: found,
                        misquoted,
                        escaped,
                    });
                }
                // A quote behind a delimiter opens the next cell: the one before it opened nothing.
                None if found > inside && self.begins_cell(inside, found) => return Err(Unclosed::Never),
                None => misquoted = true,
            }
            at = behind;
        }
        Err(match self.rest {
            Rest::More => Unclosed::Unknown,
            Rest::Nothing => Unclosed::Never,
        })
    }

    /// The next quote or escape character.
    fn next_mark(&self, at: usize, quote: char) -> Option<usize> {
        let text = &self.text[at..];
        let found = match self.dialect.escape {
            Escape::Character(escape) if escape != quote => text.find([quote, escape]),
            _ => text.find(quote),
        };
        found.map(|found| at + found)
    }

    fn begins_cell(&self, from: usize, at: usize) -> bool {
        let before = &self.text[from..at];
        let after_record = match &self.dialect.record_end {
            RecordEnd::Line => before.ends_with(['\n', '\r']),
            RecordEnd::Text(end) => before.ends_with(end.as_str()),
        };
        after_record || before.ends_with(self.dialect.delimiter.as_str())
    }

    /// Behind the spaces at `at`.
    fn blanks(&self, at: usize) -> usize {
        if self.dialect.delimiter.starts_with(' ') {
            return at;
        }
        at + self.text.as_bytes()[at..]
            .iter()
            .take_while(|byte| **byte == b' ')
            .count()
    }

    /// The text without what escapes its quotes.
    fn unescaped(&self, text: &str, quote: char) -> String {
        match self.dialect.escape {
            Escape::None => text.to_owned(),
            Escape::Doubled => text.replace(&format!("{quote}{quote}"), &quote.to_string()),
            Escape::Character(escape) => without_escape(text, escape),
        }
    }

    /// Where the plain text that begins at `at` stops, and what follows it.
    fn stop(&self, at: usize) -> (usize, End) {
        let bytes = self.text.as_bytes();
        let first = self.dialect.delimiter.as_bytes()[0];
        let mut from = at;
        loop {
            let found = match &self.dialect.record_end {
                RecordEnd::Line => memchr::memchr3(first, b'\n', b'\r', &bytes[from..]),
                RecordEnd::Text(end) => memchr::memchr2(first, end.as_bytes()[0], &bytes[from..]),
            };
            let Some(found) = found else {
                return (bytes.len(), self.at_text_end());
            };
            let stop = from + found;
            if self.is_escaped(at, stop) {
                from = stop + 1;
                continue;
            }
            match self.end_at(stop) {
                Some(end) => return (stop, end),
                None => from = stop + 1,
            }
        }
    }

    /// Whether the character at `stop` of an unquoted text is escaped, as dialects without quotes do it.
    fn is_escaped(&self, from: usize, stop: usize) -> bool {
        match (self.dialect.quote, self.dialect.escape) {
            (None, Escape::Character(escape)) => {
                let before = self.text[from..stop].chars().rev();
                before.take_while(|c| *c == escape).count() % 2 == 1
            }
            _ => false,
        }
    }

    /// The end of a cell at `at`, if one stands there.
    fn end_at(&self, at: usize) -> Option<End> {
        let rest = &self.text.as_bytes()[at..];
        if rest.is_empty() {
            return Some(self.at_text_end());
        }
        if rest.starts_with(self.dialect.delimiter.as_bytes()) {
            return Some(End::Delimiter(at + self.dialect.delimiter.len()));
        }
        match &self.dialect.record_end {
            RecordEnd::Text(end) => rest.starts_with(end.as_bytes()).then(|| End::Record(at + end.len())),
            RecordEnd::Line if rest[0] == b'\n' => Some(End::Record(at + 1)),
            RecordEnd::Line if rest.starts_with(b"\r\n") => Some(End::Record(at + 2)),
            RecordEnd::Line if rest == b"\r" && self.rest == Rest::More => Some(End::Unknown),
            RecordEnd::Line => (rest[0] == b'\r').then_some(End::Record(at + 1)),
        }
    }

    fn at_text_end(&self) -> End {
        match self.rest {
            Rest::Nothing => End::Text,
            Rest::More => End::Unknown,
        }
    }
}

impl Iterator for Records<'_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        if self.at >= self.text.len() {
            return None;
        }
        let mut record = Record {
            line: self.line(),
            ..Record::default()
        };
        let mut at = self.at;
        loop {
            let cell = self.cell(at);
            record.cells.push(cell.text);
            record.quoted += usize::from(cell.quoted);
            record.misquoted += usize::from(cell.misquoted);
            record.escaped += usize::from(cell.escaped);
            match cell.end {
                End::Delimiter(next) => at = next,
                End::Record(next) => {
                    self.at = next;
                    return Some(record);
                }
                End::Text => {
                    self.at = self.text.len();
                    return Some(record);
                }
                End::Unknown => return None,
            }
        }
    }
}

fn without_escape(text: &str, escape: char) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let kept = if character == escape {
            characters.next().unwrap_or(character)
        } else {
            character
        };
        plain.push(kept);
    }
    plain
}

/// Whether the text has an end of a record at all.
pub fn has_record_end(text: &str, record_end: &RecordEnd) -> bool {
    match record_end {
        RecordEnd::Line => memchr::memchr2(b'\n', b'\r', text.as_bytes()).is_some(),
        RecordEnd::Text(end) => memmem::find(text.as_bytes(), end.as_bytes()).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Records, Rest};
    use crate::inspect::dialect::{Dialect, Escape, RecordEnd};

    fn rows(text: &str, dialect: &Dialect) -> Vec<Vec<String>> {
        Records::new(text, dialect, 1, Rest::Nothing)
            .map(|record| record.cells)
            .collect()
    }

    #[track_caller]
    fn check(dialect: &Dialect, cases: &[(&str, &[&[&str]])]) {
        for (text, expected) in cases {
            assert_eq!(rows(text, dialect), *expected, "{text:?} as {dialect:?}");
        }
    }

    #[test]
    fn well_formed_text_reads_as_everywhere() {
        check(
            &Dialect::default(),
            &[
                ("a,b\r\nc,d\n", &[&["a", "b"], &["c", "d"]]),
                ("a,b\rc,d", &[&["a", "b"], &["c", "d"]]),
                ("\"a,\n\"\"b\"\"\",c\n", &[&["a,\n\"b\"", "c"]]),
                ("a,\n,\n", &[&["a", ""], &["", ""]]),
                ("\"\",\"\"", &[&["", ""]]),
                ("5\" x,it's\n", &[&["5\" x", "it's"]]),
                ("\"a\" ,b\n", &[&["a ", "b"]]),
            ],
        );
    }

    #[test]
    fn quotes_that_do_not_fit_are_characters() {
        check(
            &Dialect::default(),
            &[
                ("1,\"2,3,\"x, y\",4\n5\n", &[&["1", "\"2", "3", "x, y", "4"], &["5"]]),
                ("1,\"\"x, y\",4\n", &[&["1", "\"x, y", "4"]]),
                ("1,\"\n2,\"x\"\n", &[&["1", "\""], &["2", "x"]]),
                ("1,\"say \"ha\" now\",2\n", &[&["1", "say \"ha\" now", "2"]]),
                ("1,\"2\n", &[&["1", "\"2"]]),
            ],
        );
    }

    #[test]
    fn any_delimiter_quote_escape_and_record_end() {
        let dialect = |delimiter: &str, quote, escape, record_end| Dialect {
            delimiter: delimiter.to_owned(),
            quote,
            escape,
            record_end,
        };
        check(
            &dialect(", ", Some('\''), Escape::Character('\\'), RecordEnd::Line),
            &[("'it\\'s, so', b,c\n", &[&["it's, so", "b,c"]])],
        );
        check(
            &dialect("||", None, Escape::None, RecordEnd::Text("\r".to_owned())),
            &[("a|b||\"c\rd\ne||\r", &[&["a|b", "\"c"], &["d\ne", ""]])],
        );
        check(
            &dialect(";", Some('"'), Escape::None, RecordEnd::Line),
            &[("\"a\"\"b\";c\n", &[&["a\"\"b", "c"]])],
        );
        check(
            &dialect(";", None, Escape::Character('\\'), RecordEnd::Line),
            &[("a\\;b;c\\\\\n", &[&["a;b", "c\\"]])],
        );
    }

    #[test]
    fn a_record_that_the_stretch_cuts_off_is_left() {
        let dialect = Dialect::default();
        for (text, taken) in [
            ("a,b\nc,d", 4),
            ("a\n\"b\nc", 2),
            ("a\r", 0),
            ("a\n\"b\"", 2),
            ("a\n", 2),
        ] {
            let mut records = Records::new(text, &dialect, 1, Rest::More);
            while records.next().is_some() {}
            assert_eq!(records.taken(), taken, "{text:?}");
        }
    }

    #[test]
    fn records_know_their_lines() {
        let dialect = Dialect::default();
        let lines = |text| -> Vec<u64> {
            Records::new(text, &dialect, 3, Rest::Nothing)
                .map(|record| record.line)
                .collect()
        };
        assert_eq!(lines("a\r\n\"b\r\nc\"\r\nd\n"), [3, 4, 6]);
        assert_eq!(lines("a\rb\rc"), [3, 4, 5]);
    }
}
