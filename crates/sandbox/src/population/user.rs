//! One user.

use super::names::person;
use super::{Chance, Population, Role};

/// The specific values of a user; the others are made up like any other value.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) email: Option<String>,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) role_key: String,
    pub(crate) disabled: bool,
    pub(crate) external_customer_id: Option<String>,
    pub(crate) created_at: Option<String>,
    pub(crate) last_active_at: Option<String>,
}

impl User {
    /// A user without any known values.
    pub(crate) fn nobody() -> Self {
        Self {
            email: None,
            first_name: None,
            last_name: None,
            role_key: Role::Learner.key().to_owned(),
            disabled: false,
            external_customer_id: None,
            created_at: None,
            last_active_at: None,
        }
    }
}

const DOMAINS: [&str; 3] = ["example.com", "example.org", "learning.example.net"];

impl Population {
    pub(crate) fn user(&self, index: u32) -> User {
        // The manager record of a pair carries the learner's name, address and status.
        let person_index = match self.role(index) {
            Role::ClientManager => self.dual_partner(index).unwrap_or(index),
            _ => index,
        };
        let chance = Chance::new(self.seed).named("person").at(u64::from(person_index));
        let own = Chance::new(self.seed).named("record").at(u64::from(index));
        let [(first, first_ascii), (last, last_ascii)] = person(chance);
        let domain = chance.named("domain").pick(&DOMAINS).copied().unwrap_or("example.com");
        let present = |name: &str, one_in: u64| !chance.named(name).one_in(one_in);
        User {
            email: present("email", 90).then(|| format!("{first_ascii}.{last_ascii}.{person_index}@{domain}")),
            first_name: present("firstName", 40).then(|| first.to_owned()),
            last_name: present("lastName", 25).then(|| last.to_owned()),
            role_key: self.role(index).key().to_owned(),
            disabled: chance.named("disabled").one_in(12),
            external_customer_id: (!own.named("externalCustomerId").one_in(4)).then(|| format!("HR-{index:07}")),
            created_at: (!own.named("createdAt").one_in(60)).then(|| date(own.named("created"), 2019, 2024)),
            last_active_at: (!own.named("lastActiveAt").one_in(6)).then(|| date(own.named("seen"), 2025, 2025)),
        }
    }

    /// The user with this email address; of a dual-role pair, the learner record. Addresses are not case-sensitive.
    pub(crate) fn user_by_email(&self, email: &str) -> Option<u32> {
        let index: u32 = email.split('@').next()?.rsplit('.').next()?.parse().ok()?;
        let found = index < self.users && self.user(index).email.is_some_and(|own| own.eq_ignore_ascii_case(email));
        found.then_some(index)
    }

    pub(crate) fn user_by_external_customer_id(&self, id: &str) -> Option<u32> {
        let index: u32 = id.strip_prefix("HR-")?.parse().ok()?;
        (index < self.users && self.user(index).external_customer_id.as_deref() == Some(id)).then_some(index)
    }
}

/// A point in time within these years, both included: ISO 8601 in UTC with milliseconds.
pub(crate) fn date(chance: Chance, from_year: u64, to_year: u64) -> String {
    let part = |name: &str, bound: u64| chance.named(name).below(bound);
    format!(
        "{}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        from_year + part("year", to_year - from_year + 1),
        1 + part("month", 12),
        1 + part("day", 28),
        part("hour", 24),
        part("minute", 60),
        part("second", 60),
        part("millisecond", 1000)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyone_is_found_by_what_names_them() {
        let population = Population::new(1, 250);
        for index in 0..250 {
            let user = population.user(index);
            assert_eq!(population.read_id("User", &population.id("User", index)), Some(index));
            if let Some(id) = user.external_customer_id {
                assert_eq!(population.user_by_external_customer_id(&id), Some(index));
            }
            if let Some(email) = user.email {
                let learner = match population.role(index) {
                    Role::ClientManager => population.dual_partner(index),
                    _ => Some(index),
                };
                assert_eq!(population.user_by_email(&email.to_uppercase()), learner);
            }
        }
        assert_eq!(population.user_by_email("nobody@example.com"), None);
        assert_eq!(population.user_by_external_customer_id("HR-9999999"), None);
    }

    #[test]
    fn the_population_has_every_kind_of_person() {
        let population = Population::new(1, 250);
        let users: Vec<User> = (0..250).map(|index| population.user(index)).collect();
        let some = |test: &dyn Fn(&User) -> bool| users.iter().any(test);
        assert!(some(&|user| user.disabled) && some(&|user| !user.disabled));
        assert!(some(&|user| user.email.is_none()));
        assert!(some(&|user| user.last_name.is_none()));
        assert!(some(&|user| user.external_customer_id.is_none()));
        assert!(some(&|user| user.created_at.is_none()));
        assert!(some(&|user| user.last_active_at.is_none()));
        assert!(some(&|user| user.first_name.as_ref().is_some_and(|name| !name.is_ascii())));
        assert!((0..250).any(|index| population.dual_partner(index).is_some()));
    }
}
