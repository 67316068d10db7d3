//! The seats as an HTML page.

use askama::Template;
use graphql_drift::printable;
use thought_industries_provision::seats::{ClientSeats, LicenseSeats, SeatsReport};

use super::super::tile::Tile;
use super::{groups, headline};
use crate::format::seats;

#[derive(Template)]
#[template(path = "seats.html")]
pub(super) struct Page {
    made: String,
    inactive_days: u32,
    headline: String,
    tiles: Vec<Tile>,
    owners: Vec<ShownClient>,
    groups: Vec<Group>,
}

/// A client with its licenses.
struct ShownClient {
    line: Shown,
    licenses: Vec<Shown>,
}

struct Shown {
    name: String,
    sku: String,
    /// The indentation level.
    depth: usize,
    limit: String,
    allocated: String,
    used: String,
    free: String,
    managers: String,
    meter: Option<Meter>,
}

/// The share of seats in use.
struct Meter {
    percent: i64,
    class: &'static str,
}

impl Meter {
    fn of(used: i64, limit: Option<i64>) -> Option<Self> {
        let limit = limit.filter(|limit| *limit > 0)?;
        // A tenant may report more seats in use than the limit, and a meter ends at 100.
        let percent = (used * 100 / limit).clamp(0, 100);
        let class = match percent {
            100.. => "bad",
            80.. => "warn",
            _ => "",
        };
        Some(Self { percent, class })
    }
}

impl Shown {
    fn of(license: &LicenseSeats) -> Self {
        Self {
            name: printable(&license.name),
            sku: printable(license.sku.as_deref().unwrap_or_default()),
            depth: license.depth + 1,
            limit: seats(license.seats_limit),
            allocated: String::new(),
            used: license.used.to_string(),
            free: license.free.map(|free| free.to_string()).unwrap_or_default(),
            managers: if license.managers > 0 { license.managers.to_string() } else { String::new() },
            meter: Meter::of(license.used, license.seats_limit),
        }
    }
}

impl ShownClient {
    fn of(owner: &ClientSeats, report: &SeatsReport) -> Self {
        let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
        let line = Shown {
            name: printable(&owner.name),
            sku: String::new(),
            depth: 0,
            limit: seats(owner.seats_limit),
            allocated: number(owner.allocated),
            used: number(owner.used),
            free: number(owner.free),
            managers: String::new(),
            meter: Meter::of(owner.allocated.max(owner.used).unwrap_or_default(), owner.seats_limit),
        };
        let licenses = report.licenses.iter().filter(|license| license.client_id == owner.id);
        Self { line, licenses: licenses.map(Shown::of).collect() }
    }
}

struct Group {
    title: &'static str,
    what: &'static str,
    users: Vec<ShownUser>,
}

struct ShownUser {
    who: String,
    last_active: String,
    licenses: String,
}

impl Page {
    pub(super) fn of(report: &SeatsReport) -> Self {
        let groups = groups(report).map(|(title, what, users)| Group {
            title,
            what,
            users: users
                .iter()
                .map(|user| ShownUser {
                    who: printable(user.email.as_deref().unwrap_or(&user.id)),
                    last_active: user.last_active.clone().unwrap_or_else(|| "never".to_owned()),
                    licenses: printable(&user.licenses.join(", ")),
                })
                .collect(),
        });
        let tiles = [
            ("cool", usize::try_from(report.taken()).unwrap_or_default(), "seats taken"),
            ("bad", report.full(), "licenses full"),
            ("warn", report.disabled.len(), "disabled on a seat"),
            ("warn", report.inactive.len(), "inactive"),
            ("", report.without.len(), "without a seat"),
        ];
        Self {
            made: report.made.clone(),
            inactive_days: report.inactive_days,
            headline: headline(report),
            tiles: Tile::row(tiles),
            owners: report.clients.iter().map(|owner| ShownClient::of(owner, report)).collect(),
            groups: groups.into(),
        }
    }
}
