//! Which dialect a text is in: the one under which it is most like a table.
//!
//! Input: the beginning of a text and what the user said of it. Output: a dialect with how sure each part is. Every likely dialect is tried. Its score
//! is the regularity of the rows (how many have the usual number of cells, and how many cells that is) times the share of cells that look like
//! values. This is the idea of the consistency measure of G. J. J. van den Burg, A. Nazábal, C. Sutton, "Wrangling messy CSV files by detecting row
//! and type patterns", Data Mining and Knowledge Discovery 33 (2019), in a simpler form.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::inspect::dialect::{Dialect, Escape, GivenDialect, RecordEnd};
use crate::inspect::finding::Certainty;
use crate::inspect::records::{Record, Records, Rest};

/// The dialect of a text.
#[derive(Clone, Debug)]
pub struct DialectFinding {
    pub dialect: Dialect,
    pub delimiter: Certainty,
    pub quote: Certainty,
    pub escape: Certainty,
    /// Cells of the text that are quoted, that are badly quoted, and in which a quote is escaped.
    pub quoted: usize,
    pub misquoted: usize,
    pub escaped: usize,
}

/// Delimiters that are tried, with how likely they are beforehand.
const DELIMITERS: [(&str, f64); 22] = [
    (";", 1.0),
    (",", 1.0),
    ("\t", 1.0),
    ("|", 1.0),
    (", ", 0.99),
    ("; ", 0.99),
    (" | ", 0.99),
    ("||", 0.99),
    (";;", 0.95),
    ("::", 0.95),
    ("|~|", 0.99),
    ("~|~", 0.99),
    ("^|^", 0.99),
    ("\u{1f}", 1.0),
    ("\u{1}", 1.0),
    ("¦", 0.95),
    ("~", 0.9),
    ("^", 0.9),
    ("#", 0.7),
    ("&", 0.6),
    (":", 0.6),
    (" ", 0.6),
];

/// Characters that cells are quoted with.
const QUOTES: [char; 2] = ['"', '\''];

/// So much text decides on the delimiter; quotes are decided on all that there is.
const DECIDES: usize = 48 << 10;

/// A reading that scores less is no table.
const POOR: f64 = 0.15;

/// The second best delimiter must score so much less for the best to be sure.
const CLEARLY: f64 = 1.3;

/// The dialect of `text`; `rest` says whether it is the whole file.
pub fn detect_dialect(text: &str, given: &GivenDialect, rest: Rest) -> DialectFinding {
    let (short, short_rest) = beginning(text, rest);
    let mut readings: Vec<Reading> = candidates(short, given)
        .into_iter()
        .map(|(dialect, likely)| Reading::of(short, dialect, likely, short_rest))
        .collect();
    // The sort is stable: of equals the one that is tried first wins.
    readings.sort_by(|a, b| b.score.total_cmp(&a.score));
    let delimiter = delimiter_certainty(&readings, given);
    let delimited = if readings[0].score < POOR && given.delimiter.is_none() {
        given.over(&Dialect::default()).delimiter
    } else {
        readings[0].dialect.delimiter.clone()
    };
    with_quotes(text, delimited, delimiter, given, rest)
}

/// As much of the text as decides on the delimiter, whole lines if possible.
fn beginning(text: &str, rest: Rest) -> (&str, Rest) {
    if text.len() <= DECIDES {
        return (text, rest);
    }
    let mut end = DECIDES;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let line = text[..end].rfind(['\n', '\r']).map_or(end, |at| at + 1);
    (&text[..line], Rest::More)
}

