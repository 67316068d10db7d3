//! From a roster and the people of a tenant to a plan. Nothing is read or written here but what is handed in.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use thought_industries::UserFields;
use thought_industries::model::User;

use super::{Action, Change, Entry, Plan, Totals, VERSION, hex};
use crate::failure::Failure;
use crate::roster::{MatchBy, Roster, Row};

/// What a plan may do.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Whether people of the scope who are not in the roster are deactivated.
    pub(crate) deactivate_missing: bool,
    /// The client that the roster is about; everybody if none is named.
    pub(crate) client: Option<String>,
    /// Role keys of people who may be changed.
    pub(crate) roles: Vec<String>,
    /// The most people who may be deactivated, and the most in percent of those who are active.
    pub(crate) most: (usize, f64),
}

/// Licences by SKU and by id, with how many seats are left.
#[derive(Debug, Default)]
pub(crate) struct Licenses {
    /// The ids of a SKU.
    pub(crate) by_sku: BTreeMap<String, Vec<String>>,
    /// Seat limits by id; those without one are not limited.
    pub(crate) limits: HashMap<String, Option<i64>>,
    /// Whether they were read at all.
    pub(crate) are_known: bool,
}

/// A plan in the making.
pub(crate) struct Planner<'r> {
    roster: &'r Roster,
    settings: Settings,
    licenses: Licenses,
    entries: Vec<Entry>,
    /// Rows that somebody was found for, each with the ids of all.
    found: HashMap<u32, Vec<String>>,
    /// Addresses and external ids of the tenant, so that nobody is created twice.
    taken: HashSet<u64>,
    used: HashMap<String, i64>,
    people: usize,
    active: usize,
    totals: Totals,
    hash: Sha256,
}

impl<'r> Planner<'r> {
    pub(crate) fn new(roster: &'r Roster, settings: Settings, licenses: Licenses) -> Self {
        Self {
            roster,
            settings,
            licenses,
            entries: Vec::new(),
            found: HashMap::new(),
            taken: HashSet::new(),
            used: HashMap::new(),
            people: 0,
            active: 0,
            totals: Totals::default(),
            hash: Sha256::new(),
        }
    }

    /// Takes in a person of the tenant. `gaps` are the paths that the list does not give.
    pub(crate) fn person(&mut self, user: &User, gaps: &[String]) -> Result<(), Failure> {
        self.people += 1;
        self.hash.update(serde_json::to_string(user)?.as_bytes());
        for key in [user.email.as_ref().map(|email| email.to_lowercase()), user.external_customer_id.clone()] {
            self.taken.extend(key.map(|key| self.roster.hash(&key)));
        }
        for held in user.allocated_licenses.iter().flatten() {
            let is_student = held.license_role.as_ref().is_none_or(|role| role.to_string() == "student");
            if let (Some(id), true) = (&held.license_id, is_student) {
                *self.used.entry(id.clone()).or_default() += 1;
            }
        }
        // The second record of a pair is no person of its own.
        if user.learner_user_id.is_some() {
            return Ok(());
        }
        let is_managed = self.is_managed(user);
        let in_scope = self.settings.client.is_none() || self.settings.client == user.client_id;
        if is_managed && in_scope && user.disabled == Some(false) {
            self.active += 1;
        }
        let key = match self.roster.match_by {
            MatchBy::Email => user.email.as_deref(),
            MatchBy::ExternalCustomerId => user.external_customer_id.as_deref(),
        };
        let Some(key) = key else {
            // Whoever cannot be in a roster is not missing from one.
            self.totals.unmanaged += 1;
            return Ok(());
        };
        let rows = self.roster.find(key)?;
        if rows.is_empty() {
            self.missing(user, is_managed && in_scope);
            return Ok(());
        }
        let is_twice = rows.len() > 1;
        for (place, row) in rows {
            self.found.entry(place).or_default().push(user.id.clone());
            let mut entry = self.compare(user, gaps, &row, is_managed && in_scope);
            if is_twice {
                let about = Entry { line: Some(row.line), ..about(Action::Problem, user) };
                entry = problem(Some(entry.unwrap_or(about)), "the roster has this person more than once");
            }
            self.push(entry);
        }
        Ok(())
    }

