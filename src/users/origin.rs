//! The single rule that decides whether a creation made a given user.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::User;
use crate::{Date, UserFields};

/// How long before and after the start of a creation its user may have been created, by the tenant's clock. A call ends
/// within five minutes, and clocks may differ by as much.
const EARLIEST: i64 = -300_000;
const LATEST: i64 = 600_000;

/// How far reads may lag behind writes, in milliseconds: ten minutes.
const LONGEST_LAG: i64 = 600_000;

/// A user created that long before the creation began existed already, however wrong a clock is.
const DAY: i64 = -86_400_000;

/// When the attempts at a write were begun, by the tenant's time: the first one and the last one.
///
/// ```
/// use thought_industries::{Attempts, Date};
///
/// let first: Date = "2026-01-01T12:00:00Z".parse()?;
/// assert_eq!(Attempts::from(first).and("2026-01-01T12:30:00Z".parse()?).first, first);
/// # Ok::<(), thought_industries::InvalidDate>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Attempts {
    /// When the first one was begun.
    pub first: Date,
    /// When the last one was begun.
    pub last: Date,
}

impl From<Date> for Attempts {
    fn from(only: Date) -> Self {
        Self { first: only, last: only }
    }
}

impl Attempts {
    /// These and another one.
    #[must_use]
    pub fn and(self, at: Date) -> Self {
        Self { first: self.first.min(at), last: self.last.max(at) }
    }

    /// Whether reads show by `now` what the attempts did: reads may lag behind writes, which this client takes to be ten
    /// minutes at most.
    pub fn are_shown_by(self, now: Date) -> bool {
        now.as_millisecond() - self.last.as_millisecond() > LONGEST_LAG
    }
}

/// Which creation made a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// The creation in question: the user was created after it began, with the requested names, role and client.
    Ours,
    /// An earlier creation: the user existed more than a day before the creation began.
    Earlier,
    /// Another creation: the user has another mark, or none ([`origin_by_mark`](UserFields::origin_by_mark)).
    Another,
    /// Another creation, or unknown: the user is new but not as requested, or the tenant does not show enough.
    Unknown,
}

impl UserFields {
    /// Whether a creation with these fields made this user. `attempts` are those that may have made it, or the [`Date`] of
    /// a single one. `default_roles` are the role keys that the tenant gives to users who were created without one
    /// ([`learner_roles`](crate::Users::learner_roles)): an administrator with the same name and address does not count.
    ///
    /// ```
    /// use thought_industries::{Date, Origin, UserFields, model::User};
    ///
    /// let roles = ["student".to_owned()].into();
    /// let begun: Date = "2026-01-01T12:00:00Z".parse()?;
    /// let mut user = User::default();
    /// user.created_at = Some("2026-01-01T12:00:01Z".parse()?);
    /// assert_eq!(UserFields::new().origin(&user, begun, &roles), Origin::Ours);
    /// user.role_key = Some("admin".to_owned());
    /// assert_eq!(UserFields::new().origin(&user, begun, &roles), Origin::Unknown);
    /// # Ok::<(), thought_industries::InvalidDate>(())
    /// ```
    pub fn origin(&self, user: &User, attempts: impl Into<Attempts>, default_roles: &BTreeSet<String>) -> Origin {
        let Some(created) = user.created_at else { return Origin::Unknown };
        let attempts = attempts.into();
        let after = |begun: Date| created.as_millisecond() - begun.as_millisecond();
        match (after(attempts.first), after(attempts.last)) {
            (..DAY, _) => Origin::Earlier,
            (EARLIEST.., ..=LATEST) if self.fits(user, default_roles) => Origin::Ours,
            _ => Origin::Unknown,
        }
    }

    /// Whether a creation with these fields made this user, by a mark: a field whose value no other creation has. A mark
    /// is proof, whatever clocks and names say. `None` if these fields have no such mark, or the response does not show the
    /// field; `gaps` are the paths that it does not provide ([`Response::gaps`](crate::Response::gaps)). A tenant drops
    /// custom fields that are not set up (API guide), so a user without the key is [`Origin::Unknown`].
    ///
    /// ```
    /// use thought_industries::{Origin, UserFields, model::User};
    ///
    /// let fields = UserFields::new().external_customer_id("ti-1");
    /// let mut user = User::default();
    /// let origin = |user: &User| fields.origin_by_mark("externalCustomerId", user, &[]);
    /// assert_eq!(origin(&user), Some(Origin::Another));
    /// user.external_customer_id = Some("ti-1".to_owned());
    /// assert_eq!(origin(&user), Some(Origin::Ours));
    /// ```
    pub fn origin_by_mark(&self, mark: &str, user: &User, gaps: &[String]) -> Option<Origin> {
        let own = self.named(mark)?;
        Some(match self.current(user, gaps).get(mark)? {
            shown if shown == own => Origin::Ours,
            Value::Null if mark.starts_with("customFields.") => Origin::Unknown,
            _ => Origin::Another,
        })
    }

    /// The value of a field; custom fields as `customFields.key`.
    pub(super) fn named(&self, name: &str) -> Option<&Value> {
        match name.strip_prefix("customFields.") {
            Some(key) => self.get("customFields")?.get(key),
            None => self.get(name),
        }
    }

    /// Whether a user has the requested names, role and client.
    fn fits(&self, user: &User, default_roles: &BTreeSet<String>) -> bool {
        let asked = |name: &str| self.get(name).and_then(Value::as_str);
        let has_names = [("firstName", &user.first_name), ("lastName", &user.last_name)]
            .into_iter()
            .all(|(name, own)| asked(name).is_none_or(|asked| own.as_deref() == Some(asked)));
        let role = user.role_key.as_deref();
        let has_role = match asked("role") {
            Some(asked) => role == Some(asked),
            // Which role a tenant gives to users without one is its own data.
            None => role.is_none_or(|role| default_roles.contains(role)),
        };
        let has_client = match asked("clientId") {
            Some(asked) => user.client_id.as_deref() == Some(asked),
            // Licenses may assign a client.
            None => {
                user.client_id.is_none() || self.names().any(|name| name.contains("License") || name.contains("client"))
            }
        };
        has_names && has_role && has_client
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_claim_users_from_shortly_before_the_first_one_until_after_the_last_one() {
        let date = |text: &str| text.parse::<Date>().expect("a date");
        let attempts = Attempts::from(date("2026-01-02T12:00:00Z")).and(date("2026-01-02T14:00:00Z"));
        for (created, origin) in [
            ("2026-01-01T11:00:00Z", Origin::Earlier),
            ("2026-01-02T11:00:00Z", Origin::Unknown),
            ("2026-01-02T11:56:00Z", Origin::Ours),
            ("2026-01-02T13:00:00Z", Origin::Ours),
            ("2026-01-02T14:09:00Z", Origin::Ours),
            ("2026-01-02T14:11:00Z", Origin::Unknown),
        ] {
            let user = User { created_at: Some(date(created)), ..User::default() };
            assert_eq!(UserFields::new().origin(&user, attempts, &BTreeSet::new()), origin, "{created}");
        }
        assert!(!attempts.are_shown_by(date("2026-01-02T14:10:00Z")));
        assert!(attempts.are_shown_by(date("2026-01-02T14:10:01Z")));
    }
}
