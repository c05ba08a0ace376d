//! `rogatory report`: marts to published tables to editions.

use std::collections::BTreeMap;

use arrow::array::{AsArray, RecordBatch};
use jiff::civil::Date;

use crate::cli::arguments::{GlobalArguments, ReportArguments};
use crate::cli::ending::{CommandError, Ending};
use crate::cli::printer::Printer;
use crate::cli::session::{CodelistLabels, lake_versions, open_project, read_measures};
use crate::domain::fold::nearest;
use crate::domain::measure::Measure;
use crate::domain::report::ReportDefinition;
use crate::domain::table::Table;
use crate::domain::toml_error::explain_toml;
use crate::lake::Snapshot;
use crate::measures::{CurrentMarts, read_current, read_mart};
use crate::project::{OriginText, Project, reports};
use crate::report::{Edition, EditionContext, Provenance, TemplateSource, Templates, publish};
use crate::tables::{Mart, Publication, publish_all};

/// Publishes the reports that were named, else those of rogatory.toml, and prints where the editions are.
///
/// # Errors
/// The marts, a definition or a template can't be used.
pub fn run(arguments: &GlobalArguments, command: &ReportArguments, printer: &Printer) -> Result<Ending, CommandError> {
    let project = open_project(arguments)?;
    let names = if command.reports.is_empty() {
        &project.settings.reports
    } else {
        &command.reports
    };
    publish_reports(arguments, &project, names, printer)?;
    Ok(Ending::Done)
}

/// Publishes these reports, and prints where the editions are.
///
/// # Errors
/// As for [`run`].
pub fn publish_reports(
    arguments: &GlobalArguments,
    project: &Project,
    names: &[String],
    printer: &Printer,
) -> Result<Vec<(String, Edition)>, CommandError> {
    let current = read_current(&project.marts())?;
    let as_of = marts_date(arguments, &current)?;
    let snapshot = Snapshot::open(&project.lake())?;
    check_current(&snapshot, &current)?;
    let texts = reports(&project.folder)?;
    let measures = read_measures(project)?;
    let batches = read_marts(project, &measures)?;
    let mut editions = Vec::new();
    for name in names {
        printer.doing(&format!("rendering {name}"));
        let run = ReportRun {
            project,
            snapshot: &snapshot,
            texts: &texts,
            measures: &measures,
            batches: &batches,
            current: &current,
            as_of,
        };
        let edition = run.publish(name)?;
        tracing::info!(report = name, edition = edition.number, path = %edition.path.display(), "report published");
        let path = format!("{}\n", edition.path.display());
        printer.data(path.as_bytes()).map_err(|source| CommandError::Io {
            action: "write to standard output".to_owned(),
            source,
        })?;
        editions.push((name.clone(), edition));
    }
    Ok(editions)
}

/// Makes sure that these reports are defined, before any work is done for them.
///
/// # Errors
/// The first that is not, with the nearest one.
pub fn check_reports(project: &Project, names: &[String]) -> Result<(), CommandError> {
    let texts = reports(&project.folder)?;
    names
        .iter()
        .try_for_each(|name| definition_text(&texts, name).map(|_| ()))
}

fn definition_text<'t>(texts: &'t BTreeMap<String, OriginText>, name: &str) -> Result<&'t OriginText, CommandError> {
    texts.get(&format!("{name}.toml")).ok_or_else(|| {
        let known = texts.keys().filter_map(|name| name.strip_suffix(".toml"));
        let near = nearest(name, known, 2).join(", ");
        CommandError::Input {
            message: format!("there is no report `{name}` (reports/{name}.toml); nearest: {near}"),
        }
    })
}

/// The marts' observation date, which a typed one must not contradict.
fn marts_date(arguments: &GlobalArguments, current: &CurrentMarts) -> Result<Date, CommandError> {
    let date: Date = current.as_of.parse().map_err(|_| CommandError::Input {
        message: format!(
            "marts/current.json: `{}` is not a date; run `rogatory measure`",
            current.as_of
        ),
    })?;
    match arguments.as_of {
        Some(typed) if typed != date => Err(CommandError::Input {
            message: format!(
                "the marts were computed as of {date}, not {typed}; run `rogatory measure --as-of {typed}` first"
            ),
        }),
        _ => Ok(date),
    }
}

/// The marts must be of the lake as it is: else an edition would name exports that are not in its figures.
fn check_current(snapshot: &Snapshot, current: &CurrentMarts) -> Result<(), CommandError> {
    if current.lake == lake_versions(snapshot) {
        return Ok(());
    }
    Err(CommandError::Input {
        message: "the lake has changed since the measures were computed; run `rogatory measure` first".to_owned(),
    })
}

