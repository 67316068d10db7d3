//! Confirmation before a write.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use tokio::sync::oneshot;

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
    print(question)?;
    if read()? { Ok(()) } else { Err(refuse("not confirmed")) }
}

/// Asks in the middle of a run, which can be interrupted meanwhile. `None` without a terminal.
pub(crate) async fn ask(question: &str) -> Result<Option<bool>, Failure> {
    if !std::io::stdin().is_terminal() {
        return Ok(None);
    }
    print(question)?;
    let (send, answer) = oneshot::channel();
    // A thread of its own, since the process does not wait for it at its end, as it would for one of the runtime.
    std::thread::spawn(move || send.send(read()));
    Ok(Some(answer.await.is_ok_and(|answer| answer.unwrap_or(false))))
}

fn print(question: &str) -> std::io::Result<()> {
    // Standard output is for data, and may be a pipe.
    eprint!("{question} [y/N] ");
    std::io::stderr().flush()
}

/// Whether the answer is yes.
fn read() -> std::io::Result<bool> {
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
