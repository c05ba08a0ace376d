//! Columns of an export: what each of them holds, and every spelling that it may show.
//!
//! Input: a source definition, its recipe and the codelists. Output: columns in the order of the recipe's header. A spelling that the
//! format can't hold (a separator within it) is left out here, so a row is never written that reads differently than meant.

use crate::domain::codelist::{Codelists, Recognition};
use crate::domain::dataset::FieldKind;
use crate::domain::date_pattern::DatePattern;
use crate::domain::source::{FormatType, Mapping, SourceDefinition, Target};
use crate::generate::compile::event_columns;
use crate::generate::error::GenerateError;
use crate::generate::random::Random;
use crate::generate::recipe::SourceRecipe;
use crate::generate::record::{CodeSet, Parts, Record, Value};
use crate::generate::row::ARRAY_SEPARATOR;

/// One column.
#[derive(Clone, Debug)]
pub struct Column {
    pub header: String,
    pub content: Content,
    pub field: Option<usize>,
}

/// What a column holds.
#[derive(Clone, Debug)]
pub enum Content {
    Dropped(String),
    Codes(Spellings),
    Date(Option<DatePattern>),
    Event(usize, Option<DatePattern>),
    Flag([String; 2]),
    Plain,
}

/// The spellings of a coded column.
#[derive(Clone, Debug)]
pub struct Spellings {
    /// By code.
    by_code: Vec<Vec<String>>,
    codes: Vec<String>,
    /// What stands between several codes; without it a cell holds the first one only.
    separator: Option<String>,
    /// Whether a cell is an array instead of one text.
    pub array: bool,
    /// The field whose codes come after this one's.
    secondary: Option<usize>,
}

/// A code without a spelling that the column can hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Unspelled {
    pub column: String,
    pub code: String,
}

impl Spellings {
    /// Appends the spelling of one or several codes, or gives back the code that has none.
    pub fn write(&self, value: Value, record: &Record, random: &mut Random, text: &mut String) -> Result<(), String> {
        let secondary = self.secondary.map_or(Value::Missing, |field| record.values[field]);
        let mut all = CodeSet::default();
        for value in [value, secondary] {
            match value {
                Value::Code(code) => all.add(code),
                Value::Codes(codes) => codes.codes().iter().for_each(|code| all.add(*code)),
                _ => {}
            }
        }
        let most = if self.separator.is_some() { all.codes().len() } else { 1 };
        for (place, code) in all.codes().iter().take(most).enumerate() {
            if place > 0 {
                text.push_str(self.separator.as_deref().unwrap_or_default());
            }
            self.push(*code, random, text)?;
        }
        Ok(())
    }

    fn push(&self, code: u16, random: &mut Random, text: &mut String) -> Result<(), String> {
        let spellings = &self.by_code[usize::from(code)];
        let chosen = spellings.get(random.below(spellings.len() as u64) as usize);
        text.push_str(chosen.ok_or_else(|| self.codes[usize::from(code)].clone())?);
        Ok(())
    }
}

/// The columns from left to right: the recipe's header, which must name exactly the definition's columns.
fn header<'a>(definition: &'a SourceDefinition, recipe: &'a SourceRecipe) -> Result<Vec<&'a str>, GenerateError> {
    let mapped = definition.columns.iter().map(|column| column.header.as_str());
    let known: Vec<&str> = mapped.chain(definition.drop.iter().map(String::as_str)).collect();
    if recipe.header.is_empty() {
        return Ok(known);
    }
    let header: Vec<&str> = recipe.header.iter().map(String::as_str).collect();
    let stray = header
        .iter()
        .find(|name| !known.contains(name))
        .or(known.iter().find(|name| !header.contains(name)));
    match stray {
        Some(column) => Err(GenerateError::Header {
            source_name: definition.name.clone(),
            column: (*column).to_owned(),
        }),
        None => Ok(header),
    }
}

/// Makes columns of a definition.
pub struct ColumnBuilder<'a> {
    pub definition: &'a SourceDefinition,
    pub recipe: &'a SourceRecipe,
    pub codelists: &'a Codelists,
    /// Language of codelist names.
    pub language: &'a str,
}

