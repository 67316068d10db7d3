//! The three scenarios of the API guide: provision a learner, deactivate somebody who left, sync a profile.

use super::fields::UserFields;
use super::verify::differing;
use super::write::UserStatus;
use crate::error::Kind;
use crate::model::User;
use crate::{Answer, Client, Error, Input, UserKey, routes};

/// What a scenario did, step by step.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Done {
    /// The person, as they were last seen.
    pub user: User,
    /// What was checked, done and skipped, in this order.
    pub steps: Vec<Step>,
}

/// A step of a scenario. Its text names fields, courses and groups, and no values.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Something was looked at.
    Checked(String),
    /// Something was written.
    Did(String),
    /// Nothing had to be done, and why.
    Skipped(String),
}

impl Done {
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

/// A new learner, with courses and groups.
pub(crate) async fn provision(
    client: &Client,
    fields: UserFields,
    course_ids: &[String],
    group_ids: &[String],
) -> Result<Done, Error> {
    let email = address(&fields)?;
    let groups = routes::GROUPS_ADD_USER.name;
    if !group_ids.is_empty() && client.capabilities().routes(groups).is_empty() {
        let message = "the tenant has no v1, which alone knows groups; nobody was created".to_owned();
        return Err(Error::new(Kind::NoRoute(message)).with_operation(groups));
    }
    let mut done = match find(client, &email).await? {
        Some(user) => {
            let mut done = Done::new(user.into_inner());
            done.checked("somebody has the address");
            done.skipped("creation: the person is there");
            done
        }
        None => {
            let created = client.users().create(fields.clone()).verify(true).send().await?;
            let recovered = created.is_recovered();
            let id = created.id.clone();
            let steps = [
                Step::Checked("nobody has the address".to_owned()),
                Step::Did(
                    if recovered { "created the person, whose answer was lost" } else { "created the person" }
                        .to_owned(),
                ),
            ];
            let read = client.users().get(UserKey::Id(id)).send().await;
            let mut done = Done::new(read.map_err(|error| error.with_steps(steps.to_vec()))?.into_inner());
            done.steps.extend(steps);
            done
        }
    };
    match give(client, &mut done, course_ids, group_ids).await {
        Ok(()) => Ok(done),
        Err(error) => Err(error.with_steps(done.steps)),
    }
}

/// Enrols a person in what they do not have yet, and adds them to groups.
async fn give(client: &Client, done: &mut Done, course_ids: &[String], group_ids: &[String]) -> Result<(), Error> {
    let id = done.user.id.clone();
    if done.user.disabled == Some(true) && !course_ids.is_empty() {
        done.checked("the person is disabled");
        done.skipped("enrolment: only active people can be enrolled; activate the person first");
    }
    let courses = if done.user.disabled == Some(true) { &[] } else { course_ids };
    for course in courses {
        let held = done.user.purchased_courses.iter().flatten();
        if held.into_iter().any(|held| held.course_id.as_deref() == Some(course)) {
            done.skipped(format!("course {course}: the person has it"));
            continue;
        }
        match client.courses().enroll(course, UserKey::Id(id.clone())).await {
            Ok(_) => done.did(format!("enrolled in course {course}")),
            // A refusal that says "already" may mean something else.
            Err(error) if error.is_conflict() && is_enrolled(client, &id, course).await? => {
                done.skipped(format!("course {course}: the person has it"));
            }
            Err(error) => return Err(error),
        }
    }
    for group in group_ids {
        client.groups().add_user(group, UserKey::Id(id.clone())).await?;
        let is_new = done.steps.iter().any(|step| matches!(step, Step::Did(what) if what.starts_with("created")));
        let of_old = if is_new { "" } else { ", unless the person was in it" };
        done.did(format!("added to group {group}{of_old}"));
    }
    Ok(())
}

/// Somebody who left: disabled, and seen to be. What they did is kept.
pub(crate) async fn deactivate(client: &Client, who: UserKey) -> Result<Done, Error> {
    let found = client.users().get(who).send().await?;
    let id = UserKey::Id(found.id.clone());
    let mut done = Done::new(found.into_inner());
    done.checked("the person is there");
    if done.user.disabled == Some(true) {
        done.skipped("deactivation: the person is disabled");
        return Ok(done);
    }
    let written = client.users().update_status(id.clone(), UserStatus::Disabled).verify(true).send().await;
    written.map_err(|error| error.with_steps(done.steps.clone()))?;
    done.did("disabled the person");
    let read = client.users().get(id).send().await;
    done.user = read.map_err(|error| error.with_steps(done.steps.clone()))?.into_inner();
    done.checked("the person is disabled now");
    Ok(done)
}

/// A profile as another system has it: updated where it differs, created where nobody has the address.
pub(crate) async fn sync_profile(client: &Client, fields: UserFields) -> Result<Done, Error> {
    let email = address(&fields)?;
    let Some(found) = find(client, &email).await? else {
        let mut done = provision(client, fields, &[], &[]).await?;
        done.skipped("update: the person is new");
        return Ok(done);
    };
    // Whether somebody is invited is a matter of their creation.
    let fields = fields.send_invite(Input::Absent);
    let differing = differing(&fields, &found);
    let id = UserKey::Id(found.id.clone());
    let mut done = Done::new(found.into_inner());
    done.checked("somebody has the address");
    if differing.is_empty() {
        done.skipped("update: nothing differs");
        return Ok(done);
    }
    let written = client.users().update(id.clone(), fields).verify(true).send().await;
    written.map_err(|error| error.with_steps(done.steps.clone()))?;
    done.did(format!("updated {}", differing.join(", ")));
    let read = client.users().get(id).send().await;
    done.user = read.map_err(|error| error.with_steps(done.steps.clone()))?.into_inner();
    Ok(done)
}

async fn is_enrolled(client: &Client, id: &str, course: &str) -> Result<bool, Error> {
    let enrollments = client.users().enrollments(UserKey::Id(id.to_owned())).await?;
    Ok(enrollments.iter().any(|one| one.course_id.as_deref() == Some(course)))
}

fn address(fields: &UserFields) -> Result<String, Error> {
    let email = fields.get("email").and_then(serde_json::Value::as_str).filter(|email| !email.is_empty());
    email.map(str::to_owned).ok_or_else(|| Error::settings("an e-mail address is needed to find the person by"))
}

async fn find(client: &Client, email: &str) -> Result<Option<Answer<User>>, Error> {
    match client.users().get(UserKey::Email(email.to_owned())).send().await {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}
