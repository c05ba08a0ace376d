//! Reports: published tables become an edition, a folder with the page, the PDF, the workbook, data files, charts and the manifest.
//!
//! Input: a report definition, its templates, the published tables and their measures, and the facts of the edition, all as values.
//! Output: an edition folder, complete or not at all. Everything is rendered from one [`document::Document`]; renderers look nothing up and
//! compute nothing. The same input gives the same bytes. Disclosure control does not exist yet, so every edition is `internal`.
//!
//! [`document`] is the model; `numbering` and `text` are how its parts refer to each other; [`narrative`] is the text; `methodology` what the
//! measures count; [`charts`] the pictures; [`number`] how a cell is printed; `view` the document as templates see it, with `print_layout`
//! for paper; `html`, `pdf`, `xlsx` and `csv` the formats; `manifest` what it was made from; [`edition`] the folder.

pub mod charts;
mod csv;
pub mod document;
pub mod edition;
mod error;
mod html;
mod manifest;
mod methodology;
pub mod narrative;
pub mod number;
mod numbering;
mod pdf;
mod print_layout;
mod text;
mod view;
mod xlsx;

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::Date;

use self::document::{Cover, Document, Marking};
pub use self::edition::{Edition, Outcome};
pub use self::error::ReportError;
use self::manifest::Files;
use self::narrative::Narrative;
use self::numbering::Numbering;
use self::view::DocumentView;
use crate::domain::measure::Measure;
use crate::domain::report::ReportDefinition;
use crate::domain::table::Table;

/// A template with the name by which errors call it.
#[derive(Clone, Copy, Debug)]
pub struct TemplateSource<'a> {
    pub name: &'a str,
    pub text: &'a str,
}

/// The templates of a report.
#[derive(Clone, Copy, Debug)]
pub struct Templates<'a> {
    /// The text: one block for each section.
    pub narrative: TemplateSource<'a>,
    /// `index.html`.
    pub page: TemplateSource<'a>,
    /// `report.pdf`.
    pub pdf: TemplateSource<'a>,
}

/// What the figures were made from; written to the manifest.
#[derive(Clone, Debug, Default)]
pub struct Provenance {
    pub program_version: String,
    /// Version of each lake table.
    pub lake_versions: BTreeMap<String, u64>,
    /// SHA-256 of the exports, by source.
    pub exports: BTreeMap<String, Vec<String>>,
    /// Settings that were given, as text.
    pub settings: BTreeMap<String, String>,
}

/// The facts of an edition that neither the definition nor the tables know.
#[derive(Clone, Debug)]
pub struct EditionContext {
    /// Name of the report: the stem of its definition file.
    pub report: String,
    /// The office that publishes, as printed.
    pub office: String,
    /// The reporting State, as printed.
    pub state: String,
    /// The years covered, as printed.
    pub period: String,
    pub as_of: Date,
    /// Language tag.
    pub language: String,
    pub provenance: Provenance,
}

/// Renders the report and publishes it under `folder`; the same content is not published again.
pub fn publish(
    definition: &ReportDefinition,
    templates: Templates,
    tables: &[Table],
    measures: &[Measure],
    context: &EditionContext,
    folder: &Path,
) -> Result<Edition, ReportError> {
    let numbering = Numbering::of(definition)?;
    edition::publish(folder, &context.report, context.as_of, |number| {
        let cover = cover(definition, context, number);
        let narrative = Narrative::read(templates.narrative, tables, &numbering, &cover)?;
        let paragraphs = |section: &str| narrative.paragraphs(section);
        let document = Document::assemble(definition, &numbering, tables.to_vec(), measures, cover, paragraphs)?;
        render(&document, templates, context)
    })
}

fn cover(definition: &ReportDefinition, context: &EditionContext, edition: u32) -> Cover {
    Cover {
        title: definition
            .title
            .get(&context.language)
            .unwrap_or(&context.report)
            .to_owned(),
        office: context.office.clone(),
        state: context.state.clone(),
        period: context.period.clone(),
        as_of: context.as_of,
        edition,
        marking: Marking::Internal,
        language: context.language.clone(),
    }
}

/// Every file of the edition, the manifest last because it has the hashes of the others.
fn render(document: &Document, templates: Templates, context: &EditionContext) -> Result<Files, ReportError> {
    let mut files = Files::new();
    let view = DocumentView::of(document)?;
    files.insert("index.html".to_owned(), html::page(&view, templates.page)?);
    let creator = format!("rogatory {}", context.provenance.program_version);
    files.insert("report.pdf".to_owned(), pdf::report(&view, templates.pdf, creator)?);
    files.insert("tables.xlsx".to_owned(), xlsx::workbook(document)?);
    for (_, table) in document.tables() {
        files.insert(format!("tables/{}.csv", table.name), csv::table(table)?);
        files.insert(
            format!("tables/{}.json", table.name),
            manifest::json(&table.name, table)?,
        );
    }
    for figure in document.figures() {
        let chart = &figure.chart;
        files.insert(
            format!("charts/{}.svg", chart.name),
            charts::svg(chart, &chart.name)?.into_bytes(),
        );
        files.insert(format!("charts/{}.png", chart.name), charts::png(chart)?);
        files.insert(format!("charts/{}.csv", chart.name), csv::chart(chart)?);
    }
    let manifest = manifest::manifest(&context.report, &document.cover, &context.provenance, &files)?;
    files.insert(manifest::MANIFEST.to_owned(), manifest);
    Ok(files)
}
