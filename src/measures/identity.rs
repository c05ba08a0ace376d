//! Identities between the indicators of a measure: within a cell, and from one period to the next.
//!
//! Input: a measure and its figures in order. Output: nothing, or the first cell in which an identity breaks. A figure that is not
//! applicable leaves the identities of its cell open; one that is absent is a fault.

use super::error::MeasuresError;
use super::mart::Figures;
use crate::domain::measure::{Carry, Identity, Measure, Sign, Term};

/// Sums of unrounded rates may differ in the last digits; counts are exact far beyond this.
const TOLERANCE: f64 = 1e-9;

/// Checks every identity and every carried stock of `measure`.
pub(super) fn check_identities(measure: &Measure, figures: &Figures<'_>) -> Result<(), MeasuresError> {
    let definition = &measure.definition;
    if definition.identities.is_empty() && definition.carries.is_empty() {
        return Ok(());
    }
    let mut previous: Option<Cell<'_>> = None;
    for cell in cells(figures) {
        for identity in &definition.identities {
            cell.check_identity(measure, identity)?;
        }
        for carry in &definition.carries {
            if let Some(previous) = previous.filter(|previous| previous.precedes(&cell)) {
                cell.check_carry(measure, carry, &previous)?;
            }
        }
        previous = Some(cell);
    }
    Ok(())
}

/// The consecutive rows of one cell: equal dimensions and period.
#[derive(Clone, Copy)]
struct Cell<'a> {
    figures: &'a Figures<'a>,
    start: usize,
    end: usize,
}

fn cells<'a>(figures: &'a Figures<'a>) -> impl Iterator<Item = Cell<'a>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let same = |&row: &usize| figures.cell(row).eq(figures.cell(start));
        let length = (start..figures.len()).take_while(same).count();
        let cell = Cell {
            figures,
            start,
            end: start + length,
        };
        start += length;
        (length > 0).then_some(cell)
    })
}

impl Cell<'_> {
    fn check_identity(&self, measure: &Measure, identity: &Identity) -> Result<(), MeasuresError> {
        let left = self.sum(measure, identity.text(), &identity.left)?;
        let right = self.sum(measure, identity.text(), &identity.right)?;
        self.check_equal(measure, identity.text(), left, right)
    }

    fn check_carry(&self, measure: &Measure, carry: &Carry, previous: &Cell<'_>) -> Result<(), MeasuresError> {
        let text = format!(
            "{} of {} = {}",
            carry.end,
            previous.figures.period(previous.start),
            carry.start
        );
        let end = previous.value(measure, &text, &carry.end)?;
        let start = self.value(measure, &text, &carry.start)?;
        self.check_equal(measure, &text, end, start)
    }

    fn check_equal(
        &self,
        measure: &Measure,
        identity: &str,
        left: Option<f64>,
        right: Option<f64>,
    ) -> Result<(), MeasuresError> {
        let (Some(left), Some(right)) = (left, right) else {
            return Ok(());
        };
        if (left - right).abs() <= TOLERANCE * left.abs().max(1.0) {
            return Ok(());
        }
        let (measure, identity) = (measure.name.clone(), identity.to_owned());
        Err(MeasuresError::IdentityBroken {
            measure,
            identity,
            cell: self.describe(),
            left,
            right,
        })
    }

    /// The sum of the terms; nothing where one of them is not applicable.
    fn sum(&self, measure: &Measure, identity: &str, terms: &[Term]) -> Result<Option<f64>, MeasuresError> {
        let mut sum = Some(0.0);
        for term in terms {
            let value = self.value(measure, identity, &term.indicator)?;
            sum = sum.zip(value).map(|(sum, value)| match term.sign {
                Sign::Plus => sum + value,
                Sign::Minus => sum - value,
            });
        }
        Ok(sum)
    }

    fn value(&self, measure: &Measure, identity: &str, indicator: &str) -> Result<Option<f64>, MeasuresError> {
        let row = (self.start..self.end).find(|&row| self.figures.indicator(row) == indicator);
        row.map(|row| self.figures.value(row))
            .ok_or_else(|| MeasuresError::IdentityTerm {
                measure: measure.name.clone(),
                identity: identity.to_owned(),
                indicator: indicator.to_owned(),
                cell: self.describe(),
            })
    }

    /// Whether `next` has the same dimensions in the year after.
    fn precedes(&self, next: &Cell<'_>) -> bool {
        let year = |cell: &Cell<'_>| cell.figures.period(cell.start).parse::<i32>().ok();
        year(self).zip(year(next)).is_some_and(|(year, next)| year + 1 == next)
            && self
                .figures
                .dimensions(self.start)
                .eq(next.figures.dimensions(next.start))
    }

    fn describe(&self) -> String {
        self.figures.describe_cell(self.start)
    }
}
