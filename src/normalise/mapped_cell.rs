//! What a mapped cell gives to its row: a value, several, an event or a fault.
//!
//! Input: a cell and its mapping. Output: a [`Reading`], which depends on nothing else, so a text that was read once is read from a [`Memo`] when
//! it occurs again. What corrections and constants give is read here as well, in the same way.

use std::borrow::Cow;
use std::sync::Arc;

use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_128;

use crate::domain::dataset::FieldKind;
use crate::domain::date_pattern::{DatePattern, Moment, MonthNames, read_date};
use crate::domain::source::{Mapping, Target};
use crate::lake::date_to_days;
use crate::normalise::cell::Cell;
use crate::normalise::columns::Value;
use crate::normalise::fault::Reason;
use crate::normalise::plan::{PlacedMapping, Plan, may_lie_ahead};
use crate::normalise::reading::{
    CellFault, cell_text, implausible, pieces, read_code, read_moment, read_plain, replaced,
};

/// Texts that a memo keeps; those beyond are read every time.
const MEMO_LIMIT: usize = 1 << 14;

/// What a cell gives.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// The cell is blank and leaves the field as it is.
    Nothing,
    Value(Value),
    /// The value of a text field.
    Text(String),
    /// The first instrument and the secondary ones.
    Instruments(i16, Arc<[i16]>),
    /// The codes of several items.
    Items(Arc<[i16]>),
    Event(Moment),
    /// The fault and, of code and date columns, the value.
    Fault(CellFault, Option<String>),
}

/// Reads a cell as its mapping says.
pub fn read_cell(plan: &Plan<'_>, placed: &PlacedMapping<'_>, cell: &Cell<'_>) -> Reading {
    let text = match cell_text(cell, &plan.definition.format.null_values) {
        Ok(text) => text,
        Err(fault) => return Reading::Fault(fault, None),
    };
    let (default, text) = match (&placed.mapping.default, text) {
        (_, Some(text)) => (None, text),
        (Some(default), None) => (
            Some(Cell::Text(Cow::Borrowed(default.as_str()))),
            Cow::Borrowed(default.as_str()),
        ),
        (None, None) => return Reading::Nothing,
    };
    let cell = default.as_ref().unwrap_or(cell);
    let coded = matches!(placed.kind, FieldKind::Code(_) | FieldKind::CodeList(_));
    let read = match placed.kind {
        FieldKind::Text => Ok(text_value(&text, placed.mapping)),
        FieldKind::Date => read_date_cell(plan, placed, cell, &text),
        _ if coded => read_codes(plan, placed, cell, &text),
        kind => read_plain(kind, cell, &text, placed.mapping).map(Reading::Value),
    };
    read.unwrap_or_else(|fault| {
        let shown = coded || placed.kind == FieldKind::Date;
        Reading::Fault(fault, shown.then(|| text.into_owned()))
    })
}

fn text_value(text: &str, mapping: &Mapping) -> Reading {
    match replaced(text, mapping) {
        "" => Reading::Value(Value::Null),
        text => Reading::Text(text.to_owned()),
    }
}

fn read_date_cell(
    plan: &Plan<'_>,
    placed: &PlacedMapping<'_>,
    cell: &Cell<'_>,
    text: &str,
) -> Result<Reading, CellFault> {
    let Some(moment) = read_moment(cell, text, placed.mapping, plan.codelists, plan.day_offset)? else {
        return Ok(Reading::Nothing);
    };
    let event = matches!(placed.mapping.target, Target::Event(_));
    let ahead = event || may_lie_ahead(plan.definition.data_set, placed.target_name);
    match implausible(moment.date, plan.exported_on, ahead) {
        Some(reason) => Err(reason.into()),
        None if event => Ok(Reading::Event(moment)),
        None => Ok(Reading::Value(Value::Date(date_to_days(moment.date)))),
    }
}

fn read_codes(plan: &Plan<'_>, placed: &PlacedMapping<'_>, cell: &Cell<'_>, text: &str) -> Result<Reading, CellFault> {
    let (FieldKind::Code(name) | FieldKind::CodeList(name)) = placed.kind else {
        return Ok(Reading::Nothing);
    };
    let Some(codelist) = plan.codelists.codelist(name) else {
        return Ok(Reading::Nothing);
    };
    let mut codes = Vec::new();
    for piece in pieces(cell, text, placed.mapping, &plan.definition.format.null_values) {
        if let Some(code) = read_code(&piece, placed.mapping, codelist)? {
            let repeated = codes.contains(&code);
            if repeated && matches!(placed.kind, FieldKind::Code(_)) {
                return Err(Reason::RepeatedValue.into());
            }
            if !repeated {
                codes.push(code);
            }
        }
    }
    placed_codes(plan, placed, &codes)
}

