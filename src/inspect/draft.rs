//! The first source definition of a file: what was found, as TOML, with a comment wherever somebody has to look.
//!
//! Every column is mapped or dropped. What can't be known from the file (the authority, a required field that no column gives) is left for the user
//! to fill in: until then the definition is refused with the name of what is missing, never used with a guess. Values of cells occur only where they
//! were asked for.

use std::fmt::Write;

use crate::domain::codelist::Codelists;
use crate::domain::dataset::{Field, FieldKind};
use crate::domain::fold::fold;
use crate::inspect::column::{Column, ColumnType};
use crate::inspect::detection::{DialectFinding, shown_delimiter};
use crate::inspect::dialect::{Dialect, Escape, RecordEnd};
use crate::inspect::fields::{ColumnMeaning, Meaning, codelist_of};
use crate::inspect::finding::Certainty;
use crate::inspect::report::{Values, counted};
use crate::inspect::{Form, Inspection};

/// Drafts the definition. `state` narrows the choice of the authority.
pub fn draft(inspection: &Inspection, codelists: &Codelists, state: Option<&str>, values: Values) -> String {
    let draft = Draft {
        inspection,
        codelists,
        values,
    };
    let name = FileName::of(&inspection.name);
    let authority = draft.authority(state);
    let exported_on = draft.exported_on(&name);
    let mut text = draft.head(authority.is_err(), exported_on.is_none());
    let _ = match authority {
        Ok(code) => writeln!(
            text,
            "authority   = {}  # from the file's name; check it",
            quoted(&code)
        ),
        Err(codes) => writeln!(text, "authority   = \"\"  # fill in, one of: {}", codes.join(", ")),
    };
    let data_set = &inspection.meaning;
    let _ = writeln!(
        text,
        "dataset     = {}{}",
        quoted(data_set.data_set.name()),
        doubt(&data_set.certainty)
    );
    let _ = writeln!(text, "files       = {}", quoted(&name.pattern));
    let _ = match exported_on {
        Some(exported_on) => writeln!(text, "exported_on = {exported_on}"),
        None => writeln!(
            text,
            "exported_on = {{}}  # fill in: {{ value = 2025-12-31 }}, or where the date stands, see docs/source-definitions.md"
        ),
    };
    draft.dropped(&mut text);
    draft.format(&mut text);
    draft.columns(&mut text);
    draft.missing(&mut text);
    text
}

struct Draft<'a> {
    inspection: &'a Inspection,
    codelists: &'a Codelists,
    values: Values,
}

