//! A source's register: every record that its recipe describes, each made from its position alone.
//!
//! Input: a block and a position. Output: the record as it will have become in the end, and what an export of a given day sees of it.
//! Records of one position are always the same, so exports are streamed and each of them is made afresh. Faults do not belong here.

use crate::generate::day::Day;
use crate::generate::pattern::TextPattern;
use crate::generate::random::{Quantiles, Random, Share, Weighted};
use crate::generate::record::{CodeSet, Parts, Record, Text, Value};
use crate::generate::rule::{EventRule, FieldRule};
use crate::generate::series::Series;

/// Purposes of random streams: they keep apart what is drawn for one record.
pub const MAKING: u64 = 0;
const COPYING: u64 = 1;
pub const WRITING: u64 = 2;
pub const SPOILING: u64 = 3;

/// A compiled register.
#[derive(Clone, Debug)]
pub struct Register {
    pub seed: u64,
    /// Key of the source's name in random streams.
    pub key: u64,
    pub parts: Parts,
    pub blocks: Vec<Block>,
    pub patterns: Vec<TextPattern>,
    pub groups: Vec<Group>,
    /// Pace by form, in per cent.
    pub pace: Vec<i64>,
    pub group_rules: Vec<FieldRule>,
    /// Rules by field position.
    pub rules: Vec<Vec<FieldRule>>,
    /// Fields drawn last, in this order.
    pub remaining: Vec<usize>,
    pub event_rules: Vec<EventRule>,
    /// Fields that only a completed record has.
    pub after_end: Vec<usize>,
    pub preparing: Option<Quantiles>,
    pub forwarding: Option<Quantiles>,
    pub untransmitted: Share,
    pub endless: Share,
    pub several: Share,
    pub incoming: Option<u16>,
    pub pending: Option<u16>,
    /// Values that all records have.
    pub constants: Vec<(usize, Value)>,
    /// Other registers that note these records.
    pub noted: Vec<Noted>,
}

/// A series of records of one kind.
#[derive(Clone, Debug)]
pub struct Block {
    pub series: Series,
    pub pattern: u16,
    pub fixed: Vec<(usize, Value)>,
    pub countries: Option<[u64; 2]>,
    /// Whether the series says when the records end.
    pub closes: bool,
    pub case: Option<CaseBlock>,
}

/// The cases that a block of activities belongs to.
#[derive(Clone, Debug)]
pub struct CaseBlock {
    pub field: usize,
    pub register: Box<Register>,
    pub blocks: Vec<usize>,
    /// What is added to the cases' pattern numbers.
    pub pattern_offset: u16,
}

/// Counterparts that behave alike.
#[derive(Clone, Debug)]
pub struct Group {
    pub states: Weighted<u16>,
    pub days: Quantiles,
}

/// Another register that holds a copy of some records.
#[derive(Clone, Copy, Debug)]
pub struct Noted {
    /// Key of the other source's name.
    pub key: u64,
    pub share: Share,
    /// Pattern of the file number there.
    pub pattern: u16,
}

impl Register {
    /// The record at a position of a block.
    pub fn record(&self, block: usize, position: u64) -> Record {
        let plan = &self.blocks[block];
        let mut random = self.stream(MAKING, block, position);
        let mut record = Record::new(plan.series.day(position, &mut random));
        for (field, value) in self.constants.iter().chain(&plan.fixed) {
            record.values[*field] = *value;
        }
        let (year, number) = plan.series.year_of(position);
        let key = Text {
            pattern: plan.pattern,
            number: number as u32 + 1,
            random: random.below(90_000) as u32,
            year: year.year,
        };
        record.values[self.parts.key] = Value::Text(key);
        if let Some(case) = &plan.case {
            case.set(&mut record, year.year, number, year.count, &mut random);
        }
        record.values[self.parts.begin] = Value::Day(record.entered);
        self.draw(&mut record, self.parts.direction, &mut random);
        self.draw_counterparts(&mut record, plan.countries, &mut random);
        self.draw(&mut record, self.parts.form, &mut random);
        let closed = plan
            .closes
            .then(|| plan.series.closing(position, record.entered, &mut random));
        self.draw_days(&mut record, closed, &mut random);
        self.draw_outcome(&mut record, &mut random);
        self.note_copies(&mut record, block, position);
        for field in &self.remaining {
            self.draw(&mut record, Some(*field), &mut random);
        }
        record
    }

