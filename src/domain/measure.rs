//! A measure: the SQL that computes its mart and the documentation that stands beside it in `queries/measures/<name>.toml`.
//!
//! Input: TOML text. Output: values that running, tabulating and documenting a measure follow. Unknown keys are refused, and so
//! is documentation that contradicts itself (an identity over an indicator that is not documented, a dimension named twice).
//! Whether a query's result keeps to its documentation is checked where the query runs.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use serde::Deserialize;

use super::report::Texts;
use super::table::Unit;

/// The code of a total in a mart's dimension (SDMX).
pub const TOTAL: &str = "_T";

/// The columns of a mart after its dimensions, in this order.
pub const MART_COLUMNS: [&str; 6] = ["period", "indicator", "value", "n", "unit", "obs_status"];

/// A query with its documentation; the name is the file stem of both, and of the mart.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    pub name: String,
    pub sql: String,
    pub definition: MeasureDefinition,
}

/// The whole of `queries/measures/<name>.toml`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasureDefinition {
    pub title: Texts,
    /// What is counted, as the unit note of a published table says it.
    pub counts: Texts,
    pub unit_of_count: UnitOfCount,
    /// Which records are counted, and which are not.
    pub population: String,
    /// Where the definition comes from.
    pub source: String,
    /// What happens to records that lack a value.
    pub missing: String,
    /// The mart's dimensions, in the order of its columns.
    pub dimensions: Vec<String>,
    pub indicators: BTreeMap<String, Indicator>,
    /// Sums of indicators that are equal in every cell of every period.
    #[serde(default)]
    pub identities: Vec<Identity>,
    /// Pairs of stocks: the first, at the end of a period, equals the second, at the start of the next.
    #[serde(default)]
    pub carries: Vec<Carry>,
}

/// One figure of a measure.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    pub label: Texts,
    pub formula: String,
    pub unit: Unit,
    /// Dimensions over which the figure can't be summed, because one record counts in several of their parts.
    #[serde(default)]
    pub not_additive: Vec<String>,
}

/// What one unit of a count is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitOfCount {
    /// An item of a request as one authority registered it.
    Registration,
    /// A case at Eurojust as one desk takes part in it.
    Case,
    /// One intervention of an EJN contact point.
    Intervention,
    /// A dated activity.
    Activity,
    /// A row of an export.
    Row,
}

/// A stock that one period hands to the next, written `["pending_end", "pending_start"]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "[String; 2]")]
pub struct Carry {
    pub end: String,
    pub start: String,
}

impl From<[String; 2]> for Carry {
    fn from([end, start]: [String; 2]) -> Carry {
        Carry { end, start }
    }
}

/// Two sums of indicators that are equal, written `pending_start + entered - resolved = pending_end`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Identity {
    pub left: Vec<Term>,
    pub right: Vec<Term>,
    text: String,
}

/// An indicator that is added to or taken from one side of an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    pub sign: Sign,
    pub indicator: String,
}

/// Whether a term is added or taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Plus,
    Minus,
}

/// What is wrong with a measure's documentation.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    #[error("queries/measures/{measure}.toml is not the documentation of a measure")]
    Toml {
        measure: String,
        source: Box<toml::de::Error>,
    },
    #[error(
        "queries/measures/{measure}.toml: the dimension `{dimension}` {fault}; expected a name that is neither a column of every mart nor used twice"
    )]
    Dimension {
        measure: String,
        dimension: String,
        fault: &'static str,
    },
    #[error(
        "queries/measures/{measure}.toml: `{place}` names the indicator `{indicator}`, which is not documented; expected one of {}",
        expected.join(", ")
    )]
    UnknownIndicator {
        measure: String,
        place: String,
        indicator: String,
        expected: Vec<String>,
    },
    #[error(
        "queries/measures/{measure}.toml: `not_additive` of the indicator `{indicator}` names `{dimension}`, which is no dimension of the measure; expected one of {}",
        expected.join(", ")
    )]
    UnknownDimension {
        measure: String,
        indicator: String,
        dimension: String,
        expected: Vec<String>,
    },
}

/// A text that is not an identity.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{found}` is not an identity; expected sums of indicators such as `pending_start + entered - resolved = pending_end`"
)]
pub struct MalformedIdentity {
    pub found: String,
}

impl MeasureDefinition {
    /// Reads the text of `queries/measures/<measure>.toml` and checks that it does not contradict itself.
    pub fn parse(measure: &str, text: &str) -> Result<MeasureDefinition, MeasureError> {
        let definition: MeasureDefinition = toml::from_str(text).map_err(|source| MeasureError::Toml {
            measure: measure.to_owned(),
            source: Box::new(source),
        })?;
        definition.check_dimensions(measure)?;
        definition.check_references(measure)?;
        definition.check_additivity(measure)?;
        Ok(definition)
    }

    /// Whether the indicator's parts along every one of `dimensions` add up to its total: a count, no stock over periods, and not
    /// documented otherwise.
    pub fn is_additive(&self, indicator: &str, dimensions: &[&str]) -> bool {
        let is_stock = self
            .carries
            .iter()
            .any(|carry| carry.end == indicator || carry.start == indicator);
        let Some(documented) = self.indicators.get(indicator) else {
            return false;
        };
        documented.unit == Unit::Count
            && !(is_stock && dimensions.contains(&"period"))
            && !documented
                .not_additive
                .iter()
                .any(|dimension| dimensions.contains(&dimension.as_str()))
    }

