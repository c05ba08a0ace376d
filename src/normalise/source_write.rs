//! The mapped exports of one source into the lake: states of rows, columns, Parquet files, and the account of every row.
//!
//! Input: mapped exports, oldest first. Output: the source's new files in the lake and one account for each export. What was written is counted
//! again in the files and held against the account before anything is committed.

use std::collections::BTreeMap;

use crate::domain::source::SourceDefinition;
use crate::lake::{Added, ExportRow, Lake, LakeTable};
use crate::normalise::batches::{Lineage, event_batch, fault_batch, item_batch};
use crate::normalise::chunk::MappedChunk;
use crate::normalise::chunk_store::ChunkStore;
use crate::normalise::fault::{Fault, Reason};
use crate::normalise::parallel::in_parallel;
use crate::normalise::plan::CodelistIndex;
use crate::normalise::resolve::{Resolution, State, resolve};
use crate::normalise::source_run::{Mapped, NormaliseError, account};

/// Rows in one Parquet file, about.
const FILE_ROWS: usize = 1_000_000;

/// What writing a source needs.
pub struct SourceWrite<'a> {
    pub definition: &'a SourceDefinition,
    pub index: &'a CodelistIndex<'a>,
    pub store: &'a ChunkStore,
}

/// A chunk with the states of its rows.
type Resolved = (MappedChunk, Resolution);

/// Files of items and of events.
type ItemFiles = (Option<Added>, Option<Added>);

impl SourceWrite<'_> {
    /// Writes the exports and returns all accounts, in the order of the exports' dates and names.
    ///
    /// # Errors
    /// The lake can't be written, or the files don't hold what the account says.
    pub fn write(
        &self,
        mapped: Vec<Mapped>,
        mut accounts: Vec<ExportRow>,
        lake: &mut Lake,
    ) -> Result<Vec<ExportRow>, NormaliseError> {
        let mut files: BTreeMap<LakeTable, Vec<Added>> = BTreeMap::new();
        for (mapped, chunks) in self.resolve(mapped) {
            let account = counted(account(self.definition, &mapped.dated)?, &chunks);
            let written = self.write_export(&mapped, chunks, &account, lake)?;
            for (table, added) in written {
                files.entry(table).or_default().extend(added);
            }
            accounts.push(account);
        }
        accounts.sort_by(|a, b| (a.exported_on, &a.file).cmp(&(b.exported_on, &b.file)));
        let mut writer = lake.writer(LakeTable::Exports, &self.definition.name)?;
        writer.write(&ExportRow::batch(&accounts)?)?;
        files.insert(LakeTable::Exports, writer.finish()?.into_iter().collect());
        for (table, files) in files {
            lake.replace_source(table, &self.definition.name, files)?;
        }
        Ok(accounts)
    }

    /// Gives every chunk the states of its rows, whose fingerprints are not needed any more.
    fn resolve(&self, mut mapped: Vec<Mapped>) -> Vec<(Mapped, Vec<Resolved>)> {
        let chunks = mapped.iter_mut().flat_map(|mapped| &mut mapped.chunks);
        let prints: Vec<_> = chunks.map(|chunk| std::mem::take(&mut chunk.prints)).collect();
        let mut resolutions = resolve(self.definition.mode, &prints).into_iter();
        let resolved = |mut mapped: Mapped| {
            let chunks = std::mem::take(&mut mapped.chunks);
            let chunks = chunks.into_iter().zip(resolutions.by_ref()).collect();
            (mapped, chunks)
        };
        mapped.into_iter().map(resolved).collect()
    }

    fn write_export(
        &self,
        mapped: &Mapped,
        mut chunks: Vec<Resolved>,
        account: &ExportRow,
        lake: &Lake,
    ) -> Result<Vec<(LakeTable, Vec<Added>)>, NormaliseError> {
        let lineage = Lineage {
            definition: self.definition,
            export: &account.export,
            exported_on: mapped.dated.exported_on,
        };
        let (faults, quarantined) = self.quarantined(&mut chunks);
        let written = in_parallel(grouped(chunks), |group| self.write_group(group, &lineage, lake));
        let written = written
            .into_iter()
            .collect::<Result<Vec<ItemFiles>, NormaliseError>>()?;
        check_written(account, &written, quarantined)?;
        let mut quarantine = lake.writer(LakeTable::Quarantine, &self.definition.name)?;
        quarantine.write(&fault_batch(&lineage, &faults)?)?;
        let mut files = vec![(LakeTable::Quarantine, quarantine.finish()?.into_iter().collect())];
        for (items, events) in written {
            files.push((LakeTable::Rows(self.definition.data_set), items.into_iter().collect()));
            files.push((LakeTable::Events, events.into_iter().collect()));
        }
        Ok(files)
    }

    /// The faults of the rows that are quarantined, conflicts among them, in the order of the rows; and the number of these rows.
    fn quarantined(&self, chunks: &mut [Resolved]) -> (Vec<Fault>, usize) {
        let mut rows = 0;
        let mut faults = Vec::new();
        for (chunk, resolution) in chunks {
            let mut found = std::mem::take(&mut chunk.faults);
            found.retain(|(position, _)| resolution.states[*position].is_quarantined());
            let conflicts = resolution
                .states
                .iter()
                .enumerate()
                .filter(|(_, state)| **state == State::Conflicting);
            found.extend(conflicts.map(|(position, _)| (position, self.conflict(chunk.numbers.get(position)))));
            found.sort_by_key(|(position, _)| *position);
            rows += found.chunk_by(|(a, _), (b, _)| a == b).count();
            faults.extend(found.into_iter().map(|(_, fault)| fault));
        }
        (faults, rows)
    }

    fn conflict(&self, export_row: u64) -> Fault {
        Fault {
            export_row,
            column: None,
            field: Some(self.definition.data_set.key_name().to_owned()),
            reason: Reason::DuplicateKey,
            value: None,
            suggestion: None,
        }
    }

    fn write_group(
        &self,
        group: Vec<Resolved>,
        lineage: &Lineage<'_>,
        lake: &Lake,
    ) -> Result<ItemFiles, NormaliseError> {
        let mut items = lake.writer(LakeTable::Rows(self.definition.data_set), &self.definition.name)?;
        let mut events = lake.writer(LakeTable::Events, &self.definition.name)?;
        for (chunk, Resolution { states, .. }) in group {
            if let Some(batch) = self.store.load(chunk.items)? {
                items.write(&item_batch(lineage, self.index, &batch, &states, &chunk.numbers)?)?;
            }
            if let Some(batch) = self.store.load(chunk.events)? {
                events.write(&event_batch(lineage, &batch, &states, &chunk.numbers)?)?;
            }
        }
        Ok((items.finish()?, events.finish()?))
    }
}

