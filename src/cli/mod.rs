//! The command line: what was typed becomes calls of the stages, and their results become text and an exit code.
//!
//! One module per subcommand. Only here are the terminal, the environment and the process's end touched.

mod arguments;
mod check;
mod ending;
mod generate;
mod init;
mod inspect;
mod measure;
mod normalise;
mod printer;
mod pull;
mod query;
mod rebuild;
mod recording;
mod report;
mod run;
mod session;
mod status;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use arguments::{Arguments, Command, GlobalArguments, LogForm};
use ending::{CommandError, Ending};
use printer::Printer;

/// Runs the command that was typed; the exit code is 0 done, 1 done with faults, 2 wrong input, 3 environment or defect.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let form = arguments.global.log;
    if form == LogForm::Json {
        let layer = tracing_subscriber::fmt::layer().json().with_writer(std::io::stderr);
        tracing_subscriber::registry()
            .with(layer.with_filter(events_of_ours()))
            .init();
    }
    let printer = Printer::new(form);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        dispatch(&arguments.global, &arguments.command, &printer)
    }));
    match outcome {
        Ok(Ok(ending)) => ending.into(),
        Ok(Err(error)) => {
            printer.error(&error);
            error.exit_code()
        }
        // The panic has been printed; it is a defect of the program.
        Err(_) => ExitCode::from(3),
    }
}

/// Events of this program from level info up; libraries stay silent.
fn events_of_ours() -> Targets {
    Targets::new().with_target("rogatory", tracing::Level::INFO)
}

fn dispatch(global: &GlobalArguments, command: &Command, printer: &Printer) -> Result<Ending, CommandError> {
    match command {
        Command::Init(init) => init::run(init, printer),
        Command::Run => run::run(global, printer),
        Command::Pull(pull) => pull::run(global, pull, printer),
        Command::Normalise => normalise::run(global, printer),
        Command::Measure => measure::run(global, printer),
        Command::Report(report) => report::run(global, report, printer),
        Command::Query(query) => query::run(global, query, printer),
        Command::Check(check) => check::run(global, check, printer),
        Command::Status(status) => status::run(global, status, printer),
        Command::Rebuild => rebuild::run(global, printer),
        Command::Inspect(inspect) => inspect::run(global, inspect, printer),
        Command::Generate(generate) => generate::run(global, generate, printer),
        Command::Completions { shell } => completions(*shell, printer),
    }
}

fn completions(shell: clap_complete::Shell, printer: &Printer) -> Result<Ending, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "rogatory", &mut script);
    printer.data(&script).map_err(|source| CommandError::Io {
        action: "write the completions".to_owned(),
        source,
    })?;
    Ok(Ending::Done)
}
