//! Confirmation before a write.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use crate::failure::Failure;

/// Asks for confirmation on a terminal, and requires `--yes` elsewhere.
pub(crate) fn confirm(question: &str, yes: bool) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    let refuse = |reason: &str| Failure::new(reason, "nothing was written; use --yes to skip the confirmation");
    if !std::io::stdin().is_terminal() {
        return Err(refuse("standard input is not a terminal"));
    }
    // Standard output is for data, and may be a pipe.
    eprint!("{question} [y/N] ");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(refuse("not confirmed")),
    }
}
