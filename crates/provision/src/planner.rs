//! From a roster and the users of a tenant to a plan. The tenant is read, and nothing is written to it.

use std::collections::BTreeSet;

use thought_industries::model::User;
use thought_industries::{Client, Date, Error as ClientError, Response, UserKey};

use crate::desired::{DesiredUser, MatchBy};
use crate::diff::{Differ, Notes, about, line_of};
use crate::error::{Error, ErrorKind};
use crate::expiry::Lifetime;
use crate::files::Hasher;
use crate::guards::{Census, History};
use crate::licenses::LicenseIndex;
use crate::plan::{Action, Entry, Plan, PlanSource, Totals, VERSION};
use crate::policy::Policy;
use crate::provenance::{mark, salt};
use crate::roster::Roster;
use crate::seat_changes::SeatChange;
use crate::spool::Spool;
use crate::tenant_index::TenantIndex;
use crate::user_pages::UserPages;

/// Makes plans.
///
/// ```no_run
/// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries_provision::Error> {
/// use thought_industries_provision::{Planner, Policy, Roster, SyncConfig};
///
/// let roster = Roster::read("roster.csv".as_ref(), &SyncConfig::new(), client.now())?;
/// let plan = Planner::new(Policy::default()).plan(&client, &roster).await?;
/// println!("{} changes, {} problems", plan.totals.changes(), plan.totals.problems);
/// plan.write("plan.json".as_ref())?;
/// # Ok(())
/// # }
/// ```
pub struct Planner {
    policy: Policy,
    history: History,
    lifetime: Lifetime,
    made_by: Option<String>,
    on_user: Box<dyn Fn() + Send + Sync>,
}

impl std::fmt::Debug for Planner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Planner").field("policy", &self.policy).finish_non_exhaustive()
    }
}

impl Planner {
    /// A planner with this policy.
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            history: History::default(),
            lifetime: Lifetime::default(),
            made_by: None,
            on_user: Box::new(|| {}),
        }
    }

    /// Judges plans by the past runs of the tenant as well; by default, none are known.
    #[must_use]
    pub fn history(self, history: History) -> Self {
        Self { history, ..self }
    }

    /// How long plans may be carried out; 7 days by default.
    #[must_use]
    pub fn lifetime(self, lifetime: Lifetime) -> Self {
        Self { lifetime, ..self }
    }

    /// Who makes the plans, for those who approve them; by default, a plan does not say.
    #[must_use]
    pub fn made_by(self, name: impl Into<String>) -> Self {
        Self { made_by: Some(name.into()), ..self }
    }

    /// Calls this for each user of the tenant that is read.
    #[must_use]
    pub fn on_user(self, on_user: impl Fn() + Send + Sync + 'static) -> Self {
        Self { on_user: Box::new(on_user), ..self }
    }

    /// Compares a roster with the tenant. Reads all users with their profiles, 100 a request, and the licenses if the
    /// roster names any. A page of users that fails after the client's own retries is read again up to five times, after 5,
    /// 10, 20, 40 and 60 seconds by the client's clock, and the list continues there.
    ///
    /// # Errors
    /// If the roster is empty, or the tenant fails. Of the kind [`Guard`](ErrorKind::Guard) if guards of the policy refuse
    /// the plan: the error has all of them, each with what it saw, an example, and what raises it. Of the kind
    /// [`List`](ErrorKind::List) if the list of users breaks off, or ends before the total that the tenant reported: a part of
    /// the users is never planned as the whole.
    pub async fn plan(&self, client: &Client, roster: &Roster) -> Result<Plan, Error> {
        if let (true, Some(column)) = (self.policy.deactivate_missing, roster.unread_status()) {
            let message = format!(
                "the column `{column}` looks like a status and is not read: users who left would be reactivated"
            );
            let help = "nothing was planned; map the column to `status` in --config, and its words in [values.status]";
            return Err(Error::new(ErrorKind::Guard, message).with_help(help));
        }
        if let Some(scope) = &self.policy.scope {
            // The roster of a client that does not exist would leave all users alone.
            client.clients().get(scope.as_str()).send().await?;
        }
        let licenses = self.licenses(client, roster.names_licenses()).await?;
        // Where a tenant does not show the role of a license, only learners take seats.
        let learners = if roster.names_licenses() { client.users().learner_roles().await? } else { BTreeSet::new() };
        let policy = self.policy.resolved(client).await?;
        let mut builder = PlanBuilder::new(roster, &policy, licenses, learners);
        let mut pages = UserPages::new(client);
        while let Some(page) = pages.next().await? {
            let gaps = page.gaps().iter().filter_map(|gap| gap.strip_prefix("users."));
            let gaps: Vec<String> = gaps.map(str::to_owned).collect();
            for user in page.users.iter().flatten().filter(|user| pages.is_new(user)) {
                builder.add(user, &gaps)?;
                (self.on_user)();
            }
        }
        let plan = builder.finish(client.url().to_owned(), client.now(), &self.history)?;
        let expires = Some(self.lifetime.after(plan.made));
        Plan { made_by: self.made_by.clone(), expires, ..plan }.sealed()
    }

    /// Compares one user with the tenant; `None` if nothing is to be changed. The user is matched by
    /// `externalCustomerId` if they have one, and by e-mail address otherwise or if that finds no user. For callers such as
    /// a SCIM bridge, which provision users one by one: whether the seats of a license suffice is for the tenant to say.
    ///
    /// # Errors
    /// If the user has no key, or the tenant fails.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries_provision::Error> {
    /// use thought_industries_provision::{DesiredUser, Planner, Policy};
    ///
    /// let ada = DesiredUser::new().with("email", "ada@example.com").with("lastName", "Byron");
    /// match Planner::new(Policy::default()).plan_one(&client, &ada).await? {
    ///     Some(entry) => println!("{} {}", entry.action.name(), entry.label()),
    ///     None => println!("nothing to do"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn plan_one(&self, client: &Client, desired: &DesiredUser) -> Result<Option<Entry>, Error> {
        let licenses = self.licenses(client, desired.fields.keys().any(|name| name.contains("LicenseSku"))).await?;
        let policy = self.policy.resolved(client).await?;
        let differ = Differ { policy: &policy, licenses: &licenses };
        let keys = [MatchBy::ExternalCustomerId, MatchBy::Email].into_iter();
        let keys: Vec<(MatchBy, &str)> = keys.filter_map(|kind| Some((kind, desired.text(kind.field())?))).collect();
        let Some((_, key)) = keys.first() else {
            return Err(Error::new(ErrorKind::Roster, "the user has neither an e-mail address nor an external id"));
        };
        for (kind, key) in &keys {
            match find(client, *kind, key).await {
                Ok(found) => return Ok(differ.update(&found, found.gaps(), desired, &mut Notes::default())),
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error.into()),
            }
        }
        // A user who left before they came, or has not come yet, is not created.
        if desired.disabled == Some(true) || desired.starts.is_some() {
            return Ok(None);
        }
        let plan = salt(client.url(), client.now(), "");
        Ok(Some(marked(differ.creation(desired, key), &policy, &plan, 0)?))
    }

    async fn licenses(&self, client: &Client, are_needed: bool) -> Result<LicenseIndex, Error> {
        if are_needed {
            LicenseIndex::read(client, self.policy.scope.as_deref()).await
        } else {
            Ok(LicenseIndex::default())
        }
    }
}

