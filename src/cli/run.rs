//! `rogatory run`: pull, normalise, measure, report, one after the other; each stage reads what the one before wrote.

use jiff::Timestamp;

use crate::cli::arguments::GlobalArguments;
use crate::cli::ending::{CommandError, Ending};
use crate::cli::measure::measure_project;
use crate::cli::normalise::{ending, normalise_recorded};
use crate::cli::printer::Printer;
use crate::cli::pull::pull_project;
use crate::cli::recording::{Recording, record};
use crate::cli::report::{check_reports, publish_reports};
use crate::cli::session::open_project;
use crate::project::Project;
use crate::vault::Stage;

/// Walks all stages of the project.
///
/// # Errors
/// A stage can't do its work.
pub fn run(arguments: &GlobalArguments, printer: &Printer) -> Result<Ending, CommandError> {
    let project = open_project(arguments)?;
    check_reports(&project, &project.settings.reports)?;
    record(&project, "run", |recording| {
        run_stages(arguments, &project, recording, printer)
    })
}

fn run_stages(
    arguments: &GlobalArguments,
    project: &Project,
    recording: &Recording<'_>,
    printer: &Printer,
) -> Result<Ending, CommandError> {
    let pulled = pull_project(project, recording, printer)?;
    let report = normalise_recorded(project, recording, printer)?;
    let started = Timestamp::now();
    let marts = measure_project(arguments, project, printer)?;
    let outcome = format!("{} measures as of {}", marts.marts.len(), marts.as_of);
    printer.say(&format!("\n{outcome}; editions:"));
    recording.stage(started, whole("measure", outcome))?;
    let started = Timestamp::now();
    let editions = publish_reports(arguments, project, &project.settings.reports, printer)?;
    for (report, edition) in &editions {
        let folder = edition.path.display().to_string();
        recording.published(report, &marts.as_of, edition.number, &folder)?;
    }
    recording.stage(started, whole("report", format!("{} editions", editions.len())))?;
    Ok(pulled.and(ending(&report)))
}

/// A stage that concerns no single source.
fn whole(stage: &'static str, outcome: String) -> Stage {
    Stage {
        stage,
        outcome,
        ..Stage::default()
    }
}
