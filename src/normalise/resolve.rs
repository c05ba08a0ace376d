//! Which rows of a source's exports count: snapshots supersede older ones, repeats the first, newer rows of a key the older.
//!
//! Input: the fingerprints of rows, chunk by chunk in the order of the exports. Output: one [`State`] for each row. Every row has exactly one state, so
//! that rows read = accepted + quarantined + superseded. Rows of the same key lie in the same part of the fingerprints' range, so the parts are
//! sorted and decided one by one, as many at once as there are processors.

use crate::domain::source::Mode;
use crate::normalise::parallel::in_parallel;

/// Parts of the range of fingerprints: one for each value of the highest byte.
const PARTS: usize = 256;

/// What becomes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Accepted,
    /// Quarantined for its faults.
    Faulty,
    /// Quarantined because another row has its key and differs.
    Conflicting,
    Superseded,
}

impl State {
    /// Whether the row is quarantined.
    pub fn is_quarantined(self) -> bool {
        matches!(self, State::Faulty | State::Conflicting)
    }
}

/// What deciding between repeats needs to know of a row.
#[derive(Clone, Copy, Debug)]
pub struct RowPrint {
    /// High and low half of the key's fingerprint; of the content's if the key could not be read, so that the row is repeated by the same content only.
    group: [u64; 2],
    content: u64,
    /// Position in the chunk.
    row: u32,
    /// Number of items, 0 for a row with a fault; and the two flags below.
    items: u32,
}

/// The row has a key.
const KEYED: u32 = 1 << 31;

/// A correction takes the row out.
const EXCLUDED: u32 = 1 << 30;

impl RowPrint {
    /// The row with these fingerprints of its key, if it could be read, and of all its cells.
    pub fn new(key: Option<u128>, content: u128, items: usize, excluded: bool) -> Self {
        let group = key.unwrap_or(content);
        let flags = if key.is_some() { KEYED } else { 0 } | if excluded { EXCLUDED } else { 0 };
        RowPrint {
            group: [(group >> 64) as u64, group as u64],
            content: content as u64,
            row: 0,
            // A cell of the greatest length that is read has fewer than 2^30 codes.
            items: items as u32 | flags,
        }
    }

    fn items(&self) -> u32 {
        self.items & !(KEYED | EXCLUDED)
    }

    fn is_keyed(&self) -> bool {
        self.items & KEYED != 0
    }

    fn is_excluded(&self) -> bool {
        self.items & EXCLUDED != 0
    }

    fn own_state(&self) -> State {
        if self.items() > 0 {
            State::Accepted
        } else {
            State::Faulty
        }
    }

    fn part(&self) -> usize {
        (self.group[0] >> 56) as usize
    }
}

/// The fingerprints of a chunk's rows, part after part.
#[derive(Debug)]
pub struct RowPrints {
    prints: Vec<RowPrint>,
    /// Where each part begins, and the end of the last.
    begins: Vec<usize>,
}

impl Default for RowPrints {
    fn default() -> Self {
        RowPrints::new(&[])
    }
}

impl RowPrints {
    /// Sorts the rows of a chunk, given in their order, into parts.
    pub fn new(rows: &[RowPrint]) -> Self {
        let mut begins = vec![0; PARTS + 1];
        for print in rows {
            begins[print.part() + 1] += 1;
        }
        for part in 0..PARTS {
            begins[part + 1] += begins[part];
        }
        let mut next = begins.clone();
        let mut prints = rows.to_vec();
        for (row, print) in rows.iter().enumerate() {
            let place = &mut next[print.part()];
            prints[*place] = RowPrint {
                row: row as u32,
                ..*print
            };
            *place += 1;
        }
        RowPrints { prints, begins }
    }

    fn part(&self, part: usize) -> &[RowPrint] {
        &self.prints[self.begins[part]..self.begins[part + 1]]
    }
}

/// The states of a chunk's rows.
#[derive(Debug, Default)]
pub struct Resolution {
    pub states: Vec<State>,
    /// Items of the accepted rows.
    pub items: u64,
}

