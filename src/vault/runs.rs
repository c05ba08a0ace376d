//! What was run, when, and how it ended, in the ledger.

use std::fmt;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::Vault;
use super::error::VaultError;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunEnd {
    Done,
    /// Done, but a source was refused, could not be pulled, or had too many rows quarantined.
    DoneWithFaults,
    Failed,
    /// Its process ended without saying how.
    Abandoned,
}

impl RunEnd {
    const ALL: [RunEnd; 4] = [RunEnd::Done, RunEnd::DoneWithFaults, RunEnd::Failed, RunEnd::Abandoned];

    /// The word of the ledger.
    pub fn word(self) -> &'static str {
        match self {
            RunEnd::Done => "done",
            RunEnd::DoneWithFaults => "done with faults",
            RunEnd::Failed => "failed",
            RunEnd::Abandoned => "abandoned",
        }
    }
}

impl fmt::Display for RunEnd {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub id: i64,
    pub command: String,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    /// Nothing while it runs.
    pub end: Option<RunEnd>,
    pub message: Option<String>,
}

/// A stage of a run that has just ended: `pull` and `normalise` once for each source, the others once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stage {
    pub stage: &'static str,
    pub source: Option<String>,
    pub outcome: String,
    pub counts: Option<RowCounts>,
    pub message: Option<String>,
}

/// What became of a source's rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowCounts {
    pub read: i64,
    pub accepted: i64,
    pub quarantined: i64,
    pub superseded: i64,
}

/// A stage as the ledger has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedStage {
    pub stage: String,
    pub source: Option<String>,
    pub started_at: Timestamp,
    pub ended_at: Timestamp,
    pub outcome: String,
    pub counts: Option<RowCounts>,
    pub message: Option<String>,
}

/// A stage of a source, with the run that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceStage {
    pub run: i64,
    pub stage: EndedStage,
}

impl Vault {
    /// Records that a run begins, and returns its number.
    ///
    /// # Errors
    /// The ledger can't be written.
    pub fn begin_run(&self, command: &str, at: Timestamp) -> Result<i64, VaultError> {
        self.write(
            "insert into runs (command, started_at, process, program) values (?1, ?2, ?3, ?4)",
            params![command, at.to_string(), std::process::id(), env!("CARGO_PKG_VERSION")],
        )?;
        Ok(self.ledger.connection.last_insert_rowid())
    }

