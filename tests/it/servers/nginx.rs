//! nginx (Debian: nginx-light).

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::{Process, available, free_port, is_root};

const PROGRAM: &str = "/usr/sbin/nginx";

/// A server of files.
pub struct Nginx {
    pub port: u16,
    folder: TempDir,
    _process: Process,
}

impl Nginx {
    pub fn available() -> bool {
        available(PROGRAM, "nginx-light")
    }

    /// Serves a folder; `directives` stand in the block `server`, where `{folder}` is a folder for further files.
    pub fn start(folder: TempDir, listen: &str, directives: &str) -> Nginx {
        let port = free_port();
        let path = folder.path().display().to_string();
        fs::create_dir_all(folder.path().join("files")).unwrap();
        let configuration = format!(
            "daemon off; worker_processes 1; pid {path}/pid; error_log {path}/error.log;\n\
             events {{ }}\n\
             http {{ access_log off; client_body_temp_path {path}/b; proxy_temp_path {path}/p; fastcgi_temp_path {path}/f;\n\
             uwsgi_temp_path {path}/u; scgi_temp_path {path}/s;\n\
             server {{ listen 127.0.0.1:{port} {listen}; root {path}/files;\n{} }} }}\n",
            directives.replace("{folder}", &path)
        );
        // Workers run as another user than root, and must reach the files.
        let user = if is_root() { "user root;\n" } else { "" };
        let file = folder.path().join("nginx.conf");
        fs::write(&file, format!("{user}{configuration}")).unwrap();
        let process = Process::start(Command::new(PROGRAM).arg("-c").arg(&file), port);
        Nginx {
            port,
            folder,
            _process: process,
        }
    }

    /// Puts a file to be served.
    pub fn puts(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path().join("files").join(name), bytes).unwrap();
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}
