//! `ti seats`: the seats of licences, who holds them, and who does not use theirs.

mod page;

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use askama::Template;
use futures::TryStreamExt as _;
use serde::Serialize;
use thought_industries::model::User;
use thought_industries::{Client, Date};

use self::page::Page;
use crate::arguments::{SeatsArguments, TenantArguments};
use crate::failure::Failure;
use crate::output::{Output, day, printable, seats};
use crate::plan::takes_seat;
use crate::progress::Counter;
use crate::tenant::connect;
use crate::tree::Tree;

pub(crate) async fn run(
    arguments: &TenantArguments,
    output: Option<Output>,
    settings: SeatsArguments,
) -> Result<(), Failure> {
    let tenant = connect(arguments).await?;
    let report = Report::read(&tenant.client, settings.client.as_deref(), settings.inactive_days).await?;
    match output {
        None | Some(Output::Table) => print!("{}", report.text()),
        Some(Output::Json) => println!("{}", serde_json::to_string_pretty(&report)?),
        Some(Output::Csv) => report.csv()?,
        Some(Output::Html) => {
            let page = Page::of(&report).render().map_err(|error| Failure::could_not_run(&error))?;
            println!("{page}");
        }
        Some(_) => {
            let reason = "seats are shown as table, json, csv or html".to_owned();
            return Err(Failure::CouldNotRun { reason, help: None });
        }
    }
    Ok(())
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    made: String,
    inactive_days: u32,
    clients: Vec<Owner>,
    /// Those of each client together, in the order of the tree.
    licenses: Vec<License>,
    /// Who holds a seat and was not seen for so long, or never.
    inactive: Vec<Person>,
    /// Who is disabled and holds a seat all the same.
    disabled: Vec<Person>,
    /// Who may log in and holds none.
    without: Vec<Person>,
}

/// A client, as the tenant counts its seats.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Owner {
    id: String,
    name: String,
    seats_limit: Option<i64>,
    /// Seats that are taken, or promised by codes that nobody has redeemed yet (help centre).
    allocated: Option<i64>,
    used: Option<i64>,
    free: Option<i64>,
}

