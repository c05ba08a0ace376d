//! Writing files so that a crash or a power cut leaves either the old state or the new one.
//!
//! Bytes go to a temporary file that is flushed to the disk, then take their name in one step, then the folder is flushed. What
//! the bytes mean does not belong here.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use super::error::LakeError;

/// Gives `path` the content `bytes`, in place of what it had.
pub(super) fn replace(path: &Path, temporary: &Path, bytes: &[u8]) -> Result<(), LakeError> {
    write_flushed(temporary, bytes)?;
    fs::rename(temporary, path).map_err(LakeError::file("replace", path))?;
    sync_parent(path)
}

/// Creates `path` with the content `bytes`; fails if there is such a file.
pub(super) fn create(path: &Path, temporary: &Path, bytes: &[u8]) -> Result<(), LakeError> {
    write_flushed(temporary, bytes)?;
    fs::hard_link(temporary, path).map_err(LakeError::file("create", path))?;
    fs::remove_file(temporary).map_err(LakeError::file("remove", temporary))?;
    sync_parent(path)
}

/// Creates a folder with its missing parents, and flushes its name to the disk.
pub(super) fn create_folder(path: &Path) -> Result<(), LakeError> {
    if path.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(path).map_err(LakeError::file("create the folder", path))?;
    sync_parent(path)
}

/// Flushes the names in the folder that holds `path`.
pub(super) fn sync_parent(path: &Path) -> Result<(), LakeError> {
    match path.parent() {
        Some(parent) => sync_folder(parent).map_err(LakeError::file("flush the folder", parent)),
        None => Ok(()),
    }
}

fn write_flushed(path: &Path, bytes: &[u8]) -> Result<(), LakeError> {
    let write = || {
        let mut file = File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(LakeError::file("write", path))
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Other systems keep the names of a folder without being asked, and refuse to open one as a file.
#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}
