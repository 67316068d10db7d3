//! The seats of licenses: who holds them, and who does not use theirs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures::TryStreamExt as _;
use serde::Serialize;
use thought_industries::model::{Client as ClientRecord, License as LicenseRecord, User};
use thought_industries::{Client, Date};

use crate::error::Error;
use crate::policy::{is_learner, takes_seat};
use crate::user_pages::UserPages;

/// The seats of a tenant, or of one client.
///
/// ```no_run
/// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries_provision::Error> {
/// use thought_industries_provision::seats::SeatsReport;
///
/// let report = SeatsReport::read(&client, None, 90, || ()).await?;
/// println!("{} clients", report.clients.len());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SeatsReport {
    /// The day on which it was made.
    pub made: String,
    /// After how many days without activity a user counts as inactive.
    pub inactive_days: u32,
    /// The clients.
    pub clients: Vec<ClientSeats>,
    /// The licenses, those of a client together, each followed by the licenses below it.
    pub licenses: Vec<LicenseSeats>,
    /// Active users who hold a seat and were not active for so long, or never.
    pub inactive: Vec<SeatUser>,
    /// Disabled users who hold a seat.
    pub disabled: Vec<SeatUser>,
    /// Active learners without a seat.
    pub without: Vec<SeatUser>,
}

/// A client, with the tenant's own count of its seats.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ClientSeats {
    /// The id.
    pub id: String,
    /// The name, or the id.
    pub name: String,
    /// The seat limit; none, or 0 for no limit.
    pub seats_limit: Option<i64>,
    /// Seats that are taken, or promised by codes that are not redeemed yet (help center).
    pub allocated: Option<i64>,
    /// Seats that are taken.
    pub used: Option<i64>,
    /// Seats that are left.
    pub free: Option<i64>,
}

/// A license, with the seats that users hold.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LicenseSeats {
    /// The id.
    pub id: String,
    /// The client.
    pub client_id: String,
    /// The name, or the id.
    pub name: String,
    /// The SKU.
    pub sku: Option<String>,
    /// How many licenses are above it.
    pub depth: usize,
    /// The seat limit; none, or 0 for no limit.
    pub seats_limit: Option<i64>,
    /// Students who hold it, disabled ones among them.
    pub used: i64,
    /// Managers, who take no seat.
    pub managers: i64,
    /// Seats that are left.
    pub free: Option<i64>,
}

/// A user of the report.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SeatUser {
    /// The id.
    pub id: String,
    /// The e-mail address.
    pub email: Option<String>,
    /// The day of the last activity.
    pub last_active: Option<String>,
    /// The names of the licenses of which they hold a seat.
    pub licenses: Vec<String>,
}

impl ClientSeats {
    fn of(client: ClientRecord) -> Self {
        let limit = client.seats_limit.filter(|limit| *limit > 0);
        // Seats that codes promise are not free. A count that is not shown is less than any other.
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

/// What a report is about.
#[derive(Debug, Clone, Copy)]
struct Scope<'s> {
    /// Users who were last active before that are inactive.
    oldest: i64,
    /// The only client, if it is about one.
    client: Option<&'s str>,
}

/// A day in milliseconds.
const DAY: i64 = 86_400_000;

impl SeatsReport {
    /// Reads the seats of one client, or of all: its licenses, and all users. `on_user` is called for each user.
    ///
    /// # Errors
    /// If the client is not found, or the tenant fails.
    pub async fn read(
        client: &Client,
        scope: Option<&str>,
        inactive_days: u32,
        on_user: impl Fn(),
    ) -> Result<Self, Error> {
        let clients: Vec<ClientSeats> = match scope {
            Some(id) => vec![ClientSeats::of(client.clients().get(id).send().await?.into_inner())],
            None => client.clients().list().items().map_ok(ClientSeats::of).try_collect().await?,
        };
        let mut licenses = Vec::new();
        let ids = clients.iter().map(|owner| owner.id.clone()).collect::<Vec<_>>();
        for (owner, own) in clients.iter().zip(client.licenses().of_clients(ids).await?) {
            licenses.extend(in_tree_order(&owner.id, own));
        }
        let positions: HashMap<String, usize> =
            licenses.iter().enumerate().map(|(position, license)| (license.id.clone(), position)).collect();
        let now = client.now();
        let mut report = Self {
            made: day(now),
            inactive_days,
            clients,
            licenses,
            inactive: Vec::new(),
            disabled: Vec::new(),
            without: Vec::new(),
        };
        let oldest = now.as_millisecond() - i64::from(inactive_days) * DAY;
        let roles = client.users().learner_roles().await?;
        let mut pages = UserPages::new(client);
        while let Some(page) = pages.next().await? {
            for user in page.users.iter().flatten().filter(|user| pages.is_new(user)) {
                report.add(user, &positions, &roles, &Scope { oldest, client: scope });
                on_user();
            }
        }
        for license in &mut report.licenses {
            let limit = license.seats_limit.filter(|limit| *limit > 0);
            license.free = limit.map(|limit| limit - license.used);
        }
        Ok(report)
    }

