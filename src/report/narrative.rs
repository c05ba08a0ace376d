//! The narrative: text blocks that take every number from a published table by name.
//!
//! Input: a template with one block per section, the tables, and the facts of the edition. Output: paragraphs of plain text,
//! split at blank lines. Numbers read as the tables print them, so text and table can't disagree. A table, row or column that
//! does not exist is an error which names it and the nearest that does; a template asks `has(...)` where that is expected.
//! Nothing is escaped here: renderers escape what their format needs. Template functions compare and pick, they do not calculate.
//!
//! Functions: `number(table, keys, column)`, `value(...)` (a bare number or none), `counted(table, keys, column, one, many)`,
//! `agrees(table, keys, column, one, many)`, `compared(table, keys, keys_before, column)`, `label(table, keys)`,
//! `top(table, column, n, keys_before=[])`, `rows(table, keys_before=[])`, `has(table, keys=none, column=none)`; filters `listed`
//! (`a, b and c`; rows read `label (number)`) and `sentence` (a capital at the beginning). `see("table:<name>")` and `see("chart:<name>")` link
//! to what a section shows, by its number.

use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Serde};
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value as Any};
use serde::Serialize;

use super::TemplateSource;
use super::document::{Cover, nearest_hint};
use super::error::ReportError;
use super::number::NumberFormat;
use super::numbering::Numbering;
use super::text::{Paragraph, marked, with_references};
use crate::domain::long_date::long_date;
use crate::domain::table::{Cell, Missing, Row, RowKind, Table, Value};

/// The key of rows whose value is not stated: they are no candidates for the largest.
const NOT_STATED: &str = "not_stated";

/// A narrative that is ready to give its blocks.
pub struct Narrative {
    name: String,
    numbering: Arc<Numbering>,
    environment: Environment<'static>,
}

impl Narrative {
    /// Reads the template and gives its functions the tables and the numbers by which text refers to them.
    pub fn read(
        source: TemplateSource,
        tables: &[Table],
        numbering: &Numbering,
        cover: &Cover,
    ) -> Result<Self, ReportError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
        environment.set_syntax(whole_line_tags());
        let figures = Arc::new(Figures {
            tables: tables.to_vec(),
            numbers: cover.numbers(),
        });
        add_functions(&mut environment, &figures);
        let numbering = Arc::new(numbering.clone());
        let at = Arc::clone(&numbering);
        environment.add_function("see", move |item: &str| see(&at, item));
        add_facts(&mut environment, cover);
        environment
            .add_template_owned(source.name.to_owned(), source.text.to_owned())
            .map_err(|error| ReportError::NarrativeSyntax {
                template: source.name.to_owned(),
                reason: explained(&error),
            })?;
        Ok(Self {
            name: source.name.to_owned(),
            numbering,
            environment,
        })
    }

    /// The paragraphs of a block; none where the template has no such block.
    pub fn paragraphs(&self, block: &str) -> Result<Vec<Paragraph>, ReportError> {
        let fault = |error: Error| ReportError::NarrativeBlock {
            template: self.name.clone(),
            block: block.to_owned(),
            line: error.line().unwrap_or(0),
            reason: detail(&error),
        };
        let template = self.environment.get_template(&self.name).map_err(fault)?;
        let mut state = template.new_state();
        match state.render_block(block) {
            Ok(text) => {
                let paragraphs = paragraphs_of(&text);
                let referring = paragraphs.iter().map(|text| with_references(text, &self.numbering));
                Ok(referring.collect())
            }
            Err(error) if error.kind() == ErrorKind::UnknownBlock => Ok(Vec::new()),
            Err(error) => Err(fault(error)),
        }
    }
}

/// A tag on a line of its own leaves no line behind.
pub fn whole_line_tags() -> SyntaxConfig {
    SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build()
        .unwrap_or_default()
}

