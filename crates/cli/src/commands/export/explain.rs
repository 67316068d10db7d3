//! `ti export --explain`.

use thought_industries::{Client, Limits};
use thought_industries_export::{ExportPlan, Selection, Usage, Way};

use crate::arguments::TenantArguments;
use crate::failure::Failure;
use crate::output::plain_table;
use crate::tenant::limits;

pub(super) async fn run(
    client: &Client,
    tenant: &TenantArguments,
    selection: &Selection,
    share: Option<u32>,
    usage: &Usage,
    is_json: bool,
) -> Result<(), Failure> {
    let limits = of_share(limits(tenant).unwrap_or_default(), share.unwrap_or(100));
    let plan = ExportPlan::of(client, selection, &limits, usage).await?;
    if is_json {
        println!("{}", serde_json::to_string_pretty(&plan)?);
        return Ok(());
    }
    for (place, way) in plan.ways.iter().enumerate() {
        let used = if place == 0 { "used" } else { "instead" };
        println!("{used}: {}", way.name);
        println!("{}", table(way));
        println!("at least {}, bound by {}\n", length(way.least_seconds), way.bound_by);
    }
    Ok(())
}

/// The part of the limits that is used.
fn of_share(limits: Limits, percent: u32) -> Limits {
    let part = |most: u32| u32::try_from(u64::from(most) * u64::from(percent) / 100).unwrap_or(most).max(1);
    let (points, requests, rest) = (limits.graphql_points, limits.graphql_requests, limits.rest_requests);
    limits.graphql_points(part(points)).graphql_requests(part(requests)).rest_requests(part(rest))
}

fn table(way: &Way) -> String {
    let rows = way.steps.iter().map(|step| {
        let counts = [step.entries, step.requests, step.points].map(|count| count.to_string());
        let each = if step.entries == 0 { "–".to_owned() } else { hundredths(step.points, step.entries) };
        let [entries, requests, points] = counts;
        vec![step.operation.to_owned(), step.surface.to_string(), entries, requests, points, each]
    });
    plain_table(&["OPERATION", "SURFACE", "ENTRIES", "REQUESTS", "POINTS", "POINTS EACH"], rows.collect())
}

/// A quotient with two places.
fn hundredths(number: u64, of: u64) -> String {
    let hundredths = number.saturating_mul(100) / of.max(1);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// A length of time for users: seconds, minutes or hours.
fn length(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3_600)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotients_and_times_are_short() {
        assert_eq!(
            (hundredths(109, 100), hundredths(664, 1), hundredths(1, 3)),
            ("1.09".into(), "664.00".into(), "0.33".into())
        );
        assert_eq!((length(60), length(601), length(400_000)), ("60 s".into(), "11 min".into(), "112 h".into()));
        let half = of_share(Limits::documented(), 50);
        assert_eq!((half.graphql_points, half.rest_requests), (50_000, 60));
    }
}
