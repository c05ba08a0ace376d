//! The lock that keeps a second writer out of the lake.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::Path;
use std::time::SystemTime;

use super::error::LakeError;

const LOCK: &str = ".lock";

/// Held from [`Lock::take`] until it is dropped; the system gives it up when the process ends, however it ends.
pub(super) struct Lock(File);

impl Lock {
    /// Takes the lock of the lake in `dir`, and the time of it by the clock of the file system.
    pub(super) fn take(dir: &Path) -> Result<(Lock, SystemTime), LakeError> {
        let path = &dir.join(LOCK);
        let mut options = OpenOptions::new();
        let file = options
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)
            .map_err(LakeError::file("open the lock", path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(locked(path)),
            Err(TryLockError::Error(source)) => return Err(LakeError::file("take the lock", path)(source)),
        }
        let mut lock = Lock(file);
        let taken = lock.sign().map_err(LakeError::file("write the lock", path))?;
        Ok((lock, taken))
    }

    /// Writes this process's number, for the message to others.
    fn sign(&mut self) -> std::io::Result<SystemTime> {
        self.0.set_len(0)?;
        self.0.write_all(std::process::id().to_string().as_bytes())?;
        self.0.metadata()?.modified()
    }
}

impl Drop for Lock {
    /// Closing the file would leave the lock to a child process that was just being started and still shares the file. An error
    /// leaves what closing does.
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

fn locked(path: &Path) -> LakeError {
    let holder = fs::read_to_string(path).ok().filter(|text| !text.is_empty());
    LakeError::Locked {
        path: path.to_owned(),
        holder: holder.unwrap_or_else(|| "unknown".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_is_given_up_though_a_child_process_still_shares_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let (lock, _) = Lock::take(folder.path()).unwrap();
        let shared = lock.0.try_clone().unwrap();
        assert!(matches!(Lock::take(folder.path()), Err(LakeError::Locked { .. })));
        drop(lock);
        Lock::take(folder.path()).unwrap();
        drop(shared);
    }
}