/// Texts between blank lines, each with single spaces.
fn paragraphs_of(text: &str) -> Vec<String> {
    let mut paragraphs: Vec<Vec<&str>> = vec![Vec::new()];
    for line in text.lines() {
        match (line.trim().is_empty(), paragraphs.last_mut()) {
            (false, Some(words)) => words.extend(line.split_whitespace()),
            _ => paragraphs.push(Vec::new()),
        }
    }
    let filled = paragraphs.into_iter().filter(|words| !words.is_empty());
    filled.map(|words| words.join(" ")).collect()
}

/// The message of a template error with the line where it happened.
pub fn explained(error: &Error) -> String {
    match error.line() {
        Some(line) => format!("{} (line {line})", detail(error)),
        None => detail(error),
    }
}

fn detail(error: &Error) -> String {
    error.detail().map_or_else(|| error.kind().to_string(), str::to_owned)
}

/// What a template can say about the edition itself.
fn add_facts(environment: &mut Environment<'static>, cover: &Cover) {
    let year = cover.as_of.year();
    let is_complete = cover.as_of == cover.as_of.last_of_year();
    let in_year = match is_complete {
        true => format!("In {year}"),
        false => format!("Between 1 January and {}", long_date(cover.as_of)),
    };
    environment.add_global("state", cover.state.clone());
    environment.add_global("period", cover.period.clone());
    environment.add_global("as_of", long_date(cover.as_of));
    environment.add_global("year", year.to_string());
    environment.add_global("previous_year", (year - 1).to_string());
    environment.add_global("in_year", in_year);
    environment.add_global("is_complete_year", is_complete);
}

/// The tables as the template functions read them.
struct Figures {
    tables: Vec<Table>,
    numbers: NumberFormat,
}

/// A row as templates see it.
#[derive(Serialize)]
struct NamedFigure {
    /// The label of the last dimension.
    label: String,
    /// The label of the first dimension.
    heading: String,
    keys: Vec<String>,
    number: String,
    value: Option<f64>,
}

type Keys = Vec<String>;

fn add_functions(environment: &mut Environment<'static>, figures: &Arc<Figures>) {
    let at = Arc::clone(figures);
    environment.add_function("number", move |table: &str, keys: Keys, column: &str| {
        at.printed(table, &keys, column)
    });
    let at = Arc::clone(figures);
    environment.add_function("value", move |table: &str, keys: Keys, column: &str| {
        at.bare(table, &keys, column)
    });
    let at = Arc::clone(figures);
    environment.add_function(
        "counted",
        move |table: &str, keys: Keys, column: &str, one: &str, many: &str| at.counted(table, &keys, column, one, many),
    );
    let at = Arc::clone(figures);
    environment.add_function(
        "agrees",
        move |table: &str, keys: Keys, column: &str, one: String, many: String| {
            at.printed(table, &keys, column)
                .map(|printed| if printed == "1" { one } else { many })
        },
    );
    let at = Arc::clone(figures);
    environment.add_function("compared", move |table: &str, now: Keys, before: Keys, column: &str| {
        at.compared(table, &now, &before, column)
    });
    let at = Arc::clone(figures);
    environment.add_function("label", move |table: &str, keys: Keys| {
        at.row(at.table(table)?, &keys).map(|row| row.labels.join(", "))
    });
    let at = Arc::clone(figures);
    environment.add_function(
        "top",
        move |table: &str, column: &str, count: usize, keys: Option<Keys>| {
            at.top(table, column, count, &keys.unwrap_or_default())
                .map(|rows| Any::from(Serde(rows)))
        },
    );
    let at = Arc::clone(figures);
    environment.add_function("rows", move |table: &str, keys: Option<Keys>| {
        at.rows(table, &keys.unwrap_or_default())
            .map(|rows| Any::from(Serde(rows)))
    });
    let at = Arc::clone(figures);
    environment.add_function("has", move |table: &str, options: Kwargs| at.has(table, &options));
    environment.add_filter("listed", |items: Any| listed(&items));
    environment.add_filter("sentence", |text: &str| sentence(text));
}

