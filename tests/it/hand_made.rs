//! A report definition, a narrative and tables written by hand, and editions made from them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use rogatory::domain::measure::{Measure, MeasureDefinition};
use rogatory::domain::report::{ReportDefinition, TableDefinition};
use rogatory::domain::table::{Cell, Column, Missing, Row, RowKind, Table, Unit, Value};
use rogatory::report::{Edition, EditionContext, Provenance, ReportError, TemplateSource, Templates, publish};

pub const DEFINITION: &str = r#"
title.en = "Annual <report> & \"figures\""

[[section]]
name = "flows"
title.en = "Flows"
show = ["chart:flows_per_year", "table:flows"]

[[section]]
name = "states"
title.en = "States"
show = ["chart:states", "table:states", "chart:days"]

[[chart]]
name = "flows_per_year"
kind = "flows"
title.en = "Requests per year"
table = "flows"
where = { direction = "incoming" }
columns = ["entered"]
line = ["pending_end"]
axis.en = "Number of registrations"

[[chart]]
name = "states"
kind = "bars"
title.en = "States"
table = "states"
columns = ["entered"]
axis.en = "Number of registrations"

[[chart]]
name = "days"
kind = "heatmap"
title.en = "Median days"
table = "days"
axis.en = "Days"
few = 5
"#;

pub const NARRATIVE: &str = r#"
{% block flows %}
In {{ year }} there {{ agrees("flows", ["incoming", year], "entered", "was", "were") }}
{{ counted("flows", ["incoming", year], "entered", "request", "requests") }},
{{ compared("flows", ["incoming", year], ["incoming", previous_year], "entered") }}.

The rate was {{ number("flows", ["incoming", year], "rate") }}%.
{% endblock %}
{% block states %}
{{ top("states", "entered", 2) | listed }}; {{ see("table:flows") }} and {{ see("chart:days") }} have more.
{% endblock %}
"#;

/// Texts that try to act as markup, as formulas, or to leave their place.
pub const HOSTILE: [&str; 7] = [
    "<script>alert(1)</script>",
    "=HYPERLINK(\"http://example.org\";\"x\")",
    "]]></svg><b>",
    "\"quoted\" & 'single'",
    "@SUM(1+1)",
    "+40 21 <img src=x onerror=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
];

fn definition(text: &str) -> ReportDefinition {
    toml::from_str(text).expect("the definition of a test is valid")
}

/// A file of the repository.
pub fn shipped(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("the file is part of the repository")
}

/// A measure with its shipped documentation; its query is never run here.
pub fn measure(name: &str) -> Measure {
    let text = shipped(&format!("queries/measures/{name}.toml"));
    Measure {
        name: name.to_owned(),
        sql: String::new(),
        definition: MeasureDefinition::parse(name, &text).expect("the shipped documentation is sound"),
    }
}

pub fn column(name: &str, unit: Unit, decimals: u8) -> Column {
    Column {
        name: name.to_owned(),
        label: format!("The {name}"),
        unit,
        decimals,
    }
}

pub fn number(number: f64) -> Cell {
    Cell {
        value: Value::Number(number),
        n: None,
        status: "A".to_owned(),
    }
}

pub fn missing(reason: Missing) -> Cell {
    Cell {
        value: Value::Missing(reason),
        n: None,
        status: "M".to_owned(),
    }
}

pub fn row(kind: RowKind, keys: &[&str], labels: &[&str], cells: Vec<Cell>) -> Row {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    Row {
        kind,
        keys: owned(keys),
        labels: owned(labels),
        cells,
    }
}

pub fn table(name: &str, dimensions: &[&str], columns: Vec<Column>, rows: Vec<Row>) -> Table {
    Table {
        name: name.to_owned(),
        title: format!("Title of {name}"),
        unit_note: "Unit: registrations".to_owned(),
        row_dimensions: dimensions.iter().map(|name| (*name).to_owned()).collect(),
        row_headings: dimensions.iter().map(|name| format!("Heading {name}")).collect(),
        columns,
        rows,
        notes: vec!["A note <b>in bold</b>".to_owned()],
    }
}