    /// What an export of the day `on` shows of the record; nothing if it had not yet been entered.
    pub fn seen(&self, record: &Record, on: Day) -> Option<Record> {
        if record.entered > on {
            return None;
        }
        let mut seen = record.clone();
        for value in &mut seen.values {
            if matches!(value, Value::Day(day) if *day > on) {
                *value = Value::Missing;
            }
        }
        for rule in &self.event_rules {
            let event = &mut seen.events[rule.column];
            *event = event.filter(|day| rule.ahead || *day <= on);
        }
        if let (Some(_), Some(outcome), None) = (self.parts.end, self.parts.outcome, seen.day(self.parts.end)) {
            seen.values[outcome] = self.pending.map_or(Value::Missing, Value::Code);
            for field in &self.after_end {
                seen.values[*field] = Value::Missing;
            }
        }
        Some(seen)
    }

    /// The random stream of a record for a purpose.
    pub fn stream(&self, purpose: u64, block: usize, position: u64) -> Random {
        Random::keyed([self.seed, self.key ^ purpose, block as u64, position])
    }

    /// The day on which a record enters, without making the record.
    pub fn entered(&self, block: usize, position: u64) -> Day {
        self.blocks[block]
            .series
            .day(position, &mut self.stream(MAKING, block, position))
    }

    /// The file number in another register, if that one holds a copy of the record.
    pub fn copy_number(&self, noted: Noted, block: usize, position: u64, entered: Day) -> Option<Text> {
        let mut random = Random::keyed([self.seed, self.key ^ noted.key ^ COPYING, block as u64, position]);
        let before: u64 = self.blocks[..block].iter().map(|block| block.series.len()).sum();
        let number = (before + position + 1) as u32;
        random.happens(noted.share).then(|| Text {
            pattern: noted.pattern,
            number,
            random: 0,
            year: entered.year(),
        })
    }

    fn draw(&self, record: &mut Record, field: Option<usize>, random: &mut Random) {
        let Some(field) = field.filter(|field| record.values[*field] == Value::Missing) else {
            return;
        };
        if let Some(rule) = self.rules[field]
            .iter()
            .find(|rule| rule.condition.fits(record, &self.parts))
        {
            record.values[field] = rule.value(record, record.entered, random);
        }
    }

    fn draw_counterparts(&self, record: &mut Record, countries: Option<[u64; 2]>, random: &mut Random) {
        let Some(field) = self
            .parts
            .counterpart
            .filter(|field| record.values[*field] == Value::Missing)
        else {
            return;
        };
        let Some(rule) = self
            .group_rules
            .iter()
            .find(|rule| rule.condition.fits(record, &self.parts))
        else {
            return self.draw(record, Some(field), random);
        };
        let wanted = match countries {
            Some([least, most]) => least + random.below(most - least + 1),
            None => 1 + u64::from(random.happens(self.several)),
        };
        let mut codes = CodeSet::default();
        // A State that the set has already does not make it longer, so another group and State are drawn.
        for _ in 0..50 {
            if codes.codes().len() as u64 == wanted {
                break;
            }
            let Value::Code(group) = rule.value(record, record.entered, random) else {
                return;
            };
            record.group = record.group.or(Some(group));
            if let Some(state) = self.groups[usize::from(group)].states.draw(random) {
                codes.add(state);
            }
        }
        record.values[field] = match codes.codes() {
            [] => Value::Missing,
            [code] if countries.is_none() => Value::Code(*code),
            _ => Value::Codes(codes),
        };
    }

