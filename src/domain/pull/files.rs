//! Files on a local or mounted folder.

use serde::Deserialize;

/// Files whose paths fit a glob.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilesPull {
    /// Absolute, or relative to the project; `*`, `?`, `[...]` and `**` as in a shell.
    pub path: String,
    /// How a finished file is told from one that is still being written.
    #[serde(default)]
    pub finished: Finished,
    /// Seconds for which size and time must not have changed.
    #[serde(default = "default_stable_for")]
    pub stable_for: u64,
}

/// How a finished file is told from one that is still being written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Finished {
    /// Size and time are stable for `stable_for` seconds.
    #[default]
    Stable,
    /// An empty file of the same name with `.done` after it lies beside.
    Marker,
}

pub(super) fn default_stable_for() -> u64 {
    60
}

impl FilesPull {
    pub(super) fn check(&self) -> Result<(), String> {
        if self.path.is_empty() {
            return Err("`path` is empty; expected a path or a glob such as /mnt/exports/*.csv".to_owned());
        }
        Ok(())
    }
}
