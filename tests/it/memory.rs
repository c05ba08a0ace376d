//! A receiver of pulls that remembers, for the tests of connectors.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rogatory::domain::pull::PullDefinition;
use rogatory::pull::{Arrived, Known, Period, PullContext, PullReport, Version, pull};

/// What no message may hold.
pub const SECRET: &str = "s3cr3t-t0ken";

/// An export that has been fetched.
pub struct Remembered {
    pub name: String,
    pub notes: BTreeMap<String, String>,
    pub bytes: Vec<u8>,
}

/// What has been fetched.
#[derive(Default)]
pub struct Memory {
    versions: RefCell<BTreeMap<String, Version>>,
    pub exports: RefCell<Vec<Remembered>>,
}

impl Known for Memory {
    fn version(&self, origin: &str) -> Option<Version> {
        self.versions.borrow().get(origin).cloned()
    }
}

impl Memory {
    /// Pulls by the TOML of `[pull]`, into a project folder; every message is searched for the secret.
    pub fn pulls(&self, project: &Path, definition: &str) -> PullReport {
        let definition = PullDefinition::read(toml::from_str(definition).unwrap()).unwrap();
        let scratch = project.join("scratch");
        fs::create_dir_all(&scratch).unwrap();
        let context = PullContext {
            project,
            scratch: &scratch,
            period: Period {
                from: "2025-01-01".parse().unwrap(),
                to: "2025-12-31".parse().unwrap(),
            },
        };
        let mut receive = |arrived: Arrived| {
            let bytes = fs::read(arrived.file.path()).unwrap();
            self.versions.borrow_mut().insert(arrived.offer.origin, arrived.version);
            self.exports.borrow_mut().push(Remembered {
                name: arrived.offer.name,
                notes: arrived.notes,
                bytes,
            });
            Ok(())
        };
        let report = pull(&definition, &context, self, &mut receive).unwrap_or_else(|error| PullReport {
            failed: vec![(String::new(), error.to_string())],
            ..PullReport::default()
        });
        assert!(!format!("{report:?}").contains(SECRET), "{report:?}");
        let left = fs::read_dir(&scratch).unwrap().count();
        assert_eq!(left, 0, "nothing stays in the scratch folder");
        report
    }

    /// The bytes that came last.
    pub fn last_body(&self) -> Vec<u8> {
        self.exports.borrow().last().unwrap().bytes.clone()
    }
}
