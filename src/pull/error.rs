//! Why an export could not be fetched, and whether another attempt may help. No message holds a secret: addresses are shown
//! without user names, passwords and query values.

use std::io;
use std::time::Duration;

/// What may be done about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// The same may work in a moment.
    Retry,
    /// The server said when.
    RetryAfter(Duration),
    /// Nothing changes until someone does something.
    Refused,
    /// This machine is at fault; no other export will fare better.
    Environment,
}

/// A pull that failed.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// Connecting, talking or waiting failed; it may pass.
    #[error("{place}: {problem}")]
    Interrupted {
        place: String,
        problem: String,
        /// How long the server asks to wait.
        after: Option<Duration>,
    },
    /// The other side, or the definition, makes it impossible.
    #[error("{place}: {problem}; {advice}")]
    Refused {
        place: String,
        problem: String,
        /// What to do next.
        advice: String,
    },
    #[error(
        "more than {limit} bytes arrived, the limit of the source; raise `limits.size_limit` in [pull] if the export is as large as that"
    )]
    TooLarge { limit: u64 },
    #[error("secret {place}: {problem}")]
    Secret { place: String, problem: String },
    #[error("the export can't be stored: {0}")]
    Storing(#[source] io::Error),
    /// The receiver of a whole export failed.
    #[error(transparent)]
    Receiver(Box<dyn std::error::Error + Send + Sync>),
}

impl PullError {
    pub(super) fn storing(source: io::Error) -> PullError {
        PullError::Storing(source)
    }

    pub fn recovery(&self) -> Recovery {
        match self {
            PullError::Interrupted { after: None, .. } => Recovery::Retry,
            PullError::Interrupted { after: Some(after), .. } => Recovery::RetryAfter(*after),
            PullError::Refused { .. } | PullError::TooLarge { .. } | PullError::Secret { .. } => Recovery::Refused,
            PullError::Storing(_) | PullError::Receiver(_) => Recovery::Environment,
        }
    }
}
