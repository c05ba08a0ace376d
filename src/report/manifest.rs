//! The manifest: what an edition was made from, and the SHA-256 of each of its files.
//!
//! Input: the cover, where the figures came from, and the rendered files. Output: `manifest.json`, in which nothing depends on when or where
//! it was written: two editions with equal manifests (but for their number) say the same.

use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::domain::digest::hexadecimal;

use super::Provenance;
use super::document::Cover;
use super::error::ReportError;

/// The name of the manifest inside an edition.
pub const MANIFEST: &str = "manifest.json";

/// The files of an edition by their path inside it.
pub type Files = BTreeMap<String, Vec<u8>>;

#[derive(Serialize)]
struct Manifest<'a> {
    report: &'a str,
    title: &'a str,
    state: &'a str,
    period: &'a str,
    as_of: String,
    edition: u32,
    marking: &'a str,
    language: &'a str,
    program: Program<'a>,
    lake: &'a BTreeMap<String, u64>,
    exports: &'a BTreeMap<String, Vec<String>>,
    settings: &'a BTreeMap<String, String>,
    files: Vec<FileEntry<'a>>,
}

#[derive(Serialize)]
struct Program<'a> {
    name: &'a str,
    version: &'a str,
}

#[derive(Serialize)]
struct FileEntry<'a> {
    path: &'a str,
    bytes: usize,
    sha256: String,
}

/// The manifest of `files`.
pub fn manifest(report: &str, cover: &Cover, provenance: &Provenance, files: &Files) -> Result<Vec<u8>, ReportError> {
    let entries = files.iter().map(|(path, bytes)| FileEntry {
        path,
        bytes: bytes.len(),
        sha256: sha256(bytes),
    });
    let manifest = Manifest {
        report,
        title: &cover.title,
        state: &cover.state,
        period: &cover.period,
        as_of: cover.as_of.to_string(),
        edition: cover.edition,
        marking: cover.marking.name(),
        language: &cover.language,
        program: Program {
            name: "rogatory",
            version: &provenance.program_version,
        },
        lake: &provenance.lake_versions,
        exports: &provenance.exports,
        settings: &provenance.settings,
        files: entries.collect(),
    };
    json(MANIFEST, &manifest)
}

/// A value as indented JSON with a final line break.
pub fn json(what: &str, value: &impl Serialize) -> Result<Vec<u8>, ReportError> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|source| ReportError::Encoding {
        what: format!("`{what}`"),
        source: source.into(),
    })?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// The SHA-256 of `bytes`, in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}
