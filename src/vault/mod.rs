//! The vault: every export's bytes as they came, once, and the ledger of what was done with them.
//!
//! Input: complete files with what is known of them. Output: objects `objects/<2>/<sha256>.zst`, and the SQLite database
//! `ledger.sqlite`. An object is flushed before the ledger names it, so the ledger never names what is not there. The vault does not
//! decode; and nothing here deletes an object.

mod arrivals;
mod error;
mod ledger;
mod object;
mod runs;

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::disk;

pub use arrivals::{Arrival, NewArrival, OriginVersion, StoredExport};
pub use error::VaultError;
pub use object::Objects;
pub use runs::{EndedStage, RowCounts, Run, RunEnd, SourceStage, Stage};

use ledger::Ledger;

const LOCK: &str = ".lock";
const SCRATCH: &str = ".scratch";

/// A project's vault and ledger.
pub struct Vault {
    folder: PathBuf,
    objects: Objects,
    ledger: Ledger,
}

/// What `check` found wrong or noteworthy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VaultCheck {
    /// Objects that were read and are what their names say.
    pub sound: u64,
    /// Exports whose object is missing or damaged: SHA-256, names, problem.
    pub damaged: Vec<(String, Vec<String>, String)>,
    /// Objects that the ledger does not know, as an interrupted pull leaves them; harmless.
    pub unknown: Vec<String>,
}

impl Vault {
    /// Opens the vault in `folder`, or makes an empty one.
    ///
    /// # Errors
    /// The disk refuses, or the ledger is damaged.
    pub fn open_or_create(folder: &Path) -> Result<Vault, VaultError> {
        Ok(Vault {
            folder: folder.to_owned(),
            objects: Objects::new(folder.join("objects"), folder.join(SCRATCH))?,
            ledger: Ledger::open(folder)?,
        })
    }

