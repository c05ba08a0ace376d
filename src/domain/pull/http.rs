//! HTTP and HTTPS.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;

use serde::Deserialize;
use url::Url;

use super::secret::SecretSource;

/// One address, or the pages that begin there. `{from}` and `{to}` in `url`, `name` and the values of `query` stand for the period.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpPull {
    pub url: String,
    /// Name of the export; without it the last part of the address.
    pub name: Option<String>,
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    pub login: Option<HttpLogin>,
    /// PEM file of certificate authorities to trust beside the system's.
    pub ca: Option<PathBuf>,
    /// PEM of certificate and key by which this client shows who it is.
    pub client_certificate: Option<SecretSource>,
    /// Where a page of JSON names the next one: a JSON pointer such as `/links/next`.
    pub next: Option<String>,
}

/// How the client logs in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum HttpLogin {
    /// `Authorization: Bearer`.
    Bearer(SecretSource),
    /// `Authorization: Basic`.
    Basic { user: String, password: SecretSource },
}

/// Headers that carry secrets, which do not stand in a definition.
const SECRET_HEADERS: [&str; 4] = ["authorization", "proxy-authorization", "cookie", "x-api-key"];

/// Names of parameters that carry secrets.
const SECRET_PARAMETERS: [&str; 5] = ["token", "password", "secret", "api_key", "apikey"];

impl HttpPull {
    pub(super) fn check(&self) -> Result<(), String> {
        let url = Url::parse(&self.url).map_err(|error| format!("`url` is no address: {error}"))?;
        if !["http", "https"].contains(&url.scheme()) {
            return Err(format!("`url` begins with {}:, expected https: or http:", url.scheme()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(
                "`url` holds a user or a password; use `login = { basic = { user = ..., password = { file = ... } } }`"
                    .to_owned(),
            );
        }
        let secret = self
            .headers
            .keys()
            .find(|name| SECRET_HEADERS.contains(&name.to_lowercase().as_str()));
        if let Some(name) = secret {
            return Err(format!(
                "`headers.{name}` would hold a secret in the clear; use `login`"
            ));
        }
        let own = self.query.keys().cloned();
        let mut parameters = url.query_pairs().map(|(name, _)| name.into_owned()).chain(own);
        let holds_secret = |name: &String| {
            SECRET_PARAMETERS
                .iter()
                .any(|secret| name.to_lowercase().contains(secret))
        };
        if let Some(name) = parameters.find(holds_secret) {
            return Err(format!(
                "the parameter `{name}` would hold a secret in the clear; use `login`"
            ));
        }
        if self.login.is_some() && url.scheme() == "http" && !is_loopback(&url) {
            return Err("`login` over http: would send the secret unencrypted; use an https: address".to_owned());
        }
        match &self.next {
            Some(next) if !next.starts_with('/') => {
                Err(format!("`next = \"{next}\"` is no JSON pointer, such as /links/next"))
            }
            _ => Ok(()),
        }
    }
}

fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(is_loopback_name)
}

/// Whether a name or address is that of this machine.
pub(super) fn is_loopback_name(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    address.map_or(host == "localhost", |address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str) -> Result<(), String> {
        toml::from_str::<HttpPull>(text).unwrap().check()
    }

    #[test]
    fn secrets_and_strange_addresses_are_refused() {
        let cases = [
            ("url = 'ftp://a/b.csv'", "begins with ftp:"),
            ("url = 'https://me:word@a/b.csv'", "holds a user or a password"),
            ("url = 'https://a/b'\nheaders = { Cookie = 'x' }", "`headers.Cookie`"),
            ("url = 'http://a/b'\nlogin = { bearer = { env = 'T' } }", "unencrypted"),
            ("url = 'https://a/b'\nnext = 'links'", "no JSON pointer"),
            ("url = 'https://a/b?access_token=x'", "`access_token`"),
            ("url = 'https://a/b'\nquery = { Api_Key = 'x' }", "`Api_Key`"),
            ("url = 'b.csv'", "no address"),
        ];
        for (text, expected) in cases {
            let message = checked(text).unwrap_err();
            assert!(message.contains(expected), "{text}: {message}");
        }
        checked("url = 'http://127.0.0.1:80/b'\nlogin = { bearer = { env = 'T' } }").unwrap();
        checked("url = 'https://a/b?x={from}'\nnext = '/links/next'").unwrap();
    }
}
