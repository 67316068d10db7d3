//! The three scenarios of the API guide: provision a learner, deactivate a leaver, sync a profile.

use serde_json::Value;

use crate::error::Kind;
use crate::execute::contact;
use crate::model::User;
use crate::request::{CalledOperation, Request, request};
use crate::tenant::Tenant;
use crate::users::LOOK_UPS;
use crate::{Courses, Error, Groups, Input, Response, Step, Surface, UserFields, UserKey, UserStatus, Users, routes};

/// What a scenario did, step by step.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ScenarioReport {
    /// The user as last read.
    pub user: User,
    /// What was checked, done and skipped, in this order.
    pub steps: Vec<Step>,
}

impl Users {
    /// Provisions a learner: looks up the address, creates the user if no user has it, and adds courses and groups
    /// (first scenario of the API guide). An existing user is not changed.
    pub fn provision(&self, fields: UserFields) -> Provision {
        Provision { tenant: self.tenant.clone(), fields, course_ids: Vec::new(), group_ids: Vec::new() }
    }

    /// Deactivates a user who left, and verifies the change (second scenario of the API guide). The history is kept.
    /// Idempotent; [Cancellation](crate#cancellation) describes what dropping its future means.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// let report = client.users().deactivate("ada@example.com").await?;
    /// println!("{:?}", report.steps);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the user is not found, or the tenant does not disable the user. Completed steps are kept ([`Error::steps`]).
    pub fn deactivate(&self, key: impl Into<UserKey>) -> Request<ScenarioReport> {
        let key = key.into();
        Request::new(&self.tenant, CalledOperation::mutation("users.deactivate"), |tenant| async move {
            Users::new(tenant).deactivated(key).await
        })
    }

    /// Syncs a profile: updates the user with this address if fields differ, or creates the user (third scenario of the
    /// API guide). The write is verified, because a tenant may drop custom fields silently. Idempotent;
    /// [Cancellation](crate#cancellation) describes what dropping its future means.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// use thought_industries::UserFields;
    ///
    /// let ada = UserFields::new().email("ada@example.com").custom_field("department", "R&D");
    /// let report = client.users().sync_profile(ada).await?;
    /// println!("{:?}", report.steps);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the fields contain no address, or a write fails or is not applied. Completed steps are kept ([`Error::steps`]).
    pub fn sync_profile(&self, fields: UserFields) -> Request<ScenarioReport> {
        Request::new(&self.tenant, CalledOperation::mutation("users.sync-profile"), |tenant| async move {
            Users::new(tenant).synced(fields).await
        })
    }

    /// The user with an address, who is created if no user has it.
    async fn find_or_create(&self, email: &str, fields: UserFields) -> Result<Provisioned, Error> {
        if let Some(user) = self.find(email).await? {
            return Ok(Provisioned::Found(Box::new(user)));
        }
        let refusal = match Box::pin(self.provision_new(fields)).await {
            Ok(report) => return Ok(Provisioned::New(Box::new(report))),
            // A user has the address, and it does not matter who created them.
            Err(error) if error.is_conflict() => error,
            Err(error) => return Err(error),
        };
        // A user has the address after all: reads lag behind writes.
        for pause in LOOK_UPS {
            self.tenant.sender().clock.sleep(pause).await;
            if let Some(user) = self.find(email).await? {
                return Ok(Provisioned::Found(Box::new(user)));
            }
        }
        Err(refusal)
    }

    async fn provision_new(&self, fields: UserFields) -> Result<ScenarioReport, Error> {
        let created = self.create(fields).verify(true).send().await?;
        let did = if created.is_recovered() { "created the user, whose response was lost" } else { "created the user" };
        let steps = vec![Step::Checked("no user has the address".to_owned()), Step::Did(did.to_owned())];
        match self.get(UserKey::Id(created.id.clone())).send().await {
            Ok(user) => Ok(ScenarioReport { user: user.into_inner(), steps }),
            Err(error) => Err(error.with_steps(steps)),
        }
    }

