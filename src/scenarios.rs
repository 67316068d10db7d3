//! The three scenarios of the API guide: provision a learner, deactivate a leaver, sync a profile.

use serde_json::Value;

use crate::error::Kind;
use crate::execute::contact;
use crate::model::User;
use crate::users::LOOK_UPS;
use crate::{
    Courses, Error, Execution, Groups, Input, Response, Step, Surface, UserFields, UserKey, UserStatus, Users, routes,
};

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
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// use thought_industries::UserFields;
    ///
    /// let ada = UserFields::new().email("ada@example.com").first_name("Ada").last_name("Byron");
    /// let report = client.users().provision(ada, &["<course id>".into()], &[]).await?;
    /// println!("{:?}", report.steps);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If a step fails. Completed steps are kept ([`Error::steps`]); provisioning again continues from there.
    pub async fn provision(
        &self,
        fields: UserFields,
        course_ids: &[String],
        group_ids: &[String],
    ) -> Result<ScenarioReport, Error> {
        let email = email_of(&fields).map_err(|error| error.with_operation("users.provision"))?;
        let groups = routes::GROUPS_ADD_USER.name;
        // Checked before anything is written, so that no user is left half provisioned.
        if !group_ids.is_empty() {
            contact::settle(&self.tenant, Surface::RestV1).await?;
        }
        if !group_ids.is_empty() && self.tenant.known().routes(groups).is_empty() {
            let message = "only v1 has groups, and the tenant has no v1; no user was created".to_owned();
            return Err(Error::new(Kind::NoRoute(message)).with_operation(groups));
        }
        let mut report = match Box::pin(self.find_or_create(&email, fields)).await? {
            Provisioned::Found(user) => {
                let mut report = ScenarioReport::new(user.into_inner());
                report.checked("a user has the address");
                report.skipped("creation: the user exists");
                report
            }
            Provisioned::New(report) => *report,
        };
        match self.give(&mut report, course_ids, group_ids).await {
            Ok(()) => Ok(report),
            Err(error) => Err(error.with_steps(report.steps)),
        }
    }

    /// The user with an address, who is created if no user has it.
    async fn find_or_create(&self, email: &str, fields: UserFields) -> Result<Provisioned, Error> {
        if let Some(user) = self.find(email).await? {
            return Ok(Provisioned::Found(Box::new(user)));
        }
        let refusal = match Box::pin(self.provision_new(fields)).await {
            Ok(report) => return Ok(Provisioned::New(Box::new(report))),
            Err(error) if error.is_conflict() && error.execution() == Execution::DidNotRun => error,
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

    /// Deactivates a user who left, and verifies the change (second scenario of the API guide). The history is kept.
    ///
    /// # Errors
    /// If the user is not found, or the tenant does not disable the user.
    pub async fn deactivate(&self, key: impl Into<UserKey>) -> Result<ScenarioReport, Error> {
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

    /// Syncs a profile: updates the user with this address if fields differ, or creates the user (third scenario of the
    /// API guide). The write is verified, because a tenant may drop custom fields silently.
    ///
    /// # Errors
    /// If the fields contain no address, or a write fails or is not applied.
    pub async fn sync_profile(&self, fields: UserFields) -> Result<ScenarioReport, Error> {
        let email = email_of(&fields).map_err(|error| error.with_operation("users.sync-profile"))?;
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
