//! The document model: what an edition says, in order, before any format.
//!
//! Input: the report definition, the published tables, the measures behind them, the narrative's paragraphs and the edition's facts. Output:
//! one value that every renderer prints. Annexes stand after the other sections. Tables and figures are numbered in the order of the page, and
//! each is shown once; text refers to them by these numbers. Tables that no section shows are `unprinted`: they are exported only. Renderers
//! look nothing up and compute nothing.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::Serialize;

use super::charts::Chart;
use super::error::ReportError;
use super::methodology::{MeasureDescription, describe};
use super::number::NumberFormat;
use super::numbering::{ItemKind, Numbering, Shown, in_page_order};
use super::text::Paragraph;
use crate::domain::fold::nearest;
use crate::domain::long_date::long_date;
use crate::domain::measure::Measure;
use crate::domain::report::{ReportDefinition, SectionDefinition};
use crate::domain::table::{Table, Value};

/// Who may see the edition. Only `internal` exists until disclosure control does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Marking {
    Internal,
}

impl Marking {
    pub fn name(self) -> &'static str {
        match self {
            Self::Internal => "internal",
        }
    }
}

/// The facts on the cover.
#[derive(Clone, Debug, PartialEq)]
pub struct Cover {
    pub title: String,
    /// The office that publishes, as printed.
    pub office: String,
    /// The reporting State, as printed.
    pub state: String,
    /// The years covered, as printed, such as `2019-2025`.
    pub period: String,
    pub as_of: Date,
    /// 1, 2, ... among the editions of this report with this observation date.
    pub edition: u32,
    pub marking: Marking,
    /// Language tag.
    pub language: String,
}

impl Cover {
    pub fn numbers(&self) -> NumberFormat {
        NumberFormat::of_language(&self.language)
    }

    /// The text with the edition's facts for `{year}` (of the observation date), `{period}` and `{as_of}`.
    pub fn filled(&self, text: &str) -> String {
        text.replace("{year}", &self.as_of.year().to_string())
            .replace("{period}", &self.period)
            .replace("{as_of}", &long_date(self.as_of))
    }
}

/// A table with its place in the document.
#[derive(Clone, Debug)]
pub struct NumberedTable {
    pub number: usize,
    pub table: Table,
}

/// A chart with its place in the document.
#[derive(Clone, Debug)]
pub struct NumberedFigure {
    pub number: usize,
    pub chart: Chart,
}

/// A table, a figure, or the methodology, in the order of the section.
#[derive(Clone, Debug)]
pub enum Item {
    Table(NumberedTable),
    Figure(NumberedFigure),
    Measures(Vec<MeasureDescription>),
}

/// A headed part of the document.
#[derive(Clone, Debug)]
pub struct Section {
    pub name: String,
    pub heading: String,
    /// Stands after the other sections and is counted apart.
    pub is_annex: bool,
    /// 1, 2, ... among the sections, or among the annexes.
    pub number: usize,
    pub paragraphs: Vec<Paragraph>,
    pub items: Vec<Item>,
}

/// The whole of an edition.
#[derive(Clone, Debug)]
pub struct Document {
    pub cover: Cover,
    pub sections: Vec<Section>,
    /// Tables that no section shows.
    pub unprinted: Vec<Table>,
}

impl Document {
    /// Puts the document together; `paragraphs` gives the narrative of a section by its name.
    pub fn assemble(
        definition: &ReportDefinition,
        numbering: &Numbering,
        tables: Vec<Table>,
        measures: &[Measure],
        cover: Cover,
        paragraphs: impl Fn(&str) -> Result<Vec<Paragraph>, ReportError>,
    ) -> Result<Self, ReportError> {
        check_names("table", tables.iter().map(|table| table.name.as_str()))?;
        check_names("chart", definition.charts.iter().map(|chart| chart.name.as_str()))?;
        tables.iter().try_for_each(check_table)?;
        let charts = definition
            .charts
            .iter()
            .map(|chart| Chart::from_tables(chart, &tables, &cover))
            .collect::<Result<Vec<_>, _>>()?;
        let parts = Parts {
            definition,
            numbering,
            tables,
            charts,
            measures,
        };
        let mut sections: Vec<Section> = Vec::new();
        for section in in_page_order(definition) {
            let number = 1 + sections.iter().filter(|other| other.is_annex == section.annex).count();
            sections.push(Section {
                name: section.name.clone(),
                heading: cover.filled(section.title.get(&cover.language).unwrap_or(&section.name)),
                is_annex: section.annex,
                number,
                items: parts.items(section, &cover.language)?,
                paragraphs: paragraphs(&section.name)?,
            });
        }
        let unprinted = parts.unprinted();
        Ok(Self {
            cover,
            sections,
            unprinted,
        })
    }

    /// The tables that are printed, in the order of the page.
    pub fn printed_tables(&self) -> impl Iterator<Item = &NumberedTable> {
        self.items().filter_map(|item| match item {
            Item::Table(table) => Some(table),
            Item::Figure(_) | Item::Measures(_) => None,
        })
    }