    /// Enrolls a user in the courses they do not have yet, and adds them to groups.
    async fn give(
        &self,
        report: &mut ScenarioReport,
        course_ids: &[String],
        group_ids: &[String],
    ) -> Result<(), Error> {
        let id = report.user.id.clone();
        let is_new = report.steps.iter().any(|step| matches!(step, Step::Did(_)));
        let is_disabled = report.user.disabled == Some(true);
        if is_disabled && !course_ids.is_empty() {
            report.checked("the user is disabled");
            report.skipped("enrollment: only active users can be enrolled; activate the user first");
        }
        for course in course_ids.iter().filter(|_| !is_disabled) {
            let mut held = report.user.purchased_courses.iter().flatten();
            if held.any(|held| held.course_id.as_deref() == Some(course)) {
                report.skipped(format!("course {course}: the user has it"));
                continue;
            }
            match Courses::new(self.tenant.clone()).enroll(course, UserKey::Id(id.clone())).await {
                Ok(_) => report.did(format!("enrolled in course {course}")),
                // A refusal whose message contains "already" may have another meaning.
                Err(error) if error.is_conflict() && self.is_enrolled(&id, course).await? => {
                    report.skipped(format!("course {course}: the user has it"));
                }
                Err(error) => return Err(error),
            }
        }
        for group in group_ids {
            Groups::new(self.tenant.clone()).add_user(group, UserKey::Id(id.clone())).await?;
            // No response shows a user's groups, so it is unknown whether this call changed anything.
            let unless = if is_new { "" } else { ", unless the user was in it" };
            report.did(format!("added to group {group}{unless}"));
        }
        Ok(())
    }

    async fn deactivated(&self, key: UserKey) -> Result<ScenarioReport, Error> {
        let found = self.get(key).send().await?;
        let id = UserKey::Id(found.id.clone());
        let mut report = ScenarioReport::new(found.into_inner());
        report.checked("the user exists");
        if report.user.disabled == Some(true) {
            report.skipped("deactivation: the user is disabled");
            return Ok(report);
        }
        let written = self.update_status(id.clone(), UserStatus::Disabled).verify(true).send().await;
        written.map_err(|error| error.with_steps(report.steps.clone()))?;
        report.did("disabled the user");
        let read = self.get(id).send().await;
        report.user = read.map_err(|error| error.with_steps(report.steps.clone()))?.into_inner();
        report.checked("the user is disabled now");
        Ok(report)
    }

    async fn synced(&self, fields: UserFields) -> Result<ScenarioReport, Error> {
        let email = email_of(&fields)?;
        let found = match Box::pin(self.find_or_create(&email, fields.clone())).await? {
            Provisioned::Found(found) => found,
            Provisioned::New(mut report) => {
                report.skipped("update: the user is new");
                return Ok(*report);
            }
        };
        // Invitations are sent only when a user is created.
        let fields = fields.send_invite(Input::Absent);
        let differences = fields.differences(&found, found.gaps());
        let names: Vec<&str> = differences.iter().map(|difference| difference.name.as_str()).collect();
        let id = UserKey::Id(found.id.clone());
        let mut report = ScenarioReport::new(found.into_inner());
        report.checked("a user has the address");
        if names.is_empty() {
            report.skipped("update: nothing differs");
            return Ok(report);
        }
        let written = self.update(id.clone(), fields).verify(true).send().await;
        written.map_err(|error| error.with_steps(report.steps.clone()))?;
        report.did(format!("updated {}", names.join(", ")));
        let read = self.get(id).send().await;
        report.user = read.map_err(|error| error.with_steps(report.steps.clone()))?.into_inner();
        Ok(report)
    }

