//! Date patterns of source definitions, such as `dd.mm.yyyy` or `yyyy-mm-ddTHH:MM`.
//!
//! Input: a cell's text. Output: a [`Moment`] or the fault that the text has. A pattern accepts a text whole or not at all. The
//! faults of a date that looks like one (a day that doesn't exist, a year of two digits) are told apart from other text.

use std::collections::HashMap;

use jiff::civil::{Date, Time};

use crate::domain::fold::fold;

/// A date, with a time of day where the pattern has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    pub date: Date,
    pub time: Option<TimeOfDay>,
}

/// A local time as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeOfDay {
    pub time: Time,
    pub precision: Precision,
    /// Minutes ahead of UTC, where the text says so.
    pub offset: Option<i16>,
}

/// How exactly a time is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    Minute,
    Second,
}

impl From<Date> for Moment {
    fn from(date: Date) -> Self {
        Moment { date, time: None }
    }
}

/// Why a text is not a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateFault {
    /// It fits no pattern, or the day does not exist.
    Invalid,
    /// It fits a pattern but for a year of two digits.
    TwoDigitYear,
    /// It is a bare number such as spreadsheets store dates as.
    SerialNumber,
}

/// A pattern can't be used.
#[derive(Debug, thiserror::Error)]
#[error(
    "date pattern `{pattern}` must hold a day, a month and a year; tokens are d, dd, m, mm, month, yy, yyyy, HH, MM, SS, zone"
)]
pub struct PatternError {
    pub pattern: String,
}

/// Names and abbreviations of months, folded, with their numbers.
pub type MonthNames = HashMap<String, i8>;

/// A compiled pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatePattern {
    Tokens(Vec<Token>),
    /// Days since 30 December 1899, as spreadsheets count.
    ExcelSerial,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    Day { digits: usize },
    Month { digits: usize },
    MonthName,
    Year,
    ShortYear,
    Hour,
    Minute,
    Second,
    Zone,
    Literal(char),
}

/// Tokens by spelling, longer ones first.
const SPELLINGS: [(&str, Token); 11] = [
    ("month", Token::MonthName),
    ("yyyy", Token::Year),
    ("zone", Token::Zone),
    ("dd", Token::Day { digits: 2 }),
    ("mm", Token::Month { digits: 2 }),
    ("yy", Token::ShortYear),
    ("HH", Token::Hour),
    ("MM", Token::Minute),
    ("SS", Token::Second),
    ("d", Token::Day { digits: 1 }),
    ("m", Token::Month { digits: 1 }),
];

impl DatePattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// The pattern lacks a day, a month or a year.
    pub fn new(pattern: &str) -> Result<Self, PatternError> {
        if pattern == "excel-serial" {
            return Ok(DatePattern::ExcelSerial);
        }
        let mut tokens = Vec::new();
        let mut rest = pattern;
        while let Some(literal) = rest.chars().next() {
            match SPELLINGS.iter().find(|(spelling, _)| rest.starts_with(spelling)) {
                Some((spelling, token)) => {
                    tokens.push(token.clone());
                    rest = &rest[spelling.len()..];
                }
                None if "dmyHMS".contains(literal) => {
                    return Err(PatternError {
                        pattern: pattern.to_owned(),
                    });
                }
                None => {
                    tokens.push(Token::Literal(literal));
                    rest = &rest[literal.len_utf8()..];
                }
            }
        }
        let count = |test: fn(&Token) -> bool| tokens.iter().filter(|token| test(token)).count();
        let complete = count(|t| matches!(t, Token::Day { .. })) == 1
            && count(|t| matches!(t, Token::Month { .. } | Token::MonthName)) == 1
            && count(|t| matches!(t, Token::Year | Token::ShortYear)) == 1;
        if complete {
            Ok(DatePattern::Tokens(tokens))
        } else {
            Err(PatternError {
                pattern: pattern.to_owned(),
            })
        }
    }

    /// Reads `text` if it fits the pattern whole.
    fn read(&self, text: &str, months: &MonthNames) -> Option<Moment> {
        match self {
            DatePattern::ExcelSerial => text.parse().ok().and_then(from_serial),
            DatePattern::Tokens(tokens) => read_tokens(tokens, text, months)?.moment(),
        }
    }

    /// The same pattern with a year of two digits.
    fn with_short_year(&self) -> Option<DatePattern> {
        let DatePattern::Tokens(tokens) = self else { return None };
        let short = |token: &Token| {
            if *token == Token::Year {
                Token::ShortYear
            } else {
                token.clone()
            }
        };
        tokens
            .contains(&Token::Year)
            .then(|| DatePattern::Tokens(tokens.iter().map(short).collect()))
    }
}