/// An entry with the mark that the policy asks for.
fn marked(entry: Entry, policy: &Policy, plan: &str, number: usize) -> Result<Entry, Error> {
    let Some(provenance) = &policy.provenance else { return Ok(entry) };
    let mark = mark(plan, number, entry.label())?;
    Ok(entry.marked(provenance.field(), mark))
}

async fn find(client: &Client, kind: MatchBy, key: &str) -> Result<Response<User>, ClientError> {
    let key = match kind {
        MatchBy::Email => UserKey::Email(key.to_owned()),
        MatchBy::ExternalCustomerId => UserKey::ExternalCustomerId(key.to_owned()),
    };
    client.users().get(key).profile().send().await
}

/// A plan in the making: handed the users of the tenant one by one.
struct PlanBuilder<'r> {
    roster: &'r Roster,
    policy: &'r Policy,
    licenses: LicenseIndex,
    /// The entries, in the order in which they were found.
    entries: Spool<Entry>,
    /// The row and the position of each entry. Those without a row come last.
    order: Vec<(u32, u32)>,
    index: TenantIndex,
    totals: Totals,
    notes: Notes,
    hasher: Hasher,
}

/// The row of users who are in none.
const NO_ROW: u32 = u32::MAX;

impl<'r> PlanBuilder<'r> {
    fn new(roster: &'r Roster, policy: &'r Policy, licenses: LicenseIndex, learners: BTreeSet<String>) -> Self {
        Self {
            roster,
            policy,
            licenses,
            entries: Spool::default(),
            order: Vec::new(),
            index: TenantIndex::new(roster, learners),
            totals: Totals::default(),
            notes: Notes::default(),
            hasher: Hasher::default(),
        }
    }

