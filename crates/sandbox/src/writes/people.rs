//! Writes to one user.

use serde_json::{Map, Value, json};

use super::access::{Access, flag};
use super::fields::Spelling;
use super::{Fields, Refusal, V2, Writer};
use crate::world::World;

/// The fields that v1 sets to null if a `PUT` omits them (seed 000 warns that it may replace the whole object).
const REPLACED: [&str; 5] = ["firstName", "lastName", "ssoId", "asset", "lang"];

/// Groups that v1 has in addition to one for each department.
const GROUPS: [&str; 6] = ["Sales", "Support", "R&D", "Logistik", "grp001", "grp002"];

impl Writer<'_> {
    /// Creates a user. With `upsert`, a user with the same address is updated instead. Returns the user's index, and
    /// whether it is new.
    pub(crate) fn create(&self, spelling: &Spelling, arguments: &Fields) -> Result<(u32, bool), Refusal> {
        let email = arguments.get("email").and_then(Value::as_str);
        if flag(arguments, "upsert")
            && let Some(index) = email.and_then(|email| self.world().user_by_email(email))
        {
            return self.update(spelling, index, arguments).map(|()| (index, false));
        }
        let pair = flag(arguments, "dualRole").then(|| split(&self.world(), arguments));
        let arguments = pair.as_ref().map_or(arguments, |(own, _)| own);
        if email.is_none() && (spelling.is_v1() || arguments.get("externalCustomerId").is_none_or(Value::is_null)) {
            return Err(Refusal::unprocessable("Email is required"));
        }
        let mut values = self.plain(spelling, arguments, None)?;
        let active = arguments.get("active").and_then(Value::as_bool).unwrap_or(true);
        let custom_fields = self.custom_fields(arguments, &Value::Null)?;
        let access = if spelling.is_v1() { Access::default() } else { self.access(arguments, None, active)? };
        let groups = groups(arguments)?;
        let managed =
            pair.as_ref().map(|(_, managed)| self.managed(spelling, managed, access.client(), None)).transpose()?;
        values.entry("roleKey").or_insert_with(|| json!(self.world().learner_role()));
        values.insert("disabled".to_owned(), json!(!active));
        values.insert("createdAt".to_owned(), json!(self.world().now()));
        values.insert("updatedAt".to_owned(), json!(self.world().now()));
        values.extend(custom_fields.map(|fields| ("customFields".to_owned(), fields)));
        let index = self.writing.create_person();
        self.writing.change_person(index, |person| {
            person.values = values;
            person.groups = Some(groups.unwrap_or_default());
            access.apply(person);
        });
        if let Some((values, access)) = managed {
            self.store(self.pair(index), values, None, None, access);
        }
        self.took_effect("users.create", "User", index);
        Ok((index, true))
    }

    /// Changes only what the arguments name.
    pub(crate) fn update(&self, spelling: &Spelling, index: u32, arguments: &Fields) -> Result<(), Refusal> {
        if flag(arguments, "dualRole") {
            return self.update_pair(spelling, index, arguments);
        }
        let values = self.plain(spelling, arguments, Some(index))?;
        let active = !self.world().user(index).disabled;
        let custom_fields = self.custom_fields(arguments, &self.current(index, "customFields"))?;
        let access = self.access(arguments, Some(index), active)?;
        if self.store(index, values, custom_fields, None, access) {
            self.took_effect("users.update", "User", index);
        }
        Ok(())
    }

    /// Changes a user that is to be learner and manager. The role and the licenses to manage go to the manager's
    /// record, which is created if missing; everything else goes to the learner's (as an integration sends it).
    fn update_pair(&self, spelling: &Spelling, index: u32, arguments: &Fields) -> Result<(), Refusal> {
        let world = self.world();
        let (learner, manager) = match world.dual_partner(index) {
            Some(partner) if world.is_manager_record(index) => (partner, Some(index)),
            Some(partner) => (index, Some(partner)),
            None => (index, None),
        };
        let (own, of_manager) = split(&world, arguments);
        if manager.is_none() {
            self.may_pair(learner)?;
        }
        let values = self.plain(spelling, &own, Some(learner))?;
        let active = !world.user(learner).disabled;
        let custom_fields = self.custom_fields(&own, &self.current(learner, "customFields"))?;
        let access = self.access(&own, Some(learner), active)?;
        let client = access.client().or(world.client_of_user(learner));
        let (manager_values, manager_access) = self.managed(spelling, &of_manager, client, manager)?;
        let is_changed = self.store(learner, values, custom_fields, None, access);
        let record = manager.unwrap_or_else(|| self.pair(learner));
        if self.store(record, manager_values, None, None, manager_access) || is_changed {
            self.took_effect("users.update", "User", learner);
        }
        Ok(())
    }

    /// The values and access of a manager's record. Without `manager`, the record does not exist yet.
    fn managed(
        &self,
        spelling: &Spelling,
        arguments: &Fields,
        client: Option<u32>,
        manager: Option<u32>,
    ) -> Result<(Map<String, Value>, Access), Refusal> {
        let mut arguments = arguments.clone();
        if manager.is_none() {
            arguments.entry("role").or_insert_with(|| json!("client-manager"));
            arguments.extend(client.map(|client| ("clientId".to_owned(), json!(self.world().id("Client", client)))));
        }
        Ok((self.plain(spelling, &arguments, manager)?, self.access(&arguments, manager, true)?))
    }

    /// Replaces the fields that v1 has for a user: omitted ones are cleared.
    pub(crate) fn replace(&self, spelling: &Spelling, index: u32, arguments: &Fields) -> Result<(), Refusal> {
        let mut values = self.plain(spelling, arguments, Some(index))?;
        for name in REPLACED {
            values.entry(name).or_insert(Value::Null);
        }
        let custom_fields = self.custom_fields(arguments, &Value::Null)?.unwrap_or(Value::Null);
        let groups = groups(arguments)?.unwrap_or_default();
        if let Some(active) = arguments.get("active").and_then(Value::as_bool) {
            values.insert("disabled".to_owned(), json!(!active));
        }
        if self.store(index, values, Some(custom_fields), Some(groups), Access::default()) {
            self.took_effect("users.update", "User", index);
        }
        Ok(())
    }

    /// Writes to a record, and returns whether that changed anything.
    fn store(
        &self,
        index: u32,
        mut values: Map<String, Value>,
        custom_fields: Option<Value>,
        groups: Option<Vec<String>>,
        access: Access,
    ) -> bool {
        let changes = values.iter().any(|(name, value)| self.current(index, name) != *value)
            || custom_fields.as_ref().is_some_and(|fields| *fields != self.current(index, "customFields"))
            || groups.as_ref().is_some_and(|groups| *groups != self.groups_of(index))
            || access.changes(&self.world(), index);
        if !changes {
            return false;
        }
        values.insert("updatedAt".to_owned(), json!(self.world().now()));
        values.extend(custom_fields.map(|fields| ("customFields".to_owned(), fields)));
        // The records of a pair belong to one user.
        if let Some(partner) = self.world().dual_partner(index) {
            let shared = ["email", "firstName", "lastName", "disabled"];
            let shared = values.iter().filter(|(name, _)| shared.contains(&name.as_str()));
            let shared: Map<String, Value> = shared.map(|(name, value)| (name.clone(), value.clone())).collect();
            let moves = access.client().filter(|client| self.world().client_of_user(partner) != Some(*client));
            self.writing.change_person(partner, |person| {
                person.values.extend(shared);
                if moves.is_some() {
                    // Licenses belong to a client and are not moved.
                    (person.client, person.licenses) = (moves, Some(Vec::new()));
                }
            });
        }
        self.writing.change_person(index, |person| {
            person.values.extend(values);
            person.groups = groups.or_else(|| person.groups.take());
            access.apply(person);
        });
        true
    }

    /// Enables or disables a user, together with the other record of a pair.
    pub(crate) fn set_status(&self, index: u32, status: Option<&str>) -> Result<(), Refusal> {
        let disabled = match status {
            Some("active") => false,
            Some("disabled") => true,
            _ => return Err(Refusal::unprocessable("status has to be active or disabled")),
        };
        let values = Map::from_iter([("disabled".to_owned(), json!(disabled))]);
        if self.store(index, values, None, None, Access::default()) {
            self.took_effect("users.update-status", "User", index);
        }
        Ok(())
    }

    /// Deletes a user permanently.
    pub(crate) fn delete(&self, index: u32) {
        self.writing.change_person(index, |person| person.is_deleted = true);
        self.took_effect("users.delete", "User", index);
    }

    /// Simulates a concurrent change while a list is read: deletes the first active user outside a pair, or creates a
    /// user.
    pub(crate) fn churn(&self, leaves: bool) {
        let world = self.world();
        if leaves {
            let gone = (0..world.population.users).find(|index| {
                world.exists(*index) && !world.user(*index).disabled && world.dual_partner(*index).is_none()
            });
            if let Some(gone) = gone {
                self.writing.change_person(gone, |person| person.is_deleted = true);
            }
        } else {
            let index = self.writing.create_person();
            let values = [
                ("roleKey", json!(world.learner_role())),
                ("disabled", json!(false)),
                ("createdAt", json!(world.now())),
            ];
            let values = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            self.writing.change_person(index, |person| person.values = values);
        }
    }

    pub(crate) fn add_to_group(&self, group: &str, id: Option<&str>) -> Result<(), Refusal> {
        if !GROUPS.contains(&group) {
            return Err(Refusal::not_found("Group"));
        }
        let index = self.user(id.ok_or_else(|| Refusal::unprocessable("userId is required"))?)?;
        let mut groups = self.groups_of(index);
        if !groups.iter().any(|own| own == group) {
            groups.push(group.to_owned());
            self.writing.change_person(index, |person| person.groups = Some(groups));
            self.took_effect("groups.add-user", "User", index);
        }
        Ok(())
    }

    /// The groups of a user: the one of their department, until groups are written.
    fn groups_of(&self, index: u32) -> Vec<String> {
        let department =
            || self.current(index, "customFields").get("department").and_then(Value::as_str).map(str::to_owned);
        self.world().groups_of_user(index).unwrap_or_else(|| department().into_iter().collect())
    }

    /// Enrolls an active user in a published course (seed 000).
    pub(crate) fn enroll(&self, course: &str, id: Option<&str>) -> Result<(u32, u32), Refusal> {
        let world = self.world();
        let course = world.index_of("Course", course).ok_or_else(|| Refusal::not_found("Course"))?;
        let index = self.user(id.ok_or_else(|| Refusal::unprocessable("userId is required"))?)?;
        if world.user(index).disabled {
            return Err(Refusal::unprocessable("User is not active"));
        }
        if !crate::tenant::course_is_published(course) {
            return Err(Refusal::unprocessable("Course is not published"));
        }
        let mut courses = world.courses_of_user(index);
        if courses.contains(&course) {
            return Err(Refusal::conflict("User is already enrolled"));
        }
        courses.push(course);
        self.writing.change_person(index, |person| {
            person.courses = Some(courses);
            person.new_courses.push(course);
        });
        self.took_effect("courses.enroll", "User", index);
        Ok((index, course))
    }

    /// Gives a learner a second record for managing, and returns the ids of both. Content stays with the learner, as
    /// observed in an integration; the help center says that it is copied.
    pub(crate) fn make_dual_role(&self, id: &str, role: Option<&str>) -> Result<(String, String), Refusal> {
        let learner = self.user(id)?;
        self.may_pair(learner)?;
        if role.is_some_and(|role| self.world().is_learner_role(role)) {
            return Err(Refusal::unprocessable(NO_PAIR));
        }
        let mut arguments = Fields::new();
        arguments.insert("role".to_owned(), json!(role.unwrap_or("client-manager")));
        let values = self.plain(&V2, &arguments, None)?;
        let manager = self.pair(learner);
        self.writing.change_person(manager, |record| record.values.extend(values));
        self.took_effect("users.make-dual-role", "User", learner);
        let world = self.world();
        Ok((world.id("User", learner), world.id("User", manager)))
    }

    fn may_pair(&self, learner: u32) -> Result<(), Refusal> {
        let world = self.world();
        if world.dual_partner(learner).is_some() {
            return Err(Refusal::conflict("User has a dual role already"));
        }
        if !world.is_learner_role(&world.user(learner).role_key) {
            return Err(Refusal::unprocessable(NO_PAIR));
        }
        Ok(())
    }

    /// Creates the manager record of a learner.
    fn pair(&self, learner: u32) -> u32 {
        let world = self.world();
        let person = world.user(learner);
        let values = [
            ("email", json!(person.email)),
            ("firstName", json!(person.first_name)),
            ("lastName", json!(person.last_name)),
            ("disabled", json!(person.disabled)),
            ("createdAt", json!(self.world().now())),
        ];
        let manager = self.writing.create_person();
        let client = world.client_of_user(learner);
        self.writing.change_person(manager, |record| {
            record.values = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            record.client = client;
            record.partner = Some(Some(learner));
        });
        self.writing.change_person(learner, |record| record.partner = Some(Some(manager)));
        manager
    }

    /// Removes the manager records of pairs. The reference expects ids of users, an integration sends those of the
    /// manager records; both identify the pair.
    pub(crate) fn remove_dual_roles(&self, ids: &[&str]) -> (u32, Vec<String>) {
        let (mut removed, mut invalid) = (0, Vec::new());
        let world = self.world();
        for id in ids {
            let pair = world.index_of("User", id).and_then(|index| Some((index, world.dual_partner(index)?)));
            let Some((index, partner)) = pair else {
                invalid.push((*id).to_owned());
                continue;
            };
            let (learner, manager) = if world.is_manager_record(index) { (partner, index) } else { (index, partner) };
            self.writing.change_person(learner, |record| record.partner = Some(None));
            self.writing.change_person(manager, |record| record.is_deleted = true);
            self.took_effect("users.remove-dual-role", "User", manager);
            removed += 1;
        }
        (removed, invalid)
    }
}

const NO_PAIR: &str = "A dual role is that of a learner and a manager";

/// Splits arguments into those for the learner of a pair and those for the manager.
fn split(world: &World<'_>, arguments: &Fields) -> (Fields, Fields) {
    let is_managed = |name: &str, value: &Value| match name {
        "role" => value.as_str().is_some_and(|role| !world.is_learner_role(role)),
        _ => name.starts_with("managerLicense"),
    };
    let (managed, mut own): (Fields, Fields) =
        arguments.clone().into_iter().partition(|(name, value)| is_managed(name, value));
    own.remove("dualRole");
    (own, managed)
}

/// The groups that v1's arguments name.
fn groups(arguments: &Fields) -> Result<Option<Vec<String>>, Refusal> {
    let Some(groups) = super::access::texts(arguments, "groups")? else { return Ok(None) };
    if let Some(unknown) = groups.iter().find(|group| !GROUPS.contains(group)) {
        return Err(Refusal::unprocessable(format!("Group {unknown} not found")));
    }
    Ok(Some(groups.into_iter().map(str::to_owned).collect()))
}
