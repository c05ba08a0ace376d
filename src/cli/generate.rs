//! `rogatory generate`: synthetic exports in the dialects of the project's sources.

use crate::cli::arguments::{GenerateArguments, GlobalArguments};
use crate::cli::ending::{CommandError, Ending};
use crate::cli::printer::Printer;
use crate::cli::session::open_project;
use crate::generate::{Options, Recipe, generate};

/// Writes the exports.
///
/// # Errors
/// The project or its recipe can't be used, or a file can't be written.
pub fn run(
    arguments: &GlobalArguments,
    command: &GenerateArguments,
    printer: &Printer,
) -> Result<Ending, CommandError> {
    let project = open_project(arguments)?;
    let path = project.folder.join("generate.toml");
    let text = std::fs::read_to_string(&path).map_err(|error| CommandError::Input {
        message: format!(
            "{}: {error}; generating needs a recipe, see data-samples/romania/generate.toml",
            path.display()
        ),
    })?;
    let definitions: Vec<_> = project
        .sources
        .iter()
        .map(|(definition, _)| definition.clone())
        .collect();
    let recipe = Recipe::read(&text)?;
    let options = Options {
        source: command.source.clone(),
        rows: command.rows,
        seed: command.seed,
    };
    let folder = command.output.clone().unwrap_or_else(|| project.exports());
    std::fs::create_dir_all(&folder).map_err(|source| CommandError::Io {
        action: format!("create {}", folder.display()),
        source,
    })?;
    printer.doing("generating exports");
    let summary = generate(&definitions, &project.codelists, &recipe, &options, &folder)?;
    if let Some(truth) = &command.truth {
        std::fs::write(truth, summary.truth_csv()).map_err(|source| CommandError::Io {
            action: format!("write {}", truth.display()),
            source,
        })?;
    }
    printer.say(&summary.to_string());
    Ok(Ending::Done)
}
