//! The mapped exports of one source into the lake: states of rows, columns, Parquet files, and the account of every row.
//!
//! Input: mapped exports, oldest first. Output: the source's new files in the lake and one account for each export. What was written is counted
//! again in the files and held against the account before anything is committed.

use std::collections::BTreeMap;

use crate::domain::source::SourceDefinition;
use crate::lake::{Added, ExportRow, Lake, LakeTable};
use crate::normalise::batches::{Lineage, accepted_mask, event_batch, fault_batch, item_batch, row_numbers};
use crate::normalise::fault::{Fault, Reason};
use crate::normalise::plan::CodelistIndex;
use crate::normalise::resolve::{Resolution, State, resolve};
use crate::normalise::row_mapper::{MappedChunk, MappedRow};
use crate::normalise::source_run::{Mapped, NormaliseError, account};

/// Rows in one Parquet file, about.
const FILE_ROWS: usize = 2_000_000;

/// What writing a source needs.
pub struct SourceWrite<'a> {
    pub definition: &'a SourceDefinition,
    pub index: &'a CodelistIndex<'a>,
}

/// A chunk with the states of its rows.
struct Resolved<'s> {
    chunk: MappedChunk,
    states: &'s [State],
}

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
        let rows: Vec<Vec<MappedRow>> = mapped.iter().map(all_rows).collect();
        let resolutions = resolve(self.definition.mode, &rows);
        let mut files: BTreeMap<LakeTable, Vec<Added>> = BTreeMap::new();
        for ((mapped, resolution), rows) in mapped.into_iter().zip(&resolutions).zip(&rows) {
            let account = self.account(&mapped, resolution, rows);
            let written = self.write_export(mapped, resolution, rows, &account, lake)?;
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

    /// Counts what becomes of the rows.
    fn account(&self, mapped: &Mapped, resolution: &Resolution, rows: &[MappedRow]) -> ExportRow {
        let count = |state| resolution.states.iter().filter(|found| **found == state).count() as i64;
        let accepted = rows
            .iter()
            .zip(&resolution.states)
            .filter(|(_, state)| **state == State::Accepted);
        ExportRow {
            rows_read: rows.len() as i64,
            accepted: count(State::Accepted),
            quarantined: count(State::Quarantined),
            superseded: count(State::Superseded),
            lake_rows: accepted.map(|(row, _)| i64::from(row.items)).sum(),
            ..account(self.definition, &mapped.dated)
        }
    }

    fn write_export(
        &self,
        mapped: Mapped,
        resolution: &Resolution,
        rows: &[MappedRow],
        account: &ExportRow,
        lake: &Lake,
    ) -> Result<Vec<(LakeTable, Vec<Added>)>, NormaliseError> {
        let Mapped { dated, chunks } = mapped;
        let lineage = Lineage {
            definition: self.definition,
            export: &dated.export,
            exported_on: dated.exported_on,
        };
        let faults = self.quarantined(rows, resolution, &chunks);
        let groups = grouped(resolved(chunks, &resolution.states));
        let written = in_parallel(groups, |group| self.write_group(group, &lineage, lake))?;
        check_written(account, &written, &faults)?;
        let faults: Vec<Fault> = faults.into_iter().map(|(_, fault)| fault).collect();
        let mut quarantine = lake.writer(LakeTable::Quarantine, &self.definition.name)?;
        quarantine.write(&fault_batch(&lineage, &faults)?)?;
        let mut files = vec![(LakeTable::Quarantine, quarantine.finish()?.into_iter().collect())];
        for (items, events) in written {
            files.push((LakeTable::Rows(self.definition.data_set), items.into_iter().collect()));
            files.push((LakeTable::Events, events.into_iter().collect()));
        }
        Ok(files)
    }

    /// The faults of the rows that are quarantined, conflicts among them, with the rows' positions in the export and in their order.
    fn quarantined(&self, rows: &[MappedRow], resolution: &Resolution, chunks: &[MappedChunk]) -> Vec<(usize, Fault)> {
        let key = self.definition.data_set.key_name();
        let mut faults = Vec::new();
        let mut offset = 0;
        for chunk in chunks {
            let own = chunk.faults.iter().map(|(position, fault)| (offset + position, fault));
            let kept = own.filter(|(position, _)| resolution.states[*position] == State::Quarantined);
            faults.extend(kept.map(|(position, fault)| (position, fault.clone())));
            offset += chunk.rows.len();
        }
        faults.extend(resolution.conflicts.iter().map(|position| {
            let fault = Fault {
                export_row: rows[*position].number,
                column: None,
                field: Some(key.to_owned()),
                reason: Reason::DuplicateKey,
                value: None,
                suggestion: None,
            };
            (*position, fault)
        }));
        faults.sort_by_key(|(position, _)| *position);
        faults
    }

    fn write_group(
        &self,
        group: Vec<Resolved<'_>>,
        lineage: &Lineage<'_>,
        lake: &Lake,
    ) -> Result<ItemFiles, NormaliseError> {
        let mut items = lake.writer(LakeTable::Rows(self.definition.data_set), &self.definition.name)?;
        let mut events = lake.writer(LakeTable::Events, &self.definition.name)?;
        for Resolved { chunk, states } in group {
            let accepted = accepted_mask(&chunk.item_rows, states);
            let numbers = row_numbers(&chunk.item_rows, &chunk.rows);
            items.write(&item_batch(lineage, self.index, chunk.columns, &numbers, &accepted)?)?;
            let accepted = accepted_mask(&chunk.events.row, states);
            let numbers = row_numbers(&chunk.events.row, &chunk.rows);
            events.write(&event_batch(lineage, &chunk.events, &numbers, &accepted)?)?;
        }
        Ok((items.finish()?, events.finish()?))
    }
}