impl Draft<'_> {
    /// What the user has to know first.
    fn head(&self, without_authority: bool, without_date: bool) -> String {
        let mut text = format!(
            "# Drafted by `rogatory inspect --draft` from {}. Look through the comments, then try `rogatory check`.\n",
            comment(&self.inspection.name)
        );
        let mut gaps: Vec<&str> = Vec::new();
        gaps.extend(without_authority.then_some("authority"));
        gaps.extend(without_date.then_some("exported_on"));
        gaps.extend(&self.inspection.meaning.missing);
        if !gaps.is_empty() {
            let _ = writeln!(text, "# To fill in before it can be used: {}.", gaps.join(", "));
        }
        for obstacle in self.obstacles() {
            let _ = writeln!(text, "# {obstacle}");
        }
        text
    }

    /// What no source definition can say of the file, and the way round.
    fn obstacles(&self) -> Vec<String> {
        let mut obstacles = Vec::new();
        if self.inspection.header.rows == 0 {
            obstacles.push(
                "The file has no header, and a source definition names columns by it: write a line of names above the rows of `rogatory inspect FILE --rows csv`; [format] below fits that."
                    .to_owned(),
            );
        }
        if let Some(dialect) = self.dialect()
            && let Some(what) = inexpressible(dialect)
        {
            obstacles.push(format!(
                "A source definition can't say {what}: describe what `rogatory inspect FILE --rows csv > NEW.csv` writes; [format] below fits it."
            ));
        }
        obstacles
    }

    fn dialect(&self) -> Option<&Dialect> {
        match &self.inspection.form {
            Form::Delimited { dialect, .. } => Some(&dialect.dialect),
            _ => None,
        }
    }

    /// The authority that the file's name speaks of, or the codes to choose from.
    fn authority(&self, state: Option<&str>) -> Result<String, Vec<String>> {
        let Some(list) = self.codelists.get("authorities") else {
            return Err(Vec::new());
        };
        let of_state = |code: &&str| state.is_none_or(|state| list.attribute(code, "state") == Some(state));
        let words = fold(&self.inspection.name.replace(|c: char| c.is_ascii_digit(), " "));
        let said = |code: &str| {
            let mut parts = code.split('-').skip(1);
            parts.any(|part| words.split(' ').any(|word| word == fold(part)))
        };
        let codes: Vec<&str> = list.codes().filter(of_state).collect();
        let fitting: Vec<&str> = codes.iter().copied().filter(|code| said(code)).collect();
        match fitting.as_slice() {
            [only] => Ok((*only).to_owned()),
            [] => Err(codes.into_iter().map(str::to_owned).collect()),
            several => Err(several.iter().map(|code| (*code).to_owned()).collect()),
        }
    }

    fn exported_on(&self, name: &FileName) -> Option<String> {
        if let Some(pattern) = &name.date {
            return Some(format!("{{ file_name = {} }}", quoted(pattern)));
        }
        let (cell, pattern) = self.inspection.title_date.as_ref()?;
        let pattern = pattern.unwrap_or("yyyy-mm-dd");
        Some(format!(
            "{{ cell = {}, dates = [{}] }}  # the date above the header; check that it is the day of the export",
            quoted(cell),
            quoted(pattern)
        ))
    }

    fn each(&self) -> impl Iterator<Item = (&Column, &ColumnMeaning, String)> {
        let columns = self.inspection.columns.iter().zip(&self.inspection.meaning.columns);
        columns.map(|(column, meaning)| (column, meaning, self.key(column)))
    }

    /// How a definition names the column: by its header, or by its position where the header is empty or stands twice.
    fn key(&self, column: &Column) -> String {
        let same = self
            .inspection
            .columns
            .iter()
            .filter(|other| fold(&other.name) == fold(&column.name))
            .count();
        if same > 1 {
            format!("#{}", column.position)
        } else {
            self.inspection.column_name(column, self.values)
        }
    }

    fn dropped(&self, text: &mut String) {
        let dropped: Vec<_> = self
            .each()
            .filter(|(_, meaning, _)| matches!(meaning.meaning, Meaning::Dropped | Meaning::Unknown))
            .collect();
        if dropped.is_empty() {
            return;
        }
        text.push_str("drop = [  # columns that are not taken; their values never enter the lake\n");
        for (column, meaning, key) in dropped {
            let note = match meaning.meaning {
                Meaning::Unknown => format!("  # unknown: {}; map it below if it is a field", column.kind),
                _ => String::new(),
            };
            let _ = writeln!(text, "    {},{note}", quoted(&key));
        }
        text.push_str("]\n");
    }

    fn format(&self, text: &mut String) {
        text.push_str("\n[format]\n");
        let header = &self.inspection.header;
        match &self.inspection.form {
            Form::Delimited { encoding, dialect, .. } => {
                text.push_str("type = \"csv\"\n");
                if header.rows > 0 && inexpressible(&dialect.dialect).is_none() {
                    if encoding.encoding != encoding_rs::UTF_8 {
                        let name = encoding.encoding.name().to_lowercase();
                        let _ = writeln!(text, "encoding = {}{}", quoted(&name), doubt(&encoding.certainty));
                    }
                    delimited_keys(dialect, text);
                    rows_keys(header.titles, header.rows, &header.certainty, text);
                }
            }
            Form::Workbook(sheet) => {
                let _ = writeln!(text, "type = {}", quoted(sheet.kind.name()));
                let _ = writeln!(text, "sheet = {}{}", quoted(&sheet.name), doubt(&sheet.certainty));
                rows_keys(header.titles, header.rows, &header.certainty, text);
            }
            Form::Json { encoding, json } => {
                let _ = writeln!(text, "type = {}", quoted(json.kind.name()));
                if encoding.encoding != encoding_rs::UTF_8 {
                    let _ = writeln!(text, "encoding = {}", quoted(&encoding.encoding.name().to_lowercase()));
                }
                if !json.records.is_empty() {
                    let _ = writeln!(text, "records = {}{}", quoted(&json.records), doubt(&json.certainty));
                }
            }
        }
        self.null_values(text);
    }

    /// Texts that mean "no value" in a column that is taken.
    fn null_values(&self, text: &mut String) {
        let taken = self
            .each()
            .filter(|(_, meaning, _)| matches!(meaning.meaning, Meaning::Field(_) | Meaning::Event(_)));
        let mut nulls: Vec<String> = taken
            .flat_map(|(column, ..)| column.null_values.iter().map(|null| quoted(null)))
            .collect();
        nulls.sort();
        nulls.dedup();
        if !nulls.is_empty() {
            let _ = writeln!(
                text,
                "null_values = [{}]  # check that they mean \"no value\"",
                nulls.join(", ")
            );
        }
    }

    fn columns(&self, text: &mut String) {
        text.push_str("\n[columns]\n");
        for (column, meaning, key) in self.each() {
            let (target, codelist) = match &meaning.meaning {
                Meaning::Field(field) => (format!("field = {}", quoted(field.name)), codelist_of(field.kind)),
                Meaning::Event(event) => (format!("event = {}", quoted(event)), None),
                Meaning::Dropped | Meaning::Unknown => continue,
            };
            if let Some(codelist) = codelist {
                self.unrecognised(meaning, codelist, text);
            }
            let mut keys = vec![target];
            keys.extend(self.date_key(column, meaning));
            keys.extend(meaning.split.map(|separator| format!("split = {}", quoted(separator))));
            let note = self.column_note(column, meaning);
            let _ = writeln!(text, "{} = {{ {} }}{note}", quoted(&key), keys.join(", "));
        }
    }

    /// A comment on spellings that the codelist doesn't know, which the user names under `values`.
    fn unrecognised(&self, meaning: &ColumnMeaning, codelist: &str, text: &mut String) {
        if meaning.unrecognised.is_empty() {
            return;
        }
        let cells: usize = meaning.unrecognised.iter().map(|(_, count)| count).sum();
        let _ = writeln!(
            text,
            "# Not in {codelist}.csv: {} in {}. Give each its code:",
            counted(meaning.unrecognised.len(), "spelling", "spellings"),
            counted(cells, "cell", "cells")
        );
        let _ = match self.values {
            Values::Shown => {
                let listed: Vec<String> = meaning
                    .unrecognised
                    .iter()
                    .take(SHOWN)
                    .map(|(value, _)| format!("{} = \"\"", quoted(value)))
                    .collect();
                writeln!(text, "#     values = {{ {} }}", listed.join(", "))
            }
            Values::Hidden => writeln!(
                text,
                "#     values = {{ \"spelling\" = \"code\" }}  (`rogatory inspect --values --draft` lists them)"
            ),
        };
    }

    fn date_key(&self, column: &Column, meaning: &ColumnMeaning) -> Option<String> {
        let is_date = match &meaning.meaning {
            Meaning::Field(field) => field.kind == FieldKind::Date,
            Meaning::Event(_) => true,
            _ => false,
        };
        let patterns = match &column.kind {
            ColumnType::Date { patterns, .. } => patterns.clone(),
            _ if !matches!(self.inspection.form, Form::Workbook(_)) => vec![self.usual_pattern()],
            _ => Vec::new(),
        };
        let patterns: Vec<String> = patterns.into_iter().map(quoted).collect();
        (is_date && !patterns.is_empty()).then(|| format!("dates = [{}]", patterns.join(", ")))
    }

    /// The pattern of the file's first date column, for columns without values.
    fn usual_pattern(&self) -> &'static str {
        let patterns = self.inspection.columns.iter().find_map(|column| match &column.kind {
            ColumnType::Date { patterns, .. } => patterns.first().copied(),
            _ => None,
        });
        patterns.unwrap_or("yyyy-mm-dd")
    }

    fn column_note(&self, column: &Column, meaning: &ColumnMeaning) -> String {
        match &column.kind {
            ColumnType::Date { rival: Some(rival), .. } => format!("  # unsure: {rival} reads all of them too"),
            ColumnType::Empty => "  # no value was seen".to_owned(),
            _ => doubt(&meaning.certainty),
        }
    }

    /// Required fields that no column gives.
    fn missing(&self, text: &mut String) {
        let missing = &self.inspection.meaning.missing;
        if missing.is_empty() {
            return;
        }
        text.push_str("\n# No column was recognised for these required fields. Map one above, or say the value of all rows:\n# [constants]\n");
        for name in missing {
            let field = self.inspection.meaning.data_set.field(name);
            let _ = writeln!(text, "# {name} = \"\"  # {}", field.map(described).unwrap_or_default());
        }
    }
}

