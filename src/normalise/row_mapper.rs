//! Rows mapped to items: every mapped cell is read, items are split, rules between fields are checked.
//!
//! Input: rows in the order of the file. Output: [`MappedChunk`]s with the values of faultless rows, the faults of the others, and for each row
//! what deciding between repeats needs: fingerprints of its key and of its whole content. Which row counts is decided elsewhere.

use std::borrow::Cow;
use std::fmt::Write;
use std::sync::Arc;

use xxhash_rust::xxh3::{xxh3_128, xxh3_128_with_seed};

use crate::domain::dataset::FieldKind;
use crate::domain::date_pattern::Moment;
use crate::domain::source::Target;
use crate::normalise::cell::{Cell, Cells, Row, RowMapper};
use crate::normalise::chunk::{ChunkBuilder, MappedChunk};
use crate::normalise::chunk_store::ChunkStore;
use crate::normalise::columns::Value;
use crate::normalise::corrections::{Action, Correction};
use crate::normalise::fault::{Fault, FileFault, Reason};
use crate::normalise::mapped_cell::{Memo, Reading, read_cell, read_written};
use crate::normalise::plan::{PlacedMapping, Plan};
use crate::normalise::resolve::RowPrint;

/// Fingerprints of contents begin with another seed than those of keys, so that the one is never taken for the other.
const CONTENT_SEED: u64 = 1;

/// The same for rows of which the text alone does not tell the cells apart.
const CELLS_SEED: u64 = 2;

/// Maps rows by a plan.
pub struct ItemMapper<'p> {
    plan: &'p Plan<'p>,
    store: &'p ChunkStore,
    /// By mapping.
    memos: Vec<Memo>,
    constants: Vec<(usize, Result<Reading, Reason>)>,
    chunk: ChunkBuilder<'p>,
    draft: Draft,
    scratch: String,
}

/// The values of one row while it is read.
#[derive(Default)]
struct Draft {
    /// By field.
    values: Vec<Value>,
    /// The texts that values point into.
    texts: String,
    /// The split field, and its code in each item.
    items: Option<(usize, Arc<[i16]>)>,
    /// Positions of mappings, with what they gave.
    events: Vec<(usize, Moment)>,
    faults: Vec<Fault>,
}

impl Draft {
    /// Forgets the row before.
    fn begin(&mut self, used: &[usize]) {
        for position in used {
            self.values[*position] = Value::Null;
        }
        self.texts.clear();
        self.items = None;
        self.events.clear();
        self.faults.clear();
    }

    fn set_text(&mut self, position: usize, text: &str) {
        let begin = self.texts.len();
        self.texts.push_str(text);
        self.values[position] = Value::Text(begin, self.texts.len());
    }

    /// Gives the field what was read for it.
    fn set(&mut self, plan: &Plan<'_>, position: usize, reading: &Reading) {
        match reading {
            Reading::Value(value) => self.values[position] = value.clone(),
            Reading::Text(text) => self.set_text(position, text),
            Reading::Instruments(first, rest) => {
                self.values[position] = Value::Code(*first);
                if let Some(secondary) = plan.secondary_instruments {
                    self.values[secondary] = Value::Codes(rest.clone());
                }
            }
            Reading::Items(codes) => {
                self.values[position] = Value::Code(codes[0]);
                self.items = Some((position, codes.clone()));
            }
            Reading::Nothing | Reading::Event(_) | Reading::Fault(..) => {}
        }
    }

    fn item_count(&self) -> usize {
        self.items.as_ref().map_or(1, |(_, codes)| codes.len())
    }

    /// Makes the values those of one of the row's items.
    fn turn_to(&mut self, item: usize, plan: &Plan<'_>) {
        if let Some((position, codes)) = &self.items {
            self.values[*position] = Value::Code(codes[item]);
            if let Some(number) = plan.item {
                self.values[number] = Value::Integer(item as i64 + 1);
            }
        }
    }

    fn has_fault_in(&self, field: &str) -> bool {
        self.faults.iter().any(|fault| fault.field.as_deref() == Some(field))
    }
}

impl<'p> ItemMapper<'p> {
    /// A mapper with its own memory of what texts were read as; items go to the store.
    pub fn new(plan: &'p Plan<'p>, store: &'p ChunkStore) -> Self {
        let constants = plan.definition.constants.iter();
        ItemMapper {
            plan,
            store,
            memos: plan.mappings.iter().map(|_| Memo::default()).collect(),
            constants: constants
                .map(|(position, text)| (*position, read_written(plan, *position, text)))
                .collect(),
            chunk: ChunkBuilder::new(plan),
            draft: Draft {
                values: vec![Value::Null; plan.fields.len()],
                ..Draft::default()
            },
            scratch: String::new(),
        }
    }

