//! The dialect of a delimited text: what separates cells and records, and how cells are quoted.

/// How a quote character inside a quoted cell is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    /// Not at all: a quote inside a cell stands as it is.
    None,
    /// Twice.
    Doubled,
    /// With this character before it.
    Character(char),
}

/// What ends a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordEnd {
    /// A line end of any system: CR LF, LF or CR.
    Line,
    /// Exactly this text.
    Text(String),
}

/// A dialect of delimited text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// One character or several.
    pub delimiter: String,
    /// `None` where cells are never quoted.
    pub quote: Option<char>,
    pub escape: Escape,
    pub record_end: RecordEnd,
}

/// What the user says of a text's dialect; what is `None` is detected.
#[derive(Clone, Debug, Default)]
pub struct GivenDialect {
    pub delimiter: Option<String>,
    /// `Some(None)`: cells are never quoted.
    pub quote: Option<Option<char>>,
    pub escape: Option<Escape>,
    pub record_end: Option<RecordEnd>,
}

impl GivenDialect {
    /// The dialect, with what the user said in place of what `other` has.
    pub fn over(&self, other: &Dialect) -> Dialect {
        Dialect {
            delimiter: self.delimiter.clone().unwrap_or_else(|| other.delimiter.clone()),
            quote: self.quote.unwrap_or(other.quote),
            escape: self.escape.unwrap_or(other.escape),
            record_end: self.record_end.clone().unwrap_or_else(|| other.record_end.clone()),
        }
    }
}

impl Default for Dialect {
    /// The dialect of RFC 4180.
    fn default() -> Self {
        Dialect {
            delimiter: ",".to_owned(),
            quote: Some('"'),
            escape: Escape::Doubled,
            record_end: RecordEnd::Line,
        }
    }
}
