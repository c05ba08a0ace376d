//! The methodology: what the measures behind the printed tables count, from the documentation that stands beside their queries.
//!
//! Input: the report definition, its numbering, and the measures. Output: one description for each measure that a printed table reads, in the
//! order of the first such table, with the indicators that the tables show. Texts are those of `queries/measures/<name>.toml`; nothing is
//! worded here.

use super::document::nearest_hint;
use super::error::ReportError;
use super::numbering::{ItemKind, Numbering, Reference};
use super::text::{Paragraph, with_code};
use crate::domain::measure::Measure;
use crate::domain::report::{ReportDefinition, TableDefinition};
use crate::domain::table::Unit;

/// A measure as the methodology describes it.
#[derive(Clone, Debug)]
pub struct MeasureDescription {
    /// Stem of its files in `queries/measures/`.
    pub name: String,
    pub title: String,
    /// What is counted.
    pub counts: Paragraph,
    pub population: Paragraph,
    /// Where the definition comes from.
    pub source: Paragraph,
    /// What happens to records that lack a value.
    pub missing: Paragraph,
    pub indicators: Vec<IndicatorDescription>,
    /// The printed tables that show it.
    pub tables: Vec<Reference>,
}

/// One figure of a measure.
#[derive(Clone, Debug)]
pub struct IndicatorDescription {
    pub label: String,
    pub unit: Unit,
    /// Numerator and denominator, or what is counted, in words.
    pub formula: Paragraph,
}

/// Describes the measures of the printed tables.
///
/// # Errors
/// A table reads a measure, or shows an indicator, that is not among `measures`.
pub fn describe(
    definition: &ReportDefinition,
    numbering: &Numbering,
    measures: &[Measure],
    language: &str,
) -> Result<Vec<MeasureDescription>, ReportError> {
    let mut descriptions: Vec<MeasureDescription> = Vec::new();
    for reference in numbering.of_kind(ItemKind::Table) {
        let Some(table) = definition.tables.iter().find(|table| table.name == reference.name) else {
            continue;
        };
        let measure = measure_of(table, measures)?;
        let place = descriptions
            .iter()
            .position(|description| description.name == measure.name)
            .unwrap_or_else(|| {
                descriptions.push(without_indicators(measure, language));
                descriptions.len() - 1
            });
        let description = &mut descriptions[place];
        description.tables.push(reference.clone());
        for indicator in indicators_of(table) {
            description.add(indicator, table, measure, language)?;
        }
    }
    Ok(descriptions)
}

fn measure_of<'a>(table: &TableDefinition, measures: &'a [Measure]) -> Result<&'a Measure, ReportError> {
    measures
        .iter()
        .find(|measure| measure.name == table.measure)
        .ok_or_else(|| ReportError::MeasureUnknown {
            table: table.name.clone(),
            what: "measure",
            name: table.measure.clone(),
            hint: nearest_hint(&table.measure, measures.iter().map(|measure| measure.name.as_str())),
        })
}

/// The indicators that a table shows, in the order of its columns.
fn indicators_of(table: &TableDefinition) -> impl Iterator<Item = &String> {
    table
        .columns
        .iter()
        .chain(table.pivot.iter().map(|pivot| &pivot.indicator))
}

fn without_indicators(measure: &Measure, language: &str) -> MeasureDescription {
    let documented = &measure.definition;
    MeasureDescription {
        name: measure.name.clone(),
        title: documented.title.get(language).unwrap_or(&measure.name).to_owned(),
        counts: with_code(documented.counts.get(language).unwrap_or_default()),
        population: with_code(&documented.population),
        source: with_code(&documented.source),
        missing: with_code(&documented.missing),
        indicators: Vec::new(),
        tables: Vec::new(),
    }
}

impl MeasureDescription {
    /// Adds an indicator, unless an earlier table has brought it.
    fn add(
        &mut self,
        name: &str,
        table: &TableDefinition,
        measure: &Measure,
        language: &str,
    ) -> Result<(), ReportError> {
        let documented = &measure.definition.indicators;
        let indicator = documented.get(name).ok_or_else(|| ReportError::MeasureUnknown {
            table: table.name.clone(),
            what: "indicator",
            name: name.to_owned(),
            hint: nearest_hint(name, documented.keys().map(String::as_str)),
        })?;
        let label = indicator.label.get(language).unwrap_or(name).to_owned();
        if self.indicators.iter().all(|known| known.label != label) {
            self.indicators.push(IndicatorDescription {
                label,
                unit: indicator.unit,
                formula: with_code(&indicator.formula),
            });
        }
        Ok(())
    }
}
