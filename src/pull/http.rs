//! One export by HTTP, or the pages of one: conditional, resumed, bounded in time and size.
//!
//! Credentials, the definition's own headers and the client's certificate go to the host of the definition alone, wherever the
//! server redirects to.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::Duration;

use reqwest::header::{
    ACCEPT_ENCODING, CONTENT_RANGE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    IF_RANGE, LAST_MODIFIED, LOCATION, RANGE,
};
use reqwest::{Certificate, Client, ClientBuilder, Identity, RequestBuilder, Response, StatusCode, redirect};
use tokio::runtime::Runtime;
use tokio::time::timeout;
use url::Url;

use super::connector::{Connector, Fetched, Offer, PullContext, Version};
use super::download::Download;
use super::error::PullError;
use super::http_error::{refused, shown, shown_text, status_error, transport_error};
use super::secret::Secret;
use super::template::filled;
use crate::domain::pull::{HttpLogin, HttpPull, PullLimits, SecretSource};

const MOST_REDIRECTS: usize = 5;
const MOST_PAGES: usize = 10_000;

/// The connector.
pub(super) struct Http<'a> {
    settings: &'a HttpPull,
    limits: &'a PullLimits,
    runtime: Runtime,
    url: Url,
    name: String,
    /// For the host of the definition: shows the client's certificate.
    own: Client,
    /// For other hosts.
    stranger: Client,
    /// For the host of the definition.
    own_headers: HeaderMap,
    login: Option<Login>,
}

impl<'a> Http<'a> {
    pub(super) fn new(
        settings: &'a HttpPull,
        limits: &'a PullLimits,
        context: &PullContext<'_>,
    ) -> Result<Self, PullError> {
        let (url, name) = address(settings, context)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let identity = settings
            .client_certificate
            .as_ref()
            .map(|source| identity(source, context));
        Ok(Http {
            own: client(settings, limits, context, identity.transpose()?)?,
            stranger: client(settings, limits, context, None)?,
            own_headers: own_headers(settings)?,
            login: settings
                .login
                .as_ref()
                .map(|login| Login::read(login, context))
                .transpose()?,
            runtime: runtime.map_err(PullError::storing)?,
            settings,
            limits,
            url,
            name,
        })
    }

    /// Asks for an address, and follows redirects.
    async fn get(&self, url: &Url, conditions: &HeaderMap) -> Result<(Url, Response), PullError> {
        let mut url = url.clone();
        for _ in 0..=MOST_REDIRECTS {
            let own = url.origin() == self.url.origin();
            let client = if own { &self.own } else { &self.stranger };
            let mut request = client.get(url.clone()).headers(conditions.clone());
            if own {
                request = request.headers(self.own_headers.clone());
                request = self.login.iter().fold(request, |request, login| login.add(request));
            }
            let response = request.send().await.map_err(|error| transport_error(&url, error))?;
            let redirected = response.status().is_redirection() && response.status() != StatusCode::NOT_MODIFIED;
            let Some(location) = response.headers().get(LOCATION).filter(|_| redirected) else {
                return Ok((url, response));
            };
            url = redirect_target(&url, location)?;
        }
        Err(refused(
            &url,
            "it redirects again and again",
            "ask the agency for the final address",
        ))
    }

    async fn fetch_whole(&self, known: Option<&Version>, download: &mut Download) -> Result<Fetched, PullError> {
        let conditions = conditions(known, download)?;
        let resumes = conditions.contains_key(RANGE);
        let (url, response) = self.get(&self.url, &conditions).await?;
        match response.status() {
            StatusCode::NOT_MODIFIED if known.is_some() && !resumes => return Ok(Fetched::Unchanged),
            StatusCode::OK => {
                download.restart()?;
                download.version = Some(version(&response));
            }
            StatusCode::PARTIAL_CONTENT if resumes => check_continues(&url, &response, download)?,
            StatusCode::RANGE_NOT_SATISFIABLE if resumes => {
                download.restart()?;
                return Err(interrupted(&url, "it can't go on where it broke off"));
            }
            _ => return Err(status_error(&url, &response)),
        }
        self.receive(&url, response, download).await?;
        let version = download.version.clone().unwrap_or_default();
        Ok(Fetched::New {
            version,
            notes: BTreeMap::new(),
        })
    }

    /// Adds the body to the download. A body that is shorter than announced is an error of the connection.
    async fn receive(&self, url: &Url, mut response: Response, download: &mut Download) -> Result<(), PullError> {
        let announced = response.content_length();
        if announced.is_some_and(|length| download.len() + length > self.limits.size_limit) {
            return Err(PullError::TooLarge {
                limit: self.limits.size_limit,
            });
        }
        while let Some(piece) = response.chunk().await.map_err(|error| transport_error(url, error))? {
            download.write(&piece)?;
        }
        Ok(())
    }