    /// Takes in a user of the tenant. `gaps` are the paths that the list does not give.
    fn add(&mut self, user: &User, gaps: &[String]) -> Result<(), Error> {
        serde_json::to_writer(&mut self.hasher, user)?;
        // This comes before second records are skipped: their addresses are taken as well.
        self.index.add(self.roster, user);
        // The second record of a dual role is not a user of its own.
        if user.learner_user_id.is_some() {
            return Ok(());
        }
        let is_managed = self.policy.manages_role_of(user) && self.policy.has_in_scope(user);
        if is_managed && user.disabled == Some(false) {
            self.index.active += 1;
        }
        let key = match self.roster.match_by() {
            MatchBy::Email => user.email.as_deref(),
            MatchBy::ExternalCustomerId => user.external_customer_id.as_deref(),
        };
        let Some(key) = key.filter(|key| !key.trim().is_empty()) else {
            // A user without a key cannot be in a roster, and is not missing from it.
            self.totals.unmanaged += 1;
            return Ok(());
        };
        let rows = self.roster.find(key)?;
        if rows.is_empty() {
            return self.add_missing(user, is_managed);
        }
        let is_duplicate = rows.len() > 1;
        for (position, row) in rows {
            self.index.add_match(position);
            let differ = Differ { policy: self.policy, licenses: &self.licenses };
            let mut entry = differ.update(user, gaps, &row, &mut self.notes);
            // No row is applied, since nothing shows which of them is right.
            if is_duplicate {
                let problem = Entry { line: line_of(&row), ..about(Action::Problem, user) };
                entry = Some(entry.unwrap_or(problem).left_alone("the roster has this user more than once"));
            }
            match entry {
                Some(entry) => self.push(position, &entry)?,
                None => self.totals.unchanged += 1,
            }
        }
        Ok(())
    }

    fn push(&mut self, row: u32, entry: &Entry) -> Result<(), Error> {
        let position = u32::try_from(self.entries.len()).map_err(|_| {
            let error = Error::new(ErrorKind::Roster, "there are too many changes for one plan");
            error.with_help("nothing was planned; split the roster")
        })?;
        self.entries.push(entry)?;
        self.order.push((row, position));
        Ok(())
    }

    /// Takes in a user who is in no row.
    fn add_missing(&mut self, user: &User, is_managed: bool) -> Result<(), Error> {
        if !is_managed || !self.policy.deactivate_missing {
            self.totals.unmanaged += 1;
            return Ok(());
        }
        if user.disabled != Some(false) {
            self.totals.unchanged += 1;
            return Ok(());
        }
        let entry = Differ::deactivation(user);
        // A user whose key changed looks missing, but must not be deactivated.
        let keys = [(MatchBy::Email, &user.email), (MatchBy::ExternalCustomerId, &user.external_customer_id)];
        if keys.into_iter().any(|(kind, key)| key.as_ref().is_some_and(|key| self.roster.count(kind, key) > 0)) {
            let reason = "a row names this user by another key than users are matched by";
            let entry = Entry { row: serde_json::Map::new(), ..entry };
            return self.push(NO_ROW, &entry.left_alone(reason));
        }
        self.push(NO_ROW, &entry)
    }

