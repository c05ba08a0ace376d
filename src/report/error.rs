//! Why an edition could not be made: each error names the report item that is wrong and what would be right.

use std::path::PathBuf;

/// A fault of the report definition, of the narrative, of a table's shape, or of the folder that is written to.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    #[error("section `{section}` shows `{item}`; expected `table:<name>`, `chart:<name>` or `measures`")]
    ShowForm { section: String, item: String },
    #[error("section `{section}` shows {kind} `{name}`, which this report does not have{hint}")]
    ShowUnknown {
        section: String,
        kind: &'static str,
        name: String,
        hint: String,
    },
    #[error(
        "`{item}` is shown twice, the second time in section `{section}`; show it once, or make another under a new name"
    )]
    ShownTwice { section: String, item: String },
    #[error("table `{table}` shows the {what} `{name}`, which is not documented{hint}")]
    MeasureUnknown {
        table: String,
        what: &'static str,
        name: String,
        hint: String,
    },
    #[error("there are two {kind}s called `{name}`; names are file names and have to differ")]
    NameTwice { kind: &'static str, name: String },
    #[error("{kind} `{name}`: a name is a file name; use small letters, digits, `_` and `-` only")]
    NameForm { kind: &'static str, name: String },
    #[error("table `{table}`, row {row}: {found} {what}, expected {expected}")]
    TableShape {
        table: String,
        row: usize,
        what: &'static str,
        found: usize,
        expected: usize,
    },
    #[error(
        "table `{table}`, row `{row}`, column `{column}`: the number is {value}; a cell without a number needs its reason instead"
    )]
    NotANumber {
        table: String,
        row: String,
        column: String,
        value: f64,
    },
    #[error("chart `{chart}` draws table `{table}`, which this report does not have{hint}")]
    ChartTable { chart: String, table: String, hint: String },
    #[error("chart `{chart}`: table `{table}` has no {what} `{name}`{hint}")]
    ChartPart {
        chart: String,
        table: String,
        what: &'static str,
        name: String,
        hint: String,
    },
    #[error(
        "chart `{chart}`: `{key}` is for {}, and this chart is of the kind `{kind}`; take the key out",
        kinds.join(" and ")
    )]
    ChartKey {
        chart: String,
        key: &'static str,
        kind: &'static str,
        kinds: Vec<&'static str>,
    },
    #[error(
        "chart `{chart}` draws {found} {what}, expected {expected}; name them under `columns`, \
         or keep fewer in the table (`pivot.top`)"
    )]
    ChartColumns {
        chart: String,
        what: &'static str,
        found: usize,
        expected: String,
    },
    #[error(
        "chart `{chart}` draws the columns `{first}` and `{second}`, which differ in their unit, \
         on one axis; name columns of one unit under `columns`"
    )]
    ChartUnits {
        chart: String,
        first: String,
        second: String,
    },
    #[error(
        "chart `{chart}` emphasises {found} lines, and {most} at most can be told apart; name fewer under `emphasis`"
    )]
    ChartEmphasis { chart: String, found: usize, most: usize },
    #[error(
        "chart `{chart}`: the quantiles of `{row}` are {numbers:?} and do not rise; \
         name the lower quantile, the median and the upper quantile under `columns`, in this order"
    )]
    ChartQuantiles {
        chart: String,
        row: String,
        numbers: Vec<f64>,
    },
    #[error("chart `{chart}`: column `{column}` is {value} at `{row}`; charts start at 0 and can't show it")]
    ChartNegative {
        chart: String,
        column: String,
        row: String,
        value: f64,
    },
    #[error("chart `{chart}` could not be drawn: {reason}")]
    ChartDrawing { chart: String, reason: String },
    #[error("the narrative `{template}` can't be read: {reason}")]
    NarrativeSyntax { template: String, reason: String },
    #[error("the narrative `{template}`, block `{block}`, line {line}: {reason}")]
    NarrativeBlock {
        template: String,
        block: String,
        line: usize,
        reason: String,
    },
    #[error("the page template `{template}`: {reason}")]
    PageTemplate { template: String, reason: String },
    #[error(
        "report.pdf: the font has no letter `{letter}` (U+{:04X}) for the text `{text}`; write the label or text in Latin, Greek or Cyrillic letters where it comes from",
        u32::from(*letter)
    )]
    NoLetter { text: String, letter: char },
    #[error("report.pdf could not be set by the template `{template}`: {reason}")]
    Pdf { template: String, reason: String },
    #[error("the workbook could not be written at table `{table}`")]
    Workbook {
        table: String,
        #[source]
        source: rust_xlsxwriter::XlsxError,
    },
    #[error("{what} could not be written as text")]
    Encoding {
        what: String,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("{action} `{}`", path.display())]
    Folder {
        action: &'static str,
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}
