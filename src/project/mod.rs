//! The folder that a user configures: `rogatory.toml`, `sources/*.toml`, corrections, and files laid over the program's defaults.
//!
//! Input: a folder. Output: a [`Project`] of checked values, each with its origin. Everything that is wrong is found before any stage starts.
//! What the values mean to a stage does not belong here.

mod defaults;
mod error;
mod settings;

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::domain::codelist::{CodelistText, Codelists};
use crate::domain::digest::hexadecimal;
use crate::domain::source::SourceDefinition;

pub use defaults::{Origin, OriginText, default_codelists, project_codelists, queries, reports};
pub use error::ProjectError;
pub use settings::Settings;

/// A project, read and checked.
pub struct Project {
    pub folder: PathBuf,
    pub settings: Settings,
    pub codelists: Codelists,
    /// Fingerprint of all codelists' texts.
    pub codelists_fingerprint: String,
    /// The definitions with their texts, by name.
    pub sources: Vec<(SourceDefinition, String)>,
}

impl Project {
    /// Reads the project in `folder`.
    ///
    /// # Errors
    /// The first thing that can't be used, with its file.
    pub fn open(folder: &Path) -> Result<Self, ProjectError> {
        let text = settings_text(folder)?;
        let (codelists, codelists_fingerprint) = read_codelists(folder)?;
        let settings = checked_settings(folder, &text, &codelists)?;
        let sources = read_sources(&folder.join("sources"), &codelists)?;
        Ok(Project {
            folder: folder.to_owned(),
            settings,
            codelists,
            codelists_fingerprint,
            sources,
        })
    }

    /// Where agencies' files lie.
    pub fn exports(&self) -> PathBuf {
        self.folder.join("exports")
    }

    /// Where pulled exports are kept as they came, and the ledger.
    pub fn vault(&self) -> PathBuf {
        self.folder.join("vault")
    }

    /// Where accepted rows are kept.
    pub fn lake(&self) -> PathBuf {
        self.folder.join("lake")
    }

    /// Where measures put their results.
    pub fn marts(&self) -> PathBuf {
        self.folder.join("marts")
    }

    /// Where editions are published.
    pub fn editions(&self) -> PathBuf {
        self.folder.join("editions")
    }

    /// The text of `corrections.toml`; empty if there is none.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn corrections_text(&self) -> Result<String, ProjectError> {
        let path = self.folder.join("corrections.toml");
        match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
            read => read.map_err(|source| ProjectError::Io { path, source }),
        }
    }
}

/// The codelists and settings of a project, whether it has sources yet or not.
///
/// # Errors
/// The first thing that can't be used, with its file.
pub fn read_settings(folder: &Path) -> Result<(Codelists, Settings), ProjectError> {
    let text = settings_text(folder)?;
    let (codelists, _) = read_codelists(folder)?;
    let settings = checked_settings(folder, &text, &codelists)?;
    Ok((codelists, settings))
}

/// The codelists that the program brings.
///
/// # Errors
/// A codelist can't be read: a defect.
pub fn shipped_codelists() -> Result<Codelists, ProjectError> {
    Ok(Codelists::read(&codelist_texts(default_codelists()), &[])?)
}

fn settings_text(folder: &Path) -> Result<String, ProjectError> {
    let path = folder.join("rogatory.toml");
    std::fs::read_to_string(&path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => ProjectError::NoProject {
            path: folder.to_owned(),
        },
        _ => ProjectError::Io { path, source },
    })
}

fn checked_settings(folder: &Path, text: &str, codelists: &Codelists) -> Result<Settings, ProjectError> {
    Settings::read(text, codelists).map_err(|message| ProjectError::Settings {
        path: folder.join("rogatory.toml"),
        message,
    })
}

/// The codelists of a project folder, and their fingerprint.
///
/// # Errors
/// A codelist can't be read.
pub fn read_codelists(folder: &Path) -> Result<(Codelists, String), ProjectError> {
    let defaults = codelist_texts(default_codelists());
    let own = codelist_texts(project_codelists(folder)?);
    let mut hasher = Sha256::new();
    for text in defaults.iter().chain(&own) {
        hasher.update(format!("{}\n{}\n", text.name, text.text));
    }
    let fingerprint = hexadecimal(&hasher.finalize());
    Ok((Codelists::read(&defaults, &own)?, fingerprint))
}

fn codelist_texts(texts: Vec<OriginText>) -> Vec<CodelistText> {
    let text = |text: OriginText| {
        let name = text.name.strip_suffix(".csv")?.to_owned();
        Some(CodelistText {
            origin: text.name,
            name,
            text: text.text,
        })
    };
    texts.into_iter().filter_map(text).collect()
}

fn read_sources(folder: &Path, codelists: &Codelists) -> Result<Vec<(SourceDefinition, String)>, ProjectError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| ProjectError::Io { path, source }
    };
    let mut sources = Vec::new();
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(_) => {
            return Err(ProjectError::NoSources {
                folder: folder.to_owned(),
            });
        }
    };
    for entry in entries {
        let path = entry.map_err(io(folder))?.path();
        let (Some(stem), Some("toml")) = (path.file_stem(), path.extension().and_then(|end| end.to_str())) else {
            continue;
        };
        let text = std::fs::read_to_string(&path).map_err(io(&path))?;
        let definition = SourceDefinition::read(&stem.to_string_lossy(), &text, codelists).map_err(|source| {
            ProjectError::Definition {
                path: path.clone(),
                source,
            }
        })?;
        sources.push((definition, text));
    }
    sources.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
    if sources.is_empty() {
        Err(ProjectError::NoSources {
            folder: folder.to_owned(),
        })
    } else {
        Ok(sources)
    }
}