    /// Every table: the printed ones with their number, then those that are exported only.
    pub fn tables(&self) -> impl Iterator<Item = (Option<usize>, &Table)> {
        let printed = self
            .printed_tables()
            .map(|numbered| (Some(numbered.number), &numbered.table));
        printed.chain(self.unprinted.iter().map(|table| (None, table)))
    }

    /// The figures, in the order of the page.
    pub fn figures(&self) -> impl Iterator<Item = &NumberedFigure> {
        self.items().filter_map(|item| match item {
            Item::Figure(figure) => Some(figure),
            Item::Table(_) | Item::Measures(_) => None,
        })
    }

    fn items(&self) -> impl Iterator<Item = &Item> {
        self.sections.iter().flat_map(|section| &section.items)
    }
}

/// What sections are put together from.
struct Parts<'a> {
    definition: &'a ReportDefinition,
    numbering: &'a Numbering,
    tables: Vec<Table>,
    charts: Vec<Chart>,
    measures: &'a [Measure],
}

impl Parts<'_> {
    fn items(&self, section: &SectionDefinition, language: &str) -> Result<Vec<Item>, ReportError> {
        let item = |item: &String| self.item(&section.name, item, language);
        section.show.iter().map(item).collect()
    }

    fn item(&self, section: &str, item: &str, language: &str) -> Result<Item, ReportError> {
        let number = || {
            let reference = self.numbering.reference(item);
            reference.expect("the numbering is of this definition").number
        };
        Ok(match Shown::read(section, item)? {
            Shown::Table(name) => Item::Table(NumberedTable {
                number: number(),
                table: found(section, "table", name, &self.tables, |table| &table.name)?.clone(),
            }),
            Shown::Chart(name) => Item::Figure(NumberedFigure {
                number: number(),
                chart: found(section, "chart", name, &self.charts, |chart| &chart.name)?.clone(),
            }),
            Shown::Measures => Item::Measures(describe(self.definition, self.numbering, self.measures, language)?),
        })
    }

    fn unprinted(self) -> Vec<Table> {
        let printed = |table: &Table| {
            let mut references = self.numbering.of_kind(ItemKind::Table);
            references.any(|reference| reference.name == table.name)
        };
        self.tables.into_iter().filter(|table| !printed(table)).collect()
    }
}

fn found<'a, T>(
    section: &str,
    kind: &'static str,
    name: &str,
    all: &'a [T],
    name_of: impl Fn(&T) -> &String,
) -> Result<&'a T, ReportError> {
    all.iter()
        .find(|one| name_of(one) == name)
        .ok_or_else(|| ReportError::ShowUnknown {
            section: section.to_owned(),
            kind,
            name: name.to_owned(),
            hint: nearest_hint(name, all.iter().map(|one| name_of(one).as_str())),
        })
}

/// `; the nearest is ...`, or what there is where nothing is near.
pub fn nearest_hint<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    if let Some(candidate) = nearest(name, known.clone(), 1).first() {
        return format!("; the nearest is `{candidate}`");
    }
    let all: Vec<String> = known.map(|name| format!("`{name}`")).collect();
    match all.is_empty() {
        true => "; there is none".to_owned(),
        false => format!("; there are {}", all.join(", ")),
    }
}

/// Names become file names: they have to differ and must not lead out of the folder.
fn check_names<'a>(kind: &'static str, names: impl Iterator<Item = &'a str>) -> Result<(), ReportError> {
    let mut seen = BTreeSet::new();
    for name in names {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
        if name.is_empty() || !name.chars().all(plain) {
            return Err(ReportError::NameForm {
                kind,
                name: name.to_owned(),
            });
        }
        if !seen.insert(name) {
            return Err(ReportError::NameTwice {
                kind,
                name: name.to_owned(),
            });
        }
    }
    Ok(())
}

/// A table is a full rectangle of finite numbers or reasons.
fn check_table(table: &Table) -> Result<(), ReportError> {
    let dimensions = table.row_headings.len();
    let shape = |row: usize, what: &'static str, found: usize, expected: usize| match found == expected {
        true => Ok(()),
        false => Err(ReportError::TableShape {
            table: table.name.clone(),
            row,
            what,
            found,
            expected,
        }),
    };
    shape(
        0,
        "stable names of row dimensions",
        table.row_dimensions.len(),
        dimensions,
    )?;
    for (index, row) in table.rows.iter().enumerate() {
        shape(index + 1, "keys", row.keys.len(), dimensions)?;
        shape(index + 1, "labels", row.labels.len(), dimensions)?;
        shape(index + 1, "cells", row.cells.len(), table.columns.len())?;
        for (column, cell) in table.columns.iter().zip(&row.cells) {
            if let Value::Number(value) = cell.value
                && !value.is_finite()
            {
                return Err(ReportError::NotANumber {
                    table: table.name.clone(),
                    row: row.keys.join(", "),
                    column: column.name.clone(),
                    value,
                });
            }
        }
    }
    Ok(())
}