/// Decides on quote and escape character, the delimiter being known.
fn with_quotes(
    text: &str,
    delimiter_text: String,
    delimiter: Certainty,
    given: &GivenDialect,
    rest: Rest,
) -> DialectFinding {
    let fixed = GivenDialect {
        delimiter: Some(delimiter_text),
        ..given.clone()
    };
    let mut readings: Vec<Reading> = candidates(text, &fixed)
        .into_iter()
        .map(|(dialect, likely)| Reading::of(text, dialect, likely, rest))
        .collect();
    readings.sort_by(|a, b| b.score.total_cmp(&a.score));
    let best = &readings[0];
    let doubt = |other: &Reading| other.rows != best.rows && best.score < CLEARLY_QUOTED * other.score;
    let rival = readings[1..].iter().find(|other| doubt(other));
    let certainty = |given: bool, differs: fn(&Dialect, &Dialect) -> bool, shown: fn(&Dialect) -> String| {
        let rival = rival.filter(|other| differs(&other.dialect, &best.dialect));
        match rival {
            _ if given => Certainty::Given,
            Some(other) => Certainty::Unsure(format!("{} reads nearly as well", shown(&other.dialect))),
            None => Certainty::when(best.misquoted == 0, || {
                format!("badly quoted cells: {}", best.misquoted)
            }),
        }
    };
    DialectFinding {
        quote: certainty(
            given.quote.is_some(),
            |a, b| a.quote != b.quote,
            |dialect| shown_quote(dialect.quote),
        ),
        escape: certainty(
            given.escape.is_some(),
            |a, b| a.escape != b.escape,
            |dialect| shown_escape(dialect.escape).to_owned(),
        ),
        dialect: best.dialect.clone(),
        delimiter,
        quoted: best.quoted,
        misquoted: best.misquoted,
        escaped: best.escaped,
    }
}

/// A delimiter less likely beforehand is never sure.
const SELDOM: f64 = 0.8;

/// The second best quoting must score so much less for the best to be sure.
const CLEARLY_QUOTED: f64 = 1.01;

/// A quote character for people.
pub fn shown_quote(quote: Option<char>) -> String {
    quote.map_or_else(|| "no quotes".to_owned(), |quote| quote.to_string())
}

/// An escape for people.
pub fn shown_escape(escape: Escape) -> String {
    match escape {
        Escape::None => "not escaped".to_owned(),
        Escape::Doubled => "written twice".to_owned(),
        Escape::Character(character) => format!("{character} before it"),
    }
}

fn delimiter_certainty(readings: &[Reading], given: &GivenDialect) -> Certainty {
    if given.delimiter.is_some() {
        return Certainty::Given;
    }
    let best = &readings[0];
    if best.score < POOR {
        return Certainty::Unsure("no delimiter was found: one column".to_owned());
    }
    let other = readings.iter().find(|other| {
        other.dialect.delimiter != best.dialect.delimiter
            && other.rows != best.rows
            && best.score < CLEARLY * other.score
    });
    match other {
        Some(other) => Certainty::Unsure(format!(
            "{} reads nearly as well",
            shown_delimiter(&other.dialect.delimiter)
        )),
        None if best.likely < SELDOM => Certainty::Unsure(format!(
            "{} seldom separates cells",
            shown_delimiter(&best.dialect.delimiter)
        )),
        None => Certainty::when(best.regular > 0.7 && best.count > 2, || {
            if best.count > 2 {
                format!(
                    "{:.0} % of the rows have another number of cells",
                    100.0 * (1.0 - best.regular)
                )
            } else {
                "there are very few rows".to_owned()
            }
        }),
    }
}

/// A delimiter for people: in backticks, or by its name.
pub fn shown_delimiter(delimiter: &str) -> String {
    match delimiter {
        "\t" => "tab".to_owned(),
        " " => "space".to_owned(),
        _ if delimiter.contains(|c: char| c.is_control()) => delimiter
            .chars()
            .map(|c| format!("U+{:04X}", u32::from(c)))
            .collect::<Vec<_>>()
            .join(" "),
        _ => format!("`{delimiter}`"),
    }
}

/// Every dialect worth trying, with how likely it is beforehand, the likelier first.
fn candidates(text: &str, given: &GivenDialect) -> Vec<(Dialect, f64)> {
    let delimiters: Vec<(String, f64)> = match &given.delimiter {
        Some(delimiter) => vec![(delimiter.clone(), 1.0)],
        None => {
            let occurs = DELIMITERS.iter().filter(|(delimiter, _)| text.contains(delimiter));
            let found: Vec<_> = occurs.map(|(text, likely)| ((*text).to_owned(), *likely)).collect();
            if found.is_empty() {
                vec![(",".to_owned(), 1.0)]
            } else {
                found
            }
        }
    };
    let mut candidates = Vec::new();
    for (delimiter, likely) in delimiters {
        for quote in quotes(text, given) {
            for escape in escapes(text, quote, given) {
                let dialect = Dialect {
                    delimiter: delimiter.clone(),
                    quote,
                    escape,
                    record_end: given.record_end.clone().unwrap_or(RecordEnd::Line),
                };
                candidates.push((dialect, likely * if quote.is_none() { UNQUOTED } else { 1.0 }));
            }
        }
    }
    candidates
}

