//! `rogatory pull`: exports from the agencies into the vault.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::cli::arguments::{GlobalArguments, PullArguments};
use crate::cli::ending::{CommandError, Ending};
use crate::cli::printer::Printer;
use crate::cli::recording::{Recording, record};
use crate::cli::session::open_project;
use crate::domain::fold::nearest;
use crate::domain::pull::PullDefinition;
use crate::domain::source::{Origin, SourceDefinition};
use crate::project::Project;
use crate::pull::{Arrived, Known, Period, PullContext, PullError, PullReport, Recovery, Version, pull};
use crate::vault::{NewArrival, OriginVersion, Stage, Vault};

/// Fetches what is new of the named sources, else of all that are pulled, and prints what came.
///
/// # Errors
/// The project or the vault can't be used, or a named source is not pulled. A source that can't be fetched is no error but
/// [`Ending::DoneWithFaults`].
pub fn run(arguments: &GlobalArguments, command: &PullArguments, printer: &Printer) -> Result<Ending, CommandError> {
    let project = open_project(arguments)?;
    let sources = chosen(&project, &command.sources)?;
    let manner = Manner {
        period: period(&project, command.from, command.to)?,
        again: command.again,
    };
    record(&project, "pull", |recording| {
        pull_sources(&project, &sources, manner, recording, printer)
    })
}

/// What is fetched.
#[derive(Clone, Copy)]
struct Manner {
    period: Period,
    /// Also what has not changed.
    again: bool,
}

/// A source that is pulled, and from where.
type Pulled<'p> = (&'p SourceDefinition, &'p PullDefinition);

/// Fetches what is new of every source that is pulled; does nothing where there is none.
///
/// # Errors
/// The vault can't be used.
pub fn pull_project(project: &Project, recording: &Recording<'_>, printer: &Printer) -> Result<Ending, CommandError> {
    let sources: Vec<Pulled<'_>> = pulled(project).collect();
    if sources.is_empty() {
        return Ok(Ending::Done);
    }
    let manner = Manner {
        period: period(project, None, None)?,
        again: false,
    };
    pull_sources(project, &sources, manner, recording, printer)
}

/// The sources that are pulled.
fn pulled(project: &Project) -> impl Iterator<Item = Pulled<'_>> {
    project.sources.iter().filter_map(|(source, _)| match &source.origin {
        Origin::Pull(pull) => Some((source, pull.as_ref())),
        Origin::Folder { .. } => None,
    })
}

fn chosen<'p>(project: &'p Project, names: &[String]) -> Result<Vec<Pulled<'p>>, CommandError> {
    let all: Vec<Pulled<'p>> = pulled(project).collect();
    if all.is_empty() {
        let message = "no source is pulled; give a definition in sources/ a table [pull], or lay files into exports/";
        return Err(CommandError::Input {
            message: message.to_owned(),
        });
    }
    if names.is_empty() {
        return Ok(all);
    }
    let find = |name: &String| {
        let found = all.iter().find(|(source, _)| source.name == *name).copied();
        found.ok_or_else(|| {
            let known: Vec<&str> = all.iter().map(|(source, _)| source.name.as_str()).collect();
            let near = nearest(name, known.iter().copied(), 1);
            let meant = if near.is_empty() { known } else { near };
            CommandError::Input {
                message: format!("no source `{name}` is pulled; did you mean {}?", meant.join(", ")),
            }
        })
    };
    names.iter().map(find).collect()
}

/// `{from}` and `{to}`: as typed, else from the first day of the year of `to` to today in the project's time zone.
fn period(project: &Project, from: Option<Date>, to: Option<Date>) -> Result<Period, CommandError> {
    let to = to.unwrap_or_else(|| Timestamp::now().to_zoned(project.settings.time_zone.clone()).date());
    let from = from.unwrap_or_else(|| to.first_of_year());
    if from > to {
        return Err(CommandError::Input {
            message: format!("the period begins on {from}, after its end on {to}; exchange --from and --to"),
        });
    }
    Ok(Period { from, to })
}

