//! Events of items: columns that grow by one value for each event of each item.

use std::sync::Arc;

use arrow::array::{Date32Builder, Int16Builder, Int64Builder, RecordBatch, StringArray, StringBuilder, UInt32Array};
use arrow::error::ArrowError;

use crate::domain::date_pattern::{Moment, Precision};
use crate::lake::date_to_days;
use crate::normalise::chunk::{ROW, batch};
use crate::normalise::columns::{Codes, Value, code_array};
use crate::normalise::plan::Plan;

/// How exactly a moment is given, as the lake's column `precision` says it.
const PRECISIONS: [&str; 3] = ["day", "minute", "second"];

/// The events of a chunk's items.
pub struct EventColumns<'p> {
    plan: &'p Plan<'p>,
    /// The events that mappings give, by position of the mapping.
    names: Codes,
    precisions: Codes,
    rows: Vec<u32>,
    reference: StringBuilder,
    item: Int64Builder,
    event: Int16Builder,
    at: StringBuilder,
    at_date: Date32Builder,
    precision: Int16Builder,
}

impl<'p> EventColumns<'p> {
    /// No events.
    pub fn new(plan: &'p Plan<'p>) -> Self {
        let names = plan.mappings.iter().map(|placed| placed.target_name);
        EventColumns {
            plan,
            names: Arc::new(StringArray::from_iter_values(names)),
            precisions: Arc::new(StringArray::from_iter_values(PRECISIONS)),
            rows: Vec::new(),
            reference: StringBuilder::new(),
            item: Int64Builder::new(),
            event: Int16Builder::new(),
            at: StringBuilder::new(),
            at_date: Date32Builder::new(),
            precision: Int16Builder::new(),
        }
    }

    /// Appends what a mapping gave for the item with these values.
    pub fn push(&mut self, row: u32, values: &[Value], texts: &str, mapping: usize, moment: &Moment) {
        self.rows.push(row);
        self.reference
            .append_option(match self.plan.reference.map(|position| &values[position]) {
                Some(Value::Text(begin, end)) => Some(&texts[*begin..*end]),
                _ => None,
            });
        self.item
            .append_option(match self.plan.item.map(|position| &values[position]) {
                Some(Value::Integer(item)) => Some(*item),
                _ => None,
            });
        let (at, precision) = moment_text(moment);
        self.event.append_value(mapping as i16);
        self.at.append_value(at);
        self.at_date.append_value(date_to_days(moment.date));
        self.precision.append_value(precision);
    }

    /// The events so far; there are none afterwards.
    ///
    /// # Errors
    /// Columns of unequal length, which [`EventColumns::push`] never makes.
    pub fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        batch(vec![
            ("reference", Arc::new(self.reference.finish())),
            ("item", Arc::new(self.item.finish())),
            ("event", code_array(self.event.finish(), &self.names)),
            ("at", Arc::new(self.at.finish())),
            ("at_date", Arc::new(self.at_date.finish())),
            ("precision", code_array(self.precision.finish(), &self.precisions)),
            (ROW, Arc::new(UInt32Array::from(std::mem::take(&mut self.rows)))),
        ])
    }
}

/// A moment as ISO 8601 text, with its offset from UTC where it is known, and the position of its precision in [`PRECISIONS`].
fn moment_text(moment: &Moment) -> (String, i16) {
    let Some(at) = moment.time else {
        return (moment.date.to_string(), 0);
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
            1,
        ),
        Precision::Second => (format!("{}T{}{offset}", moment.date, at.time), 2),
    }
}
