//! Rows mapped to items: every mapped cell is read, items are split, rules between fields are checked.
//!
//! Input: rows in the order of the file. Output: [`MappedChunk`]s with the values of faultless rows, the faults of the others, and for each row
//! what deciding between repeats needs: fingerprints of its key and of its whole content. Which row counts is decided elsewhere.

use std::borrow::Cow;

use xxhash_rust::xxh3::xxh3_128;

use crate::domain::dataset::FieldKind;
use crate::domain::date_pattern::{DatePattern, Moment, MonthNames, Precision, read_date};
use crate::domain::source::Target;
use crate::normalise::cell::{Cell, Row, RowMapper};
use crate::normalise::checks::check_item;
use crate::normalise::columns::{Column, Value};
use crate::normalise::corrections::{Action, Correction};
use crate::normalise::fault::{Fault, FileFault, Reason};
use crate::normalise::plan::{PlacedMapping, Plan, may_lie_ahead};
use crate::normalise::reading::{
    CellFault, CodeMemo, cell_text, implausible, pieces, read_code, read_moment, read_plain,
};

/// What deciding between repeats needs to know of a row.
#[derive(Clone, Copy, Debug)]
pub struct MappedRow {
    pub number: u64,
    /// Fingerprint of the key; nothing if the key could not be read.
    pub key: Option<u128>,
    /// Fingerprint of all cells.
    pub content: u128,
    /// Number of items; 0 for a row with a fault.
    pub items: u32,
    /// A correction takes the row out.
    pub excluded: bool,
}

/// The events of the chunk's items.
#[derive(Debug, Default)]
pub struct EventColumns {
    pub reference: Vec<Option<String>>,
    pub item: Vec<Option<i64>>,
    pub event: Vec<String>,
    pub at: Vec<Moment>,
    /// Position of the item's row in the chunk.
    pub row: Vec<usize>,
}

/// What a stretch of an export became.
#[derive(Debug)]
pub struct MappedChunk {
    pub rows: Vec<MappedRow>,
    /// Values of the items of faultless rows, by field.
    pub columns: Vec<Column>,
    /// Position in the chunk of each item's row.
    pub item_rows: Vec<usize>,
    pub events: EventColumns,
    /// Faults with the position of their row in the chunk.
    pub faults: Vec<(usize, Fault)>,
    /// For each correction, how often it matched.
    pub matches: Vec<u64>,
    /// A correction whose guard failed.
    pub refusal: Option<FileFault>,
}

/// Maps rows by a plan.
pub struct ItemMapper<'p> {
    plan: &'p Plan<'p>,
    memos: Vec<CodeMemo>,
    /// Field position, and the value or what is wrong with it.
    constants: Vec<(usize, Result<Value, Reason>)>,
    chunk: MappedChunk,
    content: String,
}

/// The values of one row while it is read.
struct Draft {
    values: Vec<Value>,
    /// Values of the split field, one for each item.
    split: Option<(usize, Vec<Value>)>,
    events: Vec<(String, Moment)>,
    faults: Vec<Fault>,
}

impl<'p> ItemMapper<'p> {
    /// A mapper with its own memory of codes.
    pub fn new(plan: &'p Plan<'p>) -> Self {
        let memos = plan.mappings.iter().map(|_| CodeMemo::new()).collect();
        ItemMapper {
            plan,
            memos,
            constants: constants(plan),
            chunk: empty_chunk(plan),
            content: String::new(),
        }
    }

    fn read_row(&mut self, row: &Row<'_>) -> Draft {
        let mut draft = Draft {
            values: vec![Value::Null; self.plan.fields.len()],
            split: None,
            events: Vec::new(),
            faults: Vec::new(),
        };
        for (position, value) in &self.constants {
            match value {
                Ok(value) => draft.values[*position] = value.clone(),
                Err(reason) => {
                    draft
                        .faults
                        .push(self.field_fault(row.number, self.plan.fields[*position].name, *reason))
                }
            }
        }
        for index in 0..self.plan.mappings.len() {
            self.read_cell(index, row, &mut draft);
        }
        if self.plan.definition.number_rows
            && let Some(position) = self.plan.position("reference")
        {
            draft.values[position] = Value::Text(row.number.to_string());
        }
        if let Some(position) = self.plan.position("item")
            && draft.values[position] == Value::Null
            && self.plan.column_of(position).is_none()
        {
            draft.values[position] = Value::Integer(1);
        }
        draft
    }

