//! A stretch of an export after mapping: what its rows became, until it is known which of them count.
//!
//! Input: rows, items and faults, in the order of the file. Output: a [`MappedChunk`]. Items and events, which take the most room, are batches in the
//! [`ChunkStore`]; each of their rows knows the position of its row of the export in the chunk.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, UInt32Array};
use arrow::datatypes::{Field as ArrowField, Schema};
use arrow::error::ArrowError;

use crate::domain::date_pattern::Moment;
use crate::normalise::chunk_store::{ChunkStore, StoredBatch};
use crate::normalise::columns::{Column, Value};
use crate::normalise::events::EventColumns;
use crate::normalise::fault::{Fault, FileFault};
use crate::normalise::plan::Plan;
use crate::normalise::resolve::{RowPrint, RowPrints};

/// The column with the position of the item's or event's row in the chunk.
pub const ROW: &str = "row";

/// The numbers of a chunk's rows as seen in the file.
#[derive(Debug, Default)]
pub struct RowNumbers {
    first: u64,
    offsets: Vec<u32>,
}

impl RowNumbers {
    /// The number of rows.
    pub fn len(&self) -> usize {
        self.offsets.len()
    }

    /// The number of the row at this position.
    pub fn get(&self, position: usize) -> u64 {
        self.first + u64::from(self.offsets[position])
    }

    fn push(&mut self, number: u64) {
        if self.offsets.is_empty() {
            self.first = number;
        }
        // Rows come in the order of the file, and no stretch of a file has four thousand million lines.
        self.offsets.push((number - self.first) as u32);
    }
}

/// What a stretch of an export became.
#[derive(Debug, Default)]
pub struct MappedChunk {
    pub numbers: RowNumbers,
    pub prints: RowPrints,
    /// Values of the items of faultless rows, by name of the field.
    pub items: StoredBatch,
    pub events: StoredBatch,
    /// Faults with the position of their row in the chunk.
    pub faults: Vec<(usize, Fault)>,
    /// For each correction, how often it matched.
    pub matches: Vec<u64>,
    /// Why the file is refused: a correction whose guard failed, or values that can't be stored.
    pub refusal: Option<FileFault>,
}

/// Collects a chunk.
pub struct ChunkBuilder<'p> {
    plan: &'p Plan<'p>,
    /// By used field.
    columns: Vec<Column>,
    item_rows: Vec<u32>,
    events: EventColumns<'p>,
    numbers: RowNumbers,
    prints: Vec<RowPrint>,
    faults: Vec<(usize, Fault)>,
    pub matches: Vec<u64>,
    pub refusal: Option<FileFault>,
}

impl<'p> ChunkBuilder<'p> {
    /// An empty chunk.
    pub fn new(plan: &'p Plan<'p>) -> Self {
        let column = |position: &usize| {
            let kind = plan.fields[*position].kind;
            Column::new(kind, |codelist| plan.codelists.codes(codelist))
        };
        ChunkBuilder {
            plan,
            columns: plan.used.iter().map(column).collect(),
            item_rows: Vec::new(),
            events: EventColumns::new(plan),
            numbers: RowNumbers::default(),
            prints: Vec::new(),
            faults: Vec::new(),
            matches: vec![0; plan.corrections.len()],
            refusal: None,
        }
    }

    /// Keeps an item of the row that is being mapped, with its events.
    pub fn push_item(&mut self, values: &[Value], texts: &str, events: &[(usize, Moment)]) {
        for (column, position) in self.columns.iter_mut().zip(&self.plan.used) {
            column.push(&values[*position], texts);
        }
        let row = self.numbers.len() as u32;
        self.item_rows.push(row);
        for (mapping, moment) in events {
            self.events.push(row, values, texts, *mapping, moment);
        }
    }

    /// Keeps the faults of the row that is being mapped.
    pub fn push_faults(&mut self, faults: impl IntoIterator<Item = Fault>) {
        let position = self.numbers.len();
        self.faults.extend(faults.into_iter().map(|fault| (position, fault)));
    }

    /// Ends the row that is being mapped.
    pub fn end_row(&mut self, number: u64, print: RowPrint) {
        self.numbers.push(number);
        self.prints.push(print);
    }

    /// The chunk so far; the next one begins.
    pub fn finish(&mut self, store: &ChunkStore) -> MappedChunk {
        let items = self
            .items()
            .map_err(FileFault::from)
            .and_then(|items| store.keep(items));
        let events = self
            .events
            .finish()
            .map_err(FileFault::from)
            .and_then(|events| store.keep(events));
        let mut refusal = self.refusal.take();
        let mut kept = |stored: Result<StoredBatch, FileFault>| {
            stored.unwrap_or_else(|fault| {
                refusal.get_or_insert(fault);
                StoredBatch::default()
            })
        };
        let (items, events) = (kept(items), kept(events));
        let prints = RowPrints::new(&self.prints);
        self.prints.clear();
        MappedChunk {
            numbers: std::mem::take(&mut self.numbers),
            prints,
            items,
            events,
            faults: std::mem::take(&mut self.faults),
            matches: std::mem::replace(&mut self.matches, vec![0; self.plan.corrections.len()]),
            refusal,
        }
    }

    fn items(&mut self) -> Result<RecordBatch, ArrowError> {
        let names = self.plan.used.iter().map(|position| self.plan.fields[*position].name);
        let arrays = self.columns.iter_mut().map(Column::finish);
        let mut columns: Vec<(&str, ArrayRef)> = names.zip(arrays).collect();
        columns.push((ROW, Arc::new(UInt32Array::from(std::mem::take(&mut self.item_rows)))));
        batch(columns)
    }
}

/// A batch of named columns, any of which may be without values.
pub fn batch(columns: Vec<(&str, ArrayRef)>) -> Result<RecordBatch, ArrowError> {
    let field = |(name, array): &(&str, ArrayRef)| ArrowField::new(*name, array.data_type().clone(), true);
    let schema = Schema::new(columns.iter().map(field).collect::<Vec<_>>());
    RecordBatch::try_new(Arc::new(schema), columns.into_iter().map(|(_, array)| array).collect())
}
