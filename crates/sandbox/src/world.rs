//! The current state of the tenant: the computed population, overlaid with everything written since.
//!
//! Reads lock the state for a moment each. Writes run one at a time, so what a write has checked still holds when it is
//! carried out.

mod clock;
mod licenses;
mod listing;
mod state;

use std::sync::atomic::AtomicI64;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use serde_json::Value;

pub(crate) use clock::Clock;
pub use state::Effect;
use state::State;
pub(crate) use state::{Job, License, Person};

use crate::population::{Population, Progress, Role, User};

/// The settings of a tenant that no document fixes.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// The role key of learners.
    pub(crate) learner_role: String,
    /// Whether learners have no other role key.
    pub(crate) is_only_learner_role: bool,
    /// How many entries a page has, unless the request gives a number.
    pub(crate) page_size: Option<u32>,
    /// Whether every list is cut into pages of seven.
    pub(crate) has_short_pages: bool,
    /// What time it is.
    pub(crate) clock: Clock,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            learner_role: Role::Learner.key().to_owned(),
            is_only_learner_role: false,
            page_size: None,
            has_short_pages: false,
            clock: Clock::default(),
        }
    }
}

/// What was written to a tenant.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    settings: Settings,
    state: RwLock<State>,
    writing: Mutex<()>,
    /// Up to when events have happened, in milliseconds; 0 for all of them.
    horizon: AtomicI64,
}

/// A tenant, to be read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct World<'t> {
    pub(crate) population: Population,
    ledger: &'t Ledger,
}

/// A tenant with exclusive write access.
pub(crate) struct Writing<'t> {
    pub(crate) world: World<'t>,
    _turn: MutexGuard<'t, ()>,
}

impl Ledger {
    pub(crate) fn new(settings: Settings) -> Self {
        Self { settings, ..Self::default() }
    }
}

impl<'t> World<'t> {
    pub(crate) fn new(population: Population, ledger: &'t Ledger) -> Self {
        Self { population, ledger }
    }

    /// How many entries a page has, given the number asked for.
    pub(crate) fn page_size(self, asked: u32) -> u32 {
        if self.ledger.settings.has_short_pages { asked.min(7) } else { asked }
    }

    /// How many entries a page has if the request gives no number, where `documented` is the number in the documents.
    pub(crate) fn default_page_size(self, documented: u32) -> u32 {
        self.ledger.settings.page_size.unwrap_or(documented)
    }

    /// The current time as the API writes it.
    pub(crate) fn now(self) -> String {
        self.ledger.settings.clock.now()
    }

