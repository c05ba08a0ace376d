//! What a column holds: the type of its values, how many cells are filled, whether cells hold several values.

use std::collections::BTreeMap;

use crate::domain::date_pattern::{DatePattern, MonthNames, read_date};
use crate::domain::fold::fold;
use crate::normalise::{Cell, decimal, yes_or_no};

/// The type of a column's values.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnType {
    /// No cell has a value.
    Empty,
    Integer,
    /// Decimal numbers; the sign where cells are text.
    Decimal {
        sign: Option<char>,
    },
    /// Dates; no pattern where all cells are real dates of a workbook.
    Date {
        patterns: Vec<&'static str>,
        /// Another pattern that every value fits as well, with other dates.
        rival: Option<&'static str>,
    },
    Boolean,
    /// Few different texts.
    Code,
    Text,
}

/// What was seen of a column.
#[derive(Clone, Debug)]
pub struct Column {
    /// 1-based.
    pub position: usize,
    /// The header; empty where there is none.
    pub name: String,
    pub kind: ColumnType,
    /// Rows that were looked at, and those in which the cell has a value.
    pub rows: usize,
    pub filled: usize,
    /// Different values with how often they occur, without those that mean "no value".
    pub values: BTreeMap<String, usize>,
    /// Texts such as `-` that seem to mean "no value".
    pub null_values: Vec<String>,
    /// Whether cells are arrays of values, as JSON has them.
    pub several: bool,
}

/// Folded texts, and texts that fold to nothing, that are written where there is no value.
const NULLS: [&str; 12] = ["-", "--", "---", "/", "–", "—", "?", ".", "n a", "null", "none", "nan"];

/// This share of the values must be of a type for the column to be.
const MOSTLY: f64 = 0.9;

/// So many different values are read as dates to find their pattern.
const TRIED: usize = 300;

/// A pattern that reads none of so many values is not tried on.
const FIRST_TRIED: usize = 30;

