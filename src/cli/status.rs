//! `rogatory status`: how each source fares, and what a run did, from the ledger.

use serde_json::{Value, json};

use crate::cli::arguments::{GlobalArguments, StatusArguments};
use crate::cli::ending::{CommandError, Ending};
use crate::cli::printer::{Printer, aligned};
use crate::cli::session::open_project;
use crate::project::Project;
use crate::vault::{EndedStage, RowCounts, Run, SourceStage, Vault};

/// A source with fewer rows than this share of what it had in the run before is flagged.
const DROP: f64 = 0.8;

/// Prints the state of every source, or the stages of one run. A source whose rows dropped, or whose last try failed, makes the
/// ending one with faults.
///
/// # Errors
/// The project or the ledger can't be used, or there is no such run.
pub fn run(arguments: &GlobalArguments, command: &StatusArguments, printer: &Printer) -> Result<Ending, CommandError> {
    let project = open_project(arguments)?;
    let Some(vault) = Vault::open(&project.vault())? else {
        return Err(CommandError::Input {
            message: "nothing has been run in this project yet; `rogatory run` does".to_owned(),
        });
    };
    match command.run {
        Some(id) => {
            let run = vault.run(id)?.ok_or_else(|| no_such_run(&vault, id))?;
            let stages = vault.stages(id)?;
            let text = if command.json {
                run_json(&run, &stages).to_string()
            } else {
                run_text(&run, &stages)
            };
            print(printer, &text)?;
            Ok(Ending::Done)
        }
        None => {
            let sources = sources(&project, &vault)?;
            let runs = vault.runs(5)?;
            let text = if command.json {
                project_json(&sources, &runs).to_string()
            } else {
                project_text(&sources, &runs)
            };
            print(printer, &text)?;
            let faulty = sources.iter().any(|source| source.problem().is_some());
            Ok(if faulty { Ending::DoneWithFaults } else { Ending::Done })
        }
    }
}

fn no_such_run(vault: &Vault, id: i64) -> CommandError {
    let newest = vault.runs(1).ok().and_then(|runs| runs.first().map(|run| run.id));
    let known = newest.map_or("there is none yet".to_owned(), |newest| {
        format!("they are numbered from 1 to {newest}")
    });
    CommandError::Input {
        message: format!("the ledger has no run {id}; {known}"),
    }
}

fn print(printer: &Printer, text: &str) -> Result<(), CommandError> {
    printer
        .data(format!("{text}\n").as_bytes())
        .map_err(|source| CommandError::Io {
            action: "write the status".to_owned(),
            source,
        })
}

/// How a source fares.
struct SourceState {
    name: String,
    /// The last time it was read, or found unchanged.
    last_success: Option<SourceStage>,
    /// The last time, however it ended.
    last: Option<SourceStage>,
    /// The last pull.
    pull: Option<SourceStage>,
    /// Rows not superseded, in the run before the last success with other rows.
    rows_before: Option<i64>,
}

fn sources(project: &Project, vault: &Vault) -> Result<Vec<SourceState>, CommandError> {
    let state = |name: &String| {
        let stages = vault.history(name, "normalise")?;
        let good: Vec<&SourceStage> = stages.iter().filter(|stage| stage.stage.outcome != "refused").collect();
        let rows: Vec<i64> = good
            .iter()
            .filter_map(|stage| stage.stage.counts.as_ref())
            .map(current)
            .collect();
        Ok(SourceState {
            name: name.clone(),
            last_success: good.first().map(|stage| (*stage).clone()),
            pull: vault.history(name, "pull")?.into_iter().next(),
            rows_before: rows
                .first()
                .and_then(|last| rows.iter().find(|rows| *rows != last))
                .copied(),
            last: stages.into_iter().next(),
        })
    };
    project.sources.iter().map(|(source, _)| state(&source.name)).collect()
}

/// Rows that are not superseded.
fn current(counts: &RowCounts) -> i64 {
    counts.accepted + counts.quarantined
}

impl SourceState {
    fn counts(&self) -> Option<&RowCounts> {
        self.last_success.as_ref().and_then(|stage| stage.stage.counts.as_ref())
    }

    fn rows(&self) -> Option<i64> {
        self.counts().map(current)
    }

    /// Share of quarantined rows.
    fn quarantine_rate(&self) -> Option<f64> {
        let counts = self.counts().filter(|counts| current(counts) > 0)?;
        Some(counts.quarantined as f64 / current(counts) as f64)
    }

    /// Change of the rows against those before, as a share.
    fn trend(&self) -> Option<f64> {
        let (now, before) = (self.rows()?, self.rows_before.filter(|rows| *rows > 0)?);
        Some(now as f64 / before as f64 - 1.0)
    }

    fn problem(&self) -> Option<String> {
        let failed = [&self.pull, &self.last].into_iter().flatten().find_map(|stage| {
            let message = stage.stage.message.as_ref()?;
            Some(format!("{}: {message}", stage.stage.stage))
        });
        let dropped = self
            .trend()
            .filter(|trend| 1.0 + trend < DROP)
            .map(|trend| format!("rows dropped by {:.0} %", -100.0 * trend));
        failed.or(dropped)
    }
}

