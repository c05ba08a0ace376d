//! The document as a template sees it: texts and printed numbers, the same for the page and for the PDF.
//!
//! Input: the document. Output: one value in which every number is text, rounded and separated, so that a template only lays out and names.
//! Ids are unique in the document: `section-`, `table-`, `figure-` or `measure-` with the item's name.

use serde::Serialize;

use super::charts;
use super::document::{Document, Item, NumberedFigure, NumberedTable, Section};
use super::error::ReportError;
use super::methodology::{IndicatorDescription, MeasureDescription};
use super::number::{NumberFormat, meaning, sign};
use super::numbering::{ItemKind, Reference};
use super::print_layout::PrintLayout;
use super::text::{Inline, Paragraph};
use crate::domain::long_date::long_date;
use crate::domain::table::{Missing, Row, RowKind, Table, Unit, Value};

/// The whole document.
#[derive(Serialize)]
pub struct DocumentView {
    pub language: String,
    pub title: String,
    pub office: String,
    pub state: String,
    pub period: String,
    pub as_of: String,
    pub edition: u32,
    pub marking: &'static str,
    pub sections: Vec<SectionView>,
}

/// A section or an annex.
#[derive(Serialize)]
pub struct SectionView {
    id: String,
    is_annex: bool,
    number: usize,
    heading: String,
    paragraphs: Vec<Vec<InlineView>>,
    items: Vec<ItemView>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum ItemView {
    Table(TableView),
    Figure(FigureView),
    Measures { measures: Vec<MeasureView> },
}

/// A part of running text: `text`, `code`, or a link to a `table` or `figure`.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum InlineView {
    Text { text: String },
    Code { text: String },
    Table { id: String, number: usize },
    Figure { id: String, number: usize },
}

#[derive(Serialize)]
struct FigureView {
    id: String,
    name: String,
    number: usize,
    title: String,
    svg: String,
    /// What the picture shows, in words.
    alternative: String,
}

#[derive(Serialize)]
struct TableView {
    id: String,
    name: String,
    number: usize,
    title: String,
    unit_note: String,
    headings: Vec<String>,
    columns: Vec<String>,
    body: Vec<RowView>,
    totals: Vec<RowView>,
    notes: Vec<String>,
    /// Signs used in the table and what they mean.
    signs: Vec<(&'static str, &'static str)>,
    layout: PrintLayout,
}

#[derive(Serialize)]
struct RowView {
    is_other: bool,
    is_total: bool,
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

/// A measure in the methodology.
#[derive(Serialize)]
struct MeasureView {
    id: String,
    name: String,
    title: String,
    counts: Vec<InlineView>,
    population: Vec<InlineView>,
    source: Vec<InlineView>,
    missing: Vec<InlineView>,
    indicators: Vec<IndicatorView>,
    tables: Vec<InlineView>,
}

#[derive(Serialize)]
struct IndicatorView {
    label: String,
    unit: &'static str,
    formula: Vec<InlineView>,
}

impl DocumentView {
    /// Prints every number of the document and draws its charts.
    pub fn of(document: &Document) -> Result<Self, ReportError> {
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
            Item::Measures(measures) => Ok(ItemView::Measures {
                measures: measures.iter().map(MeasureView::of).collect(),
            }),
        };
        Ok(Self {
            id: format!("section-{}", section.name),
            is_annex: section.is_annex,
            number: section.number,
            heading: section.heading.clone(),
            paragraphs: section.paragraphs.iter().map(inlines).collect(),
            items: section.items.iter().map(item).collect::<Result<_, _>>()?,
        })
    }
}

fn inlines(paragraph: &Paragraph) -> Vec<InlineView> {
    paragraph.iter().map(InlineView::of).collect()
}

impl InlineView {
    fn of(inline: &Inline) -> Self {
        match inline {
            Inline::Text(text) => Self::Text { text: text.clone() },
            Inline::Code(text) => Self::Code { text: text.clone() },
            Inline::Reference(reference) => Self::to(reference),
        }
    }

    fn to(reference: &Reference) -> Self {
        let number = reference.number;
        match reference.kind {
            ItemKind::Table => Self::Table {
                id: table_id(&reference.name),
                number,
            },
            ItemKind::Figure => Self::Figure {
                id: figure_id(&reference.name),
                number,
            },
        }
    }
}

fn table_id(name: &str) -> String {
    format!("table-{name}")
}

fn figure_id(name: &str) -> String {
    format!("figure-{name}")
}

impl FigureView {
    fn of(figure: &NumberedFigure) -> Result<Self, ReportError> {
        let chart = &figure.chart;
        let id = figure_id(&chart.name);
        Ok(Self {
            svg: charts::svg(chart, &id)?,
            id,
            name: chart.name.clone(),
            number: figure.number,
            title: chart.title.clone(),
            alternative: chart.alternative(),
        })
    }
}

impl TableView {
    fn of(numbered: &NumberedTable, numbers: NumberFormat) -> Self {
        let table = &numbered.table;
        let mut body: Vec<RowView> = Vec::with_capacity(table.rows.len());
        let mut above: Option<&Row> = None;
        for row in &table.rows {
            body.push(RowView::of(row, above, table, numbers));
            above = Some(row);
        }
        // Totals at the end make the foot; a total between other rows stays where it is.
        let last = body.iter().rposition(|row| !row.is_total);
        let totals = body.split_off(last.map_or(0, |last| last + 1));
        Self {
            id: table_id(&table.name),
            name: table.name.clone(),
            number: numbered.number,
            title: table.title.clone(),
            unit_note: table.unit_note.clone(),
            headings: table.row_headings.clone(),
            columns: table.columns.iter().map(|column| column.label.clone()).collect(),
            body,
            totals,
            notes: table.notes.clone(),
            signs: signs_used(table)
                .into_iter()
                .map(|reason| (sign(reason), meaning(reason)))
                .collect(),
            layout: PrintLayout::of(table, numbers),
        }
    }
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
            is_total: row.kind == RowKind::Total,
            labels,
            cells: cells.collect(),
        }
    }
}

impl MeasureView {
    fn of(measure: &MeasureDescription) -> Self {
        Self {
            id: format!("measure-{}", measure.name),
            name: measure.name.clone(),
            title: measure.title.clone(),
            counts: inlines(&measure.counts),
            population: inlines(&measure.population),
            source: inlines(&measure.source),
            missing: inlines(&measure.missing),
            indicators: measure.indicators.iter().map(IndicatorView::of).collect(),
            tables: measure.tables.iter().map(InlineView::to).collect(),
        }
    }
}

impl IndicatorView {
    fn of(indicator: &IndicatorDescription) -> Self {
        Self {
            label: indicator.label.clone(),
            unit: match indicator.unit {
                Unit::Count => "number",
                Unit::Days => "days",
                Unit::Percent => "per cent",
            },
            formula: inlines(&indicator.formula),
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