/// A row of any chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    chunk: u32,
    row: u32,
}

/// A row among those of its part.
struct Candidate {
    print: RowPrint,
    place: Place,
}

/// Decides on the rows of all exports in use: of a snapshot source the newest alone, of an upsert source all, oldest first.
pub fn resolve(mode: Mode, chunks: &[RowPrints]) -> Vec<Resolution> {
    let decided = in_parallel((0..PARTS).collect(), |part| decide_part(mode, chunks, part));
    let mut resolutions: Vec<Resolution> = chunks.iter().map(own_states).collect();
    for (place, state) in decided.into_iter().flatten() {
        resolutions[place.chunk as usize].states[place.row as usize] = state;
    }
    for (resolution, chunk) in resolutions.iter_mut().zip(chunks) {
        let accepted = |print: &&RowPrint| resolution.states[print.row as usize] == State::Accepted;
        resolution.items = chunk
            .prints
            .iter()
            .filter(accepted)
            .map(|print| u64::from(print.items()))
            .sum();
    }
    resolutions
}

fn own_states(chunk: &RowPrints) -> Resolution {
    let mut states = vec![State::Faulty; chunk.prints.len()];
    for print in &chunk.prints {
        states[print.row as usize] = print.own_state();
    }
    Resolution { states, items: 0 }
}

/// The rows of a part whose state is not their own.
fn decide_part(mode: Mode, chunks: &[RowPrints], part: usize) -> Vec<(Place, State)> {
    let candidate = |(chunk, prints): (u32, &RowPrints)| {
        let place = move |print: &RowPrint| Place { chunk, row: print.row };
        let prints = prints.part(part).to_vec().into_iter();
        prints.map(move |print| Candidate {
            place: place(&print),
            print,
        })
    };
    let mut candidates: Vec<Candidate> = (0..).zip(chunks).flat_map(candidate).collect();
    candidates.sort_unstable_by_key(|candidate| (candidate.print.group, candidate.print.content, candidate.place));
    let mut decided = Vec::new();
    for group in candidates.chunk_by(|a, b| a.print.group == b.print.group) {
        match mode {
            // Most rows are alone.
            _ if group.len() == 1 => {}
            Mode::Snapshot => decide_snapshot(group, &mut decided),
            Mode::Upsert => decide_upserts(group, &mut decided),
        }
    }
    decided
}

/// Of rows that say the same the first stays; those that stay and have the same key conflict.
fn decide_snapshot(group: &[Candidate], decided: &mut Vec<(Place, State)>) {
    let mut differing = Vec::new();
    for same in group.chunk_by(|a, b| a.print.content == b.print.content) {
        if same[0].print.is_keyed() && !same[0].print.is_excluded() {
            differing.push(same[0].place);
        }
        decided.extend(same[1..].iter().map(|repeat| (repeat.place, State::Superseded)));
    }
    if differing.len() > 1 {
        decided.extend(differing.into_iter().map(|place| (place, State::Conflicting)));
    }
}

/// Of the rows of one key the last that has no fault, or that a correction excludes, decides: those before it are superseded, those after it
/// have faults. Of faulty rows that say the same the first stays: they are one fault, not two.
fn decide_upserts(group: &[Candidate], decided: &mut Vec<(Place, State)>) {
    let decides = |candidate: &&Candidate| {
        let print = candidate.print;
        print.is_keyed() && (print.items() > 0 || print.is_excluded())
    };
    let last = group.iter().filter(decides).map(|candidate| candidate.place).max();
    for same in group.chunk_by(|a, b| a.print.content == b.print.content) {
        let (before, after): (Vec<_>, Vec<_>) = same
            .iter()
            .map(|candidate| candidate.place)
            .filter(|place| Some(*place) != last)
            .partition(|place| Some(*place) < last);
        let superseded = before.into_iter().chain(after.into_iter().skip(1));
        decided.extend(superseded.map(|place| (place, State::Superseded)));
    }
}

