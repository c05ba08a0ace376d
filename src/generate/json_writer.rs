//! JSON documents and JSON lines: one object for each row, with dotted column names as nested objects.

use crate::domain::source::FormatType;
use crate::generate::error::GenerateError;
use crate::generate::row::{ARRAY_SEPARATOR, Cell, Row};
use crate::generate::text_sink::TextSink;
use crate::generate::writer::Target;

/// A JSON file that is being written.
pub struct JsonWriter {
    sink: TextSink,
    lines: bool,
    /// By column: what stands before its value, such as `,"decision":{"date":`.
    before: Vec<String>,
    /// What stands after the last value.
    after: String,
    /// What stands after the last record.
    closing: String,
    first: bool,
}

impl JsonWriter {
    pub fn create(target: &Target) -> Result<Self, GenerateError> {
        let format = target.format();
        let mut sink = TextSink::create(&target.path, format.encoding, target.recipe.layout.byte_order_mark)?;
        let lines = format.kind == FormatType::Jsonl;
        let pointer = format.records.as_deref().unwrap_or("");
        let depth = pointer.split('/').skip(1).count();
        let mut closing = String::from("\n");
        if !lines {
            for key in pointer.split('/').skip(1) {
                sink.text().push('{');
                push_string(key, sink.text());
                sink.text().push(':');
            }
            sink.text().push_str("[\n");
            closing = format!("\n]{}\n", "}".repeat(depth));
        }
        let (before, after) = punctuation(target.rows.header());
        Ok(JsonWriter {
            sink,
            lines,
            before,
            after,
            closing,
            first: true,
        })
    }

    pub fn row(&mut self, row: &Row) -> Result<(), GenerateError> {
        let text = self.sink.text();
        if !std::mem::take(&mut self.first) {
            text.push_str(if self.lines { "\n" } else { ",\n" });
        }
        for (before, cell) in self.before.iter().zip(&row.cells) {
            text.push_str(before);
            push_cell(row, cell, text);
        }
        text.push_str(&self.after);
        self.sink.pass_on()
    }

    pub fn finish(mut self) -> Result<(), GenerateError> {
        if !(self.lines && self.first) {
            self.sink.text().push_str(&self.closing);
        }
        self.sink.finish()
    }
}

/// What stands before each value and after the last: neighbouring columns of one object stand in it together.
fn punctuation<'h>(headers: impl Iterator<Item = &'h str>) -> (Vec<String>, String) {
    let mut open: Vec<&str> = Vec::new();
    let mut before = Vec::new();
    for header in headers {
        let mut path: Vec<&str> = header.split('.').collect();
        let name = path.pop().unwrap_or("");
        let shared = open.iter().zip(&path).take_while(|(one, other)| one == other).count();
        let mut text = "}".repeat(open.len() - shared);
        text.push(if before.is_empty() { '{' } else { ',' });
        for part in &path[shared..] {
            push_string(part, &mut text);
            text.push_str(":{");
        }
        push_string(name, &mut text);
        text.push(':');
        before.push(text);
        open = path;
    }
    (before, "}".repeat(open.len() + 1))
}

fn push_cell(row: &Row, cell: &Cell, text: &mut String) {
    match cell {
        Cell::Empty | Cell::Date(_) => text.push_str("null"),
        Cell::Text(range) => push_string(row.text(range), text),
        Cell::Number(range, _) => text.push_str(&row.text(range).replace(',', ".")),
        Cell::Flag(_, flag) => text.push_str(if *flag { "true" } else { "false" }),
        Cell::Array(range) => {
            for (position, value) in row.text(range).split(ARRAY_SEPARATOR).enumerate() {
                text.push(if position == 0 { '[' } else { ',' });
                push_string(value, text);
            }
            text.push(']');
        }
    }
}

fn push_string(string: &str, text: &mut String) {
    text.push('"');
    for character in string.chars() {
        match character {
            '"' | '\\' => text.extend(['\\', character]),
            '\n' => text.push_str("\\n"),
            control if control < ' ' => text.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => text.push(other),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::{punctuation, push_string};

    #[test]
    fn dotted_names_become_objects() {
        let (before, after) = punctuation(["id", "a.x", "a.y", "b.c.z", "last"].into_iter());
        let document: String = before.iter().map(|before| format!("{before}1")).collect::<String>() + &after;
        assert_eq!(document, r#"{"id":1,"a":{"x":1,"y":1},"b":{"c":{"z":1}},"last":1}"#);
    }

    #[test]
    fn strings_are_escaped() {
        let mut text = String::new();
        push_string("a\"b\\c\nd\u{1}", &mut text);
        assert_eq!(text, r#""a\"b\\c\nd\u0001""#);
    }
}
