//! Reads all users, again and again.

use std::time::Duration;

use futures::TryStreamExt as _;
use thought_industries::model::User;
use tokio::time::sleep;

use crate::process::Process;

/// Reads all users some times, and once more when everything goes well.
pub(crate) async fn lists(process: &Process, times: u32) {
    for _ in 0..times {
        list(process, false).await;
    }
    process.healed().await;
    if !list(process, false).await {
        // What one wrong response closed is tried again after a minute.
        sleep(Duration::from_secs(61)).await;
        list(process, true).await;
    }
}

async fn list(process: &Process, must_succeed: bool) -> bool {
    let from = process.world.now();
    match process.client.users().list().items().try_collect::<Vec<User>>().await {
        Ok(users) => {
            process.say(format!("a list of {} users", users.len()));
            process.check_list(from, &users);
            true
        }
        Err(error) => {
            process.say(format!("no list: {error}"));
            process.check_error(&error);
            process.promise(!must_succeed, || format!("a list succeeds once everything goes well: {error}"));
            false
        }
    }
}
