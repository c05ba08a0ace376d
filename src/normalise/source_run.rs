//! One source, from its export files to the rows that the lake takes: what was read, what was refused, what became of every row.
//!
//! Input: a definition, the files in the exports folder, what the lake holds of the source. Output: a [`SourceReport`] and, where something changed,
//! the source's new files in the lake. A refused file leaves the source as the other files make it; a refused source leaves the lake's rows as
//! they were.

use std::path::Path;
use std::sync::Arc;

use arrow::error::ArrowError;
use jiff::civil::Date;
use sha2::{Digest, Sha256};

use crate::domain::digest::hexadecimal;
use crate::domain::source::{Mode, Origin, SourceDefinition};
use crate::lake::{ExportRow, Lake, LakeError};
use crate::normalise::cell::{Row, RowMapper};
use crate::normalise::chunk::MappedChunk;
use crate::normalise::chunk_store::ChunkStore;
use crate::normalise::corrections::Correction;
use crate::normalise::export::{Export, Keeper, KeptExport, exported_on, find_exports, read_rows};
use crate::normalise::fault::FileFault;
use crate::normalise::plan::{CodelistIndex, Plan};
use crate::normalise::row_mapper::ItemMapper;
use crate::normalise::source_write::SourceWrite;

/// A change to what normalising means gives every source a new fingerprint.
const RULES: &str = "1";

/// Normalising stopped for a reason that is no fault of an export.
#[derive(Debug, thiserror::Error)]
pub enum NormaliseError {
    #[error(transparent)]
    Lake(#[from] LakeError),
    #[error("rows can't be put into columns: {0}")]
    Arrow(#[from] ArrowError),
    #[error(
        "source `{source_name}`, export {file}: the account is {account:?}, but {lake_rows} rows and {quarantined} quarantined rows were written; this is a defect of the program"
    )]
    Unbalanced {
        source_name: String,
        file: String,
        account: Box<ExportRow>,
        lake_rows: u64,
        quarantined: usize,
    },
    #[error(
        "the lake holds rows of {sources}, which no file in sources/ defines; restore the definition, or remove the folder lake/ to build it anew from the exports"
    )]
    Undefined { sources: String },
    #[error(
        "the file {file} in exports/ fits the patterns of {sources}, and its rows would count twice; make `files` in sources/ tell them apart"
    )]
    ClaimedTwice { file: String, sources: String },
    #[error("{message}")]
    Exports { message: String },
    #[error(transparent)]
    File(#[from] FileFault),
}

/// Why a file, or with no file a whole source, is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub file: Option<String>,
    pub message: String,
}

/// How a source went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing differs from what the lake holds; no file was read.
    Unchanged,
    /// The files were read and the source's rows written.
    Read,
    /// The lake's rows of the source stay as they were.
    Refused,
}

/// What became of a source in one run.
#[derive(Clone, Debug)]
pub struct SourceReport {
    pub source: String,
    pub outcome: Outcome,
    /// One row for each export in use or superseded.
    pub exports: Vec<ExportRow>,
    pub refusals: Vec<Refusal>,
    pub quarantine_limit: f64,
}

impl SourceReport {
    /// Share of quarantined rows among those not superseded.
    pub fn quarantined_share(&self) -> f64 {
        let quarantined: i64 = self.exports.iter().map(|export| export.quarantined).sum();
        let current: i64 = self
            .exports
            .iter()
            .map(|export| export.accepted + export.quarantined)
            .sum();
        if current == 0 {
            0.0
        } else {
            quarantined as f64 / current as f64
        }
    }

    /// Whether more rows are quarantined than the source's limit allows.
    pub fn over_limit(&self) -> bool {
        self.quarantined_share() > self.quarantine_limit
    }
}

/// What normalising one source needs.
pub struct SourceRun<'a> {
    pub definition: &'a SourceDefinition,
    /// Text of the definition, the codelists and the source's corrections: what decides beside the exports.
    pub rules_text: &'a str,
    pub index: &'a CodelistIndex<'a>,
    pub corrections: &'a [Correction],
    pub exports_folder: &'a Path,
    /// Exports that a pull brought, with who keeps them.
    pub kept: &'a [KeptExport],
    pub keeper: &'a Arc<dyn Keeper>,
    /// The lake's rows of `exports` for this source.
    pub known: &'a [ExportRow],
}

/// An export in its place in the order of the source.
pub struct Dated {
    pub export: Export,
    pub exported_on: Date,
}

/// An export after mapping.
pub struct Mapped {
    pub dated: Dated,
    pub chunks: Vec<MappedChunk>,
}

/// An export that a newer snapshot supersedes, with the number of its rows.
type Counted = (Dated, i64);

