//! What gets the events of `ti listen`.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use thought_industries::TokioClock;
use thought_industries_events::{CommandConsumer, FileConsumer, ForwardConsumer, Inbox};

use crate::failure::Failure;
use crate::saved::remove_keys;

pub(super) fn file(path: &Path, inbox: &Arc<Inbox>) -> Result<FileConsumer, Failure> {
    Ok(FileConsumer::open(path, Arc::clone(inbox))?)
}

pub(super) fn command(text: &str, secrets: Vec<String>) -> CommandConsumer {
    let text = text.to_owned();
    CommandConsumer::new(Arc::new(TokioClock::default()), move || {
        let mut command = Command::new(if cfg!(windows) { "cmd" } else { "sh" });
        command.args([if cfg!(windows) { "/C" } else { "-c" }, &text]);
        // A command that needs the tenant names its key itself.
        remove_keys(&mut command);
        for name in &secrets {
            command.env_remove(name);
        }
        command.into()
    })
}

pub(super) fn forward(url: &str, secret: &str) -> Result<ForwardConsumer, Failure> {
    let consumer = ForwardConsumer::new(url, secret, Arc::new(TokioClock::default()));
    consumer.map_err(|error| Failure::new(error.to_string(), "nothing was received; correct --forward or its secret"))
}