/// Most dialects quote, so a reading without quotes must be a little better to be preferred.
const UNQUOTED: f64 = 0.98;

fn quotes(text: &str, given: &GivenDialect) -> Vec<Option<char>> {
    if let Some(quote) = given.quote {
        return vec![quote];
    }
    let mut quotes: Vec<Option<char>> = QUOTES
        .into_iter()
        .filter(|quote| text.contains(*quote))
        .map(Some)
        .collect();
    if quotes.is_empty() {
        return vec![Some('"')];
    }
    if !quotes.contains(&Some('"')) {
        quotes.insert(0, Some('"'));
    }
    quotes.push(None);
    quotes
}

fn escapes(text: &str, quote: Option<char>, given: &GivenDialect) -> Vec<Escape> {
    let (Some(quote), None) = (quote, given.escape) else {
        return vec![given.escape.unwrap_or(Escape::None)];
    };
    let mut escapes = vec![Escape::Doubled];
    if text.contains(&format!("\\{quote}")) {
        escapes.push(Escape::Character('\\'));
    }
    if text.contains(&format!("{quote}{quote}")) {
        escapes.push(Escape::None);
    }
    escapes
}

/// What a text is like when it is read in one dialect.
struct Reading {
    dialect: Dialect,
    /// How likely the dialect was beforehand.
    likely: f64,
    score: f64,
    /// Share of the rows that have the usual number of cells.
    regular: f64,
    /// Number of rows.
    count: usize,
    /// Fingerprint of the rows: equal for readings that give the same cells.
    rows: u64,
    quoted: usize,
    misquoted: usize,
    escaped: usize,
}

impl Reading {
    fn of(text: &str, dialect: Dialect, likely: f64, rest: Rest) -> Self {
        let records = table_rows(text, &dialect, rest);
        let width = usual_width(&records);
        let usual: Vec<&Record> = records.iter().filter(|record| record.cells.len() == width).collect();
        let regular = usual.len() as f64 / records.len().max(1) as f64;
        let sum = |count: fn(&Record) -> usize| records.iter().map(count).sum::<usize>();
        let misquoted = sum(|record| record.misquoted);
        let well_quoted = 1.0 - (misquoted as f64 / records.len().max(1) as f64).min(0.9);
        Reading {
            score: likely * evenness(&records) * columns(&usual, width) * value_share(&usual) * well_quoted,
            likely,
            regular,
            count: records.len(),
            rows: fingerprint(&records),
            quoted: sum(|record| record.quoted),
            misquoted,
            escaped: sum(|record| record.escaped),
            dialect,
        }
    }
}

/// The records of a text but empty lines; of a text that is cut off, the last record too where it is the only one.
pub fn table_rows(text: &str, dialect: &Dialect, rest: Rest) -> Vec<Record> {
    let read = |rest| -> Vec<Record> {
        Records::new(text, dialect, 1, rest)
            .filter(|record| !record.is_empty_line())
            .collect()
    };
    let records = read(rest);
    if records.is_empty() {
        read(Rest::Nothing)
    } else {
        records
    }
}

/// The number of cells that most rows have; of equals the greater.
fn usual_width(records: &[Record]) -> usize {
    let usual = widths(records)
        .into_iter()
        .max_by_key(|(width, count)| (*count, *width));
    usual.map_or(0, |(width, _)| width)
}

/// How even the rows are: the chance that two rows drawn from all have the same number of cells. Two tables in one file are half as even as one.
fn evenness(records: &[Record]) -> f64 {
    let all = records.len().max(1) as f64;
    let shares = widths(records).into_values().map(|count| count as f64 / all);
    shares.map(|share| share * share).sum()
}

/// How many records have each number of cells.
fn widths(records: &[Record]) -> BTreeMap<usize, usize> {
    let mut widths = BTreeMap::new();
    for record in records {
        *widths.entry(record.cells.len()).or_insert(0) += 1;
    }
    widths
}

/// How much of a table the columns make: (n - 1) / n for n columns that are not always empty, a little less for each that is.
fn columns(rows: &[&Record], width: usize) -> f64 {
    let filled = (0..width)
        .filter(|column| rows.iter().any(|row| !row.cells[*column].is_empty()))
        .count();
    let empty = (width - filled).min(50) as i32;
    match filled {
        0 | 1 => 0.02,
        filled => (filled - 1) as f64 / filled as f64 * 0.99_f64.powi(empty),
    }
}

