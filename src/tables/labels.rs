//! Labels of codes and headings of dimensions.
//!
//! Input: a dimension's name and a code. Output: the text that is printed for it. Codelists themselves are loaded elsewhere and
//! reach this module through the [`Labels`] trait; a code that no codelist knows is printed as it is, so nothing disappears.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::domain::measure::TOTAL;
use crate::domain::report::TableDefinition;

use super::wording;

/// The code that marks records whose value is not stated.
pub(super) const NOT_STATED: &str = "not_stated";

/// Where names of codes come from.
pub trait Labels {
    /// The name of `code` in the codelist called `codelist`, in `language`; `None` where there is no such list, code or name.
    fn label(&self, codelist: &str, code: &str, language: &str) -> Option<String>;

    /// The footnote that goes with the name of `code` wherever it is printed, such as the reservation on a designation.
    fn footnote(&self, _codelist: &str, _code: &str) -> Option<String> {
        None
    }
}

/// The usual codelist and heading of a dimension: name, codelist, heading.
const DIMENSIONS: [(&str, &str, &str); 24] = [
    ("activity_kind", "activity_kinds", "Kind of activity"),
    ("age_band", "age_bands", "Age"),
    ("authority", "authorities", "Authority"),
    ("channel", "channels", "Channel"),
    ("counterpart", "states", "State"),
    ("direction", "directions", "Direction"),
    ("family", "families", "Family"),
    ("form", "forms", "Form of cooperation"),
    ("instrument", "instruments", "Instrument"),
    ("kind", "instrument_kinds", "Kind of instrument"),
    ("month", "calendar_months", "Month"),
    ("offence", "offences", "Offence group"),
    ("outcome", "outcomes", "Outcome"),
    ("partner", "states", "State"),
    ("period", "", "Year"),
    ("phase", "phases", "Phase"),
    ("reason", "quarantine_reasons", "Reason"),
    ("refusal_ground", "refusal_grounds", "Ground of refusal"),
    ("requester", "ejn_requesters", "Requesting authority"),
    ("role", "eurojust_roles", "Role"),
    ("scope", "scopes", "Scope"),
    ("source", "sources", "Source"),
    ("state", "states", "State"),
    ("subject", "ejn_subjects", "Subject"),
];

/// The labels of one table: its definition's choices over the usual ones.
pub(super) struct TableLabels<'a> {
    pub definition: &'a TableDefinition,
    pub labels: &'a dyn Labels,
    pub language: &'a str,
}

impl TableLabels<'_> {
    /// The heading of a row dimension.
    pub fn heading(&self, dimension: &str) -> String {
        let chosen = self
            .definition
            .headings
            .get(dimension)
            .and_then(|texts| texts.get(self.language));
        let usual = || usual(dimension).map(|(_, _, heading)| heading.to_owned());
        chosen
            .map(str::to_owned)
            .or_else(usual)
            .unwrap_or_else(|| sentence(dimension))
    }

    /// The label of a code of `dimension`.
    pub fn label(&self, dimension: &str, code: &str) -> String {
        match code {
            _ if dimension == "period" => code.to_owned(),
            NOT_STATED => wording::NOT_STATED.to_owned(),
            TOTAL => wording::TOTAL.to_owned(),
            _ => self.name(dimension, code).unwrap_or_else(|| code.to_owned()),
        }
    }

    /// Sorts the codes of `dimension`: those that the definition orders, others by label, "not stated" last; periods ascend.
    /// No two codes have the same key.
    pub fn order_key(&self, dimension: &str, code: &str) -> String {
        let label = self.label(dimension, code);
        let sequence = self.definition.order.get(dimension).map_or(&[][..], Vec::as_slice);
        let place = sequence
            .iter()
            .position(|listed| listed == code)
            .unwrap_or(sequence.len());
        let last = if code == NOT_STATED { '1' } else { '0' };
        format!("{last}{place:06}{}\u{0}{label}\u{0}{code}", folded(&label))
    }

    /// The footnote of a code of `dimension`, led by the code's name.
    pub fn footnote(&self, dimension: &str, code: &str) -> Option<String> {
        let footnote = self.labels.footnote(self.codelist(dimension), code)?;
        Some(format!("{}: {footnote}", self.label(dimension, code)))
    }

    fn name(&self, dimension: &str, code: &str) -> Option<String> {
        self.labels.label(self.codelist(dimension), code, self.language)
    }

    fn codelist<'d>(&'d self, dimension: &'d str) -> &'d str {
        let chosen = self.definition.codelists.get(dimension).map(String::as_str);
        chosen
            .or_else(|| usual(dimension).map(|(_, codelist, _)| codelist))
            .unwrap_or(dimension)
    }
}

/// A label as it is compared with others: without diacritics and in small letters.
pub(super) fn folded(label: &str) -> String {
    label
        .nfkd()
        .filter(|character| !is_combining_mark(*character))
        .flat_map(char::to_lowercase)
        .collect()
}

fn usual(dimension: &str) -> Option<(&'static str, &'static str, &'static str)> {
    DIMENSIONS.into_iter().find(|(name, _, _)| *name == dimension)
}

/// `age_band` as "Age band".
fn sentence(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut characters = words.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_ignores_case_and_diacritics() {
        for (label, expected) in [
            ("Țara", "tara"),
            ("ÎNSCRIS", "inscris"),
            ("Škoda", "skoda"),
            ("Ćup", "cup"),
        ] {
            assert_eq!(folded(label), expected);
        }
    }

    #[test]
    fn a_dimension_without_a_usual_heading_is_headed_by_its_name() {
        assert_eq!(sentence("age_band"), "Age band");
    }

    #[test]
    fn dimensions_are_listed_in_order_and_once() {
        assert!(DIMENSIONS.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
