//! The page: `index.html`, self-contained, from the document and a page template.
//!
//! The template (`reports/edition.html.j2`) lays out and names things; this module hands it texts and printed numbers. Escaping is
//! on for everything but the figures, which are SVG made here with their text escaped. The page asks for no other file.

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;

use super::TemplateSource;
use super::charts;
use super::document::{Document, Item, NumberedFigure, NumberedTable, Section};
use super::error::ReportError;
use super::narrative::{explained, whole_line_tags};
use super::number::{NumberFormat, meaning, sign};
use crate::domain::long_date::long_date;
use crate::domain::table::{Missing, Row, RowKind, Table, Value};

/// Tables with more columns than this are set smaller in print.
const MOST_NORMAL_COLUMNS: usize = 8;
/// Tables with more columns than this have their column headings upright in print.
const MOST_LEVEL_HEADINGS: usize = 11;
/// Tables with more rows than this may break across printed pages.
const MOST_ROWS_KEPT_TOGETHER: usize = 16;

/// The page as bytes.
pub fn page(document: &Document, template: TemplateSource) -> Result<Vec<u8>, ReportError> {
    let fault = |error: minijinja::Error| ReportError::PageTemplate {
        template: template.name.to_owned(),
        reason: explained(&error),
    };
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_syntax(whole_line_tags());
    environment.add_template(template.name, template.text).map_err(fault)?;
    let page = environment.get_template(template.name).map_err(fault)?;
    let text = page.render(Serde(PageView::of(document)?)).map_err(fault)?;
    Ok(text.into_bytes())
}

/// Text with the five characters that are markup in HTML and XML replaced.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other if other.is_control() => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}

#[derive(Serialize)]
struct PageView {
    language: String,
    title: String,
    office: String,
    state: String,
    period: String,
    as_of: String,
    edition: u32,
    marking: &'static str,
    sections: Vec<SectionView>,
}

