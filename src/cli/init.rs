//! `rogatory init`: a project folder for a State, small but whole: it runs as it is.

use std::path::Path;

use include_dir::{Dir, include_dir};

use crate::cli::arguments::InitArguments;
use crate::cli::ending::{CommandError, Ending};
use crate::cli::printer::Printer;
use crate::domain::fold::nearest;
use crate::project::read_codelists;

static TEMPLATE: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/templates/project");

/// Creates the folder.
///
/// # Errors
/// The State is unknown, the folder holds a project already, or it can't be written.
pub fn run(command: &InitArguments, printer: &Printer) -> Result<Ending, CommandError> {
    let (codelists, _) = read_codelists(&command.folder)?;
    let states = codelists.get("states");
    let Some(name) = states.and_then(|states| states.label(&command.state, "en")) else {
        let codes = states
            .map(|states| states.codes().collect::<Vec<_>>())
            .unwrap_or_default();
        let near = nearest(&command.state, codes, 3).join(", ");
        return Err(CommandError::Input {
            message: format!(
                "`{}` is not a code of codelists/states.csv, such as RS; nearest: {near}",
                command.state
            ),
        });
    };
    if command.folder.join("rogatory.toml").exists() {
        return Err(CommandError::Input {
            message: format!(
                "{} holds a project already; nothing was changed",
                command.folder.display()
            ),
        });
    }
    write_template(&TEMPLATE, &command.folder, &command.state, name).map_err(|source| CommandError::Io {
        action: format!("create the project in {}", command.folder.display()),
        source,
    })?;
    printer.say(&format!(
        "created {}; try `rogatory --project {} run`",
        command.folder.display(),
        command.folder.display()
    ));
    Ok(Ending::Done)
}

/// Writes every file of the template with the State filled in; files that exist stay as they are.
fn write_template(template: &Dir<'static>, folder: &Path, state: &str, name: &str) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for file in template.files() {
        let target = folder.join(file.path());
        let text = file
            .contents_utf8()
            .unwrap_or_default()
            .replace("{STATE}", state)
            .replace("{STATE_NAME}", name);
        if !target.exists() {
            std::fs::write(target, text)?;
        }
    }
    for inner in template.dirs() {
        std::fs::create_dir_all(folder.join(inner.path()))?;
        write_template(inner, folder, state, name)?;
    }
    Ok(())
}