/// So many spellings are listed of one column.
const SHOWN: usize = 200;

/// What may stand in the field.
fn described(field: &Field) -> String {
    match codelist_of(field.kind) {
        Some(codelist) => format!("{}; a code of {codelist}.csv", field.meaning),
        None => field.meaning.to_owned(),
    }
}

fn delimited_keys(finding: &DialectFinding, text: &mut String) {
    let dialect = &finding.dialect;
    if dialect.delimiter != "," || finding.delimiter.is_unsure() {
        let _ = writeln!(
            text,
            "delimiter = {}{}",
            quoted(&dialect.delimiter),
            doubt(&finding.delimiter)
        );
    }
    match dialect.quote {
        Some('"') => {}
        quote => {
            let quote = quote.map(String::from).unwrap_or_default();
            let _ = writeln!(text, "quote = {}{}", quoted(&quote), doubt(&finding.quote));
        }
    }
    if let (Some(_), Escape::Character(escape)) = (dialect.quote, dialect.escape) {
        let _ = writeln!(
            text,
            "escape = {}{}",
            quoted(&escape.to_string()),
            doubt(&finding.escape)
        );
    }
}

fn rows_keys(titles: usize, rows: usize, certainty: &Certainty, text: &mut String) {
    if titles > 0 {
        let _ = writeln!(text, "title_rows = {titles}{}", doubt(certainty));
    }
    if rows > 1 {
        let _ = writeln!(text, "header_rows = {rows}{}", doubt(certainty));
    }
}

