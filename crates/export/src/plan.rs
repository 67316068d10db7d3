//! What an export takes, before it runs: requests, points and time, beside what other ways would take.

use std::time::Duration;

use futures::TryStreamExt as _;
use serde::Serialize;
use thought_industries::{Client, Limits, Surface};

use crate::error::{Error, ErrorKind};
use crate::selection::Selection;
use crate::source::{Pass, Reading, passes};
use crate::usage::Usage;

/// What an export takes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ExportPlan {
    /// The ways to read the same data; the first is the one that is used.
    pub ways: Vec<Way>,
}

/// A way to read the data.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Way {
    /// What it does, in a few words.
    pub name: String,
    /// The operations that it uses.
    pub steps: Vec<PlanStep>,
    /// How long it takes at least, in seconds: the limits permit no more, however fast the tenant responds.
    pub least_seconds: u64,
    /// The limit that decides how long it takes.
    pub bound_by: &'static str,
}

/// An operation of a plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PlanStep {
    /// The operation of the library, such as `users.profiles`.
    pub operation: &'static str,
    /// The surface that it is sent to.
    pub surface: Surface,
    /// How many entries the list has, as the tenant reports.
    pub entries: u64,
    /// Its requests.
    pub requests: u64,
    /// Its points, over GraphQL.
    pub points: u64,
}

/// A list, as its first page shows it.
#[derive(Debug, Clone, Copy)]
struct Measured {
    surface: Surface,
    entries: u64,
    page_size: u64,
    /// The points of a page, as the tenant reports them.
    points: u64,
}

impl ExportPlan {
    /// Reads the first page of each list, and computes what the export takes at these limits. `usage` counts what the client
    /// does: it has the points that the tenant reports.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries_export::Error> {
    /// use thought_industries::Limits;
    /// use thought_industries_export::{ExportPlan, Selection, Usage};
    ///
    /// let selection = Selection::of("all")?;
    /// let plan = ExportPlan::of(&client, &selection, &Limits::documented(), &Usage::default()).await?;
    /// println!("{} minutes at least", plan.ways[0].least_seconds.div_ceil(60));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If a list cannot be read, or the tenant reports no total.
    pub async fn of(client: &Client, selection: &Selection, limits: &Limits, usage: &Usage) -> Result<Self, Error> {
        let limits = limits.clone().corrected(&client.profile().limits);
        let (mut steps, mut users) = (Vec::new(), None);
        for pass in &passes(selection) {
            let measured = measure(client, pass, usage).await?;
            if pass.source.operations.first().is_some_and(|name| name.starts_with("users.")) {
                users = Some((pass.source.operations, measured));
            }
            steps.extend(steps_of(client, pass.source.operations, measured));
        }
        let mut ways = vec![Way::of("the lists, each record once".to_owned(), steps, &limits)];
        if let Some((operations, measured)) = users {
            ways.extend(alternatives(client, operations, measured, &limits));
        }
        Ok(Self { ways })
    }
}

async fn measure(client: &Client, pass: &Pass, usage: &Usage) -> Result<Measured, Error> {
    let reading = Reading { is_check: true, ..pass.reading.clone() };
    let before = usage.so_far();
    let mut pages = (pass.source.open)(client, &reading, None);
    let failed = |error: thought_industries::Error| {
        Error::of_client(format!("the list of {} cannot be read: {error}", pass.source.name), error)
    };
    let page = pages.try_next().await.map_err(failed)?;
    let Some((page, total)) = page.and_then(|page| page.total.map(|total| (page, total))) else {
        let message = format!("the list of {} has no total, so that nothing can be computed", pass.source.name);
        return Err(Error::new(ErrorKind::Tenant, message));
    };
    // What was asked before the first page, to find out where the tenant has its list, cost something as well.
    let reported = usage.so_far().points.saturating_sub(before.points);
    let known = pass.source.operations.first().map_or(0, |operation| points_of(client, operation));
    let points = if page.surface == Surface::GraphQl { if reported > 0 { reported } else { known } } else { 0 };
    let entries = u64::try_from(total).unwrap_or(0);
    let page_size = if page.next.is_some() { page.entries.len() as u64 } else { 100 };
    Ok(Measured { surface: page.surface, entries, page_size: page_size.max(1), points })
}

