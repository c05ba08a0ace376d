//! `rogatory normalise`: the exports into the lake, with an account of every row.

use std::path::Path;

use jiff::Timestamp;

use crate::cli::arguments::GlobalArguments;
use crate::cli::ending::{CommandError, Ending};
use crate::cli::printer::{Printer, aligned, outcome_word};
use crate::cli::recording::{Recording, kept_exports, record};
use crate::cli::session::open_project;
use crate::lake::ExportRow;
use crate::normalise::{NormaliseInputs, NormaliseReport, SourceReport, normalise, read_corrections};
use crate::project::Project;
use crate::vault::{RowCounts, Stage};

/// Reads the exports of the project and prints what became of their rows.
///
/// # Errors
/// The project or the lake can't be used. Refused exports are no error but [`Ending::DoneWithFaults`].
pub fn run(arguments: &GlobalArguments, printer: &Printer) -> Result<Ending, CommandError> {
    let project = open_project(arguments)?;
    record(&project, "normalise", |recording| {
        let report = normalise_recorded(&project, recording, printer)?;
        Ok(ending(&report))
    })
}

/// Normalises every source of the project, prints what became of the rows, and records it.
///
/// # Errors
/// The corrections, the lake or the ledger can't be used.
pub fn normalise_recorded(
    project: &Project,
    recording: &Recording<'_>,
    printer: &Printer,
) -> Result<NormaliseReport, CommandError> {
    let started = Timestamp::now();
    let report = normalise_project(project, &project.lake(), printer)?;
    printer.say(&summary(&report));
    for source in &report.sources {
        recording.stage(started, stage(source))?;
    }
    Ok(report)
}

/// What became of a source, for the ledger.
fn stage(source: &SourceReport) -> Stage {
    let sum = |count: fn(&ExportRow) -> i64| source.exports.iter().map(count).sum();
    let problems: Vec<&str> = source.refusals.iter().map(|refusal| refusal.message.as_str()).collect();
    Stage {
        stage: "normalise",
        source: Some(source.source.clone()),
        outcome: outcome_word(source.outcome).to_owned(),
        counts: Some(RowCounts {
            read: sum(|export| export.rows_read),
            accepted: sum(|export| export.accepted),
            quarantined: sum(|export| export.quarantined),
            superseded: sum(|export| export.superseded),
        }),
        message: (!problems.is_empty()).then(|| problems.join("; ")),
    }
}

/// Normalises every source of the project into the lake in `lake_folder`.
///
/// # Errors
/// The corrections, the vault or the lake can't be used.
pub fn normalise_project(
    project: &Project,
    lake_folder: &Path,
    printer: &Printer,
) -> Result<NormaliseReport, CommandError> {
    let definitions: Vec<_> = project
        .sources
        .iter()
        .map(|(definition, _)| definition.clone())
        .collect();
    let corrections = read_corrections(&project.corrections_text()?, &definitions)?;
    let kept = kept_exports(project)?;
    let inputs = NormaliseInputs {
        sources: &project.sources,
        codelists: &project.codelists,
        codelists_fingerprint: &project.codelists_fingerprint,
        corrections: &corrections,
        exports_folder: &project.exports(),
        kept: &kept.by_source,
        keeper: &kept.keeper,
        lake_folder,
    };
    Ok(normalise(&inputs, printer)?)
}

/// Refusals, files that no source names and too many quarantined rows are faults.
pub fn ending(report: &NormaliseReport) -> Ending {
    let faulty = |source: &SourceReport| !source.refusals.is_empty() || source.over_limit();
    if report.unclaimed.is_empty() && !report.sources.iter().any(faulty) {
        Ending::Done
    } else {
        Ending::DoneWithFaults
    }
}

/// What became of every row of every export, and what was refused.
pub fn summary(report: &NormaliseReport) -> String {
    let mut rows = vec![heading()];
    for source in &report.sources {
        rows.extend(source.exports.iter().map(|export| export_line(source, export)));
        if source.exports.is_empty() {
            rows.push(vec![source.source.clone(), outcome_word(source.outcome).to_owned()]);
        }
    }
    let mut text = aligned(&rows);
    for source in &report.sources {
        for refusal in &source.refusals {
            let file = refusal
                .file
                .as_ref()
                .map(|file| format!(", {file}"))
                .unwrap_or_default();
            text.push_str(&format!("\nrefused: {}{file}: {}", source.source, refusal.message));
        }
        if source.over_limit() {
            let (share, limit) = (source.quarantined_share() * 100.0, source.quarantine_limit * 100.0);
            text.push_str(&format!(
                "\nfault: {}: {share:.1} % of the rows are quarantined, the limit is {limit:.1} %; see `rogatory check`",
                source.source
            ));
        }
    }
    for file in &report.unclaimed {
        text.push_str(&format!(
            "\nfault: exports/{file} fits no source definition; give it one in sources/, or take it away"
        ));
    }
    text
}

fn heading() -> Vec<String> {
    [
        "source",
        "",
        "export",
        "rows read",
        "accepted",
        "quarantined",
        "superseded",
    ]
    .map(str::to_owned)
    .to_vec()
}

fn export_line(source: &SourceReport, export: &ExportRow) -> Vec<String> {
    let mut line = vec![
        source.source.clone(),
        outcome_word(source.outcome).to_owned(),
        export.file.clone().unwrap_or_default(),
    ];
    line.extend(
        [export.rows_read, export.accepted, export.quarantined, export.superseded].map(|count| count.to_string()),
    );
    line
}
