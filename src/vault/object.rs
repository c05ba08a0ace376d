//! The objects of the vault: bytes under their SHA-256, compressed with zstd.

use std::fs::{self, File};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tempfile::{NamedTempFile, TempPath};

use super::error::VaultError;
use super::pieces;
use crate::disk;
use crate::domain::digest::hexadecimal;

/// zstd's level: fast, for files that are written once and seldom read.
const LEVEL: i32 = 3;

/// The objects of a vault.
#[derive(Clone, Debug)]
pub struct Objects {
    folder: PathBuf,
    /// For files that are not whole yet, on the same disk.
    scratch: PathBuf,
}

/// An object as it lies in the vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stored {
    pub sha256: String,
    /// Bytes of the export itself.
    pub size: u64,
}

impl Objects {
    pub(super) fn new(folder: PathBuf, scratch: PathBuf) -> Result<Objects, VaultError> {
        for folder in [&folder, &scratch] {
            disk::create_folder(folder).map_err(VaultError::file("create the folder", folder))?;
        }
        Ok(Objects { folder, scratch })
    }

    pub(super) fn path(&self, sha256: &str) -> PathBuf {
        self.folder.join(&sha256[..2]).join(format!("{sha256}.zst"))
    }

    /// Keeps what `file` holds from its beginning. An object that is there already and sound is left as it is.
    pub(super) fn store(&self, file: &mut File) -> Result<Stored, VaultError> {
        let fault = VaultError::file("store an export in", &self.folder);
        let mut temporary = self.temporary().map_err(&fault)?;
        let stored = compress(file, temporary.as_file_mut()).map_err(&fault)?;
        let path = self.path(&stored.sha256);
        if path.is_file() && self.verify(&stored.sha256).is_ok() {
            return Ok(stored);
        }
        let parent = path.parent().unwrap_or(&self.folder);
        disk::create_folder(parent).map_err(VaultError::file("create the folder", parent))?;
        disk::name(temporary, &path).map_err(VaultError::file("store", &path))?;
        Ok(stored)
    }

    /// The bytes of an export, checked, in a temporary file.
    ///
    /// # Errors
    /// The object is missing or damaged, or the disk refuses.
    pub fn extract(&self, sha256: &str) -> Result<TempPath, VaultError> {
        let mut file = self
            .temporary()
            .map_err(VaultError::file("extract an export into", &self.scratch))?;
        self.read(sha256, |piece| file.write_all(piece))?;
        Ok(file.into_temp_path())
    }

    /// Reads an object and compares it with its name.
    pub(super) fn verify(&self, sha256: &str) -> Result<(), VaultError> {
        self.read(sha256, |_| Ok(()))
    }

    /// The SHA-256 of every object, sorted.
    pub(super) fn list(&self) -> Result<Vec<String>, VaultError> {
        let mut found = Vec::new();
        for folder in entries(&self.folder)?.into_iter().filter(|path| path.is_dir()) {
            let names = entries(&folder)?.into_iter();
            found.extend(names.filter_map(|path| {
                let name = path.file_name()?.to_str()?.strip_suffix(".zst")?;
                (name.len() == 64 && !name.starts_with('.')).then(|| name.to_owned())
            }));
        }
        found.sort();
        Ok(found)
    }

    /// For its owner alone: exports may hold what the lake must not.
    fn temporary(&self) -> io::Result<NamedTempFile> {
        tempfile::Builder::new().prefix(".object-").tempfile_in(&self.scratch)
    }

    fn read(&self, sha256: &str, mut take: impl FnMut(&[u8]) -> io::Result<()>) -> Result<(), VaultError> {
        let path = self.path(sha256);
        let damaged = |problem: String| VaultError::Damaged {
            path: path.clone(),
            problem,
        };
        let file = File::open(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => damaged("it is missing".to_owned()),
            _ => VaultError::file("open", &path)(error),
        })?;
        let mut decoder = zstd::Decoder::new(file).map_err(VaultError::file("read", &path))?;
        let mut hasher = Sha256::new();
        let mut storing = None;
        let read = pieces(&mut decoder, |piece| {
            hasher.update(piece);
            take(piece).map_err(|error| {
                storing = Some(error);
                io::Error::other("the receiver failed")
            })
        });
        if let Some(error) = storing {
            return Err(VaultError::file("extract", &path)(error));
        }
        read.map_err(|error| damaged(format!("it can't be decompressed: {error}")))?;
        let found = hexadecimal(&hasher.finalize());
        if found == sha256 {
            Ok(())
        } else {
            Err(damaged(format!("its content has the SHA-256 {found}")))
        }
    }
}

fn compress(from: &mut File, into: &mut File) -> io::Result<Stored> {
    from.rewind()?;
    let mut encoder = zstd::Encoder::new(into, LEVEL)?;
    encoder.include_checksum(true)?;
    let mut hasher = Sha256::new();
    let mut size = 0;
    pieces(from, |piece| {
        hasher.update(piece);
        size += piece.len() as u64;
        encoder.write_all(piece)
    })?;
    encoder.finish()?;
    Ok(Stored {
        sha256: hexadecimal(&hasher.finalize()),
        size,
    })
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, VaultError> {
    let paths = |listing: fs::ReadDir| listing.map(|entry| entry.map(|entry| entry.path())).collect();
    fs::read_dir(folder)
        .and_then(paths)
        .map_err(VaultError::file("read the folder", folder))
}
