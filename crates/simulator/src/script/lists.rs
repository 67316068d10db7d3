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
    let list = process.client.users().list().with_pages_ahead(ahead(process.world.setup.seed));
    match list.items().try_collect::<Vec<User>>().await {
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

/// How many pages the lists of a world read before their turn. Not drawn, so that seeds keep their worlds.
fn ahead(seed: u64) -> usize {
    match seed % 3 {
        0 => 0,
        1 => 4,
        _ => 64,
    }
}
