//! Rebuilds when a default codelist, query or report is added or removed; their contents are tracked by the compiler itself.

fn main() {
    for folder in ["codelists", "queries", "reports", "templates"] {
        println!("cargo::rerun-if-changed={folder}");
    }
}
