//! What can stop the generator.

use std::path::PathBuf;

/// The exports can't be generated.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    #[error("generate.toml: {message}")]
    Recipe { message: String },
    #[error("the recipe has no source `{found}`; it has: {}", .known.join(", "))]
    NoRecipe { found: String, known: Vec<String> },
    #[error("the recipe's source `{source_name}` has no definition sources/{source_name}.toml")]
    NoDefinition { source_name: String },
    #[error("recipe, source `{source_name}`: the data set `{data_set}` has no field `{found}`")]
    Field {
        source_name: String,
        data_set: &'static str,
        found: String,
    },
    #[error("recipe, source `{source_name}`: `{found}` is not a code of the codelist `{codelist}`")]
    Code {
        source_name: String,
        codelist: String,
        found: String,
    },
    #[error("recipe, source `{source_name}`: {what} `{found}` is not known; expected {expected}")]
    Unknown {
        source_name: String,
        what: &'static str,
        found: String,
        expected: &'static str,
    },
    #[error("recipe, source `{source_name}`, rule for `{field}`: {problem}")]
    Rule {
        source_name: String,
        field: String,
        problem: &'static str,
    },
    #[error("recipe, source `{source_name}`: {problem}")]
    Source { source_name: String, problem: &'static str },
    #[error("recipe, source `{source_name}`: `header` and the definition's columns differ in `{column}`")]
    Header { source_name: String, column: String },
    #[error(
        "source `{source_name}`, column `{column}`: code `{code}` has no spelling that this format can hold; \
         give one under `values` in the definition or `spellings` in the recipe"
    )]
    Spelling {
        source_name: String,
        column: String,
        code: String,
    },
    #[error(
        "recipe, source `{source_name}`, field `{field}`: to the codelists `{text}` means `{means}`; under `misspelt` it must mean nothing, \
         under `spellings` its code"
    )]
    Means {
        source_name: String,
        field: String,
        text: String,
        means: String,
    },
    #[error(
        "source `{source_name}`: {format} exports can't be written; the generator writes csv, xlsx, json and jsonl"
    )]
    Format { source_name: String, format: &'static str },
    #[error("{file}: a worksheet holds at most 1,048,576 rows; ask for fewer rows of this source")]
    TooManyRows { file: PathBuf },
    #[error("{file}: the encoding {encoding} has no letter `{letter}`; choose another spelling or encoding")]
    Letter {
        file: PathBuf,
        encoding: &'static str,
        letter: char,
    },
    #[error("can't write {file}: {source}")]
    Write { file: PathBuf, source: std::io::Error },
    #[error("can't write {file}: {source}")]
    Workbook {
        file: PathBuf,
        source: rust_xlsxwriter::XlsxError,
    },
}