    fn is_managed(&self, user: &User) -> bool {
        user.role_key.as_ref().is_some_and(|key| self.settings.roles.contains(key))
    }

    fn push(&mut self, entry: Option<Entry>) {
        match entry {
            Some(entry) => self.entries.push(entry),
            None => self.totals.unchanged += 1,
        }
    }

    /// Somebody who is in no row.
    fn missing(&mut self, user: &User, is_ours: bool) {
        if !is_ours || !self.settings.deactivate_missing {
            self.totals.unmanaged += 1;
            return;
        }
        if user.disabled != Some(false) {
            self.totals.unchanged += 1;
            return;
        }
        let mut entry = about(Action::Deactivate, user);
        if self.roster.names(user.email.as_deref(), user.external_customer_id.as_deref()) {
            self.push(problem(Some(entry), "a row names this person by another key than people are matched by"));
            return;
        }
        entry.changes.push(status(user, "disabled"));
        entry.seen.insert("status".to_owned(), json!("active"));
        stand(&mut entry.seen, user);
        entry.row.extend(user.email.clone().map(|email| ("email".to_owned(), json!(email))));
        entry.row.extend(user.external_customer_id.clone().map(|id| ("externalCustomerId".to_owned(), json!(id))));
        entry.row.insert("status".to_owned(), json!("disabled"));
        self.entries.push(entry);
    }

    /// What a row changes of a person; nothing if they are as it says.
    fn compare(&self, user: &User, gaps: &[String], row: &Row, is_ours: bool) -> Option<Entry> {
        let mut entry = Entry { line: Some(row.line), row: whole(row), ..about(Action::Update, user) };
        if let Some(role) = row.text("role").filter(|role| !self.settings.roles.iter().any(|own| own == role)) {
            return problem(Some(entry), &format!("the role `{role}` is not managed by rosters"));
        }
        if row.text("clientId").is_some_and(|client| user.client_id.as_deref() != Some(client)) {
            return problem(Some(entry), "the person belongs to another client, and moving would take licences away");
        }
        let fields = match self.resolve(row) {
            Ok(fields) => fields,
            Err(reason) => return problem(Some(entry), &reason),
        };
        let fields = match UserFields::from_json(fields) {
            Ok(fields) => fields,
            Err(error) => return problem(Some(entry), &error.to_string()),
        };
        let wanted = if row.disabled { "disabled" } else { "active" };
        let is_disabled = user.disabled.unwrap_or(false);
        entry.seen = fields.current(user, gaps);
        entry.seen.insert("status".to_owned(), json!(status_of(user)));
        stand(&mut entry.seen, user);
        for difference in fields.differences(user, gaps) {
            let hidden = difference.before.is_none();
            let before = difference.before.unwrap_or_default();
            // Access is merged: what is held stays.
            let after = match (&before, &difference.after) {
                (Value::Array(held), Value::Array(given)) => merged(held, given),
                (_, after) => after.clone(),
            };
            entry.changes.push(Change { field: difference.name, before, after, hidden });
        }
        if is_disabled != row.disabled {
            entry.action = if row.disabled { Action::Deactivate } else { Action::Reactivate };
            entry.changes.push(status(user, wanted));
        }
        if entry.changes.is_empty() {
            return None;
        }
        if !is_ours {
            let role = user.role_key.as_deref().unwrap_or("none");
            return problem(
                Some(entry),
                &format!("the account has the role `{role}` or is of another client, and is not managed by rosters"),
            );
        }
        Some(entry)
    }

