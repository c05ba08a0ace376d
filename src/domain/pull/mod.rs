//! `[pull]` of a source definition: where its exports are fetched from.
//!
//! Input: the TOML of the table. Output: checked settings of one connector, with the limits that every pull has. Secrets are named
//! here, never held: see [`SecretSource`].

mod files;
mod http;
mod postgresql;
mod secret;
mod sftp;

use serde::Deserialize;

use crate::domain::toml_error::explain_toml;

pub use files::{FilesPull, Finished};
pub use http::{HttpLogin, HttpPull};
pub use postgresql::{PostgresqlPull, Tls};
pub use secret::SecretSource;
pub use sftp::SftpPull;

/// Where exports come from, and how they are fetched from there.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum PullKind {
    Files(FilesPull),
    Http(HttpPull),
    Postgresql(PostgresqlPull),
    Sftp(SftpPull),
}

/// What every pull is bounded by.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PullLimits {
    /// Seconds until a connection stands.
    pub connect_timeout: u64,
    /// Seconds in which nothing arrives, after which an attempt ends.
    pub idle_timeout: u64,
    /// Seconds that one export may take altogether, all attempts included.
    pub total_timeout: u64,
    /// Attempts at one export or listing.
    pub attempts: u32,
    /// Bytes that one export may have.
    pub size_limit: u64,
}

impl Default for PullLimits {
    fn default() -> Self {
        PullLimits {
            connect_timeout: 15,
            idle_timeout: 60,
            total_timeout: 3600,
            attempts: 5,
            size_limit: 4 << 30,
        }
    }
}

/// The table `[pull]`: `kind`, the connector's own keys, and `limits`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullDefinition {
    pub kind: PullKind,
    pub limits: PullLimits,
}

impl PullDefinition {
    /// Reads the table.
    ///
    /// # Errors
    /// A message that says which key can't be used and why.
    pub fn read(mut table: toml::Table) -> Result<Self, String> {
        let limits = match table.remove("limits") {
            Some(limits) => limits
                .try_into()
                .map_err(|error: toml::de::Error| explain_toml(&error))?,
            None => PullLimits::default(),
        };
        let kind: PullKind = table
            .try_into()
            .map_err(|error: toml::de::Error| explain_toml(&error))?;
        let definition = PullDefinition { kind, limits };
        definition.check()?;
        Ok(definition)
    }

    fn check(&self) -> Result<(), String> {
        if self.limits.attempts == 0 {
            return Err("`limits.attempts` is at least 1".to_owned());
        }
        match &self.kind {
            PullKind::Files(files) => files.check(),
            PullKind::Http(http) => http.check(),
            PullKind::Postgresql(postgresql) => postgresql.check(),
            PullKind::Sftp(sftp) => sftp.check(),
        }
    }
}
