//! `rogatory check`: is the project sound, which of its files stand in for defaults, and which values does no codelist know.

use std::collections::BTreeMap;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;

use crate::cli::arguments::{CheckArguments, GlobalArguments};
use crate::cli::ending::{CommandError, Ending};
use crate::cli::printer::Printer;
use crate::cli::session::{observation_date, open_engine, open_project, read_measures};
use crate::domain::dataset::FieldKind;
use crate::engine::{Counting, Engine, QueryResult};
use crate::lake::Snapshot;
use crate::normalise::read_corrections;
use crate::project::{Origin, OriginText, Project, project_codelists, queries, reports};
use crate::vault::Vault;

/// Faulty rows of the lake's current state, with how often each value occurs.
const QUARANTINED: &str = "
select source, coalesce(\"column\", ''), coalesce(field, ''), reason, coalesce(value, ''), coalesce(suggestion, ''), count(*)
from quarantine group by 1, 2, 3, 4, 5, 6 order by 1, 7 desc, 2, 3, 4, 5, 6";

/// Checks the project, or its vault, and prints what it found.
///
/// # Errors
/// The project can't be used at all.
pub fn run(arguments: &GlobalArguments, command: &CheckArguments, printer: &Printer) -> Result<Ending, CommandError> {
    let project = open_project(arguments)?;
    if command.vault {
        check_vault(&project, printer)
    } else {
        check_project(arguments, &project, printer)
    }
}

fn check_vault(project: &Project, printer: &Printer) -> Result<Ending, CommandError> {
    let Some(vault) = Vault::open(&project.vault())? else {
        printer.say("there is no vault yet; `rogatory pull` makes one");
        return Ok(Ending::Done);
    };
    let check = vault.check()?;
    let mut text = format!("{} exports of the vault are sound\n", check.sound);
    for (sha256, names, problem) in &check.damaged {
        let names = names.join(", ");
        text.push_str(&format!(
            "damaged: {sha256} ({names}): {problem}\n         restore it from a backup, or fetch it again with `rogatory pull --again`; `rogatory rebuild` makes the lake from the others\n"
        ));
    }
    for sha256 in &check.unknown {
        text.push_str(&format!(
            "note: {sha256} has no record in the ledger: an interrupted pull left it, the next one takes it up\n"
        ));
    }
    print(printer, &text)?;
    Ok(if check.damaged.is_empty() {
        Ending::Done
    } else {
        Ending::DoneWithFaults
    })
}

fn print(printer: &Printer, text: &str) -> Result<(), CommandError> {
    printer.data(text.as_bytes()).map_err(|source| CommandError::Io {
        action: "write the result".to_owned(),
        source,
    })
}

fn check_project(arguments: &GlobalArguments, project: &Project, printer: &Printer) -> Result<Ending, CommandError> {
    let definitions: Vec<_> = project
        .sources
        .iter()
        .map(|(definition, _)| definition.clone())
        .collect();
    read_corrections(&project.corrections_text()?, &definitions)?;
    let mut text = format!("{} source definitions are sound\n", project.sources.len());
    text.push_str(&origins(project)?);
    let snapshot = match Snapshot::open(&project.lake()) {
        Ok(snapshot) => snapshot,
        Err(error) => {
            printer.say(text.trim_end());
            return Err(error.into());
        }
    };
    let as_of = observation_date(arguments, project, &snapshot)?;
    let engine = open_engine(project, &snapshot, as_of, Counting::Once)?;
    let measures = read_measures(project)?;
    for measure in &measures {
        engine.query(&measure.name, &measure.sql, &BTreeMap::new())?;
    }
    text.push_str(&format!("{} measures run\n", measures.len()));
    let (values, ending) = quarantined(project, &engine)?;
    text.push_str(&values);
    print(printer, &text)?;
    Ok(ending)
}

/// The project's own files that replace or extend defaults.
fn origins(project: &Project) -> Result<String, CommandError> {
    let mut own: Vec<OriginText> = project_codelists(&project.folder)?;
    own.extend(queries(&project.folder)?.into_values());
    own.extend(reports(&project.folder)?.into_values());
    let mut text = String::new();
    for file in own.iter().filter(|file| file.origin != Origin::Default) {
        text.push_str(&format!("the project's own: {}\n", file.origin));
    }
    if text.is_empty() {
        text.push_str("codelists, queries and reports are the program's defaults\n");
    }
    Ok(text)
}

/// Values by source with their counts, and what to do about them.
fn quarantined(project: &Project, engine: &Engine) -> Result<(String, Ending), CommandError> {
    let answer = engine.query("the check of quarantined rows", QUARANTINED, &BTreeMap::new())?;
    let mut text = String::new();
    let mut unmapped = false;
    for fault in faults(&answer) {
        let coded = ["unknown_code", "ambiguous_code", "several_values"].contains(&fault.reason.as_str());
        unmapped |= coded;
        text.push_str(&fault.line(project, coded));
    }
    if text.is_empty() {
        text.push_str("no row is quarantined\n");
    }
    Ok((text, if unmapped { Ending::DoneWithFaults } else { Ending::Done }))
}

/// One value that was quarantined, and how often.
struct QuarantinedValue {
    source: String,
    column: String,
    field: String,
    reason: String,
    value: String,
    suggestion: String,
    count: i64,
}

fn faults(answer: &QueryResult) -> Vec<QuarantinedValue> {
    let mut faults = Vec::new();
    for batch in &answer.batches {
        let text = |column: usize, row: usize| batch.column(column).as_string::<i32>().value(row).to_owned();
        let counts = batch.column(6).as_primitive::<Int64Type>();
        faults.extend((0..batch.num_rows()).map(|row| QuarantinedValue {
            source: text(0, row),
            column: text(1, row),
            field: text(2, row),
            reason: text(3, row),
            value: text(4, row),
            suggestion: text(5, row),
            count: counts.value(row),
        }));
    }
    faults
}

impl QuarantinedValue {
    fn line(&self, project: &Project, coded: bool) -> String {
        let place = match (self.column.as_str(), self.field.as_str()) {
            ("", "") => "row".to_owned(),
            ("", field) => format!("`{field}`"),
            (column, _) => format!("column `{column}`"),
        };
        let value = if self.value.is_empty() {
            String::new()
        } else {
            format!(" \"{}\"", shown(&self.value))
        };
        let mut line = format!("{:>6} x {}: {place}: {}{value}", self.count, self.source, self.reason);
        if !self.suggestion.is_empty() {
            line.push_str(&format!("; nearest: {}", self.suggestion));
        }
        if coded {
            let codelist = self.codelist(project).unwrap_or("the codelist");
            line.push_str(&format!(
                "\n         add it to `values` of the column in sources/{}.toml, or as a row `{codelist},{},<code>` to codelists/aliases.csv",
                self.source,
                csv_cell(&shown(&self.value))
            ));
        }
        line + "\n"
    }

    fn codelist(&self, project: &Project) -> Option<&'static str> {
        let (definition, _) = project
            .sources
            .iter()
            .find(|(definition, _)| definition.name == self.source)?;
        match definition.data_set.field(&self.field)?.kind {
            FieldKind::Code(codelist) | FieldKind::CodeList(codelist) => Some(codelist),
            _ => None,
        }
    }
}

/// At most so many characters of a value are shown.
const SHOWN: usize = 80;

/// A value as it may stand on a terminal: cut short, and without characters that steer it.
fn shown(value: &str) -> String {
    let steers = |c: char| {
        c.is_control()
            || ('\u{200b}'..='\u{200f}').contains(&c)
            || ('\u{202a}'..='\u{202e}').contains(&c)
            || ('\u{2066}'..='\u{2069}').contains(&c)
    };
    let mut text: String = value
        .chars()
        .take(SHOWN)
        .map(|c| if steers(c) { '\u{fffd}' } else { c })
        .collect();
    if value.chars().nth(SHOWN).is_some() {
        text.push_str(" ...");
    }
    text
}

/// The text as a cell of a CSV.
fn csv_cell(text: &str) -> String {
    if text.contains([',', '"']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
