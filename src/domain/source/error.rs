//! Why a source definition can't be used: what was found, and the nearest valid one.

use crate::domain::dataset::UnknownDataSet;
use crate::domain::date_pattern::PatternError;

/// Why a source definition can't be used.
#[derive(Debug, thiserror::Error)]
pub enum DefinitionError {
    #[error("{message}")]
    Toml { message: String },
    #[error(transparent)]
    DataSet(#[from] UnknownDataSet),
    #[error(transparent)]
    Pattern(#[from] PatternError),
    #[error("`{found}` is not an authority of codelists/authorities.csv{}", suggestion(.nearest))]
    Authority { found: String, nearest: Vec<String> },
    #[error("column `{column}`: the data set `{data_set}` has no field `{found}`{}", suggestion(.nearest))]
    Field {
        column: String,
        data_set: &'static str,
        found: String,
        nearest: Vec<String>,
    },
    #[error("column `{column}`: `{found}` is not an event of codelists/events.csv{}", suggestion(.nearest))]
    Event {
        column: String,
        found: String,
        nearest: Vec<String>,
    },
    #[error("column `{column}`: `{found}` is not a code of the codelist `{codelist}`{}", suggestion(.nearest))]
    Code {
        column: String,
        codelist: String,
        found: String,
        nearest: Vec<String>,
    },
    #[error("column `{column}`: {problem}")]
    Column { column: String, problem: &'static str },
    #[error("encoding `{found}` is unknown; expected a label such as utf-8, windows-1250, iso-8859-16, utf-16le")]
    Encoding { found: String },
    #[error("`{key}` must be one ASCII character, found `{found}`")]
    Character { key: &'static str, found: String },
    #[error("`{key}` does not apply to the format `{format}`")]
    NotApplicable { key: &'static str, format: &'static str },
    #[error("the field `{field}` is required and no column or constant gives it")]
    Unmapped { field: &'static str },
    #[error("the field `{field}` is given twice")]
    Twice { field: String },
    #[error("{problem}")]
    Contradiction { problem: &'static str },
    #[error("[pull]: {message}")]
    Pull { message: String },
    #[error(
        "`exported_on` needs exactly one of `file_name`, `cell` (with `dates`), `value` and `arrival = true` (with [pull])"
    )]
    ExportedOn,
}

fn suggestion(nearest: &[String]) -> String {
    if nearest.is_empty() {
        String::new()
    } else {
        format!("; nearest: {}", nearest.join(", "))
    }
}
