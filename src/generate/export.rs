//! The exports of one source: which records each of them shows, in which state, with which fault, and what becomes of the rows.
//!
//! Records of all blocks, and copies of other registers' records, come merged in the order of entry. A snapshot shows every record that
//! had been entered; an upsert export those that are new, were completed or transmitted since the one before, or are corrected.

use std::collections::VecDeque;
use std::path::Path;

use crate::domain::source::Mode;
use crate::generate::account::{ExportAccount, Fate};
use crate::generate::compile::Ingredients;
use crate::generate::day::Day;
use crate::generate::error::GenerateError;
use crate::generate::fault::{Fault, FaultPlan, Spoiled};
use crate::generate::pattern::TextPattern;
use crate::generate::random::{Random, name_key};
use crate::generate::record::{Record, Text, Value};
use crate::generate::register::{Noted, Register, SPOILING, WRITING};
use crate::generate::row::{Row, RowPlan};
use crate::generate::writer::{Target, Writer};

/// Writes every export of a source.
pub fn write_source(
    ingredients: &Ingredients,
    name: &str,
    rows: Option<u64>,
    folder: &Path,
) -> Result<Vec<ExportAccount>, GenerateError> {
    let source = Source::compile(ingredients, name, rows)?;
    let exports = 0..source.exports.len();
    exports
        .map(|export| source.write(ingredients, export, folder))
        .collect()
}

struct Source<'a> {
    name: &'a str,
    mode: Mode,
    register: Register,
    copies: Vec<Copied>,
    faults: FaultPlan,
    rows: RowPlan,
    /// Days of the exports, oldest first.
    exports: Vec<Day>,
}

/// Another register whose records this one holds copies of.
struct Copied {
    register: Register,
    noted: Noted,
    /// What is added to that register's pattern numbers.
    pattern_offset: u16,
}

/// Where a record comes from: its own block, or a block of a copied register.
#[derive(Clone, Copy, Debug)]
struct Cursor {
    copied: Option<usize>,
    block: usize,
    position: u64,
    day: Day,
}

/// A row of one export, ready to be written.
struct Appearance {
    record: Record,
    fault: Option<Fault>,
    spoiled: Spoiled,
}

/// A second row that is written some rows later.
struct Delayed {
    due: u64,
    record: Record,
    writing: Random,
}

impl<'a> Source<'a> {
    fn compile(ingredients: &Ingredients, name: &'a str, rows: Option<u64>) -> Result<Self, GenerateError> {
        let (definition, recipe) = ingredients.source(name)?;
        let register = ingredients.register(name, rows)?;
        let mut patterns = register.patterns.clone();
        let mut copies = Vec::new();
        for copied in &recipe.copies {
            let other = ingredients.register(&copied.source, None)?;
            let pattern_offset = patterns.len() as u16;
            patterns.extend(other.patterns.iter().cloned());
            let noted = other.noted.iter().find(|noted| noted.key == name_key(name)).copied();
            let problem = "`copies` needs a source with the field `central_reference`";
            let source_name = || name.to_owned();
            let noted = noted.ok_or_else(|| GenerateError::Source {
                source_name: source_name(),
                problem,
            })?;
            copies.push(Copied {
                register: other,
                noted,
                pattern_offset,
            });
        }
        let rows = row_plan(ingredients, name, &patterns)?;
        let mut exports: Vec<Day> = recipe.exports.iter().map(|export| Day::from(export.on)).collect();
        exports.sort_unstable();
        let faults = FaultPlan::new(name, definition, recipe)?;
        Ok(Source {
            name,
            mode: definition.mode,
            register,
            copies,
            faults,
            rows,
            exports,
        })
    }

    fn write(&self, ingredients: &Ingredients, export: usize, folder: &Path) -> Result<ExportAccount, GenerateError> {
        let (definition, recipe) = ingredients.source(self.name)?;
        let file = &recipe.exports[export].file;
        let path = folder.join(file);
        let exported_on = self.exports[export];
        let target = Target {
            path: path.clone(),
            definition,
            recipe,
            rows: &self.rows,
            exported_on,
        };
        let mut output = Output {
            source: self,
            writer: Writer::create(&target)?,
            row: Row::default(),
            delayed: VecDeque::new(),
            account: ExportAccount::new(self.name, file),
        };
        for cursor in self.cursors() {
            self.write_record(cursor, export, &mut output)?;
        }
        output.finish(&path)
    }

