//! SFTP, over the system's OpenSSH client.

use std::path::PathBuf;

use serde::Deserialize;

use super::files::{Finished, default_stable_for};

/// Files in one folder of an SFTP server.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SftpPull {
    /// Name or address, or a `Host` of the user's `ssh_config`.
    pub host: String,
    pub port: Option<u16>,
    pub user: String,
    /// Folder and pattern of names, such as `/out/requests_*.csv`; from the user's home where it begins without `/`.
    pub path: String,
    /// Private key without a passphrase; without it the keys of the agent.
    pub key: Option<PathBuf>,
    /// The host's keys; without it the user's own `known_hosts` and the system's.
    pub known_hosts: Option<PathBuf>,
    #[serde(default)]
    pub finished: Finished,
    /// Seconds for which the time of a file must lie back.
    #[serde(default = "default_stable_for")]
    pub stable_for: u64,
}

impl SftpPull {
    pub(super) fn check(&self) -> Result<(), String> {
        for (key, text) in [("host", &self.host), ("user", &self.user), ("path", &self.path)] {
            if text.is_empty() || text.starts_with('-') {
                return Err(format!("`{key} = \"{text}\"` can't be one"));
            }
        }
        let (folder, pattern) = self.parts();
        if folder.contains(['*', '?', '[']) {
            return Err(
                "`path` has a wildcard before its last part; expected one folder, such as /out/*.csv".to_owned(),
            );
        }
        if pattern.is_empty() {
            return Err("`path` ends in `/`; expected a pattern of names after it, such as /out/*.csv".to_owned());
        }
        Ok(())
    }

    /// The folder (`.` for the user's home) and the pattern of names.
    pub fn parts(&self) -> (&str, &str) {
        match self.path.rsplit_once('/') {
            Some(("", pattern)) => ("/", pattern),
            Some((folder, pattern)) => (folder, pattern),
            None => (".", &self.path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(path: &str, host: &str) -> Result<(), String> {
        let text = format!("host = '{host}'\nuser = 'office'\npath = '{path}'");
        toml::from_str::<SftpPull>(&text).unwrap().check()
    }

    #[test]
    fn a_path_is_one_folder_and_a_pattern_and_nothing_is_an_option_of_ssh() {
        checked("/out/*.csv", "cases.example.org").unwrap();
        checked("*.csv", "cases.example.org").unwrap();
        let cases = [
            ("/out/*/a.csv", "host", "wildcard before"),
            ("/out/", "host", "ends in `/`"),
            ("/out/*.csv", "-oProxyCommand=x", "can't be one"),
        ];
        for (path, host, expected) in cases {
            let message = checked(path, host).unwrap_err();
            assert!(message.contains(expected), "{message}");
        }
    }
}