/// Reads a date by the first pattern that fits.
///
/// # Errors
/// The fault, if none fits.
pub fn read_date(text: &str, patterns: &[DatePattern], months: &MonthNames) -> Result<Moment, DateFault> {
    if let Some(moment) = patterns.iter().find_map(|pattern| pattern.read(text, months)) {
        return Ok(moment);
    }
    let short = |pattern: &DatePattern| {
        pattern
            .with_short_year()
            .is_some_and(|short| short.read(text, months).is_some())
    };
    if patterns.iter().any(short) {
        Err(DateFault::TwoDigitYear)
    } else if text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Err(DateFault::SerialNumber)
    } else {
        Err(DateFault::Invalid)
    }
}

/// The date that a spreadsheet stores as `days` (1900 date system); times are dropped.
pub fn from_serial(days: f64) -> Option<Moment> {
    // Day 60 is 29 February 1900, which did not exist; earlier numbers are off by one and no date of a request.
    if !(61.0..2_958_466.0).contains(&days) {
        return None;
    }
    let epoch = Date::constant(1899, 12, 30);
    let span = jiff::Span::new().days(days.floor() as i64);
    epoch.checked_add(span).ok().map(Moment::from)
}

#[derive(Default)]
struct Parts {
    year: i16,
    month: i8,
    day: i8,
    hour: Option<i8>,
    minute: i8,
    second: Option<i8>,
    offset: Option<i16>,
}

impl Parts {
    fn moment(&self) -> Option<Moment> {
        let date = Date::new(self.year, self.month, self.day).ok()?;
        let Some(hour) = self.hour else {
            return Some(date.into());
        };
        let time = Time::new(hour, self.minute, self.second.unwrap_or(0), 0).ok()?;
        let precision = if self.second.is_some() {
            Precision::Second
        } else {
            Precision::Minute
        };
        let offset = self.offset;
        Some(Moment {
            date,
            time: Some(TimeOfDay {
                time,
                precision,
                offset,
            }),
        })
    }
}

fn read_tokens(tokens: &[Token], text: &str, months: &MonthNames) -> Option<Parts> {
    let mut parts = Parts::default();
    let mut rest = text;
    for (position, token) in tokens.iter().enumerate() {
        match token {
            Token::Day { digits } => parts.day = number(&mut rest, *digits, 2)?,
            Token::Month { digits } => parts.month = number(&mut rest, *digits, 2)?,
            Token::MonthName => parts.month = month_name(&mut rest, tokens.get(position + 1), months)?,
            Token::Year => parts.year = number(&mut rest, 4, 4)?,
            Token::ShortYear => parts.year = 2000 + number::<i16>(&mut rest, 2, 2)?,
            Token::Hour => parts.hour = Some(number(&mut rest, 1, 2)?),
            Token::Minute => parts.minute = number(&mut rest, 2, 2)?,
            Token::Second => parts.second = Some(second(&mut rest)?),
            Token::Zone => parts.offset = Some(zone(&mut rest)?),
            Token::Literal(literal) => rest = rest.strip_prefix(*literal)?,
        }
    }
    rest.is_empty().then_some(parts)
}

/// Takes as many digits as there are, between `least` and `most`.
fn number<N: std::str::FromStr>(rest: &mut &str, least: usize, most: usize) -> Option<N> {
    let digits = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if digits < least {
        return None;
    }
    let (number, after) = rest.split_at(digits);
    *rest = after;
    number.parse().ok()
}