    /// The fields of a row, with ids for the SKUs of licences: only ids can be compared with what is held.
    fn resolve(&self, row: &Row) -> Result<Map<String, Value>, String> {
        let mut fields = row.fields.clone();
        for (skus, ids) in [("studentLicenseSkus", "studentLicenseIds"), ("managerLicenseSkus", "managerLicenseIds")] {
            let Some(Value::Array(named)) = fields.remove(skus) else { continue };
            let mut found: Vec<Value> = Vec::new();
            for sku in named.iter().filter_map(Value::as_str) {
                match self.licenses.by_sku.get(sku).map(Vec::as_slice) {
                    Some([id]) => found.push(json!(id)),
                    Some([_, ..]) => return Err(format!("several licences have the SKU `{sku}`")),
                    _ => return Err(format!("no licence has the SKU `{sku}`")),
                }
            }
            if let Some(Value::Array(given)) = fields.get(ids) {
                found.extend(given.clone());
            }
            fields.insert(ids.to_owned(), json!(found));
        }
        if self.licenses.are_known {
            for list in ["studentLicenseIds", "managerLicenseIds"] {
                let given = fields.get(list).and_then(Value::as_array).into_iter().flatten();
                for id in given.filter_map(Value::as_str) {
                    if !self.licenses.limits.contains_key(id) {
                        return Err(format!("there is no licence {id}"));
                    }
                }
            }
        }
        Ok(fields)
    }

    /// The plan, or why there is none.
    pub(crate) fn finish(mut self, tenant: String, made: String) -> Result<Plan, Failure> {
        let refused = |reason: String, help: &'static str| Failure::CouldNotRun { reason, help: Some(help) };
        if self.roster.len() == 0 {
            return Err(refused(
                "the roster is empty".to_owned(),
                "nothing was planned: an empty export is no reason to act",
            ));
        }
        self.new_people()?;
        let several: HashSet<String> = self.found.values().filter(|ids| ids.len() > 1).flatten().cloned().collect();
        for entry in &mut self.entries {
            if entry.id.as_ref().is_some_and(|id| several.contains(id)) {
                let taken = std::mem::replace(entry, Entry::of(Action::Problem));
                *entry = problem(Some(taken), "several people of the tenant match this row")
                    .unwrap_or_else(|| Entry::of(Action::Problem));
            }
        }
        self.seats();
        self.guard()?;
        self.entries.sort_by(|a, b| (a.line.is_none(), a.line, &a.id).cmp(&(b.line.is_none(), b.line, &b.id)));
        let read_digest = hex(&self.hash.finalize());
        Ok(Plan {
            version: VERSION,
            tenant,
            made,
            matched_by: self.roster.match_by,
            roster_digest: self.roster.digest.clone(),
            read_digest,
            totals: self.totals,
            entries: self.entries,
            digest: String::new(),
        }
        .sealed())
    }

    /// Rows that nobody was found for.
    fn new_people(&mut self) -> Result<(), Failure> {
        let mut keys = HashSet::new();
        for place in 0..u32::try_from(self.roster.len()).unwrap_or(u32::MAX) {
            if self.found.contains_key(&place) {
                continue;
            }
            let row = self.roster.row(place)?;
            let mut entry = Entry { line: Some(row.line), ..Entry::of(Action::Create) };
            entry.email = row.text("email").map(str::to_owned);
            let key = row.text(self.roster.match_by.field()).unwrap_or_default();
            let others = self.roster.find(key)?;
            let email = entry.email.as_ref().map(|email| email.to_lowercase());
            let external = row.text("externalCustomerId").map(str::to_owned);
            let is_taken =
                [&email, &external].into_iter().flatten().any(|key| self.taken.contains(&self.roster.hash(key)));
            let is_repeated = [&email, &external].into_iter().flatten().any(|key| !keys.insert(self.roster.hash(key)));
            let role = row.text("role").filter(|role| !self.settings.roles.iter().any(|own| own == role));
            let reason = if others.len() > 1 || is_repeated {
                Some("the roster has this address or id more than once".to_owned())
            } else if is_taken {
                Some("somebody else of the tenant has this address or external id".to_owned())
            } else if email.is_none() {
                Some("nobody can be created without an e-mail address".to_owned())
            } else if self.settings.client.is_some()
                && row.text("clientId").is_some_and(|own| self.settings.client.as_deref() != Some(own))
            {
                Some("the row names another client than --scope".to_owned())
            } else {
                role.map(|role| format!("the role `{role}` is not managed by rosters"))
            };
            let fields = match (reason, self.resolve(&row)) {
                (None, Ok(mut fields)) => {
                    // Whoever is new in a scope belongs to it.
                    if let Some(client) = &self.settings.client {
                        fields.insert("clientId".to_owned(), json!(client));
                    }
                    fields
                }
                (Some(reason), _) | (None, Err(reason)) => {
                    self.push(problem(Some(entry), &reason));
                    continue;
                }
            };
            if row.disabled {
                // Somebody who has left before they came.
                self.totals.unchanged += 1;
                continue;
            }
            for (name, value) in fields {
                match value {
                    Value::Object(custom) if name == "customFields" => {
                        for (key, value) in custom {
                            let field = format!("customFields.{key}");
                            entry.changes.push(Change { field, before: Value::Null, after: value, hidden: false });
                        }
                    }
                    value => {
                        entry.changes.push(Change { field: name, before: Value::Null, after: value, hidden: false });
                    }
                }
            }
            self.entries.push(entry);
        }
        Ok(())
    }