#[derive(Serialize)]
struct SectionView {
    id: String,
    heading: String,
    paragraphs: Vec<String>,
    items: Vec<ItemView>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum ItemView {
    Table(TableView),
    Figure(FigureView),
}

#[derive(Serialize)]
struct FigureView {
    id: String,
    name: String,
    number: usize,
    title: String,
    svg: String,
}

#[derive(Serialize)]
struct TableView {
    id: String,
    name: String,
    number: usize,
    title: String,
    unit_note: String,
    /// How the table is set: `wide`, `upright` and `long`, or none of them.
    classes: Vec<&'static str>,
    headings: Vec<String>,
    columns: Vec<String>,
    body: Vec<RowView>,
    totals: Vec<RowView>,
    notes: Vec<String>,
    /// Signs used in the table and what they mean.
    signs: Vec<(&'static str, &'static str)>,
}

#[derive(Serialize)]
struct RowView {
    is_other: bool,
    labels: Vec<LabelView>,
    cells: Vec<CellView>,
}

#[derive(Serialize)]
struct LabelView {
    text: String,
    /// The same as in the row above: printed lightly.
    is_repeated: bool,
}

#[derive(Serialize)]
struct CellView {
    text: String,
    is_missing: bool,
}

impl PageView {
    fn of(document: &Document) -> Result<Self, ReportError> {
        let cover = &document.cover;
        let sections = document
            .sections
            .iter()
            .map(|section| SectionView::of(section, cover.numbers()));
        Ok(Self {
            language: cover.language.clone(),
            title: cover.title.clone(),
            office: cover.office.clone(),
            state: cover.state.clone(),
            period: cover.period.clone(),
            as_of: long_date(cover.as_of),
            edition: cover.edition,
            marking: cover.marking.name(),
            sections: sections.collect::<Result<_, _>>()?,
        })
    }
}

impl SectionView {
    fn of(section: &Section, numbers: NumberFormat) -> Result<Self, ReportError> {
        let item = |item: &Item| match item {
            Item::Table(table) => Ok(ItemView::Table(TableView::of(table, numbers))),
            Item::Figure(figure) => FigureView::of(figure).map(ItemView::Figure),
        };
        Ok(Self {
            id: format!("section-{}", section.name),
            heading: section.heading.clone(),
            paragraphs: section.paragraphs.clone(),
            items: section.items.iter().map(item).collect::<Result<_, _>>()?,
        })
    }
}

impl FigureView {
    fn of(figure: &NumberedFigure) -> Result<Self, ReportError> {
        let chart = &figure.chart;
        let id = format!("figure-{}", chart.name);
        Ok(Self {
            svg: charts::svg(chart, &id)?,
            id,
            name: chart.name.clone(),
            number: figure.number,
            title: chart.title.clone(),
        })
    }
}

impl TableView {
    fn of(numbered: &NumberedTable, numbers: NumberFormat) -> Self {
        let table = &numbered.table;
        let mut views: Vec<(RowKind, RowView)> = Vec::with_capacity(table.rows.len());
        let mut above: Option<&Row> = None;
        for row in &table.rows {
            views.push((row.kind, RowView::of(row, above, table, numbers)));
            above = Some(row);
        }
        // Totals at the end make the foot; a total between other rows stays where it is.
        let body = views
            .iter()
            .rposition(|(kind, _)| *kind != RowKind::Total)
            .map_or(0, |last| last + 1);
        let totals = views.split_off(body);
        Self {
            id: format!("table-{}", table.name),
            name: table.name.clone(),
            number: numbered.number,
            title: table.title.clone(),
            unit_note: table.unit_note.clone(),
            classes: classes(table),
            headings: table.row_headings.clone(),
            columns: table.columns.iter().map(|column| column.label.clone()).collect(),
            body: views.into_iter().map(|(_, view)| view).collect(),
            totals: totals.into_iter().map(|(_, view)| view).collect(),
            notes: table.notes.clone(),
            signs: signs_used(table)
                .into_iter()
                .map(|reason| (sign(reason), meaning(reason)))
                .collect(),
        }
    }
}

fn classes(table: &Table) -> Vec<&'static str> {
    let columns = table.row_headings.len() + table.columns.len();
    let classes = [
        ("wide", columns > MOST_NORMAL_COLUMNS),
        ("upright", columns > MOST_LEVEL_HEADINGS),
        ("long", table.rows.len() > MOST_ROWS_KEPT_TOGETHER),
    ];
    classes
        .into_iter()
        .filter(|(_, holds)| *holds)
        .map(|(class, _)| class)
        .collect()
}

impl RowView {
    fn of(row: &Row, above: Option<&Row>, table: &Table, numbers: NumberFormat) -> Self {
        let mut is_same = true;
        let labels = row.labels.iter().enumerate().map(|(index, label)| {
            is_same = is_same && above.is_some_and(|above| above.keys[index] == row.keys[index]);
            LabelView {
                text: label.clone(),
                is_repeated: is_same,
            }
        });
        let labels = labels.collect();
        let cells = row.cells.iter().zip(&table.columns).map(|(cell, column)| CellView {
            text: numbers.value(cell.value, column.decimals),
            is_missing: matches!(cell.value, Value::Missing(_)),
        });
        Self {
            is_other: row.kind == RowKind::Other,
            labels,
            cells: cells.collect(),
        }
    }
}

/// The reasons for missing numbers that occur in a table, in a fixed order.
pub fn signs_used(table: &Table) -> Vec<Missing> {
    let cells = || table.rows.iter().flat_map(|row| &row.cells);
    let all = [
        Missing::Nil,
        Missing::NotAvailable,
        Missing::NotApplicable,
        Missing::Suppressed,
    ];
    all.into_iter()
        .filter(|reason| cells().any(|cell| cell.value == Value::Missing(*reason)))
        .collect()
}
