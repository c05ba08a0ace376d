//! One cell read as a field's value, or the fault that it has.
//!
//! Reading is a function of the cell, the mapping and the codelists. What several readings make of a row does not belong here.

use std::borrow::Cow;

use jiff::civil::Date;

use crate::domain::codelist::{Codelist, Recognition};
use crate::domain::dataset::FieldKind;
use crate::domain::date_pattern::{DateFault, DatePattern, Moment, from_serial, read_date};
use crate::domain::fold::fold;
use crate::domain::source::Mapping;
use crate::normalise::cell::Cell;
use crate::normalise::columns::Value;
use crate::normalise::fault::Reason;
use crate::normalise::plan::CodelistIndex;

/// Why a cell gives no value.
#[derive(Clone, Debug, PartialEq)]
pub struct CellFault {
    pub reason: Reason,
    pub suggestion: Option<String>,
}

impl From<Reason> for CellFault {
    fn from(reason: Reason) -> Self {
        CellFault {
            reason,
            suggestion: None,
        }
    }
}

/// A cell's text without surrounding white space; nothing if the cell is blank or says "no value".
pub fn cell_text<'c>(cell: &'c Cell<'_>, null_values: &[String]) -> Result<Option<Cow<'c, str>>, CellFault> {
    match cell {
        Cell::Error(_) => return Err(Reason::ErrorCell.into()),
        Cell::NoResult => return Err(Reason::FormulaWithoutResult.into()),
        Cell::Inexact => return Err(Reason::InvalidNumber.into()),
        _ => {}
    }
    let text = match cell.text() {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    };
    Ok((!text.is_empty() && !null_values.iter().any(|null| *null == *text)).then_some(text))
}

/// The local spelling's replacement, if the mapping has one.
pub fn replaced<'t>(text: &'t str, mapping: &'t Mapping) -> &'t str {
    if mapping.values.is_empty() {
        return text;
    }
    let folded = fold(text);
    let key = if folded.is_empty() { text } else { folded.as_str() };
    mapping.values.get(key).map_or(text, String::as_str)
}

/// Reads a number, or yes or no.
pub fn read_plain(kind: FieldKind, cell: &Cell<'_>, text: &str, mapping: &Mapping) -> Result<Value, CellFault> {
    if let (FieldKind::Decimal, Cell::Number(number)) = (kind, cell) {
        return Ok(Value::Decimal(*number));
    }
    let text = replaced(text, mapping);
    let (value, reason) = match kind {
        _ if text.is_empty() => return Ok(Value::Null),
        FieldKind::Integer => (whole_number(text).map(Value::Integer), Reason::InvalidNumber),
        FieldKind::Decimal => (decimal(text).map(Value::Decimal), Reason::InvalidNumber),
        _ => (yes_or_no(text).map(Value::Boolean), Reason::InvalidBoolean),
    };
    value.ok_or_else(|| reason.into())
}

/// Reads a date or date-time; `day_offset` is added to day numbers.
pub fn read_moment(
    cell: &Cell<'_>,
    text: &str,
    mapping: &Mapping,
    index: &CodelistIndex<'_>,
    day_offset: f64,
) -> Result<Option<Moment>, CellFault> {
    match cell {
        Cell::Moment(moment) => return Ok(Some(*moment)),
        Cell::Number(days) => return serial(*days + day_offset, &mapping.dates).map(Some),
        _ => {}
    }
    let text = replaced(text, mapping);
    if text.is_empty() {
        return Ok(None);
    }
    read_date(text, &mapping.dates, &index.months)
        .map(Some)
        .map_err(|fault| date_reason(fault).into())
}

fn serial(days: f64, patterns: &[DatePattern]) -> Result<Moment, CellFault> {
    match from_serial(days) {
        Some(moment) if patterns.contains(&DatePattern::ExcelSerial) => Ok(moment),
        Some(_) => Err(Reason::SerialNumber.into()),
        None => Err(Reason::InvalidDate.into()),
    }
}

fn date_reason(fault: DateFault) -> Reason {
    match fault {
        DateFault::Invalid => Reason::InvalidDate,
        DateFault::TwoDigitYear => Reason::TwoDigitYear,
        DateFault::SerialNumber => Reason::SerialNumber,
    }
}

/// The reason why a date can't be what it says, if there is one.
pub fn implausible(date: Date, exported_on: Date, may_lie_ahead: bool) -> Option<Reason> {
    if date.year() < 1900 {
        Some(Reason::DateTooEarly)
    } else if date > exported_on && !may_lie_ahead {
        Some(Reason::DateAfterExport)
    } else {
        None
    }
}

/// Reads one code.
pub fn read_code(text: &str, mapping: &Mapping, codelist: &Codelist) -> Result<Option<i16>, CellFault> {
    let replaced = replaced(text, mapping);
    if replaced.is_empty() {
        return Ok(None);
    }
    match codelist.recognise(replaced) {
        Recognition::Code(code) => Ok(codelist
            .position(&code)
            .and_then(|position| i16::try_from(position).ok())),
        Recognition::Ambiguous(codes) => Err(CellFault {
            reason: Reason::AmbiguousCode,
            suggestion: Some(codes.join(", ")),
        }),
        Recognition::Unknown { nearest } => {
            let several = holds_several(text, mapping, codelist);
            let reason = if several {
                Reason::SeveralValues
            } else {
                Reason::UnknownCode
            };
            Err(CellFault {
                reason,
                suggestion: (!several && !nearest.is_empty()).then(|| nearest.join(", ")),
            })
        }
    }
}

