//! What a read has to be: the answer to its own question, and true at some moment.

use std::collections::BTreeSet;
use std::time::Duration;

use thought_industries::model::User;
use thought_industries::{Error, Response};

use crate::process::Process;
use crate::tenant::{People, Person};

impl Process {
    /// All states that a read may show that began at `from` and ends now.
    fn readable(&self, from: Duration) -> Vec<People> {
        self.world.between(from.saturating_sub(self.world.staleness()), self.world.now())
    }

    /// Checks a read of one user. `has_key` says whether a user is the one who was asked for.
    pub(crate) fn check_get(
        &self,
        from: Duration,
        key: &str,
        result: &Result<Response<User>, Error>,
        has_key: impl Fn(&str, &Person) -> bool,
    ) {
        let states = self.readable(from);
        match result {
            Ok(user) => {
                let seen = person(user);
                self.promise(has_key(&user.id, &seen), || format!("a read of {key} is about {key}, not about {seen}"));
                let is_it = |there: &Person| shown(there, user.gaps()) == seen;
                // A stray response may be an earlier one about the same user, which nothing in it shows.
                let earlier = if self.world.has_strays() { self.readable(Duration::ZERO) } else { Vec::new() };
                let was_so = states.iter().chain(&earlier).any(|people| people.get(&user.id).is_some_and(is_it));
                self.promise(was_so, || format!("a read shows what was there, not {seen}"));
            }
            Err(error) if error.is_not_found() => {
                let was_absent = states.iter().any(|people| !people.iter().any(|(id, person)| has_key(id, person)));
                // A stray "not found" does not say what was not found.
                self.promise(was_absent || self.world.has_strays(), || {
                    format!("{key} was there all the time and is found")
                });
            }
            Err(error) => self.check_error(error),
        }
    }

    /// Checks a list of all users.
    pub(crate) fn check_list(&self, from: Duration, users: &[User]) {
        let states = self.readable(from);
        let mut seen = BTreeSet::new();
        for user in users {
            self.promise(seen.insert(user.id.as_str()), || format!("{} is in the list once", user.id));
            let was_so = states.iter().any(|people| people.get(&user.id) == Some(&person(user)));
            // A stray first page is an earlier one of the same list.
            self.promise(was_so || self.world.has_strays(), || {
                format!("a list shows what was there, not {}", person(user))
            });
        }
        let Some((first, rest)) = states.split_first() else { return };
        let is_same = rest.iter().all(|people| people.keys().eq(first.keys()));
        // Pages by number move while users come and go, and equal numbers of both cannot be noticed.
        if !is_same && self.world.setup.tenant.dialect == thought_industries::Dialect::Documented {
            return;
        }
        // A stray page of the same list may be its last one.
        if self.world.has_strays() {
            return;
        }
        let all_the_time = first.keys().filter(|id| rest.iter().all(|people| people.contains_key(*id)));
        let missing: Vec<&String> = all_the_time.filter(|id| !seen.contains(id.as_str())).collect();
        self.promise(missing.is_empty(), || format!("a list is complete, and not without {missing:?}"));
    }

    /// Checks an error of any call.
    pub(crate) fn check_error(&self, error: &Error) {
        self.no_secret(&format!("{error} {error:?}"));
        self.promise(!self.world.setup.is_calm(), || format!("where nothing goes wrong, nothing fails: {error}"));
    }
}

/// What a response with these gaps can show of a user.
fn shown(there: &Person, gaps: &[String]) -> Person {
    let has = |field: &str| !gaps.iter().any(|gap| gap == field);
    Person {
        external_id: there.external_id.clone().filter(|_| has("externalCustomerId")),
        role: there.role.clone().filter(|_| has("roleKey")),
        is_disabled: there.is_disabled && has("disabled"),
        ..there.clone()
    }
}

/// What a user is, as far as worlds change users.
pub(crate) fn person(user: &User) -> Person {
    Person {
        email: user.email.clone(),
        first_name: user.first_name.clone(),
        last_name: user.last_name.clone(),
        external_id: user.external_customer_id.clone(),
        role: user.role_key.clone(),
        is_disabled: user.disabled.unwrap_or(false),
    }
}
