//! How a command ended, and the exit code that says so.

use std::process::ExitCode;

use crate::engine::EngineError;
use crate::generate::GenerateError;
use crate::inspect::InspectError;
use crate::lake::LakeError;
use crate::measures::MeasuresError;
use crate::normalise::{CorrectionError, NormaliseError};
use crate::project::ProjectError;
use crate::pull::PullError;
use crate::report::ReportError;
use crate::tables::TablesError;
use crate::vault::VaultError;

/// How a command that did its work ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Exit code 0.
    Done,
    /// Exit code 1: done, but a source was refused, a check failed or too many rows were quarantined.
    DoneWithFaults,
}

impl Ending {
    /// Faults anywhere are faults of the whole.
    pub fn and(self, other: Ending) -> Ending {
        if self == Ending::Done { other } else { self }
    }
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> ExitCode {
        match ending {
            Ending::Done => ExitCode::SUCCESS,
            Ending::DoneWithFaults => ExitCode::from(1),
        }
    }
}

/// Why a command made nothing.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error(transparent)]
    Project(#[from] ProjectError),
    #[error("corrections.toml: {0}")]
    Correction(#[from] CorrectionError),
    #[error(transparent)]
    Normalise(#[from] NormaliseError),
    #[error(transparent)]
    Pull(#[from] PullError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Lake(#[from] LakeError),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(transparent)]
    Measures(#[from] MeasuresError),
    #[error(transparent)]
    Tables(#[from] TablesError),
    #[error(transparent)]
    Report(#[from] ReportError),
    #[error(transparent)]
    Generate(#[from] GenerateError),
    #[error(transparent)]
    Inspect(#[from] InspectError),
    /// Something typed, or in the project's files, that can't be used.
    #[error("{message}")]
    Input { message: String },
    /// The machine refused.
    #[error("{action}: {source}")]
    Io { action: String, source: std::io::Error },
}

impl CommandError {
    /// 2: wrong arguments, configuration or input; 3: the environment, or a defect of the program.
    pub fn exit_code(&self) -> ExitCode {
        let defect = matches!(
            self,
            CommandError::Normalise(NormaliseError::Arrow(_) | NormaliseError::Unbalanced { .. })
        );
        let locked = matches!(
            self,
            CommandError::Lake(LakeError::Locked { .. })
                | CommandError::Vault(VaultError::Locked { .. } | VaultError::Ledger { .. })
                | CommandError::Normalise(NormaliseError::Lake(LakeError::Locked { .. }))
        );
        ExitCode::from(if defect || locked || self.is_of_the_machine() {
            3
        } else {
            2
        })
    }

    /// Whether an operation of the machine failed somewhere below.
    fn is_of_the_machine(&self) -> bool {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(self);
        while let Some(error) = cause {
            // A text that is not UTF-8 is wrong input, which the system reports in the same type.
            if let Some(error) = error.downcast_ref::<std::io::Error>() {
                return error.kind() != std::io::ErrorKind::InvalidData;
            }
            cause = error.source();
        }
        false
    }
}