    /// Days of transmission and completion, and events between; `closed` is the end where the series decides it.
    fn draw_days(&self, record: &mut Record, closed: Option<Option<Day>>, random: &mut Random) {
        if let Some(closed) = closed {
            return record.set(self.parts.end, closed.map_or(Value::Missing, Value::Day));
        }
        let Some(end) = self.parts.end else { return };
        let Some(starts) = self.draw_start(record, random) else {
            return;
        };
        let Some(group) = record.group else { return };
        let pace = record
            .code(self.parts.form)
            .and_then(|form| self.pace.get(usize::from(form)))
            .copied()
            .unwrap_or(100);
        let days = random.quantity(&self.groups[usize::from(group)].days) * pace / 100;
        let ends = starts.plus(days).working().max(starts);
        if !random.happens(self.endless) {
            record.values[end] = Value::Day(ends);
        }
        for rule in &self.event_rules {
            if rule.condition.fits(record, &self.parts)
                && random.happens(rule.share)
                && record.events[rule.column].is_none()
            {
                let at = rule.at[0] + random.below((rule.at[1] - rule.at[0] + 1).max(1) as u64) as i64;
                let day = starts.plus(days * at / 100).working().clamp(starts, ends);
                record.events[rule.column] = Some(day);
            }
        }
    }

    /// The day from which the time to completion runs: nothing for a request that is never transmitted.
    fn draw_start(&self, record: &mut Record, random: &mut Random) -> Option<Day> {
        let entered = record.entered;
        if self.parts.transmitted.is_none() {
            return Some(entered);
        }
        if record.code(self.parts.direction) == self.incoming {
            let days = self.forwarding.map(|forwarding| random.quantity(&forwarding));
            let forwarded = days.map(|days| entered.plus(days).working().max(entered));
            record.set(self.parts.transmitted, forwarded.map_or(Value::Missing, Value::Day));
            return Some(entered);
        }
        if random.happens(self.untransmitted) {
            return None;
        }
        let days = self.preparing.map_or(0, |preparing| random.quantity(&preparing));
        let transmitted = entered.plus(days).working().max(entered);
        record.set(self.parts.transmitted, Value::Day(transmitted));
        Some(transmitted)
    }

    fn draw_outcome(&self, record: &mut Record, random: &mut Random) {
        if self.parts.end.is_some() && record.day(self.parts.end).is_none() {
            return record.set(self.parts.outcome, self.pending.map_or(Value::Missing, Value::Code));
        }
        self.draw(record, self.parts.outcome, random);
    }

    fn note_copies(&self, record: &mut Record, block: usize, position: u64) {
        for noted in &self.noted {
            if let Some(number) = self.copy_number(*noted, block, position, record.entered) {
                record.set(self.parts.central_reference, Value::Text(number));
            }
        }
    }
}

impl CaseBlock {
    /// Ties the record to a case opened in the year, each case at most once while there are enough of them.
    fn set(&self, record: &mut Record, year: i32, number: u64, count: u64, random: &mut Random) {
        let turns = self.blocks.len() as u64;
        let block = self.blocks[(number % turns) as usize];
        let Some(cases) = self.register.blocks[block].series.year(year) else {
            return;
        };
        let position = cases.first + (number / turns) * cases.count / count.div_ceil(turns);
        let opened = self.register.entered(block, position);
        let left = Day::first_of(year + 1).0 - 6 - opened.0;
        let held = if left > 0 {
            opened.plus(5 + random.below(left as u64) as i64).working().max(opened)
        } else {
            opened
        };
        record.entered = held;
        let number = (position - cases.first) as u32 + 1;
        let pattern = self.register.blocks[block].pattern + self.pattern_offset;
        record.values[self.field] = Value::Text(Text {
            pattern,
            number,
            random: 0,
            year,
        });
    }
}
