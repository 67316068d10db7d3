//! `ti seats`: the seats of licenses, who holds them, and who does not use theirs.

mod page;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use askama::Template as _;
use graphql_drift::printable;
use thought_industries_provision::seats::{ClientSeats, SeatUser, SeatsReport};

use self::page::Page;
use crate::arguments::{SeatsArguments, TenantArguments};
use crate::failure::Failure;
use crate::format::seats;
use crate::output::{Cells, Csv, Output};
use crate::progress::Counter;
use crate::tenant::connect;
use crate::tree::Tree;

/// How many users of each group the table lists.
const MOST_LISTED: usize = 20;

pub(crate) async fn run(
    arguments: &TenantArguments,
    output: Option<Output>,
    settings: SeatsArguments,
) -> Result<(), Failure> {
    // An unsupported format is refused before all users are read.
    let print: fn(&SeatsReport, Cells) -> Result<(), Failure> = match output.map(|output| (output, output.name())) {
        None | Some((_, "table")) => |report, _| {
            print!("{}", text(report));
            Ok(())
        },
        Some((_, "json")) => |report, _| {
            println!("{}", serde_json::to_string_pretty(report)?);
            Ok(())
        },
        Some((_, "csv")) => csv,
        Some((_, "html")) => |report, _| {
            println!("{}", Page::of(report).render().map_err(|error| Failure::could_not_run(&error))?);
            Ok(())
        },
        Some((other, _)) => return Err(other.unsupported(&["table", "json", "csv", "html"])),
    };
    let tenant = connect(arguments).await?;
    let counter = Counter::new("users");
    let on_user = counter.on_item();
    let report = SeatsReport::read(&tenant.client, settings.client.as_deref(), settings.inactive_days, on_user).await?;
    drop(counter);
    print(&report, output.map_or(Cells::ForSpreadsheets, Output::cells))
}

/// The users of a report, group by group: title, explanation, users.
fn groups(report: &SeatsReport) -> [(&'static str, &'static str, &[SeatUser]); 3] {
    [
        (
            "Disabled, and still on a seat",
            "They cannot log in. Whether their seats count depends on your contract.",
            &report.disabled,
        ),
        ("Inactive", "They hold a seat and have not been active for a long time, or never.", &report.inactive),
        ("Active without a seat", "Learners who may log in and hold no license.", &report.without),
    ]
}

fn headline(report: &SeatsReport) -> String {
    format!("{} seats taken in {} licenses, {} of them full", report.taken(), report.licenses.len(), report.full())
}

/// The report for a terminal.
fn text(report: &SeatsReport) -> String {
    let mut out = format!("{}\n\n", headline(report));
    for owner in &report.clients {
        out.push_str(&tree(report, owner).print());
    }
    for (title, _, users) in groups(report) {
        // Writing to a string cannot fail.
        _ = writeln!(out, "\n{title} ({})", users.len());
        for user in users.iter().take(MOST_LISTED) {
            let label = user.email.as_deref().unwrap_or(&user.id);
            let active = user.last_active.as_deref().unwrap_or("never active");
            _ = writeln!(out, "  {}  {active}  {}", printable(label), printable(&user.licenses.join(", ")));
        }
        if users.len() > MOST_LISTED {
            let more = users.len() - MOST_LISTED;
            _ = writeln!(out, "  and {more} more: `-o json`, `-o csv` and `-o html` list all of them");
        }
    }
    out
}

/// A client with its licenses.
fn tree(report: &SeatsReport, owner: &ClientSeats) -> Tree {
    let mut below: BTreeMap<usize, Vec<Tree>> = BTreeMap::new();
    // In reverse order, so that the children of a license are built before the license itself.
    for license in report.licenses.iter().rev().filter(|license| license.client_id == owner.id) {
        let mut children = below.remove(&(license.depth + 1)).unwrap_or_default();
        children.reverse();
        let free = license.free.map(|free| format!(", {free} free")).unwrap_or_default();
        let managers = if license.managers > 0 { format!(", {} managers", license.managers) } else { String::new() };
        let line = format!("{}  {} of {}{free}{managers}", license.name, license.used, seats(license.seats_limit));
        below.entry(license.depth).or_default().push(Tree::new(line).with(children));
    }
    let mut licenses = below.remove(&0).unwrap_or_default();
    licenses.reverse();
    let counts = [(owner.used, "used"), (owner.allocated, "allocated"), (owner.free, "free")];
    let counts: Vec<String> =
        counts.into_iter().filter_map(|(count, what)| Some(format!("{} {what}", count?))).collect();
    Tree::new(format!("{}  {} of {}", owner.name, counts.join(", "), seats(owner.seats_limit))).with(licenses)
}

/// A line for each client, license and user; the first column is the kind.
fn csv(report: &SeatsReport, cells: Cells) -> Result<(), Failure> {
    let mut out = Csv::new(cells);
    out.write(["kind", "id", "name", "limit", "allocated", "used", "free", "managers", "lastActive", "licenses"])?;
    let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
    for own in &report.clients {
        let counts = [own.seats_limit, own.allocated, own.used, own.free].map(number);
        let counts = counts.iter().map(String::as_str);
        out.write(["client", own.id.as_str(), &own.name].into_iter().chain(counts).chain(["", "", ""]))?;
    }
    for own in &report.licenses {
        let counts = [own.seats_limit, None, Some(own.used), own.free, Some(own.managers)].map(number);
        let counts = counts.iter().map(String::as_str);
        out.write(["license", own.id.as_str(), &own.name].into_iter().chain(counts).chain(["", ""]))?;
    }
    let groups = [("disabled", &report.disabled), ("inactive", &report.inactive), ("without", &report.without)];
    for (kind, users) in groups {
        for user in users {
            let email = user.email.as_deref().unwrap_or_default();
            let active = user.last_active.as_deref().unwrap_or_default();
            out.write([kind, user.id.as_str(), email, "", "", "", "", "", active, &user.licenses.join("; ")])?;
        }
    }
    out.flush()
}
