//! Events to a command: one event on its standard input, and exit code 0 when it has it.

use std::io;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::{BoxFuture, Either, select};
use thought_industries::Clock;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::{Consumer, Taken, line};
use crate::event::KeptEvent;

/// How long the command may take for an event.
const LONGEST: Duration = Duration::from_secs(60);

/// Runs a command for each event, which gets it on its standard input as one line of JSON. Exit code 0: it has the event. Any
/// other: it is tried again. A command that runs for longer than 60 seconds is ended.
pub struct CommandConsumer {
    command: Box<dyn Fn() -> Command + Send + Sync>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for CommandConsumer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CommandConsumer(…)")
    }
}

impl CommandConsumer {
    /// Runs what the function makes. Keep keys from its environment: a command needs the event only.
    pub fn new(clock: Arc<dyn Clock>, command: impl Fn() -> Command + Send + Sync + 'static) -> Self {
        Self { command: Box::new(command), clock }
    }

    async fn run(&self, event: &KeptEvent) -> io::Result<Taken> {
        let mut command = (self.command)();
        command.stdin(Stdio::piped()).kill_on_drop(true);
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => return Ok(Taken::Unavailable(format!("the command cannot be started: {error}"))),
        };
        let input = child.stdin.take();
        let running = Box::pin(async move {
            if let Some(mut input) = input {
                // A command that does not read its input may have no need for it: its exit code counts.
                _ = input.write_all(&line(event)).await;
            }
            child.wait().await
        });
        Ok(match select(running, self.clock.sleep(LONGEST)).await {
            Either::Left((status, _)) => match status?.code() {
                Some(0) => Taken::Done { note: None },
                // What shells return for a command that is missing or no program.
                Some(code @ (126 | 127)) => Taken::Unavailable(format!("the command cannot be run: exit code {code}")),
                Some(code) => Taken::Failed(format!("the command ended with exit code {code}")),
                None => Taken::Failed("the command was ended by a signal".to_owned()),
            },
            Either::Right(_) => {
                Taken::Failed(format!("the command was still running after {} seconds", LONGEST.as_secs()))
            }
        })
    }
}

impl Consumer for CommandConsumer {
    fn take<'c>(&'c mut self, events: &'c [KeptEvent]) -> BoxFuture<'c, Taken> {
        async move {
            for event in events {
                match self.run(event).await {
                    Ok(Taken::Done { .. }) => {}
                    Ok(other) => return other,
                    Err(error) => return Taken::Failed(format!("the command could not be waited for: {error}")),
                }
            }
            Taken::Done { note: None }
        }
        .boxed()
    }
}