    fn read_row(&mut self, row: &Row<'_>, draft: &mut Draft) {
        draft.begin(&self.plan.used);
        for (position, reading) in &self.constants {
            match reading {
                Ok(reading) => draft.set(self.plan, *position, reading),
                Err(reason) => {
                    let field = self.plan.fields[*position].name;
                    draft.faults.push(field_fault(self.plan, row.number, field, *reason));
                }
            }
        }
        for (index, memo) in self.memos.iter_mut().enumerate() {
            read_mapped(self.plan, index, memo, row, draft);
        }
        if let Some(position) = self.plan.numbered {
            draft.set_text(position, &row.number.to_string());
        }
        if let Some(position) = self.plan.item
            && draft.values[position] == Value::Null
            && !self.plan.item_is_mapped
        {
            draft.values[position] = Value::Integer(1);
        }
    }

    /// The key: the reference (or case) and, where a column gives it, the item.
    fn key(&mut self, draft: &Draft) -> Option<u128> {
        let Value::Text(begin, end) = draft.values[self.plan.key] else {
            return None;
        };
        let reference = &draft.texts[begin..end];
        let item = self.plan.item.filter(|_| self.plan.item_is_mapped);
        match item.map(|position| &draft.values[position]) {
            None => Some(xxh3_128(reference.as_bytes())),
            Some(Value::Integer(item)) => {
                self.scratch.clear();
                write!(self.scratch, "{reference}\u{1f}{item}").expect("a text takes every number");
                Some(xxh3_128(self.scratch.as_bytes()))
            }
            Some(_) => None,
        }
    }

    /// Fingerprint of all cells.
    fn content_of(&mut self, row: &Row<'_>) -> u128 {
        let number_rows = self.plan.definition.number_rows;
        if let Cells::Texts(texts) = row.cells
            && texts.unambiguous
            && !number_rows
        {
            return xxh3_128_with_seed(texts.text.as_bytes(), CONTENT_SEED);
        }
        self.scratch.clear();
        for cell in row.cells.iter() {
            self.scratch.push_str(&cell.text());
            if cell == Cell::Inexact {
                // What the file says is not known, so the row is no repeat of another.
                self.scratch.push_str(&row.number.to_string());
            }
            self.scratch.push('\u{1f}');
        }
        if number_rows {
            // The key is the row's number: rows that say the same are different records.
            self.scratch.push_str(&row.number.to_string());
        }
        xxh3_128_with_seed(self.scratch.as_bytes(), CELLS_SEED)
    }

    /// Applies the corrections that match; whether one of them excludes the row.
    fn correct(&mut self, row: &Row<'_>, draft: &mut Draft) -> bool {
        let mut excluded = false;
        for (index, correction) in self.plan.corrections.iter().enumerate() {
            if !fits(self.plan, row, &correction.matched) {
                continue;
            }
            self.chunk.matches[index] += 1;
            let broken = broken_guard(self.plan, row, correction);
            let unusable = match correction.action {
                Action::Exclude => {
                    excluded = true;
                    draft.faults.push(row_fault(row.number, Reason::Excluded));
                    None
                }
                Action::Set => replace(self.plan, row, correction, draft).err(),
            };
            if let Some(problem) = broken.or(unusable) {
                let matched = correction.description.clone();
                self.chunk
                    .refusal
                    .get_or_insert(FileFault::Correction { matched, problem });
            }
        }
        excluded
    }

    /// Checks the items and keeps them if the row has no fault; how many were kept.
    fn keep(&mut self, row: &Row<'_>, draft: &mut Draft) -> usize {
        for item in 0..draft.item_count() {
            draft.turn_to(item, self.plan);
            for (field, reason) in self.plan.rules.check(self.plan.codelists, &draft.values) {
                if !draft.has_fault_in(field) {
                    draft.faults.push(field_fault(self.plan, row.number, field, reason));
                }
            }
        }
        if !draft.faults.is_empty() {
            self.chunk.push_faults(draft.faults.drain(..));
            return 0;
        }
        for item in 0..draft.item_count() {
            draft.turn_to(item, self.plan);
            self.chunk.push_item(&draft.values, &draft.texts, &draft.events);
        }
        draft.item_count()
    }
}

impl RowMapper for ItemMapper<'_> {
    type Chunk = MappedChunk;

    fn row(&mut self, row: &Row<'_>) {
        let content = self.content_of(row);
        let print = match row.fault {
            Some(reason) => {
                self.chunk.push_faults([row_fault(row.number, reason)]);
                RowPrint::new(None, content, 0, false)
            }
            None => {
                let mut draft = std::mem::take(&mut self.draft);
                self.read_row(row, &mut draft);
                let excluded = self.correct(row, &mut draft);
                let key = self.key(&draft);
                let items = self.keep(row, &mut draft);
                self.draft = draft;
                RowPrint::new(key, content, items, excluded)
            }
        };
        self.chunk.end_row(row.number, print);
    }

    fn finish_chunk(&mut self) -> MappedChunk {
        self.chunk.finish(self.store)
    }
}

