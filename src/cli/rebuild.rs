//! `rogatory rebuild`: the whole lake anew, from the vault and `exports/` alone.
//!
//! The new lake is made beside the old one and takes its place when it is whole.

use std::fs;
use std::io;
use std::path::Path;

use crate::cli::arguments::GlobalArguments;
use crate::cli::ending::{CommandError, Ending};
use crate::cli::normalise::{ending, normalise_project, summary};
use crate::cli::printer::Printer;
use crate::cli::recording::record;
use crate::cli::session::open_project;
use crate::disk;

/// Makes the lake anew, and keeps the one before as `lake.old`.
///
/// # Errors
/// The project, the vault or the disk can't be used; the lake is then as it was.
pub fn run(arguments: &GlobalArguments, printer: &Printer) -> Result<Ending, CommandError> {
    let project = open_project(arguments)?;
    let (new, old) = (project.folder.join(".lake.new"), project.folder.join("lake.old"));
    record(&project, "rebuild", |_| {
        remove(&new)?;
        let report = normalise_project(&project, &new, printer)?;
        printer.say(&summary(&report));
        exchange(&project.lake(), &new, &old)?;
        printer.say(&format!(
            "\nthe lake has been made anew; the one before is {}; run `rogatory measure` next",
            old.display()
        ));
        Ok(ending(&report))
    })
}

/// Puts `new` in the place of `lake`, which becomes `old`.
fn exchange(lake: &Path, new: &Path, old: &Path) -> Result<(), CommandError> {
    remove(old)?;
    let exchange = || {
        match fs::rename(lake, old) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        fs::rename(new, lake)?;
        disk::sync_parent(lake)
    };
    exchange().map_err(|source| CommandError::Io {
        action: format!("put {} in the place of {}", new.display(), lake.display()),
        source,
    })
}

fn remove(folder: &Path) -> Result<(), CommandError> {
    match fs::remove_dir_all(folder) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(CommandError::Io {
            action: format!("remove {}", folder.display()),
            source,
        }),
        _ => Ok(()),
    }
}
