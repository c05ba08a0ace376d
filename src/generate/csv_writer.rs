//! Delimited text: quoting, line ends, titles and ragged rows.

use crate::generate::error::GenerateError;
use crate::generate::fault::Ragged;
use crate::generate::row::{Cell, Row};
use crate::generate::text_sink::TextSink;
use crate::generate::writer::Target;

/// A delimited text file that is being written.
pub struct CsvWriter {
    sink: TextSink,
    style: Style,
}

#[derive(Clone, Copy)]
struct Style {
    delimiter: char,
    quote: Option<char>,
    escape: Option<char>,
    quote_all: bool,
    line_end: &'static str,
}

impl CsvWriter {
    pub fn create(target: &Target) -> Result<Self, GenerateError> {
        let format = target.format();
        let layout = &target.recipe.layout;
        let style = Style {
            delimiter: char::from(format.delimiter),
            quote: format.quote.map(char::from),
            escape: format.escape.map(char::from),
            quote_all: layout.quote_all,
            line_end: if layout.crlf { "\r\n" } else { "\n" },
        };
        let sink = TextSink::create(&target.path, format.encoding, layout.byte_order_mark)?;
        let mut writer = CsvWriter { sink, style };
        for row in target.title() {
            writer.line(row.iter().map(String::as_str));
        }
        for row in target.header() {
            writer.line(row.into_iter());
        }
        Ok(writer)
    }

    pub fn row(&mut self, row: &Row, ragged: Option<Ragged>) -> Result<(), GenerateError> {
        let cells = row.cells.iter().map(|cell| match cell {
            Cell::Text(range) | Cell::Array(range) | Cell::Number(range, _) | Cell::Flag(range, _) => row.text(range),
            Cell::Empty | Cell::Date(_) => "",
        });
        match ragged {
            None => self.line(cells),
            Some(Ragged::OneMore) => self.line(cells.chain(["?"])),
            Some(Ragged::OneLess) => self.line(cells.take(row.cells.len() - 1)),
        }
        self.sink.pass_on()
    }

    pub fn finish(self) -> Result<(), GenerateError> {
        self.sink.finish()
    }

    fn line<'t>(&mut self, cells: impl Iterator<Item = &'t str>) {
        let text = self.sink.text();
        for (position, cell) in cells.enumerate() {
            if position > 0 {
                text.push(self.style.delimiter);
            }
            self.style.push(cell, text);
        }
        text.push_str(self.style.line_end);
    }
}

impl Style {
    fn push(&self, cell: &str, text: &mut String) {
        let Some(quote) = self.quote else {
            return text.push_str(cell);
        };
        let bytes = cell.as_bytes();
        let special = memchr::memchr3(self.delimiter as u8, quote as u8, b'\n', bytes).or(memchr::memchr(b'\r', bytes));
        if !self.quote_all && special.is_none() {
            return text.push_str(cell);
        }
        text.push(quote);
        for character in cell.chars() {
            if character == quote || Some(character) == self.escape {
                text.push(self.escape.unwrap_or(quote));
            }
            text.push(character);
        }
        text.push(quote);
    }
}

#[cfg(test)]
mod tests {
    use super::Style;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let style = Style {
            delimiter: ';',
            quote: Some('"'),
            escape: None,
            quote_all: false,
            line_end: "\n",
        };
        let cases = [
            (style, "plain", "plain"),
            (style, "a;b", "\"a;b\""),
            (style, "a\nb", "\"a\nb\""),
            (style, "say \"x\"", "\"say \"\"x\"\"\""),
            (
                Style {
                    escape: Some('\\'),
                    ..style
                },
                "say \"x\"",
                "\"say \\\"x\\\"\"",
            ),
            (Style { quote: None, ..style }, "say \"x\"", "say \"x\""),
            (
                Style {
                    quote_all: true,
                    ..style
                },
                "plain",
                "\"plain\"",
            ),
        ];
        for (style, cell, expected) in cases {
            let mut text = String::new();
            style.push(cell, &mut text);
            assert_eq!(text, expected);
        }
    }
}