    /// Opens the vault in `folder` if there is one.
    ///
    /// # Errors
    /// As for [`Vault::open_or_create`].
    pub fn open(folder: &Path) -> Result<Option<Vault>, VaultError> {
        if folder.is_dir() {
            Vault::open_or_create(folder).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Folder for files that are not whole yet, on the vault's disk. What an earlier process left there is removed once the vault's
    /// lock is held: see [`Vault::lock`].
    pub fn scratch(&self) -> PathBuf {
        self.folder.join(SCRATCH)
    }

    /// Keeps other writers out until the lock is dropped; clears what dead ones left.
    ///
    /// # Errors
    /// Another process has the lock, or the disk refuses.
    pub fn lock(&self) -> Result<disk::Lock, VaultError> {
        let path = self.folder.join(LOCK);
        let lock = disk::Lock::try_take(&path).map_err(VaultError::file("take the lock", &path))?;
        let lock = lock.ok_or(VaultError::Locked { path })?;
        let scratch = self.scratch();
        empty(&scratch).map_err(VaultError::file("empty the folder", &scratch))?;
        self.abandon_runs()?;
        Ok(lock)
    }

    /// Keeps the bytes of `file` and records where they came from. Bytes that are the source's current ones of this origin are
    /// no new arrival.
    ///
    /// # Errors
    /// The disk refuses; the vault is then as it was, but for an object that nothing names.
    pub fn keep(&self, file: &mut File, arrival: &NewArrival<'_>) -> Result<Arrival, VaultError> {
        let stored = self.objects.store(file)?;
        self.record(&stored, arrival)
    }

    /// What gives out the bytes of exports, also from other threads.
    pub fn objects(&self) -> Objects {
        self.objects.clone()
    }

    /// Reads every object and compares it with its name.
    ///
    /// # Errors
    /// The ledger or a folder can't be read.
    pub fn check(&self) -> Result<VaultCheck, VaultError> {
        self.check_ledger()?;
        let mut check = VaultCheck::default();
        let mut known = self.known_objects()?;
        for sha256 in self.objects.list()? {
            let Some(names) = known.remove(&sha256) else {
                check.unknown.push(sha256);
                continue;
            };
            match self.objects.verify(&sha256) {
                Ok(()) => check.sound += 1,
                Err(VaultError::Damaged { problem, .. }) => check.damaged.push((sha256, names, problem)),
                Err(error) => return Err(error),
            }
        }
        let missing = known
            .into_iter()
            .map(|(sha256, names)| (sha256, names, "it is missing".to_owned()));
        check.damaged.extend(missing);
        Ok(check)
    }
}

/// Removes every file of a folder.
fn empty(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        fs::remove_file(entry?.path())?;
    }
    Ok(())
}

/// Reads to the end and gives each piece to `take`.
fn pieces(reader: &mut dyn Read, mut take: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    let mut buffer = vec![0; 1 << 18];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => take(&buffer[..length])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::Write;

    use jiff::Timestamp;

    use super::*;

    fn vault(folder: &Path) -> Vault {
        Vault::open_or_create(&folder.join("vault")).unwrap()
    }

    fn keep(vault: &Vault, name: &str, bytes: &[u8]) -> Arrival {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        let arrival = NewArrival {
            source: "register",
            name,
            origin: &format!("/out/{name}"),
            version: &OriginVersion {
                etag: Some(format!("\"{}\"", bytes.len())),
                ..OriginVersion::default()
            },
            notes: &BTreeMap::new(),
            at: Timestamp::UNIX_EPOCH,
        };
        vault.keep(&mut file, &arrival).unwrap()
    }

    fn objects(folder: &Path) -> Vec<PathBuf> {
        let object = |sha256: &String| folder.join(format!("vault/objects/{}/{sha256}.zst", &sha256[..2]));
        vault(folder).objects.list().unwrap().iter().map(object).collect()
    }

    #[test]
    fn bytes_are_kept_once_and_come_back_as_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let vault = vault(folder.path());
        let bytes: Vec<u8> = (0..1_000_000_u32).flat_map(u32::to_le_bytes).collect();
        let first = keep(&vault, "a.csv", &bytes);
        let again = keep(&vault, "a.csv", &bytes);
        let other_name = keep(&vault, "b.csv", &bytes);
        assert_eq!((first.new, again.new, other_name.new), (true, false, true));
        assert_eq!(first.size, 4_000_000);
        assert_eq!(fs::read(vault.objects.extract(&first.sha256).unwrap()).unwrap(), bytes);
        assert_eq!(objects(folder.path()).len(), 1);
        assert_eq!(
            vault
                .origin_version("register", "/out/a.csv")
                .unwrap()
                .unwrap()
                .etag
                .unwrap(),
            "\"4000000\""
        );
        assert_eq!(vault.origin_version("other", "/out/a.csv").unwrap(), None);
        assert_eq!(fs::read_dir(vault.scratch()).unwrap().count(), 0);
    }

    #[test]
    fn what_comes_again_after_something_else_is_the_newest() {
        let folder = tempfile::tempdir().unwrap();
        let vault = vault(folder.path());
        let first = keep(&vault, "a.csv", b"one");
        let second = keep(&vault, "a.csv", b"two");
        let third = keep(&vault, "a.csv", b"one");
        assert!(third.new);
        let exports = vault.exports("register").unwrap();
        let order: Vec<_> = exports.iter().map(|export| export.sha256.as_str()).collect();
        assert_eq!(order, [second.sha256.as_str(), first.sha256.as_str()]);
        assert!(vault.exports("other").unwrap().is_empty());
    }

