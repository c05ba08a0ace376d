//! Files of a local or mounted folder.

use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use jiff::Timestamp;

use super::connector::{Connector, Fetched, Offer, PullContext, Version};
use super::download::Download;
use super::error::PullError;
use super::finished::{MARKER, names_an_export, too_fresh};
use crate::domain::pull::{FilesPull, Finished};

/// The connector.
pub(super) struct Files<'a> {
    settings: &'a FilesPull,
    project: &'a Path,
}

impl<'a> Files<'a> {
    pub(super) fn new(settings: &'a FilesPull, context: &PullContext<'a>) -> Self {
        Files {
            settings,
            project: context.project,
        }
    }

    /// Whether the file may be read: nothing, or why not yet.
    fn wait(&self, path: &Path, found: &Metadata) -> Result<Option<String>, PullError> {
        match self.settings.finished {
            Finished::Marker => {
                let mut marker = path.as_os_str().to_owned();
                marker.push(MARKER);
                let there = Path::new(&marker).exists();
                Ok((!there).then(|| format!("its marker {} is not there yet", Path::new(&marker).display())))
            }
            Finished::Stable => {
                let modified = found.modified().map_err(|error| fault(path, &error))?;
                Ok(too_fresh(modified, self.settings.stable_for))
            }
        }
    }
}

impl Connector for Files<'_> {
    fn list(&self) -> Result<Vec<Offer>, PullError> {
        let pattern = self.project.join(&self.settings.path);
        check_folder(&pattern)?;
        let options = glob::MatchOptions {
            require_literal_separator: true,
            require_literal_leading_dot: true,
            ..glob::MatchOptions::default()
        };
        let text = pattern.to_string_lossy();
        let found = glob::glob_with(&text, options).map_err(|error| PullError::Refused {
            place: text.to_string(),
            problem: format!("it is no pattern of paths: {error}"),
            advice: "mend `path` in [pull]".to_owned(),
        })?;
        let mut offers = Vec::new();
        for path in found {
            let path = path.map_err(|error| fault(error.path(), error.error()))?;
            let metadata = path.metadata().map_err(|error| fault(&path, &error))?;
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if metadata.is_file() && names_an_export(&name) {
                let origin = path.strip_prefix(self.project).unwrap_or(&path);
                offers.push(Offer {
                    name,
                    origin: origin.to_string_lossy().into_owned(),
                });
            }
        }
        offers.sort_by(|a, b| a.origin.cmp(&b.origin));
        Ok(offers)
    }

    fn fetch(&self, offer: &Offer, known: Option<&Version>, download: &mut Download) -> Result<Fetched, PullError> {
        let path = self.project.join(&offer.origin);
        let io = |error: io::Error| fault(&path, &error);
        let mut file = File::open(&path).map_err(io)?;
        let before = file.metadata().map_err(io)?;
        let found = version(&path, &before)?;
        if known == Some(&found) {
            return Ok(Fetched::Unchanged);
        }
        if let Some(reason) = self.wait(&path, &before)? {
            return Ok(Fetched::Waiting { reason });
        }
        download.restart()?;
        let mut buffer = vec![0; 1 << 18];
        loop {
            match file.read(&mut buffer).map_err(io)? {
                0 => break,
                length => download.write(&buffer[..length])?,
            }
        }
        let after = version(&path, &path.metadata().map_err(io)?)?;
        if after != found || found.size != Some(download.len()) {
            let reason = "it changed while it was read".to_owned();
            return Ok(Fetched::Waiting { reason });
        }
        Ok(Fetched::New {
            version: found,
            notes: BTreeMap::new(),
        })
    }
}

/// A folder that has vanished, such as a mount that is not there, must not look like one without files.
fn check_folder(pattern: &Path) -> Result<(), PullError> {
    let wild = |part: &Component<'_>| part.as_os_str().to_string_lossy().contains(['*', '?', '[']);
    let parts: Vec<_> = pattern.components().collect();
    let fixed = parts[..parts.len() - 1].iter().take_while(|part| !wild(part));
    let folder: PathBuf = fixed.collect();
    if folder.is_dir() {
        return Ok(());
    }
    Err(PullError::Refused {
        place: folder.display().to_string(),
        problem: "there is no such folder".to_owned(),
        advice: "mount it, or mend `path` in [pull]".to_owned(),
    })
}

fn version(path: &Path, metadata: &Metadata) -> Result<Version, PullError> {
    let modified = metadata.modified().map_err(|error| fault(path, &error))?;
    Ok(Version {
        etag: None,
        modified: Timestamp::try_from(modified).ok().map(|time| time.to_string()),
        size: Some(metadata.len()),
    })
}

fn fault(path: &Path, error: &io::Error) -> PullError {
    let place = path.display().to_string();
    match error.kind() {
        io::ErrorKind::PermissionDenied => PullError::Refused {
            place,
            problem: "this user may not read it".to_owned(),
            advice: "give the user that runs rogatory the right to read it".to_owned(),
        },
        io::ErrorKind::NotFound => PullError::Interrupted {
            place,
            problem: "it is no longer there".to_owned(),
            after: None,
        },
        _ => PullError::Interrupted {
            place,
            problem: error.to_string(),
            after: None,
        },
    }
}