fn pull_sources(
    project: &Project,
    sources: &[Pulled<'_>],
    manner: Manner,
    recording: &Recording<'_>,
    printer: &Printer,
) -> Result<Ending, CommandError> {
    let scratch = recording.vault.scratch();
    let context = PullContext {
        project: &project.folder,
        scratch: &scratch,
        period: manner.period,
    };
    let mut lines = Vec::new();
    let mut ending = Ending::Done;
    for (source, definition) in sources {
        printer.doing(&format!("pulling {}", source.name));
        let started = Timestamp::now();
        let known = KnownToVault {
            vault: recording.vault,
            source: &source.name,
            again: manner.again,
        };
        let pulled = pull_source(&known, definition, &context);
        if let Err(error) = &pulled
            && error.recovery() == Recovery::Environment
        {
            let message = error.to_string();
            recording.stage(started, stage(&source.name, "failed".to_owned(), Some(message)))?;
            return pulled.map(|_| ending).map_err(CommandError::from);
        }
        let (outcome, problems) = summary(pulled);
        if !problems.is_empty() {
            ending = Ending::DoneWithFaults;
        }
        lines.push(format!("{}: {outcome}", source.name));
        lines.extend(
            problems
                .iter()
                .map(|problem| format!("fault: {}: {problem}", source.name)),
        );
        tracing::info!(source = source.name, outcome, faults = problems.len(), "source pulled");
        let message = (!problems.is_empty()).then(|| problems.join("; "));
        recording.stage(started, stage(&source.name, outcome, message))?;
    }
    printer.say(&lines.join("\n"));
    Ok(ending)
}

fn stage(source: &str, outcome: String, message: Option<String>) -> Stage {
    Stage {
        stage: "pull",
        source: Some(source.to_owned()),
        outcome,
        counts: None,
        message,
    }
}

/// What came, in words, and what went wrong.
fn summary(pulled: Result<PullReport, PullError>) -> (String, Vec<String>) {
    let report = match pulled {
        Ok(report) => report,
        Err(error) => return ("not pulled".to_owned(), vec![error.to_string()]),
    };
    let mut words = vec![
        format!("{} new", report.fetched.len()),
        format!("{} unchanged", report.unchanged.len()),
    ];
    words.extend(
        report
            .waiting
            .iter()
            .map(|(name, reason)| format!("{name} waits: {reason}")),
    );
    let failed = report
        .failed
        .into_iter()
        .map(|(name, problem)| format!("{name}: {problem}"));
    (words.join(", "), failed.collect())
}

fn pull_source(
    known: &KnownToVault<'_>,
    definition: &PullDefinition,
    context: &PullContext<'_>,
) -> Result<PullReport, PullError> {
    let mut same = Vec::new();
    let mut receive = |mut arrived: Arrived| {
        let version = OriginVersion {
            etag: arrived.version.etag,
            modified: arrived.version.modified,
            size: arrived.version.size,
        };
        let arrival = NewArrival {
            source: known.source,
            name: &arrived.offer.name,
            origin: &arrived.offer.origin,
            version: &version,
            notes: &arrived.notes,
            at: Timestamp::now(),
        };
        let kept = known.vault.keep(arrived.file.as_file_mut(), &arrival);
        let kept = kept.map_err(|error| PullError::Receiver(Box::new(error)))?;
        if !kept.new {
            same.push(arrived.offer.name);
        }
        Ok(())
    };
    let mut report = pull(definition, context, known, &mut receive)?;
    report.fetched.retain(|name| !same.contains(name));
    report.unchanged.extend(same);
    Ok(report)
}

/// What the vault has of a source.
struct KnownToVault<'v> {
    vault: &'v Vault,
    source: &'v str,
    /// Whether it is to be fetched again all the same.
    again: bool,
}

impl Known for KnownToVault<'_> {
    fn version(&self, origin: &str) -> Option<Version> {
        let version = self.vault.origin_version(self.source, origin).ok().flatten();
        let version = version.filter(|_| !self.again)?;
        Some(Version {
            etag: version.etag,
            modified: version.modified,
            size: version.size,
        })
    }
}
