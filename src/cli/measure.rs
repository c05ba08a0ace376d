//! `rogatory measure`: every measure over the lake, into the marts.

use crate::cli::arguments::GlobalArguments;
use crate::cli::ending::{CommandError, Ending};
use crate::cli::printer::Printer;
use crate::cli::session::{lake_versions, newest_exports, observation_date, open_engine, open_project, read_measures};
use crate::engine::Counting;
use crate::lake::Snapshot;
use crate::measures::{CurrentMarts, Provenance, run_all};
use crate::project::Project;

/// Computes the measures of the project.
///
/// # Errors
/// The project or the lake can't be used, or a measure breaks a rule.
pub fn run(arguments: &GlobalArguments, printer: &Printer) -> Result<Ending, CommandError> {
    let project = open_project(arguments)?;
    let marts = measure_project(arguments, &project, printer)?;
    printer.say(&format!("{} measures as of {}", marts.marts.len(), marts.as_of));
    Ok(Ending::Done)
}

/// Computes every measure of the project over the lake's current state.
///
/// # Errors
/// As for [`run`].
pub fn measure_project(
    arguments: &GlobalArguments,
    project: &Project,
    printer: &Printer,
) -> Result<CurrentMarts, CommandError> {
    printer.doing("computing measures");
    let snapshot = Snapshot::open(&project.lake())?;
    let as_of = observation_date(arguments, project, &snapshot)?;
    for (source, date) in newest_exports(project, &snapshot)?
        .into_iter()
        .filter(|(_, date)| *date < as_of)
    {
        printer.say(&format!(
            "note: the newest export of {source} is of {date}; the figures as of {as_of} lack what happened since"
        ));
    }
    let engine = open_engine(project, &snapshot, as_of, Counting::Once)?;
    let provenance = Provenance {
        as_of,
        lake: lake_versions(&snapshot),
    };
    let marts = run_all(&engine, &read_measures(project)?, &provenance, &project.marts())?;
    tracing::info!(measures = marts.marts.len(), as_of = marts.as_of, "measures computed");
    Ok(marts)
}
