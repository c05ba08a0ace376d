//! `[columns]` and `[constants]`: which field or event a column gives, and how its cells are read.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::codelist::{Codelists, Recognition};
use crate::domain::dataset::{DataSet, FieldKind};
use crate::domain::date_pattern::DatePattern;
use crate::domain::fold::{fold, nearest};
use crate::domain::source::error::DefinitionError;
use crate::domain::source::format::patterns;
use crate::domain::toml_error::explain_toml;

/// What a column gives.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// Position in [`DataSet::fields`].
    Field(usize),
    /// A code of `events.csv`.
    Event(String),
}

/// One use of one column.
#[derive(Clone, Debug)]
pub struct Mapping {
    pub target: Target,
    pub dates: Vec<DatePattern>,
    /// Folded local spelling to code; an empty code means "no value".
    pub values: BTreeMap<String, String>,
    /// The local spellings as written, for those who need to write them.
    pub spellings: BTreeMap<String, String>,
    pub split: Option<String>,
    pub default: Option<String>,
}

/// A column of the export that is taken.
#[derive(Clone, Debug)]
pub struct MappedColumn {
    /// The header as the definition writes it.
    pub header: String,
    pub mappings: Vec<Mapping>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenMapping {
    field: Option<String>,
    event: Option<String>,
    #[serde(default)]
    dates: Vec<String>,
    #[serde(default)]
    values: BTreeMap<String, String>,
    split: Option<String>,
    default: Option<String>,
}

/// What checking a column needs to know.
pub(super) struct ColumnCheck<'a> {
    pub(super) data_set: DataSet,
    pub(super) codelists: &'a Codelists,
    pub(super) workbook: bool,
}