/// The account with what becomes of the rows.
fn counted(account: ExportRow, chunks: &[Resolved]) -> ExportRow {
    let states = || chunks.iter().flat_map(|(_, resolution)| &resolution.states);
    ExportRow {
        rows_read: chunks.iter().map(|(chunk, _)| chunk.numbers.len() as i64).sum(),
        accepted: states().filter(|state| **state == State::Accepted).count() as i64,
        quarantined: states().filter(|state| state.is_quarantined()).count() as i64,
        superseded: states().filter(|state| **state == State::Superseded).count() as i64,
        lake_rows: chunks.iter().map(|(_, resolution)| resolution.items as i64).sum(),
        ..account
    }
}

/// Holds what was written against the account: no row may be lost or doubled between the two.
fn check_written(account: &ExportRow, written: &[ItemFiles], quarantined: usize) -> Result<(), NormaliseError> {
    let items = written.iter().filter_map(|(items, _)| items.as_ref());
    let lake_rows: u64 = items.map(|added| added.rows).sum();
    let balanced = account.rows_read == account.accepted + account.quarantined + account.superseded
        && account.lake_rows == lake_rows as i64
        && account.quarantined == quarantined as i64;
    if balanced {
        return Ok(());
    }
    Err(NormaliseError::Unbalanced {
        source_name: account.source.clone(),
        file: account.file.clone().unwrap_or_default(),
        account: Box::new(account.clone()),
        lake_rows,
        quarantined,
    })
}

/// Chunks that share a file, by the file's order, so that the files don't depend on the number of processors.
fn grouped(chunks: Vec<Resolved>) -> Vec<Vec<Resolved>> {
    let mut groups: Vec<Vec<Resolved>> = Vec::new();
    let mut rows = FILE_ROWS;
    for chunk in chunks {
        if rows >= FILE_ROWS {
            groups.push(Vec::new());
            rows = 0;
        }
        rows += chunk.0.numbers.len();
        if let Some(group) = groups.last_mut() {
            group.push(chunk);
        }
    }
    groups
}
