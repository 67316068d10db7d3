//! What a source says of someone it knows.

use std::collections::BTreeMap;

use crate::address::Address;

/// An identity: what one source says of someone it knows. Texts are trimmed, and never empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Identity {
    /// The number of the employee, as HR gave it.
    pub number: Option<Box<str>>,
    /// The id that the source itself gave, such as the one that a directory sends as `externalId`.
    pub key: Option<Box<str>>,
    /// The address.
    pub address: Option<Address>,
    /// Further addresses that the source itself manages.
    pub aliases: Vec<Address>,
    /// The first name.
    pub first_name: Option<Box<str>>,
    /// The last name.
    pub last_name: Option<Box<str>>,
    /// Whether they are there.
    pub status: Status,
    /// Whether a rule expects a user of the tenant.
    pub is_expected: bool,
    /// Further values, by the tenant's field.
    pub fields: BTreeMap<Box<str>, Box<str>>,
}

/// Whether someone is there, as a source says.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Status {
    /// They are; a source without a status says so of all.
    #[default]
    Active,
    /// They are to come on this day (`2026-11-30`).
    Future(Box<str>),
    /// They have left, or are disabled. Their last day, if the source has one.
    Left(Option<Box<str>>),
}

impl Status {
    pub(crate) fn is_left(&self) -> bool {
        matches!(self, Self::Left(_))
    }
}

impl Identity {
    /// An identity of which nothing is known yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the number of the employee.
    #[must_use]
    pub fn number(self, number: &str) -> Self {
        Self { number: text(number), ..self }
    }

    /// Sets the id that the source itself gave.
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        Self { key: text(key), ..self }
    }

    /// Sets the address. What has not the form of one is left out.
    #[must_use]
    pub fn address(self, address: &str) -> Self {
        Self { address: Address::parse(address), ..self }
    }

    /// Adds a further address.
    #[must_use]
    pub fn alias(mut self, address: &str) -> Self {
        self.aliases.extend(Address::parse(address));
        self.aliases.sort();
        self.aliases.dedup();
        self
    }

    /// Sets the first and the last name.
    #[must_use]
    pub fn name(self, first: &str, last: &str) -> Self {
        Self { first_name: text(first), last_name: text(last), ..self }
    }

    /// Sets whether they are there.
    #[must_use]
    pub fn status(self, status: Status) -> Self {
        Self { status, ..self }
    }

    /// Sets that a rule expects a user of the tenant.
    #[must_use]
    pub fn expected(self, is_expected: bool) -> Self {
        Self { is_expected, ..self }
    }

    /// The first and the last name.
    pub fn full_name(&self) -> Option<String> {
        let parts: Vec<&str> = [&self.first_name, &self.last_name].into_iter().flatten().map(AsRef::as_ref).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    }

    /// What identifies them within their source.
    pub(crate) fn id(&self) -> String {
        let address = self.address.as_ref().map(Address::as_str);
        let known = self.number.as_deref().or(self.key.as_deref()).or(address);
        known.map_or_else(|| self.full_name().unwrap_or_default(), str::to_owned)
    }
}

/// A text that says something.
pub(crate) fn text(text: &str) -> Option<Box<str>> {
    Some(text.trim()).filter(|text| !text.is_empty()).map(Into::into)
}
