//! Reads all users, again and again.

use futures::TryStreamExt as _;
use thought_industries::model::User;

use crate::process::Process;

/// Reads all users some times, and once more when everything goes well.
pub(crate) async fn lists(process: &Process, times: u32) {
    for _ in 0..times {
        list(process, false).await;
    }
    process.healed().await;
    list(process, true).await;
}

async fn list(process: &Process, must_succeed: bool) {
    let from = process.world.now();
    match process.client.users().list().items().try_collect::<Vec<User>>().await {
        Ok(users) => {
            process.say(format!("a list of {} users", users.len()));
            process.check_list(from, &users);
        }
        Err(error) => {
            process.say(format!("no list: {error}"));
            process.check_error(&error);
            process.promise(!must_succeed, || format!("a list succeeds once everything goes well: {error}"));
        }
    }
}