/// Two digits; a fraction after them is passed over.
fn second(rest: &mut &str) -> Option<i8> {
    let second = number(rest, 2, 2)?;
    if let Some(fraction) = rest.strip_prefix('.') {
        *rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    Some(second)
}

/// A month's name; a full stop after an abbreviation belongs to it unless the pattern has its own.
fn month_name(rest: &mut &str, next: Option<&Token>, months: &MonthNames) -> Option<i8> {
    let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
    let (name, after) = rest.split_at(end);
    *rest = match after.strip_prefix('.') {
        Some(behind) if next != Some(&Token::Literal('.')) => behind,
        _ => after,
    };
    months.get(&fold(name)).copied()
}

/// `Z` or an offset such as `+02:00`, as minutes ahead of UTC.
fn zone(rest: &mut &str) -> Option<i16> {
    if let Some(after) = rest.strip_prefix('Z') {
        *rest = after;
        return Some(0);
    }
    let sign = if rest.starts_with('-') { -1 } else { 1 };
    let mut digits = rest.strip_prefix(['+', '-'])?;
    let hour: i16 = number(&mut digits, 2, 2)?;
    let mut minutes = digits.strip_prefix(':').unwrap_or(digits);
    let minute: i16 = number(&mut minutes, 2, 2)?;
    *rest = minutes;
    (hour <= 14 && minute < 60).then_some(sign * (60 * hour + minute))
}

#[cfg(test)]
mod tests {
    use super::{DateFault, DatePattern, MonthNames, from_serial, read_date};

    fn read(pattern: &str, text: &str) -> Result<String, DateFault> {
        let months = MonthNames::from([("septembrie".to_owned(), 9), ("jan".to_owned(), 1)]);
        let patterns: Vec<_> = pattern
            .split('|')
            .map(|pattern| DatePattern::new(pattern).unwrap())
            .collect();
        read_date(text, &patterns, &months).map(|moment| match moment.time {
            Some(at) => format!("{}T{}", moment.date, at.time),
            None => moment.date.to_string(),
        })
    }

    #[test]
    fn patterns_accept_what_they_say() {
        let cases = [
            ("dd.mm.yyyy", "05.03.2021", "2021-03-05"),
            ("d.m.yyyy.", "5.3.2021.", "2021-03-05"),
            ("yyyy-mm-dd", "2024-02-29", "2024-02-29"),
            ("mm/dd/yyyy", "12/31/2020", "2020-12-31"),
            ("d month yyyy", "5 septembrie 2020", "2020-09-05"),
            ("dd-month-yyyy", "05-Jan-2020", "2020-01-05"),
            ("d month yyyy", "5 Jan. 2020", "2020-01-05"),
            ("d. month. yyyy", "5. jan. 2020", "2020-01-05"),
            (
                "yyyy-mm-ddTHH:MM:SSzone",
                "2020-01-05T23:59:58.123+02:00",
                "2020-01-05T23:59:58",
            ),
            ("dd.mm.yyyy HH:MM", "05.01.2020 07:30", "2020-01-05T07:30:00"),
            ("dd.mm.yy", "05.01.20", "2020-01-05"),
            ("dd.mm.yyyy|yyyy-mm-dd", "2020-01-05", "2020-01-05"),
            ("excel-serial", "44197", "2021-01-01"),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(read(pattern, text).as_deref(), Ok(expected), "{pattern} {text}");
        }
    }

    #[test]
    fn faults_are_told_apart() {
        let cases = [
            ("dd.mm.yyyy", "31.02.2023", DateFault::Invalid),
            ("dd.mm.yyyy", "29.02.2023", DateFault::Invalid),
            ("dd.mm.yyyy", "2023-01-01", DateFault::Invalid),
            ("dd.mm.yyyy", "01.01.2023 ", DateFault::Invalid),
            ("dd.mm.yyyy", "1.1.2023", DateFault::Invalid),
            ("dd.mm.yyyy", "01.01.23", DateFault::TwoDigitYear),
            ("dd.mm.yyyy", "44197", DateFault::SerialNumber),
            ("dd.mm.yyyy", "", DateFault::Invalid),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(read(pattern, text), Err(expected), "{pattern} {text}");
        }
    }

    #[test]
    fn spreadsheet_day_numbers_follow_the_1900_system() {
        let date = |days| from_serial(days).map(|moment| moment.date.to_string());
        assert_eq!(date(61.0).as_deref(), Some("1900-03-01"));
        assert_eq!(date(45_658.75).as_deref(), Some("2025-01-01"));
        assert_eq!(date(60.0), None);
    }

    #[test]
    fn an_incomplete_pattern_is_refused() {
        for pattern in ["mm.yyyy", "dd.mm", "", "dd.mm.yyyy yyyy", "dd.mm.yyy", "d.m.yyyyy"] {
            assert!(DatePattern::new(pattern).is_err(), "{pattern}");
        }
    }
}
