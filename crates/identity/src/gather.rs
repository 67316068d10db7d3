//! From the identities of all sources to persons.

use std::collections::BTreeMap;

use crate::address::Address;
use crate::identity::Identity;
use crate::link::{Keys, Linker, Verdict};
use crate::person::{Person, Persons, Unclear, presence};
use crate::rule::Domains;
use crate::source::{Source, SourceKind};

/// The persons of all sources. The order of the sources and of their identities is irrelevant.
pub(crate) fn persons(sources: Vec<Source>, domains: &Domains) -> Persons {
    let (mut staff, mut directory) = (Vec::new(), Vec::new());
    for source in sources {
        match source.kind {
            SourceKind::Hr => staff.extend(source.identities),
            _ => directory.extend(source.identities),
        }
    }
    directory.sort_unstable();
    directory.dedup();
    with_directory(Persons::of_kind(SourceKind::Hr, merged(staff)), directory, domains)
}

/// Adds the identities of the directory to the persons of HR whom they belong to, and as persons of their own.
fn with_directory(mut known: Persons, directory: Vec<Identity>, domains: &Domains) -> Persons {
    let linker = Linker::new(&known, domains, directory.iter().filter_map(|own| own.number.as_deref()));
    let verdict = |own: &Identity| {
        linker.judge(&Keys {
            numbers: own.number.as_deref().into_iter().collect(),
            address: own.address.as_ref(),
            aliases: &own.aliases,
            ..Keys::default()
        })
    };
    let verdicts: Vec<Verdict> = directory.iter().map(verdict).collect();
    let mut alone = Vec::new();
    for (own, verdict) in directory.into_iter().zip(verdicts) {
        let unclear = match verdict {
            // A number and an address that lead to different persons are no link.
            Verdict::One { person, others, .. } if others.is_empty() => {
                known.join(person, SourceKind::Idp, own);
                continue;
            }
            Verdict::None => None,
            Verdict::One { person, rule, others } => {
                let all = others.into_iter().map(|(_, other)| other).chain([person]);
                Some(Unclear { rule, persons: known.keys(all) })
            }
            Verdict::Several { rule, persons } => Some(Unclear { rule, persons: known.keys(persons) }),
            // The same address with another number is another person.
            Verdict::Contradicted { rule, person, .. } => Some(Unclear { rule, persons: known.keys([person]) }),
        };
        alone.push(Person::of(SourceKind::Idp, own, unclear));
    }
    known.with(alone)
}

/// The identities of HR, each person once: an export may have a row for each position or period of an employee. Rows belong
/// together if they have the same number and no two addresses, or no number, the same address and the same name.
fn merged(mut identities: Vec<Identity>) -> Vec<Identity> {
    identities.sort_unstable();
    identities.dedup();
    let mut groups: BTreeMap<String, Vec<Identity>> = BTreeMap::new();
    for identity in identities {
        // No number has a line end.
        let key = match (&identity.number, &identity.address) {
            (Some(number), _) => number.to_string(),
            (None, address) => {
                let address = address.as_ref().map(Address::as_str).unwrap_or_default();
                format!("\n{address}\n{}", identity.full_name().unwrap_or_default())
            }
        };
        groups.entry(key).or_default().push(identity);
    }
    let mut all = Vec::new();
    for group in groups.into_values() {
        let mut addresses: Vec<_> = group.iter().filter_map(|own| own.address.as_ref()).collect();
        addresses.sort_unstable();
        addresses.dedup();
        if addresses.len() > 1 {
            all.extend(group);
        } else {
            all.extend(group.into_iter().reduce(joined));
        }
    }
    all
}

/// One identity of two rows.
fn joined(one: Identity, other: Identity) -> Identity {
    let status = if presence(&other.status) < presence(&one.status) { other.status } else { one.status };
    let mut aliases = one.aliases;
    aliases.extend(other.aliases);
    aliases.sort();
    aliases.dedup();
    let mut fields = other.fields;
    fields.extend(one.fields);
    Identity {
        number: one.number,
        key: one.key.or(other.key),
        address: one.address.or(other.address),
        aliases,
        first_name: one.first_name.or(other.first_name),
        last_name: one.last_name.or(other.last_name),
        status,
        is_expected: one.is_expected || other.is_expected,
        fields,
    }
}
