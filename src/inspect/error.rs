//! Why a file can't be inspected: what was found, and what to do.

use std::path::PathBuf;

use crate::normalise::FileFault;

/// Why a file can't be inspected.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    #[error("there is no file {path}{}", suggestion(.nearest), path = path.display())]
    Missing { path: PathBuf, nearest: Vec<String> },
    #[error("{path} is a folder; name one file in it{}", listed(.files), path = path.display())]
    Folder { path: PathBuf, files: Vec<String> },
    #[error("{path} is not a regular file; save what it gives to a file first", path = path.display())]
    NotRegular { path: PathBuf },
    #[error("{path} is empty: 0 bytes; ask for the export again", path = path.display())]
    Empty { path: PathBuf },
    #[error("{path} is {found}, not a table; {advice}", path = path.display())]
    NotATable {
        path: PathBuf,
        found: &'static str,
        advice: &'static str,
    },
    #[error(
        "{path} has {found} rows behind the lines skipped, and the header was said to have {given}; give --skip-lines and --header-rows as the file is",
        path = path.display()
    )]
    HeaderRows { path: PathBuf, given: usize, found: usize },
    #[error("{path} has nothing but blank lines; ask for the export again", path = path.display())]
    Blank { path: PathBuf },
    #[error(
        "{path} has no line end in its first {looked_at} bytes, so it has no rows to look at; if records end otherwise, name the end with --record-end",
        path = path.display()
    )]
    NoRecordEnd { path: PathBuf, looked_at: usize },
    #[error(
        "{path}, line {line}: the record is longer than {limit} bytes; check --quote, --escape and --record-end",
        path = path.display()
    )]
    RecordTooLong { path: PathBuf, line: u64, limit: usize },
    #[error("{path} is a JSON document of {size} bytes; more than {limit} are not inspected; cut it, or export one record per line", path = path.display())]
    LargeDocument { path: PathBuf, size: u64, limit: u64 },
    #[error("{path} begins like JSON but can't be read: line {line}, column {column}; ask for the export again, or name the --delimiter to read it as text", path = path.display())]
    Json { path: PathBuf, line: usize, column: usize },
    #[error("{path} is JSON but holds no array of records", path = path.display())]
    NoRecords { path: PathBuf },
    #[error("{path} has no sheet `{expected}`; it has {}", found.join(", "), path = path.display())]
    MissingSheet {
        path: PathBuf,
        expected: String,
        found: Vec<String>,
    },
    #[error("{option} does not apply to {path}, which is {found}", path = path.display())]
    NotApplicable {
        option: &'static str,
        path: PathBuf,
        found: String,
    },
    #[error("{path}: {source}", path = path.display())]
    Workbook { path: PathBuf, source: FileFault },
    #[error("{path}: {source}", path = path.display())]
    Io { path: PathBuf, source: std::io::Error },
    #[error("the rows can't be written: {0}")]
    Output(#[source] std::io::Error),
}

fn suggestion(nearest: &[String]) -> String {
    if nearest.is_empty() {
        String::new()
    } else {
        format!("; nearest: {}", nearest.join(", "))
    }
}

fn listed(files: &[String]) -> String {
    if files.is_empty() {
        "; it holds none".to_owned()
    } else {
        format!(", such as {}", files.join(", "))
    }
}
