//! The page of a gateway: what it does, and what waits for the operator.

use askama::Template;
use graphql_drift::printable;
use thought_industries::Date;
use thought_industries::model::Client as ClientRecord;
use thought_industries_scim::{ConnectionOverview, JobOverview, Overview};

use crate::commands::tile::Tile;
use crate::format::{minute, seats};

#[derive(Template)]
#[template(path = "scim.html")]
pub(super) struct Page {
    at: String,
    headline: &'static str,
    trouble: Option<String>,
    roster: String,
    tiles: Vec<Tile>,
    connections: Vec<ShownConnection>,
    /// The writes that wait for the operator, and then the others.
    groups: [Group; 2],
    /// None if the tenant has not responded in time.
    seats: Option<Vec<ClientSeats>>,
}

struct ShownConnection {
    name: String,
    domains: String,
    users: u64,
    used: String,
    written: String,
    refused: u64,
    brake: String,
    is_braked: bool,
}

struct Group {
    title: &'static str,
    none: &'static str,
    jobs: Vec<ShownJob>,
}

struct ShownJob {
    added: String,
    connection: String,
    kind: String,
    class: &'static str,
    user: String,
    state: String,
    reason: String,
    advice: String,
}

/// The seats of a client.
#[derive(Debug, Clone)]
pub(super) struct ClientSeats {
    name: String,
    limit: String,
    used: String,
    percent: Option<i64>,
    class: &'static str,
}

impl ClientSeats {
    pub(super) fn of(client: ClientRecord) -> Self {
        let limit = client.seats_limit.filter(|limit| *limit > 0);
        // Seats that codes promise are not free.
        let used = client.seats_allocated_count.max(client.seats_used_count);
        let percent = limit.zip(used).map(|(limit, used)| (used.saturating_mul(100) / limit).clamp(0, 100));
        let class = match percent {
            Some(100..) => "bad",
            Some(80..) => "warn",
            _ => "",
        };
        Self {
            name: printable(&client.name.unwrap_or(client.id)),
            limit: seats(limit),
            used: crate::format::cell(used),
            percent,
            class,
        }
    }
}

fn time(milliseconds: i64) -> String {
    Date::from_millisecond(milliseconds).map_or_else(String::new, minute)
}

impl From<&ConnectionOverview> for ShownConnection {
    fn from(own: &ConnectionOverview) -> Self {
        let brake = format!("{} within an hour{}", own.deactivated, if own.is_braked { ": braked" } else { "" });
        Self {
            name: printable(&own.name),
            domains: printable(&own.domains.join(", ")),
            users: own.users,
            used: own.last_used.map_or_else(|| "never".to_owned(), time),
            written: own.last_write.map_or_else(|| "–".to_owned(), |(at, status)| format!("{} ({status})", time(at))),
            refused: own.refused,
            brake,
            is_braked: own.is_braked,
        }
    }
}

impl From<&JobOverview> for ShownJob {
    fn from(own: &JobOverview) -> Self {
        let class = match own.kind.as_str() {
            "create" => "create",
            "update" => "update",
            _ => "deactivate",
        };
        let next = own.next.map(|next| format!(", next {}", time(next))).unwrap_or_default();
        let tries = if own.tries > 0 { format!(", {} tries{next}", own.tries) } else { String::new() };
        Self {
            added: time(own.added),
            connection: printable(&own.connection),
            kind: own.kind.clone(),
            class,
            user: own.user.as_deref().map_or_else(|| "a new user".to_owned(), printable),
            state: format!("{}{tries}", own.state),
            reason: printable(own.reason.as_deref().unwrap_or_default()),
            advice: printable(own.advice.as_deref().unwrap_or_default()),
        }
    }
}

impl Page {
    pub(super) fn of(overview: &Overview, seats: Option<Vec<ClientSeats>>) -> Self {
        let count = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        let open = || overview.open.iter();
        let for_operator = open().filter(|job| job.advice.is_some()).chain(&overview.failed);
        let headline = match (&overview.trouble, overview.held, overview.failed.is_empty()) {
            (Some(_), ..) => "Writes wait: the tenant refuses the key",
            (None, 1.., _) => "Deactivations wait for you",
            (None, 0, false) => "Running; some writes were refused",
            (None, 0, true) => "Running",
        };
        let quiet = |class: &'static str, count: usize| if count > 0 { class } else { "" };
        let (waiting, held, failed) = (count(overview.waiting), count(overview.held), overview.failed.len());
        Self {
            at: time(overview.at),
            headline,
            trouble: overview.trouble.as_deref().map(printable),
            roster: overview.roster_read.map_or_else(|| "not yet".to_owned(), time),
            tiles: Tile::row([
                ("", overview.connections.len(), "connections"),
                (quiet("cool", waiting), waiting, "writes wait"),
                (quiet("bad", held), held, "held by the brake"),
                (quiet("warn", failed), failed, "refused"),
            ]),
            connections: overview.connections.iter().map(ShownConnection::from).collect(),
            groups: [
                Group { title: "For you to do", none: "Nothing.", jobs: for_operator.map(ShownJob::from).collect() },
                Group {
                    title: "Under way",
                    none: "No write waits.",
                    jobs: open().filter(|job| job.advice.is_none()).map(ShownJob::from).collect(),
                },
            ],
            seats,
        }
    }
}
