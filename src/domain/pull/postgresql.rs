//! A query of a PostgreSQL database.

use std::path::PathBuf;

use serde::Deserialize;

use super::http::is_loopback_name;
use super::secret::SecretSource;

/// A query whose result is fetched as CSV in UTF-8 with a header. `{from}` and `{to}` in `query` and `name` stand for the period.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostgresqlPull {
    /// Name or address, or the folder of a socket on this machine.
    pub host: String,
    #[serde(default = "default_port")]
    pub port: u16,
    pub database: String,
    pub user: String,
    pub password: Option<SecretSource>,
    /// One `SELECT`.
    pub query: String,
    /// Name of the export, such as `requests_{to}.csv`.
    pub name: String,
    #[serde(default)]
    pub tls: Tls,
    /// PEM file of certificate authorities to trust beside the system's.
    pub ca: Option<PathBuf>,
    /// Seconds that the server may work on the query.
    #[serde(default = "default_statement_timeout")]
    pub statement_timeout: u32,
}

/// How the connection is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// Encrypted, and the server's certificate checked.
    #[default]
    Require,
    /// Not encrypted, for a server on the same machine.
    Off,
}

fn default_port() -> u16 {
    5432
}

fn default_statement_timeout() -> u32 {
    600
}

impl PostgresqlPull {
    /// Whether `host` is a folder with a socket.
    pub fn is_socket(&self) -> bool {
        self.host.starts_with('/')
    }

    pub(super) fn check(&self) -> Result<(), String> {
        if self.query.trim().is_empty() {
            return Err("`query` is empty; expected one SELECT".to_owned());
        }
        if self.name.is_empty() || self.name.contains('/') {
            return Err(format!("`name = \"{}\"` is no name of a file", self.name));
        }
        if self.tls == Tls::Off && !self.is_socket() && !is_loopback_name(&self.host) {
            return Err(format!(
                "`tls = \"off\"` would send data and login unencrypted to {}; only a server on this machine may do without",
                self.host
            ));
        }
        if self.statement_timeout == 0 {
            return Err("`statement_timeout` is at least 1 second".to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(host: &str, rest: &str) -> Result<(), String> {
        let text = format!("host = '{host}'\ndatabase = 'cases'\nuser = 'reader'\n{rest}");
        toml::from_str::<PostgresqlPull>(&text).unwrap().check()
    }

    #[test]
    fn connections_to_other_machines_are_encrypted() {
        let good = "query = 'select 1'\nname = 'a.csv'";
        checked("db.example.org", good).unwrap();
        for host in ["localhost", "127.0.0.1", "::1", "/run/postgresql"] {
            checked(host, &format!("{good}\ntls = 'off'")).unwrap();
        }
        let cases = [
            (format!("{good}\ntls = 'off'"), "unencrypted"),
            ("query = ' '\nname = 'a.csv'".to_owned(), "`query` is empty"),
            ("query = 'select 1'\nname = 'x/a.csv'".to_owned(), "no name of a file"),
            (format!("{good}\nstatement_timeout = 0"), "at least 1"),
        ];
        for (rest, expected) in cases {
            let message = checked("db.example.org", &rest).unwrap_err();
            assert!(message.contains(expected), "{message}");
        }
    }
}
