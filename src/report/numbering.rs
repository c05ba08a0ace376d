//! The numbers of tables and figures, known from the report definition alone, so that text can refer to what comes later.
//!
//! Input: a report definition. Output: for each table and chart that a section shows its number in the order of the page, tables and
//! figures counted apart. What a section shows is read here and nowhere else: `table:<name>`, `chart:<name>` or `measures`, each once.

use super::error::ReportError;
use crate::domain::report::{ReportDefinition, SectionDefinition};

/// Whether a number counts tables or figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemKind {
    Table,
    Figure,
}

/// One entry of a section's `show`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown<'a> {
    Table(&'a str),
    Chart(&'a str),
    Measures,
}

/// A table or figure as text refers to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    pub kind: ItemKind,
    pub name: String,
    pub number: usize,
}

/// The numbered tables and figures of a report, in the order of the page.
#[derive(Clone, Debug)]
pub struct Numbering(Vec<(String, Reference)>);

/// The sections, the annexes after the others.
pub fn in_page_order(definition: &ReportDefinition) -> impl Iterator<Item = &SectionDefinition> {
    let sections = |annex: bool| definition.sections.iter().filter(move |section| section.annex == annex);
    sections(false).chain(sections(true))
}

impl<'a> Shown<'a> {
    /// Reads an entry of `show` of the section with this name.
    pub fn read(section: &str, item: &'a str) -> Result<Self, ReportError> {
        match item.split_once(':') {
            Some(("table", name)) => Ok(Self::Table(name)),
            Some(("chart", name)) => Ok(Self::Chart(name)),
            None if item == "measures" => Ok(Self::Measures),
            _ => Err(ReportError::ShowForm {
                section: section.to_owned(),
                item: item.to_owned(),
            }),
        }
    }
}

impl Numbering {
    /// Numbers what the sections of a report show.
    pub fn of(definition: &ReportDefinition) -> Result<Self, ReportError> {
        let mut numbering = Self(Vec::new());
        let mut measures_shown = false;
        for section in in_page_order(definition) {
            for item in &section.show {
                let (kind, name) = match Shown::read(&section.name, item)? {
                    Shown::Table(name) => (ItemKind::Table, name),
                    Shown::Chart(name) => (ItemKind::Figure, name),
                    Shown::Measures if !measures_shown => {
                        measures_shown = true;
                        continue;
                    }
                    Shown::Measures => return Err(shown_twice(section, item)),
                };
                if numbering.reference(item).is_some() {
                    return Err(shown_twice(section, item));
                }
                let number = numbering.of_kind(kind).count() + 1;
                let name = name.to_owned();
                numbering.0.push((item.clone(), Reference { kind, name, number }));
            }
        }
        Ok(numbering)
    }

    /// The reference to what `show` calls `item`; none where no section shows it.
    pub fn reference(&self, item: &str) -> Option<&Reference> {
        self.0
            .iter()
            .find(|(known, _)| known == item)
            .map(|(_, reference)| reference)
    }

    /// The references of one kind, in the order of the page.
    pub fn of_kind(&self, kind: ItemKind) -> impl Iterator<Item = &Reference> {
        self.0
            .iter()
            .map(|(_, reference)| reference)
            .filter(move |reference| reference.kind == kind)
    }

    /// What `show` calls the numbered items.
    pub fn items(&self) -> impl Iterator<Item = &str> + Clone {
        self.0.iter().map(|(item, _)| item.as_str())
    }
}

fn shown_twice(section: &SectionDefinition, item: &str) -> ReportError {
    ReportError::ShownTwice {
        section: section.name.clone(),
        item: item.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{ItemKind, Numbering};

    #[test]
    fn tables_and_figures_are_counted_apart_and_annexes_come_last() {
        let definition = toml::from_str(
            r#"
            title.en = "t"
            [[section]]
            name = "quality"
            title.en = "Quality"
            annex = true
            show = ["table:rows", "measures"]
            [[section]]
            name = "flows"
            title.en = "Flows"
            show = ["chart:flows", "table:flows", "table:ages"]
            "#,
        )
        .unwrap();
        let numbering = Numbering::of(&definition).unwrap();
        let number = |item: &str| {
            numbering
                .reference(item)
                .map(|reference| (reference.kind, reference.number))
        };
        assert_eq!(number("chart:flows"), Some((ItemKind::Figure, 1)));
        assert_eq!(number("table:flows"), Some((ItemKind::Table, 1)));
        assert_eq!(number("table:ages"), Some((ItemKind::Table, 2)));
        assert_eq!(number("table:rows"), Some((ItemKind::Table, 3)));
        assert_eq!(number("measures"), None);
    }
}
