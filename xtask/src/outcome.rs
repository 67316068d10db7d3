//! The outcome of a task.

use std::fmt;
use std::process::ExitCode;

/// Why a task failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The task ran, and found problems.
    Found(Vec<String>),
    /// The task could not run.
    CouldNotRun(String),
}

impl Failure {
    /// A failure to run, reported with all its causes.
    pub(crate) fn could_not_run(error: &dyn std::error::Error) -> Self {
        let causes: Vec<String> =
            std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect();
        Self::CouldNotRun(causes.join(": "))
    }

    /// Findings, each as it formats itself.
    pub(crate) fn found<T: fmt::Display>(problems: &[T]) -> Self {
        Self::Found(problems.iter().map(ToString::to_string).collect())
    }
}

pub(crate) type Done = Result<(), Failure>;

/// Reports the outcome of the task on standard error, and returns exit code 0, 1 or 2.
pub(crate) fn exit_code(done: Done) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Found(problems)) => {
            for problem in &problems {
                eprintln!("{problem}");
            }
            ExitCode::from(1)
        }
        Err(Failure::CouldNotRun(reason)) => {
            eprintln!("error: {reason}");
            ExitCode::from(2)
        }
    }
}