    /// Every page from the first, as one JSON array of pages.
    async fn fetch_pages(&self, next: &str, download: &mut Download) -> Result<Fetched, PullError> {
        download.restart()?;
        let mut seen = BTreeSet::new();
        let mut following = Some(self.url.clone());
        while let Some(url) = following {
            if !seen.insert(url.to_string()) || seen.len() > MOST_PAGES {
                let problem = "its pages name one another without end";
                return Err(refused(&url, problem, "check `next` in [pull], or tell the agency"));
            }
            let (url, mut response) = self.get(&url, &HeaderMap::new()).await?;
            if response.status() != StatusCode::OK {
                return Err(status_error(&url, &response));
            }
            let mut page = Vec::new();
            while let Some(piece) = response.chunk().await.map_err(|error| transport_error(&url, error))? {
                page.extend_from_slice(&piece);
                if download.len() + page.len() as u64 > self.limits.size_limit {
                    return Err(PullError::TooLarge {
                        limit: self.limits.size_limit,
                    });
                }
            }
            download.write(if seen.len() == 1 { b"[" } else { b"," })?;
            download.write(&page)?;
            following = next_page(&url, &page, next)?;
        }
        download.write(b"]")?;
        let notes = BTreeMap::from([("pages".to_owned(), seen.len().to_string())]);
        Ok(Fetched::New {
            version: Version::default(),
            notes,
        })
    }
}

impl Connector for Http<'_> {
    fn list(&self) -> Result<Vec<Offer>, PullError> {
        Ok(vec![Offer {
            name: self.name.clone(),
            origin: self.url.to_string(),
        }])
    }

    fn fetch(&self, _offer: &Offer, known: Option<&Version>, download: &mut Download) -> Result<Fetched, PullError> {
        let whole = Duration::from_secs(self.limits.total_timeout);
        self.runtime.block_on(async {
            let fetched = match &self.settings.next {
                Some(next) => timeout(whole, self.fetch_pages(next, download)).await,
                None => timeout(whole, self.fetch_whole(known, download)).await,
            };
            let late = format!("it was not whole after {} seconds", self.limits.total_timeout);
            fetched.unwrap_or_else(|_| Err(interrupted(&self.url, &late)))
        })
    }
}

fn interrupted(url: &Url, problem: &str) -> PullError {
    PullError::Interrupted {
        place: shown(url),
        problem: problem.to_owned(),
        after: None,
    }
}

/// The address with the period filled in, and the name of the export.
fn address(settings: &HttpPull, context: &PullContext<'_>) -> Result<(Url, String), PullError> {
    let text = filled(&settings.url, &context.period);
    let wrong = |problem: String| PullError::Refused {
        place: text.clone(),
        problem,
        advice: "mend `url` or `name` in [pull]".to_owned(),
    };
    let mut url = Url::parse(&text).map_err(|error| wrong(format!("it is no address: {error}")))?;
    for (key, value) in &settings.query {
        url.query_pairs_mut().append_pair(key, &filled(value, &context.period));
    }
    let last = || {
        url.path_segments()
            .and_then(|mut parts| parts.next_back())
            .map(str::to_owned)
    };
    let name = settings.name.as_ref().map(|name| filled(name, &context.period));
    let name = name
        .or_else(last)
        .filter(|name| !name.is_empty() && !name.contains('/'));
    let name = name.ok_or_else(|| wrong("it gives the export no name of a file".to_owned()))?;
    Ok((url, name))
}

/// A login with its secret.
enum Login {
    Bearer(Secret),
    Basic { user: String, password: Secret },
}

impl Login {
    fn read(login: &HttpLogin, context: &PullContext<'_>) -> Result<Login, PullError> {
        Ok(match login {
            HttpLogin::Bearer(token) => Login::Bearer(Secret::read(token, context.project)?),
            HttpLogin::Basic { user, password } => Login::Basic {
                user: user.clone(),
                password: Secret::read(password, context.project)?,
            },
        })
    }

    fn add(&self, request: RequestBuilder) -> RequestBuilder {
        match self {
            Login::Bearer(token) => request.bearer_auth(token.expose()),
            Login::Basic { user, password } => request.basic_auth(user, Some(password.expose())),
        }
    }
}

fn own_headers(settings: &HttpPull) -> Result<HeaderMap, PullError> {
    let mut headers = HeaderMap::new();
    for (name, value) in &settings.headers {
        let parsed = name.parse::<HeaderName>().ok().zip(HeaderValue::from_str(value).ok());
        let (name, value) = parsed.ok_or_else(|| PullError::Refused {
            place: format!("headers.{name}"),
            problem: "it is no header".to_owned(),
            advice: "mend `headers` in [pull]".to_owned(),
        })?;
        headers.insert(name, value);
    }
    Ok(headers)
}

fn identity(source: &SecretSource, context: &PullContext<'_>) -> Result<Identity, PullError> {
    let pem = Secret::read(source, context.project)?;
    Identity::from_pem(pem.expose().as_bytes()).map_err(|_| PullError::Secret {
        place: "of `client_certificate`".to_owned(),
        problem: "it is no PEM with a certificate and its private key".to_owned(),
    })
}

