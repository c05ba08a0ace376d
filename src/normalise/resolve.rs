//! Which rows of a source's exports count: snapshots supersede older ones, repeats the first, newer rows of a key the older.
//!
//! Input: the rows of each export, in order. Output: one [`State`] for each row, and the numbers of rows that conflict. Every row has exactly one
//! state, so that rows read = accepted + quarantined + superseded.

use hashbrown::HashMap;

use crate::domain::source::Mode;
use crate::normalise::row_mapper::MappedRow;

/// What becomes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Accepted,
    Quarantined,
    Superseded,
}

/// The states of the rows of one export, and which of them are in conflict over a key.
#[derive(Debug, Default)]
pub struct Resolution {
    pub states: Vec<State>,
    /// Positions of rows that are quarantined because another row has their key and differs.
    pub conflicts: Vec<usize>,
}

/// Decides on the rows of all exports in use: of a snapshot source the newest alone, of an upsert source all, oldest first.
pub fn resolve(mode: Mode, exports: &[Vec<MappedRow>]) -> Vec<Resolution> {
    match mode {
        Mode::Snapshot => exports.iter().map(|rows| resolve_snapshot(rows)).collect(),
        Mode::Upsert => resolve_upserts(exports),
    }
}

fn own_state(row: &MappedRow) -> State {
    if row.items > 0 {
        State::Accepted
    } else {
        State::Quarantined
    }
}

fn resolve_snapshot(rows: &[MappedRow]) -> Resolution {
    let mut resolution = Resolution {
        states: rows.iter().map(own_state).collect(),
        conflicts: Vec::new(),
    };
    let mut first_of_content: HashMap<u128, usize> = HashMap::with_capacity(rows.len());
    let mut first_of_key: HashMap<u128, usize> = HashMap::with_capacity(rows.len());
    let mut conflicting = vec![false; rows.len()];
    for (position, row) in rows.iter().enumerate() {
        // A row without a readable key, or broken as a whole, is repeated only by a row of the same content.
        if first_of_content.try_insert_first(row.content, position) {
            let Some(key) = row.key.filter(|_| !row.excluded) else {
                continue;
            };
            if !first_of_key.try_insert_first(key, position) {
                conflicting[first_of_key[&key]] = true;
                conflicting[position] = true;
            }
        } else {
            resolution.states[position] = State::Superseded;
        }
    }
    for (position, conflict) in conflicting.into_iter().enumerate() {
        if conflict {
            resolution.states[position] = State::Quarantined;
            resolution.conflicts.push(position);
        }
    }
    resolution
}

/// Of the rows of one key the last that has no fault, or that a correction excludes, decides: those before it are superseded, those after it
/// have faults.
fn resolve_upserts(exports: &[Vec<MappedRow>]) -> Vec<Resolution> {
    let mut deciding: HashMap<u128, (usize, usize)> = HashMap::new();
    for (export, rows) in exports.iter().enumerate() {
        for (position, row) in rows.iter().enumerate() {
            if let Some(key) = row.key
                && (row.items > 0 || row.excluded)
            {
                deciding.insert(key, (export, position));
            }
        }
    }
    let mut contents: HashMap<(u128, Option<u128>), ()> = HashMap::new();
    let mut resolutions = Vec::new();
    for (export, rows) in exports.iter().enumerate() {
        let state = |(position, row): (usize, &MappedRow)| {
            match row.key.and_then(|key| deciding.get(&key)) {
                Some(last) if (export, position) < *last => State::Superseded,
                Some(last) if (export, position) == *last => own_state(row),
                // A faulty row that says the same again is one fault, not two.
                _ if contents.insert((row.content, row.key), ()).is_some() => State::Superseded,
                _ => State::Quarantined,
            }
        };
        resolutions.push(Resolution {
            states: rows.iter().enumerate().map(state).collect(),
            conflicts: Vec::new(),
        });
    }
    resolutions
}

/// Insertion that keeps the first value.
trait InsertFirst {
    /// Whether the key was new.
    fn try_insert_first(&mut self, key: u128, position: usize) -> bool;
}

impl InsertFirst for HashMap<u128, usize> {
    fn try_insert_first(&mut self, key: u128, position: usize) -> bool {
        match self.entry(key) {
            hashbrown::hash_map::Entry::Occupied(_) => false,
            hashbrown::hash_map::Entry::Vacant(entry) => {
                entry.insert(position);
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::State::{Accepted, Quarantined, Superseded};
    use super::resolve;
    use crate::domain::source::Mode;
    use crate::normalise::row_mapper::MappedRow;

    /// Rows as (key or 0 for none, content, faultless).
    fn rows(rows: &[(u128, u128, bool)]) -> Vec<MappedRow> {
        let row = |(number, (key, content, good)): (u64, &(u128, u128, bool))| MappedRow {
            number,
            key: (*key > 0).then_some(*key),
            content: *content,
            items: u32::from(*good),
            excluded: false,
        };
        (1..).zip(rows).map(row).collect()
    }

    #[test]
    fn in_a_snapshot_repeats_are_superseded_and_conflicts_quarantined() {
        type Case<'a> = (&'a [(u128, u128, bool)], &'a [super::State]);
        let cases: &[Case] = &[
            (&[(1, 10, true), (2, 20, true)], &[Accepted, Accepted]),
            (&[(1, 10, true), (1, 10, true)], &[Accepted, Superseded]),
            (&[(1, 10, false), (1, 10, false)], &[Quarantined, Superseded]),
            (&[(1, 10, true), (1, 11, true)], &[Quarantined, Quarantined]),
            (&[(1, 10, true), (1, 11, false)], &[Quarantined, Quarantined]),
            (
                &[(1, 10, true), (1, 10, true), (1, 11, true)],
                &[Quarantined, Superseded, Quarantined],
            ),
            (
                &[(0, 10, false), (0, 11, false), (0, 10, false)],
                &[Quarantined, Quarantined, Superseded],
            ),
        ];
        for (given, expected) in cases {
            assert_eq!(
                resolve(Mode::Snapshot, &[rows(given)])[0].states,
                *expected,
                "{given:?}"
            );
        }
    }

    #[test]
    fn of_upserts_the_last_faultless_row_of_a_key_counts() {
        let first = rows(&[(1, 10, true), (2, 20, false), (3, 30, true), (0, 40, false)]);
        let second = rows(&[
            (1, 11, true),
            (2, 21, true),
            (3, 31, false),
            (4, 50, true),
            (4, 51, true),
        ]);
        let resolved = resolve(Mode::Upsert, &[first, second]);
        assert_eq!(resolved[0].states, [Superseded, Superseded, Accepted, Quarantined]);
        assert_eq!(
            resolved[1].states,
            [Accepted, Accepted, Quarantined, Superseded, Accepted]
        );
    }
}