    /// Records a stage that has ended.
    ///
    /// # Errors
    /// The ledger can't be written.
    pub fn end_stage(&self, run: i64, started: Timestamp, ended: Timestamp, stage: &Stage) -> Result<(), VaultError> {
        let count = |count: fn(&RowCounts) -> i64| stage.counts.as_ref().map(count);
        self.write(
            "insert into stages (run, stage, source, started_at, ended_at, outcome, rows_read, accepted, quarantined, superseded, message)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            params![
                run,
                stage.stage,
                stage.source,
                started.to_string(),
                ended.to_string(),
                stage.outcome,
                count(|counts| counts.read),
                count(|counts| counts.accepted),
                count(|counts| counts.quarantined),
                count(|counts| counts.superseded),
                stage.message
            ],
        )
    }

    /// Records how a run ended, and leaves a copy of the ledger beside it.
    ///
    /// # Errors
    /// The ledger or its copy can't be written.
    pub fn end_run(&self, run: i64, at: Timestamp, end: RunEnd, message: Option<&str>) -> Result<(), VaultError> {
        self.write(
            "update runs set ended_at = ?2, end = ?3, message = ?4 where id = ?1",
            params![run, at.to_string(), end.word(), message],
        )?;
        self.ledger.back_up()
    }

    /// Records an edition that a run published.
    ///
    /// # Errors
    /// The ledger can't be written.
    pub fn published(
        &self,
        run: i64,
        at: Timestamp,
        report: &str,
        as_of: &str,
        number: u32,
        folder: &str,
    ) -> Result<(), VaultError> {
        self.write(
            "insert into editions (run, report, as_of, number, folder, published_at) values (?1, ?2, ?3, ?4, ?5, ?6)",
            params![run, report, as_of, number, folder, at.to_string()],
        )
    }

    /// Runs without an end whose process can't be alive, since this one holds the lock.
    pub(super) fn abandon_runs(&self) -> Result<(), VaultError> {
        self.write("update runs set end = 'abandoned' where end is null", [])
    }

    /// The run with this number.
    ///
    /// # Errors
    /// The ledger can't be read.
    pub fn run(&self, id: i64) -> Result<Option<Run>, VaultError> {
        let query = "select id, command, started_at, ended_at, end, message from runs where id = ?1";
        let run = self.ledger.connection.query_row(query, [id], read_run).optional();
        run.map_err(self.ledger.fault())
    }

    /// The newest runs first, at most `limit`.
    ///
    /// # Errors
    /// The ledger can't be read.
    pub fn runs(&self, limit: u32) -> Result<Vec<Run>, VaultError> {
        let query = || -> rusqlite::Result<Vec<Run>> {
            let mut statement = self.ledger.connection.prepare(
                "select id, command, started_at, ended_at, end, message from runs order by id desc limit ?1",
            )?;
            statement.query_map([limit], read_run)?.collect()
        };
        query().map_err(self.ledger.fault())
    }

    /// The stages of a run, in their order.
    ///
    /// # Errors
    /// The ledger can't be read.
    pub fn stages(&self, run: i64) -> Result<Vec<EndedStage>, VaultError> {
        let stages = self.source_stages("run = ?1", &[&run])?;
        Ok(stages.into_iter().rev().map(|stage| stage.stage).collect())
    }

    /// The stages called `stage` of a source, the newest first.
    ///
    /// # Errors
    /// The ledger can't be read.
    pub fn history(&self, source: &str, stage: &str) -> Result<Vec<SourceStage>, VaultError> {
        self.source_stages("source = ?1 and stage = ?2", &[&source, &stage])
    }

    fn source_stages(&self, filter: &str, values: &[&dyn rusqlite::ToSql]) -> Result<Vec<SourceStage>, VaultError> {
        let query = || -> rusqlite::Result<Vec<SourceStage>> {
            let mut statement = self.ledger.connection.prepare(&format!(
                "select run, stage, source, started_at, ended_at, outcome, rows_read, accepted, quarantined, superseded, message
                 from stages where {filter} order by id desc"
            ))?;
            statement.query_map(values, read_stage)?.collect()
        };
        query().map_err(self.ledger.fault())
    }

    fn write(&self, statement: &str, values: impl rusqlite::Params) -> Result<(), VaultError> {
        let written = self.ledger.connection.execute(statement, values);
        written.map(|_| ()).map_err(self.ledger.fault())
    }

    pub(super) fn check_ledger(&self) -> Result<(), VaultError> {
        self.ledger.check()
    }
}

fn read_run(row: &Row<'_>) -> rusqlite::Result<Run> {
    let end: Option<String> = row.get(4)?;
    Ok(Run {
        id: row.get(0)?,
        command: row.get(1)?,
        started_at: time(row, 2)?,
        ended_at: row.get::<_, Option<String>>(3)?.map(|_| time(row, 3)).transpose()?,
        end: end.and_then(|word| RunEnd::ALL.into_iter().find(|end| end.word() == word)),
        message: row.get(5)?,
    })
}

fn read_stage(row: &Row<'_>) -> rusqlite::Result<SourceStage> {
    let read: Option<i64> = row.get(6)?;
    let counts = read.map(|read| {
        Ok::<_, rusqlite::Error>(RowCounts {
            read,
            accepted: row.get(7)?,
            quarantined: row.get(8)?,
            superseded: row.get(9)?,
        })
    });
    Ok(SourceStage {
        run: row.get(0)?,
        stage: EndedStage {
            stage: row.get(1)?,
            source: row.get(2)?,
            started_at: time(row, 3)?,
            ended_at: time(row, 4)?,
            outcome: row.get(5)?,
            counts: counts.transpose()?,
            message: row.get(10)?,
        },
    })
}

fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    let text: String = row.get(column)?;
    text.parse().map_err(|error: jiff::Error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
    })
}
