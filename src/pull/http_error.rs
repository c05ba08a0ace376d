//! What HTTP says when it fails, as errors that tell whether another attempt may help.

use std::error::Error;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::RETRY_AFTER;
use reqwest::{Response, StatusCode};
use url::Url;

use super::error::PullError;

/// The address without user, password, query and fragment, any of which may hold a secret.
pub(super) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    let cleaned = url.set_username("").and_then(|()| url.set_password(None));
    cleaned.map_or_else(|()| url.host_str().unwrap_or_default().to_owned(), |()| url.to_string())
}

/// The same for an address that has not been parsed.
pub(super) fn shown_text(url: &str) -> String {
    Url::parse(url).map_or_else(|_| "the address".to_owned(), |url| shown(&url))
}

pub(super) fn refused(url: &Url, problem: &str, advice: &str) -> PullError {
    PullError::Refused {
        place: shown(url),
        problem: problem.to_owned(),
        advice: advice.to_owned(),
    }
}

/// An answer that is none of those that were asked for.
pub(super) fn status_error(url: &Url, response: &Response) -> PullError {
    let status = response.status();
    let problem = format!("the server answered {status}");
    let advice = match status {
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => return may_pass(url, problem, response),
        _ if status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED => {
            return may_pass(url, problem, response);
        }
        StatusCode::UNAUTHORIZED => "check the secret of `login` in [pull], and that it has not expired",
        StatusCode::FORBIDDEN => "ask the agency to allow this user to read it",
        StatusCode::NOT_FOUND | StatusCode::GONE => "check `url` in [pull], or ask the agency where the export is",
        _ => "check [pull], or ask the agency",
    };
    refused(url, &problem, advice)
}

fn may_pass(url: &Url, problem: String, response: &Response) -> PullError {
    let after = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok());
    PullError::Interrupted {
        place: shown(url),
        problem,
        after: after.and_then(|text| retry_after(text, Timestamp::now())),
    }
}

/// Seconds, or a date of HTTP.
fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text.trim()).ok()?.timestamp();
    Some(Duration::try_from(date.duration_since(now)).unwrap_or(Duration::ZERO))
}

/// Connecting, sending or receiving failed.
pub(super) fn transport_error(url: &Url, error: reqwest::Error) -> PullError {
    let timeout = error.is_timeout();
    let connecting = error.is_connect();
    let causes = causes(&error.without_url());
    if causes.contains("certificate") {
        let advice = "check the server's certificate; `ca` in [pull] names further authorities to trust, `client_certificate` that of this client";
        return refused(url, &causes, advice);
    }
    let problem = match (timeout, connecting) {
        (true, true) => "no connection within `limits.connect_timeout` seconds".to_owned(),
        (true, false) => "nothing arrived for `limits.idle_timeout` seconds".to_owned(),
        (false, true) => format!("no connection: {causes}"),
        (false, false) => format!("the connection broke off: {causes}"),
    };
    PullError::Interrupted {
        place: shown(url),
        problem,
        after: None,
    }
}

/// The messages of an error and of its causes.
pub(super) fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now: Timestamp = "2015-10-21T07:27:00Z".parse().unwrap();
        assert_eq!(retry_after("120", now), Some(Duration::from_secs(120)));
        assert_eq!(
            retry_after("Wed, 21 Oct 2015 07:28:00 GMT", now),
            Some(Duration::from_secs(60))
        );
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:26:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("soon", now), None);
    }

    #[test]
    fn no_secret_of_an_address_is_shown() {
        let url = Url::parse("https://me:word@host:8443/a/b.csv?token=abc#frag").unwrap();
        assert_eq!(shown(&url), "https://host:8443/a/b.csv");
    }
}