/// Reads the cell of one mapping into the draft.
fn read_mapped(plan: &Plan<'_>, index: usize, memo: &mut Memo, row: &Row<'_>, draft: &mut Draft) {
    let placed = &plan.mappings[index];
    match (row.cells.text(placed.cell), placed.kind, &placed.mapping.target) {
        (Some(text), FieldKind::Text, Target::Field(position)) if placed.is_plain(text, plan.definition) => {
            draft.set_text(*position, text.trim());
        }
        (Some(text), kind, _) if kind != FieldKind::Text => {
            let reading = memo.reading(text, || read_cell(plan, placed, &Cell::Text(Cow::Borrowed(text))));
            take(plan, index, reading, row, draft);
        }
        _ => {
            let cell = row.cells.get(placed.cell);
            match spelling(placed.kind, &cell) {
                Some(text) => take(
                    plan,
                    index,
                    memo.reading(&text, || read_cell(plan, placed, &cell)),
                    row,
                    draft,
                ),
                None => take(plan, index, &read_cell(plan, placed, &cell), row, draft),
            }
        }
    }
}

/// The text on which alone it depends what a coded cell without text is read as.
fn spelling<'c>(kind: FieldKind, cell: &'c Cell<'_>) -> Option<Cow<'c, str>> {
    let coded = matches!(kind, FieldKind::Code(_) | FieldKind::CodeList(_));
    let simple = matches!(cell, Cell::Number(_) | Cell::Moment(_) | Cell::Boolean(_));
    (coded && simple).then(|| cell.text())
}

/// Puts into the draft what the cell of one mapping was read as.
fn take(plan: &Plan<'_>, index: usize, reading: &Reading, row: &Row<'_>, draft: &mut Draft) {
    let placed = &plan.mappings[index];
    match (reading, &placed.mapping.target) {
        (Reading::Fault(fault, value), _) => draft.faults.push(Fault {
            export_row: row.number,
            column: Some(placed.header.to_owned()),
            field: Some(placed.target_name.to_owned()),
            reason: fault.reason,
            value: value.clone(),
            suggestion: fault.suggestion.clone(),
        }),
        (Reading::Event(moment), _) => draft.events.push((index, *moment)),
        (reading, Target::Field(position)) => draft.set(plan, *position, reading),
        (_, Target::Event(_)) => {}
    }
}

/// Sets the corrected fields, or says which of them can't be used.
fn replace(plan: &Plan<'_>, row: &Row<'_>, correction: &Correction, draft: &mut Draft) -> Result<(), String> {
    for (position, text) in &correction.set {
        let field = &plan.fields[*position];
        let reading = read_written(plan, *position, text).map_err(|reason| {
            format!(
                "row {}: `set` gives `{text}` for `{}`: {}",
                row.number,
                field.name,
                reason.meaning()
            )
        })?;
        draft.faults.retain(|fault| fault.field.as_deref() != Some(field.name));
        if draft.items.as_ref().is_some_and(|(split, _)| split == position) {
            draft.items = None;
        }
        if field.name == "instrument"
            && let Some(secondary) = plan.secondary_instruments
        {
            draft.values[secondary] = Value::Null;
        }
        draft.set(plan, *position, &reading);
    }
    Ok(())
}

fn row_fault(number: u64, reason: Reason) -> Fault {
    Fault {
        export_row: number,
        column: None,
        field: None,
        reason,
        value: None,
        suggestion: None,
    }
}

fn field_fault(plan: &Plan<'_>, number: u64, field: &str, reason: Reason) -> Fault {
    let placed = plan.mappings.iter().find(|placed| placed.target_name == field);
    Fault {
        column: placed.map(|placed: &PlacedMapping<'_>| placed.header.to_owned()),
        field: Some(field.to_owned()),
        ..row_fault(number, reason)
    }
}

/// Whether the trimmed cells of these fields are these texts.
fn fits(plan: &Plan<'_>, row: &Row<'_>, wanted: &[(usize, String)]) -> bool {
    wanted
        .iter()
        .all(|(position, text)| field_is(plan, row, *position, text))
}

fn field_is(plan: &Plan<'_>, row: &Row<'_>, position: usize, text: &str) -> bool {
    let placed = plan.column_of(position);
    placed.is_some_and(|placed| row.cells.get(placed.cell).text().trim() == text)
}

/// What is no longer as the correction expects it.
fn broken_guard(plan: &Plan<'_>, row: &Row<'_>, correction: &Correction) -> Option<String> {
    let mut expected = correction.expected.iter();
    let broken = expected.find(|(position, text)| !field_is(plan, row, *position, text));
    broken.map(|(position, expected)| {
        format!(
            "row {}: `{}` is no longer \"{expected}\"",
            row.number, plan.fields[*position].name
        )
    })
}
