//! What can be wrong with a row or with a file of an export, in closed lists with stable codes.
//!
//! A row's fault quarantines the row; a file's fault refuses the file. Texts say what was found, what was expected and where.

use std::path::PathBuf;

use arrow::error::ArrowError;

/// Why a row is quarantined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    RaggedRow,
    BrokenRecord,
    NulByte,
    MissingValue,
    UnknownCode,
    AmbiguousCode,
    SeveralValues,
    RepeatedValue,
    InvalidDate,
    TwoDigitYear,
    SerialNumber,
    DateTooEarly,
    DateAfterExport,
    InvalidNumber,
    InvalidBoolean,
    ErrorCell,
    FormulaWithoutResult,
    EndBeforeStart,
    OutcomeWithoutCompletion,
    CompletionWithoutOutcome,
    DuplicateKey,
    Excluded,
}

/// Every reason, in the order of the documentation.
pub const REASONS: [Reason; 22] = [
    Reason::RaggedRow,
    Reason::BrokenRecord,
    Reason::NulByte,
    Reason::MissingValue,
    Reason::UnknownCode,
    Reason::AmbiguousCode,
    Reason::SeveralValues,
    Reason::RepeatedValue,
    Reason::InvalidDate,
    Reason::TwoDigitYear,
    Reason::SerialNumber,
    Reason::DateTooEarly,
    Reason::DateAfterExport,
    Reason::InvalidNumber,
    Reason::InvalidBoolean,
    Reason::ErrorCell,
    Reason::FormulaWithoutResult,
    Reason::EndBeforeStart,
    Reason::OutcomeWithoutCompletion,
    Reason::CompletionWithoutOutcome,
    Reason::DuplicateKey,
    Reason::Excluded,
];

impl Reason {
    /// The stable code, as stored in `quarantine.reason`.
    pub fn code(self) -> &'static str {
        self.texts().0
    }

    /// What the reason means.
    pub fn meaning(self) -> &'static str {
        self.texts().1
    }

    fn texts(self) -> (&'static str, &'static str) {
        match self {
            Reason::RaggedRow => ("ragged_row", "the row has more or fewer cells than the header"),
            Reason::BrokenRecord => ("broken_record", "the line is not a JSON object"),
            Reason::NulByte => ("nul_byte", "a cell holds a NUL byte"),
            Reason::MissingValue => (
                "missing_value",
                "a required field is empty, or `received_on` of an incoming request",
            ),
            Reason::UnknownCode => ("unknown_code", "the value is no code, name or alias of the codelist"),
            Reason::AmbiguousCode => ("ambiguous_code", "the value fits several codes of the codelist"),
            Reason::SeveralValues => (
                "several_values",
                "the cell holds several values and the column has no `split`",
            ),
            Reason::RepeatedValue => (
                "repeated_value",
                "a cell that makes several items holds the same value twice",
            ),
            Reason::InvalidDate => (
                "invalid_date",
                "the value fits no pattern of the column, or the day does not exist",
            ),
            Reason::TwoDigitYear => ("two_digit_year", "the year has two digits"),
            Reason::SerialNumber => ("serial_number", "the value is a day number as spreadsheets store it"),
            Reason::DateTooEarly => ("date_too_early", "the date lies before 1900"),
            Reason::DateAfterExport => ("date_after_export", "the date lies after the day of the export"),
            Reason::InvalidNumber => (
                "invalid_number",
                "the value is not a number, or its separator is ambiguous",
            ),
            Reason::InvalidBoolean => ("invalid_boolean", "the value is neither yes nor no"),
            Reason::ErrorCell => ("error_cell", "the workbook shows an error such as #REF! in the cell"),
            Reason::FormulaWithoutResult => (
                "formula_without_result",
                "the workbook holds a formula but not its result",
            ),
            Reason::EndBeforeStart => (
                "end_before_start",
                "`completed_on` lies before `received_on` or (outgoing) `transmitted_on`; `closed_on` before `opened_on`; `ended_on` before `begun_on`",
            ),
            Reason::OutcomeWithoutCompletion => (
                "outcome_without_completion",
                "the outcome resolves the request but `completed_on` is empty",
            ),
            Reason::CompletionWithoutOutcome => (
                "completion_without_outcome",
                "`completed_on` is given but the outcome is empty or does not resolve",
            ),
            Reason::DuplicateKey => (
                "duplicate_key",
                "another row of the same snapshot has the same key and differs",
            ),
            Reason::Excluded => ("excluded", "a correction excludes the row"),
        }
    }
}

