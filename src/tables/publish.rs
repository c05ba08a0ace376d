//! Publishing: one table, or all tables of a report, from definitions and marts.
//!
//! Input: definitions, marts with their documentation, labels, language, date of observation. Output: tables as values.
//! The hidden columns that a computation needed are gone from what is returned.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::RecordBatch;
use jiff::civil::Date;

use crate::domain::measure::{MeasureDefinition, TOTAL};
use crate::domain::report::{TableDefinition, Total};
use crate::domain::table::{Column, Row, Table};

use super::derived::{self, Summed};
use super::error::{DefinitionFault, Names, TablesError};
use super::frame::{MartFrame, Part};
use super::labels::{Labels, TableLabels};
use super::plan::{self, PERIOD, Plan, PlannedColumn, Sources, collapsed};
use super::{cell, ranking, totals, wording};

/// The value of `period` in `where` that stands for the year of the date of observation.
const LATEST: &str = "latest";

/// A measure's result with its documentation.
#[derive(Clone, Copy, Debug)]
pub struct Mart<'a> {
    pub definition: &'a MeasureDefinition,
    pub batch: &'a RecordBatch,
}

/// What all tables of an edition share.
#[derive(Clone, Copy)]
pub struct Publication<'a> {
    pub labels: &'a dyn Labels,
    /// The tag by which texts and labels are looked up, such as `en`.
    pub language: &'a str,
    /// The date of observation.
    pub as_of: Date,
}

/// Makes every table of a report; `marts` are by the name of the measure.
pub fn publish_all(
    definitions: &[TableDefinition],
    marts: &BTreeMap<String, Mart>,
    publication: &Publication,
) -> Result<Vec<Table>, TablesError> {
    let mut tables: Vec<Table> = Vec::with_capacity(definitions.len());
    for definition in definitions {
        if tables.iter().any(|table| table.name == definition.name) {
            return Err(TablesError::NameTwice {
                table: definition.name.clone(),
            });
        }
        let mart = marts.get(&definition.measure).ok_or_else(|| {
            let known = marts.keys().map(String::as_str);
            TablesError::unknown(
                &definition.name,
                "measure",
                &definition.measure,
                "measure".to_owned(),
                known,
            )
        })?;
        tables.push(publish(definition, *mart, publication)?);
    }
    Ok(tables)
}

/// Makes one table from the mart of its measure.
pub fn publish(definition: &TableDefinition, mart: Mart, publication: &Publication) -> Result<Table, TablesError> {
    let names = Names {
        table: &definition.name,
        measure: &definition.measure,
    };
    plan::check(names, definition, mart.definition)?;
    let labels = TableLabels {
        definition,
        labels: publication.labels,
        language: publication.language,
    };
    let whole = MartFrame::read(names, mart.batch, &mart.definition.dimensions)?;
    let fixed = resolved(definition, publication.as_of);
    let now = sliced(&whole, names, &fixed)?;
    let before = sliced(&whole.one_year_ahead()?, names, &fixed)?;
    let sources = Sources {
        names,
        definition,
        measure: mart.definition,
        labels: &labels,
        as_of: publication.as_of,
    };
    let plan = Plan::new(&sources, pivoted_codes(definition, &now)?)?;
    let year = fixed.get(PERIOD).map(String::as_str);
    let rows = rows(&plan, &now, &before, &labels, year)?;
    let years = match year {
        Some(TOTAL) => codes(&whole, PERIOD)?,
        _ => years(&plan, &rows.rows, year),
    };
    assemble(&plan, rows, &labels, &years)
}

/// The rows of a table, and how many a ranking left out.
struct Rows {
    rows: Vec<Row>,
    left_out: usize,
}

/// The fixed dimensions with the latest year as a year.
fn resolved(definition: &TableDefinition, as_of: Date) -> BTreeMap<String, String> {
    let mut fixed = definition.fixed.clone();
    if let Some(period) = fixed.get_mut(PERIOD).filter(|period| *period == LATEST) {
        *period = as_of.year().to_string();
    }
    fixed
}