fn project_text(sources: &[SourceState], runs: &[Run]) -> String {
    let headings = ["source", "last success", "rows", "quarantined", "trend"];
    let mut rows = vec![headings.map(str::to_owned).to_vec()];
    for source in sources {
        let dash = || "-".to_owned();
        let percent = |share: f64| format!("{:.1} %", 100.0 * share);
        rows.push(vec![
            source.name.clone(),
            source
                .last_success
                .as_ref()
                .map_or_else(dash, |stage| moment(stage.stage.ended_at)),
            source.rows().map_or_else(dash, |rows| rows.to_string()),
            source.quarantine_rate().map_or_else(dash, percent),
            source
                .trend()
                .map_or_else(dash, |trend| format!("{:+.1} %", 100.0 * trend)),
        ]);
    }
    let mut text = aligned(&rows);
    for source in sources {
        if let Some(problem) = source.problem() {
            text.push_str(&format!("\nfault: {}: {problem}", source.name));
        }
    }
    let headings = ["run", "command", "began", "end"];
    let mut rows = vec![headings.map(str::to_owned).to_vec()];
    rows.extend(runs.iter().map(|run| {
        let end = run.end.map_or("is running".to_owned(), |end| end.to_string());
        vec![run.id.to_string(), run.command.clone(), moment(run.started_at), end]
    }));
    text.push_str("\n\n");
    text.push_str(&aligned(&rows));
    text
}

/// To the second, in UTC.
fn moment(time: jiff::Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

fn project_json(sources: &[SourceState], runs: &[Run]) -> Value {
    let source = |source: &SourceState| {
        json!({
            "source": source.name,
            "last_success": source.last_success.as_ref().map(|stage| stage.stage.ended_at.to_string()),
            "last_success_run": source.last_success.as_ref().map(|stage| stage.run),
            "last_pull": source.pull.as_ref().map(|stage| stage.stage.ended_at.to_string()),
            "rows": source.rows(),
            "quarantine_rate": source.quarantine_rate(),
            "trend": source.trend(),
            "problem": source.problem(),
        })
    };
    json!({
        "sources": sources.iter().map(source).collect::<Vec<_>>(),
        "runs": runs.iter().map(|run| run_json(run, &[])).collect::<Vec<_>>(),
    })
}

fn run_json(run: &Run, stages: &[EndedStage]) -> Value {
    let stage = |stage: &EndedStage| {
        json!({
            "stage": stage.stage,
            "source": stage.source,
            "started_at": stage.started_at.to_string(),
            "ended_at": stage.ended_at.to_string(),
            "outcome": stage.outcome,
            "rows_read": stage.counts.map(|counts| counts.read),
            "accepted": stage.counts.map(|counts| counts.accepted),
            "quarantined": stage.counts.map(|counts| counts.quarantined),
            "superseded": stage.counts.map(|counts| counts.superseded),
            "message": stage.message,
        })
    };
    json!({
        "run": run.id,
        "command": run.command,
        "started_at": run.started_at.to_string(),
        "ended_at": run.ended_at.map(|at| at.to_string()),
        "end": run.end.map(|end| end.word()),
        "message": run.message,
        "stages": stages.iter().map(stage).collect::<Vec<_>>(),
    })
}

fn run_text(run: &Run, stages: &[EndedStage]) -> String {
    let end = run.end.map_or("is running".to_owned(), |end| end.to_string());
    let mut text = format!(
        "run {}: {}, began {}, {end}",
        run.id,
        run.command,
        moment(run.started_at)
    );
    if let Some(message) = &run.message {
        text.push_str(&format!(": {message}"));
    }
    let headings = [
        "stage",
        "source",
        "seconds",
        "outcome",
        "rows read",
        "accepted",
        "quarantined",
        "superseded",
    ];
    let mut rows = vec![headings.map(str::to_owned).to_vec()];
    for stage in stages {
        let seconds = (stage.ended_at.as_millisecond() - stage.started_at.as_millisecond()) as f64 / 1000.0;
        let count = |count: fn(&RowCounts) -> i64| stage.counts.as_ref().map(count).map(|count| count.to_string());
        let mut row = vec![
            stage.stage.clone(),
            stage.source.clone().unwrap_or_default(),
            format!("{seconds:.1}"),
            stage.outcome.clone(),
        ];
        row.extend(
            [
                count(|counts| counts.read),
                count(|counts| counts.accepted),
                count(|counts| counts.quarantined),
                count(|counts| counts.superseded),
            ]
            .map(Option::unwrap_or_default),
        );
        rows.push(row);
    }
    text.push_str(&format!("\n\n{}", aligned(&rows)));
    for stage in stages {
        if let Some(message) = &stage.message {
            let source = stage.source.as_deref().unwrap_or("");
            text.push_str(&format!("\nfault: {} {source}: {message}", stage.stage));
        }
    }
    text
}
