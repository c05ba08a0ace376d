//! OpenSSH's server with its own SFTP (Debian: openssh-server).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::{Process, available, free_port};

const PROGRAM: &str = "/usr/sbin/sshd";

/// A server that lets the current user in by one key.
pub struct Sshd {
    pub port: u16,
    pub user: String,
    folder: TempDir,
    _process: Process,
}

impl Sshd {
    pub fn available() -> bool {
        available(PROGRAM, "openssh-server") && available("/usr/bin/ssh", "openssh-client")
    }

    pub fn start() -> Sshd {
        let folder = TempDir::new().unwrap();
        let path = folder.path().display().to_string();
        for name in ["host", "client", "stranger"] {
            make_key(&folder.path().join(name));
        }
        let port = free_port();
        // The server wants this folder where root starts it; the system makes it when it starts.
        let _ = fs::create_dir_all("/run/sshd");
        let configuration = format!(
            "ListenAddress 127.0.0.1\nPort {port}\nHostKey {path}/host\nAuthorizedKeysFile {path}/client.pub\nPidFile none\n\
             StrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\nSubsystem sftp internal-sftp\n"
        );
        fs::write(folder.path().join("sshd_config"), configuration).unwrap();
        fs::create_dir(folder.path().join("out")).unwrap();
        let process = Process::start(
            Command::new(PROGRAM)
                .args(["-D", "-e", "-f"])
                .arg(folder.path().join("sshd_config")),
            port,
        );
        let user = Command::new("id").arg("-un").output().unwrap().stdout;
        let server = Sshd {
            port,
            user: String::from_utf8(user).unwrap().trim().to_owned(),
            folder,
            _process: process,
        };
        server.knows("known_hosts", port, "host");
        server
    }

    /// Writes a file of host keys that gives this port the key called `key`.
    pub fn knows(&self, file: &str, port: u16, key: &str) {
        let public = fs::read_to_string(self.file(&format!("{key}.pub"))).unwrap();
        fs::write(self.file(file), format!("[127.0.0.1]:{port} {public}")).unwrap();
    }

    /// A file beside the server's, such as a key.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a file to be fetched, written long ago.
    pub fn puts(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.file("out").join(name), bytes).unwrap();
        self.ages(name, 3600);
    }

    /// Dates a file back.
    pub fn ages(&self, name: &str, seconds: u64) {
        let file = fs::File::options()
            .append(true)
            .open(self.file("out").join(name))
            .unwrap();
        let then = std::time::SystemTime::now() - std::time::Duration::from_secs(seconds);
        file.set_modified(then).unwrap();
    }
}

fn make_key(path: &Path) {
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f"])
        .arg(path)
        .status();
    assert!(made.unwrap().success());
}
