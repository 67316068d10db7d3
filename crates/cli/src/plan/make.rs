//! From a roster and the people of a tenant to a plan. Nothing is read or written here but what is handed in.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use thought_industries::model::User;
use thought_industries::{Date, UserFields};

use super::survey::Survey;
use super::{Action, Change, Entry, Plan, Totals, VERSION, hex};
use crate::failure::Failure;
use crate::roster::{MatchBy, Roster, Row};
use crate::spool::Spool;

/// What a plan may do.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Whether people of the scope who are not in the roster are deactivated.
    pub(crate) deactivate_missing: bool,
    /// The client that the roster is about; everybody if none is named.
    pub(crate) client: Option<String>,
    /// Role keys of people who may be changed.
    pub(crate) roles: Vec<String>,
    /// Whether fields that the tenant does not show are written all the same.
    pub(crate) write_hidden: bool,
    /// The most people who may be deactivated, and the most in percent of those who are active.
    pub(crate) most: (usize, f64),
}

/// Licences by SKU and by id, with how many seats are left.
#[derive(Debug, Default)]
pub(crate) struct Licenses {
    /// The ids of a SKU.
    pub(crate) by_sku: BTreeMap<String, Vec<String>>,
    /// Seat limits and clients by id; those without a limit are not limited.
    pub(crate) limits: HashMap<String, (Option<i64>, String)>,
    /// How many seats each client has, if that is limited, and how many of them are taken.
    pub(crate) clients: HashMap<String, (Option<i64>, i64)>,
    /// Whether they were read at all.
    pub(crate) are_known: bool,
}

/// A plan in the making.
pub(crate) struct Planner<'r> {
    roster: &'r Roster,
    settings: Settings,
    licenses: Licenses,
    /// What is to be done, as it was found.
    entries: Spool<Entry>,
    /// The row and the place of each entry. Those of no row come last.
    order: Vec<(u32, u32)>,
    survey: Survey,
    totals: Totals,
    unseen: BTreeMap<String, usize>,
    left_disabled: usize,
    hash: Sha256,
}

/// The place of those who are in no row.
const NO_ROW: u32 = u32::MAX;

impl<'r> Planner<'r> {
    pub(crate) fn new(roster: &'r Roster, settings: Settings, licenses: Licenses) -> Self {
        Self {
            roster,
            settings,
            licenses,
            entries: Spool::default(),
            order: Vec::new(),
            survey: Survey::of(roster),
            totals: Totals::default(),
            unseen: BTreeMap::new(),
            left_disabled: 0,
            hash: Sha256::new(),
        }
    }

    /// Takes in a person of the tenant. `gaps` are the paths that the list does not give.
    pub(crate) fn person(&mut self, user: &User, gaps: &[String]) -> Result<(), Failure> {
        self.hash.update(serde_json::to_string(user)?.as_bytes());
        self.survey.meet(self.roster, user);
        // The second record of a pair is no person of its own.
        if user.learner_user_id.is_some() {
            return Ok(());
        }
        let is_managed = self.is_managed(user);
        let in_scope = self.settings.client.is_none() || self.settings.client == user.client_id;
        if is_managed && in_scope && user.disabled == Some(false) {
            self.survey.active += 1;
        }
        let key = match self.roster.match_by {
            MatchBy::Email => user.email.as_deref(),
            MatchBy::ExternalCustomerId => user.external_customer_id.as_deref(),
        };
        let Some(key) = key.filter(|key| !key.trim().is_empty()) else {
            // Whoever cannot be in a roster is not missing from one.
            self.totals.unmanaged += 1;
            return Ok(());
        };
        let rows = self.roster.find(key)?;
        if rows.is_empty() {
            return self.missing(user, is_managed && in_scope);
        }
        let is_twice = rows.len() > 1;
        for (place, row) in rows {
            self.survey.find(place);
            let mut entry = self.compare(user, gaps, &row, is_managed && in_scope);
            if is_twice {
                let about = Entry { line: Some(row.line), ..about(Action::Problem, user) };
                entry = Some(entry.unwrap_or(about).left_alone("the roster has this person more than once"));
            }
            match entry {
                Some(entry) => self.push(place, &entry)?,
                None => self.totals.unchanged += 1,
            }
        }
        Ok(())
    }

