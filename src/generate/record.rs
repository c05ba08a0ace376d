//! A generated record: values for the fields of a data set, as codes and days, before anything is spelled.
//!
//! Codes are positions in their codelist, texts are a pattern and its numbers, so a record is a small plain value that can be made,
//! changed by a fault and written without allocation. Which values a record gets is decided elsewhere.

use crate::domain::dataset::DataSet;
use crate::generate::day::Day;

/// No data set has more fields.
pub const MOST_FIELDS: usize = 28;
/// No source maps more columns to events.
pub const MOST_EVENTS: usize = 12;
const MOST_CODES: usize = 5;

/// What one field holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    Missing,
    Code(u16),
    Codes(CodeSet),
    Day(Day),
    Whole(i64),
    /// A decimal number in hundredths.
    Hundredths(i64),
    Flag(bool),
    Text(Text),
}

/// Several different codes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CodeSet {
    codes: [u16; MOST_CODES],
    count: u8,
}

impl CodeSet {
    /// Adds a code unless it is there or the set is full.
    pub fn add(&mut self, code: u16) {
        let count = usize::from(self.count);
        if count < MOST_CODES && !self.codes().contains(&code) {
            self.codes[count] = code;
            self.count += 1;
        }
    }

    pub fn codes(&self) -> &[u16] {
        &self.codes[..usize::from(self.count)]
    }
}

/// A text made by a pattern.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Text {
    /// Position among the plan's patterns.
    pub pattern: u16,
    pub number: u32,
    pub random: u32,
    pub year: i32,
}

/// One record as it will have become in the end, whatever an export sees of it.
#[derive(Clone, Debug)]
pub struct Record {
    pub values: [Value; MOST_FIELDS],
    pub events: [Option<Day>; MOST_EVENTS],
    /// Position of the group that the counterpart was drawn from.
    pub group: Option<u16>,
    /// The day on which it enters the register.
    pub entered: Day,
}

impl Record {
    pub fn new(entered: Day) -> Self {
        Record {
            values: [Value::Missing; MOST_FIELDS],
            events: [None; MOST_EVENTS],
            group: None,
            entered,
        }
    }

    /// The day in a field, if the data set has the field and the record a value.
    pub fn day(&self, position: Option<usize>) -> Option<Day> {
        match self.values[position?] {
            Value::Day(day) => Some(day),
            _ => None,
        }
    }

    /// The code in a field, if the data set has the field and the record a value.
    pub fn code(&self, position: Option<usize>) -> Option<u16> {
        match self.values[position?] {
            Value::Code(code) => Some(code),
            _ => None,
        }
    }

    pub fn set(&mut self, position: Option<usize>, value: Value) {
        if let Some(position) = position {
            self.values[position] = value;
        }
    }
}

/// The fields that play the same part in every data set, where it has them.
#[derive(Clone, Copy, Debug)]
pub struct Parts {
    pub key: usize,
    pub begin: usize,
    pub end: Option<usize>,
    pub transmitted: Option<usize>,
    pub direction: Option<usize>,
    pub counterpart: Option<usize>,
    pub form: Option<usize>,
    pub outcome: Option<usize>,
    pub central_reference: Option<usize>,
    pub secondary: Option<usize>,
}

impl Parts {
    pub fn of(data_set: DataSet) -> Self {
        let position = |name: &str| data_set.fields().iter().position(|field| field.name == name);
        let first = |names: &[&str]| names.iter().find_map(|name| position(name));
        Parts {
            // Eurojust activities have a `reference` beside the `case`.
            key: first(&["reference", "case"]).unwrap_or(0),
            begin: first(&["received_on", "opened_on", "held_on", "begun_on"]).unwrap_or(0),
            end: first(&["completed_on", "closed_on"]),
            transmitted: position("transmitted_on"),
            direction: position("direction"),
            counterpart: first(&["counterpart", "countries", "counterparts"]),
            form: first(&["form", "role", "kind", "subject"]),
            outcome: position("outcome"),
            central_reference: position("central_reference"),
            secondary: position("instruments_secondary"),
        }
    }
}
