//! The document model: what an edition says, in order, before any format.
//!
//! Input: the report definition, the published tables, the narrative's paragraphs and the edition's facts. Output: one value that
//! every renderer prints. Items are numbered in the order of the page, and each table or figure is shown once. Tables that no
//! section shows follow as `annex`: they are exported but not printed. Renderers look nothing up and compute nothing.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::Serialize;

use super::charts::Chart;
use super::error::ReportError;
use super::number::NumberFormat;
use crate::domain::fold::nearest;
use crate::domain::long_date::long_date;
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

/// A table or a figure, in the order of the section.
#[derive(Clone, Debug)]
pub enum Item {
    Table(NumberedTable),
    Figure(NumberedFigure),
}

/// A headed part of the document.
#[derive(Clone, Debug)]
pub struct Section {
    pub name: String,
    pub heading: String,
    /// Plain text, no markup.
    pub paragraphs: Vec<String>,
    pub items: Vec<Item>,
}

/// The whole of an edition.
#[derive(Clone, Debug)]
pub struct Document {
    pub cover: Cover,
    pub sections: Vec<Section>,
    /// Tables that no section shows.
    pub annex: Vec<Table>,
}

impl Document {
    /// Puts the document together; `paragraphs` gives the narrative of a section by its name.
    pub fn assemble(
        definition: &ReportDefinition,
        tables: Vec<Table>,
        cover: Cover,
        paragraphs: impl Fn(&str) -> Result<Vec<String>, ReportError>,
    ) -> Result<Self, ReportError> {
        check_names("table", tables.iter().map(|table| table.name.as_str()))?;
        check_names("chart", definition.charts.iter().map(|chart| chart.name.as_str()))?;
        tables.iter().try_for_each(check_table)?;
        let charts = definition
            .charts
            .iter()
            .map(|chart| Chart::from_tables(chart, &tables, &cover))
            .collect::<Result<Vec<_>, _>>()?;
        let mut builder = Builder {
            tables,
            charts,
            shown: Vec::new(),
            table_count: 0,
            figure_count: 0,
        };
        let sections = definition
            .sections
            .iter()
            .map(|section| builder.section(section, &cover, &paragraphs))
            .collect::<Result<Vec<_>, _>>()?;
        let annex = builder.unshown_tables();
        Ok(Self { cover, sections, annex })
    }

    /// The tables that are printed, in the order of the page.
    pub fn printed_tables(&self) -> impl Iterator<Item = &NumberedTable> {
        self.items().filter_map(|item| match item {
            Item::Table(table) => Some(table),
            Item::Figure(_) => None,
        })
    }

    /// Every table: the printed ones with their number, then the annex.
    pub fn tables(&self) -> impl Iterator<Item = (Option<usize>, &Table)> {
        let printed = self
            .printed_tables()
            .map(|numbered| (Some(numbered.number), &numbered.table));
        printed.chain(self.annex.iter().map(|table| (None, table)))
    }

    /// The figures, in the order of the page.
    pub fn figures(&self) -> impl Iterator<Item = &NumberedFigure> {
        self.items().filter_map(|item| match item {
            Item::Figure(figure) => Some(figure),
            Item::Table(_) => None,
        })
    }

    fn items(&self) -> impl Iterator<Item = &Item> {
        self.sections.iter().flat_map(|section| &section.items)
    }
}

/// What is at hand while sections are put together, and what was used already.
struct Builder {
    tables: Vec<Table>,
    charts: Vec<Chart>,
    shown: Vec<(&'static str, String)>,
    table_count: usize,
    figure_count: usize,
}

impl Builder {
    fn section(
        &mut self,
        definition: &SectionDefinition,
        cover: &Cover,
        paragraphs: &impl Fn(&str) -> Result<Vec<String>, ReportError>,
    ) -> Result<Section, ReportError> {
        let items = definition
            .show
            .iter()
            .map(|item| self.item(&definition.name, item))
            .collect::<Result<_, _>>()?;
        Ok(Section {
            name: definition.name.clone(),
            heading: cover.filled(definition.title.get(&cover.language).unwrap_or(&definition.name)),
            paragraphs: paragraphs(&definition.name)?,
            items,
        })
    }

    fn item(&mut self, section: &str, item: &str) -> Result<Item, ReportError> {
        match item.split_once(':') {
            Some(("table", name)) => {
                let names: Vec<&str> = self.tables.iter().map(|table| table.name.as_str()).collect();
                let place = place_of(section, "table", name, &names)?;
                self.mark(section, "table", name)?;
                self.table_count += 1;
                Ok(Item::Table(NumberedTable {
                    number: self.table_count,
                    table: self.tables[place].clone(),
                }))
            }
            Some(("chart", name)) => {
                let names: Vec<&str> = self.charts.iter().map(|chart| chart.name.as_str()).collect();
                let place = place_of(section, "chart", name, &names)?;
                self.mark(section, "chart", name)?;
                self.figure_count += 1;
                Ok(Item::Figure(NumberedFigure {
                    number: self.figure_count,
                    chart: self.charts[place].clone(),
                }))
            }
            _ => Err(ReportError::ShowForm {
                section: section.to_owned(),
                item: item.to_owned(),
            }),
        }
    }

    /// Notes that the item is used, and refuses a second use.
    fn mark(&mut self, section: &str, kind: &'static str, name: &str) -> Result<(), ReportError> {
        let item = (kind, name.to_owned());
        if self.shown.contains(&item) {
            return Err(ReportError::ShownTwice {
                section: section.to_owned(),
                kind,
                name: name.to_owned(),
            });
        }
        self.shown.push(item);
        Ok(())
    }

    fn unshown_tables(self) -> Vec<Table> {
        let shown = self.shown;
        self.tables
            .into_iter()
            .filter(|table| !shown.iter().any(|(kind, name)| *kind == "table" && *name == table.name))
            .collect()
    }
}

fn place_of(section: &str, kind: &'static str, name: &str, names: &[&str]) -> Result<usize, ReportError> {
    names
        .iter()
        .position(|known| *known == name)
        .ok_or_else(|| ReportError::ShowUnknown {
            section: section.to_owned(),
            kind,
            name: name.to_owned(),
            hint: nearest_hint(name, names.iter().copied()),
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
