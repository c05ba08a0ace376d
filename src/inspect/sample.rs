//! What is looked at of a file: its beginning and, of a long file, stretches further on. Memory and time are bounded, whatever its size.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use crate::domain::fold::nearest;
use crate::inspect::error::InspectError;

/// Bytes of the beginning; a file up to this size is looked at whole.
const BEGINNING: u64 = 2 << 20;

/// Stretches behind the beginning, at even distances, and the bytes of each.
const STRETCHES: u64 = 16;
const STRETCH: u64 = 64 << 10;

/// Some bytes of a file.
#[derive(Debug)]
pub struct Sample {
    /// Size of the file in bytes.
    pub size: u64,
    /// From byte 0 on.
    pub beginning: Vec<u8>,
    /// Stretches further on, each from an even byte on, in the order of the file.
    pub later: Vec<Vec<u8>>,
}

impl Sample {
    /// Reads the sample of a file.
    ///
    /// # Errors
    /// There is no such file, it is no regular file, it is empty, or it can't be read.
    pub fn read(path: &Path) -> Result<Self, InspectError> {
        let io = |source| InspectError::Io {
            path: path.to_owned(),
            source,
        };
        let facts = std::fs::metadata(path).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => missing(path),
            _ => io(source),
        })?;
        if facts.is_dir() {
            return Err(folder(path));
        }
        if !facts.is_file() {
            return Err(InspectError::NotRegular { path: path.to_owned() });
        }
        if facts.len() == 0 {
            return Err(InspectError::Empty { path: path.to_owned() });
        }
        let mut file = File::open(path).map_err(io)?;
        let size = facts.len();
        let beginning = stretch(&mut file, 0, BEGINNING).map_err(io)?;
        let mut later = Vec::new();
        if size > BEGINNING {
            let step = (size - BEGINNING) / STRETCHES;
            for index in 0..STRETCHES {
                // Each stretch ends where its step ends, so the last one holds the end of the file.
                let from = (BEGINNING + step * (index + 1)).saturating_sub(STRETCH).max(BEGINNING) & !1;
                later.push(stretch(&mut file, from, STRETCH).map_err(io)?);
            }
        }
        Ok(Sample { size, beginning, later })
    }

    /// Bytes that were read.
    pub fn looked_at(&self) -> u64 {
        (self.beginning.len() + self.later.iter().map(Vec::len).sum::<usize>()) as u64
    }

    /// Whether every byte of the file was read.
    pub fn is_whole(&self) -> bool {
        self.size <= self.beginning.len() as u64
    }

    /// The beginning, then the later stretches.
    pub fn stretches(&self) -> impl Iterator<Item = &[u8]> {
        std::iter::once(self.beginning.as_slice()).chain(self.later.iter().map(Vec::as_slice))
    }
}

fn stretch(file: &mut File, from: u64, most: u64) -> std::io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn missing(path: &Path) -> InspectError {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let names = file_names(folder.unwrap_or(Path::new(".")));
    let wanted = path.file_name().unwrap_or_default().to_string_lossy();
    let near = nearest(&wanted, names.iter().map(String::as_str), 3);
    let whole = |name: &str| folder.map_or_else(|| name.to_owned(), |folder| folder.join(name).display().to_string());
    InspectError::Missing {
        nearest: near.into_iter().map(whole).collect(),
        path: path.to_owned(),
    }
}

fn folder(path: &Path) -> InspectError {
    let mut files = file_names(path);
    files.truncate(3);
    InspectError::Folder {
        files,
        path: path.to_owned(),
    }
}

/// Names of the files in a folder, sorted; none where it can't be read.
fn file_names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter(|entry| entry.path().is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
