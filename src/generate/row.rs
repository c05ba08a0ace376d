//! Rows of an export: a record spelled as the source definition says its columns are.
//!
//! Input: a record, how it is spoiled, a random stream for the choice among spellings. Output: a [`Row`] of cells, which every format's
//! writer takes. The text of all cells lies in one buffer that is used again for the next row.

use std::ops::Range;

use crate::domain::codelist::Codelists;
use crate::domain::date_pattern::DatePattern;
use crate::domain::source::{FormatType, SourceDefinition};
use crate::generate::column::{Column, ColumnBuilder, Content, Unspelled};
use crate::generate::day::{Day, WrittenDate, number};
use crate::generate::error::GenerateError;
use crate::generate::fault::{BadDate, Spoiled};
use crate::generate::pattern::TextPattern;
use crate::generate::random::{Random, Share};
use crate::generate::recipe::SourceRecipe;
use crate::generate::record::{Parts, Record, Value};

/// Separates the values of a cell that holds an array.
pub const ARRAY_SEPARATOR: &str = "\u{1f}";

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Empty,
    Text(Range<usize>),
    /// Several values, separated by [`ARRAY_SEPARATOR`] (JSON only).
    Array(Range<usize>),
    /// A real date (workbooks only).
    Date(Day),
    /// A number, as text with the source's decimal separator and as a value.
    Number(Range<usize>, f64),
    Flag(Range<usize>, bool),
}

/// The cells of one row.
#[derive(Clone, Debug, Default)]
pub struct Row {
    pub text: String,
    pub cells: Vec<Cell>,
}

impl Row {
    pub fn text(&self, range: &Range<usize>) -> &str {
        &self.text[range.clone()]
    }

    fn clear(&mut self) {
        self.text.clear();
        self.cells.clear();
    }
}

/// How a source's rows are written.
#[derive(Clone, Debug)]
pub struct RowPlan {
    columns: Vec<Column>,
    patterns: Vec<TextPattern>,
    parts: Parts,
    months: Vec<String>,
    decimal: char,
    misspelt: Vec<(usize, Vec<String>)>,
    text_dates: Share,
    real_dates: bool,
}

impl RowPlan {
    /// Lays out the columns of a source, in the order of the recipe's header.
    pub fn new(
        definition: &SourceDefinition,
        recipe: &SourceRecipe,
        codelists: &Codelists,
        language: &str,
        patterns: &[TextPattern],
    ) -> Result<Self, GenerateError> {
        let parts = Parts::of(definition.data_set);
        let language = recipe.layout.language.as_deref().unwrap_or(language);
        let builder = ColumnBuilder {
            definition,
            recipe,
            codelists,
            language,
        };
        let misspelt = recipe
            .misspelt
            .iter()
            .filter_map(|(field, texts)| Some((definition.position(field)?, texts)));
        let text_dates = Share::new(recipe.layout.text_dates).ok_or_else(|| GenerateError::Source {
            source_name: definition.name.clone(),
            problem: "`text_dates` is a share between 0 and 1",
        })?;
        let months = recipe.layout.months.clone();
        Ok(RowPlan {
            columns: builder.columns()?,
            patterns: patterns.to_vec(),
            parts,
            months: if months.len() == 12 {
                months
            } else {
                ENGLISH_MONTHS.map(str::to_owned).to_vec()
            },
            decimal: recipe.layout.decimal,
            misspelt: misspelt
                .map(|(field, texts)| (field, builder.fitted_all(texts)))
                .collect(),
            text_dates,
            real_dates: definition.format.kind == FormatType::Xlsx,
        })
    }