    fn read_cell(&mut self, index: usize, row: &Row<'_>, draft: &mut Draft) {
        let placed = &self.plan.mappings[index];
        let cell = &row.cells[placed.cell];
        let text = match cell_text(cell, &self.plan.definition.format.null_values) {
            Ok(text) => text,
            Err(fault) => return draft.faults.push(located(row.number, placed, fault, None)),
        };
        let (default, text) = match (&placed.mapping.default, text) {
            (_, Some(text)) => (None, text),
            (Some(default), None) => (
                Some(Cell::Text(Cow::Borrowed(default.as_str()))),
                Cow::Borrowed(default.as_str()),
            ),
            (None, None) => return,
        };
        let cell = default.as_ref().unwrap_or(cell);
        let read = match placed.kind {
            FieldKind::Date => self.read_date_cell(placed, cell, &text, draft),
            FieldKind::Code(_) | FieldKind::CodeList(_) => self.read_code_cell(index, cell, &text, draft),
            kind => read_plain(kind, cell, &text, placed.mapping).map(|value| self.set(placed, value, draft)),
        };
        if let Err(fault) = read {
            let value = matches!(
                placed.kind,
                FieldKind::Date | FieldKind::Code(_) | FieldKind::CodeList(_)
            );
            draft
                .faults
                .push(located(row.number, placed, fault, value.then(|| text.into_owned())));
        }
    }

    fn set(&self, placed: &PlacedMapping<'_>, value: Value, draft: &mut Draft) {
        if let Target::Field(position) = placed.mapping.target {
            draft.values[position] = value;
        }
    }

    fn read_date_cell(
        &self,
        placed: &PlacedMapping<'_>,
        cell: &Cell<'_>,
        text: &str,
        draft: &mut Draft,
    ) -> Result<(), CellFault> {
        let Some(moment) = read_moment(cell, text, placed.mapping, self.plan.codelists, self.plan.day_offset)? else {
            return Ok(());
        };
        let event = matches!(placed.mapping.target, Target::Event(_));
        let ahead = event || may_lie_ahead(self.plan.definition.data_set, placed.target_name);
        if let Some(reason) = implausible(moment.date, self.plan.exported_on, ahead) {
            return Err(reason.into());
        }
        match &placed.mapping.target {
            Target::Field(position) => draft.values[*position] = Value::Date(moment.date),
            Target::Event(event) => draft.events.push((event.clone(), moment)),
        }
        Ok(())
    }

    fn read_code_cell(
        &mut self,
        index: usize,
        cell: &Cell<'_>,
        text: &str,
        draft: &mut Draft,
    ) -> Result<(), CellFault> {
        let placed = &self.plan.mappings[index];
        let (FieldKind::Code(name) | FieldKind::CodeList(name)) = placed.kind else {
            return Ok(());
        };
        let Some(codelist) = self.plan.codelists.codelist(name) else {
            return Ok(());
        };
        let Target::Field(position) = placed.mapping.target else {
            return Ok(());
        };
        let mut codes = Vec::new();
        for piece in pieces(cell, text, placed.mapping, &self.plan.definition.format.null_values) {
            if let Some(code) = read_code(&piece, placed.mapping, codelist, &mut self.memos[index])? {
                let repeated = codes.contains(&code);
                if repeated && matches!(placed.kind, FieldKind::Code(_)) {
                    return Err(Reason::RepeatedValue.into());
                }
                if repeated {
                    continue;
                }
                codes.push(code);
            }
        }
        place_codes(self.plan, placed, position, codes, draft)
    }

