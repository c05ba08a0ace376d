//! The words that tables say of themselves, and the placeholders of titles and notes.
//!
//! English only: titles, labels and notes of a definition come in every language that it has, these words until now in one.

use jiff::civil::Date;

use crate::domain::long_date::long_date;

/// Stands in a title or note for the year or years that the table shows.
pub(super) const PERIOD_PLACEHOLDER: &str = "{period}";
/// Stands in a title or note for the date of observation.
const AS_OF_PLACEHOLDER: &str = "{as_of}";

pub(super) const TOTAL: &str = "Total";
pub(super) const OTHER: &str = "Other";
pub(super) const NOT_STATED: &str = "not stated";

/// The heading of a column of shares.
pub(super) fn share(label: &str) -> String {
    format!("{label}, share")
}

/// The heading of a column of changes.
pub(super) fn change(label: &str) -> String {
    format!("{label}, change on previous year")
}

/// The note on what one unit of the table is.
pub(super) fn unit_note(counts: &str) -> String {
    format!("Unit: {counts}")
}

/// The note on rows or columns that a ranking leaves out; `what` is their heading.
pub(super) fn left_out(count: usize, what: &str) -> String {
    format!("Not shown: {count} more ({what}) with fewer observations or a lower rank.")
}

/// The note on numbers that contradict something else that is known; `cells` are named by their labels.
pub(super) fn not_validated(cells: &[String]) -> String {
    format!("Not validated (status V), to be checked: {}.", cells.join("; "))
}

/// The note on a year that the date of observation cuts.
pub(super) fn incomplete_year(as_of: Date) -> String {
    let year = as_of.year();
    format!("{year} covers the time from 1 January to {}.", long_date(as_of))
}

/// The note on changes that are not given because the year is incomplete.
pub(super) fn no_change() -> String {
    "The change on the previous year is given for complete years only.".to_owned()
}

/// The years shown, as `{period}` prints them.
pub(super) fn periods(first: &str, last: &str) -> String {
    if first == last {
        first.to_owned()
    } else {
        format!("{first}\u{2013}{last}")
    }
}

/// A text with its placeholders filled in; `None` where it has an unknown one.
pub(super) fn filled(text: &str, period: &str, as_of: Date) -> Option<String> {
    let filled = text
        .replace(PERIOD_PLACEHOLDER, period)
        .replace(AS_OF_PLACEHOLDER, &long_date(as_of));
    (!filled.contains(['{', '}'])).then_some(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_and_unknown_ones_refused() {
        let as_of = Date::constant(2025, 12, 31);
        let title = filled("Requests, {period}, as of {as_of}", &periods("2019", "2025"), as_of);
        assert_eq!(
            title.as_deref(),
            Some("Requests, 2019\u{2013}2025, as of 31 December 2025")
        );
        assert_eq!(filled("Requests, {perod}", "2025", as_of), None);
    }

    #[test]
    fn a_single_period_is_no_range() {
        assert_eq!(periods("2025", "2025"), "2025");
    }
}