    fn write_record(&self, cursor: Cursor, export: usize, output: &mut Output) -> Result<(), GenerateError> {
        let Some(record) = self.record(cursor) else {
            return Ok(());
        };
        let Some(appearance) = self.appearance(cursor, &record, export) else {
            return Ok(());
        };
        if cursor.copied.is_some() {
            output.account.copies += 1;
        }
        let fate = self.fate(cursor, &record, export, &appearance);
        let (block, position) = self.stream_key(cursor);
        let writing = self.register.stream(WRITING, block, position);
        output.write(&appearance.record, &appearance.spoiled, writing.clone())?;
        output.account.add(fate.0);
        if let Some(second) = fate.1 {
            output.account.add(second);
            let mut record = appearance.record;
            if appearance.fault == Some(Fault::DuplicateKey) {
                let begin = self.rows.begin();
                let earlier = record
                    .day(Some(begin))
                    .map_or(Value::Missing, |day| Value::Day(day.plus(-1)));
                record.values[begin] = earlier;
            }
            let due = output.account.rows + self.register.stream(SPOILING, block, position).below(30);
            output.delayed.push_back(Delayed { due, record, writing });
        }
        output.write_delayed()
    }

    /// What becomes of the row, and of the second row where the fault makes one.
    fn fate(&self, cursor: Cursor, record: &Record, export: usize, appearance: &Appearance) -> (Fate, Option<Fate>) {
        let second_row = appearance.fault.filter(|fault| fault.is_second_row());
        let wrong = appearance.fault.filter(|fault| !fault.is_second_row());
        match self.mode {
            Mode::Snapshot if export + 1 < self.exports.len() => {
                (Fate::Superseded, second_row.map(|_| Fate::Superseded))
            }
            Mode::Snapshot => match (wrong, second_row) {
                (Some(fault), _) => (Fate::Quarantined(fault), None),
                (None, Some(Fault::DuplicateKey)) => (
                    Fate::Quarantined(Fault::DuplicateKey),
                    Some(Fate::Quarantined(Fault::DuplicateKey)),
                ),
                (None, second) => (Fate::Accepted, second.map(|_| Fate::Superseded)),
            },
            Mode::Upsert => {
                let last_sound = (0..self.exports.len()).rev().find(|other| {
                    let other = self.appearance(cursor, record, *other);
                    other.is_some_and(|other| other.fault.is_none_or(Fault::is_second_row))
                });
                let fate = match (last_sound, wrong) {
                    (Some(last), _) if export < last => Fate::Superseded,
                    (_, Some(fault)) => Fate::Quarantined(fault),
                    (_, None) => Fate::Accepted,
                };
                (fate, second_row.map(|_| Fate::Superseded))
            }
        }
    }

    /// The record as the export shows it, if it does.
    fn appearance(&self, cursor: Cursor, record: &Record, export: usize) -> Option<Appearance> {
        let register = self.origin(cursor);
        let on = self.exports[export];
        let mut seen = register.seen(record, on)?;
        let (block, position) = self.stream_key(cursor);
        let mut random = self.register.stream(SPOILING, block, position);
        let fault = self.faults.fault(&mut random);
        let corrected = random.happens(self.faults.corrected);
        let unrepaired = random.happens(self.faults.unrepaired);
        let mut first = true;
        if self.mode == Mode::Upsert {
            let before = export.checked_sub(1).map(|before| self.exports[before]);
            first = before.is_none_or(|before| record.entered > before);
            let last = export + 1 == self.exports.len();
            let shown = first || self.changed_between(record, before, on) || corrected && last;
            if !shown {
                return None;
            }
            if corrected && !last {
                self.put_wrong(&mut seen, on);
            }
        }
        let fault = fault.filter(|fault| first || (unrepaired && !fault.is_second_row()));
        let Some(fault) = fault else {
            return Some(Appearance {
                record: seen,
                fault: None,
                spoiled: Spoiled::default(),
            });
        };
        let sound = seen.clone();
        Some(
            match self.faults.spoil(fault, &mut seen, &register.parts, &mut random) {
                Some(spoiled) => Appearance {
                    record: seen,
                    fault: Some(fault),
                    spoiled,
                },
                None => Appearance {
                    record: sound,
                    fault: None,
                    spoiled: Spoiled::default(),
                },
            },
        )
    }

    fn changed_between(&self, record: &Record, before: Option<Day>, on: Day) -> bool {
        let parts = self.register.parts;
        let since = |day: Option<Day>| day.is_some_and(|day| before.is_none_or(|before| day > before) && day <= on);
        since(record.day(parts.end)) || since(record.day(parts.transmitted))
    }

    /// What a later export corrects: a completion noted some days late.
    fn put_wrong(&self, seen: &mut Record, on: Day) {
        if let Some(end) = seen.day(self.register.parts.end) {
            seen.set(self.register.parts.end, Value::Day(end.plus(4).min(on)));
        }
    }