    /// The role key of learners.
    pub(crate) fn learner_role(self) -> &'t str {
        &self.ledger.settings.learner_role
    }

    /// Whether users with this role key are learners.
    pub(crate) fn is_learner_role(self, key: &str) -> bool {
        let is_guessed = !self.ledger.settings.is_only_learner_role && matches!(key, "learner" | "student");
        key == self.learner_role() || is_guessed
    }

    /// Acquires exclusive write access.
    pub(crate) fn write(self) -> Writing<'t> {
        let turn = self.ledger.writing.lock().unwrap_or_else(PoisonError::into_inner);
        Writing { world: self, _turn: turn }
    }

    fn state<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.ledger.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads what was written about a user.
    fn written<T>(&self, index: u32, read: impl FnOnce(&Person) -> Option<T>) -> Option<T> {
        self.state(|state| state.people.get(&index).and_then(read))
    }

    /// Everything that took effect, in order.
    pub(crate) fn effects(&self) -> Vec<Effect> {
        self.state(|state| state.effects.clone())
    }

    /// The id of the n-th object of a type.
    pub(crate) fn id(&self, type_name: &str, index: u32) -> String {
        self.population.id(type_name, index)
    }

    /// Whether a user was created by a write, so that nothing about them is computed.
    pub(crate) fn is_created(&self, index: u32) -> bool {
        index >= self.population.users
    }

    pub(crate) fn exists(&self, index: u32) -> bool {
        self.state(|state| {
            let most = self.population.users.saturating_add(state.created_people);
            index < most && !state.people.get(&index).is_some_and(|person| person.is_deleted)
        })
    }

    /// The value that was written to a plain field.
    pub(crate) fn said(&self, index: u32, name: &str) -> Option<Value> {
        self.written(index, |person| person.values.get(name).cloned())
    }

    /// The specific values of a user.
    pub(crate) fn user(&self, index: u32) -> User {
        let mut user = if self.is_created(index) { User::nobody() } else { self.population.user(index) };
        if user.role_key == Role::Learner.key() {
            user.role_key = self.learner_role().to_owned();
        }
        self.written(index, |person| {
            let text = |name: &str| person.values.get(name).map(|value| value.as_str().map(str::to_owned));
            let fields = [
                ("email", &mut user.email),
                ("firstName", &mut user.first_name),
                ("lastName", &mut user.last_name),
                ("externalCustomerId", &mut user.external_customer_id),
                ("createdAt", &mut user.created_at),
                ("lastActiveAt", &mut user.last_active_at),
            ];
            for (name, field) in fields {
                if let Some(written) = text(name) {
                    *field = written;
                }
            }
            if let Some(role) = text("roleKey").flatten() {
                user.role_key = role;
            }
            if let Some(disabled) = person.values.get("disabled").and_then(Value::as_bool) {
                user.disabled = disabled;
            }
            Some(())
        });
        user
    }

    pub(crate) fn client_of_user(&self, index: u32) -> Option<u32> {
        let computed = || (!self.is_created(index)).then(|| self.population.client_of_user(index)).flatten();
        self.written(index, |person| person.client).or_else(computed)
    }

    pub(crate) fn licenses_of_user(&self, index: u32) -> Vec<(u32, bool)> {
        let held = self.written(index, |person| person.licenses.clone());
        let held = held.unwrap_or_else(|| self.computed(index, Population::licenses_of_user));
        held.into_iter().filter(|(license, _)| self.license_exists(*license)).collect()
    }

    pub(crate) fn courses_of_user(&self, index: u32) -> Vec<u32> {
        let held = self.written(index, |person| person.courses.clone());
        held.unwrap_or_else(|| self.computed(index, Population::courses_of_user))
    }

    pub(crate) fn waitlist_of_user(&self, index: u32) -> Vec<u32> {
        let held = self.courses_of_user(index);
        let waited = self.computed(index, Population::waitlist_of_user);
        waited.into_iter().filter(|course| !held.contains(course)).collect()
    }

    pub(crate) fn learning_paths_of_user(&self, index: u32) -> Vec<u32> {
        let held = self.written(index, |person| person.learning_paths.clone());
        held.unwrap_or_else(|| self.computed(index, Population::learning_paths_of_user))
    }

    pub(crate) fn bundles_of_user(&self, index: u32) -> Vec<u32> {
        let held = self.written(index, |person| person.bundles.clone());
        held.unwrap_or_else(|| self.computed(index, Population::bundles_of_user))
    }

    pub(crate) fn meetings_of_user(&self, index: u32) -> Vec<u32> {
        self.computed(index, Population::meetings_of_user)
    }

    pub(crate) fn groups_of_user(&self, index: u32) -> Option<Vec<String>> {
        self.written(index, |person| person.groups.clone())
    }

    /// Certificates that were given by a write.
    pub(crate) fn certificates_of_user(&self, index: u32) -> Vec<(&'static str, u32)> {
        self.written(index, |person| Some(person.certificates.clone())).unwrap_or_default()
    }

    /// What is computed for a user; empty for users that were created.
    fn computed<T>(&self, index: u32, of: impl FnOnce(&Population, u32) -> Vec<T>) -> Vec<T> {
        if self.is_created(index) { Vec::new() } else { of(&self.population, index) }
    }

    /// A user's progress: courses assigned by a write are not started.
    pub(crate) fn progress(&self, user: u32, type_name: &str, index: u32) -> Progress {
        let computed = match type_name {
            "Course" => self.computed(user, Population::courses_of_user),
            _ => self.computed(user, Population::learning_paths_of_user),
        };
        let is_new = type_name == "Course"
            && self.state(|state| state.people.get(&user).is_some_and(|person| person.new_courses.contains(&index)));
        if computed.contains(&index) && !is_new {
            self.population.progress(user, type_name, index)
        } else {
            Progress::NotStarted
        }
    }

    pub(crate) fn courses_in(&self, user: u32, progress: Progress) -> usize {
        let courses = self.courses_of_user(user).into_iter();
        courses.filter(|course| self.progress(user, "Course", *course) == progress).count()
    }

    /// The other record of a dual-role pair.
    pub(crate) fn dual_partner(&self, index: u32) -> Option<u32> {
        let computed = || (!self.is_created(index)).then(|| self.population.dual_partner(index)).flatten();
        let partner = self.written(index, |person| person.partner).unwrap_or_else(computed);
        partner.filter(|partner| self.exists(*partner))
    }

    /// Whether a user is the manager record of a pair.
    pub(crate) fn is_manager_record(&self, index: u32) -> bool {
        self.dual_partner(index).is_some_and(|partner| match (self.is_created(index), self.is_created(partner)) {
            (true, _) => index > partner,
            (false, true) => false,
            (false, false) => self.population.role(index) == Role::ClientManager,
        })
    }

    pub(crate) fn client_is_disabled(&self, client: u32) -> Option<bool> {
        self.state(|state| state.disabled_clients.get(&client).copied())
    }

    /// The object of a type with this id, if it exists.
    pub(crate) fn index_of(&self, type_name: &str, id: &str) -> Option<u32> {
        let index = self.population.read_id(type_name, id)?;
        let exists = match type_name {
            "User" => self.exists(index),
            "License" => self.license_exists(index),
            "BackgroundJob" => {
                let most = self.population.count(type_name).unwrap_or_default() as usize;
                (index as usize) < most + self.state(|state| state.jobs.len())
            }
            _ => self.population.count(type_name).is_some_and(|count| index < count),
        };
        exists.then_some(index)
    }

    /// The user with this email address; of a dual-role pair, the learner record. Addresses are not case-sensitive.
    pub(crate) fn user_by_email(&self, email: &str) -> Option<u32> {
        let computed = self.population.user_by_email(email);
        let written = self.state(|state| state.by_email.get(&email.to_lowercase()).cloned()).unwrap_or_default();
        let has_it = |index: &u32| {
            self.exists(*index) && self.user(*index).email.is_some_and(|own| own.to_lowercase() == email.to_lowercase())
        };
        // Both records of a pair have the address.
        let partner = computed.and_then(|index| self.population.dual_partner(index));
        let mut found: Vec<u32> = computed.into_iter().chain(partner).chain(written).filter(has_it).collect();
        found.sort_by_key(|index| (self.is_manager_record(*index), *index));
        found.first().copied()
    }

    pub(crate) fn user_by_external_customer_id(&self, id: &str) -> Option<u32> {
        let computed = self.population.user_by_external_customer_id(id);
        let written = self.state(|state| state.by_external_id.get(id).cloned()).unwrap_or_default();
        let has_it = |index: &u32| self.exists(*index) && self.user(*index).external_customer_id.as_deref() == Some(id);
        computed.into_iter().chain(written).find(has_it)
    }

    /// Finds a user by id, email address or external id, in that order.
    pub(crate) fn user_by_any(&self, who: &str) -> Option<u32> {
        self.index_of("User", who)
            .or_else(|| self.user_by_email(who))
            .or_else(|| self.user_by_external_customer_id(who))
    }

    /// The token that a login gives a user.
    pub(crate) fn token_of_user(&self, index: u32) -> String {
        format!("sandbox-token.{}", self.id("User", index))
    }

    /// The user whom a token belongs to. A disabled user has none.
    pub(crate) fn user_of_token(&self, token: &str) -> Option<u32> {
        let index = self.index_of("User", token.strip_prefix("sandbox-token.")?)?;
        (!self.user(index).disabled).then_some(index)
    }

    /// A job that was started by a write. Each look advances it by one step.
    pub(crate) fn look_at_job(&self, index: u32) -> Option<Job> {
        let place = index.checked_sub(self.population.count("BackgroundJob").unwrap_or_default())?;
        let mut state = self.ledger.state.write().unwrap_or_else(PoisonError::into_inner);
        let job = state.jobs.get_mut(place as usize)?;
        job.looked_at += 1;
        Some(job.clone())
    }

    /// The same job, without advancing it.
    pub(crate) fn job(&self, index: u32) -> Option<Job> {
        let place = index.checked_sub(self.population.count("BackgroundJob").unwrap_or_default())?;
        self.state(|state| state.jobs.get(place as usize).cloned())
    }
}