    fn is_managed(&self, user: &User) -> bool {
        user.role_key.as_ref().is_some_and(|key| self.settings.roles.contains(key))
    }

    fn push(&mut self, row: u32, entry: &Entry) -> Result<(), Failure> {
        let place = u32::try_from(self.entries.len()).map_err(|_| Failure::CouldNotRun {
            reason: "there are too many changes for a plan".to_owned(),
            help: Some("nothing was planned; split the roster"),
        })?;
        self.entries.push(entry)?;
        self.order.push((row, place));
        Ok(())
    }

    /// Somebody who is in no row.
    fn missing(&mut self, user: &User, is_ours: bool) -> Result<(), Failure> {
        if !is_ours || !self.settings.deactivate_missing {
            self.totals.unmanaged += 1;
            return Ok(());
        }
        if user.disabled != Some(false) {
            self.totals.unchanged += 1;
            return Ok(());
        }
        let mut entry = about(Action::Deactivate, user);
        let keys = [(MatchBy::Email, &user.email), (MatchBy::ExternalCustomerId, &user.external_customer_id)];
        if keys.into_iter().any(|(kind, key)| key.as_ref().is_some_and(|key| self.roster.count(kind, key) > 0)) {
            let reason = "a row names this person by another key than people are matched by";
            return self.push(NO_ROW, &entry.left_alone(reason));
        }
        entry.changes.push(status(user, "disabled"));
        entry.seen.insert("status".to_owned(), json!("active"));
        stand(&mut entry.seen, user);
        entry.row.extend(user.email.clone().map(|email| ("email".to_owned(), json!(email))));
        entry.row.extend(user.external_customer_id.clone().map(|id| ("externalCustomerId".to_owned(), json!(id))));
        entry.row.insert("status".to_owned(), json!("disabled"));
        self.push(NO_ROW, &entry)
    }

    /// What a row changes of a person; nothing if they are as it says.
    fn compare(&mut self, user: &User, gaps: &[String], row: &Row, is_ours: bool) -> Option<Entry> {
        // Whoever stands in a roster that says who is there, is to be there.
        let disabled = row.disabled.or(self.settings.deactivate_missing.then_some(false));
        let mut entry = Entry { line: Some(row.line), row: whole(row, disabled), ..about(Action::Update, user) };
        if let Some(reason) = self.unmanaged_role(row) {
            return Some(entry.left_alone(&reason));
        }
        if row.text("clientId").is_some_and(|client| user.client_id.as_deref() != Some(client)) {
            let reason = "the person belongs to another client, and moving would take licences away";
            return Some(entry.left_alone(reason));
        }
        let fields = match self.resolve(row, user.client_id.as_deref()) {
            Ok(fields) => fields,
            Err(reason) => return Some(entry.left_alone(&reason)),
        };
        let fields = match UserFields::from_json(fields) {
            Ok(fields) => fields,
            Err(error) => return Some(entry.left_alone(&error.to_string())),
        };
        entry.seen = fields.current(user, gaps);
        entry.seen.insert("status".to_owned(), json!(status_of(user)));
        stand(&mut entry.seen, user);
        for difference in fields.differences(user, gaps) {
            if !difference.differs && !self.settings.write_hidden {
                *self.unseen.entry(difference.name).or_default() += 1;
                continue;
            }
            let is_set = difference.before.as_ref().is_some_and(|before| !before.is_null());
            if is_set && matches!(difference.name.as_str(), "sfContactId" | "sfAccountId") {
                return Some(entry.left_alone(&format!("`{}` is set, and stays as it is for good", difference.name)));
            }
            let hidden = difference.before.is_none();
            let before = difference.before.unwrap_or_default();
            // Access is merged: what is held stays.
            let after = match (&before, &difference.after) {
                (Value::Array(held), Value::Array(given)) => merged(held, given),
                (_, after) => after.clone(),
            };
            entry.changes.push(Change { field: difference.name, before, after, hidden });
        }
        self.left_disabled += usize::from(disabled.is_none() && user.disabled == Some(true));
        if let Some(disabled) = disabled.filter(|disabled| *disabled != user.disabled.unwrap_or(false)) {
            entry.action = if disabled { Action::Deactivate } else { Action::Reactivate };
            entry.changes.push(status(user, status_text(disabled)));
        }
        if entry.changes.is_empty() {
            return None;
        }
        let gives_licenses = entry.changes.iter().any(|change| change.field.contains("License"));
        if gives_licenses && user.client_id.is_none() && user.manager_user_id.is_some() {
            let reason =
                "the person has a record to manage with, and a first licence would give that a client to manage";
            return Some(entry.left_alone(reason));
        }
        if !is_ours {
            let reason = match user.role_key.as_deref() {
                Some(_) if self.is_managed(user) && user.client_id.is_none() => {
                    "the account is of no client, and --scope names one".to_owned()
                }
                Some(_) if self.is_managed(user) => "the account is of another client than --scope".to_owned(),
                role => {
                    format!("the account has the role `{}`, which is not managed by rosters", role.unwrap_or("none"))
                }
            };
            return Some(entry.left_alone(&reason));
        }
        Some(entry)
    }

