//! The edition folder: written whole beside its place, then renamed into it.
//!
//! Input: a function that renders the files of an edition with a given number. Output: the folder `<report>-<as_of>-<n>`. A folder
//! appears complete or not at all; what a crash leaves behind is hidden (its name begins with `.`) and does not count. When the newest
//! edition of this report and observation date has exactly the files that would be written, nothing is written and it is returned.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::error::ReportError;
use super::manifest::Files;

/// Whether publishing made a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A new edition was made.
    Published,
    /// The newest edition says the same already.
    Unchanged,
}

/// A published edition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    pub path: PathBuf,
    pub number: u32,
    pub outcome: Outcome,
}

/// Publishes what `render` makes, unless the newest edition has it already.
pub fn publish(
    folder: &Path,
    report: &str,
    as_of: Date,
    render: impl Fn(u32) -> Result<Files, ReportError>,
) -> Result<Edition, ReportError> {
    fs::create_dir_all(folder).map_err(fault("could not make the folder", folder))?;
    let stem = format!("{report}-{as_of}-");
    let newest = newest(folder, &stem)?;
    if let Some(number) = newest {
        let path = folder.join(format!("{stem}{number}"));
        if holds_exactly(&path, &render(number)?)? {
            return Ok(Edition {
                path,
                number,
                outcome: Outcome::Unchanged,
            });
        }
    }
    let number = newest.unwrap_or(0) + 1;
    let path = folder.join(format!("{stem}{number}"));
    write_whole(folder, &path, &render(number)?)?;
    Ok(Edition {
        path,
        number,
        outcome: Outcome::Published,
    })
}

/// The highest number among the folders that begin with `stem`.
fn newest(folder: &Path, stem: &str) -> Result<Option<u32>, ReportError> {
    let reading = fault("could not read the folder", folder);
    let mut newest = None;
    for entry in fs::read_dir(folder).map_err(&reading)? {
        let name = entry.map_err(&reading)?.file_name();
        let number = name
            .to_str()
            .and_then(|name| name.strip_prefix(stem))
            .and_then(|number| number.parse().ok());
        newest = newest.max(number);
    }
    Ok(newest)
}

/// Whether a folder has these files with these bytes, and no others.
fn holds_exactly(folder: &Path, files: &Files) -> Result<bool, ReportError> {
    for (name, bytes) in files {
        match fs::read(folder.join(name)) {
            Ok(found) if found == *bytes => {}
            Ok(_) => return Ok(false),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(fault("could not read", &folder.join(name))(error)),
        }
    }
    Ok(count_files(folder)? == files.len())
}

fn count_files(folder: &Path) -> Result<usize, ReportError> {
    let reading = fault("could not read the folder", folder);
    let mut count = 0;
    for entry in fs::read_dir(folder).map_err(&reading)? {
        let entry = entry.map_err(&reading)?;
        count += match entry.file_type().map_err(&reading)?.is_dir() {
            true => count_files(&entry.path())?,
            false => 1,
        };
    }
    Ok(count)
}

/// Writes the files under a hidden folder, makes them durable, and moves the folder to `path`.
fn write_whole(folder: &Path, path: &Path, files: &Files) -> Result<(), ReportError> {
    let hidden = tempfile::Builder::new()
        .prefix(".edition-")
        .tempdir_in(folder)
        .map_err(fault("could not make a temporary folder in", folder))?;
    // The folder inside is made with the user's usual permissions, which a temporary folder does not have.
    let content = hidden.path().join("content");
    fs::create_dir(&content).map_err(fault("could not make the folder", &content))?;
    for (name, bytes) in files {
        write_durably(&content.join(name), bytes)?;
    }
    sync_folders(&content)?;
    fs::rename(&content, path).map_err(fault("could not move the finished edition to", path))?;
    sync(folder)
}

fn write_durably(path: &Path, bytes: &[u8]) -> Result<(), ReportError> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(fault("could not make the folder", parent))?;
    }
    let write = || {
        let mut file = File::create_new(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(fault("could not write", path))
}

/// Makes the entries of a folder and of those in it durable.
fn sync_folders(folder: &Path) -> Result<(), ReportError> {
    let reading = fault("could not read the folder", folder);
    for entry in fs::read_dir(folder).map_err(&reading)? {
        let path = entry.map_err(&reading)?.path();
        if path.is_dir() {
            sync_folders(&path)?;
        }
    }
    sync(folder)
}

fn sync(folder: &Path) -> Result<(), ReportError> {
    File::open(folder)
        .and_then(|handle| handle.sync_all())
        .map_err(fault("could not make durable the folder", folder))
}

fn fault(action: &'static str, path: &Path) -> impl Fn(io::Error) -> ReportError {
    let path = path.to_owned();
    move |source| ReportError::Folder {
        action,
        path: path.clone(),
        source,
    }
}
