//! A command under the vault's lock, with its run and stages in the ledger.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use tempfile::TempPath;

use crate::cli::ending::{CommandError, Ending};
use crate::domain::source::Origin;
use crate::normalise::{Keeper, KeeperError, KeptExport};
use crate::project::Project;
use crate::vault::{Objects, RunEnd, Stage, Vault, VaultError};

/// A run that is being recorded.
pub struct Recording<'v> {
    pub vault: &'v Vault,
    run: i64,
}

impl Recording<'_> {
    /// Records a stage that began at `started` and has just ended.
    ///
    /// # Errors
    /// The ledger can't be written.
    pub fn stage(&self, started: Timestamp, stage: Stage) -> Result<(), VaultError> {
        self.vault.end_stage(self.run, started, Timestamp::now(), &stage)
    }

    /// Records an edition that has just been published.
    ///
    /// # Errors
    /// The ledger can't be written.
    pub fn published(&self, report: &str, as_of: &str, number: u32, folder: &str) -> Result<(), VaultError> {
        self.vault
            .published(self.run, Timestamp::now(), report, as_of, number, folder)
    }
}

/// Does `work` as one run of the project: no other writer at the same time, and its beginning and end in the ledger.
///
/// # Errors
/// Another process is at work, the vault can't be used, or `work` fails.
pub fn record(
    project: &Project,
    command: &str,
    work: impl FnOnce(&Recording<'_>) -> Result<Ending, CommandError>,
) -> Result<Ending, CommandError> {
    let vault = Vault::open_or_create(&project.vault())?;
    let _lock = vault.lock()?;
    let run = vault.begin_run(command, Timestamp::now())?;
    let ended = work(&Recording { vault: &vault, run });
    let (end, message) = match &ended {
        Ok(Ending::Done) => (RunEnd::Done, None),
        Ok(Ending::DoneWithFaults) => (RunEnd::DoneWithFaults, None),
        Err(error) => (RunEnd::Failed, Some(error.to_string())),
    };
    let recorded = vault.end_run(run, Timestamp::now(), end, message.as_deref());
    let ending = ended?;
    recorded?;
    Ok(ending)
}

/// What pulls brought, by source, and who keeps it.
pub struct KeptExports {
    pub by_source: BTreeMap<String, Vec<KeptExport>>,
    pub keeper: Arc<dyn Keeper>,
}

/// What pulls brought of each source that is pulled.
///
/// # Errors
/// The vault can't be used.
pub fn kept_exports(project: &Project) -> Result<KeptExports, CommandError> {
    let pulled = project.sources.iter().map(|(source, _)| source);
    let pulled: Vec<_> = pulled
        .filter(|source| matches!(source.origin, Origin::Pull(_)))
        .collect();
    if pulled.is_empty() {
        return Ok(KeptExports {
            by_source: BTreeMap::new(),
            keeper: Arc::new(NothingKept),
        });
    }
    let vault = Vault::open_or_create(&project.vault())?;
    let mut by_source = BTreeMap::new();
    for source in pulled {
        let exports = vault.exports(&source.name)?.into_iter().map(|export| KeptExport {
            name: export.name,
            sha256: export.sha256,
            arrival: export.arrival,
            arrived_on: export.arrived_at.to_zoned(project.settings.time_zone.clone()).date(),
        });
        by_source.insert(source.name.clone(), exports.collect());
    }
    Ok(KeptExports {
        by_source,
        keeper: Arc::new(VaultKeeper(vault.objects())),
    })
}

struct VaultKeeper(Objects);

impl Keeper for VaultKeeper {
    fn extract(&self, sha256: &str) -> Result<TempPath, KeeperError> {
        Ok(self.0.extract(sha256)?)
    }
}

/// Of a project without pulls.
struct NothingKept;

impl Keeper for NothingKept {
    fn extract(&self, sha256: &str) -> Result<TempPath, KeeperError> {
        Err(format!("nothing is kept under {sha256}").into())
    }
}
