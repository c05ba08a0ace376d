//! Files of a folder on an SFTP server, over the system's OpenSSH client: its keys, agent, host keys and configuration.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::SeekFrom;
use std::path::{Path, PathBuf};
use std::pin::{Pin, pin};
use std::process::Stdio;
use std::time::Duration;

use bytes::BytesMut;
use futures_util::TryStreamExt;
use jiff::Timestamp;
use openssh_sftp_client::error::SftpErrorKind;
use openssh_sftp_client::metadata::MetaData;
use openssh_sftp_client::{Error as SftpError, Sftp as Session, SftpOptions};
use tokio::io::{AsyncRead, AsyncSeek};
use tokio::process::{Child, ChildStderr, Command};
use tokio::runtime::Runtime;
use tokio::time::timeout;

use super::connector::{Connector, Fetched, Offer, PullContext, Version};
use super::download::Download;
use super::error::PullError;
use super::finished::{MARKER, names_an_export, too_fresh};
use crate::domain::pull::{Finished, PullLimits, SftpPull};

/// Bytes asked for at once; servers send less if they like.
const PIECE: u32 = 1 << 18;
/// What of ssh's own words is shown.
const MOST_WORDS: usize = 2000;

/// The connector.
pub(super) struct Sftp<'a> {
    settings: &'a SftpPull,
    limits: &'a PullLimits,
    project: &'a Path,
    pattern: glob::Pattern,
    runtime: Runtime,
    /// The connection, from the first use to the first fault.
    connection: RefCell<Option<Connection>>,
}

struct Connection {
    session: Session,
    /// Ends with the connection.
    _ssh: Child,
    stderr: ChildStderr,
}

impl<'a> Sftp<'a> {
    pub(super) fn new(
        settings: &'a SftpPull,
        limits: &'a PullLimits,
        context: &PullContext<'a>,
    ) -> Result<Self, PullError> {
        let pattern = glob::Pattern::new(settings.parts().1).map_err(|error| PullError::Refused {
            place: settings.path.clone(),
            problem: format!("it is no pattern of names: {error}"),
            advice: "mend `path` in [pull]".to_owned(),
        })?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Ok(Sftp {
            settings,
            limits,
            project: context.project,
            pattern,
            runtime: runtime.map_err(PullError::storing)?,
            connection: RefCell::new(None),
        })
    }

    /// Does `work` on the connection, made anew where there is none; a fault that may pass ends it.
    fn connected<T>(&self, work: impl AsyncFnOnce(&Connection) -> Result<T, SftpFault>) -> Result<T, PullError> {
        self.runtime.block_on(async {
            let kept = self.connection.borrow_mut().take();
            let connection = match kept {
                Some(connection) => connection,
                None => self.connect().await?,
            };
            let whole = Duration::from_secs(self.limits.total_timeout);
            match timeout(whole, work(&connection)).await {
                Ok(Ok(value)) => {
                    self.connection.replace(Some(connection));
                    Ok(value)
                }
                Ok(Err(SftpFault::Own(error))) => Err(error),
                Ok(Err(SftpFault::Silent)) => {
                    let problem = format!("nothing arrived for {} seconds", self.limits.idle_timeout);
                    Err(self.interrupted(&self.place(), &problem))
                }
                Ok(Err(SftpFault::Server { path, error })) => Err(self.explained(connection, &path, &error).await),
                Err(_) => {
                    let problem = format!("it was not whole after {} seconds", self.limits.total_timeout);
                    Err(self.interrupted(&self.place(), &problem))
                }
            }
        })
    }