    fn add(&mut self, user: &User, positions: &HashMap<String, usize>, roles: &BTreeSet<String>, about: &Scope<'_>) {
        let Scope { oldest, client: scope } = *about;
        let mut held = Vec::new();
        for own in user.allocated_licenses.iter().flatten() {
            let position = own.license_id.as_ref().and_then(|id| positions.get(id)).copied();
            let Some(license) = position.and_then(|position| self.licenses.get_mut(position)) else { continue };
            if takes_seat(user, own, roles) {
                license.used += 1;
                held.push(license.name.clone());
            } else {
                license.managers += 1;
            }
        }
        let is_in_scope = scope.is_none_or(|scope| user.client_id.as_deref() == Some(scope));
        let is_disabled = user.disabled.unwrap_or(false);
        let is_inactive = user.last_active_at.is_none_or(|seen| seen.as_millisecond() < oldest);
        let listed = match held.is_empty() {
            true if is_in_scope && is_learner(user, roles) && !is_disabled => &mut self.without,
            false if is_disabled => &mut self.disabled,
            false if is_inactive => &mut self.inactive,
            _ => return,
        };
        listed.push(SeatUser {
            id: user.id.clone(),
            email: user.email.clone(),
            last_active: user.last_active_at.map(day),
            licenses: held,
        });
    }

    /// How many seats are taken.
    pub fn taken(&self) -> i64 {
        self.licenses.iter().map(|license| license.used).sum()
    }

    /// How many licenses have no seat left.
    pub fn full(&self) -> usize {
        self.licenses.iter().filter(|license| license.free.is_some_and(|free| free <= 0)).count()
    }
}

fn day(date: Date) -> String {
    date.to_string().chars().take(10).collect()
}

/// Licenses, each followed by those below it. A license in a circle, or below one that is not listed, is at the top.
fn in_tree_order(client_id: &str, licenses: Vec<LicenseRecord>) -> Vec<LicenseSeats> {
    let ids: Vec<String> = licenses.iter().map(|license| license.id.clone()).collect();
    let mut children: BTreeMap<Option<String>, Vec<usize>> = BTreeMap::new();
    for (position, license) in licenses.iter().enumerate() {
        let parent = license.parent_license_id.clone().filter(|parent| ids.contains(parent));
        children.entry(parent).or_default().push(position);
    }
    let mut ordered: Vec<(usize, usize)> = Vec::new();
    let mut open: Vec<(usize, usize)> =
        children.get(&None).into_iter().flatten().rev().map(|position| (*position, 0)).collect();
    while let Some((position, depth)) = open.pop() {
        ordered.push((position, depth));
        let id = ids.get(position).cloned();
        // Reversed, since the stack returns the last one first.
        open.extend(children.get(&id).into_iter().flatten().rev().map(|child| (*child, depth + 1)));
    }
    let in_circles = (0..licenses.len()).filter(|position| !ordered.iter().any(|(own, _)| own == position));
    let in_circles: Vec<(usize, usize)> = in_circles.map(|position| (position, 0)).collect();
    ordered.extend(in_circles);
    let mut licenses: Vec<Option<LicenseRecord>> = licenses.into_iter().map(Some).collect();
    let take = |(position, depth): (usize, usize)| {
        let license = licenses.get_mut(position)?.take()?;
        Some(LicenseSeats {
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