impl Figures {
    fn table(&self, name: &str) -> Result<&Table, Error> {
        let known = self.tables.iter().map(|table| table.name.as_str());
        self.tables
            .iter()
            .find(|table| table.name == name)
            .ok_or_else(|| unknown(format!("there is no table `{name}`{}", nearest_hint(name, known))))
    }

    fn row<'a>(&self, table: &'a Table, keys: &[String]) -> Result<&'a Row, Error> {
        let wanted: Vec<&str> = keys.iter().map(String::as_str).collect();
        table.row(&wanted).ok_or_else(|| {
            let known: Vec<String> = table.rows.iter().map(|row| row.keys.join(", ")).collect();
            let wanted = wanted.join(", ");
            let hint = nearest_hint(&wanted, known.iter().map(String::as_str));
            unknown(format!("table `{}` has no row `{wanted}`{hint}", table.name))
        })
    }

    fn column(&self, table: &Table, name: &str) -> Result<usize, Error> {
        let known = table.columns.iter().map(|column| column.name.as_str());
        table.column(name).ok_or_else(|| {
            unknown(format!(
                "table `{}` has no column `{name}`{}",
                table.name,
                nearest_hint(name, known)
            ))
        })
    }

    /// A cell and the decimals of its column.
    fn cell(&self, table: &str, keys: &[String], column: &str) -> Result<(&Cell, u8), Error> {
        let table = self.table(table)?;
        let column = self.column(table, column)?;
        Ok((&self.row(table, keys)?.cells[column], table.columns[column].decimals))
    }

    fn printed(&self, table: &str, keys: &[String], column: &str) -> Result<String, Error> {
        let (cell, decimals) = self.cell(table, keys, column)?;
        Ok(self.numbers.value(cell.value, decimals))
    }

    fn bare(&self, table: &str, keys: &[String], column: &str) -> Result<Option<f64>, Error> {
        Ok(bare(self.cell(table, keys, column)?.0))
    }

    /// `no requests`, `1 request`, `1,234 requests`.
    fn counted(&self, table: &str, keys: &[String], column: &str, one: &str, many: &str) -> Result<String, Error> {
        let (cell, decimals) = self.cell(table, keys, column)?;
        let printed = self.numbers.value(cell.value, decimals);
        Ok(match cell.value {
            Value::Missing(Missing::Nil) => format!("no {many}"),
            Value::Missing(_) => format!("an unknown number of {many}"),
            Value::Number(_) if printed == "0" => format!("no {many}"),
            Value::Number(_) if printed == "1" => format!("1 {one}"),
            Value::Number(_) => format!("{printed} {many}"),
        })
    }

    /// `up from 12`, `down from 12`, `as many as ...` by the printed numbers; nothing where one of them is missing.
    fn compared(&self, table: &str, now: &[String], before: &[String], column: &str) -> Result<String, Error> {
        let (now_printed, before_printed) = (self.printed(table, now, column)?, self.printed(table, before, column)?);
        Ok(
            match (self.bare(table, now, column)?, self.bare(table, before, column)?) {
                (Some(_), Some(_)) if now_printed == before_printed => "unchanged".to_owned(),
                (Some(now), Some(before)) if now > before => format!("up from {before_printed}"),
                (Some(_), Some(_)) => format!("down from {before_printed}"),
                _ => String::new(),
            },
        )
    }

    /// The body rows with the largest numbers above 0, largest first, equal ones in the table's order; not those that are not stated. At most
    /// `count`, without those that equal the first one left out; where that would leave none, all that are equal.
    fn top(&self, table: &str, column: &str, count: usize, keys: &[String]) -> Result<Vec<NamedFigure>, Error> {
        let table = self.table(table)?;
        let column = self.column(table, column)?;
        let mut rows: Vec<(f64, &Row)> = beginning_with(table, keys)
            .filter(|row| row.kind == RowKind::Body && row.keys.iter().all(|key| key != NOT_STATED))
            .filter_map(|row| Some((bare(&row.cells[column]).filter(|number| *number > 0.0)?, row)))
            .collect();
        rows.sort_by(|a, b| b.0.total_cmp(&a.0));
        if let Some((next, _)) = rows.get(count).copied() {
            let (above, equal) = (
                rows.iter().take_while(|(number, _)| *number > next).count(),
                rows.iter().take_while(|(number, _)| *number >= next).count(),
            );
            rows.truncate(if above > 0 { above } else { equal });
        }
        let decimals = table.columns[column].decimals;
        let named = |(number, row): (f64, &Row)| NamedFigure {
            label: row.labels.last().cloned().unwrap_or_default(),
            heading: row.labels.first().cloned().unwrap_or_default(),
            keys: row.keys.clone(),
            number: self.numbers.number(number, decimals),
            value: Some(number),
        };
        Ok(rows.into_iter().map(named).collect())
    }

    /// The body rows that begin with these keys: labels, keys, and the number of the first column.
    fn rows(&self, table: &str, keys: &[String]) -> Result<Vec<NamedFigure>, Error> {
        let table = self.table(table)?;
        let decimals = table.columns.first().map_or(0, |column| column.decimals);
        let body = beginning_with(table, keys).filter(|row| row.kind == RowKind::Body);
        let named = |row: &Row| NamedFigure {
            label: row.labels.last().cloned().unwrap_or_default(),
            heading: row.labels.first().cloned().unwrap_or_default(),
            keys: row.keys.clone(),
            number: row
                .cells
                .first()
                .map(|cell| self.numbers.value(cell.value, decimals))
                .unwrap_or_default(),
            value: row.cells.first().and_then(bare),
        };
        Ok(body.map(named).collect())
    }

    /// Whether the table exists, and in it the row with `keys` and the column, if they are given.
    fn has(&self, table: &str, options: &Kwargs) -> Result<bool, Error> {
        let keys: Option<Keys> = options.get("keys")?;
        let column: Option<&str> = options.get("column")?;
        options.assert_all_used()?;
        let Ok(table) = self.table(table) else { return Ok(false) };
        let has_row = keys.is_none_or(|keys| self.row(table, &keys).is_ok());
        Ok(has_row && column.is_none_or(|column| table.column(column).is_some()))
    }
}