/// What a source is made of.
struct UsedExports {
    mapped: Vec<Mapped>,
    /// Of exports that are superseded.
    accounts: Vec<ExportRow>,
    fingerprint: String,
}

/// Why the whole source is refused.
struct SourceRefusal(String);

impl From<FileFault> for SourceRefusal {
    fn from(fault: FileFault) -> Self {
        SourceRefusal(fault.to_string())
    }
}

impl SourceRun<'_> {
    /// Normalises the source into `lake`, and returns its fingerprint if the lake's rows of it are to be replaced.
    ///
    /// # Errors
    /// The lake can't be written. Faults of exports are in the report.
    pub fn run(&self, lake: &mut Lake) -> Result<(SourceReport, Option<String>), NormaliseError> {
        let mut report = SourceReport {
            source: self.definition.name.clone(),
            outcome: Outcome::Refused,
            exports: self.known.to_vec(),
            refusals: Vec::new(),
            quarantine_limit: self.definition.quarantine_limit,
        };
        let store = ChunkStore::new(lake)?;
        let published = lake.fingerprint(&self.definition.name);
        let used = match self.read(published, &store, &mut report) {
            Ok(Some(used)) => used,
            Ok(None) => {
                report.outcome = Outcome::Unchanged;
                return Ok((report, None));
            }
            Err(SourceRefusal(message)) => {
                report.refusals.push(Refusal { file: None, message });
                return Ok((report, None));
            }
        };
        let write = SourceWrite {
            definition: self.definition,
            index: self.index,
            store: &store,
        };
        report.exports = write.write(used.mapped, used.accounts, lake)?;
        report.outcome = Outcome::Read;
        Ok((report, Some(used.fingerprint)))
    }

    /// What the source is to be made of; nothing if that is what the lake holds.
    fn read(
        &self,
        published: Option<&str>,
        store: &ChunkStore,
        report: &mut SourceReport,
    ) -> Result<Option<UsedExports>, SourceRefusal> {
        let found = self.find()?;
        if let Some(published) = published
            && published == self.fingerprint(found.iter())?
        {
            return Ok(None);
        }
        let (mapped, older) = self.read_exports(found, store, report)?;
        let exports = older
            .iter()
            .map(|(dated, _)| dated)
            .chain(mapped.iter().map(|mapped| &mapped.dated));
        let used: Vec<&Export> = exports.map(|dated| &dated.export).collect();
        let mut accounts = self.carried_over(&used)?;
        for (dated, rows) in &older {
            accounts.push(self.superseded(dated, *rows)?);
        }
        let fingerprint = self.fingerprint(used.into_iter())?;
        Ok(Some(UsedExports {
            mapped,
            accounts,
            fingerprint,
        }))
    }

    /// The exports that make the source, mapped, and those that they supersede, counted. Files that can't be read are refused one by one; the source
    /// is refused where going on without a file would take back what the lake holds.
    fn read_exports(
        &self,
        found: Vec<Export>,
        store: &ChunkStore,
        report: &mut SourceReport,
    ) -> Result<(Vec<Mapped>, Vec<Counted>), SourceRefusal> {
        if found.is_empty() && self.known.is_empty() {
            return Err(SourceRefusal(match &self.definition.origin {
                Origin::Folder { files } => format!("no file in exports/ fits `files = \"{files}\"`"),
                Origin::Pull(_) => "nothing has been pulled yet; run `rogatory pull`".to_owned(),
            }));
        }
        let mut dated = self.date(found, report);
        self.check_present(&dated)?;
        let mapped = match self.definition.mode {
            Mode::Snapshot => vec![self.map_newest(&mut dated, store, report)?],
            Mode::Upsert => self.map_all(std::mem::take(&mut dated), store, report)?,
        };
        if mapped.is_empty() {
            return Err(nothing_usable());
        }
        self.check_corrections(&mapped)?;
        let older = count_older(dated, self.definition, report);
        Ok((mapped, older))
    }

    fn find(&self) -> Result<Vec<Export>, FileFault> {
        match &self.definition.origin {
            Origin::Folder { files } => find_exports(self.exports_folder, files),
            Origin::Pull(_) => Ok(self.kept.iter().map(|kept| Export::kept(kept, self.keeper)).collect()),
        }
    }

    /// Over everything that decides what the lake holds of the source.
    fn fingerprint<'e>(&self, exports: impl Iterator<Item = &'e Export>) -> Result<String, FileFault> {
        let named = exports.map(|export| Ok((export.arrival(), &export.name, export.sha256()?)));
        let mut names = named.collect::<Result<Vec<_>, FileFault>>()?;
        names.sort();
        let mut hasher = Sha256::new();
        hasher.update(RULES);
        hasher.update(self.rules_text);
        for (arrival, name, sha256) in names {
            let arrival = arrival.map(|arrival| arrival.to_string()).unwrap_or_default();
            hasher.update(format!("\n{arrival}{name}\n{sha256}"));
        }
        Ok(hexadecimal(&hasher.finalize()))
    }

    /// The exports in the order of their dates, then of arrival, then of names; those without a date are refused.
    fn date(&self, found: Vec<Export>, report: &mut SourceReport) -> Vec<Dated> {
        let mut dated = Vec::new();
        for export in found {
            match exported_on(&export, self.definition, &self.index.months) {
                Ok(exported_on) => dated.push(Dated { export, exported_on }),
                Err(fault) => report.refusals.push(Refusal {
                    file: Some(export.name),
                    message: fault.to_string(),
                }),
            }
        }
        let order = |dated: &Dated| (dated.exported_on, dated.export.arrival());
        dated.sort_by(|a, b| (order(a), &a.export.name).cmp(&(order(b), &b.export.name)));
        dated
    }

    /// The lake's exports of which rows count.
    fn held(&self) -> impl Iterator<Item = &ExportRow> {
        self.known.iter().filter(|known| known.accepted + known.quarantined > 0)
    }

    /// Every export that the lake's rows came from must still be there; a snapshot may have been replaced by a newer one.
    fn check_present(&self, dated: &[Dated]) -> Result<(), SourceRefusal> {
        if self.held().next().is_none() {
            return Ok(());
        }
        let newest = dated.last().map(|dated| dated.exported_on);
        let digests = dated.iter().map(|dated| dated.export.sha256());
        let digests = digests.collect::<Result<Vec<_>, FileFault>>()?;
        let lost = self.held().find(|held| {
            let present = digests.contains(&held.export.as_str());
            let replaced = self.definition.mode == Mode::Snapshot && newest >= held.exported_on;
            !present && !replaced
        });
        let Some(lost) = lost else { return Ok(()) };
        let file = lost.file.as_deref().unwrap_or("?");
        Err(SourceRefusal(format!(
            "the lake holds rows of {file} (SHA-256 {:.12}...), which is no longer in exports/ as it was; put it back",
            lost.export
        )))
    }

    /// Of a snapshot source, maps the newest export that can be read, and leaves the older ones; never an older one than the lake holds.
    fn map_newest(
        &self,
        dated: &mut Vec<Dated>,
        store: &ChunkStore,
        report: &mut SourceReport,
    ) -> Result<Mapped, SourceRefusal> {
        let held = self.held().filter_map(|held| held.exported_on).max();
        while let Some(newest) = dated.pop() {
            if Some(newest.exported_on) < held {
                break;
            }
            refuse_another_of_its_day(&newest, dated)?;
            if let Some(mapped) = self.map_all(vec![newest], store, report)?.pop() {
                return Ok(mapped);
            }
        }
        Err(nothing_usable())
    }

    fn map_all(
        &self,
        dated: Vec<Dated>,
        store: &ChunkStore,
        report: &mut SourceReport,
    ) -> Result<Vec<Mapped>, SourceRefusal> {
        let mut mapped = Vec::new();
        for mut dated in dated {
            let fault = match self.map(&dated, store) {
                Ok(chunks) => {
                    dated.export.release();
                    mapped.push(Mapped { dated, chunks });
                    continue;
                }
                Err(fault @ FileFault::Correction { .. }) => return Err(fault.into()),
                Err(fault) => fault,
            };
            let digest = dated.export.sha256()?;
            let held = self.held().any(|held| held.export == digest);
            report.refusals.push(Refusal {
                file: Some(dated.export.name),
                message: fault.to_string(),
            });
            if held && self.definition.mode == Mode::Upsert {
                return Err(SourceRefusal(
                    "rows of this file are in the lake and would be lost; the lake stays as it was".to_owned(),
                ));
            }
        }
        Ok(mapped)
    }

    /// Maps an export, and works out its digest meanwhile.
    fn map(&self, dated: &Dated, store: &ChunkStore) -> Result<Vec<MappedChunk>, FileFault> {
        std::thread::scope(|scope| {
            let digest = scope.spawn(|| dated.export.sha256().map(|_| ()));
            let chunks = self.map_rows(dated, store)?;
            digest.join().expect("working out a digest does not panic")?;
            Ok(chunks)
        })
    }

    fn map_rows(&self, dated: &Dated, store: &ChunkStore) -> Result<Vec<MappedChunk>, FileFault> {
        let plan = std::sync::OnceLock::new();
        let plan = &plan;
        let mut chunks = read_rows(&dated.export, self.definition, |layout| {
            let new = Plan::new(self.definition, self.index, self.corrections, dated.exported_on, layout)?;
            let plan = plan.get_or_init(|| new);
            Ok(move || ItemMapper::new(plan, store))
        })?;
        if chunks.iter().all(|chunk| chunk.numbers.len() == 0) {
            return Err(FileFault::NoRows);
        }
        match chunks.iter_mut().find_map(|chunk| chunk.refusal.take()) {
            Some(refusal) => Err(refusal),
            None => Ok(chunks),
        }
    }

    /// Every correction must match a row of the exports in use.
    fn check_corrections(&self, mapped: &[Mapped]) -> Result<(), SourceRefusal> {
        let chunks = || mapped.iter().flat_map(|mapped| &mapped.chunks);
        let unmatched = (0..self.corrections.len()).find(|index| chunks().all(|chunk| chunk.matches[*index] == 0));
        let Some(unmatched) = unmatched else { return Ok(()) };
        let fault = FileFault::Correction {
            matched: self.corrections[unmatched].description.clone(),
            problem: "no row of the export matches any more".to_owned(),
        };
        Err(fault.into())
    }

    /// The lake's superseded exports that are no longer in the folder.
    fn carried_over(&self, used: &[&Export]) -> Result<Vec<ExportRow>, FileFault> {
        let digests = used.iter().map(|export| export.sha256());
        let digests = digests.collect::<Result<Vec<_>, FileFault>>()?;
        let gone = self
            .known
            .iter()
            .filter(|known| !digests.contains(&known.export.as_str()));
        let superseded = |known: &ExportRow| ExportRow {
            accepted: 0,
            quarantined: 0,
            superseded: known.rows_read,
            lake_rows: 0,
            ..known.clone()
        };
        Ok(gone.map(superseded).collect())
    }

    fn superseded(&self, dated: &Dated, rows: i64) -> Result<ExportRow, FileFault> {
        Ok(ExportRow {
            rows_read: rows,
            superseded: rows,
            ..account(self.definition, dated)?
        })
    }
}