/// What the codes of one cell are: one value, a list, a primary and secondary instruments, or several items.
fn placed_codes(plan: &Plan<'_>, placed: &PlacedMapping<'_>, codes: &[i16]) -> Result<Reading, CellFault> {
    let is_list = matches!(placed.kind, FieldKind::CodeList(_));
    match codes {
        [] if is_list => Ok(Reading::Value(Value::Null)),
        [] => Ok(Reading::Nothing),
        _ if is_list => Ok(Reading::Value(Value::Codes(codes.into()))),
        [only] => Ok(Reading::Value(Value::Code(*only))),
        _ if placed.mapping.split.is_none() => Err(Reason::SeveralValues.into()),
        [first, rest @ ..] if placed.target_name == "instrument" && plan.secondary_instruments.is_some() => {
            Ok(Reading::Instruments(*first, rest.into()))
        }
        _ => Ok(Reading::Items(codes.into())),
    }
}

/// A value that people wrote in its normal form: dates as ISO 8601, codes as codes or known spellings.
///
/// # Errors
/// The text is none of the field's values.
pub fn read_written(plan: &Plan<'_>, position: usize, text: &str) -> Result<Reading, Reason> {
    if text.is_empty() {
        return Ok(Reading::Value(Value::Null));
    }
    let field = &plan.fields[position];
    let mapping = plain_mapping(position);
    let value = match field.kind {
        FieldKind::Text => return Ok(Reading::Text(text.to_owned())),
        FieldKind::Date => {
            let pattern = DatePattern::new("yyyy-mm-dd").map_err(|_| Reason::InvalidDate)?;
            let moment = read_date(text, &[pattern], &MonthNames::new()).map_err(|_| Reason::InvalidDate)?;
            let ahead = may_lie_ahead(plan.definition.data_set, field.name);
            match implausible(moment.date, plan.exported_on, ahead) {
                Some(reason) => return Err(reason),
                None => Value::Date(date_to_days(moment.date)),
            }
        }
        FieldKind::Code(name) | FieldKind::CodeList(name) => {
            let codelist = plan.codelists.codelist(name).ok_or(Reason::UnknownCode)?;
            let code = read_code(text, &mapping, codelist).map_err(|fault| fault.reason)?;
            match (code, field.kind) {
                (None, _) => Value::Null,
                (Some(code), FieldKind::CodeList(_)) => Value::Codes([code].into()),
                (Some(code), _) => Value::Code(code),
            }
        }
        kind => read_plain(kind, &Cell::Empty, text, &mapping).map_err(|fault| fault.reason)?,
    };
    Ok(Reading::Value(value))
}

fn plain_mapping(position: usize) -> Mapping {
    Mapping {
        target: Target::Field(position),
        dates: Vec::new(),
        values: std::collections::BTreeMap::new(),
        spellings: std::collections::BTreeMap::new(),
        split: None,
        default: None,
    }
}

/// What the texts of one column were read as, by fingerprint.
pub struct Memo {
    readings: HashTable<(u128, Reading)>,
    /// The last text that was not kept.
    unkept: Reading,
}

impl Default for Memo {
    fn default() -> Self {
        Memo {
            readings: HashTable::new(),
            unkept: Reading::Nothing,
        }
    }
}

impl Memo {
    /// What the text was read as; `read` reads one that is new.
    pub fn reading(&mut self, text: &str, read: impl FnOnce() -> Reading) -> &Reading {
        let print = xxh3_128(text.as_bytes());
        let full = self.readings.len() >= MEMO_LIMIT;
        match self.readings.find_entry(print as u64, |(known, _)| *known == print) {
            Ok(found) => &found.into_mut().1,
            Err(_) if full => {
                self.unkept = read();
                &self.unkept
            }
            Err(absent) => {
                let readings = absent.into_table();
                let kept = readings.insert_unique(print as u64, (print, read()), |(known, _)| *known as u64);
                &kept.into_mut().1
            }
        }
    }
}