    fn origin(&self, cursor: Cursor) -> &Register {
        cursor
            .copied
            .map_or(&self.register, |copied| &self.copies[copied].register)
    }

    /// Block and position in this source's random streams: copies come after the own blocks.
    fn stream_key(&self, cursor: Cursor) -> (usize, u64) {
        let block = cursor
            .copied
            .map_or(cursor.block, |copied| (copied + 1) * 1000 + cursor.block);
        (block, cursor.position)
    }

    fn record(&self, cursor: Cursor) -> Option<Record> {
        let mut record = self.origin(cursor).record(cursor.block, cursor.position);
        let Some(copied) = cursor.copied else {
            return Some(record);
        };
        let copied = &self.copies[copied];
        let number = copied
            .register
            .copy_number(copied.noted, cursor.block, cursor.position, record.entered)?;
        let parts = copied.register.parts;
        record.set(parts.central_reference, Value::Missing);
        record.values[parts.key] = Value::Text(number);
        for value in &mut record.values {
            if let Value::Text(text) = value {
                *text = Text {
                    pattern: text.pattern + copied.pattern_offset,
                    ..*text
                };
            }
        }
        Some(record)
    }

    /// Every record's place, in the order of entry.
    fn cursors(&self) -> Merged<'_> {
        let own = (0..self.register.blocks.len()).map(|block| (None, block));
        let copies = self.copies.iter().enumerate();
        let copied =
            copies.flat_map(|(copied, copy)| (0..copy.register.blocks.len()).map(move |block| (Some(copied), block)));
        let mut next = Vec::new();
        for (copied, block) in own.chain(copied) {
            let cursor = Cursor {
                copied,
                block,
                position: 0,
                day: Day(0),
            };
            next.extend(self.at(cursor));
        }
        Merged { source: self, next }
    }

    /// The cursor with its day, unless it is past the end of its block.
    fn at(&self, cursor: Cursor) -> Option<Cursor> {
        let register = self.origin(cursor);
        let within = cursor.position < register.blocks[cursor.block].series.len();
        within.then(|| Cursor {
            day: register.entered(cursor.block, cursor.position),
            ..cursor
        })
    }
}

fn row_plan(ingredients: &Ingredients, name: &str, patterns: &[TextPattern]) -> Result<RowPlan, GenerateError> {
    let (definition, recipe) = ingredients.source(name)?;
    RowPlan::new(
        definition,
        recipe,
        ingredients.codelists,
        &ingredients.recipe.language,
        patterns,
    )
}

/// Iterator over the cursors of all blocks, earliest day first.
struct Merged<'a> {
    source: &'a Source<'a>,
    next: Vec<Cursor>,
}

impl Iterator for Merged<'_> {
    type Item = Cursor;

    fn next(&mut self) -> Option<Cursor> {
        let (place, cursor) = self
            .next
            .iter()
            .copied()
            .enumerate()
            .min_by_key(|(place, cursor)| (cursor.day, *place))?;
        match self.source.at(Cursor {
            position: cursor.position + 1,
            ..cursor
        }) {
            Some(after) => self.next[place] = after,
            None => drop(self.next.remove(place)),
        }
        Some(cursor)
    }
}

/// The file of one export, with its account.
struct Output<'a> {
    source: &'a Source<'a>,
    writer: Writer,
    row: Row,
    delayed: VecDeque<Delayed>,
    account: ExportAccount,
}

impl Output<'_> {
    fn write(&mut self, record: &Record, spoiled: &Spoiled, mut writing: Random) -> Result<(), GenerateError> {
        let spelled = self.source.rows.write(record, spoiled, &mut writing, &mut self.row);
        spelled.map_err(|unspelled| GenerateError::Spelling {
            source_name: self.source.name.to_owned(),
            column: unspelled.column,
            code: unspelled.code,
        })?;
        self.writer.row(&self.row, spoiled.ragged)
    }

    fn write_delayed(&mut self) -> Result<(), GenerateError> {
        while self
            .delayed
            .front()
            .is_some_and(|delayed| delayed.due <= self.account.rows)
        {
            let Some(delayed) = self.delayed.pop_front() else { break };
            self.write(&delayed.record, &Spoiled::default(), delayed.writing)?;
        }
        Ok(())
    }

    fn finish(mut self, path: &Path) -> Result<ExportAccount, GenerateError> {
        for delayed in std::mem::take(&mut self.delayed) {
            self.write(&delayed.record, &Spoiled::default(), delayed.writing)?;
        }
        self.writer.finish(path)?;
        Ok(self.account)
    }
}