/// Nothing tells which of two differing full states of one day is the later, unless they came one after the other under one name.
fn refuse_another_of_its_day(newest: &Dated, older: &[Dated]) -> Result<(), SourceRefusal> {
    for other in older.iter().filter(|other| other.exported_on == newest.exported_on) {
        let sent_again = other.export.arrival().is_some() && other.export.name == newest.export.name;
        if !sent_again && other.export.sha256()? != newest.export.sha256()? {
            return Err(SourceRefusal(format!(
                "{} and {} are both full states of {}; keep one, or make `exported_on` or `mode` tell them apart",
                other.export.name, newest.export.name, newest.exported_on
            )));
        }
    }
    Ok(())
}

fn nothing_usable() -> SourceRefusal {
    SourceRefusal("no export can be used; what the lake holds of the source stays".to_owned())
}

/// The account of an export before its rows are counted.
///
/// # Errors
/// The export can't be read.
pub fn account(definition: &SourceDefinition, dated: &Dated) -> Result<ExportRow, FileFault> {
    Ok(ExportRow {
        source: definition.name.clone(),
        authority: Some(definition.authority.clone()),
        data_set: Some(definition.data_set.name().to_owned()),
        export: dated.export.sha256()?.to_owned(),
        file: Some(dated.export.name.clone()),
        exported_on: Some(dated.exported_on),
        ..ExportRow::default()
    })
}

/// Counts rows.
struct Counter(i64);

impl RowMapper for Counter {
    type Chunk = i64;

    fn row(&mut self, _: &Row<'_>) {
        self.0 += 1;
    }

    fn finish_chunk(&mut self) -> i64 {
        std::mem::take(&mut self.0)
    }
}

/// The rows of the exports that a newer snapshot supersedes.
fn count_older(dated: Vec<Dated>, definition: &SourceDefinition, report: &mut SourceReport) -> Vec<(Dated, i64)> {
    let mut older = Vec::new();
    for mut dated in dated {
        let counted = count_rows(&dated.export, definition);
        dated.export.release();
        match counted {
            Ok(rows) => older.push((dated, rows)),
            Err(fault) => report.refusals.push(Refusal {
                file: Some(dated.export.name),
                message: fault.to_string(),
            }),
        }
    }
    older
}

fn count_rows(export: &Export, definition: &SourceDefinition) -> Result<i64, FileFault> {
    let chunks = read_rows(export, definition, |_| Ok(|| Counter(0)))?;
    Ok(chunks.into_iter().sum())
}
