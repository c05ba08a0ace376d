//! The one gate to the terminal: data to standard output, everything else to standard error, progress bars only where someone looks.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use miette::{GraphicalReportHandler, GraphicalTheme, MietteDiagnostic};

use crate::cli::arguments::LogForm;
use crate::normalise::{Outcome, Progress, SourceReport};

/// Prints for one command.
pub struct Printer {
    form: LogForm,
    bar: ProgressBar,
}

impl Printer {
    /// A printer for messages of this form.
    pub fn new(form: LogForm) -> Self {
        let shown = form == LogForm::Text && std::io::stderr().is_terminal();
        let bar = if shown {
            ProgressBar::new_spinner()
        } else {
            ProgressBar::hidden()
        };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Printer { form, bar }
    }

    /// Writes data to standard output; a reader that has gone away ends the output, not the command.
    pub fn data(&self, bytes: &[u8]) -> std::io::Result<()> {
        let mut output = std::io::stdout().lock();
        match output.write_all(bytes).and_then(|()| output.flush()) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            written => written,
        }
    }

    /// Standard output, for data that are written as they come.
    pub fn stream(&self) -> impl Write {
        std::io::BufWriter::with_capacity(1 << 16, std::io::stdout().lock())
    }

    /// A message for people, on standard error; JSON logs have events instead.
    pub fn say(&self, message: &str) {
        if self.form == LogForm::Text {
            self.bar.suspend(|| write_error(message));
        }
    }

    /// What is being done.
    pub fn doing(&self, what: &str) {
        self.bar.set_message(what.to_owned());
    }

    /// An error with its causes, in whichever form.
    pub fn error(&self, error: &dyn std::error::Error) {
        let causes = further_causes(error);
        match self.form {
            LogForm::Text => {
                let diagnostic = MietteDiagnostic::new(error.to_string());
                let help = (!causes.is_empty()).then(|| format!("because {}", causes.join(", because ")));
                let diagnostic = MietteDiagnostic { help, ..diagnostic };
                self.bar.suspend(|| write_error(&rendered(&diagnostic)));
            }
            LogForm::Json => tracing::error!(error = error.to_string(), causes = causes.join("; "), "failed"),
        }
    }
}

/// The causes that the message does not tell itself.
fn further_causes(error: &dyn std::error::Error) -> Vec<String> {
    let mut told = error.to_string();
    let mut causes = Vec::new();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !told.contains(&text) {
            told.push_str(&text);
            causes.push(text);
        }
        source = cause.source();
    }
    causes
}

/// The diagnostic as text: in colour on a terminal, long lines left whole so that they can be searched.
fn rendered(diagnostic: &MietteDiagnostic) -> String {
    let theme = if std::io::stderr().is_terminal() {
        GraphicalTheme::unicode()
    } else {
        GraphicalTheme::unicode_nocolor()
    };
    let mut text = String::new();
    let handler = GraphicalReportHandler::new_themed(theme).with_wrap_lines(false);
    match handler.render_report(&mut text, diagnostic) {
        Ok(()) => text.trim_end().to_owned(),
        Err(std::fmt::Error) => diagnostic.message.clone(),
    }
}

impl Drop for Printer {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Nothing can be done when standard error itself is gone.
fn write_error(message: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{message}");
}

impl Progress for Printer {
    fn source_begins(&self, source: &str) {
        self.doing(&format!("reading {source}"));
    }

    fn source_ends(&self, report: &SourceReport) {
        let sum = |count: fn(&crate::lake::ExportRow) -> i64| report.exports.iter().map(count).sum::<i64>();
        tracing::info!(
            source = report.source,
            outcome = outcome_word(report.outcome),
            rows_read = sum(|export| export.rows_read),
            accepted = sum(|export| export.accepted),
            quarantined = sum(|export| export.quarantined),
            superseded = sum(|export| export.superseded),
            refusals = report.refusals.len(),
            "source normalised"
        );
    }
}

/// The outcome as one word.
pub fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Unchanged => "unchanged",
        Outcome::Read => "read",
        Outcome::Refused => "refused",
    }
}

/// Lines of columns, aligned: the first to the left, the others to the right.
pub fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().enumerate().map(|(column, cell)| match column {
            0 => format!("{cell:<width$}", width = widths[0]),
            _ => format!("{cell:>width$}", width = widths[column]),
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}
