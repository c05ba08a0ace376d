//! Where a secret is kept. The secret itself is never part of a definition.

use std::path::PathBuf;

use serde::Deserialize;

/// `{ env = "NAME" }`, `{ file = "/path" }` or `{ credential = "name" }` (a systemd credential, in `$CREDENTIALS_DIRECTORY`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum SecretSource {
    Env(String),
    File(PathBuf),
    Credential(String),
}