/// The rows of the mart that have the fixed codes. A code that the mart does not have leaves no row, unless it is a misspelling.
fn sliced<'a>(
    whole: &MartFrame<'a>,
    names: Names,
    fixed: &BTreeMap<String, String>,
) -> Result<MartFrame<'a>, TablesError> {
    fixed.iter().try_fold(whole.clone(), |frame, (dimension, code)| {
        let codes = whole.codes(dimension)?;
        let known = || codes.iter().map(|(known, _)| known.as_str());
        let is_misspelt = |known: &str| strsim::damerau_levenshtein(known, code) <= 2 && code.chars().count() > 4;
        if dimension != PERIOD && !known().any(|known| known == code) && known().any(is_misspelt) {
            let kind = format!("code of `{dimension}` in the mart of `{}`", names.measure);
            return Err(TablesError::unknown(names.table, "where", code, kind, known()));
        }
        frame.keep(dimension, code)
    })
}

/// The codes of the pivoted dimension with their numbers of observations in the body of the table.
fn pivoted_codes(definition: &TableDefinition, now: &MartFrame) -> Result<Vec<(String, i64)>, TablesError> {
    let Some(pivot) = &definition.pivot else {
        return Ok(Vec::new());
    };
    let shown = now.keep("indicator", &pivot.indicator)?;
    let body = definition
        .rows
        .iter()
        .try_fold(shown, |frame, dimension| frame.without(dimension, TOTAL))?;
    body.codes(&pivot.dimension)
}

fn rows(
    plan: &Plan,
    now: &MartFrame,
    before: &MartFrame,
    labels: &TableLabels,
    year: Option<&str>,
) -> Result<Rows, TablesError> {
    let body = now.rows(before, Part::Body, plan, labels)?;
    let mart_totals = now.rows(before, Part::Totals, plan, labels)?;
    totals::check(plan, &body, &mart_totals)?;
    totals::check_pivot(plan, &body)?;
    if plan.definition.total == Total::Mart && mart_totals.is_empty() && !body.is_empty() {
        let dimensions = collapsed(&plan.definition.rows).join(", ");
        return Err(plan.names.definition(DefinitionFault::NoMartTotal { dimensions }));
    }
    let body = totals::body(plan, body);
    let (whole, summed) = match plan.definition.total {
        Total::Mart => (totals::of_mart(plan, mart_totals), Summed::ByMart),
        Total::Sum | Total::None => (totals::sums(plan, &body), Summed::FromParts),
    };
    let (mut rows, left_out) = ranking::ranked(plan, body);
    if plan.definition.total != Total::None {
        rows.extend(whole.iter().cloned());
    }
    derived::add_shares(plan, &mut rows, &whole, summed)?;
    derived::add_changes(plan, &mut rows, year)?;
    for row in &mut rows {
        row.cells.drain(plan.shown..plan.columns.len());
    }
    Ok(Rows { rows, left_out })
}

fn assemble(plan: &Plan, rows: Rows, labels: &TableLabels, years: &[String]) -> Result<Table, TablesError> {
    let definition = plan.definition;
    let period = match (years.first(), years.last()) {
        (Some(first), Some(last)) => wording::periods(first, last),
        _ => plan.as_of.year().to_string(),
    };
    let fill = |text: &str| {
        let unknown = || {
            plan.names
                .definition(DefinitionFault::Placeholder { text: text.to_owned() })
        };
        wording::filled(text, &period, plan.as_of).ok_or_else(unknown)
    };
    let mut notes = definition
        .notes
        .get(labels.language)
        .iter()
        .map(|note| fill(note))
        .collect::<Result<Vec<_>, _>>()?;
    notes.extend(automatic_notes(plan, years, rows.left_out, labels));
    notes.extend(not_validated(plan, &rows.rows));
    notes.extend(footnotes(plan, &rows.rows, labels));
    let shown: Vec<Column> = plan.columns[..plan.shown]
        .iter()
        .map(|planned| planned.column.clone())
        .collect();
    Ok(Table {
        name: definition.name.clone(),
        title: fill(definition.title.get(labels.language).unwrap_or(&definition.name))?,
        unit_note: wording::unit_note(plan.measure.counts.get(labels.language).unwrap_or(&definition.measure)),
        row_dimensions: definition.rows.clone(),
        row_headings: definition
            .rows
            .iter()
            .map(|dimension| labels.heading(dimension))
            .collect(),
        columns: shown.into_iter().chain(derived::columns(plan)).collect(),
        rows: rows.rows,
        notes,
    })
}

