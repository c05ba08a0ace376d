//! Synthetic exports: the inverse of a source definition.
//!
//! Input: source definitions, codelists and a recipe (`generate.toml`) as values. Output: export files in a folder, in the dialect that
//! each definition describes, and an account of what was put into them. The same seed gives the same bytes on every machine: nothing
//! reads the clock, and rows are streamed, so a file may be of any length. No real person's data occur. Normalising of exports does not
//! belong here, and nothing of it is used, so that the account can stand as a check of it.

mod account;
mod column;
mod compile;
mod csv_writer;
mod day;
mod error;
mod export;
mod fault;
mod json_writer;
mod pattern;
mod random;
mod recipe;
mod record;
mod register;
mod row;
mod rule;
mod series;
mod text_sink;
mod workbook_writer;
mod writer;

use std::path::Path;

pub use account::{ExportAccount, Summary};
pub use error::GenerateError;
pub use recipe::Recipe;

use crate::domain::codelist::Codelists;
use crate::domain::source::SourceDefinition;
use compile::Ingredients;

/// What the caller chooses.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Only this source; all sources of the recipe otherwise.
    pub source: Option<String>,
    /// Number of records instead of the recipe's, in the proportions of its years.
    pub rows: Option<u64>,
    /// Instead of the recipe's seed.
    pub seed: Option<u64>,
}

/// Writes the exports of the recipe into `folder`, which must exist.
///
/// # Errors
/// The recipe names what doesn't exist, a text can't be written in the definition's format, or the folder can't be written to.
pub fn generate(
    definitions: &[SourceDefinition],
    codelists: &Codelists,
    recipe: &Recipe,
    options: &Options,
    folder: &Path,
) -> Result<Summary, GenerateError> {
    let ingredients = Ingredients {
        definitions,
        codelists,
        recipe,
        seed: options.seed.unwrap_or(recipe.seed),
    };
    let names: Vec<&str> = match &options.source {
        Some(name) => vec![name],
        None => recipe.source.keys().map(String::as_str).collect(),
    };
    let mut exports = Vec::new();
    for name in names {
        exports.extend(export::write_source(&ingredients, name, options.rows, folder)?);
    }
    Ok(Summary { exports })
}