/// The mean of how much each cell with text looks like a value.
fn value_share(rows: &[&Record]) -> f64 {
    let (mut sum, mut count) = (0.0, 0_usize);
    for cell in rows.iter().flat_map(|row| &row.cells).filter(|cell| !cell.is_empty()) {
        sum += value_likeness(cell);
        count += 1;
    }
    if count == 0 { 0.1 } else { sum / count as f64 }
}

/// From 1 for a number or date down to little for what looks like a cell cut at the wrong place.
fn value_likeness(cell: &str) -> f64 {
    let trimmed = cell.trim();
    let padded = if trimmed.len() == cell.len() { 1.0 } else { 0.8 };
    let quoted = |quote: char| {
        let ends = usize::from(trimmed.starts_with(quote)) + usize::from(trimmed.ends_with(quote));
        if trimmed.chars().count() == 1 {
            ends.min(1)
        } else {
            ends
        }
    };
    let likeness = match quoted('"').max(quoted('\'')) {
        2 => 0.1,
        1 => 0.5,
        _ if is_measure(trimmed) => 1.0,
        _ if holds_cells(trimmed) => 0.2,
        _ if trimmed.contains([';', '|', '\t']) => 0.6,
        _ if trimmed.contains(',') => 0.75,
        _ => 0.9,
    };
    likeness * padded
}

/// Whether the text seems to be several cells: the usual delimiters stand in it without a space behind them.
fn holds_cells(text: &str) -> bool {
    [",", ";", "|", "\t"].iter().any(|delimiter| {
        let close = text
            .match_indices(delimiter)
            .filter(|(at, _)| !text[at + 1..].starts_with(' '));
        close.count() > 2
    })
}

/// Whether the text is a number, a date, a time, an amount or the like: digits and their signs only.
fn is_measure(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || "+-.,:/%€$£ T".contains(c))
        && !text.contains(", ")
}

fn fingerprint(records: &[Record]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for record in records {
        record.cells.hash(&mut hasher);
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::detect_dialect;
    use crate::inspect::dialect::{Escape, GivenDialect};
    use crate::inspect::records::Rest;

    #[test]
    fn the_likeliest_table_wins() {
        let table = "1,10:30,x\n2,11:45,y\n3,12:00,z\n";
        let two_tables = format!("{table}{}", table.replace('\n', ",w,v\n"));
        let cases = [
            (two_tables.as_str(), ",", Some('"'), Escape::Doubled),
            ("a,b\n1,\"x, 5\"\"\n2,\"y, z\"\n3,\"v\"\n", ",", Some('"'), Escape::None),
            ("a;b;c\n1;2,5;x, y\n2;3,5;z, w\n", ";", Some('"'), Escape::Doubled),
            ("a,b\n\"x\"\"y\",1\n\"z\",2\n\"w\",3\n", ",", Some('"'), Escape::Doubled),
            (
                "a,b\n\"x\\\"y\",1\n\"z, \\\"w\",2\n",
                ",",
                Some('"'),
                Escape::Character('\\'),
            ),
            ("a,b\n'x,y',1\n'z',2\n'w, v',3\n", ",", Some('\''), Escape::Doubled),
            ("a\tb\n\"x\t1\ny\"\t2\n\"z\t3\n", "\t", None, Escape::None),
            (
                "a, b, c\n1, x, 2020-01-01\n2, y, 2020-01-02\n",
                ", ",
                Some('"'),
                Escape::Doubled,
            ),
            ("a||b||c\n1||x||3\n2||y||4\n", "||", Some('"'), Escape::Doubled),
            (
                "at|what\n10:30|x y\n11:45|z w\n12:00|u v\n",
                "|",
                Some('"'),
                Escape::Doubled,
            ),
        ];
        for (text, delimiter, quote, escape) in cases {
            let found = detect_dialect(text, &GivenDialect::default(), Rest::Nothing).dialect;
            assert_eq!(
                (found.delimiter.as_str(), found.quote, found.escape),
                (delimiter, quote, escape),
                "{text:?}"
            );
        }
    }

    #[test]
    fn what_cannot_be_told_is_said() {
        let found = detect_dialect("one word\nand another line\n", &GivenDialect::default(), Rest::Nothing);
        assert!(found.delimiter.is_unsure());
        let found = detect_dialect("a;b,c\nd;e,f\ng;h,i\n", &GivenDialect::default(), Rest::Nothing);
        assert!(found.delimiter.is_unsure());
    }
}
