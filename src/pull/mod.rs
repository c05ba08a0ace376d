//! Connectors: exports from where an agency puts them to a complete file on this machine.
//!
//! Input: a [`PullDefinition`], the period, and what was fetched before. Output: each new export, whole, handed to a receiver. A
//! connector neither decodes nor keeps what it fetches, and never writes to the agency's side.

mod connector;
mod download;
mod error;
mod files;
mod finished;
mod http;
mod http_error;
mod postgresql;
mod retry;
mod secret;
mod sftp;
mod template;

use crate::domain::pull::{PullDefinition, PullKind};

pub use connector::{Arrived, Connector, Fetched, Known, Offer, Period, PullContext, Version};
pub use download::Download;
pub use error::{PullError, Recovery};

/// What became of the exports that a source offers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PullReport {
    /// Names of exports that were handed over.
    pub fetched: Vec<String>,
    /// Names of exports that are as they were.
    pub unchanged: Vec<String>,
    /// Names of exports left for the next time, each with the reason.
    pub waiting: Vec<(String, String)>,
    /// Names of exports that could not be fetched, each with the reason.
    pub failed: Vec<(String, String)>,
}

/// Fetches what is new of one source and hands each export over as soon as it is whole.
///
/// # Errors
/// The server can't be asked what it offers, or `receive` fails. A single export that can't be fetched is in the report.
pub fn pull(
    definition: &PullDefinition,
    context: &PullContext<'_>,
    known: &dyn Known,
    receive: &mut dyn FnMut(Arrived) -> Result<(), PullError>,
) -> Result<PullReport, PullError> {
    let connector = connect(definition, context)?;
    let mut report = PullReport::default();
    for offer in retry::retried(&definition.limits, || connector.list())? {
        let mut download = Download::create(context.scratch, definition.limits.size_limit)?;
        let version = known.version(&offer.origin);
        let fetched = retry::retried(&definition.limits, || {
            connector.fetch(&offer, version.as_ref(), &mut download)
        });
        match fetched {
            Ok(Fetched::New { version, notes }) => {
                let name = offer.name.clone();
                receive(Arrived {
                    offer,
                    version,
                    notes,
                    file: download.finish()?,
                })?;
                report.fetched.push(name);
            }
            Ok(Fetched::Unchanged) => report.unchanged.push(offer.name),
            Ok(Fetched::Waiting { reason }) => report.waiting.push((offer.name, reason)),
            Err(error) if error.recovery() == Recovery::Environment => return Err(error),
            Err(error) => report.failed.push((offer.name, error.to_string())),
        }
    }
    Ok(report)
}

fn connect<'c>(
    definition: &'c PullDefinition,
    context: &'c PullContext<'c>,
) -> Result<Box<dyn Connector + 'c>, PullError> {
    Ok(match &definition.kind {
        PullKind::Files(settings) => Box::new(files::Files::new(settings, context)),
        PullKind::Http(settings) => Box::new(http::Http::new(settings, &definition.limits, context)?),
        PullKind::Postgresql(settings) => Box::new(postgresql::Postgresql::new(settings, &definition.limits, context)?),
        PullKind::Sftp(settings) => Box::new(sftp::Sftp::new(settings, &definition.limits, context)?),
    })
}