/// What of the dialect no source definition can say.
fn inexpressible(dialect: &Dialect) -> Option<String> {
    let is_ascii = |c: char| c.is_ascii();
    if dialect.delimiter.len() != 1 {
        return Some(format!("delimiter {}", shown_delimiter(&dialect.delimiter)));
    }
    match (dialect.quote, dialect.escape, &dialect.record_end) {
        (Some(quote), ..) if !is_ascii(quote) => Some(format!("quote `{quote}`")),
        (None, Escape::Character(_), _) => Some("that delimiters are escaped".to_owned()),
        (_, Escape::Character(escape), _) if !is_ascii(escape) => Some(format!("escape `{escape}`")),
        (Some(_), Escape::None, _) => Some("that quotes inside cells are not escaped".to_owned()),
        (.., RecordEnd::Text(end)) if end != "\n" && end != "\r" => Some("how the records end".to_owned()),
        _ => None,
    }
}

/// A file name as the pattern of the names of further exports.
struct FileName {
    pattern: String,
    /// The name up to its date, as `exported_on.file_name` has it.
    date: Option<String>,
}

impl FileName {
    fn of(name: &str) -> Self {
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        match date_in(stem) {
            Some((from, to, pattern)) => {
                let around = |text: &str| text.replace(['*', '?'], "?");
                FileName {
                    pattern: format!("{}*{}", around(&name[..from]), around(&name[to..])),
                    date: Some(format!("{}{pattern}", &name[..from])),
                }
            }
            None => FileName {
                pattern: name.to_owned(),
                date: None,
            },
        }
    }
}

