//! The seats as a page to look at.

use askama::Template;

use super::super::show::Tile;
use super::{License, Owner, Report};
use crate::output::{printable, seats};

#[derive(Template)]
#[template(path = "seats.html")]
pub(super) struct Page {
    made: String,
    inactive_days: u32,
    headline: String,
    tiles: Vec<Tile>,
    owners: Vec<Owned>,
    groups: Vec<Group>,
}

/// A client with its licences.
struct Owned {
    line: Shown,
    licenses: Vec<Shown>,
}

struct Shown {
    name: String,
    sku: String,
    /// How far to the right it stands.
    depth: usize,
    limit: String,
    allocated: String,
    used: String,
    free: String,
    managers: String,
    meter: Option<Meter>,
}

/// How full something is.
struct Meter {
    percent: i64,
    class: &'static str,
}

impl Meter {
    fn of(used: i64, limit: Option<i64>) -> Option<Self> {
        let limit = limit.filter(|limit| *limit > 0)?;
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
    fn of(license: &License) -> Self {
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

impl Owned {
    fn of(owner: &Owner, report: &Report) -> Self {
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
    people: Vec<Told>,
}

struct Told {
    who: String,
    last_active: String,
    licenses: String,
}

impl Page {
    pub(super) fn of(report: &Report) -> Self {
        let groups = report.groups().map(|(title, what, people)| Group {
            title,
            what,
            people: people
                .iter()
                .map(|person| Told {
                    who: printable(person.email.as_deref().unwrap_or(&person.id)),
                    last_active: person.last_active.clone().unwrap_or_else(|| "never".to_owned()),
                    licenses: printable(&person.licenses.join(", ")),
                })
                .collect(),
        });
        let full = report.licenses.iter().filter(|license| license.free.is_some_and(|free| free <= 0)).count();
        let used = report.licenses.iter().map(|license| usize::try_from(license.used).unwrap_or_default()).sum();
        let tiles = [
            ("cool", used, "seats taken"),
            ("bad", full, "licences full"),
            ("warn", report.disabled.len(), "disabled on a seat"),
            ("warn", report.inactive.len(), "not seen for long"),
            ("", report.without.len(), "without a seat"),
        ];
        Self {
            made: report.made.clone(),
            inactive_days: report.inactive_days,
            headline: report.headline(),
            tiles: tiles.map(|(class, count, what)| Tile { class, count, what }).into(),
            owners: report.clients.iter().map(|owner| Owned::of(owner, report)).collect(),
            groups: groups.into(),
        }
    }
}
