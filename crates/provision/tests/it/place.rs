//! A sandbox with its learners, and exports that are read with a configuration.

use std::io::Write as _;

use futures::TryStreamExt as _;
use tempfile::NamedTempFile;
use thought_industries::model::User;
use thought_industries::{Client, ClientBuilder, Date};
use thought_industries_provision::{Roster, SyncConfig};
use thought_industries_sandbox::{Dialect, RunningSandbox, Sandbox};

/// A client of a sandbox that waits for no limit.
pub(crate) fn builder_of(sandbox: &RunningSandbox) -> ClientBuilder {
    Client::builder().set_url(sandbox.url()).set_api_key(sandbox.api_key()).without_limits()
}

/// A sandbox of 40 users, and those of its learners who are active and have an address, a name and one record.
pub(crate) async fn tenant(dialect: Dialect) -> (RunningSandbox, Client, Vec<User>) {
    let sandbox = Sandbox::new(dialect).users(40).start().await.expect("a sandbox starts");
    let client = builder_of(&sandbox).build().expect("right settings");
    let users: Vec<User> = client.users().list().with_profiles(true).items().try_collect().await.expect("users");
    let roles = client.users().learner_roles().await.expect("roles");
    let is_learner = |user: &User| {
        let is_plain = user.learner_user_id.is_none() && user.disabled == Some(false) && user.first_name.is_some();
        is_plain && user.email.is_some() && user.role_key.as_ref().is_some_and(|role| roles.contains(role))
    };
    (sandbox, client, users.into_iter().filter(is_learner).collect())
}

pub(crate) fn file(bytes: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().expect("a file");
    file.write_all(bytes).expect("written");
    file
}

pub(crate) fn config(text: &str) -> SyncConfig {
    SyncConfig::read(file(text.as_bytes()).path()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// An export as it is read with a configuration, or all that is wrong with it.
pub(crate) fn read(bytes: impl AsRef<[u8]>, settings: &str) -> Result<Roster, String> {
    let now: Date = "2026-11-22T12:00:00Z".parse().expect("a date");
    Roster::from_reader(bytes.as_ref(), "export", &config(settings), now)
        .map_err(|error| error.problems().iter().chain([&error.to_string()]).cloned().collect::<Vec<_>>().join("\n"))
}
