//! What every connector does: say what there is, and fetch one export of it.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::Date;
use tempfile::NamedTempFile;

use super::download::Download;
use super::error::PullError;

/// The days that `{from}` and `{to}` stand for, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    pub from: Date,
    pub to: Date,
}

/// What surrounds a pull.
#[derive(Clone, Copy, Debug)]
pub struct PullContext<'a> {
    /// Folder that relative paths of a definition begin in.
    pub project: &'a Path,
    /// Folder for files that are not whole yet.
    pub scratch: &'a Path,
    pub period: Period,
}

/// An export that a server has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Name of the file, without folders.
    pub name: String,
    /// Where it is, without credentials; unique among a source's offers.
    pub origin: String,
}

/// What a server says by which an unchanged export is known. Nothing is compared that one of two versions lacks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Version {
    pub etag: Option<String>,
    /// As the server writes it.
    pub modified: Option<String>,
    /// Bytes.
    pub size: Option<u64>,
}

/// What was fetched before.
pub trait Known {
    /// The version that was handed over last from this origin.
    fn version(&self, origin: &str) -> Option<Version>;
}

/// How fetching an export ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// The download holds it, whole.
    New {
        version: Version,
        /// What else belongs to its record, such as the query and the server's time.
        notes: BTreeMap<String, String>,
    },
    /// It is as it was.
    Unchanged,
    /// It is still being written; it is left for the next time.
    Waiting { reason: String },
}

/// A whole export, in a file of the scratch folder that goes away when this is dropped.
#[derive(Debug)]
pub struct Arrived {
    pub offer: Offer,
    pub version: Version,
    pub notes: BTreeMap<String, String>,
    pub file: NamedTempFile,
}

/// One place that exports come from.
pub trait Connector {
    /// What there is now, in the order of names.
    ///
    /// # Errors
    /// The place can't be asked.
    fn list(&self) -> Result<Vec<Offer>, PullError>;

    /// Fetches one export into `download`. It is called again after an error that may pass; what `download` already holds is
    /// then resumed where the version is provably the same, else thrown away.
    ///
    /// # Errors
    /// The export could not be fetched whole.
    fn fetch(&self, offer: &Offer, known: Option<&Version>, download: &mut Download) -> Result<Fetched, PullError>;
}