fn beginning_with<'a>(table: &'a Table, keys: &'a [String]) -> impl Iterator<Item = &'a Row> {
    table
        .rows
        .iter()
        .filter(|row| row.keys.len() >= keys.len() && row.keys[..keys.len()] == *keys)
}

fn bare(cell: &Cell) -> Option<f64> {
    match cell.value {
        Value::Number(number) => Some(number),
        Value::Missing(_) => None,
    }
}

/// The mark of a table or figure that a section shows.
fn see(numbering: &Numbering, item: &str) -> Result<String, Error> {
    match numbering.reference(item) {
        Some(_) => Ok(marked(item)),
        None => Err(unknown(format!(
            "no section shows `{item}`{}",
            nearest_hint(item, numbering.items())
        ))),
    }
}

fn unknown(reason: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, reason)
}

/// The text with a capital at its beginning.
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// `a, b and c`; rows of `top` and `rows` read `label (number)`.
fn listed(items: &Any) -> Result<String, Error> {
    let mut texts = Vec::new();
    for item in items.try_iter()? {
        let (label, number) = (item.get_attr("label"), item.get_attr("number"));
        texts.push(match (label, number) {
            (Ok(label), Ok(number)) if !label.is_undefined() => format!("{label} ({number})"),
            _ => item.to_string(),
        });
    }
    Ok(match texts.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
    })
}
