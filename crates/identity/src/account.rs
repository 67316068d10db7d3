//! The users of the tenant, as far as they are compared.

use std::collections::{BTreeMap, BTreeSet};

use thought_industries::Date;
use thought_industries::model::User;
use thought_industries_provision::takes_seat;

use crate::address::Address;
use crate::identity::text;

/// A user of the tenant, as far as users are compared.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Account {
    /// The id.
    pub id: Box<str>,
    /// The address as the tenant has it.
    pub email: Option<Box<str>>,
    /// The address as it is compared.
    pub address: Option<Address>,
    /// The number of the employee.
    pub number: Option<Box<str>>,
    /// The first name.
    pub first_name: Option<Box<str>>,
    /// The last name.
    pub last_name: Option<Box<str>>,
    /// The role key.
    pub role: Option<Box<str>>,
    /// The client.
    pub client: Option<Box<str>>,
    /// Whether the user cannot log in.
    pub is_disabled: bool,
    /// When the user was last active.
    pub last_active: Option<Date>,
    /// When the user was created.
    pub created: Option<Date>,
    /// The other record of a dual role, if this one names it.
    pub other_record: Option<Box<str>>,
    /// Whether this is the record that a learner manages with.
    pub is_second_record: bool,
    /// The licenses of which the user holds a seat.
    pub seats: Vec<Box<str>>,
    /// Further values, by field.
    pub fields: BTreeMap<Box<str>, Box<str>>,
}

/// What is taken from a user of the tenant.
#[derive(Debug, Clone)]
pub(crate) struct Wanted<'w> {
    /// The field that has the number of the employee; `None` for none.
    pub(crate) number: Option<&'w str>,
    /// The further fields that are compared.
    pub(crate) fields: Vec<&'w str>,
    /// The role keys of learners.
    pub(crate) learners: &'w BTreeSet<String>,
}

impl Account {
    /// A user with an id.
    pub fn new(id: &str) -> Self {
        Self { id: id.into(), ..Self::default() }
    }

    /// Sets the address.
    #[must_use]
    pub fn email(self, email: &str) -> Self {
        Self { email: text(email), address: Address::parse(email), ..self }
    }

    /// Sets the number of the employee.
    #[must_use]
    pub fn number(self, number: &str) -> Self {
        Self { number: text(number), ..self }
    }

    /// Sets the first and the last name.
    #[must_use]
    pub fn name(self, first: &str, last: &str) -> Self {
        Self { first_name: text(first), last_name: text(last), ..self }
    }

    /// Sets the role key.
    #[must_use]
    pub fn role(self, role: &str) -> Self {
        Self { role: text(role), ..self }
    }

    pub(crate) fn of(user: &User, wanted: &Wanted<'_>) -> Self {
        let own = |value: &Option<String>| value.as_deref().and_then(text);
        let held = user.allocated_licenses.iter().flatten();
        let held = held.filter(|held| takes_seat(user, held, wanted.learners));
        let mut seats: Vec<Box<str>> = held.filter_map(|held| text(held.license_id.as_deref()?)).collect();
        seats.sort_unstable();
        seats.dedup();
        let needs_json = !wanted.fields.is_empty() || wanted.number.is_some_and(|field| field != NUMBER);
        let json = if needs_json { serde_json::to_value(user).unwrap_or_default() } else { serde_json::Value::Null };
        let value = |field: &str| {
            let value = match field.strip_prefix("customFields.") {
                Some(key) => json.get("customFields")?.get(key)?,
                None => json.get(field)?,
            };
            match value {
                serde_json::Value::Null => None,
                serde_json::Value::String(value) => text(value),
                other => text(&other.to_string()),
            }
        };
        Self {
            id: user.id.as_str().into(),
            email: own(&user.email),
            address: user.email.as_deref().and_then(Address::parse),
            number: match wanted.number {
                Some(NUMBER) => own(&user.external_customer_id),
                Some(field) => value(field),
                None => None,
            },
            first_name: own(&user.first_name),
            last_name: own(&user.last_name),
            role: own(&user.role_key),
            client: own(&user.client_id),
            is_disabled: user.disabled == Some(true),
            last_active: user.last_active_at,
            created: user.created_at,
            other_record: own(&user.learner_user_id).or_else(|| own(&user.manager_user_id)),
            is_second_record: user.learner_user_id.is_some(),
            seats,
            fields: wanted.fields.iter().filter_map(|field| Some(((*field).into(), value(field)?))).collect(),
        }
    }

    /// What identifies the user to a reader.
    pub fn label(&self) -> &str {
        self.email.as_deref().unwrap_or(&self.id)
    }

    pub(crate) fn is_learner(&self, learners: &BTreeSet<String>) -> bool {
        self.role.as_deref().is_some_and(|role| learners.contains(role))
    }
}

/// The field that has the number by default.
pub(crate) const NUMBER: &str = "externalCustomerId";

/// The users of a tenant.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Tenant {
    /// The address of the tenant.
    pub url: String,
    /// When its users were read.
    pub read: Option<Date>,
    /// The users.
    pub accounts: Vec<Account>,
    /// The role keys of learners.
    pub learners: BTreeSet<String>,
    /// The fields that were not shown, of those that are compared.
    pub unseen: BTreeSet<String>,
    /// The names and limits of licenses, as far as they are known.
    pub licenses: BTreeMap<String, License>,
    /// Why it does not have all users; empty if it does.
    pub doubts: Vec<String>,
    /// What was noticed while it was read.
    pub notes: Vec<String>,
}

/// A license of the tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct License {
    /// The name.
    pub name: Option<String>,
    /// The seat limit; none, or 0 for no limit.
    pub limit: Option<i64>,
}

impl Tenant {
    /// A tenant with these users, all of them.
    pub fn new(url: &str, read: Date, accounts: Vec<Account>, learners: impl IntoIterator<Item = String>) -> Self {
        let learners = learners.into_iter().collect();
        Self { url: url.to_owned(), read: Some(read), accounts, learners, ..Self::default() }
    }

    /// The role of most users, where nothing else says which one is that of learners.
    pub(crate) fn commonest_role<'r>(roles: impl IntoIterator<Item = &'r str>) -> BTreeSet<String> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let mut all = 0_usize;
        for role in roles {
            *counts.entry(role).or_default() += 1;
            all += 1;
        }
        let most = counts.into_iter().max_by_key(|(_, count)| *count);
        most.filter(|(_, count)| count * 2 > all).map(|(role, _)| role.to_owned()).into_iter().collect()
    }
}

/// Whether a user may be one of learners, for readers of exports, whose roles are counted before.
pub(crate) fn role_of(user: &User) -> Option<&str> {
    // A record that is only there to manage with says nothing of what most users are.
    user.role_key.as_deref().filter(|_| user.learner_user_id.is_none())
}
