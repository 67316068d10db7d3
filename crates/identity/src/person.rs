//! Persons: the identities of HR and of the directory that belong together.

use crate::identity::{Identity, Status};
use crate::rule::Rule;
use crate::source::SourceKind;

/// A person: the identities that belong together, at least one.
#[derive(Debug)]
pub(crate) struct Person {
    /// What identifies the person in reports, such as `hr:1007`.
    pub(crate) key: Box<str>,
    members: Vec<(SourceKind, Identity)>,
    /// Whether it is open who this is: an identity of the directory that several persons of HR fit.
    pub(crate) unclear: Option<Unclear>,
}

/// Several persons of HR whom an identity of the directory fits, or one whom it contradicts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unclear {
    pub(crate) rule: Rule,
    /// The keys of the persons.
    pub(crate) persons: Vec<Box<str>>,
}

/// All persons, in the order of their keys.
#[derive(Debug, Default)]
pub(crate) struct Persons {
    persons: Vec<Person>,
}

impl Persons {
    /// Persons with an identity each.
    pub(crate) fn of_kind(kind: SourceKind, identities: Vec<Identity>) -> Self {
        Self { persons: identities.into_iter().map(|own| Person::of(kind, own, None)).collect() }.sorted()
    }

    /// Adds an identity to a person.
    pub(crate) fn join(&mut self, person: u32, kind: SourceKind, identity: Identity) {
        if let Some(person) = self.persons.get_mut(person as usize) {
            person.members.push((kind, identity));
        }
    }

    /// Adds persons.
    pub(crate) fn with(mut self, others: Vec<Person>) -> Self {
        self.persons.extend(others);
        self.sorted()
    }

    /// The keys of persons, each once.
    pub(crate) fn keys(&self, persons: impl IntoIterator<Item = u32>) -> Vec<Box<str>> {
        let mut keys: Vec<Box<str>> =
            persons.into_iter().filter_map(|person| Some(self.get(person)?.key.clone())).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// In the order of the keys, each of which is unique.
    fn sorted(mut self) -> Self {
        self.persons.sort_unstable_by(|a, b| (&a.key, &a.members).cmp(&(&b.key, &b.members)));
        let mut before: (Box<str>, usize) = Default::default();
        for person in &mut self.persons {
            if person.key == before.0 {
                before.1 += 1;
                person.key = format!("{}~{}", person.key, before.1).into();
            } else {
                before = (person.key.clone(), 1);
            }
        }
        // A key with a number behind it may belong elsewhere.
        self.persons.sort_by(|a, b| a.key.cmp(&b.key));
        self
    }

    pub(crate) fn len(&self) -> usize {
        self.persons.len()
    }

    pub(crate) fn get(&self, person: u32) -> Option<&Person> {
        self.persons.get(person as usize)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &Person)> {
        (0..).zip(&self.persons)
    }

    /// All identities, each with its person.
    pub(crate) fn identities(&self) -> impl Iterator<Item = (u32, &Identity)> {
        self.iter().flat_map(|(place, person)| person.members.iter().map(move |(_, own)| (place, own)))
    }

    /// The identities of a person.
    pub(crate) fn of(&self, person: u32) -> impl Iterator<Item = (SourceKind, &Identity)> {
        self.get(person).into_iter().flat_map(Person::identities)
    }

    pub(crate) fn with_key(&self, key: &str) -> Option<u32> {
        let place = self.persons.binary_search_by(|person| (*person.key).cmp(key)).ok()?;
        u32::try_from(place).ok()
    }
}

impl Person {
    pub(crate) fn of(kind: SourceKind, identity: Identity, unclear: Option<Unclear>) -> Self {
        let key = format!("{}:{}", kind.name(), identity.id()).into();
        Self { key, members: vec![(kind, identity)], unclear }
    }

    pub(crate) fn identities(&self) -> impl Iterator<Item = (SourceKind, &Identity)> {
        self.members.iter().map(|(kind, identity)| (*kind, identity))
    }

    /// The identities of a source.
    pub(crate) fn in_source(&self, kind: SourceKind) -> impl Iterator<Item = &Identity> {
        self.identities().filter(move |(own, _)| *own == kind).map(|(_, identity)| identity)
    }

    /// The name for readers.
    pub(crate) fn label(&self) -> String {
        let name = self.identities().find_map(|(_, identity)| identity.full_name());
        match name {
            Some(name) => format!("{name} ({})", self.key),
            None => self.key.to_string(),
        }
    }

    /// How a source sees the person; `None` if it does not know them. One active identity is enough.
    pub(crate) fn status(&self, kind: SourceKind) -> Option<&Status> {
        self.in_source(kind).map(|identity| &identity.status).min_by(|a, b| presence(a).cmp(&presence(b)))
    }
}

/// The order in which the status of one of several identities is that of the person. Of several last days, the latest counts.
pub(crate) fn presence(status: &Status) -> (u8, std::cmp::Reverse<Option<&str>>) {
    match status {
        Status::Active => (0, std::cmp::Reverse(None)),
        Status::Future(day) => (1, std::cmp::Reverse(Some(day))),
        Status::Left(day) => (2, std::cmp::Reverse(day.as_deref())),
    }
}
