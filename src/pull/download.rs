//! A file that grows while an export arrives.

use std::io::{Seek, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use super::connector::Version;
use super::error::PullError;

/// What has arrived of an export, bounded in size.
#[derive(Debug)]
pub struct Download {
    file: NamedTempFile,
    length: u64,
    limit: u64,
    /// The version that the bytes so far belong to, where the connector knows it.
    pub version: Option<Version>,
}

impl Download {
    pub(super) fn create(scratch: &Path, limit: u64) -> Result<Download, PullError> {
        let file = tempfile::Builder::new().prefix(".pull-").tempfile_in(scratch);
        Ok(Download {
            file: file.map_err(PullError::storing)?,
            length: 0,
            limit,
            version: None,
        })
    }

    /// Bytes that have arrived.
    pub fn len(&self) -> u64 {
        self.length
    }

    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// There are more than the source's limit allows, or the disk does not take them.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), PullError> {
        self.length += bytes.len() as u64;
        if self.length > self.limit {
            return Err(PullError::TooLarge { limit: self.limit });
        }
        self.file.write_all(bytes).map_err(PullError::storing)
    }

    /// Throws away what has arrived.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn restart(&mut self) -> Result<(), PullError> {
        self.length = 0;
        self.version = None;
        let file = self.file.as_file_mut();
        file.set_len(0).and_then(|()| file.rewind()).map_err(PullError::storing)
    }

    pub(super) fn finish(mut self) -> Result<NamedTempFile, PullError> {
        self.file.as_file_mut().rewind().map_err(PullError::storing)?;
        Ok(self.file)
    }
}
