//! What one user needs, as a plan of a single entry: for services that are asked user by user.

use thought_industries::model::User;
use thought_industries::{Client, UserKey};

use super::{Planner, find, marked, salt};
use crate::desired::{DesiredUser, MatchBy, MatchKeys};
use crate::diff::{Differ, Notes};
use crate::error::{Error, ErrorKind};
use crate::files::Hasher;
use crate::guards::Census;
use crate::licenses::LicenseIndex;
use crate::plan::{Entry, Plan, PlanSource, Totals, VERSION};
use crate::policy::Policy;
use crate::spool::Spool;

/// What one user needs.
#[derive(Debug)]
#[non_exhaustive]
pub struct UserPlan {
    /// The user as the tenant has them; `None` if there is none.
    pub user: Option<User>,
    /// The plan, whose only entry may be a problem; `None` if there is nothing to do.
    pub plan: Option<Plan>,
}

impl UserPlan {
    /// A user as the tenant has them, without a plan.
    pub fn of(user: User) -> Self {
        Self { user: Some(user), plan: None }
    }
}

impl Planner {
    /// Compares the user with this id with what they are to be. Licenses are given by their ids. Guards are for the caller to
    /// judge, since a plan of one user shows no pattern.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries_provision::Error> {
    /// use thought_industries_provision::{DesiredUser, Planner, Policy};
    ///
    /// let planner = Planner::new(Policy::default());
    /// let leaver = planner.plan_change(&client, "d5a1fd66", &DesiredUser::new().active(false)).await?;
    /// println!("{} is planned", if leaver.plan.is_some() { "a change" } else { "nothing" });
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the user is not found, or the tenant fails.
    pub async fn plan_change(&self, client: &Client, id: &str, desired: &DesiredUser) -> Result<UserPlan, Error> {
        let policy = self.policy.resolved(client).await?;
        let found = client.users().get(UserKey::Id(id.to_owned())).profile().send().await?;
        if found.id != id {
            return Err(Error::new(ErrorKind::Tenant, "the tenant answered with another user than was asked for"));
        }
        let licenses = LicenseIndex::default();
        let differ = Differ { policy: &policy, licenses: &licenses };
        let entry = differ.update(&found, found.gaps(), desired, &mut Notes::default());
        let plan = entry.map(|entry| self.of_one(client, policy.clone(), &entry)).transpose()?;
        Ok(UserPlan { user: Some(found.into_inner()), plan })
    }

    /// Plans the creation of a user, unless a user has the address: that user is returned then, without a plan.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries_provision::Error> {
    /// use thought_industries_provision::{DesiredUser, Planner, Policy};
    ///
    /// let ada = DesiredUser::new().with("email", "ada@example.com").with("lastName", "Byron");
    /// let planned = Planner::new(Policy::default()).plan_creation(&client, &ada).await?;
    /// println!("{:?}", planned.user.map(|user| user.id));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If there is no address, or the tenant fails.
    pub async fn plan_creation(&self, client: &Client, desired: &DesiredUser) -> Result<UserPlan, Error> {
        let Some(email) = desired.text("email") else {
            return Err(Error::new(ErrorKind::Roster, "a user cannot be created without an e-mail address"));
        };
        let policy = self.policy.resolved(client).await?;
        match find(client, MatchBy::Email, email).await {
            Ok(found) => return Ok(UserPlan { user: Some(found.into_inner()), plan: None }),
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error.into()),
        }
        let licenses = LicenseIndex::default();
        let differ = Differ { policy: &policy, licenses: &licenses };
        let seed = salt(client.url(), client.now(), "");
        let entry = marked(differ.creation(desired, email), &policy, &seed, 0)?;
        Ok(UserPlan { user: None, plan: Some(self.of_one(client, policy, &entry)?) })
    }

    /// A plan with one entry.
    fn of_one(&self, client: &Client, policy: Policy, entry: &Entry) -> Result<Plan, Error> {
        let (mut totals, mut census, mut entries) = (Totals::default(), Census::new(0), Spool::default());
        totals.count(entry.action);
        census.add(entry);
        entries.push(entry)?;
        let made = client.now();
        let plan = Plan {
            version: VERSION,
            tenant: client.url().to_owned(),
            made,
            made_by: self.made_by.clone(),
            expires: Some(self.lifetime.after(made)),
            source: PlanSource::Roster {
                name: String::new(),
                digest: String::new(),
                matched_by: MatchKeys::default(),
                policy,
            },
            read_digest: Hasher::default().finish(),
            totals,
            left_disabled: 0,
            unseen: std::collections::BTreeMap::new(),
            census: Some(census),
            raised: Vec::new(),
            seats: Vec::new(),
            entries,
            digest: String::new(),
        };
        plan.sealed()
    }
}