/// Whether the text is several known spellings with a usual separator between them.
fn holds_several(text: &str, mapping: &Mapping, codelist: &Codelist) -> bool {
    [";", ",", "/", "|", "+", "&", "\n"].into_iter().any(|separator| {
        let known = |piece: &str| {
            matches!(
                codelist.recognise(replaced(piece.trim(), mapping)),
                Recognition::Code(_)
            )
        };
        text.contains(separator) && text.split(separator).all(known)
    })
}

/// The values of a cell that may hold several.
pub fn pieces<'t>(cell: &'t Cell<'_>, text: &'t str, mapping: &Mapping, null_values: &[String]) -> Vec<Cow<'t, str>> {
    let is_value = |piece: &str| !piece.is_empty() && !null_values.iter().any(|null| null == piece);
    if let Cell::Several(values) = cell {
        return values
            .iter()
            .map(|value| value.trim())
            .filter(|piece| is_value(piece))
            .map(Cow::Borrowed)
            .collect();
    }
    match &mapping.split {
        Some(separator) => text
            .split(separator.as_str())
            .map(str::trim)
            .filter(|piece| is_value(piece))
            .map(Cow::Borrowed)
            .collect(),
        None => vec![Cow::Borrowed(text)],
    }
}

fn whole_number(text: &str) -> Option<i64> {
    decimal(text)
        .filter(|number| number.fract() == 0.0 && number.abs() < 1e15)
        .map(|number| number as i64)
}

/// A decimal number with a point or a comma, and with spaces or the other sign between groups of thousands.
pub fn decimal(text: &str) -> Option<f64> {
    let compact: String = text.chars().filter(|c| !c.is_whitespace() && *c != '\'').collect();
    let (points, commas) = (compact.matches('.').count(), compact.matches(',').count());
    let plain = match (points, commas) {
        (0, 0) => compact,
        (1, 0) | (0, 1) => single_separator(&compact)?,
        (points, 1) if points > 0 && compact.rfind(',') > compact.rfind('.') => {
            grouped(&compact.replace(',', "D"), '.')?.replace('D', ".")
        }
        (1, commas) if commas > 0 && compact.rfind('.') > compact.rfind(',') => grouped(&compact, ',')?,
        (0, _) => grouped(&compact, ',')?,
        (_, 0) => grouped(&compact, '.')?,
        _ => return None,
    };
    plain
        .parse::<f64>()
        .ok()
        .filter(|number| number.is_finite() && plain.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-'))
}

/// One separator is the decimal one, unless exactly three digits follow up to three: then it is ambiguous.
fn single_separator(text: &str) -> Option<String> {
    let (whole, fraction) = text.split_once(['.', ','])?;
    let digits = whole.trim_start_matches('-');
    let ambiguous = fraction.len() == 3 && (1..=3).contains(&digits.len()) && digits != "0";
    (!ambiguous).then(|| format!("{whole}.{fraction}"))
}

/// The text without the separators of thousands, which must stand every three digits.
fn grouped(text: &str, separator: char) -> Option<String> {
    let whole_end = text
        .find(|c: char| c != separator && c != '-' && !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (whole, fraction) = text.split_at(whole_end);
    let mut groups = whole.trim_start_matches('-').split(separator);
    let first = groups.next()?;
    let regular = (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3);
    regular.then(|| format!("{}{fraction}", whole.replace(separator, "")))
}

/// Yes or no in the languages that are read.
pub fn yes_or_no(text: &str) -> Option<bool> {
    match fold(text).as_str() {
        "yes" | "y" | "true" | "1" | "x" | "da" | "да" | "oui" | "ja" => Some(true),
        "no" | "n" | "false" | "0" | "nu" | "ne" | "не" | "non" | "nein" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{decimal, whole_number, yes_or_no};

    #[test]
    fn decimals_are_read_or_refused_but_never_guessed() {
        let cases = [
            ("12", Some(12.0)),
            ("12.5", Some(12.5)),
            ("12,50", Some(12.5)),
            ("1.234,56", Some(1234.56)),
            ("1,234.56", Some(1234.56)),
            ("1 234,5", Some(1234.5)),
            ("1.234.567", Some(1_234_567.0)),
            ("-3,5", Some(-3.5)),
            ("0.125", Some(0.125)),
            ("1.234", None),
            ("12,345", None),
            ("1.23.4", None),
            ("1,2,3.4", None),
            ("12 EUR", None),
            ("inf", None),
            ("1e5", None),
        ];
        for (text, expected) in cases {
            assert_eq!(decimal(text), expected, "{text}");
        }
    }

    #[test]
    fn whole_numbers_and_booleans() {
        assert_eq!(
            (whole_number("3"), whole_number("3.0"), whole_number("3.5")),
            (Some(3), Some(3), None)
        );
        assert_eq!(
            (yes_or_no("DA"), yes_or_no("не"), yes_or_no("maybe")),
            (Some(true), Some(false), None)
        );
    }
}