/// One fault of one row.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    pub export_row: u64,
    /// Header of the column, if the fault is about one.
    pub column: Option<String>,
    /// Field of the data set or event, if the fault is about one.
    pub field: Option<String>,
    pub reason: Reason,
    /// The value, of code and date columns only.
    pub value: Option<String>,
    /// The nearest known entries.
    pub suggestion: Option<String>,
}

/// Why a file is refused. The position is part of the message; the file's name is added by whoever reports it.
#[derive(Debug, thiserror::Error)]
pub enum FileFault {
    /// An export that is kept elsewhere can't be had.
    #[error("{0}")]
    Kept(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the file is empty; expected a header and data rows")]
    Empty,
    #[error("the file has a header but no data rows; an export without rows would supersede all earlier ones")]
    NoRows,
    #[error(
        "line {line}, byte {offset} of the file: bytes {bytes} are not valid {encoding}; check `encoding` in the source definition"
    )]
    Encoding {
        line: u64,
        offset: u64,
        bytes: String,
        encoding: &'static str,
    },
    #[error(
        "the file starts with the byte-order mark of {found}, but the source definition says `encoding = \"{declared}\"`"
    )]
    ByteOrderMark {
        found: &'static str,
        declared: &'static str,
    },
    #[error("line {line}: a quoted field is not closed before the end of the file; check `quote` and `escape`")]
    UnclosedQuote { line: u64 },
    #[error("line {line}: a record is longer than {limit} bytes; check `quote`, `escape` and the line ends")]
    RecordTooLong { line: u64, limit: usize },
    #[error("the header has {found} rows, expected {expected}")]
    ShortHeader { found: usize, expected: usize },
    #[error(
        "the header is a single column; the file seems to be delimited by `{seems}`, the source definition says `{declared}`"
    )]
    Delimiter { seems: char, declared: char },
    #[error("unknown column `{column}`; {}; map it or name it under `drop`", nearest_or_list(.nearest, .known))]
    UnknownColumn {
        column: String,
        nearest: Vec<String>,
        known: Vec<String>,
    },
    #[error(
        "none of the {columns} columns of the file is named in the source definition; is the header row missing, or is it another file?"
    )]
    NoHeader { columns: usize },
    #[error("column `{column}` is named in the source definition but missing in the file; the file has {}", listed(.found))]
    MissingColumn { column: String, found: Vec<String> },
    #[error(
        "column `{column}` stands twice in the header ({positions}); name the columns by position, such as `\"#3\"`"
    )]
    RepeatedColumn { column: String, positions: String },
    #[error(
        "the header cells {cells} are merged; with `header_rows` covering them they are read for each column they span"
    )]
    MergedHeader { cells: String },
    #[error("the workbook has no sheet `{expected}`; it has {}", listed(.found))]
    MissingSheet { expected: String, found: Vec<String> },
    #[error("the workbook has several sheets ({}); name one with `sheet`", listed(.found))]
    SeveralSheets { found: Vec<String> },
    #[error("the workbook unpacks to more than {limit} bytes; it is not read")]
    TooLarge { limit: u64 },
    #[error(
        "the sheet's used area has {rows} rows and {columns} columns, most of them empty; clear the stray cells far below or to the right and save the workbook again"
    )]
    TooSparse { rows: u64, columns: u64 },
    #[error("the workbook can't be read: {message}")]
    Workbook { message: String },
    #[error("the JSON document can't be read: {message}")]
    Json { message: String },
    #[error("`{pointer}` of the JSON document is not an array of records")]
    Records { pointer: String },
    #[error("`exported_on`: {problem}")]
    ExportedOn { problem: String },
    #[error("correction of {matched}: {problem}; mend or remove it in corrections.toml")]
    Correction { matched: String, problem: String },
    #[error("{path}: {source}", path = path.display())]
    Io { path: PathBuf, source: std::io::Error },
    #[error("its values can't be kept while the rows are compared: {0}")]
    Arrow(#[from] ArrowError),
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn nearest_or_list(nearest: &[String], known: &[String]) -> String {
    if nearest.is_empty() {
        format!("known are {}", listed(known))
    } else {
        format!("nearest: {}", listed(nearest))
    }
}

#[cfg(test)]
mod tests {
    use super::REASONS;

    #[test]
    fn codes_are_unique_and_listed_once() {
        let mut codes: Vec<_> = REASONS.iter().map(|reason| reason.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), REASONS.len());
    }
}
