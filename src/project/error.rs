//! Why a project can't be used, with the file and what to do.

use std::path::PathBuf;

use crate::domain::codelist::CodelistError;
use crate::domain::source::DefinitionError;

/// Why a project can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    #[error("{path} is not a project: it has no rogatory.toml; create one with `rogatory init` or name the folder with --project", path = path.display())]
    NoProject { path: PathBuf },
    #[error("{path}: {source}", path = path.display())]
    Io { path: PathBuf, source: std::io::Error },
    #[error("{path}: {message}", path = path.display())]
    Settings { path: PathBuf, message: String },
    #[error("{path}: {source}", path = path.display())]
    Definition { path: PathBuf, source: DefinitionError },
    #[error("{folder} holds no source definition (*.toml); see docs/source-definitions.md", folder = folder.display())]
    NoSources { folder: PathBuf },
    #[error("codelists/{0}")]
    Codelist(#[from] CodelistError),
}
