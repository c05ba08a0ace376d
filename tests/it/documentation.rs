//! The documentation says what the program does: fields, reasons and codelists are held against the code.

use std::fs;
use std::path::Path;

use rogatory::domain::dataset::{DATA_SETS, FieldKind};
use rogatory::normalise::REASONS;

fn document(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

#[test]
fn every_field_stands_in_the_documentation_with_its_codelist_and_meaning() {
    let text = document("docs/source-definitions.md");
    for data_set in DATA_SETS {
        let (_, section) = text.split_once(&format!("### `{}`", data_set.name())).unwrap();
        let section = section.split("\n##").next().unwrap();
        for field in data_set.fields() {
            let line = section
                .lines()
                .find(|line| line.starts_with(&format!("| `{}` |", field.name)));
            let line = line.unwrap_or_else(|| panic!("{}.{} is not documented", data_set.name(), field.name));
            assert!(line.contains(field.meaning), "{line}");
            if let FieldKind::Code(codelist) | FieldKind::CodeList(codelist) = field.kind {
                assert!(line.contains(&format!("`{codelist}.csv`")), "{line}");
            }
        }
    }
}

#[test]
fn every_reason_stands_in_the_documentation_with_its_meaning() {
    let text = document("docs/source-definitions.md");
    for reason in REASONS {
        assert!(
            text.contains(&format!("| `{}` | {} |", reason.code(), reason.meaning())),
            "{}",
            reason.code()
        );
    }
}

#[test]
fn every_codelist_of_a_field_is_shipped() {
    for data_set in DATA_SETS {
        for field in data_set.fields() {
            if let FieldKind::Code(codelist) | FieldKind::CodeList(codelist) = field.kind {
                let path = Path::new(env!("CARGO_MANIFEST_DIR"))
                    .join("codelists")
                    .join(format!("{codelist}.csv"));
                assert!(path.is_file(), "{}", path.display());
            }
        }
    }
}

#[test]
fn every_reason_has_its_label() {
    let text = document("codelists/quarantine_reasons.csv");
    let codes: Vec<&str> = text.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    assert_eq!(codes, REASONS.map(|reason| reason.code()));
}