impl Writing<'_> {
    fn state<T>(&self, write: impl FnOnce(&mut State) -> T) -> T {
        write(&mut self.world.ledger.state.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// Creates a user and returns its index.
    pub(crate) fn create_person(&self) -> u32 {
        let computed = self.world.population.users;
        self.state(|state| {
            state.created_people += 1;
            computed + state.created_people - 1
        })
    }

    /// Changes a user, and counts the seats taken or freed.
    pub(crate) fn change_person(&self, index: u32, change: impl FnOnce(&mut Person)) {
        let before = self.world.seats_of_user(index);
        self.state(|state| {
            let person = state.people.entry(index).or_default();
            change(person);
            let text = |name: &str| person.values.get(name).and_then(Value::as_str).map(str::to_owned);
            let (email, external_id) = (text("email"), text("externalCustomerId"));
            if let Some(email) = email {
                state.by_email.entry(email.to_lowercase()).or_default().insert(index);
            }
            if let Some(id) = external_id {
                state.by_external_id.entry(id).or_default().insert(index);
            }
        });
        let after = self.world.seats_of_user(index);
        self.state(|state| {
            for license in before {
                *state.seats.entry(license).or_default() -= 1;
            }
            for license in after {
                *state.seats.entry(license).or_default() += 1;
            }
        });
    }

    /// Disables or enables a client, and returns whether its status changed.
    pub(crate) fn disable_client(&self, client: u32, disabled: bool) -> bool {
        self.state(|state| state.disabled_clients.insert(client, disabled)) != Some(disabled)
    }

    /// Runs `work` and undoes all its changes.
    pub(crate) fn rehearse<T>(&self, work: impl FnOnce() -> T) -> T {
        let before = self.state(|state| state.clone());
        let done = work();
        self.state(|state| *state = before);
        done
    }

    /// Starts a job and returns its index.
    pub(crate) fn start_job(&self, job: Job) -> u32 {
        let first = self.world.population.count("BackgroundJob").unwrap_or_default();
        self.state(|state| {
            state.jobs.push(job);
            first + u32::try_from(state.jobs.len()).unwrap_or(u32::MAX) - 1
        })
    }

    /// Registers a webhook and returns its number.
    pub(crate) fn create_webhook(&self) -> u32 {
        self.state(|state| {
            state.webhooks += 1;
            state.webhooks - 1
        })
    }

    /// Records that a write took effect.
    pub(crate) fn took_effect(&self, operation: &'static str, target: String) {
        self.state(|state| state.effects.push(Effect { operation, target }));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::population::LICENSES_PER_CLIENT;

    #[test]
    fn an_id_beyond_the_population_is_nobodys() {
        let ledger = Ledger::default();
        let world = World::new(Population::new(7, 50), &ledger);
        assert_eq!(world.index_of("User", &world.id("User", 49)), Some(49));
        assert_eq!(world.index_of("User", &world.id("User", 50)), None);
        assert_eq!(world.write().create_person(), 50);
        assert_eq!(world.index_of("User", &world.id("User", 50)), Some(50));
    }

    #[test]
    fn the_tree_of_licences_has_four_levels() {
        let ledger = Ledger::default();
        let world = World::new(Population::new(1, 250), &ledger);
        let depth = |license| world.license_ancestors(license).len();
        assert_eq!((depth(16), depth(17), depth(20), depth(26)), (0, 1, 2, 3));
        for license in 16..32 {
            for child in world.license_children(license) {
                assert_eq!(world.license_parent(child), Some(license));
            }
        }
    }

    #[test]
    fn lists_follow_what_is_written() {
        let ledger = Ledger::default();
        let world = World::new(Population::new(3, 130), &ledger);
        let listed = |role: Option<&str>| {
            let listing = world.listing(role);
            let all: Vec<u32> = (0..listing.total()).filter_map(|k| listing.nth(k)).collect();
            assert_eq!((u32::try_from(all.len()), listing.nth(listing.total())), (Ok(listing.total()), None));
            all
        };
        let admins = listed(Some("admin"));
        let writing = world.write();
        let new = writing.create_person();
        writing.change_person(new, |person| _ = person.values.insert("roleKey".into(), json!("admin")));
        writing.change_person(admins[0], |person| person.is_deleted = true);
        writing.change_person(admins[1], |person| _ = person.values.insert("roleKey".into(), json!("student")));
        assert_eq!(listed(Some("admin")), [&admins[2..], &[new]].concat());
        assert_eq!(listed(Some("student")), [admins[1]]);
        let everyone: Vec<u32> = (0..130).filter(|index| *index != admins[0]).chain([new]).collect();
        assert_eq!(listed(None), everyone);
    }

    #[test]
    fn seats_follow_what_is_written() {
        let ledger = Ledger::default();
        let world = World::new(Population::new(3, 130), &ledger);
        let learner =
            (0..130).find(|index| world.licenses_of_user(*index).iter().any(|held| !held.1)).expect("a learner");
        let [(held, _)] = world.licenses_of_user(learner)[..] else { panic!("one license") };
        let client = held / LICENSES_PER_CLIENT;
        let (of_license, of_client) = (world.seats_used_by_license(held), world.seats_used_by_client(client));
        let writing = world.write();
        let new = writing.create_person();
        writing.change_person(new, |person| person.licenses = Some(vec![(held, false), (held, true)]));
        assert_eq!(world.seats_used_by_license(held), of_license + 1);
        assert_eq!(world.seats_used_by_client(client), of_client + 1);
        writing.change_person(learner, |person| person.is_deleted = true);
        writing.change_person(new, |person| person.licenses = Some(Vec::new()));
        assert_eq!(world.seats_used_by_license(held), of_license - 1);
    }
}