    /// The plan without its digest, or why there is none.
    fn finish(mut self, tenant: String, made: Date, history: &History) -> Result<Plan, Error> {
        if self.roster.is_empty() {
            let error = Error::new(ErrorKind::Roster, "the roster is empty");
            return Err(error.with_help("nothing was planned: an empty export is no reason to act"));
        }
        let plan = salt(&tenant, made, self.roster.digest());
        for row in self.roster.rows() {
            let (position, row) = row?;
            if self.index.has_match(position) {
                continue;
            }
            if row.disabled == Some(true) {
                // A user who left before they came is not created.
                self.totals.unchanged += 1;
                continue;
            }
            if row.starts.is_some() {
                self.totals.waiting += 1;
                continue;
            }
            let key = row.text(self.roster.match_by().field()).unwrap_or_default();
            let entry = Differ { policy: self.policy, licenses: &self.licenses }.creation(&row, key);
            let entry = marked(entry, self.policy, &plan, self.entries.len())?;
            self.push(position, &entry)?;
        }
        // Users come in the order of the tenant, but rows take seats in the order of the roster.
        // A spool can only be appended to, so the sorted entries need another one.
        let mut entries = Spool::default();
        let mut census = Census::new(self.index.active);
        let used = self.index.used.clone();
        self.order.sort_unstable();
        for (row, position) in std::mem::take(&mut self.order) {
            let Some(mut entry) = self.entries.get(position as usize)? else { continue };
            if let Some(reason) = self.index.objection(self.roster, &self.licenses, row, &entry) {
                entry = entry.left_alone(&reason);
            }
            self.totals.count(entry.action);
            census.add(&entry);
            entries.push(&entry)?;
        }
        // The guards come last, since an entry with an objection changes no user.
        let raised = self.policy.guards.check(&census, history, made, "")?;
        Ok(Plan {
            version: VERSION,
            tenant,
            made,
            made_by: None,
            expires: None,
            source: PlanSource::Roster {
                name: self.roster.name().to_owned(),
                digest: self.roster.digest().to_owned(),
                matched_by: self.roster.match_by(),
                policy: self.policy.clone(),
            },
            read_digest: self.hasher.finish(),
            totals: self.totals,
            left_disabled: self.notes.left_disabled,
            unseen: self.notes.unseen,
            census: Some(census),
            raised,
            seats: SeatChange::all(&used, &self.index.used, &self.licenses),
            entries,
            digest: String::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::io::Write as _;

    use proptest::prelude::*;
    use proptest::test_runner::FileFailurePersistence;
    use serde_json::{Value, json};
    use thought_industries::model::AllocatedLicense;

    use super::*;
    use crate::config::SyncConfig;
    use crate::guards::{GuardKind, Guards, Limit};

    /// A user of a made-up tenant: address, name, role, status, licenses, external id.
    type Account = (u8, Option<String>, u8, bool, bool, Option<u8>);

    fn user((address, last_name, role, disabled, licensed, external): &Account, place: usize) -> User {
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

    /// A license, held as a student.
    fn held(id: &str) -> AllocatedLicense {
        serde_json::from_value(json!({ "licenseId": id, "licenseRole": "student" })).expect("a license")
    }

    /// A row: address, name, status, license, external id. Some systems use addresses as ids.
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
        Roster::read(file.path(), &SyncConfig::new(), Date::now()).expect("a roster")
    }

    fn plan(roster: &Roster, users: &[User]) -> Plan {
        let guards = Guards::new().deactivations(usize::MAX).percent(100.0);
        let guards = guards.allow(GuardKind::Reactivate, Limit::users(usize::MAX));
        let roles = ["learner", "student"].map(str::to_owned);
        let managed_roles = roles.to_vec();
        let policy = Policy { deactivate_missing: true, guards, managed_roles, ..Policy::default() };
        let mut builder = PlanBuilder::new(roster, &policy, LicenseIndex::default(), roles.into());
        for user in users {
            builder.add(user, &[]).expect("taken in");
        }
        builder.finish("https://acme.example/".to_owned(), Date::now(), &History::default()).expect("a plan")
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
            let user = after.iter_mut().rfind(own).expect("a user");
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
        #![proptest_config(ProptestConfig {
            failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
            ..ProptestConfig::default()
        })]

        /// Whatever the roster and the tenant: the plan leads to what the roster says, touches no other user, revokes no
        /// license, and a second plan has nothing to do except what was a problem.
        #[test]
        fn a_plan_leads_to_the_roster_and_touches_no_other_user(
            accounts in prop::collection::vec((0u8..12, name(), 0u8..3, any::<bool>(), any::<bool>(), prop::option::weighted(0.3, 0u8..12)), 0..12),
            lines in prop::collection::vec((0u8..12, name(), any::<bool>(), any::<bool>(), prop::option::weighted(0.3, 0u8..12)), 1..12),
        ) {
            let users: Vec<User> = accounts.iter().enumerate().map(|(place, account)| user(account, place)).collect();
            let roster = roster(&lines);
            let plan = plan(&roster, &users);
            let after = apply(&plan, &users);
            let changed: HashSet<String> = carried_out(&plan).into_iter().filter_map(|entry| entry.id).collect();
            let count = |address: u8| (
                lines.iter().filter(|line| line.0 == address).count(),
                accounts.iter().filter(|account| account.0 == address).count(),
            );
            for (user, before) in after.iter().zip(&users) {
                prop_assert!(changed.contains(&user.id) || user == before, "{} was touched", user.id);
                prop_assert!(before.role_key.as_deref() != Some("admin") || user == before, "an administrator was touched");
                let held = |user: &User| user.allocated_licenses.iter().flatten().filter_map(|held| held.license_id.clone()).collect::<HashSet<_>>();
                prop_assert!(held(user).is_superset(&held(before)), "a license was taken away");
            }
            let holders = |users: &[User], external: u8| {
                let own = format!("p{external}@example.com");
                users.iter().filter(|user| user.external_customer_id.as_ref() == Some(&own)).count()
            };
            for external in 0..12 {
                prop_assert!(holders(&after, external) <= holders(&users, external).max(1), "a user got the id of another");
            }
            let clashes = |line: &&Line| line.4.is_some_and(|external| {
                let is_elsewhere = |account: &Account| account.5 == Some(external) && account.0 != line.0;
                lines.iter().filter(|other| other.4 == Some(external)).count() > 1 || accounts.iter().any(is_elsewhere)
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
            // An id that a user has given up is free for a row that had to be left alone.
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
