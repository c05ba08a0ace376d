//! How a finished file is told from one that is still being written.

use std::time::{Duration, SystemTime};

/// What an agency lays beside a finished file: its name, and this after it.
pub(super) const MARKER: &str = ".done";

/// Ends of names that programs give to files which they are still writing, and the marker's.
const UNFINISHED: [&str; 5] = [".part", ".tmp", ".filepart", ".crdownload", MARKER];

/// Whether the name is that of an export.
pub(super) fn names_an_export(name: &str) -> bool {
    !name.starts_with('.') && !UNFINISHED.iter().any(|end| name.ends_with(end))
}

/// Why a file must wait that was written at `modified`, if it must.
pub(super) fn too_fresh(modified: SystemTime, stable_for: u64) -> Option<String> {
    let needed = Duration::from_secs(stable_for);
    let age = SystemTime::now().duration_since(modified).unwrap_or(needed);
    (age < needed).then(|| format!("it changed less than {stable_for} seconds ago"))
}