    async fn connect(&self) -> Result<Connection, PullError> {
        let missing = |error: std::io::Error| PullError::Refused {
            place: "ssh".to_owned(),
            problem: error.to_string(),
            advice: "install the OpenSSH client (Debian: openssh-client)".to_owned(),
        };
        let mut ssh = self.command().spawn().map_err(missing)?;
        let pipes = ssh.stdin.take().zip(ssh.stdout.take()).zip(ssh.stderr.take());
        let Some(((stdin, stdout), mut stderr)) = pipes else {
            return Err(self.interrupted(&self.place(), "ssh was started without its pipes"));
        };
        // ssh has its own limit for the connection; the greeting of the subsystem comes after that.
        let patience = Duration::from_secs(self.limits.connect_timeout + self.limits.idle_timeout);
        match timeout(patience, Session::new(stdin, stdout, SftpOptions::new())).await {
            Ok(Ok(session)) => Ok(Connection {
                session,
                _ssh: ssh,
                stderr,
            }),
            Ok(Err(error)) => {
                let words = said(&mut stderr).await;
                Err(self.refusal(&words).unwrap_or_else(|| {
                    let problem = if words.is_empty() { error.to_string() } else { words };
                    self.interrupted(&self.place(), &format!("no connection: {problem}"))
                }))
            }
            Err(_) => {
                let problem = format!("no greeting within {} seconds", patience.as_secs());
                Err(self.interrupted(&self.place(), &problem))
            }
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new("ssh");
        let mut option = |text: String| {
            command.arg("-o").arg(text);
        };
        option("BatchMode=yes".to_owned());
        option("StrictHostKeyChecking=yes".to_owned());
        option("ClearAllForwardings=yes".to_owned());
        option("ForwardAgent=no".to_owned());
        option("PermitLocalCommand=no".to_owned());
        option("LogLevel=ERROR".to_owned());
        option(format!("ConnectTimeout={}", self.limits.connect_timeout));
        option(format!("ServerAliveInterval={}", self.limits.idle_timeout));
        option("ServerAliveCountMax=1".to_owned());
        if let Some(path) = &self.settings.known_hosts {
            option(format!("UserKnownHostsFile=\"{}\"", self.project.join(path).display()));
            option("GlobalKnownHostsFile=/dev/null".to_owned());
        }
        if let Some(key) = &self.settings.key {
            option("IdentitiesOnly=yes".to_owned());
            option(format!("IdentityFile=\"{}\"", self.project.join(key).display()));
        }
        if let Some(port) = self.settings.port {
            option(format!("Port={port}"));
        }
        option(format!("User={}", self.settings.user));
        command.args(["-s", "--", &self.settings.host, "sftp"]);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.kill_on_drop(true);
        command
    }

    async fn listed(&self, connection: &Connection) -> Result<Vec<Offer>, SftpFault> {
        let folder = PathBuf::from(self.settings.parts().0);
        let fault = |error| SftpFault::server(&folder, error);
        let mut fs = connection.session.fs();
        let opened = self.soon(fs.open_dir(&folder)).await?.map_err(fault)?;
        let mut entries = pin!(opened.read_dir());
        let options = glob::MatchOptions {
            require_literal_leading_dot: true,
            ..glob::MatchOptions::default()
        };
        let mut offers = Vec::new();
        while let Some(entry) = self.soon(entries.try_next()).await?.map_err(fault)? {
            let Some(name) = entry.filename().to_str().map(str::to_owned) else {
                continue;
            };
            if names_an_export(&name) && self.pattern.matches_with(&name, options) {
                let path = folder.join(&name);
                let found = self.metadata(connection, &path).await?;
                if found.file_type().is_some_and(|kind| kind.is_file()) {
                    offers.push(Offer {
                        origin: format!("{}{}", self.place(), absolute(&path)),
                        name,
                    });
                }
            }
        }
        offers.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(offers)
    }

    async fn fetched(
        &self,
        connection: &Connection,
        offer: &Offer,
        known: Option<&Version>,
        download: &mut Download,
    ) -> Result<Fetched, SftpFault> {
        let path = Path::new(self.settings.parts().0).join(&offer.name);
        let before = self.metadata(connection, &path).await?;
        let found = version(&before);
        if known == Some(&found) {
            return Ok(Fetched::Unchanged);
        }
        if let Some(reason) = self.wait(connection, &path, &before).await? {
            return Ok(Fetched::Waiting { reason });
        }
        if download.version.as_ref() != Some(&found) {
            download.restart()?;
            download.version = Some(found.clone());
        }
        self.receive(connection, &path, download).await?;
        let after = version(&self.metadata(connection, &path).await?);
        if after != found || found.size.is_some_and(|size| size != download.len()) {
            let reason = "it changed while it was read".to_owned();
            return Ok(Fetched::Waiting { reason });
        }
        Ok(Fetched::New {
            version: found,
            notes: BTreeMap::new(),
        })
    }

    /// Adds what the file has after the bytes that are there.
    async fn receive(&self, connection: &Connection, path: &Path, download: &mut Download) -> Result<(), SftpFault> {
        let fault = |error| SftpFault::server(path, error);
        let mut file = self.soon(connection.session.open(path)).await?.map_err(fault)?;
        loop {
            // A server may send less than was asked for: where to go on is known from what arrived, not from what was asked.
            let here = SeekFrom::Start(download.len());
            Pin::new(&mut file)
                .start_seek(here)
                .map_err(|error| fault(error.into()))?;
            match self.soon(file.read(PIECE, BytesMut::new())).await?.map_err(fault)? {
                Some(piece) if !piece.is_empty() => download.write(&piece)?,
                _ => return Ok(()),
            }
        }
    }

    /// Why the file must wait, if it must.
    async fn wait(&self, connection: &Connection, path: &Path, found: &MetaData) -> Result<Option<String>, SftpFault> {
        match self.settings.finished {
            Finished::Stable => {
                let modified = found.modified().map(|time| time.as_system_time());
                Ok(modified.and_then(|modified| too_fresh(modified, self.settings.stable_for)))
            }
            Finished::Marker => {
                let marker = PathBuf::from(format!("{}{MARKER}", path.display()));
                match self.metadata(connection, &marker).await {
                    Ok(_) => Ok(None),
                    Err(SftpFault::Server {
                        error: SftpError::SftpError(SftpErrorKind::NoSuchFile, _),
                        ..
                    }) => Ok(Some(format!("its marker {} is not there yet", marker.display()))),
                    Err(fault) => Err(fault),
                }
            }
        }
    }

    async fn metadata(&self, connection: &Connection, path: &Path) -> Result<MetaData, SftpFault> {
        let mut fs = connection.session.fs();
        let found = self.soon(fs.metadata(path)).await?;
        found.map_err(|error| SftpFault::server(path, error))
    }

    async fn soon<T>(&self, answer: impl Future<Output = T>) -> Result<T, SftpFault> {
        let patience = Duration::from_secs(self.limits.idle_timeout);
        timeout(patience, answer).await.map_err(|_| SftpFault::Silent)
    }

    /// The server, as origins and messages name it.
    fn place(&self) -> String {
        let port = self.settings.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("sftp://{}{port}", self.settings.host)
    }

    fn interrupted(&self, place: &str, problem: &str) -> PullError {
        PullError::Interrupted {
            place: place.to_owned(),
            problem: problem.to_owned(),
            after: None,
        }
    }

    /// What a fault of the server or of the connection means.
    async fn explained(&self, mut connection: Connection, path: &Path, error: &SftpError) -> PullError {
        let place = format!("{}{}", self.place(), absolute(path));
        let refused = |problem: &str, advice: &str| PullError::Refused {
            place: place.clone(),
            problem: problem.to_owned(),
            advice: advice.to_owned(),
        };
        match error {
            SftpError::SftpError(SftpErrorKind::NoSuchFile, _) => refused(
                "it is not there",
                "check `path` in [pull], or ask the agency where the exports are",
            ),
            SftpError::SftpError(SftpErrorKind::PermDenied, _) => {
                refused("this user may not read it", "ask the agency to allow it")
            }
            _ => {
                let words = said(&mut connection.stderr).await;
                let problem = if words.is_empty() { error.to_string() } else { words };
                self.interrupted(&place, &format!("the connection broke off: {problem}"))
            }
        }
    }

    /// ssh's words, where they say that another attempt is of no use.
    fn refusal(&self, words: &str) -> Option<PullError> {
        let advice = [
            (
                "Host key verification failed",
                "compare the server's key with what the agency says, then put it into the file of `known_hosts`",
            ),
            (
                "Permission denied",
                "check `user` and `key` in [pull] (or the agent), and that the agency knows the public key",
            ),
            (
                "subsystem request failed",
                "ask the agency whether the server offers SFTP",
            ),
        ];
        let (_, advice) = advice.into_iter().find(|(part, _)| words.contains(part))?;
        Some(PullError::Refused {
            place: self.place(),
            problem: words.to_owned(),
            advice: advice.to_owned(),
        })
    }
}

impl Connector for Sftp<'_> {
    fn list(&self) -> Result<Vec<Offer>, PullError> {
        self.connected(async |connection| self.listed(connection).await)
    }

