//! The whole of a definition, and what must hold between its parts.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::Deserialize;

use crate::domain::codelist::Codelists;
use crate::domain::dataset::DataSet;
use crate::domain::fold::nearest;
use crate::domain::pull::PullDefinition;
use crate::domain::source::columns::{ColumnCheck, MappedColumn, Mapping, Target, owned};
use crate::domain::source::error::DefinitionError;
use crate::domain::source::format::{ExportedOn, Format, WrittenExportedOn, WrittenFormat};
use crate::domain::toml_error::explain_toml;

/// Whether each export is the full state or brings rows to replace older ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    #[default]
    Snapshot,
    Upsert,
}

/// Where the exports of a source are.
#[derive(Clone, Debug)]
pub enum Origin {
    /// In `exports/`, under names that fit this pattern.
    Folder { files: String },
    /// At the agency; a pull brings them into the vault.
    Pull(Box<PullDefinition>),
}

/// A checked source definition.
#[derive(Clone, Debug)]
pub struct SourceDefinition {
    pub name: String,
    pub authority: String,
    pub data_set: DataSet,
    pub mode: Mode,
    pub origin: Origin,
    pub exported_on: ExportedOn,
    pub quarantine_limit: f64,
    pub drop: Vec<String>,
    pub number_rows: bool,
    pub format: Format,
    /// Field position and value, as text that is read like a cell.
    pub constants: Vec<(usize, String)>,
    /// In the order of the definition.
    pub columns: Vec<MappedColumn>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    authority: String,
    dataset: String,
    #[serde(default)]
    mode: Mode,
    files: Option<String>,
    pull: Option<toml::Table>,
    exported_on: WrittenExportedOn,
    #[serde(default = "default_quarantine_limit")]
    quarantine_limit: f64,
    #[serde(default)]
    drop: Vec<String>,
    #[serde(default)]
    number_rows: bool,
    format: WrittenFormat,
    #[serde(default)]
    constants: BTreeMap<String, toml::Value>,
    columns: toml::Table,
}

fn default_quarantine_limit() -> f64 {
    0.05
}

impl SourceDefinition {
    /// Reads and checks the definition of the source called `name`.
    ///
    /// # Errors
    /// The first thing in it that can't be used, with the nearest valid one.
    pub fn read(name: &str, text: &str, codelists: &Codelists) -> Result<Self, DefinitionError> {
        let written: Written = toml::from_str(text).map_err(|error| DefinitionError::Toml {
            message: explain_toml(&error),
        })?;
        let data_set = DataSet::from_str(&written.dataset)?;
        check_authority(&written.authority, codelists)?;
        let check = ColumnCheck {
            data_set,
            codelists,
            workbook: written.format.kind.is_workbook(),
        };
        let definition = SourceDefinition {
            name: name.to_owned(),
            data_set,
            mode: written.mode,
            origin: origin(written.files, written.pull)?,
            exported_on: written.exported_on.checked()?,
            format: written.format.checked()?,
            constants: check.constants(&written.constants)?,
            columns: check.columns(&written.columns)?,
            authority: written.authority,
            quarantine_limit: written.quarantine_limit,
            drop: written.drop,
            number_rows: written.number_rows,
        };
        definition.check_whole()?;
        Ok(definition)
    }

    /// Position of the field called `name`.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.data_set.fields().iter().position(|field| field.name == name)
    }

    /// Positions of the fields that columns or constants give.
    fn given(&self) -> Vec<usize> {
        let columns = self.columns.iter().flat_map(|column| &column.mappings);
        let fields = columns.filter_map(|mapping| match mapping.target {
            Target::Field(position) => Some(position),
            Target::Event(_) => None,
        });
        fields
            .chain(self.constants.iter().map(|(position, _)| *position))
            .collect()
    }

    fn check_whole(&self) -> Result<(), DefinitionError> {
        let given = self.given();
        let fields = self.data_set.fields();
        for (position, field) in fields.iter().enumerate() {
            let times = given.iter().filter(|other| **other == position).count();
            if times > 1 {
                return Err(DefinitionError::Twice {
                    field: field.name.to_owned(),
                });
            }
            let numbered = self.number_rows && field.name == "reference";
            if times == 0 && field.required && field.name != "item" && !numbered {
                return Err(DefinitionError::Unmapped { field: field.name });
            }
        }
        self.check_contradictions(&given)
    }

    fn check_contradictions(&self, given: &[usize]) -> Result<(), DefinitionError> {
        let has = |name: &str| self.position(name).is_some_and(|position| given.contains(&position));
        let mappings = || self.columns.iter().flat_map(|column| &column.mappings);
        let splits = |names: &[&str]| mappings().filter(|mapping| self.splits(mapping, names)).count();
        let events = mappings().any(|mapping| matches!(mapping.target, Target::Event(_)));
        let items = splits(&["counterpart", "form"]);
        let contradictions = [
            (
                items > 1,
                "`split` on `counterpart` and on `form` together would be ambiguous: split one of them in the export",
            ),
            (
                items == 1 && has("item"),
                "a column gives `item`, so no other column may be split into items",
            ),
            (
                splits(&["instrument"]) > 0 && has("instruments_secondary"),
                "`split` on `instrument` gives `instruments_secondary`, so no column may give it too",
            ),
            (
                self.number_rows && has("reference"),
                "`number_rows` and a column for `reference` exclude each other",
            ),
            (
                self.number_rows && self.mode == Mode::Upsert,
                "`number_rows` needs `mode = \"snapshot\"`: row numbers don't identify rows across exports",
            ),
            (
                events && self.data_set != DataSet::Requests,
                "`event` columns belong to the data set `requests` only",
            ),
            (
                matches!(self.origin, Origin::Folder { .. }) && matches!(self.exported_on, ExportedOn::Arrival),
                "`exported_on.arrival` needs [pull]: a file in exports/ has no day of arrival",
            ),
            (
                !(0.0..=1.0).contains(&self.quarantine_limit),
                "`quarantine_limit` is a share between 0 and 1",
            ),
        ];
        match contradictions.into_iter().find(|(holds, _)| *holds) {
            Some((_, problem)) => Err(DefinitionError::Contradiction { problem }),
            None => Ok(()),
        }
    }

    /// Whether the mapping splits the cell of one of these fields.
    fn splits(&self, mapping: &Mapping, names: &[&str]) -> bool {
        let Target::Field(position) = mapping.target else {
            return false;
        };
        mapping.split.is_some() && names.contains(&self.data_set.fields()[position].name)
    }
}

fn origin(files: Option<String>, pull: Option<toml::Table>) -> Result<Origin, DefinitionError> {
    match (files, pull) {
        (Some(files), None) => Ok(Origin::Folder { files }),
        (None, Some(table)) => PullDefinition::read(table)
            .map(|pull| Origin::Pull(Box::new(pull)))
            .map_err(|message| DefinitionError::Pull { message }),
        _ => Err(DefinitionError::Contradiction {
            problem: "exactly one of `files` (a pattern of names in exports/) and [pull] says where the exports are",
        }),
    }
}

fn check_authority(found: &str, codelists: &Codelists) -> Result<(), DefinitionError> {
    let authorities = codelists.get("authorities");
    if authorities.is_some_and(|authorities| authorities.has(found)) {
        return Ok(());
    }
    let codes = authorities
        .map(|authorities| authorities.codes().collect::<Vec<_>>())
        .unwrap_or_default();
    Err(DefinitionError::Authority {
        found: found.to_owned(),
        nearest: owned(nearest(found, codes, 3)),
    })
}