    fn unmanaged_role(&self, row: &Row) -> Option<String> {
        let role = row.text("role").filter(|role| !self.settings.roles.iter().any(|own| own == role))?;
        Some(format!("the role `{role}` is not managed by rosters"))
    }

    /// The fields of a row, with ids for the SKUs of licences: only ids can be compared with what is held. `home` is the
    /// client of the person, whose licences these have to be.
    fn resolve(&self, row: &Row, home: Option<&str>) -> Result<Map<String, Value>, String> {
        let mut fields = row.fields.clone();
        for (skus, ids) in [("studentLicenseSkus", "studentLicenseIds"), ("managerLicenseSkus", "managerLicenseIds")] {
            let Some(Value::Array(named)) = fields.remove(skus) else { continue };
            let mut found: Vec<Value> = Vec::new();
            for sku in named.iter().filter_map(Value::as_str) {
                match self.licenses.by_sku.get(sku).map(Vec::as_slice) {
                    Some([id]) => found.push(json!(id)),
                    Some([_, ..]) => return Err(format!("several licences have the SKU `{sku}`")),
                    _ if self.settings.client.is_some() => {
                        return Err(format!("no licence of the client has the SKU `{sku}`"));
                    }
                    _ => return Err(format!("no licence has the SKU `{sku}`")),
                }
            }
            if let Some(Value::Array(given)) = fields.get(ids) {
                found.extend(given.clone());
            }
            fields.insert(ids.to_owned(), merged(&[], &found));
        }
        if self.licenses.are_known {
            let mut home = home.map(str::to_owned);
            for list in ["studentLicenseIds", "managerLicenseIds"] {
                let given = fields.get(list).and_then(Value::as_array).into_iter().flatten();
                for id in given.filter_map(Value::as_str) {
                    let Some((_, client)) = self.licenses.limits.get(id) else {
                        return Err(format!("there is no licence {id}"));
                    };
                    if home.get_or_insert_with(|| client.clone()) != client {
                        return Err(format!("the licence {id} is of another client"));
                    }
                }
            }
        }
        Ok(fields)
    }