    #[test]
    fn a_changed_a_cut_and_a_missing_object_are_named_and_healed_by_the_same_export() {
        let folder = tempfile::tempdir().unwrap();
        let vault = vault(folder.path());
        let bytes: Vec<u8> = (0..100_000_u32)
            .flat_map(|i| (i.wrapping_mul(2_654_435_761)).to_le_bytes())
            .collect();
        let kept = keep(&vault, "a.csv", &bytes);
        let path = objects(folder.path()).remove(0);
        let whole = fs::read(&path).unwrap();
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 1;
        for damage in [Some(&flipped[..]), Some(&whole[..whole.len() - 7]), Some(&[]), None] {
            match damage {
                Some(bytes) => fs::write(&path, bytes).unwrap(),
                None => fs::remove_file(&path).unwrap(),
            }
            let check = vault.check().unwrap();
            assert_eq!(check.sound, 0);
            assert_eq!(check.damaged.len(), 1);
            assert_eq!(check.damaged[0].0, kept.sha256);
            assert_eq!(check.damaged[0].1, ["register: a.csv"]);
            assert!(matches!(
                vault.objects.extract(&kept.sha256),
                Err(VaultError::Damaged { .. })
            ));
            assert!(!keep(&vault, "a.csv", &bytes).new);
            assert_eq!(vault.check().unwrap().sound, 1);
        }
    }

    #[test]
    fn an_object_without_a_record_is_reported_and_does_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        let vault = vault(folder.path());
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"a row").unwrap();
        let stored = vault.objects.store(&mut file).unwrap();
        assert_eq!(vault.check().unwrap().unknown, std::slice::from_ref(&stored.sha256));
        assert_eq!(keep(&vault, "a.csv", b"a row").sha256, stored.sha256);
        assert!(vault.check().unwrap().unknown.is_empty());
    }

    #[test]
    fn runs_and_stages_are_kept_and_a_dead_run_is_abandoned() {
        let folder = tempfile::tempdir().unwrap();
        let vault = vault(folder.path());
        let dead = vault.begin_run("run", Timestamp::UNIX_EPOCH).unwrap();
        let lock = vault.lock().unwrap();
        assert!(matches!(vault.lock(), Err(VaultError::Locked { .. })));
        let id = vault.begin_run("pull", Timestamp::UNIX_EPOCH).unwrap();
        let counts = RowCounts {
            read: 3,
            accepted: 1,
            quarantined: 1,
            superseded: 1,
        };
        let stage = Stage {
            stage: "normalise",
            source: Some("register".to_owned()),
            outcome: "read".to_owned(),
            counts: Some(counts),
            message: None,
        };
        vault
            .end_stage(id, Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH, &stage)
            .unwrap();
        vault.end_run(id, Timestamp::UNIX_EPOCH, RunEnd::Done, None).unwrap();
        drop(lock);
        assert_eq!(vault.run(dead).unwrap().unwrap().end, Some(RunEnd::Abandoned));
        assert_eq!(vault.run(id).unwrap().unwrap().end, Some(RunEnd::Done));
        assert_eq!(vault.stages(id).unwrap()[0].counts, Some(counts));
        assert_eq!(vault.history("register", "normalise").unwrap()[0].run, id);
        assert_eq!(vault.runs(1).unwrap()[0].id, id);
    }

    #[test]
    fn a_damaged_ledger_is_named_and_its_copy_opens() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault/ledger.sqlite");
        {
            let vault = vault(folder.path());
            keep(&vault, "a.csv", b"a row");
            let run = vault.begin_run("pull", Timestamp::UNIX_EPOCH).unwrap();
            vault.end_run(run, Timestamp::UNIX_EPOCH, RunEnd::Done, None).unwrap();
        }
        let mut bytes = fs::read(&path).unwrap();
        bytes[4096..].fill(0x5a);
        fs::write(&path, bytes).unwrap();
        let open = || Vault::open_or_create(&folder.path().join("vault"));
        let found = open().and_then(|vault| vault.check().map(|_| ()));
        let message = found.unwrap_err().to_string();
        assert!(message.contains("ledger.backup.sqlite"), "{message}");
        fs::copy(folder.path().join("vault/ledger.backup.sqlite"), &path).unwrap();
        let vault = open().unwrap();
        assert_eq!(vault.exports("register").unwrap().len(), 1);
        assert_eq!(vault.check().unwrap().sound, 1);
    }
}