impl ColumnCheck<'_> {
    pub(super) fn constants(
        &self,
        written: &BTreeMap<String, toml::Value>,
    ) -> Result<Vec<(usize, String)>, DefinitionError> {
        let constant = |(name, value): (&String, &toml::Value)| {
            let position = self.field("[constants]", name)?;
            let text = match value {
                toml::Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let kind = self.data_set.fields()[position].kind;
            if let FieldKind::Code(codelist) | FieldKind::CodeList(codelist) = kind {
                self.known_spelling("[constants]", codelist, &text)?;
            }
            Ok((position, text))
        };
        written.iter().map(constant).collect()
    }

    pub(super) fn columns(&self, written: &toml::Table) -> Result<Vec<MappedColumn>, DefinitionError> {
        let column = |(header, value): (&String, &toml::Value)| {
            let values = match value {
                toml::Value::Array(values) => values.clone(),
                value => vec![value.clone()],
            };
            let mappings = values
                .into_iter()
                .map(|value| self.mapping(header, value))
                .collect::<Result<_, _>>()?;
            Ok(MappedColumn {
                header: header.clone(),
                mappings,
            })
        };
        written.iter().map(column).collect()
    }

    fn mapping(&self, column: &str, value: toml::Value) -> Result<Mapping, DefinitionError> {
        let written: WrittenMapping = value
            .try_into()
            .map_err(|error: toml::de::Error| DefinitionError::Toml {
                message: format!("column `{column}`: {}", explain_toml(&error)),
            })?;
        let target = self.target(column, &written)?;
        let mapping = Mapping {
            dates: patterns(&written.dates)?,
            values: self.values(column, &target, &written.values)?,
            spellings: written.values,
            split: written.split.filter(|text| !text.is_empty()),
            default: written.default,
            target,
        };
        self.check_mapping(column, &mapping)?;
        Ok(mapping)
    }

    fn target(&self, column: &str, written: &WrittenMapping) -> Result<Target, DefinitionError> {
        match (&written.field, &written.event) {
            (Some(field), None) => Ok(Target::Field(self.field(column, field)?)),
            (None, Some(event)) => {
                let events = self.codelists.get("events");
                if events.is_some_and(|events| events.has(event)) {
                    return Ok(Target::Event(event.clone()));
                }
                let codes = events
                    .map(|events| events.codes().collect::<Vec<_>>())
                    .unwrap_or_default();
                let nearest = owned(nearest(event, codes, 3));
                Err(DefinitionError::Event {
                    column: column.to_owned(),
                    found: event.clone(),
                    nearest,
                })
            }
            _ => Err(DefinitionError::Column {
                column: column.to_owned(),
                problem: "needs either `field` or `event`",
            }),
        }
    }

    fn field(&self, column: &str, name: &str) -> Result<usize, DefinitionError> {
        let fields = self.data_set.fields();
        let unknown = || DefinitionError::Field {
            column: column.to_owned(),
            data_set: self.data_set.name(),
            found: name.to_owned(),
            nearest: owned(nearest(name, fields.iter().map(|field| field.name), 3)),
        };
        fields.iter().position(|field| field.name == name).ok_or_else(unknown)
    }

    fn kind(&self, target: &Target) -> FieldKind {
        match target {
            Target::Field(position) => self.data_set.fields()[*position].kind,
            Target::Event(_) => FieldKind::Date,
        }
    }

    /// Folded spellings with the codes they mean.
    fn values(
        &self,
        column: &str,
        target: &Target,
        written: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, DefinitionError> {
        let mut values = BTreeMap::new();
        for (spelling, code) in written {
            if let FieldKind::Code(codelist) | FieldKind::CodeList(codelist) = self.kind(target)
                && !code.is_empty()
            {
                self.known_code(column, codelist, code)?;
            }
            // A spelling without letters or digits, such as `-`, is kept as written.
            let folded = Some(fold(spelling))
                .filter(|folded| !folded.is_empty())
                .unwrap_or_else(|| spelling.clone());
            if values.insert(folded, code.clone()).is_some_and(|other| other != *code) {
                return Err(DefinitionError::Column {
                    column: column.to_owned(),
                    problem: "two spellings in `values` differ only in case, diacritics or punctuation, but mean two codes",
                });
            }
        }
        Ok(values)
    }

    fn known_code(&self, column: &str, codelist: &str, code: &str) -> Result<(), DefinitionError> {
        let list = self.codelists.get(codelist);
        if list.is_some_and(|list| list.has(code)) {
            return Ok(());
        }
        let codes = list.map(|list| list.codes().collect::<Vec<_>>()).unwrap_or_default();
        let nearest = owned(nearest(code, codes, 3));
        Err(DefinitionError::Code {
            column: column.to_owned(),
            codelist: codelist.to_owned(),
            found: code.to_owned(),
            nearest,
        })
    }

    fn known_spelling(&self, column: &str, codelist: &str, text: &str) -> Result<(), DefinitionError> {
        let nearest = match self.codelists.get(codelist).map(|list| list.recognise(text)) {
            Some(Recognition::Code(_)) => return Ok(()),
            Some(Recognition::Ambiguous(nearest) | Recognition::Unknown { nearest }) => nearest,
            None => Vec::new(),
        };
        Err(DefinitionError::Code {
            column: column.to_owned(),
            codelist: codelist.to_owned(),
            found: text.to_owned(),
            nearest,
        })
    }

    fn check_mapping(&self, column: &str, mapping: &Mapping) -> Result<(), DefinitionError> {
        let problem = |problem| {
            Err(DefinitionError::Column {
                column: column.to_owned(),
                problem,
            })
        };
        let kind = self.kind(&mapping.target);
        let is_date = kind == FieldKind::Date;
        if is_date && mapping.dates.is_empty() && !self.workbook {
            return problem("a date needs its patterns, such as `dates = [\"dd.mm.yyyy\"]`");
        }
        if !is_date && !mapping.dates.is_empty() {
            return problem("`dates` belongs to date fields and events only");
        }
        let splits = match mapping.target {
            Target::Field(position) => {
                let name = self.data_set.fields()[position].name;
                let items = self.data_set == DataSet::Requests && ["counterpart", "form", "instrument"].contains(&name);
                items || matches!(kind, FieldKind::CodeList(_))
            }
            Target::Event(_) => false,
        };
        if mapping.split.is_some() && !splits {
            return problem(
                "`split` belongs to list fields, and to `counterpart`, `form` and `instrument` of requests",
            );
        }
        Ok(())
    }
}

pub(super) fn owned(texts: Vec<&str>) -> Vec<String> {
    texts.into_iter().map(str::to_owned).collect()
}
