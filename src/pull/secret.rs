//! Secrets, read when they are needed and never shown.

use std::env;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::PullError;
use crate::domain::pull::SecretSource;

/// A secret. It has no text form: only [`Secret::expose`] gives it out.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Reads the secret from where the definition says; relative files begin in `project`. One line end after it is no part of it.
    ///
    /// # Errors
    /// It is not there, or empty.
    pub fn read(source: &SecretSource, project: &Path) -> Result<Secret, PullError> {
        let (place, text) = match source {
            SecretSource::Env(name) => (format!("env {name}"), env::var(name).map_err(|error| error.to_string())),
            SecretSource::File(path) => from_file(&project.join(path)),
            SecretSource::Credential(name) => match env::var_os("CREDENTIALS_DIRECTORY") {
                Some(folder) => from_file(&PathBuf::from(folder).join(name)),
                None => (
                    format!("credential {name}"),
                    Err("CREDENTIALS_DIRECTORY is not set; expected it from systemd's LoadCredential=".to_owned()),
                ),
            },
        };
        let fault = |problem| PullError::Secret {
            place: place.clone(),
            problem,
        };
        let text = text.map_err(fault)?;
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        if text.is_empty() {
            return Err(fault("it is empty".to_owned()));
        }
        Ok(Secret(text.to_owned()))
    }

    /// The secret itself, for the place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(***)")
    }
}

fn from_file(path: &Path) -> (String, Result<String, String>) {
    let text = fs::read_to_string(path).map_err(|error| error.to_string());
    (format!("file {}", path.display()), text)
}
