//! What several commands need: the project, its observation date, and SQL over its lake.

use jiff::civil::Date;

use crate::cli::arguments::GlobalArguments;
use crate::cli::ending::CommandError;
use crate::domain::codelist::Codelists;
use crate::domain::measure::{Measure, MeasureDefinition};
use crate::engine::{CodelistTable, Counting, Definition, Engine, Parameters};
use crate::lake::{LakeTable, Snapshot};
use crate::project::{OriginText, Project, ProjectError, Settings, queries, read_settings, shipped_codelists};
use crate::tables::Labels;

/// Opens the project of the command line.
///
/// # Errors
/// The project can't be used.
pub fn open_project(arguments: &GlobalArguments) -> Result<Project, CommandError> {
    Ok(Project::open(&arguments.project)?)
}

/// Codelists, and what the project says of itself, for commands that work outside a project as well.
///
/// # Errors
/// The project, or a codelist of the folder, can't be used.
pub fn open_settings(arguments: &GlobalArguments) -> Result<(Codelists, Option<Settings>), CommandError> {
    let folder = &arguments.project;
    if folder.join("rogatory.toml").exists() {
        let (codelists, settings) = read_settings(folder)?;
        return Ok((codelists, Some(settings)));
    }
    if folder.as_os_str() != "." {
        return Err(ProjectError::NoProject { path: folder.clone() }.into());
    }
    Ok((shipped_codelists()?, None))
}

/// The observation date: typed, configured, or the latest date of an export.
///
/// # Errors
/// There is none of the three.
pub fn observation_date(
    arguments: &GlobalArguments,
    project: &Project,
    snapshot: &Snapshot,
) -> Result<Date, CommandError> {
    if let Some(date) = arguments.as_of.or(project.settings.as_of) {
        return Ok(date);
    }
    let latest = newest_exports(project, snapshot)?
        .into_iter()
        .map(|(_, date)| date)
        .max();
    latest.ok_or_else(|| CommandError::Input {
        message: "there is no observation date: no export has been read; give --as-of, or `as_of` in rogatory.toml"
            .to_owned(),
    })
}

/// The sources with the dates of their newest exports in the lake.
///
/// # Errors
/// The lake can't be read.
pub fn newest_exports(project: &Project, snapshot: &Snapshot) -> Result<Vec<(String, Date)>, CommandError> {
    let mut newest = Vec::new();
    for (definition, _) in &project.sources {
        let dates = snapshot
            .exports(&definition.name)?
            .into_iter()
            .filter_map(|export| export.exported_on);
        newest.extend(dates.max().map(|date| (definition.name.clone(), date)));
    }
    Ok(newest)
}

/// An SQL session over the lake at `snapshot`; `counting` says when the definitions that count are computed.
///
/// # Errors
/// The lake or a definition can't be used.
pub fn open_engine(
    project: &Project,
    snapshot: &Snapshot,
    as_of: Date,
    counting: Counting,
) -> Result<Engine, CommandError> {
    let table = |(name, codelist): (&str, &crate::domain::codelist::Codelist)| CodelistTable {
        name: name.to_owned(),
        header: codelist.header.clone(),
        rows: codelist.rows.clone(),
    };
    let codelists: Vec<CodelistTable> = project.codelists.iter().map(table).collect();
    let definitions: Vec<Definition> = query_texts(project, "definitions/")?
        .into_iter()
        .map(|(name, text)| Definition { name, sql: text.text })
        .collect();
    let parameters = Parameters {
        as_of,
        state: project.settings.state.clone(),
    };
    Ok(Engine::open(snapshot, &codelists, &definitions, &parameters, counting)?)
}

/// The SQL files below one folder of `queries/`, by stem.
///
/// # Errors
/// A file can't be read.
pub fn query_texts(project: &Project, folder: &str) -> Result<Vec<(String, OriginText)>, CommandError> {
    let texts = queries(&project.folder)?.into_values();
    let named = |text: OriginText| {
        let name = text.name.strip_prefix(folder)?.strip_suffix(".sql")?.to_owned();
        Some((name, text))
    };
    Ok(texts.filter_map(named).collect())
}

/// Every measure: its SQL and its documentation.
///
/// # Errors
/// A measure without documentation, or documentation that can't be read.
pub fn read_measures(project: &Project) -> Result<Vec<Measure>, CommandError> {
    let texts = queries(&project.folder)?;
    let mut measures = Vec::new();
    for (name, sql) in query_texts(project, "measures/")? {
        let sidecar = texts
            .get(&format!("measures/{name}.toml"))
            .ok_or_else(|| CommandError::Input {
                message: format!("queries/measures/{name}.sql has no documentation; expected {name}.toml beside it"),
            })?;
        let definition = MeasureDefinition::parse(&name, &sidecar.text).map_err(|error| CommandError::Input {
            message: format!("queries/measures/{name}.toml: {error}"),
        })?;
        measures.push(Measure {
            name,
            sql: sql.text,
            definition,
        });
    }
    Ok(measures)
}

/// The version of every table of the lake.
pub fn lake_versions(snapshot: &Snapshot) -> std::collections::BTreeMap<String, u64> {
    LakeTable::all()
        .map(|table| (table.name().to_owned(), snapshot.version(table)))
        .collect()
}

/// Labels of codes, from the codelists.
pub struct CodelistLabels<'a>(pub &'a Codelists);

impl Labels for CodelistLabels<'_> {
    fn label(&self, codelist: &str, code: &str, language: &str) -> Option<String> {
        self.0.get(codelist)?.label(code, language).map(str::to_owned)
    }

    fn footnote(&self, codelist: &str, code: &str) -> Option<String> {
        self.0.get(codelist)?.attribute(code, "footnote").map(str::to_owned)
    }
}