fn client(
    settings: &HttpPull,
    limits: &PullLimits,
    context: &PullContext<'_>,
    identity: Option<Identity>,
) -> Result<Client, PullError> {
    let mut builder = ClientBuilder::new()
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(Duration::from_secs(limits.connect_timeout))
        .read_timeout(Duration::from_secs(limits.idle_timeout))
        .user_agent(concat!("rogatory/", env!("CARGO_PKG_VERSION")))
        .default_headers(HeaderMap::from_iter([(
            ACCEPT_ENCODING,
            HeaderValue::from_static("identity"),
        )]));
    if let Some(path) = &settings.ca {
        builder = builder.tls_certs_merge(authorities(&context.project.join(path))?);
    }
    if let Some(identity) = identity {
        builder = builder.identity(identity);
    }
    builder.build().map_err(|error| PullError::Refused {
        place: shown_text(&settings.url),
        problem: format!("TLS can't be set up: {}", error.without_url()),
        advice: "check `ca` and `client_certificate` in [pull]".to_owned(),
    })
}

fn authorities(path: &Path) -> Result<Vec<Certificate>, PullError> {
    let wrong = |problem: String| PullError::Refused {
        place: path.display().to_string(),
        problem,
        advice: "`ca` names a PEM file of certificate authorities".to_owned(),
    };
    let pem = fs::read(path).map_err(|error| wrong(error.to_string()))?;
    let found = Certificate::from_pem_bundle(&pem).map_err(|error| wrong(error.to_string()))?;
    if found.is_empty() {
        Err(wrong("it holds no certificate".to_owned()))
    } else {
        Ok(found)
    }
}

/// What makes the answer short where possible: the rest of a download, or nothing if the export is as it was.
fn conditions(known: Option<&Version>, download: &mut Download) -> Result<HeaderMap, PullError> {
    let mut headers = HeaderMap::new();
    let header = |text: &String| HeaderValue::from_str(text).ok();
    let begun = download.version.clone().filter(|_| !download.is_empty());
    if let Some(validator) = begun.as_ref().and_then(validator).and_then(header) {
        let range = HeaderValue::from_str(&format!("bytes={}-", download.len()));
        headers.extend(range.ok().map(|range| (RANGE, range)));
        headers.insert(IF_RANGE, validator);
        return Ok(headers);
    }
    download.restart()?;
    if let Some(known) = known {
        headers.extend(known.etag.as_ref().and_then(header).map(|etag| (IF_NONE_MATCH, etag)));
        headers.extend(
            known
                .modified
                .as_ref()
                .and_then(header)
                .map(|date| (IF_MODIFIED_SINCE, date)),
        );
    }
    Ok(headers)
}

/// What proves that a version is the same, byte for byte.
fn validator(version: &Version) -> Option<&String> {
    let strong = version.etag.as_ref().filter(|etag| !etag.starts_with("W/"));
    strong.or(version.modified.as_ref().filter(|_| version.etag.is_none()))
}

fn check_continues(url: &Url, response: &Response, download: &mut Download) -> Result<(), PullError> {
    let range = response
        .headers()
        .get(CONTENT_RANGE)
        .and_then(|range| range.to_str().ok());
    let continues = range.is_some_and(|range| range.starts_with(&format!("bytes {}-", download.len())));
    let begun = download.version.as_ref().and_then(|version| version.etag.clone());
    let same = begun.is_none() || begun == version(response).etag;
    if continues && same {
        return Ok(());
    }
    download.restart()?;
    Err(interrupted(url, "what it sent is not the rest of what had arrived"))
}

fn version(response: &Response) -> Version {
    let text = |name| {
        response
            .headers()
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
            .map(str::to_owned)
    };
    Version {
        etag: text(ETAG),
        modified: text(LAST_MODIFIED),
        size: response.content_length(),
    }
}

fn redirect_target(url: &Url, location: &HeaderValue) -> Result<Url, PullError> {
    let target = location.to_str().ok().and_then(|location| url.join(location).ok());
    let target = target.ok_or_else(|| refused(url, "it redirects to no address", "tell the agency"))?;
    let safe = target.scheme() == "https" || (target.scheme() == "http" && url.scheme() == "http");
    if safe {
        Ok(target)
    } else {
        let problem = format!("it redirects from {} to {}", url.scheme(), target.scheme());
        Err(refused(url, &problem, "ask the agency for an https: address"))
    }
}

/// The address of the page after this one, where it names one.
fn next_page(url: &Url, page: &[u8], pointer: &str) -> Result<Option<Url>, PullError> {
    let advice = "check `url` and `next` in [pull]";
    let page: serde_json::Value =
        serde_json::from_slice(page).map_err(|error| refused(url, &format!("a page is no JSON: {error}"), advice))?;
    match page.pointer(pointer) {
        None | Some(serde_json::Value::Null) => Ok(None),
        Some(serde_json::Value::String(next)) if next.is_empty() => Ok(None),
        Some(serde_json::Value::String(next)) => match url.join(next) {
            Ok(next) if next.scheme() == url.scheme() => Ok(Some(next)),
            _ => Err(refused(url, &format!("`{pointer}` of a page holds no address"), advice)),
        },
        Some(_) => Err(refused(url, &format!("`{pointer}` of a page is no text"), advice)),
    }
}