    fn fetch(&self, offer: &Offer, known: Option<&Version>, download: &mut Download) -> Result<Fetched, PullError> {
        self.connected(async |connection| self.fetched(connection, offer, known, download).await)
    }
}

/// What can go wrong while a connection is used.
enum SftpFault {
    Own(PullError),
    Server { path: PathBuf, error: SftpError },
    Silent,
}

impl SftpFault {
    fn server(path: &Path, error: SftpError) -> SftpFault {
        SftpFault::Server {
            path: path.to_owned(),
            error,
        }
    }
}

impl From<PullError> for SftpFault {
    fn from(error: PullError) -> SftpFault {
        SftpFault::Own(error)
    }
}

fn version(found: &MetaData) -> Version {
    let modified = found.modified().map(|time| time.as_system_time());
    Version {
        etag: None,
        modified: modified
            .and_then(|time| Timestamp::try_from(time).ok())
            .map(|time| time.to_string()),
        size: found.len(),
    }
}

/// The path after the host in an address; `~` stands for the user's home.
fn absolute(path: &Path) -> String {
    let text = path.display().to_string();
    match text.strip_prefix("./") {
        Some(rest) => format!("/~/{rest}"),
        None if text.starts_with('/') => text,
        None => format!("/~/{text}"),
    }
}

/// What ssh has written to its standard error until it ended, in one line. It ends when its input does.
async fn said(stderr: &mut ChildStderr) -> String {
    let mut text = Vec::new();
    let mut buffer = [0; 512];
    while text.len() < MOST_WORDS {
        let mut piece = tokio::io::ReadBuf::new(&mut buffer);
        let read = std::future::poll_fn(|context| Pin::new(&mut *stderr).poll_read(context, &mut piece));
        match timeout(Duration::from_secs(2), read).await {
            Ok(Ok(())) if !piece.filled().is_empty() => text.extend_from_slice(piece.filled()),
            _ => break,
        }
    }
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().map(|line| line.trim_matches(['@', ' ', '\r'])).collect();
    lines
        .into_iter()
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
