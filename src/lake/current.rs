//! `current.json`: the version of every table that readers see, and the fingerprint of every source behind it.
//!
//! It is the only way by which readers find versions. Keys are sorted, so equal states are equal bytes.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::durable;
use super::error::LakeError;
use super::schema::LakeTable;

const FILE_NAME: &str = "current.json";
const TEMPORARY_NAME: &str = ".current.json.new";

/// The state of the lake that readers see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Current {
    /// Table name to Delta version.
    tables: BTreeMap<String, u64>,
    sources: BTreeMap<String, SourceState>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceState {
    fingerprint: String,
}

impl Current {
    pub(super) fn new(versions: &BTreeMap<LakeTable, u64>, fingerprints: &BTreeMap<String, String>) -> Current {
        let tables = versions
            .iter()
            .map(|(table, version)| (table.name().to_owned(), *version))
            .collect();
        let state = |(source, fingerprint): (&String, &String)| {
            (
                source.clone(),
                SourceState {
                    fingerprint: fingerprint.clone(),
                },
            )
        };
        Current {
            tables,
            sources: fingerprints.iter().map(state).collect(),
        }
    }

    /// The state in the lake folder `dir`, or nothing before the first run has ended.
    pub(super) fn read(dir: &Path) -> Result<Option<Current>, LakeError> {
        let path = Current::path(dir);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => {
                return Err(LakeError::File {
                    action: "read",
                    path,
                    source,
                });
            }
        };
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|source| LakeError::Current { path, source })
    }

    /// Makes this the state that readers of the lake folder `dir` see.
    pub(super) fn publish(&self, dir: &Path) -> Result<(), LakeError> {
        let path = Current::path(dir);
        let mut bytes = serde_json::to_vec_pretty(self).map_err(|source| LakeError::Current {
            path: path.clone(),
            source,
        })?;
        bytes.push(b'\n');
        durable::replace(&path, &dir.join(TEMPORARY_NAME), &bytes)
    }

    pub(super) fn version(&self, table: LakeTable) -> Option<u64> {
        self.tables.get(table.name()).copied()
    }

    pub(super) fn fingerprint(&self, source: &str) -> Option<&str> {
        self.sources.get(source).map(|state| state.fingerprint.as_str())
    }

    pub(super) fn fingerprints(&self) -> BTreeMap<String, String> {
        self.sources
            .iter()
            .map(|(source, state)| (source.clone(), state.fingerprint.clone()))
            .collect()
    }

    pub(super) fn path(dir: &Path) -> PathBuf {
        dir.join(FILE_NAME)
    }
}
