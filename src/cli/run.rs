//! `rogatory run`: normalise, measure, report, one after the other; each stage reads what the one before wrote.

use crate::cli::arguments::GlobalArguments;
use crate::cli::ending::{CommandError, Ending};
use crate::cli::measure::measure_project;
use crate::cli::normalise::{ending, normalise_project, summary};
use crate::cli::printer::Printer;
use crate::cli::report::{check_reports, publish_reports};
use crate::cli::session::open_project;

/// Walks all stages of the project.
///
/// # Errors
/// A stage can't do its work.
pub fn run(arguments: &GlobalArguments, printer: &Printer) -> Result<Ending, CommandError> {
    let project = open_project(arguments)?;
    check_reports(&project, &project.settings.reports)?;
    let report = normalise_project(&project, printer)?;
    printer.say(&summary(&report));
    let marts = measure_project(arguments, &project, printer)?;
    printer.say(&format!(
        "\n{} measures as of {}; editions:",
        marts.marts.len(),
        marts.as_of
    ));
    publish_reports(arguments, &project, &project.settings.reports, printer)?;
    Ok(ending(&report))
}
