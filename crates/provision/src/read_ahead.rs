//! The users of a plan, read before their entries: a hundred with a request, where that saves requests.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use futures::TryStreamExt as _;
use serde_json::{Map, Value};
use thought_industries::model::User;
use thought_industries::{Client, Date, UserFields};

use crate::desired::insert_field;
use crate::error::Error;
use crate::journal::Journal;
use crate::plan::{Action, Entry, Plan, STATUS};

/// For how long a user is believed to be as a list has shown them.
pub(crate) const FRESH: Duration = Duration::from_secs(600);

/// How many users are kept at a time: about 15 MB.
const MOST_USERS: usize = 5_000;

/// For fewer users than these, the first page of a list is not worth its request.
const FEWEST_USERS: usize = 4;

/// The users on a page of a list.
const PAGE: usize = 100;

/// A user as a list has shown them.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) user: User,
    /// The fields that the list does not show.
    gaps: Vec<String>,
}

/// The users of the next entries.
#[derive(Debug, Default)]
pub(crate) struct ReadAhead {
    users: HashMap<String, Listed>,
    read_at: Option<Date>,
    /// The first entry whose user was not looked for.
    end: usize,
    /// How many entries were begun since the users were read.
    begun: usize,
    /// Whether lists take more requests than they save.
    is_too_large: bool,
}

impl ReadAhead {
    /// Whether the users of an entry and of those after it are to be looked for before it is begun.
    pub(crate) fn is_due(&self, position: usize, now: Date) -> bool {
        !self.is_too_large && (position >= self.end || self.is_old(now))
    }

    fn is_old(&self, now: Date) -> bool {
        let age = |read: Date| now.as_millisecond().saturating_sub(read.as_millisecond());
        self.read_at.is_none_or(|read| u128::try_from(age(read)).map_or(true, |age| age > FRESH.as_millis()))
    }

    /// Reads users from the list as far as it takes fewer requests than reading them one by one. A list that fails is not
    /// read further: the users who are missing are read one by one.
    pub(crate) async fn read(
        &mut self,
        client: &Client,
        plan: &Plan,
        journal: &dyn Journal,
        position: usize,
    ) -> Result<(), Error> {
        let begun = self.read_at.map(|_| self.begun);
        *self = Self { read_at: Some(client.now()), end: position, ..Self::default() };
        let mut wanted = HashSet::new();
        while wanted.len() < MOST_USERS
            && let Some(entry) = plan.entries.get(self.end)?
        {
            let is_next = needs_user(&entry) && journal.state(self.end).is_none();
            wanted.extend(entry.id.filter(|_| is_next));
            self.end += 1;
        }
        // As many as in the last minutes will be written before the list is too old.
        let needed = begun.map_or(wanted.len(), |begun| begun.min(wanted.len()));
        if wanted.len() < FEWEST_USERS {
            return Ok(());
        }
        let mut pages = client.users().list().with_profiles(true).pages();
        let mut is_first = true;
        while !wanted.is_empty()
            && let Ok(Some(page)) = pages.try_next().await
        {
            let users = page.users.as_deref().unwrap_or_default();
            let total =
                page.page_info.as_ref().and_then(|info| info.total).and_then(|total| usize::try_from(total).ok());
            let total = total.unwrap_or_else(|| population(plan));
            if std::mem::take(&mut is_first) && !saves(total.div_ceil(users.len().max(1)), needed) {
                self.is_too_large = true;
                return Ok(());
            }
            let gaps: Vec<String> =
                page.gaps().iter().filter_map(|gap| gap.strip_prefix("users.")).map(str::to_owned).collect();
            for user in users.iter().filter(|user| wanted.remove(&user.id)) {
                self.users.insert(user.id.clone(), Listed { user: user.clone(), gaps: gaps.clone() });
            }
        }
        Ok(())
    }

    /// The user of an entry, if the list has shown everything that the entry is compared with.
    pub(crate) fn take(&mut self, entry: &Entry, now: Date) -> Option<Listed> {
        self.begun += 1;
        let listed = self.users.remove(entry.id.as_deref()?)?;
        (!self.is_old(now) && listed.shows(entry)).then_some(listed)
    }
}

/// Whether a list of so many pages saves requests for so many users. It has to save half of them, since a user who has
/// changed is read once more.
pub(crate) fn saves(pages: usize, users: usize) -> bool {
    users >= FEWEST_USERS && pages * 2 <= users
}

/// The pages of the tenant's users, as far as the plan says how many there are.
pub(crate) fn pages_of(plan: &Plan) -> usize {
    population(plan).div_ceil(PAGE)
}

/// Whether an entry is compared with its user, who is known by id. A rollback is compared with what there is right now.
fn needs_user(entry: &Entry) -> bool {
    let is_change = matches!(entry.action, Action::Update | Action::Reactivate | Action::Deactivate);
    is_change && !entry.is_rollback
}

/// How many users the tenant had when the plan was made, as far as the plan says.
fn population(plan: &Plan) -> usize {
    let totals = &plan.totals;
    totals.unchanged + totals.unmanaged + totals.update + totals.reactivate + totals.deactivate
}

impl Listed {
    /// The fields that the list does not show.
    pub(crate) fn gaps(&self) -> &[String] {
        &self.gaps
    }

    fn shows(&self, entry: &Entry) -> bool {
        let names =
            || entry.seen.keys().map(String::as_str).chain(entry.fields_changed()).filter(|name| *name != STATUS);
        let mut wanted = Map::new();
        for name in names() {
            insert_field(&mut wanted, name, Value::Null);
        }
        let Ok(fields) = UserFields::from_json(wanted) else { return false };
        let shown = fields.current(&self.user, &self.gaps);
        self.user.disabled.is_some() && names().all(|name| shown.contains_key(name))
    }
}
