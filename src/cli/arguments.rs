//! What a user may type. Only what was typed is checked here; what it needs from disk is built by the commands.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;

/// Statistics of international judicial cooperation in criminal matters, from agency exports to published reports.
#[derive(Debug, Parser)]
#[command(name = "rogatory", version, about, propagate_version = true)]
pub struct Arguments {
    #[command(flatten)]
    pub global: GlobalArguments,
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
pub struct GlobalArguments {
    /// Folder of the project
    #[arg(long, global = true, value_name = "DIR", default_value = ".")]
    pub project: PathBuf,
    /// Observation date, such as 2025-12-31; without it `as_of` in rogatory.toml, else the latest export's date
    #[arg(long, global = true, value_name = "DATE")]
    pub as_of: Option<Date>,
    /// Where SQL runs
    #[arg(long, global = true, value_name = "ENGINE", default_value = "embedded")]
    pub engine: EngineKind,
    /// What is logged on standard error
    #[arg(long, global = true, value_name = "FORM", default_value = "text")]
    pub log: LogForm,
}

/// Where SQL runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EngineKind {
    /// In this process
    Embedded,
}

/// The form of messages on standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogForm {
    /// Summaries for people
    Text,
    /// One JSON object per event, for log collectors
    Json,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create a project folder for a State, with one small working source to replace
    Init(InitArguments),
    /// Do everything: pull and normalise the exports, compute the measures, publish the reports
    Run,
    /// Fetch the exports of sources with a [pull] table into the vault
    Pull(PullArguments),
    /// Read the exports into the lake
    Normalise,
    /// Compute every measure from the lake
    Measure,
    /// Publish reports from the measures
    Report(ReportArguments),
    /// Answer a question in SQL; read-only
    Query(QueryArguments),
    /// Check the project, and list values that no codelist knows
    Check(CheckArguments),
    /// Say how each source fares, or what a run did
    Status(StatusArguments),
    /// Make the lake anew from the vault and exports/; the old one is kept as lake.old
    Rebuild,
    /// Find out how an agency's file is written and what its columns are
    Inspect(InspectArguments),
    /// Write synthetic exports in the dialects of the project's sources
    Generate(GenerateArguments),
    /// Print shell completions
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Args)]
pub struct InitArguments {
    /// The folder to create or to fill
    pub folder: PathBuf,
    /// The reporting State: a code of codelists/states.csv, such as RS
    #[arg(long, value_name = "CODE")]
    pub state: String,
}

#[derive(Debug, Args)]
pub struct PullArguments {
    /// Names of sources; without any, all that are pulled
    pub sources: Vec<String>,
    /// Fetch what has not changed as well, such as an export that is damaged in the vault
    #[arg(long)]
    pub again: bool,
    /// What {from} stands for; without it the first day of the year of --to
    #[arg(long, value_name = "DATE")]
    pub from: Option<Date>,
    /// What {to} stands for; without it today
    #[arg(long, value_name = "DATE")]
    pub to: Option<Date>,
}

#[derive(Debug, Args)]
pub struct CheckArguments {
    /// Read every export of the vault, and the ledger, and compare them with their checksums instead
    #[arg(long)]
    pub vault: bool,
}

#[derive(Debug, Args)]
pub struct StatusArguments {
    /// Number of a run, to see its stages
    pub run: Option<i64>,
    /// One JSON object instead of a table
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct ReportArguments {
    /// Names of reports; without any, those that rogatory.toml lists
    pub reports: Vec<String>,
}

#[derive(Debug, Args)]
pub struct QueryArguments {
    /// SQL text, a file ending in .sql, or the name of a query in queries/analyst/
    #[arg(required_unless_present = "list")]
    pub query: Option<String>,
    /// List the named queries
    #[arg(long, conflicts_with_all = ["query", "format", "output"])]
    pub list: bool,
    /// The form of the answer
    #[arg(long, default_value = "table")]
    pub format: OutputFormat,
    /// Write the answer to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// Aligned columns for reading
    Table,
    Csv,
    /// One JSON object per row
    Json,
    Parquet,
}

#[derive(Debug, Args)]
pub struct GenerateArguments {
    /// Only this source
    #[arg(long, value_name = "NAME")]
    pub source: Option<String>,
    /// Rows of each source, instead of those of generate.toml
    #[arg(long, value_name = "N")]
    pub rows: Option<u64>,
    /// Seed, instead of that of generate.toml; the same seed gives the same files
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Folder to write into, instead of exports/ of the project
    #[arg(long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Also write what was put in, for checks, to this CSV file
    #[arg(long, value_name = "FILE")]
    pub truth: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct InspectArguments {
    /// The file
    pub file: PathBuf,
    /// Write a first source definition instead of the report
    #[arg(long, conflicts_with_all = ["rows", "format"])]
    pub draft: bool,
    /// Write the rows exactly as they are read instead of the report
    #[arg(long, value_name = "FORM", conflicts_with = "format")]
    pub rows: Option<RowsFormat>,
    /// Show values of cells; without it no content of a cell is printed
    #[arg(long, conflicts_with = "rows")]
    pub values: bool,
    /// The form of the report
    #[arg(long, default_value = "text")]
    pub format: ReportFormat,
    /// The file's encoding, such as windows-1250, instead of detecting it
    #[arg(long, value_name = "LABEL")]
    pub encoding: Option<String>,
    /// What separates cells, one character or several; \t is a tab
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub delimiter: Option<String>,
    /// The character around quoted cells; "" where cells are never quoted
    #[arg(long, value_name = "CHARACTER")]
    pub quote: Option<String>,
    /// The character before a quote inside a quoted cell; the quote character itself where it is written twice, "" where nothing escapes it
    #[arg(long, value_name = "CHARACTER")]
    pub escape: Option<String>,
    /// What ends a record: \r\n (a line end of any system), \n, \r, or any text
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub record_end: Option<String>,
    /// Rows of the header; 0 where there is none
    #[arg(long, value_name = "N")]
    pub header_rows: Option<usize>,
    /// Lines (rows of a sheet) above the header
    #[arg(long, value_name = "N")]
    pub skip_lines: Option<usize>,
    /// The sheet of a workbook
    #[arg(long, value_name = "NAME")]
    pub sheet: Option<String>,
}

/// The form of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RowsFormat {
    /// RFC 4180, in UTF-8
    Csv,
}

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For reading
    Text,
    /// One JSON object
    Json,
}