    /// The plan, or why there is none.
    pub(crate) fn finish(mut self, tenant: String, made: Date) -> Result<Plan, Failure> {
        if self.roster.len() == 0 {
            return Err(Failure::CouldNotRun {
                reason: "the roster is empty".to_owned(),
                help: Some("nothing was planned: an empty export is no reason to act"),
            });
        }
        for row in self.roster.rows() {
            let (place, row) = row?;
            if !self.survey.is_found(place) {
                self.newcomer(place, &row)?;
            }
        }
        let mut entries = Spool::default();
        self.order.sort_unstable();
        for (row, place) in std::mem::take(&mut self.order) {
            let Some(mut entry) = self.entries.get(place as usize)? else { continue };
            if let Some(reason) = self.survey.objection(self.roster, &self.licenses, row, &entry) {
                entry = entry.left_alone(&reason);
            }
            self.totals.count(entry.action);
            entries.push(&entry)?;
        }
        self.survey.guard(self.totals.deactivate, self.settings.most)?;
        Plan {
            version: VERSION,
            tenant,
            made,
            matched_by: self.roster.match_by,
            roster_digest: self.roster.digest.clone(),
            read_digest: hex(&self.hash.finalize()),
            totals: self.totals,
            left_disabled: self.left_disabled,
            unseen: self.unseen,
            entries,
            digest: String::new(),
        }
        .sealed()
    }

    /// A row that nobody was found for.
    fn newcomer(&mut self, place: u32, row: &Row) -> Result<(), Failure> {
        if row.disabled == Some(true) {
            // Somebody who has left before they came.
            self.totals.unchanged += 1;
            return Ok(());
        }
        let mut entry = Entry { line: Some(row.line), ..Entry::of(Action::Create) };
        entry.email = row.text("email").map(str::to_owned);
        let key = row.text(self.roster.match_by.field()).unwrap_or_default();
        let home = self.settings.client.as_deref().or(row.text("clientId"));
        let is_elsewhere = self.settings.client.is_some()
            && row.text("clientId").is_some_and(|own| self.settings.client.as_deref() != Some(own));
        let fields = if entry.email.is_none() {
            Err(format!("nobody has the id `{key}`, and nobody can be created without an e-mail address"))
        } else if is_elsewhere {
            Err("the row names another client than --scope".to_owned())
        } else {
            self.unmanaged_role(row).map_or_else(|| self.resolve(row, home), Err)
        };
        let mut fields = match fields {
            Ok(fields) => fields,
            Err(reason) => return self.push(place, &entry.left_alone(&reason)),
        };
        // Whoever is new in a scope belongs to it.
        fields.extend(self.settings.client.as_ref().map(|client| ("clientId".to_owned(), json!(client))));
        let new = |field: String, after: Value| Change { field, before: Value::Null, after, hidden: false };
        for (name, value) in fields {
            match value {
                Value::Object(custom) if name == "customFields" => {
                    let custom = custom.into_iter().map(|(key, value)| new(format!("customFields.{key}"), value));
                    entry.changes.extend(custom);
                }
                value => entry.changes.push(new(name, value)),
            }
        }
        self.push(place, &entry)
    }
}

impl Entry {
    /// The same person, left alone. The first reason stands.
    fn left_alone(self, reason: &str) -> Self {
        let problem = self.problem.or_else(|| Some(reason.to_owned()));
        Self { action: Action::Problem, problem, changes: Vec::new(), seen: Map::new(), ..self }
    }
}

fn about(action: Action, user: &User) -> Entry {
    Entry { id: Some(user.id.clone()), email: user.email.clone(), ..Entry::of(action) }
}

fn status_of(user: &User) -> &'static str {
    status_text(user.disabled.unwrap_or(false))
}

fn status_text(disabled: bool) -> &'static str {
    if disabled { "disabled" } else { "active" }
}

fn status(user: &User, after: &str) -> Change {
    Change { field: "status".to_owned(), before: json!(status_of(user)), after: json!(after), hidden: false }
}

/// Where somebody stands: whoever is promoted or moved after the plan is not who it is about.
fn stand(seen: &mut Map<String, Value>, user: &User) {
    seen.extend(user.role_key.clone().map(|role| ("role".to_owned(), json!(role))));
    seen.insert("clientId".to_owned(), json!(user.client_id));
}

/// A row as a roster has it, with the status that it asks for.
fn whole(row: &Row, disabled: Option<bool>) -> Map<String, Value> {
    let mut whole = row.fields.clone();
    whole.extend(disabled.map(|disabled| ("status".to_owned(), json!(status_text(disabled)))));
    whole
}

