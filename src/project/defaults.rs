//! The codelists, queries and reports that the program brings, and a project's own files laid over them.
//!
//! A SQL, TOML or template file of the project replaces the default of the same name whole; codelists are merged by code, so both texts are
//! handed on. Every text knows its origin.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use crate::project::error::ProjectError;

static CODELISTS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/codelists");
static QUERIES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/queries");
static REPORTS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/reports");

/// A text and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginText {
    /// Path below the folder, such as `measures/flows.sql`.
    pub name: String,
    pub origin: Origin,
    pub text: String,
}

/// Where a text comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Shipped inside the program.
    Default,
    /// A file of the project.
    Project(PathBuf),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Origin::Default => formatter.write_str("default"),
            Origin::Project(path) => write!(formatter, "{}", path.display()),
        }
    }
}

/// The shipped codelists.
pub fn default_codelists() -> Vec<OriginText> {
    shipped(&CODELISTS).into_values().collect()
}

/// The project's own codelists.
///
/// # Errors
/// A file can't be read.
pub fn project_codelists(project: &Path) -> Result<Vec<OriginText>, ProjectError> {
    Ok(own(&project.join("codelists"))?
        .into_values()
        .filter(|text| text.name.ends_with(".csv"))
        .collect())
}

/// Queries by name, the project's in place of the defaults.
///
/// # Errors
/// A file can't be read.
pub fn queries(project: &Path) -> Result<BTreeMap<String, OriginText>, ProjectError> {
    overlaid(&QUERIES, &project.join("queries"))
}

/// Report definitions and templates by name, the project's in place of the defaults.
///
/// # Errors
/// A file can't be read.
pub fn reports(project: &Path) -> Result<BTreeMap<String, OriginText>, ProjectError> {
    overlaid(&REPORTS, &project.join("reports"))
}

fn overlaid(defaults: &Dir<'static>, folder: &Path) -> Result<BTreeMap<String, OriginText>, ProjectError> {
    let mut texts = shipped(defaults);
    texts.extend(own(folder)?);
    Ok(texts)
}

fn shipped(folder: &Dir<'static>) -> BTreeMap<String, OriginText> {
    let mut texts = BTreeMap::new();
    for file in folder.files() {
        if let Some(text) = file.contents_utf8() {
            let name = file.path().to_string_lossy().into_owned();
            texts.insert(
                name.clone(),
                OriginText {
                    name,
                    origin: Origin::Default,
                    text: text.to_owned(),
                },
            );
        }
    }
    for folder in folder.dirs() {
        texts.extend(shipped(folder));
    }
    texts
}

/// The text files of a folder and the folders in it; none if there is no such folder.
fn own(folder: &Path) -> Result<BTreeMap<String, OriginText>, ProjectError> {
    let mut texts = BTreeMap::new();
    collect(folder, folder, &mut texts)?;
    Ok(texts)
}

fn collect(root: &Path, folder: &Path, texts: &mut BTreeMap<String, OriginText>) -> Result<(), ProjectError> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(source) => {
            return Err(ProjectError::Io {
                path: folder.to_owned(),
                source,
            });
        }
    };
    for entry in entries {
        let path = entry
            .map_err(|source| ProjectError::Io {
                path: folder.to_owned(),
                source,
            })?
            .path();
        if path.is_dir() {
            collect(root, &path, texts)?;
        } else if let Ok(name) = path.strip_prefix(root) {
            let name = name.to_string_lossy().replace('\\', "/");
            let text = std::fs::read_to_string(&path).map_err(|source| ProjectError::Io {
                path: path.clone(),
                source,
            })?;
            texts.insert(
                name.clone(),
                OriginText {
                    name,
                    origin: Origin::Project(path),
                    text,
                },
            );
        }
    }
    Ok(())
}