/// Where the first date stands in a file name, from and to, and its pattern.
fn date_in(stem: &str) -> Option<(usize, usize, String)> {
    let bytes = stem.as_bytes();
    let digits = |from: usize, count: usize| -> Option<u32> {
        let text = stem.get(from..from + count)?;
        text.bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| text.parse().ok())?
    };
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let separator = |at: usize| stem.get(at..at + 1).filter(|text| ["-", "_", ".", " "].contains(text));
    let valid = |year: u32, month: u32, day: u32| {
        (1990..2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)
    };
    for from in (0..stem.len()).filter(|from| is_digit(*from) && (*from == 0 || !is_digit(from - 1))) {
        let sign = separator(from + 4).unwrap_or("");
        let width = sign.len();
        let (month, day) = (from + 4 + width, from + 6 + 2 * width);
        if let (Some(year), Some(month), Some(number)) = (digits(from, 4), digits(month, 2), digits(day, 2))
            && valid(year, month, number)
            && stem[from + 6 + width..].starts_with(sign)
            && !is_digit(day + 2)
        {
            return Some((from, day + 2, format!("{{yyyy}}{sign}{{mm}}{sign}{{dd}}")));
        }
        let sign = separator(from + 2).unwrap_or("");
        let width = sign.len();
        let (month, year) = (from + 2 + width, from + 4 + 2 * width);
        if let (Some(day), Some(month), Some(number)) = (digits(from, 2), digits(month, 2), digits(year, 4))
            && valid(number, month, day)
            && stem[from + 4 + width..].starts_with(sign)
            && !is_digit(year + 4)
        {
            return Some((from, year + 4, format!("{{dd}}{sign}{{mm}}{sign}{{yyyy}}")));
        }
    }
    None
}

/// The text as TOML writes it, on one line.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            control if control.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(control));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// Text that stays on the line of its comment.
fn comment(text: &str) -> String {
    text.replace(|c: char| c.is_control(), " ")
}

fn doubt(certainty: &Certainty) -> String {
    if certainty.is_unsure() {
        comment(&format!("  # {certainty}"))
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::{FileName, quoted};

    #[test]
    fn dates_in_file_names_become_patterns() {
        let cases = [
            ("piccj_20260115.csv", "piccj_*.csv", Some("piccj_{yyyy}{mm}{dd}")),
            ("tok20260115.csv", "tok*.csv", Some("tok{yyyy}{mm}{dd}")),
            ("mj 2026-01-15 v2.xlsx", "mj * v2.xlsx", Some("mj {yyyy}-{mm}-{dd}")),
            ("15.01.2026-eio.csv", "*-eio.csv", Some("{dd}.{mm}.{yyyy}")),
            ("cazier_2025.csv", "cazier_2025.csv", None),
            ("x_20261315.csv", "x_20261315.csv", None),
            (
                "ștampilă_2026_01_15.csv",
                "ștampilă_*.csv",
                Some("ștampilă_{yyyy}_{mm}_{dd}"),
            ),
        ];
        for (name, pattern, date) in cases {
            let found = FileName::of(name);
            assert_eq!(
                (found.pattern.as_str(), found.date.as_deref()),
                (pattern, date),
                "{name}"
            );
        }
    }

    #[test]
    fn quoted_text_reads_back() {
        for text in ["Nr. \"x\"\\", "two\nlines\ttab\u{1f}", "Страни број"] {
            let table: toml::Table = toml::from_str(&format!("{} = 1", quoted(text))).unwrap();
            assert_eq!(table.keys().next().map(String::as_str), Some(text));
        }
    }
}