    /// Refuses rows whose licences have no seat left, in the order of the roster.
    fn seats(&mut self) {
        if !self.licenses.are_known {
            return;
        }
        self.entries.sort_by_key(|entry| entry.line);
        for entry in &mut self.entries {
            if entry.action == Action::Problem {
                continue;
            }
            let gained: Vec<String> = entry
                .changes
                .iter()
                .filter(|change| change.field == "studentLicenseIds")
                .flat_map(|change| {
                    let held = change.before.as_array().cloned().unwrap_or_default();
                    change
                        .after
                        .as_array()
                        .cloned()
                        .unwrap_or_default()
                        .into_iter()
                        .filter(move |id| !held.contains(id))
                })
                .filter_map(|id| id.as_str().map(str::to_owned))
                .collect();
            let full = gained.iter().find(|id| {
                let limit = self.licenses.limits.get(*id).copied().flatten().filter(|limit| *limit > 0);
                limit.is_some_and(|limit| self.used.get(*id).copied().unwrap_or_default() >= limit)
            });
            if let Some(id) = full {
                let reason = format!("the licence {id} has no seat left");
                let taken = std::mem::replace(entry, Entry::of(Action::Problem));
                *entry = problem(Some(taken), &reason).unwrap_or_else(|| Entry::of(Action::Problem));
                continue;
            }
            for id in gained {
                *self.used.entry(id).or_default() += 1;
            }
        }
    }

    /// Refuses a plan that would deactivate more people than it may.
    fn guard(&self) -> Result<(), Failure> {
        let deactivated = self.entries.iter().filter(|entry| entry.action == Action::Deactivate).count();
        let (number, percent) = self.settings.most;
        #[expect(clippy::cast_precision_loss, reason = "a percentage of people")]
        let share = if self.active == 0 { 0.0 } else { deactivated as f64 * 100.0 / self.active as f64 };
        if deactivated > number || share > percent {
            return Err(Failure::CouldNotRun {
                reason: format!(
                    "{deactivated} of {} active people would be deactivated ({share:.1} %), and at most {number} and {percent} % may be",
                    self.active
                ),
                help: Some("if the roster is right, raise both: --max-deactivations N --max-deactivations P%"),
            });
        }
        Ok(())
    }
}

fn about(action: Action, user: &User) -> Entry {
    Entry { id: Some(user.id.clone()), email: user.email.clone(), ..Entry::of(action) }
}

fn status_of(user: &User) -> &'static str {
    if user.disabled.unwrap_or(false) { "disabled" } else { "active" }
}

fn status(user: &User, after: &str) -> Change {
    Change { field: "status".to_owned(), before: json!(status_of(user)), after: json!(after), hidden: false }
}

/// Where somebody stands: whoever is promoted or moved after the plan is not who it is about.
fn stand(seen: &mut Map<String, Value>, user: &User) {
    seen.extend(user.role_key.clone().map(|role| ("role".to_owned(), json!(role))));
    seen.insert("clientId".to_owned(), json!(user.client_id));
}

/// A row as a roster has it, with its status.
fn whole(row: &Row) -> Map<String, Value> {
    let mut whole = row.fields.clone();
    whole.insert("status".to_owned(), json!(if row.disabled { "disabled" } else { "active" }));
    whole
}