fn read_marts(project: &Project, measures: &[Measure]) -> Result<BTreeMap<String, RecordBatch>, CommandError> {
    let mut batches = BTreeMap::new();
    for measure in measures {
        batches.insert(measure.name.clone(), read_mart(&project.marts(), &measure.name)?);
    }
    Ok(batches)
}

struct ReportRun<'a> {
    project: &'a Project,
    snapshot: &'a Snapshot,
    texts: &'a BTreeMap<String, OriginText>,
    measures: &'a [Measure],
    batches: &'a BTreeMap<String, RecordBatch>,
    current: &'a CurrentMarts,
    as_of: Date,
}

impl ReportRun<'_> {
    fn publish(&self, name: &str) -> Result<Edition, CommandError> {
        let language = &self.project.settings.language;
        let definition = self.definition(name)?;
        let tables = self.tables(&definition)?;
        let templates = Templates {
            narrative: self.template(&format!("{name}.{language}.j2"))?,
            page: self.template("edition.html.j2")?,
            pdf: self.template("edition.typ")?,
        };
        let context = self.context(name)?;
        Ok(publish(
            &definition,
            templates,
            &tables,
            self.measures,
            &context,
            &self.project.editions(),
        )?)
    }

    fn definition(&self, name: &str) -> Result<ReportDefinition, CommandError> {
        let text = definition_text(self.texts, name)?;
        let file = format!("{name}.toml");
        toml::from_str(&text.text).map_err(|error| CommandError::Input {
            message: format!("reports/{file} ({}): {}", text.origin, explain_toml(&error)),
        })
    }

    fn template(&self, name: &str) -> Result<TemplateSource<'_>, CommandError> {
        let text = self.texts.get(name).ok_or_else(|| CommandError::Input {
            message: format!("there is no template reports/{name}"),
        })?;
        Ok(TemplateSource {
            name: &text.name,
            text: &text.text,
        })
    }

    fn tables(&self, definition: &ReportDefinition) -> Result<Vec<Table>, CommandError> {
        let mart = |measure: &'_ Measure| {
            let batch = self.batches.get(&measure.name)?;
            Some((measure.name.clone(), batch))
        };
        let by_name: BTreeMap<String, Mart<'_>> = self
            .measures
            .iter()
            .filter_map(|measure| {
                mart(measure).map(|(name, batch)| {
                    (
                        name,
                        Mart {
                            definition: &measure.definition,
                            batch,
                        },
                    )
                })
            })
            .collect();
        let publication = Publication {
            labels: &CodelistLabels(&self.project.codelists),
            language: &self.project.settings.language,
            as_of: self.as_of,
        };
        Ok(publish_all(&definition.tables, &by_name, &publication)?)
    }

    fn context(&self, name: &str) -> Result<EditionContext, CommandError> {
        let settings = &self.project.settings;
        let state = self
            .project
            .codelists
            .get("states")
            .and_then(|states| states.label(&settings.state, &settings.language));
        Ok(EditionContext {
            report: name.to_owned(),
            state: state.unwrap_or(&settings.state).to_owned(),
            office: settings.title.clone(),
            period: self.period(),
            as_of: self.as_of,
            language: settings.language.clone(),
            provenance: self.provenance()?,
        })
    }

    /// The years that the marts cover, as printed.
    fn period(&self) -> String {
        let years = self.batches.values().filter_map(|batch| batch.column_by_name("period"));
        let first = years
            .flat_map(|column| {
                column
                    .as_string::<i32>()
                    .iter()
                    .flatten()
                    .filter_map(|year| year.parse::<i16>().ok())
            })
            .min();
        match first {
            Some(first) if first < self.as_of.year() => format!("{first}\u{2013}{}", self.as_of.year()),
            _ => self.as_of.year().to_string(),
        }
    }

    fn provenance(&self) -> Result<Provenance, CommandError> {
        let mut exports = BTreeMap::new();
        for (definition, _) in &self.project.sources {
            let rows = self.snapshot.exports(&definition.name)?;
            exports.insert(
                definition.name.clone(),
                rows.into_iter().map(|row| row.export).collect(),
            );
        }
        let settings = &self.project.settings;
        let given = [
            ("state", settings.state.clone()),
            ("title", settings.title.clone()),
            ("language", settings.language.clone()),
        ];
        Ok(Provenance {
            program_version: env!("CARGO_PKG_VERSION").to_owned(),
            lake_versions: self.current.lake.clone(),
            exports,
            settings: given
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        })
    }
}