fn all_rows(mapped: &Mapped) -> Vec<MappedRow> {
    mapped
        .chunks
        .iter()
        .flat_map(|chunk| chunk.rows.iter().copied())
        .collect()
}

/// Each chunk with the states of its rows, which follow each other.
fn resolved(chunks: Vec<MappedChunk>, states: &[State]) -> Vec<Resolved<'_>> {
    let mut rest = states;
    let mut resolved = Vec::new();
    for chunk in chunks {
        let (states, after) = rest.split_at(chunk.rows.len());
        rest = after;
        resolved.push(Resolved { chunk, states });
    }
    resolved
}

/// Holds what was written against the account: no row may be lost or doubled between the two.
fn check_written(account: &ExportRow, written: &[ItemFiles], faults: &[(usize, Fault)]) -> Result<(), NormaliseError> {
    let lake_rows: u64 = written
        .iter()
        .filter_map(|(items, _)| items.as_ref())
        .map(|added| added.rows)
        .sum();
    let mut positions: Vec<usize> = faults.iter().map(|(position, _)| *position).collect();
    positions.dedup();
    let balanced = account.rows_read == account.accepted + account.quarantined + account.superseded
        && account.lake_rows == lake_rows as i64
        && account.quarantined == positions.len() as i64;
    if balanced {
        return Ok(());
    }
    Err(NormaliseError::Unbalanced {
        source_name: account.source.clone(),
        file: account.file.clone().unwrap_or_default(),
        account: Box::new(account.clone()),
        lake_rows,
        quarantined: positions.len(),
    })
}

/// Chunks that share a file, by the file's order, so that the files don't depend on the number of processors.
fn grouped(chunks: Vec<Resolved<'_>>) -> Vec<Vec<Resolved<'_>>> {
    let mut groups: Vec<Vec<Resolved<'_>>> = Vec::new();
    let mut rows = FILE_ROWS;
    for chunk in chunks {
        if rows >= FILE_ROWS {
            groups.push(Vec::new());
            rows = 0;
        }
        rows += chunk.states.len();
        if let Some(group) = groups.last_mut() {
            group.push(chunk);
        }
    }
    groups
}

/// Does the work on every group, on as many threads as there are processors, and returns the results in order.
fn in_parallel<T: Send, R: Send>(
    groups: Vec<T>,
    work: impl Fn(T) -> Result<R, NormaliseError> + Sync,
) -> Result<Vec<R>, NormaliseError> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let queue = std::sync::Mutex::new(groups.into_iter().enumerate());
    let done = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().expect("no worker panics while it holds the lock").next();
                    let Some((index, group)) = next else { break };
                    let result = work(group);
                    done.lock()
                        .expect("no worker panics while it holds the lock")
                        .push((index, result));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("no worker panics while it holds the lock");
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}