    fn check_dimensions(&self, measure: &str) -> Result<(), MeasureError> {
        let mut seen = BTreeSet::new();
        for dimension in &self.dimensions {
            let fault = match (MART_COLUMNS.contains(&dimension.as_str()), seen.insert(dimension)) {
                (true, _) => "has the name of a column that every mart has",
                (_, false) => "is listed twice",
                _ => continue,
            };
            return Err(MeasureError::Dimension {
                measure: measure.to_owned(),
                dimension: dimension.clone(),
                fault,
            });
        }
        Ok(())
    }

    fn check_additivity(&self, measure: &str) -> Result<(), MeasureError> {
        let valid = || self.dimensions.iter().map(String::as_str).chain(["period"]);
        for (name, indicator) in &self.indicators {
            if let Some(unknown) = indicator
                .not_additive
                .iter()
                .find(|dimension| !valid().any(|known| known == *dimension))
            {
                return Err(MeasureError::UnknownDimension {
                    measure: measure.to_owned(),
                    indicator: name.clone(),
                    dimension: unknown.clone(),
                    expected: valid().map(str::to_owned).collect(),
                });
            }
        }
        Ok(())
    }

    fn check_references(&self, measure: &str) -> Result<(), MeasureError> {
        let identities = self.identities.iter().flat_map(|identity| {
            identity
                .terms()
                .map(move |term| (identity.text.clone(), &term.indicator))
        });
        let carries = self.carries.iter().flat_map(|carry| {
            [&carry.end, &carry.start].map(|indicator| (format!("carries {} to {}", carry.end, carry.start), indicator))
        });
        match identities
            .chain(carries)
            .find(|(_, indicator)| !self.indicators.contains_key(*indicator))
        {
            None => Ok(()),
            Some((place, indicator)) => Err(MeasureError::UnknownIndicator {
                measure: measure.to_owned(),
                place,
                indicator: indicator.clone(),
                expected: self.indicators.keys().cloned().collect(),
            }),
        }
    }
}

impl Identity {
    /// The identity as it is written in the documentation.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn terms(&self) -> impl Iterator<Item = &Term> {
        self.left.iter().chain(&self.right)
    }
}

impl TryFrom<String> for Identity {
    type Error = MalformedIdentity;

    fn try_from(text: String) -> Result<Identity, MalformedIdentity> {
        text.parse()
    }
}

impl FromStr for Identity {
    type Err = MalformedIdentity;

    fn from_str(text: &str) -> Result<Identity, MalformedIdentity> {
        let sides: Option<Vec<Vec<Term>>> = text.split('=').map(parse_sum).collect();
        match sides.map(<[Vec<Term>; 2]>::try_from) {
            Some(Ok([left, right])) => Ok(Identity {
                left,
                right,
                text: text.to_owned(),
            }),
            _ => Err(MalformedIdentity { found: text.to_owned() }),
        }
    }
}

/// Reads `a + b - c`; words and signs are separated by spaces.
fn parse_sum(text: &str) -> Option<Vec<Term>> {
    let mut words = text.split_whitespace();
    let mut terms = vec![Term {
        sign: Sign::Plus,
        indicator: parse_name(words.next()?)?,
    }];
    while let Some(sign) = words.next() {
        let sign = match sign {
            "+" => Sign::Plus,
            "-" => Sign::Minus,
            _ => return None,
        };
        terms.push(Term {
            sign,
            indicator: parse_name(words.next()?)?,
        });
    }
    Some(terms)
}

fn parse_name(word: &str) -> Option<String> {
    let valid = word
        .chars()
        .all(|character| character.is_ascii_alphanumeric() || character == '_');
    valid.then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(rest: &str) -> Result<MeasureDefinition, MeasureError> {
        let head = r#"
            title.en = "Flows"
            counts.en = "Registrations"
            unit_of_count = "registration"
            population = "all"
            source = "test"
            missing = "none"
            indicators.entered = { label.en = "Entered", formula = "-", unit = "count" }
        "#;
        MeasureDefinition::parse("flows", &format!("{head}\n{rest}"))
    }

    fn check_refused(rest: &str, expected: &str) {
        let error = definition(rest).unwrap_err();
        let source = std::error::Error::source(&error)
            .map(ToString::to_string)
            .unwrap_or_default();
        let message = format!("{error}: {source}");
        assert!(message.contains(expected), "expected `{expected}` in `{message}`");
    }

    #[test]
    fn documentation_that_contradicts_itself_is_refused() {
        assert!(definition("dimensions = [\"scope\"]").is_ok());
        check_refused("dimensions = [\"scope\", \"scope\"]", "`scope` is listed twice");
        check_refused(
            "dimensions = [\"period\"]",
            "`period` has the name of a column that every mart has",
        );
        check_refused(
            "dimensions = []\nidentities = [\"entered = resolved\"]",
            "indicator `resolved`",
        );
        check_refused(
            "dimensions = []\ncarries = [[\"entered\", \"start\"]]",
            "indicator `start`",
        );
        check_refused("dimensions = []\nunits = 1", "unknown field `units`");
    }

    #[test]
    fn an_identity_is_two_sums() {
        let identity: Identity = "start + entered - resolved = end".parse().unwrap();
        let left: Vec<(Sign, &str)> = identity
            .left
            .iter()
            .map(|term| (term.sign, term.indicator.as_str()))
            .collect();
        assert_eq!(
            left,
            [
                (Sign::Plus, "start"),
                (Sign::Plus, "entered"),
                (Sign::Minus, "resolved")
            ]
        );
        assert_eq!(
            identity.right,
            [Term {
                sign: Sign::Plus,
                indicator: "end".to_owned()
            }]
        );
        for malformed in ["", "a", "a =", "a + = b", "a b = c", "a = b = c", "a * b = c"] {
            assert!(malformed.parse::<Identity>().is_err(), "{malformed}");
        }
    }
}
