//! From a roster and the users of a tenant to a plan. The tenant is read, and nothing is written to it.

mod new_rows;
mod one_user;

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
use crate::lost_zeros::LostZeros;
use crate::plan::{Action, Entry, Plan, PlanSource, Totals, VERSION};
use crate::policy::{Policy, Renames};
use crate::provenance::{mark, salt};
use crate::renames::{MissingUsers, Traits, other_id};
use crate::roster::Roster;
use crate::seat_changes::SeatChange;
use crate::spool::Spool;
use crate::tenant_index::TenantIndex;
use crate::user_pages::UserPages;

pub use one_user::UserPlan;

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
    /// If the roster is empty, its ids have lost leading zeros that those of the tenant have, or the tenant fails. Of the kind [`Guard`](ErrorKind::Guard) if guards of the policy refuse
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
                Ok(found) => {
                    let entry = differ.update(&found, found.gaps(), desired, &mut Notes::default());
                    let Some(reason) = other_id(&found, desired, *kind, policy.renames) else { return Ok(entry) };
                    return Ok(entry.map(|entry| entry.left_alone(&reason)));
                }
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
    /// Users who are in no row, and may be in one under another address or id.
    missing: MissingUsers,
    lost_zeros: LostZeros,
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
            missing: MissingUsers::default(),
            lost_zeros: LostZeros::default(),
            totals: Totals::default(),
            notes: Notes::default(),
            hasher: Hasher::default(),
        }
    }

    fn differ(&self) -> Differ<'_> {
        Differ { policy: self.policy, licenses: &self.licenses }
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
        if is_managed {
            self.index.active += usize::from(user.disabled == Some(false));
            // Other clients may have ids of another form.
            self.lost_zeros.add(self.roster, user);
        }
        if self.roster.match_by().iter().all(|kind| kind.of(user).is_none()) {
            // A user without a key cannot be in a roster, and is not missing from it.
            self.totals.unmanaged += 1;
            return Ok(());
        }
        for kind in self.roster.match_by().iter() {
            let rows = kind.of(user).map(|key| self.roster.find(kind, key)).transpose()?.unwrap_or_default();
            if !rows.is_empty() {
                return self.add_found(user, gaps, kind, rows);
            }
        }
        self.add_missing(user, gaps, is_managed)
    }

    /// Takes in a user whom rows name by a field.
    fn add_found(
        &mut self,
        user: &User,
        gaps: &[String],
        by: MatchBy,
        rows: Vec<(u32, DesiredUser)>,
    ) -> Result<(), Error> {
        let is_duplicate = rows.len() > 1;
        let are_several = self.roster.match_by().are_several();
        for (position, row) in rows {
            self.index.add_match(position, by);
            let differ = Differ { policy: self.policy, licenses: &self.licenses };
            let mut entry = differ.update(user, gaps, &row, &mut self.notes);
            let problem = || Entry { line: line_of(&row), ..about(Action::Problem, user) };
            if is_duplicate {
                // No row is applied, since nothing shows which of them is right.
                let left = entry.unwrap_or_else(problem).left_alone("the roster has this user more than once");
                entry = Some(left);
            } else if are_several && let Some(reason) = other_id(user, &row, by, self.policy.renames) {
                entry = Some(entry.unwrap_or_else(problem).left_alone(&reason));
            }
            match entry {
                Some(mut entry) => {
                    entry.found_by = are_several.then(|| by.into());
                    self.push(position, &entry)?;
                }
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
    fn add_missing(&mut self, user: &User, gaps: &[String], is_managed: bool) -> Result<(), Error> {
        if !is_managed {
            self.totals.unmanaged += 1;
            return Ok(());
        }
        // A user whose key changed looks missing, but must not be deactivated.
        let is_named = |kind: MatchBy| kind.of(user).is_some_and(|key| self.roster.count(kind, key) > 0);
        let is_named = MatchBy::ALL.into_iter().any(is_named);
        if self.policy.renames != Renames::Create && user.disabled == Some(false) && !is_named {
            let traits = Traits::of_user(user);
            // Most users of a tenant are in no row of a roster of some, and are not kept for a name alone.
            if self.roster.has_traits(&traits, !self.policy.deactivate_missing) {
                return self.missing.push(user, gaps, &traits, self.roster.hash_keys());
            }
        }
        if !self.policy.deactivate_missing {
            self.totals.unmanaged += 1;
            return Ok(());
        }
        if user.disabled != Some(false) {
            self.totals.unchanged += 1;
            return Ok(());
        }
        let entry = Differ::deactivation(user);
        if is_named {
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
        self.lost_zeros.check(|id| self.index.is_taken(self.roster, MatchBy::ExternalCustomerId, id))?;
        self.add_new(&salt(&tenant, made, self.roster.digest()))?;
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
                matched_by: self.roster.match_by().clone(),
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
mod tests;