    /// The key: the reference (or case) and, where a column gives it, the item.
    fn key(&self, draft: &Draft) -> Option<u128> {
        let name = self.plan.definition.data_set.key_name();
        let Value::Text(reference) = &draft.values[self.plan.position(name)?] else {
            return None;
        };
        let mapped_item = self
            .plan
            .position("item")
            .filter(|position| self.plan.column_of(*position).is_some());
        match mapped_item.map(|position| &draft.values[position]) {
            None => Some(xxh3_128(reference.as_bytes())),
            Some(Value::Integer(item)) => Some(xxh3_128(format!("{reference}\u{1f}{item}").as_bytes())),
            Some(_) => None,
        }
    }

    fn content_of(&mut self, row: &Row<'_>) -> u128 {
        self.content.clear();
        for cell in row.cells {
            self.content.push_str(&cell.text());
            if *cell == Cell::Inexact {
                // What the file says is not known, so the row is no repeat of another.
                self.content.push_str(&row.number.to_string());
            }
            self.content.push('\u{1f}');
        }
        if self.plan.definition.number_rows {
            // The key is the row's number: rows that say the same are different records.
            self.content.push_str(&row.number.to_string());
        }
        xxh3_128(self.content.as_bytes())
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
                Action::Set => self.replace(row, correction, draft).err(),
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

    /// Sets the corrected fields, or says which of them can't be used.
    fn replace(&self, row: &Row<'_>, correction: &Correction, draft: &mut Draft) -> Result<(), String> {
        for (position, text) in &correction.set {
            let field = &self.plan.fields[*position];
            let value = corrected_value(self.plan, *position, text).map_err(|reason| {
                format!(
                    "row {}: `set` gives `{text}` for `{}`: {}",
                    row.number,
                    field.name,
                    reason.meaning()
                )
            })?;
            draft.faults.retain(|fault| fault.field.as_deref() != Some(field.name));
            if draft.split.as_ref().is_some_and(|(split, _)| split == position) {
                draft.split = None;
            }
            if field.name == "instrument"
                && let Some(secondary) = self.plan.position("instruments_secondary")
            {
                draft.values[secondary] = Value::Null;
            }
            draft.values[*position] = value;
        }
        Ok(())
    }

    /// Checks the items and keeps them if the row has no fault.
    fn keep(&mut self, row: &Row<'_>, mut draft: Draft) -> u32 {
        let items = items(self.plan, &mut draft);
        for values in &items {
            for (field, reason) in check_item(self.plan, values) {
                let known = draft.faults.iter().any(|fault| fault.field.as_deref() == Some(field));
                if !known {
                    draft.faults.push(self.field_fault(row.number, field, reason));
                }
            }
        }
        if !draft.faults.is_empty() {
            self.keep_faults(draft.faults);
            return 0;
        }
        let count = items.len() as u32;
        for values in items {
            self.keep_events(&values, &draft.events);
            for (column, value) in self.chunk.columns.iter_mut().zip(values) {
                column.push(value);
            }
            self.chunk.item_rows.push(self.chunk.rows.len());
        }
        count
    }

    /// Keeps the faults of the row that is being mapped, which will stand at the end of the chunk's rows.
    fn keep_faults(&mut self, faults: Vec<Fault>) {
        let position = self.chunk.rows.len();
        self.chunk
            .faults
            .extend(faults.into_iter().map(|fault| (position, fault)));
    }

    fn keep_events(&mut self, values: &[Value], events: &[(String, Moment)]) {
        let text = |name: &str| match self.plan.position(name).map(|position| &values[position]) {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        };
        let item = match self.plan.position("item").map(|position| &values[position]) {
            Some(Value::Integer(item)) => Some(*item),
            _ => None,
        };
        for (event, moment) in events {
            self.chunk.events.reference.push(text("reference"));
            self.chunk.events.item.push(item);
            self.chunk.events.event.push(event.clone());
            self.chunk.events.at.push(*moment);
            self.chunk.events.row.push(self.chunk.rows.len());
        }
    }

    fn field_fault(&self, number: u64, field: &str, reason: Reason) -> Fault {
        let placed = self.plan.mappings.iter().find(|placed| placed.target_name == field);
        let column = placed.map(|placed| placed.header.to_owned());
        Fault {
            column,
            field: Some(field.to_owned()),
            ..row_fault(number, reason)
        }
    }
}

impl RowMapper for ItemMapper<'_> {
    type Chunk = MappedChunk;