pub fn tables() -> Vec<Table> {
    let flows = [
        column("entered", Unit::Count, 0),
        column("pending_end", Unit::Count, 0),
        column("rate", Unit::Percent, 1),
    ];
    let incoming = |year: &str, entered: f64, pending: f64, rate: Cell| {
        let labels = ["Incoming", year];
        row(
            RowKind::Body,
            &["incoming", year],
            &labels,
            vec![number(entered), number(pending), rate],
        )
    };
    let total = row(
        RowKind::Total,
        &["_T", "2025"],
        &["Total", "2025"],
        vec![number(1234.0), number(7.0), missing(Missing::NotApplicable)],
    );
    let flows_rows = vec![
        incoming("2024", 2000.0, 12.0, missing(Missing::NotAvailable)),
        incoming("2025", 1234.0, 7.0, number(12.25)),
        total,
    ];
    let mut states: Vec<Row> = HOSTILE
        .iter()
        .enumerate()
        .map(|(index, text)| row(RowKind::Body, &[text], &[text], vec![number(100.0 - index as f64)]))
        .collect();
    states.push(row(RowKind::Other, &["_O"], &["Other"], vec![number(2.5)]));
    let few = Cell {
        n: Some(3),
        ..number(41.5)
    };
    let days_rows = vec![row(
        RowKind::Body,
        &["de"],
        &["Germany"],
        vec![few, missing(Missing::Nil)],
    )];
    vec![
        table("flows", &["direction", "period"], flows.to_vec(), flows_rows),
        table(
            "states",
            &["counterpart"],
            vec![column("entered", Unit::Count, 0)],
            states,
        ),
        table(
            "days",
            &["counterpart"],
            vec![column("service", Unit::Days, 1), column("hearing", Unit::Days, 1)],
            days_rows,
        ),
    ]
}

fn context() -> EditionContext {
    EditionContext {
        report: "annual".to_owned(),
        office: "Test office".to_owned(),
        state: "Romania".to_owned(),
        period: "2019–2025".to_owned(),
        as_of: jiff::civil::date(2025, 12, 31),
        language: "en".to_owned(),
        provenance: Provenance {
            program_version: "1.2.3".to_owned(),
            lake_versions: BTreeMap::from([("requests".to_owned(), 4)]),
            exports: BTreeMap::from([("ro-mj".to_owned(), vec!["ab12".to_owned()])]),
            settings: BTreeMap::from([("as_of".to_owned(), "2025-12-31".to_owned())]),
        },
    }
}

pub fn publish_with(
    definition_text: &str,
    narrative: &str,
    tables: &[Table],
    folder: &Path,
) -> Result<Edition, ReportError> {
    let pdf = shipped("reports/edition.typ");
    publish_by(definition_text, narrative, &pdf, tables, &[], folder)
}

/// As [`publish_with`], with a template of the PDF and measures of the test.
pub fn publish_by(
    definition_text: &str,
    narrative: &str,
    pdf: &str,
    tables: &[Table],
    measures: &[Measure],
    folder: &Path,
) -> Result<Edition, ReportError> {
    let page = shipped("reports/edition.html.j2");
    let template = |name, text| TemplateSource { name, text };
    let templates = Templates {
        narrative: template("annual.en.j2", narrative),
        page: template("edition.html.j2", &page),
        pdf: template("edition.typ", pdf),
    };
    publish(
        &definition(definition_text),
        templates,
        tables,
        measures,
        &context(),
        folder,
    )
}

pub fn edition(folder: &Path) -> Edition {
    publish_with(DEFINITION, NARRATIVE, &tables(), folder).expect("the edition of the tests can be made")
}

/// An edition of a shipped report in which no table has a row.
pub fn empty_edition(report: &str, folder: &Path) -> Edition {
    let definition_text = shipped(&format!("reports/{report}.toml"));
    let definition = definition(&definition_text);
    let empty = |definition: &TableDefinition| {
        let dimensions: Vec<&str> = definition.rows.iter().map(String::as_str).collect();
        let columns = definition.columns.iter().map(|name| column(name, Unit::Count, 0));
        table(&definition.name, &dimensions, columns.collect(), Vec::new())
    };
    let tables: Vec<Table> = definition.tables.iter().map(empty).collect();
    let names: BTreeSet<&str> = definition.tables.iter().map(|table| table.measure.as_str()).collect();
    let measures: Vec<Measure> = names.into_iter().map(measure).collect();
    publish_by(
        &definition_text,
        &shipped(&format!("reports/{report}.en.j2")),
        &shipped("reports/edition.typ"),
        &tables,
        &measures,
        folder,
    )
    .expect("an edition without data")
}

pub fn text(edition: &Edition, name: &str) -> String {
    fs::read_to_string(edition.path.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Every file of a folder with its bytes.
pub fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next)
            .expect("the folder is readable")
            .map(|entry| entry.expect("an entry").path())
        {
            if entry.is_dir() {
                folders.push(entry);
            } else {
                let name = entry
                    .strip_prefix(folder)
                    .expect("below the folder")
                    .to_string_lossy()
                    .into_owned();
                found.insert(name, fs::read(&entry).expect("the file is readable"));
            }
        }
    }
    found
}
