//! Reads as much as a limit permits.

use std::time::Duration;

use futures::future::join_all;
use tokio::time::sleep;

use crate::process::Process;
use crate::setup::HeaderSetup;

/// Reads for three windows, and checks how much of them was used.
pub(crate) async fn saturate(process: &Process, at_once: u32) {
    let setup = &process.world.setup;
    let Some(limits) = &setup.tenant.limits else { return };
    let Some(target) = process.world.targets[process.number].first() else { return };
    // The first request finds out where the tenant is.
    _ = process.client.users().get(target.id.as_str()).record_only().send().await;
    let end = process.world.now() + limits.window * 3 + Duration::from_secs(1);
    let readers = (0..at_once).map(|_| async {
        while process.world.now() < end {
            if let Err(error) = process.client.users().get(target.id.as_str()).record_only().send().await {
                process.check_error(&error);
                // An error that sends nothing takes no time, and would be repeated for ever.
                sleep(Duration::from_secs(1)).await;
            }
        }
    });
    join_all(readers).await;
    let is_told = setup.processes[process.number].knows_limits && limits.headers != HeaderSetup::Wrong;
    // A process that was killed does not know in its next life what it sent before.
    let is_killed = setup.processes.iter().any(|process| !process.kills.is_empty());
    if !is_told || is_killed || !setup.network.faults.is_empty() || setup.network.revoked.is_some() {
        return;
    }
    process.promise(process.world.refused() == 0, || {
        format!("a limit that is known is never exceeded, but {} requests were refused", process.world.refused())
    });
    // What readers of this number can do at this latency.
    let rounds = limits.window.as_millis() / u128::from(setup.network.latency.1 * 2);
    let possible = rounds * u128::from(at_once);
    let by_burst = u128::from(limits.burst) * u128::from(limits.window.as_secs());
    if possible.min(by_burst) < u128::from(limits.requests) * 2 {
        return;
    }
    for window in process.world.full_windows() {
        let is_used = u64::from(window.taken) * 100 >= u64::from(limits.requests) * 98;
        process.promise(is_used, || format!("a limit is used: {} of {} requests", window.taken, limits.requests));
    }
}