    async fn is_enrolled(&self, id: &str, course: &str) -> Result<bool, Error> {
        let enrollments = self.enrollments(UserKey::Id(id.to_owned())).await?;
        Ok(enrollments.iter().any(|one| one.course_id.as_deref() == Some(course)))
    }

    async fn find(&self, email: &str) -> Result<Option<Response<User>>, Error> {
        match self.get(UserKey::Email(email.to_owned())).send().await {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The provisioning of a learner; ends in [`send`](Self::send).
///
/// ```no_run
/// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
/// use thought_industries::UserFields;
///
/// let ada = UserFields::new().email("ada@example.com").first_name("Ada").last_name("Byron");
/// let report = client.users().provision(ada).set_course_ids(["<course id>"]).set_group_ids(["<group id>"]).await?;
/// println!("{:?}", report.steps);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a request is sent only when it is awaited"]
pub struct Provision {
    tenant: Tenant,
    fields: UserFields,
    course_ids: Vec<String>,
    group_ids: Vec<String>,
}

impl Provision {
    /// The courses to enroll the user in. Those that the user has are skipped; a disabled user is enrolled in none.
    pub fn set_course_ids(mut self, course_ids: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.course_ids = course_ids.into_iter().map(Into::into).collect();
        self
    }

    /// The groups to add the user to, which only v1 has.
    pub fn set_group_ids(mut self, group_ids: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.group_ids = group_ids.into_iter().map(Into::into).collect();
        self
    }

    fn operation(&self) -> CalledOperation {
        CalledOperation::mutation("users.provision")
    }

    async fn run(self) -> Result<ScenarioReport, Error> {
        let Self { tenant, fields, course_ids, group_ids } = self;
        let email = email_of(&fields)?;
        let groups = &routes::GROUPS_ADD_USER;
        // Checked before anything is written, so that no user is left half provisioned.
        if !group_ids.is_empty() && tenant.allows(Surface::RestV1) {
            contact::settle(&tenant, Surface::RestV1).await?;
        }
        if !group_ids.is_empty() && tenant.routes_of(groups).is_empty() {
            let message = "only v1 has groups, and the tenant has no v1; no user was created".to_owned();
            return Err(Error::new(Kind::NoRoute(message)).with_operation(groups.name));
        }
        let users = Users::new(tenant);
        let mut report = match Box::pin(users.find_or_create(&email, fields)).await? {
            Provisioned::Found(user) => {
                let mut report = ScenarioReport::new(user.into_inner());
                report.checked("a user has the address");
                report.skipped("creation: the user exists");
                report
            }
            Provisioned::New(report) => *report,
        };
        match users.give(&mut report, &course_ids, &group_ids).await {
            Ok(()) => Ok(report),
            Err(error) => Err(error.with_steps(report.steps)),
        }
    }
}

request! {
    /// Provisions the user. Provisioning again continues where an earlier call stopped.
    /// [Cancellation](crate#cancellation) describes what dropping the future means.
    ///
    /// # Errors
    /// If a step fails. Completed steps are kept ([`Error::steps`]).
    Provision => ScenarioReport
}

/// A user who was found or created.
enum Provisioned {
    Found(Box<Response<User>>),
    New(Box<ScenarioReport>),
}

impl ScenarioReport {
    fn new(user: User) -> Self {
        Self { user, steps: Vec::new() }
    }

    fn checked(&mut self, what: impl Into<String>) {
        self.steps.push(Step::Checked(what.into()));
    }

    fn did(&mut self, what: impl Into<String>) {
        self.steps.push(Step::Did(what.into()));
    }

    fn skipped(&mut self, what: impl Into<String>) {
        self.steps.push(Step::Skipped(what.into()));
    }
}

fn email_of(fields: &UserFields) -> Result<String, Error> {
    let email = fields.get("email").and_then(Value::as_str).filter(|email| !email.is_empty());
    email.map(str::to_owned).ok_or_else(|| Error::invalid_argument("an e-mail address is required to find the user"))
}