/// The steps of a list: its pages, and a request for each entry if there is a second operation.
fn steps_of(client: &Client, operations: &[&'static str], measured: Measured) -> Vec<PlanStep> {
    let Measured { surface, entries, page_size, points } = measured;
    let pages = entries.div_ceil(page_size).max(1);
    let mut steps = Vec::new();
    for (place, operation) in operations.iter().copied().enumerate() {
        if place == 0 {
            steps.push(PlanStep { operation, surface, entries, requests: pages, points: pages * points });
            continue;
        }
        let surface = client.capabilities().routes(operation).first().copied().unwrap_or(surface);
        let cost = if surface == Surface::GraphQl { points_of(client, operation) } else { 0 };
        steps.push(PlanStep { operation, surface, entries, requests: entries, points: entries * cost });
    }
    steps
}

/// Other ways to read users.
fn alternatives(client: &Client, operations: &[&'static str], measured: Measured, limits: &Limits) -> Vec<Way> {
    let Some(list) = operations.first().copied() else { return Vec::new() };
    let mut ways = Vec::new();
    for surface in client.capabilities().routes(list).into_iter().filter(|surface| *surface != measured.surface) {
        let points = if surface == Surface::GraphQl { points_of(client, list) } else { 0 };
        let steps = steps_of(client, operations, Measured { surface, points, page_size: 100, ..measured });
        ways.push(Way::of(format!("the lists over {surface}"), steps, limits));
    }
    let deep = points_of(client, "users.deep");
    let measured = Measured { points: if measured.surface == Surface::GraphQl { deep } else { 0 }, ..measured };
    if measured.points > 0 {
        ways.push(Way::of(
            "deep pages: what users hold within each user".to_owned(),
            steps_of(client, &["users.deep"], measured),
            limits,
        ));
    }
    let listed = Measured { points: points_of(client, "users.list"), ..measured };
    ways.push(Way::of(
        "the list, and one request for each user".to_owned(),
        steps_of(client, &["users.list", "users.get"], listed),
        limits,
    ));
    ways
}

fn points_of(client: &Client, operation: &str) -> u64 {
    let capabilities = client.capabilities();
    let spec = capabilities.operations().find(|spec| spec.name == operation);
    spec.map_or(0, |spec| u64::from(spec.points))
}

impl Way {
    fn of(name: String, steps: Vec<PlanStep>, limits: &Limits) -> Self {
        let (least, bound_by) = least(&steps, limits);
        Self { name, steps, least_seconds: least.as_secs(), bound_by }
    }

    /// The requests of all steps.
    pub fn requests(&self) -> u64 {
        self.steps.iter().map(|step| step.requests).sum()
    }

    /// The points of all steps.
    pub fn points(&self) -> u64 {
        self.steps.iter().map(|step| step.points).sum()
    }
}

/// How long steps take at least, and by which limit: the budgets of GraphQL and REST are used side by side.
fn least(steps: &[PlanStep], limits: &Limits) -> (Duration, &'static str) {
    let is_graphql = |step: &&PlanStep| step.surface == Surface::GraphQl;
    let points: u64 = steps.iter().filter(is_graphql).map(|step| step.points).sum();
    let requests: u64 = steps.iter().filter(is_graphql).map(|step| step.requests).sum();
    let rest: u64 = steps.iter().filter(|step| !is_graphql(step)).map(|step| step.requests).sum();
    let rest_window = limits.rest_window.unwrap_or(limits.window);
    let budgets = [
        (points, limits.graphql_points, limits.window, "the points of GraphQL"),
        (requests, limits.graphql_requests, limits.window, "the requests of GraphQL"),
        (rest, limits.rest_requests, rest_window, "the requests of REST"),
    ];
    // A window can be used up at once, so that the last one takes no time.
    let time = |(used, most, window, name): (u64, u32, Duration, &'static str)| {
        let full = used.saturating_sub(1) / u64::from(most.max(1));
        (window.saturating_mul(u32::try_from(full).unwrap_or(u32::MAX)), name)
    };
    let mut longest = (Duration::ZERO, "no limit: it fits into one window");
    for budget in budgets {
        let own = time(budget);
        if own.0 > longest.0 {
            longest = own;
        }
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(surface: Surface, requests: u64, points: u64) -> PlanStep {
        PlanStep { operation: "users.list", surface, entries: 0, requests, points }
    }

    #[test]
    fn the_limit_that_takes_longest_decides() {
        let limits = Limits::documented();
        let of = |steps: &[PlanStep]| {
            let (time, name) = least(steps, &limits);
            (time.as_secs(), name)
        };
        assert_eq!(of(&[]), (0, "no limit: it fits into one window"));
        // A million users: 10,000 pages of 109 points, 109 points a page.
        assert_eq!(of(&[step(Surface::GraphQl, 10_000, 1_090_000)]), (600, "the points of GraphQL"));
        assert_eq!(of(&[step(Surface::GraphQl, 10_000, 10_000)]), (540, "the requests of GraphQL"));
        let rest = step(Surface::RestV2, 10_000, 0);
        assert_eq!(of(std::slice::from_ref(&rest)), (83 * 60, "the requests of REST"));
        // Both budgets side by side.
        assert_eq!(of(&[step(Surface::GraphQl, 10_000, 1_090_000), rest]), (83 * 60, "the requests of REST"));
        let quarter = limits.clone().rest_requests(250).rest_window(Duration::from_secs(900));
        assert_eq!(least(&[step(Surface::RestV1, 251, 0)], &quarter).0.as_secs(), 900);
    }
}