    /// The headers from left to right.
    pub fn header(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.header.as_str())
    }

    /// Spells a record.
    ///
    /// # Errors
    /// A code that has no spelling in its column.
    pub fn write(
        &self,
        record: &Record,
        spoiled: &Spoiled,
        random: &mut Random,
        row: &mut Row,
    ) -> Result<(), Unspelled> {
        row.clear();
        for column in &self.columns {
            let cell = self.cell(column, record, spoiled, random, &mut row.text)?;
            row.cells.push(cell);
        }
        Ok(())
    }

    fn cell(
        &self,
        column: &Column,
        record: &Record,
        spoiled: &Spoiled,
        random: &mut Random,
        text: &mut String,
    ) -> Result<Cell, Unspelled> {
        let from = text.len();
        if let (Some((field, bad)), Content::Date(Some(pattern))) = (&spoiled.date, &column.content)
            && column.field == Some(*field)
        {
            match bad {
                BadDate::Written(date) => date.write(pattern, &self.months, text),
                BadDate::Serial(days) => number(text, *days as u32, 1),
            }
            return Ok(Cell::Text(from..text.len()));
        }
        if let Some((field, misspelt)) = spoiled.misspelt
            && column.field == Some(field)
        {
            let texts = self.misspelt.iter().find(|(known, _)| *known == field);
            text.push_str(texts.map_or("", |(_, texts)| texts[misspelt].as_str()));
            return Ok(Cell::Text(from..text.len()));
        }
        self.sound_cell(column, record, random, text)
    }

    fn sound_cell(
        &self,
        column: &Column,
        record: &Record,
        random: &mut Random,
        text: &mut String,
    ) -> Result<Cell, Unspelled> {
        let from = text.len();
        let value = column.field.map_or(Value::Missing, |field| record.values[field]);
        let cell = match (&column.content, value) {
            (Content::Dropped(filler), _) => {
                text.push_str(filler);
                Cell::Text(from..text.len())
            }
            (Content::Event(event, pattern), _) => match record.events[*event] {
                Some(day) => self.date(day, pattern.as_ref(), random, text),
                None => Cell::Empty,
            },
            (_, Value::Missing) => Cell::Empty,
            (Content::Codes(spellings), value) => {
                spellings
                    .write(value, record, random, text)
                    .map_err(|code| self.unspelled(column, code))?;
                let range = from..text.len();
                if spellings.array {
                    Cell::Array(range)
                } else {
                    Cell::Text(range)
                }
            }
            (Content::Date(pattern), Value::Day(day)) => self.date(day, pattern.as_ref(), random, text),
            (Content::Flag(words), Value::Flag(flag)) => {
                text.push_str(&words[usize::from(!flag)]);
                Cell::Flag(from..text.len(), flag)
            }
            (_, value) => self.plain(value, text),
        };
        Ok(cell)
    }

    fn plain(&self, value: Value, text: &mut String) -> Cell {
        let from = text.len();
        match value {
            Value::Whole(whole) => {
                number(text, whole.unsigned_abs() as u32, 1);
                Cell::Number(from..text.len(), whole as f64)
            }
            Value::Hundredths(hundredths) => {
                number(text, (hundredths / 100) as u32, 1);
                text.push(self.decimal);
                number(text, (hundredths % 100) as u32, 2);
                Cell::Number(from..text.len(), hundredths as f64 / 100.0)
            }
            Value::Text(values) => {
                self.patterns[usize::from(values.pattern)].write(values, text);
                Cell::Text(from..text.len())
            }
            _ => Cell::Empty,
        }
    }

    fn date(&self, day: Day, pattern: Option<&DatePattern>, random: &mut Random, text: &mut String) -> Cell {
        let from = text.len();
        let as_text = !self.real_dates || random.happens(self.text_dates);
        match pattern.filter(|_| as_text) {
            Some(pattern) => {
                // Office hours, where the pattern has a time.
                let seconds = 28_800 + random.below(32_400) as u32;
                WrittenDate {
                    civil: day.civil(),
                    seconds,
                    short_year: false,
                }
                .write(pattern, &self.months, text);
                Cell::Text(from..text.len())
            }
            None => Cell::Date(day),
        }
    }

    fn unspelled(&self, column: &Column, code: String) -> Unspelled {
        Unspelled {
            column: column.header.clone(),
            code,
        }
    }

    /// The field whose value comes first in time, for rows that conflict.
    pub fn begin(&self) -> usize {
        self.parts.begin
    }
}

const ENGLISH_MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
