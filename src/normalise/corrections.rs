//! Known errors of sources (`corrections.toml`): which row, what is wrong, what to do, who says so.
//!
//! Input: TOML text. Output: [`Correction`]s by source. A correction is bound to what the file says now: if it matches no row, or the guarded cells
//! have changed, the source is refused, so a correction never outlives the error.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::dataset::DataSet;
use crate::domain::fold::nearest;
use crate::domain::source::SourceDefinition;
use crate::domain::toml_error::explain_toml;

/// The corrections file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum CorrectionError {
    #[error("{message}")]
    Toml { message: String },
    #[error("correction {number}: there is no source `{found}`{}", nearest.first().map(|near| format!("; nearest: {near}")).unwrap_or_default())]
    Source {
        number: usize,
        found: String,
        nearest: Vec<String>,
    },
    #[error("correction {number}: the data set `{data_set}` has no field `{found}`{}", nearest.first().map(|near| format!("; nearest: {near}")).unwrap_or_default())]
    Field {
        number: usize,
        data_set: &'static str,
        found: String,
        nearest: Vec<String>,
    },
    #[error("correction {number}: {problem}")]
    Shape { number: usize, problem: &'static str },
}

/// What a correction does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Set,
    Exclude,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default, rename = "correction")]
    corrections: Vec<WrittenCorrection>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCorrection {
    source: String,
    #[serde(rename = "match")]
    matched: BTreeMap<String, String>,
    #[serde(default)]
    expect: BTreeMap<String, String>,
    action: Action,
    #[serde(default)]
    set: BTreeMap<String, String>,
    reason: String,
    by: String,
}

/// One correction; fields are positions in the data set, texts are compared with the trimmed cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Correction {
    pub matched: Vec<(usize, String)>,
    pub expected: Vec<(usize, String)>,
    pub action: Action,
    pub set: Vec<(usize, String)>,
    /// The match as text, for messages.
    pub description: String,
}

/// Reads the corrections of every source.
///
/// # Errors
/// Text that isn't TOML of this shape, an unknown source or field, a correction without a match, reason or author.
pub fn read_corrections(
    text: &str,
    definitions: &[SourceDefinition],
) -> Result<BTreeMap<String, Vec<Correction>>, CorrectionError> {
    let written: Written = toml::from_str(text).map_err(|error| CorrectionError::Toml {
        message: explain_toml(&error),
    })?;
    let mut corrections: BTreeMap<String, Vec<Correction>> = BTreeMap::new();
    for (number, written) in (1..).zip(written.corrections) {
        let definition = definitions
            .iter()
            .find(|definition| definition.name == written.source)
            .ok_or_else(|| {
                let names = definitions.iter().map(|definition| definition.name.as_str());
                let nearest = nearest(&written.source, names, 1)
                    .into_iter()
                    .map(str::to_owned)
                    .collect();
                CorrectionError::Source {
                    number,
                    found: written.source.clone(),
                    nearest,
                }
            })?;
        let correction = checked(number, &written, definition.data_set)?;
        corrections.entry(written.source).or_default().push(correction);
    }
    Ok(corrections)
}

fn checked(number: usize, written: &WrittenCorrection, data_set: DataSet) -> Result<Correction, CorrectionError> {
    let shape = |problem| Err(CorrectionError::Shape { number, problem });
    if written.matched.is_empty() {
        return shape("`match` names no field");
    }
    if written.reason.trim().is_empty() || written.by.trim().is_empty() {
        return shape("`reason` and `by` must say why and who says so");
    }
    if (written.action == Action::Set) == written.set.is_empty() {
        return shape("`set` goes with `action = \"set\"`, and only with it");
    }
    let fields = |texts: &BTreeMap<String, String>| -> Result<Vec<(usize, String)>, CorrectionError> {
        texts
            .iter()
            .map(|(name, text)| Ok((position(number, data_set, name)?, text.trim().to_owned())))
            .collect()
    };
    let described: Vec<String> = written
        .matched
        .iter()
        .map(|(name, text)| format!("{name} = \"{text}\""))
        .collect();
    Ok(Correction {
        matched: fields(&written.matched)?,
        expected: fields(&written.expect)?,
        action: written.action,
        set: fields(&written.set)?,
        description: described.join(", "),
    })
}

fn position(number: usize, data_set: DataSet, name: &str) -> Result<usize, CorrectionError> {
    let fields = data_set.fields();
    fields
        .iter()
        .position(|field| field.name == name)
        .ok_or_else(|| CorrectionError::Field {
            number,
            data_set: data_set.name(),
            found: name.to_owned(),
            nearest: nearest(name, fields.iter().map(|field| field.name), 1)
                .into_iter()
                .map(str::to_owned)
                .collect(),
        })
}
