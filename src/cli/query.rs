//! `rogatory query`: an analyst's question in SQL, answered from the lake; nothing can be written.

use std::collections::BTreeMap;
use std::path::Path;

use arrow::csv::WriterBuilder;
use arrow::json::LineDelimitedWriter;
use arrow::util::pretty::pretty_format_batches;
use parquet::arrow::ArrowWriter;

use crate::cli::arguments::{GlobalArguments, OutputFormat, QueryArguments};
use crate::cli::ending::{CommandError, Ending};
use crate::cli::printer::Printer;
use crate::cli::session::{observation_date, open_engine, open_project, query_texts};
use crate::domain::fold::nearest;
use crate::engine::{Counting, QueryResult};
use crate::lake::Snapshot;
use crate::project::Project;

/// Answers one question.
///
/// # Errors
/// The question or the lake can't be used, or the answer can't be written.
pub fn run(arguments: &GlobalArguments, command: &QueryArguments, printer: &Printer) -> Result<Ending, CommandError> {
    let project = open_project(arguments)?;
    let Some(typed) = &command.query else {
        return list(&project, printer);
    };
    let (name, sql) = question(&project, typed)?;
    let snapshot = Snapshot::open(&project.lake())?;
    let as_of = observation_date(arguments, &project, &snapshot)?;
    let engine = open_engine(&project, &snapshot, as_of, Counting::PerQuery)?;
    let answer = engine.query(&name, &sql, &BTreeMap::new())?;
    let bytes = rendered(&answer, command.format)?;
    match &command.output {
        Some(path) => write_whole(path, &bytes),
        None => printer.data(&bytes),
    }
    .map_err(|source| CommandError::Io {
        action: "write the answer".to_owned(),
        source,
    })?;
    Ok(Ending::Done)
}

fn list(project: &Project, printer: &Printer) -> Result<Ending, CommandError> {
    let mut text = String::new();
    for (name, query) in query_texts(project, "analyst/")? {
        let what = query
            .text
            .lines()
            .find_map(|line| line.strip_prefix("--"))
            .unwrap_or_default()
            .trim();
        text.push_str(&format!("{name}: {what}\n"));
    }
    printer.data(text.as_bytes()).map_err(|source| CommandError::Io {
        action: "write the list".to_owned(),
        source,
    })?;
    Ok(Ending::Done)
}

/// The SQL that was meant, and its name for messages: a file, a named query, or the text itself.
fn question(project: &Project, typed: &str) -> Result<(String, String), CommandError> {
    if typed.ends_with(".sql") {
        let sql = std::fs::read_to_string(typed).map_err(|error| CommandError::Input {
            message: format!("{typed}: {error}"),
        })?;
        return Ok((typed.to_owned(), sql));
    }
    if typed.contains(char::is_whitespace) {
        return Ok(("the query".to_owned(), typed.to_owned()));
    }
    let named = query_texts(project, "analyst/")?;
    let names: Vec<&str> = named.iter().map(|(name, _)| name.as_str()).collect();
    match named.iter().find(|(name, _)| name == typed) {
        Some((name, text)) => Ok((format!("queries/analyst/{name}.sql"), text.text.clone())),
        None => Err(CommandError::Input {
            message: format!(
                "there is no named query `{typed}`; nearest: {}; `rogatory query --list` names all",
                nearest(typed, names, 3).join(", ")
            ),
        }),
    }
}

fn rendered(answer: &QueryResult, format: OutputFormat) -> Result<Vec<u8>, CommandError> {
    let failed = |error: &dyn std::error::Error| CommandError::Input {
        message: format!("the answer has no form in this format: {error}"),
    };
    let mut bytes = Vec::new();
    match format {
        OutputFormat::Table => {
            let text = pretty_format_batches(&with_schema(answer)).map_err(|error| failed(&error))?;
            bytes.extend(format!("{text}\n").into_bytes());
        }
        OutputFormat::Csv => {
            let mut writer = WriterBuilder::new().with_header(true).build(&mut bytes);
            for batch in &with_schema(answer) {
                writer.write(batch).map_err(|error| failed(&error))?;
            }
        }
        OutputFormat::Json => {
            let mut writer = LineDelimitedWriter::new(&mut bytes);
            for batch in &answer.batches {
                writer.write(batch).map_err(|error| failed(&error))?;
            }
            writer.finish().map_err(|error| failed(&error))?;
        }
        OutputFormat::Parquet => {
            let mut writer =
                ArrowWriter::try_new(&mut bytes, answer.schema.clone(), None).map_err(|error| failed(&error))?;
            for batch in &answer.batches {
                writer.write(batch).map_err(|error| failed(&error))?;
            }
            writer.close().map_err(|error| failed(&error))?;
        }
    }
    Ok(bytes)
}

/// The batches, or an empty one so that the header is shown.
fn with_schema(answer: &QueryResult) -> Vec<arrow::array::RecordBatch> {
    if answer.batches.is_empty() {
        vec![arrow::array::RecordBatch::new_empty(answer.schema.clone())]
    } else {
        answer.batches.clone()
    }
}

/// Writes beside the target and renames, so that no half an answer stands there.
fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    std::io::Write::write_all(&mut file, bytes)?;
    file.persist(path)?;
    Ok(())
}
