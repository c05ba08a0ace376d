//! The layers are promises: a module uses only what stands below it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Each module with those that it may use beside itself.
const MAY_USE: [(&str, &[&str]); 14] = [
    ("domain", &[]),
    ("disk", &[]),
    ("pull", &["domain"]),
    ("vault", &["domain", "disk"]),
    ("project", &["domain"]),
    ("lake", &["domain"]),
    ("engine", &["domain", "lake"]),
    ("normalise", &["domain", "lake"]),
    ("measures", &["domain", "disk", "engine"]),
    ("tables", &["domain"]),
    ("report", &["domain"]),
    ("generate", &["domain"]),
    // It reads workbooks, records and values as `normalise` does, so it stands above it.
    ("inspect", &["domain", "normalise"]),
    (
        "cli",
        &[
            "domain",
            "project",
            "lake",
            "engine",
            "normalise",
            "measures",
            "tables",
            "report",
            "generate",
            "inspect",
            "disk",
            "pull",
            "vault",
        ],
    ),
];

fn source_files(folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            source_files(&path, files);
        } else {
            files.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
}

/// The first names after `crate::` in the text.
fn used(text: &str) -> BTreeSet<&str> {
    let names = text
        .match_indices("crate::")
        .map(|(at, found)| &text[at + found.len()..]);
    names
        .map(|rest| {
            rest.split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
                .unwrap_or_default()
        })
        .collect()
}

#[test]
fn no_module_uses_one_that_stands_beside_or_above_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (module, allowed) in MAY_USE {
        let mut files = Vec::new();
        source_files(&root.join(module), &mut files);
        assert!(!files.is_empty(), "{module} has no files");
        for (path, text) in files {
            for name in used(&text) {
                assert!(
                    name == module || allowed.contains(&name),
                    "{path} uses crate::{name}, which {module} must not"
                );
            }
        }
    }
}

#[test]
fn every_module_of_the_library_has_its_layer() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let folders: BTreeSet<String> = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    let layered: BTreeSet<String> = MAY_USE.iter().map(|(module, _)| (*module).to_owned()).collect();
    assert_eq!(folders, layered);
}