impl ColumnBuilder<'_> {
    /// The columns from left to right.
    ///
    /// # Errors
    /// The recipe's header or one of its spellings doesn't fit the definition.
    pub fn columns(&self) -> Result<Vec<Column>, GenerateError> {
        self.check_spellings()?;
        header(self.definition, self.recipe)?
            .into_iter()
            .map(|header| self.column(header))
            .collect()
    }

    fn column(&self, header: &str) -> Result<Column, GenerateError> {
        let mapped = self.definition.columns.iter().find(|column| column.header == header);
        let mapping = mapped.and_then(|column| column.mappings.first());
        let (content, field) = match mapping {
            None => (Content::Dropped(self.fitted(&self.recipe.layout.filler)), None),
            Some(mapping) => (self.content(mapping)?, self.field(mapping)),
        };
        Ok(Column {
            header: self.fitted(header),
            content,
            field,
        })
    }

    fn field(&self, mapping: &Mapping) -> Option<usize> {
        match mapping.target {
            Target::Field(field) => Some(field),
            Target::Event(_) => None,
        }
    }

    fn content(&self, mapping: &Mapping) -> Result<Content, GenerateError> {
        let pattern = mapping.dates.first().cloned();
        Ok(match &mapping.target {
            Target::Event(event) => {
                let position = event_columns(self.definition).iter().position(|known| known == event);
                Content::Event(position.unwrap_or(0), pattern)
            }
            Target::Field(field) => match self.definition.data_set.fields()[*field].kind {
                FieldKind::Code(codelist) | FieldKind::CodeList(codelist) => {
                    Content::Codes(self.spellings(mapping, *field, codelist)?)
                }
                FieldKind::Date => Content::Date(pattern),
                FieldKind::Boolean => Content::Flag(self.flags(mapping)),
                FieldKind::Text | FieldKind::Integer | FieldKind::Decimal => Content::Plain,
            },
        })
    }

    fn flags(&self, mapping: &Mapping) -> [String; 2] {
        let [yes, no] = &self.recipe.layout.flags;
        let local = |meaning: &str, usual: &String| {
            let written = mapping.spellings.iter().find(|(_, code)| code.as_str() == meaning);
            self.fitted(written.map_or(usual.as_str(), |(spelling, _)| spelling.as_str()))
        };
        [local("yes", yes), local("no", no)]
    }

    fn spellings(&self, mapping: &Mapping, field: usize, codelist: &str) -> Result<Spellings, GenerateError> {
        let list = self.codelists.get(codelist).ok_or_else(|| GenerateError::Unknown {
            source_name: self.definition.name.clone(),
            what: "codelist",
            found: codelist.to_owned(),
            expected: "a file of codelists/",
        })?;
        let name = self.definition.data_set.fields()[field].name;
        let further = self.recipe.spellings.get(name);
        let json = matches!(self.definition.format.kind, FormatType::Json | FormatType::Jsonl);
        let array = json && mapping.split.is_none() && name != "counterpart" && self.is_list(field);
        let separator = mapping
            .split
            .clone()
            .or_else(|| array.then(|| ARRAY_SEPARATOR.to_owned()));
        let of_code = |code: &str| {
            let local = mapping
                .spellings
                .iter()
                .filter(|(_, meaning)| *meaning == code)
                .map(|(spelling, _)| spelling.as_str());
            let mut all: Vec<&str> = local.collect();
            if all.is_empty() {
                all.extend(list.label(code, self.language));
            }
            let further = further.and_then(|further| further.get(code)).into_iter().flatten();
            all.extend(further.map(String::as_str));
            let fitted = all.into_iter().map(|spelling| self.fitted(spelling));
            fitted
                .filter(|spelling| self.holds(spelling, separator.as_deref()))
                .collect()
        };
        Ok(Spellings {
            by_code: list.codes().map(of_code).collect(),
            codes: list.codes().map(str::to_owned).collect(),
            separator,
            array,
            secondary: Parts::of(self.definition.data_set)
                .secondary
                .filter(|_| name == "instrument" && mapping.split.is_some()),
        })
    }

    /// Misspelt texts must be known to no codelist, further spellings must mean their code.
    fn check_spellings(&self) -> Result<(), GenerateError> {
        let misspelt = self
            .recipe
            .misspelt
            .iter()
            .flat_map(|(field, texts)| texts.iter().map(move |text| (field, text, "")));
        let further = self.recipe.spellings.iter().flat_map(|(field, by_code)| {
            by_code
                .iter()
                .flat_map(move |(code, texts)| texts.iter().map(move |text| (field, text, code.as_str())))
        });
        for (field, text, code) in misspelt.chain(further) {
            let position = self.definition.position(field);
            let kind = position.map(|position| self.definition.data_set.fields()[position].kind);
            let Some(FieldKind::Code(codelist) | FieldKind::CodeList(codelist)) = kind else {
                continue;
            };
            let means = match self.codelists.get(codelist).map(|list| list.recognise(text)) {
                Some(Recognition::Code(means)) => means,
                _ => String::new(),
            };
            if means != code {
                let source_name = self.definition.name.clone();
                return Err(GenerateError::Means {
                    source_name,
                    field: field.clone(),
                    text: text.clone(),
                    means,
                });
            }
        }
        Ok(())
    }

    fn is_list(&self, field: usize) -> bool {
        matches!(self.definition.data_set.fields()[field].kind, FieldKind::CodeList(_))
    }

    /// Whether a cell can hold the spelling: not the separator, and no delimiter where fields are never quoted.
    fn holds(&self, spelling: &str, separator: Option<&str>) -> bool {
        let format = &self.definition.format;
        let bare = format.kind == FormatType::Csv && format.quote.is_none();
        let separator = separator.map(|text| if text.trim().is_empty() { text } else { text.trim() });
        let splits = separator.is_some_and(|separator| spelling.contains(separator));
        !(splits || bare && spelling.contains([char::from(format.delimiter), '\n']))
    }

    /// Texts as the encoding can hold them.
    pub fn fitted_all(&self, texts: &[String]) -> Vec<String> {
        texts.iter().map(|text| self.fitted(text)).collect()
    }

    /// The text with cedillas where the encoding lacks the comma below, as its users write.
    fn fitted(&self, text: &str) -> String {
        let old = [encoding_rs::WINDOWS_1250, encoding_rs::ISO_8859_2].contains(&self.definition.format.encoding);
        if !old {
            return text.to_owned();
        }
        let letter = |letter| match letter {
            'ș' => 'ş',
            'ț' => 'ţ',
            'Ș' => 'Ş',
            'Ț' => 'Ţ',
            other => other,
        };
        text.chars().map(letter).collect()
    }
}