impl Column {
    /// Looks at the cells of a column.
    pub fn of(position: usize, name: &str, cells: &[&Cell<'_>], months: &MonthNames) -> Self {
        let mut values: BTreeMap<String, usize> = BTreeMap::new();
        for cell in cells.iter().filter(|cell| !cell.is_blank()) {
            *values.entry(cell.text().trim().to_owned()).or_default() += 1;
        }
        let null_values: Vec<String> = values.keys().filter(|value| means_nothing(value)).cloned().collect();
        values.retain(|value, _| !means_nothing(value));
        Column {
            position,
            name: name.to_owned(),
            kind: column_type(cells, &values, months),
            rows: cells.len(),
            filled: values.values().sum(),
            values,
            null_values,
            several: cells.iter().any(|cell| matches!(cell, Cell::Several(_))),
        }
    }
}

fn means_nothing(value: &str) -> bool {
    let folded = fold(value);
    NULLS.contains(&if folded.is_empty() { value } else { folded.as_str() })
}

fn column_type(cells: &[&Cell<'_>], values: &BTreeMap<String, usize>, months: &MonthNames) -> ColumnType {
    let total: usize = values.values().sum();
    if total == 0 {
        return ColumnType::Empty;
    }
    let share_of_cells =
        |test: fn(&Cell<'_>) -> bool| cells.iter().filter(|cell| test(cell)).count() as f64 / total as f64;
    let share = |test: &dyn Fn(&str) -> bool| share(values, total, test);
    if share_of_cells(|cell| matches!(cell, Cell::Moment(_))) >= MOSTLY {
        return real_dates(cells, months);
    }
    if let Some(date) = date_type(values, months) {
        return date;
    }
    if share_of_cells(|cell| matches!(cell, Cell::Boolean(_))) >= MOSTLY || is_boolean(values) {
        return ColumnType::Boolean;
    }
    if share(&is_whole) >= MOSTLY {
        return ColumnType::Integer;
    }
    if share(&is_decimal) >= MOSTLY {
        let numbers = share_of_cells(|cell| matches!(cell, Cell::Number(_)));
        return ColumnType::Decimal {
            sign: (numbers < MOSTLY).then(|| decimal_sign(values)),
        };
    }
    if values.len() <= MOST_CODES && (values.len() * 4 <= total || values.len() <= 3 && total > values.len()) {
        ColumnType::Code
    } else {
        ColumnType::Text
    }
}

/// Real dates of a workbook, with the patterns of those among them that are written as text.
fn real_dates(cells: &[&Cell<'_>], months: &MonthNames) -> ColumnType {
    let mut written: BTreeMap<String, usize> = BTreeMap::new();
    for cell in cells
        .iter()
        .filter(|cell| matches!(cell, Cell::Text(_)) && !cell.is_blank())
    {
        *written.entry(cell.text().trim().to_owned()).or_default() += 1;
    }
    date_type(&written, months).unwrap_or(ColumnType::Date {
        patterns: Vec::new(),
        rival: None,
    })
}

/// A column with more different values holds no codes.
const MOST_CODES: usize = 300;

fn share(values: &BTreeMap<String, usize>, total: usize, test: &dyn Fn(&str) -> bool) -> f64 {
    let passing: usize = values
        .iter()
        .filter(|(value, _)| test(value))
        .map(|(_, count)| count)
        .sum();
    passing as f64 / total as f64
}

/// Whole numbers as they are counted with; `007` is a name of something.
fn is_whole(text: &str) -> bool {
    let digits = text.trim_start_matches('-');
    digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.is_empty()
        && (digits == "0" || !digits.starts_with('0'))
}

fn is_decimal(text: &str) -> bool {
    let digits = text.trim_start_matches('-').as_bytes();
    let padded = digits.len() > 1 && digits[0] == b'0' && digits[1].is_ascii_digit();
    !padded && decimal(text).is_some()
}

fn is_boolean(values: &BTreeMap<String, usize>) -> bool {
    values.len() <= 4 && values.keys().all(|value| yes_or_no(value).is_some())
}

/// The sign that stands before decimals more often.
fn decimal_sign(values: &BTreeMap<String, usize>) -> char {
    let last = |sign: char| {
        values
            .keys()
            .filter(|value| value.rfind(['.', ',']) == value.rfind(sign))
            .count()
    };
    if last(',') > last('.') { ',' } else { '.' }
}

/// Orders of day, month and year that are tried; of those that fit equally the first counts.
const DAYS: [&str; 26] = [
    "yyyy-mm-dd",
    "dd.mm.yyyy",
    "dd.mm.yyyy.",
    "d.m.yyyy",
    "d.m.yyyy.",
    "dd. mm. yyyy.",
    "d. m. yyyy.",
    "d. m. yyyy",
    "dd/mm/yyyy",
    "d/m/yyyy",
    "mm/dd/yyyy",
    "m/d/yyyy",
    "dd-mm-yyyy",
    "d-m-yyyy",
    "yyyy/mm/dd",
    "yyyy.mm.dd",
    "yyyymmdd",
    "dd-month-yyyy",
    "d-month-yyyy",
    "d month yyyy",
    "d. month yyyy",
    "d. month yyyy.",
    "month d, yyyy",
    "dd.mm.yy",
    "dd/mm/yy",
    "dd.mm.yy.",
];

/// What may follow the day.
const TIMES: [&str; 8] = [
    "",
    " HH:MM",
    " HH:MM:SS",
    "THH:MM",
    "THH:MM:SS",
    "THH:MM:SSzone",
    "THH:MMzone",
    " HH:MM:SSzone",
];

/// Every pattern that is tried, with its text.
fn patterns() -> impl Iterator<Item = (&'static str, DatePattern)> {
    static TEXTS: std::sync::LazyLock<Vec<String>> = std::sync::LazyLock::new(|| {
        DAYS.iter()
            .flat_map(|day| TIMES.iter().map(move |time| format!("{day}{time}")))
            .collect()
    });
    TEXTS
        .iter()
        .filter_map(|text| Some((text.as_str(), DatePattern::new(text).ok()?)))
}

fn date_type(values: &BTreeMap<String, usize>, months: &MonthNames) -> Option<ColumnType> {
    // Values are in order, so they are taken from all over: the first days of all months would fit two orders.
    let tried: Vec<(&str, usize)> = values
        .iter()
        .filter(|(value, _)| value.bytes().any(|byte| byte.is_ascii_digit()) && value.len() >= 6)
        .step_by(values.len() / TRIED + 1)
        .map(|(value, count)| (value.as_str(), *count))
        .collect();
    let seen: usize = tried.iter().map(|(_, count)| count).sum();
    let shaped = values
        .keys()
        .filter(|value| value.bytes().any(|byte| byte.is_ascii_digit()) && value.len() >= 6)
        .count();
    if (shaped as f64) < MOSTLY * values.len() as f64 {
        return None;
    }
    let read = |pattern: &DatePattern, text: &str| plausible(text, pattern, months);
    let fits = |pattern: &DatePattern| -> usize {
        tried
            .iter()
            .filter(|(text, _)| read(pattern, text))
            .map(|(_, count)| count)
            .sum()
    };
    let counts: Vec<(&str, DatePattern, usize)> = patterns()
        .filter(|(_, pattern)| {
            tried
                .iter()
                .step_by(tried.len() / FIRST_TRIED + 1)
                .any(|(text, _)| read(pattern, text))
        })
        .map(|(text, pattern)| {
            let count = fits(&pattern);
            (text, pattern, count)
        })
        .collect();
    let most = counts.iter().map(|(.., count)| *count).max()?;
    let (best, pattern, _) = counts.iter().find(|(.., count)| *count == most)?;
    let left: Vec<&(&str, usize)> = tried.iter().filter(|(text, _)| !read(pattern, text)).collect();
    let reads_left = |pattern: &DatePattern| -> usize {
        left.iter()
            .filter(|(text, _)| read(pattern, text))
            .map(|(_, count)| count)
            .sum()
    };
    // From the back, so that of equals the first counts.
    let second = counts.iter().rev().max_by_key(|(_, pattern, _)| reads_left(pattern));
    let further = second.map_or(0, |(_, pattern, _)| reads_left(pattern));
    if ((most + further) as f64) < MOSTLY * seen as f64 {
        return None;
    }
    let mut found = vec![*best];
    // A stray other pattern is a fault of its rows.
    if further as f64 >= 0.02 * seen as f64 {
        found.extend(second.map(|(text, ..)| *text));
    }
    let rival = counts
        .iter()
        .find(|(text, other, count)| *count == most && is_rival(best, text, pattern, other));
    Some(ColumnType::Date {
        patterns: found,
        rival: rival.map(|(text, ..)| *text),
    })
}

/// A date of a register lies in these years.
fn plausible(text: &str, pattern: &DatePattern, months: &MonthNames) -> bool {
    let moment = read_date(text, std::slice::from_ref(pattern), months);
    moment.is_ok_and(|moment| (1900..2100).contains(&moment.date.year()))
}

/// Whether two patterns put day and month in another order.
fn is_rival(best: &str, other: &str, best_pattern: &DatePattern, other_pattern: &DatePattern) -> bool {
    let day_first = |pattern: &str| pattern.find('d') < pattern.find('m');
    best_pattern != other_pattern && day_first(best) != day_first(other)
}

/// The type for people.
impl std::fmt::Display for ColumnType {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ColumnType::Empty => formatter.write_str("empty"),
            ColumnType::Integer => formatter.write_str("integer"),
            ColumnType::Decimal { sign: None } => formatter.write_str("decimal"),
            ColumnType::Decimal { sign: Some(sign) } => write!(formatter, "decimal with `{sign}`"),
            ColumnType::Date { patterns, .. } if patterns.is_empty() => formatter.write_str("date of the workbook"),
            ColumnType::Date { patterns, rival } => {
                write!(formatter, "date {}", patterns.join(" or "))?;
                rival.map_or(Ok(()), |rival| {
                    write!(formatter, " (unsure: {rival} reads all of them too)")
                })
            }
            ColumnType::Boolean => formatter.write_str("yes or no"),
            ColumnType::Code => formatter.write_str("code"),
            ColumnType::Text => formatter.write_str("text"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::{Column, ColumnType};
    use crate::domain::date_pattern::MonthNames;
    use crate::normalise::Cell;

    fn kind(values: &[&str]) -> ColumnType {
        let cells: Vec<Cell<'_>> = values.iter().map(|value| Cell::Text(Cow::Borrowed(*value))).collect();
        let months = MonthNames::from([("septembrie".to_owned(), 9), ("jan".to_owned(), 1)]);
        Column::of(1, "x", &cells.iter().collect::<Vec<_>>(), &months).kind
    }

    fn date(patterns: &[&'static str], rival: Option<&'static str>) -> ColumnType {
        ColumnType::Date {
            patterns: patterns.to_vec(),
            rival,
        }
    }

    #[test]
    fn columns_are_what_most_of_their_values_are() {
        let cases = [
            (vec!["", "-", ""], ColumnType::Empty),
            (vec!["1", "20", "-3", "n/a"], ColumnType::Integer),
            (vec!["007", "008", "009", "010"], ColumnType::Text),
            (vec!["1,5", "2,25", "1.300,75"], ColumnType::Decimal { sign: Some(',') }),
            (vec!["1.5", "2", "3.25"], ColumnType::Decimal { sign: Some('.') }),
            (vec!["05.03.2021", "31.12.2020", ""], date(&["dd.mm.yyyy"], None)),
            (vec!["5.3.2021.", "31.12.2020."], date(&["d.m.yyyy."], None)),
            (
                vec!["05/03/2021", "06/04/2021"],
                date(&["dd/mm/yyyy"], Some("mm/dd/yyyy")),
            ),
            (vec!["05/13/2021", "06/04/2021"], date(&["mm/dd/yyyy"], None)),
            (
                vec!["2021-05-13T10:00:00+02:00", "2021-05-14T00:00:00Z"],
                date(&["yyyy-mm-ddTHH:MM:SSzone"], None),
            ),
            (
                vec!["5 septembrie 2020", "05-Jan-2020"],
                date(&["dd-month-yyyy", "d month yyyy"], None),
            ),
            (vec!["20210513", "20210514"], date(&["yyyymmdd"], None)),
            (vec!["da", "nu", "da"], ColumnType::Boolean),
            (vec!["a", "b", "a", "b", "a", "b", "b", "b"], ColumnType::Code),
            (vec!["1/II/2019", "2/II/2019"], ColumnType::Text),
        ];
        for (values, expected) in cases {
            assert_eq!(kind(&values), expected, "{values:?}");
        }
    }
}