#[cfg(test)]
mod tests {
    use super::State::{Accepted, Conflicting, Faulty, Superseded};
    use super::{RowPrint, RowPrints, State, resolve};
    use crate::domain::source::Mode;

    /// Rows as (key or 0 for none, content, faultless).
    fn rows(rows: &[(u128, u128, bool)]) -> RowPrints {
        let row = |(key, content, good): &(u128, u128, bool)| {
            RowPrint::new((*key > 0).then_some(*key), *content, usize::from(*good), false)
        };
        RowPrints::new(&rows.iter().map(row).collect::<Vec<_>>())
    }

    fn states(mode: Mode, chunks: &[RowPrints]) -> Vec<Vec<State>> {
        let resolved = resolve(mode, chunks);
        resolved.into_iter().map(|resolution| resolution.states).collect()
    }

    #[test]
    fn in_a_snapshot_repeats_are_superseded_and_conflicts_quarantined() {
        type Case<'a> = (&'a [(u128, u128, bool)], &'a [State]);
        let cases: &[Case] = &[
            (&[(1, 10, true), (2, 20, true)], &[Accepted, Accepted]),
            (&[(1, 10, true), (1, 10, true)], &[Accepted, Superseded]),
            (&[(1, 10, false), (1, 10, false)], &[Faulty, Superseded]),
            (&[(1, 10, true), (1, 11, true)], &[Conflicting, Conflicting]),
            (&[(1, 10, true), (1, 11, false)], &[Conflicting, Conflicting]),
            (
                &[(1, 10, true), (1, 10, true), (1, 11, true)],
                &[Conflicting, Superseded, Conflicting],
            ),
            (
                &[(0, 10, false), (0, 11, false), (0, 10, false)],
                &[Faulty, Faulty, Superseded],
            ),
        ];
        for (given, expected) in cases {
            assert_eq!(states(Mode::Snapshot, &[rows(given)]), [*expected], "{given:?}");
            // The same where every row is in a chunk of its own.
            let apart: Vec<RowPrints> = given.iter().map(|row| rows(&[*row])).collect();
            assert_eq!(states(Mode::Snapshot, &apart).concat(), *expected, "{given:?}");
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
        assert_eq!(
            states(Mode::Upsert, &[first, second]),
            [
                vec![Superseded, Superseded, Accepted, Faulty],
                vec![Accepted, Accepted, Faulty, Superseded, Accepted]
            ]
        );
    }

    #[test]
    fn of_upserts_a_fault_that_comes_again_is_one_fault() {
        let first = rows(&[(1, 10, false), (1, 10, true), (0, 40, false)]);
        let second = rows(&[(1, 10, false), (1, 10, false), (0, 40, false)]);
        assert_eq!(
            states(Mode::Upsert, &[first, second]),
            [vec![Superseded, Accepted, Faulty], vec![Faulty, Superseded, Superseded]]
        );
    }

    #[test]
    fn an_excluded_row_conflicts_with_none() {
        let print = |content, excluded: bool| RowPrint::new(Some(1), content, usize::from(!excluded), excluded);
        let chunk = RowPrints::new(&[print(10, false), print(11, true), print(11, true)]);
        let resolved = resolve(Mode::Snapshot, &[chunk]);
        assert_eq!(resolved[0].states, [Accepted, Faulty, Superseded]);
        assert_eq!(resolved[0].items, 1);
    }

    #[test]
    fn rows_of_all_parts_keep_their_places() {
        // Fingerprints all over the range, the second half of the rows repeating the first backwards.
        let prints = (0..1000_u128).chain((0..1000).rev());
        let given: Vec<_> = prints.map(|number| ((number + 1) << 117, number, true)).collect();
        let resolved = resolve(Mode::Snapshot, &[rows(&given)]);
        assert!(resolved[0].states[..1000].iter().all(|state| *state == Accepted));
        assert!(resolved[0].states[1000..].iter().all(|state| *state == Superseded));
        assert_eq!(resolved[0].items, 1000);
    }
}