impl Owner {
    fn of(client: thought_industries::model::Client) -> Self {
        let limit = client.seats_limit.filter(|limit| *limit > 0);
        let taken = client.seats_allocated_count.max(client.seats_used_count);
        Self {
            name: client.name.unwrap_or_else(|| client.id.clone()),
            id: client.id,
            seats_limit: client.seats_limit,
            allocated: client.seats_allocated_count,
            used: client.seats_used_count,
            free: limit.zip(taken).map(|(limit, taken)| limit - taken),
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct License {
    id: String,
    client_id: String,
    name: String,
    sku: Option<String>,
    /// How many licences stand above it.
    depth: usize,
    seats_limit: Option<i64>,
    /// Students who hold it, disabled ones among them.
    used: i64,
    /// Managers take no seat.
    managers: i64,
    free: Option<i64>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Person {
    id: String,
    email: Option<String>,
    last_active: Option<String>,
    licenses: Vec<String>,
}

impl Report {
    async fn read(client: &Client, of: Option<&str>, inactive_days: u32) -> Result<Self, Failure> {
        let clients: Vec<Owner> = match of {
            Some(id) => vec![Owner::of(client.clients().get(id).send().await?.into_inner())],
            None => client.clients().list().items().map_ok(Owner::of).try_collect().await?,
        };
        let mut licenses = Vec::new();
        for owner in &clients {
            let own: Vec<_> = client.licenses().of_client(owner.id.as_str()).items().try_collect().await?;
            licenses.extend(in_order(&owner.id, own));
        }
        let names: HashMap<String, usize> =
            licenses.iter().enumerate().map(|(place, license)| (license.id.clone(), place)).collect();
        let mut report = Self {
            made: Date::now().to_string().chars().take(10).collect(),
            inactive_days,
            clients,
            licenses,
            inactive: Vec::new(),
            disabled: Vec::new(),
            without: Vec::new(),
        };
        let oldest = Date::now().as_millisecond() - i64::from(inactive_days) * 86_400_000;
        let counter = Counter::new("people");
        let mut people = client.users().list().with_profiles(true).items();
        while let Some(user) = people.try_next().await? {
            report.person(&user, &names, oldest, of);
            counter.count();
        }
        drop(counter);
        for license in &mut report.licenses {
            let limit = license.seats_limit.filter(|limit| *limit > 0);
            license.free = limit.map(|limit| limit - license.used);
        }
        Ok(report)
    }

    fn person(&mut self, user: &User, names: &HashMap<String, usize>, oldest: i64, of: Option<&str>) {
        let mut held = Vec::new();
        for own in user.allocated_licenses.iter().flatten() {
            let place = own.license_id.as_ref().and_then(|id| names.get(id)).copied();
            let Some(license) = place.and_then(|place| self.licenses.get_mut(place)) else { continue };
            if takes_seat(user, own) {
                license.used += 1;
                held.push(license.name.clone());
            } else {
                license.managers += 1;
            }
        }
        let is_ours = of.is_none_or(|of| user.client_id.as_deref() == Some(of));
        let is_disabled = user.disabled.unwrap_or(false);
        let is_learner = user.role_key.as_deref().is_some_and(|key| matches!(key, "learner" | "student"));
        let person = Person {
            id: user.id.clone(),
            email: user.email.clone(),
            last_active: user.last_active_at.map(day),
            licenses: held,
        };
        if person.licenses.is_empty() {
            if is_ours && is_learner && !is_disabled {
                self.without.push(person);
            }
        } else if is_disabled {
            self.disabled.push(person);
        } else if user.last_active_at.is_none_or(|seen| seen.as_millisecond() < oldest) {
            self.inactive.push(person);
        }
    }

    fn groups(&self) -> [(&'static str, &'static str, &[Person]); 3] {
        [
            (
                "Disabled, and still on a seat",
                "They cannot log in. Whether their seats count is for your contract to say.",
                &self.disabled,
            ),
            ("Not seen for long", "They hold a seat and have not been seen since, or never.", &self.inactive),
            ("Active without a seat", "Learners who may log in and hold no licence.", &self.without),
        ]
    }

    fn headline(&self) -> String {
        let used: i64 = self.licenses.iter().map(|license| license.used).sum();
        let full = self.licenses.iter().filter(|license| license.free.is_some_and(|free| free <= 0)).count();
        format!("{used} seats taken, on {} licences of which {full} are full", self.licenses.len())
    }

    fn text(&self) -> String {
        let mut out = format!("{}\n\n", self.headline());
        for owner in &self.clients {
            out.push_str(&self.tree(owner).print());
        }
        for (title, _, people) in self.groups() {
            // Writing to a string cannot fail.
            _ = writeln!(out, "\n{title} ({})", people.len());
            for person in people.iter().take(20) {
                let who = person.email.as_deref().unwrap_or(&person.id);
                let seen = person.last_active.as_deref().unwrap_or("never seen");
                _ = writeln!(out, "  {}  {seen}  {}", printable(who), printable(&person.licenses.join(", ")));
            }
            if people.len() > 20 {
                _ = writeln!(out, "  and {} more: `-o json`, `-o csv` and `-o html` list them all", people.len() - 20);
            }
        }
        out
    }

    /// A client with its licences.
    fn tree(&self, owner: &Owner) -> Tree {
        let mut below: BTreeMap<usize, Vec<Tree>> = BTreeMap::new();
        // From the last line up, so that what stands below a licence is there when its line is made.
        for license in self.licenses.iter().rev().filter(|license| license.client_id == owner.id) {
            let mut children = below.remove(&(license.depth + 1)).unwrap_or_default();
            children.reverse();
            let free = license.free.map(|free| format!(", {free} free")).unwrap_or_default();
            let managers =
                if license.managers > 0 { format!(", {} managers", license.managers) } else { String::new() };
            let line = format!("{}  {} of {}{free}{managers}", license.name, license.used, seats(license.seats_limit));
            below.entry(license.depth).or_default().push(Tree::new(line).with(children));
        }
        let mut licenses = below.remove(&0).unwrap_or_default();
        licenses.reverse();
        let counts = [(owner.used, "used"), (owner.allocated, "allocated"), (owner.free, "free")];
        let counts: Vec<String> =
            counts.into_iter().filter_map(|(count, what)| Some(format!("{} {what}", count?))).collect();
        let line = format!("{}  {} of {}", owner.name, counts.join(", "), seats(owner.seats_limit));
        Tree::new(line).with(licenses)
    }

    /// A line for each client, each licence and each person, told apart by the first column.
    fn csv(&self) -> Result<(), Failure> {
        let mut out = csv::Writer::from_writer(std::io::stdout().lock());
        out.write_record([
            "kind",
            "id",
            "name",
            "limit",
            "allocated",
            "used",
            "free",
            "managers",
            "lastActive",
            "licenses",
        ])?;
        let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
        for own in &self.clients {
            let counts = [own.seats_limit, own.allocated, own.used, own.free].map(number);
            out.write_record(["client", &own.id, &own.name].into_iter().chain(texts(&counts)).chain(["", "", ""]))?;
        }
        for own in &self.licenses {
            let counts = [own.seats_limit, None, Some(own.used), own.free, Some(own.managers)].map(number);
            out.write_record(["license", &own.id, &own.name].into_iter().chain(texts(&counts)).chain(["", ""]))?;
        }
        for (kind, people) in [("disabled", &self.disabled), ("inactive", &self.inactive), ("without", &self.without)] {
            for person in people {
                let email = person.email.as_deref().unwrap_or_default();
                let seen = person.last_active.as_deref().unwrap_or_default();
                out.write_record([kind, &person.id, email, "", "", "", "", "", seen, &person.licenses.join("; ")])?;
            }
        }
        out.flush()?;
        Ok(())
    }
}

fn texts(texts: &[String]) -> impl Iterator<Item = &str> {
    texts.iter().map(String::as_str)
}

/// Licences with those below each behind it. What leads in a circle, or to a parent that is not listed, stands at the top.
fn in_order(client_id: &str, licenses: Vec<thought_industries::model::License>) -> Vec<License> {
    let ids: Vec<String> = licenses.iter().map(|license| license.id.clone()).collect();
    let mut children: BTreeMap<Option<String>, Vec<usize>> = BTreeMap::new();
    for (place, license) in licenses.iter().enumerate() {
        let parent = license.parent_license_id.clone().filter(|parent| ids.contains(parent));
        children.entry(parent).or_default().push(place);
    }
    let mut ordered: Vec<(usize, usize)> = Vec::new();
    let mut open: Vec<(usize, usize)> =
        children.get(&None).into_iter().flatten().rev().map(|place| (*place, 0)).collect();
    while let Some((place, depth)) = open.pop() {
        ordered.push((place, depth));
        let id = ids.get(place).cloned();
        open.extend(children.get(&id).into_iter().flatten().rev().map(|child| (*child, depth + 1)));
    }
    let in_circles = (0..licenses.len()).filter(|place| !ordered.iter().any(|(own, _)| own == place));
    let in_circles: Vec<(usize, usize)> = in_circles.map(|place| (place, 0)).collect();
    ordered.extend(in_circles);
    let mut licenses: Vec<Option<thought_industries::model::License>> = licenses.into_iter().map(Some).collect();
    let take = |(place, depth): (usize, usize)| {
        let license = licenses.get_mut(place)?.take()?;
        Some(License {
            name: license.name.clone().unwrap_or_else(|| license.id.clone()),
            id: license.id,
            client_id: client_id.to_owned(),
            sku: license.sku,
            depth,
            seats_limit: license.seats_limit,
            used: 0,
            managers: 0,
            free: None,
        })
    };
    ordered.into_iter().filter_map(take).collect()
}