/// What is held and what is given, each once, in the order of their text.
fn merged(held: &[Value], given: &[Value]) -> Value {
    let mut all = held.to_vec();
    for item in given {
        if !all.contains(item) {
            all.push(item.clone());
        }
    }
    all.sort_by_key(ToString::to_string);
    Value::Array(all)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::io::Write as _;

    use proptest::prelude::*;
    use thought_industries::model::AllocatedLicense;

    use super::*;
    use crate::roster::Mapping;

    /// A person of a made-up tenant: address, name, role, status, licences, external id.
    type Person = (u8, Option<String>, u8, bool, bool, Option<u8>);

    fn user((address, last_name, role, disabled, licensed, external): &Person, place: usize) -> User {
        let mut user = User::default();
        user.id = format!("id-{place}");
        user.email = Some(format!("P{address}@example.com"));
        user.last_name.clone_from(last_name);
        user.role_key = Some(["learner", "student", "admin"][usize::from(*role)].to_owned());
        user.disabled = Some(*disabled);
        user.external_customer_id = external.map(|external| format!("p{external}@example.com"));
        if *licensed {
            user.allocated_licenses = Some(vec![held("held")]);
        }
        user
    }

    /// A licence, held as a student.
    fn held(id: &str) -> AllocatedLicense {
        serde_json::from_value(json!({ "licenseId": id, "licenseRole": "student" })).expect("a licence")
    }

    /// A row: address, name, status, licence, external id. Some systems use addresses as ids.
    type Line = (u8, Option<String>, bool, bool, Option<u8>);

    fn roster(lines: &[Line]) -> Roster {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        writeln!(file, "email,lastName,status,studentLicenseIds,externalCustomerId").expect("written");
        for (address, last_name, disabled, licensed, external) in lines {
            let status = if *disabled { "disabled" } else { "active" };
            let license = if *licensed { "given" } else { "" };
            let last_name = last_name.clone().unwrap_or_default();
            let external = external.map(|external| format!("p{external}@example.com")).unwrap_or_default();
            writeln!(file, "p{address}@example.com,{last_name},{status},{license},{external}").expect("written");
        }
        Roster::read(file.path(), &Mapping::default(), MatchBy::Email).expect("a roster")
    }

    fn plan(roster: &Roster, users: &[User]) -> Plan {
        let settings = Settings {
            deactivate_missing: true,
            write_hidden: false,
            client: None,
            roles: vec!["learner".to_owned(), "student".to_owned()],
            most: (usize::MAX, 100.0),
        };
        let mut planner = Planner::new(roster, settings, Licenses::default());
        for user in users {
            planner.person(user, &[]).expect("taken in");
        }
        planner.finish("https://acme.example/".to_owned(), Date::now()).expect("a plan")
    }

    fn carried_out(plan: &Plan) -> Vec<Entry> {
        let entries = plan.entries.iter().map(|entry| entry.expect("an entry"));
        entries.filter(|entry| entry.action != Action::Problem).collect()
    }

    /// What a tenant would be after a plan.
    fn apply(plan: &Plan, users: &[User]) -> Vec<User> {
        let mut after = users.to_vec();
        for entry in carried_out(plan) {
            if entry.action == Action::Create {
                let place = after.len();
                let mut new = User::default();
                (new.id, new.email) = (format!("new-{place}"), entry.email.clone());
                (new.role_key, new.disabled) = (Some("learner".to_owned()), Some(false));
                after.push(new);
            }
            let own = |user: &&mut User| entry.id.as_ref().is_none_or(|id| user.id == *id);
            let user = after.iter_mut().rfind(own).expect("somebody");
            for change in &entry.changes {
                match change.field.as_str() {
                    "lastName" => user.last_name = change.after.as_str().map(str::to_owned),
                    "status" => user.disabled = Some(change.after == "disabled"),
                    "studentLicenseIds" => {
                        let ids = change.after.as_array().cloned().unwrap_or_default();
                        user.allocated_licenses = Some(ids.iter().filter_map(Value::as_str).map(held).collect());
                    }
                    "externalCustomerId" => user.external_customer_id = change.after.as_str().map(str::to_owned),
                    "email" => {}
                    other => panic!("{other} was not asked for"),
                }
            }
        }
        after
    }

    fn name() -> impl Strategy<Value = Option<String>> {
        prop::option::of("[A-Z][a-z]{1,6}")
    }

    proptest! {
        /// Whatever the roster and the tenant: the plan leads to what the roster says, touches nobody else, takes no
        /// licence away, and a second plan has nothing left to do but what was a problem.
        #[test]
        fn a_plan_leads_to_the_roster_and_touches_nobody_else(
            people in prop::collection::vec((0u8..12, name(), 0u8..3, any::<bool>(), any::<bool>(), prop::option::weighted(0.3, 0u8..12)), 0..12),
            lines in prop::collection::vec((0u8..12, name(), any::<bool>(), any::<bool>(), prop::option::weighted(0.3, 0u8..12)), 1..12),
        ) {
            let users: Vec<User> = people.iter().enumerate().map(|(place, person)| user(person, place)).collect();
            let roster = roster(&lines);
            let plan = plan(&roster, &users);
            let after = apply(&plan, &users);
            let changed: HashSet<String> = carried_out(&plan).into_iter().filter_map(|entry| entry.id).collect();
            let count = |address: u8| (
                lines.iter().filter(|line| line.0 == address).count(),
                people.iter().filter(|person| person.0 == address).count(),
            );
            for (user, before) in after.iter().zip(&users) {
                prop_assert!(changed.contains(&user.id) || user == before, "{} was touched", user.id);
                prop_assert!(before.role_key.as_deref() != Some("admin") || user == before, "an administrator was touched");
                let held = |user: &User| user.allocated_licenses.iter().flatten().filter_map(|held| held.license_id.clone()).collect::<HashSet<_>>();
                prop_assert!(held(user).is_superset(&held(before)), "a licence was taken away");
            }
            let holders = |users: &[User], external: u8| {
                let own = format!("p{external}@example.com");
                users.iter().filter(|user| user.external_customer_id.as_ref() == Some(&own)).count()
            };
            for external in 0..12 {
                prop_assert!(holders(&after, external) <= holders(&users, external).max(1), "somebody got the id of another");
            }
            let clashes = |line: &&Line| line.4.is_some_and(|external| {
                let is_elsewhere = |person: &Person| person.5 == Some(external) && person.0 != line.0;
                lines.iter().filter(|other| other.4 == Some(external)).count() > 1 || people.iter().any(is_elsewhere)
            });
            let is_plain = |line: &&Line| count(line.0).0 == 1 && count(line.0).1 <= 1 && !clashes(line);
            for (address, last_name, disabled, licensed, external) in lines.iter().filter(is_plain) {
                let own = after.iter().find(|user| user.email.as_ref().is_some_and(|email| email.to_lowercase() == format!("p{address}@example.com")));
                let Some(own) = own else {
                    prop_assert!(*disabled, "p{address} is missing");
                    continue;
                };
                if own.role_key.as_deref() == Some("admin") {
                    continue;
                }
                prop_assert_eq!(own.disabled, Some(*disabled));
                prop_assert!(last_name.is_none() || own.last_name == *last_name);
                let is_given = own.allocated_licenses.iter().flatten().any(|held| held.license_id.as_deref() == Some("given"));
                prop_assert!(!licensed || is_given);
                let id = external.map(|external| format!("p{external}@example.com"));
                prop_assert!(id.is_none() || own.external_customer_id == id);
            }
            // An id that somebody has given up is free for a row that had to be left alone.
            let left: HashSet<Option<u64>> = plan
                .entries
                .iter()
                .map(|entry| entry.expect("an entry"))
                .filter(|entry| entry.action == Action::Problem)
                .map(|entry| entry.line)
                .collect();
            let again = carried_out(&super::tests::plan(&roster, &after));
            prop_assert!(again.iter().all(|entry| left.contains(&entry.line)), "{again:?}");
        }
    }
}