/// The codes of a column but the total, ascending.
fn codes(frame: &MartFrame, column: &str) -> Result<Vec<String>, TablesError> {
    let codes = frame.codes(column)?.into_iter().map(|(code, _)| code);
    Ok(codes.filter(|code| code != TOTAL).collect())
}

/// The years that a table shows, ascending.
fn years(plan: &Plan, rows: &[Row], fixed: Option<&str>) -> Vec<String> {
    let on_rows = plan.definition.rows.iter().position(|dimension| dimension == PERIOD);
    let pivoted = plan.columns[..plan.shown]
        .iter()
        .filter_map(|planned| planned.pivoted.as_ref());
    let pivoted = pivoted
        .filter(|(dimension, _)| dimension == PERIOD)
        .map(|(_, year)| year.clone());
    let keys = on_rows
        .iter()
        .flat_map(|position| rows.iter().map(|row| row.keys[*position].clone()));
    let years = fixed.map(str::to_owned).into_iter().chain(pivoted).chain(keys);
    let mut years: Vec<String> = years.filter(|year| year != TOTAL).collect();
    years.sort();
    years.dedup();
    years
}

/// The footnotes of the codes that the table names, each once.
fn footnotes(plan: &Plan, rows: &[Row], labels: &TableLabels) -> BTreeSet<String> {
    let dimensions = &plan.definition.rows;
    let on_rows = rows.iter().flat_map(|row| dimensions.iter().zip(&row.keys));
    let pivoted = plan.columns[..plan.shown]
        .iter()
        .filter_map(|planned| planned.pivoted.as_ref().map(|(dimension, code)| (dimension, code)));
    on_rows
        .chain(pivoted)
        .filter_map(|(dimension, code)| labels.footnote(dimension, code))
        .collect()
}

/// The note that names the numbers which are not validated, if there are any.
fn not_validated(plan: &Plan, rows: &[Row]) -> Option<String> {
    let named = |row: &Row, planned: &PlannedColumn| format!("{}, {}", row.labels.join(", "), planned.column.label);
    let cells = rows.iter().flat_map(|row| {
        let shown = row.cells.iter().zip(&plan.columns[..plan.shown]);
        shown
            .filter(|(cell, _)| cell.status == cell::NOT_VALIDATED)
            .map(move |(_, planned)| named(row, planned))
    });
    let cells: Vec<String> = cells.collect();
    (!cells.is_empty()).then(|| wording::not_validated(&cells))
}

/// What the table says of itself: rows and columns that are left out, and a year that is cut where the table names years.
fn automatic_notes(plan: &Plan, years: &[String], left_out: usize, labels: &TableLabels) -> Vec<String> {
    let mut notes = Vec::new();
    let title = plan.definition.title.get(labels.language).unwrap_or_default();
    if left_out > 0 {
        notes.push(wording::left_out(left_out, &labels.heading(&plan.definition.rows[0])));
    }
    if let Some(pivot) = plan.definition.pivot.as_ref().filter(|_| plan.left_out > 0) {
        notes.push(wording::left_out(plan.left_out, &labels.heading(&pivot.dimension)));
    }
    let names_years = !plan.definition.fixed.contains_key(PERIOD) || title.contains(wording::PERIOD_PLACEHOLDER);
    if names_years && years.iter().any(|year| derived::is_cut(year, plan.as_of)) {
        notes.push(wording::incomplete_year(plan.as_of));
        notes.extend(plan.change.map(|_| wording::no_change()));
    }
    notes
}