/// The same person, left alone.
fn problem(entry: Option<Entry>, reason: &str) -> Option<Entry> {
    let entry = entry?;
    let problem = entry.problem.clone().unwrap_or_else(|| reason.to_owned());
    Some(Entry { action: Action::Problem, problem: Some(problem), changes: Vec::new(), seen: Map::new(), ..entry })
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
    use std::io::Write as _;

    use proptest::prelude::*;
    use thought_industries::model::AllocatedLicense;

    use super::*;
    use crate::roster::Mapping;

    /// A person of a made-up tenant: address, name, role, status, licences.
    type Person = (u8, Option<String>, u8, bool, bool);

    fn user((address, last_name, role, disabled, licensed): &Person, place: usize) -> User {
        let mut user = User::default();
        user.id = format!("id-{place}");
        user.email = Some(format!("P{address}@example.com"));
        user.last_name.clone_from(last_name);
        user.role_key = Some(["learner", "student", "admin"][usize::from(*role)].to_owned());
        user.disabled = Some(*disabled);
        if *licensed {
            user.allocated_licenses = Some(vec![held("held")]);
        }
        user
    }

    /// A licence, held as a student.
    fn held(id: &str) -> AllocatedLicense {
        serde_json::from_value(json!({ "licenseId": id, "licenseRole": "student" })).expect("a licence")
    }

    /// A row: address, name, status, licence.
    type Line = (u8, Option<String>, bool, bool);

    fn roster(lines: &[Line]) -> Roster {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        writeln!(file, "email,lastName,status,studentLicenseIds").expect("written");
        for (address, last_name, disabled, licensed) in lines {
            let status = if *disabled { "disabled" } else { "active" };
            let license = if *licensed { "given" } else { "" };
            let last_name = last_name.clone().unwrap_or_default();
            writeln!(file, "p{address}@example.com,{last_name},{status},{license}").expect("written");
        }
        Roster::read(file.path(), &Mapping::default(), MatchBy::Email).expect("a roster")
    }

    fn plan(roster: &Roster, users: &[User]) -> Plan {
        let settings = Settings {
            deactivate_missing: true,
            client: None,
            roles: vec!["learner".to_owned(), "student".to_owned()],
            most: (usize::MAX, 100.0),
        };
        let mut planner = Planner::new(roster, settings, Licenses::default());
        for user in users {
            planner.person(user, &[]).expect("taken in");
        }
        planner.finish("https://acme.example/".to_owned(), String::new()).expect("a plan")
    }

    /// What a tenant would be after a plan.
    fn apply(plan: &Plan, users: &[User]) -> Vec<User> {
        let mut after = users.to_vec();
        for entry in plan.entries.iter().filter(|entry| entry.action != Action::Problem) {
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
        /// licence away, and a second plan has nothing left to do.
        #[test]
        fn a_plan_leads_to_the_roster_and_touches_nobody_else(
            people in prop::collection::vec((0u8..12, name(), 0u8..3, any::<bool>(), any::<bool>()), 0..12),
            lines in prop::collection::vec((0u8..12, name(), any::<bool>(), any::<bool>()), 1..12),
        ) {
            let users: Vec<User> = people.iter().enumerate().map(|(place, person)| user(person, place)).collect();
            let roster = roster(&lines);
            let plan = plan(&roster, &users);
            let after = apply(&plan, &users);
            let changed: HashSet<&str> = plan.entries.iter().filter(|entry| entry.action != Action::Problem).filter_map(|entry| entry.id.as_deref()).collect();
            let count = |address: u8| (
                lines.iter().filter(|line| line.0 == address).count(),
                people.iter().filter(|person| person.0 == address).count(),
            );
            for (user, before) in after.iter().zip(&users) {
                prop_assert!(changed.contains(user.id.as_str()) || user == before, "{} was touched", user.id);
                prop_assert!(before.role_key.as_deref() != Some("admin") || user == before, "an administrator was touched");
                let held = |user: &User| user.allocated_licenses.iter().flatten().filter_map(|held| held.license_id.clone()).collect::<HashSet<_>>();
                prop_assert!(held(user).is_superset(&held(before)), "a licence was taken away");
            }
            for (address, last_name, disabled, licensed) in lines.iter().filter(|line| count(line.0).0 == 1 && count(line.0).1 <= 1) {
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
            }
            let again = super::tests::plan(&roster, &after);
            prop_assert_eq!(again.totals.changes(), 0, "{:?}", again.entries);
        }
    }
}