    fn row(&mut self, row: &Row<'_>) {
        let content = self.content_of(row);
        let (key, items, excluded) = match row.fault {
            Some(reason) => {
                self.keep_faults(vec![row_fault(row.number, reason)]);
                (None, 0, false)
            }
            None => {
                let mut draft = self.read_row(row);
                let excluded = self.correct(row, &mut draft);
                (self.key(&draft), self.keep(row, draft), excluded)
            }
        };
        self.chunk.rows.push(MappedRow {
            number: row.number,
            key,
            content,
            items,
            excluded,
        });
    }

    fn finish_chunk(&mut self) -> MappedChunk {
        std::mem::replace(&mut self.chunk, empty_chunk(self.plan))
    }
}

fn empty_chunk(plan: &Plan<'_>) -> MappedChunk {
    let column = |field: &crate::domain::dataset::Field| Column::new(field.kind, |name| plan.codelists.codes(name));
    MappedChunk {
        rows: Vec::new(),
        columns: plan.fields.iter().map(column).collect(),
        item_rows: Vec::new(),
        events: EventColumns::default(),
        faults: Vec::new(),
        matches: vec![0; plan.corrections.len()],
        refusal: None,
    }
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

fn located(number: u64, placed: &PlacedMapping<'_>, fault: CellFault, value: Option<String>) -> Fault {
    Fault {
        export_row: number,
        column: Some(placed.header.to_owned()),
        field: Some(placed.target_name.to_owned()),
        reason: fault.reason,
        value,
        suggestion: fault.suggestion,
    }
}

/// Puts the codes of one cell where they belong: one value, a list, several items, or a primary and secondary instruments.
fn place_codes(
    plan: &Plan<'_>,
    placed: &PlacedMapping<'_>,
    position: usize,
    codes: Vec<i16>,
    draft: &mut Draft,
) -> Result<(), CellFault> {
    if matches!(placed.kind, FieldKind::CodeList(_)) {
        draft.values[position] = if codes.is_empty() {
            Value::Null
        } else {
            Value::Codes(codes)
        };
        return Ok(());
    }
    let Some((first, rest)) = codes.split_first() else {
        return Ok(());
    };
    draft.values[position] = Value::Code(*first);
    if rest.is_empty() {
        return Ok(());
    }
    match (placed.mapping.split.is_some(), plan.position("instruments_secondary")) {
        (false, _) => Err(Reason::SeveralValues.into()),
        (true, Some(secondary)) if placed.target_name == "instrument" => {
            draft.values[secondary] = Value::Codes(rest.to_vec());
            Ok(())
        }
        (true, _) => {
            draft.split = Some((position, codes.into_iter().map(Value::Code).collect()));
            Ok(())
        }
    }
}

/// The items of a row: one, or one for each value of the split field.
fn items(plan: &Plan<'_>, draft: &mut Draft) -> Vec<Vec<Value>> {
    let values = std::mem::take(&mut draft.values);
    let Some((position, split)) = draft.split.take() else {
        return vec![values];
    };
    let number = plan.position("item");
    let item = |(index, value): (i64, Value)| {
        let mut values = values.clone();
        values[position] = value;
        if let Some(number) = number {
            values[number] = Value::Integer(index);
        }
        values
    };
    (1..).zip(split).map(item).collect()
}

fn constants(plan: &Plan<'_>) -> Vec<(usize, Result<Value, Reason>)> {
    let constants = plan.definition.constants.iter();
    constants
        .map(|(position, text)| (*position, corrected_value(plan, *position, text)))
        .collect()
}

/// A value that people wrote in its normal form: dates as ISO 8601, codes as codes or known spellings.
fn corrected_value(plan: &Plan<'_>, position: usize, text: &str) -> Result<Value, Reason> {
    if text.is_empty() {
        return Ok(Value::Null);
    }
    let mapping = plain_mapping(position);
    match plan.fields[position].kind {
        FieldKind::Date => {
            let pattern = DatePattern::new("yyyy-mm-dd").map_err(|_| Reason::InvalidDate)?;
            let moment = read_date(text, &[pattern], &MonthNames::new()).map_err(|_| Reason::InvalidDate)?;
            match implausible(
                moment.date,
                plan.exported_on,
                may_lie_ahead(plan.definition.data_set, plan.fields[position].name),
            ) {
                Some(reason) => Err(reason),
                None => Ok(Value::Date(moment.date)),
            }
        }
        FieldKind::Code(name) => {
            let codelist = plan.codelists.codelist(name).ok_or(Reason::UnknownCode)?;
            let code = read_code(text, &mapping, codelist, &mut CodeMemo::new()).map_err(|fault| fault.reason)?;
            Ok(code.map_or(Value::Null, Value::Code))
        }
        FieldKind::CodeList(name) => {
            let codelist = plan.codelists.codelist(name).ok_or(Reason::UnknownCode)?;
            let code = read_code(text, &mapping, codelist, &mut CodeMemo::new()).map_err(|fault| fault.reason)?;
            Ok(code.map_or(Value::Null, |code| Value::Codes(vec![code])))
        }
        kind => read_plain(kind, &Cell::Empty, text, &mapping).map_err(|fault| fault.reason),
    }
}

fn plain_mapping(position: usize) -> crate::domain::source::Mapping {
    crate::domain::source::Mapping {
        target: Target::Field(position),
        dates: Vec::new(),
        values: std::collections::BTreeMap::new(),
        spellings: std::collections::BTreeMap::new(),
        split: None,
        default: None,
    }
}

/// Whether the trimmed cells of these fields are these texts.
fn fits(plan: &Plan<'_>, row: &Row<'_>, wanted: &[(usize, String)]) -> bool {
    wanted
        .iter()
        .all(|(position, text)| field_text(plan, row, *position).is_some_and(|found| found == *text))
}

fn field_text<'r>(plan: &Plan<'_>, row: &'r Row<'_>, position: usize) -> Option<Cow<'r, str>> {
    let placed = plan.column_of(position)?;
    let text = row.cells[placed.cell].text();
    Some(Cow::Owned(text.trim().to_owned()))
}

/// What is no longer as the correction expects it.
fn broken_guard(plan: &Plan<'_>, row: &Row<'_>, correction: &Correction) -> Option<String> {
    let broken = correction
        .expected
        .iter()
        .find(|(position, text)| field_text(plan, row, *position).is_none_or(|found| found != *text));
    broken.map(|(position, expected)| {
        format!(
            "row {}: `{}` is no longer \"{expected}\"",
            row.number, plan.fields[*position].name
        )
    })
}

/// A moment as ISO 8601 text, with its offset from UTC where it is known, and its precision as a word.
pub fn moment_text(moment: &Moment) -> (String, &'static str) {
    let Some(at) = moment.time else {
        return (moment.date.to_string(), "day");
    };
    let offset = match at.offset {
        None => String::new(),
        Some(0) => "Z".to_owned(),
        Some(minutes) => {
            let sign = if minutes < 0 { '-' } else { '+' };
            format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
        }
    };
    match at.precision {
        Precision::Minute => (
            format!("{}T{:02}:{:02}{offset}", moment.date, at.time.hour(), at.time.minute()),
            "minute",
        ),
        Precision::Second => (format!("{}T{}{offset}", moment.date, at.time), "second"),
    }
}
