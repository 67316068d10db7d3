//! Users without a person, and persons without a user.

use std::collections::{BTreeMap, BTreeSet};

use super::Judge;
use crate::address;
use crate::finding::{Evidence, Finding, FindingKind};
use crate::identity::{Identity, Status};
use crate::link::Verdict;
use crate::lookup::Lookup;
use crate::person::Person;
use crate::source::SourceKind;
use crate::unit::Unit;

/// What a name or a similar address proposes. No link is made of it.
struct Proposals<'p> {
    names: Lookup<'p>,
    addresses: Lookup<'p>,
}

impl Judge<'_> {
    /// Users who may log in and have no person: orphans within the scope, and administrators. `leavers` are known to have had
    /// one. None if a source is incomplete: the person may be in what is missing.
    pub(super) fn unlinked(&self, leavers: &BTreeSet<usize>) -> Vec<Finding> {
        if !self.is_sound() {
            return Vec::new();
        }
        let alone = (0..)
            .zip(self.units)
            .filter(|(place, unit)| unit.verdict == Verdict::None && unit.is_active() && !leavers.contains(place));
        let alone: Vec<&Unit<'_>> = alone.map(|(_, unit)| unit).collect();
        if alone.is_empty() {
            return Vec::new();
        }
        let (domains, proposals) = (self.domains(), self.proposals());
        let finding = |unit: &&Unit<'_>| {
            let learners = &self.tenant.learners;
            let is_admin =
                !learners.is_empty() && unit.records().any(|own| own.role.is_some() && !own.is_learner(learners));
            let is_in_scope = self.is_in_scope(unit, &domains);
            // Managers of a customer belong to the customer; an administrator of the tenant belongs to none.
            let kind = match (is_admin, unit.main.client.is_none() || is_in_scope) {
                (true, true) => FindingKind::AdminWithoutPerson,
                _ if is_in_scope => FindingKind::Orphan,
                _ => return None,
            };
            let roles = unit.records().filter_map(|own| Some(format!("role {}", own.role.as_deref()?)));
            let client = unit.main.client.as_ref().map(|client| format!("client {client}"));
            let seen = unit.main.last_active.map(|date| format!("last active on {}", super::standing::day(date)));
            let facts = roles.chain(client).chain(seen).map(|fact| Evidence::new(SourceKind::Tenant, fact));
            let mut evidence: Vec<Evidence> = facts.collect();
            evidence.extend(self.proposed(unit, &proposals));
            Some(Finding { evidence, ..Self::about(kind, unit, &[]) })
        };
        alone.iter().filter_map(finding).collect()
    }

    fn is_in_scope(&self, unit: &Unit<'_>, domains: &BTreeSet<&str>) -> bool {
        let scope = &self.config.scope;
        let has = |set: &BTreeSet<String>, value: &Option<Box<str>>| {
            set.is_empty() || value.as_deref().is_some_and(|value| set.contains(value))
        };
        let is_own = unit.main.address.as_ref().is_some_and(|address| domains.contains(address.domain()));
        is_own && has(&scope.clients, &unit.main.client) && has(&scope.roles, &unit.main.role)
    }

    /// The domains whose users have to have a person.
    fn domains(&self) -> BTreeSet<&str> {
        if !self.config.scope.domains.is_empty() {
            return self.config.scope.domains.iter().map(String::as_str).collect();
        }
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, person) in self.persons.iter() {
            let domains = person.identities().filter_map(|(_, own)| Some(own.address.as_ref()?.domain()));
            for domain in domains.collect::<BTreeSet<&str>>() {
                *counts.entry(domain).or_default() += 1;
            }
        }
        // An address that one person has elsewhere does not make all users there staff.
        let fewest = (self.persons.len() / 100).max(2);
        let own = counts.into_iter().filter(|(_, persons)| *persons >= fewest).map(|(domain, _)| domain);
        let old = self.config.domains.keys().map(String::as_str);
        own.chain(old).collect()
    }

    fn proposals(&self) -> Proposals<'_> {
        let all = || self.persons.identities();
        let names = all().filter_map(|(person, own)| Some((address::name(&own.full_name()?).into(), person)));
        let addresses = all().filter_map(|(person, own)| Some((own.address.as_ref()?.loose().into(), person)));
        Proposals { names: Lookup::of(names), addresses: Lookup::of(addresses) }
    }

    /// The persons whom the user may be, at most three.
    fn proposed(&self, unit: &Unit<'_>, proposals: &Proposals<'_>) -> Vec<Evidence> {
        let names = [&unit.main.first_name, &unit.main.last_name].map(|name| name.as_deref());
        let name = match names {
            [Some(first), Some(last)] => address::name(&format!("{first} {last}")),
            _ => String::new(),
        };
        let by_name = proposals.names.find(&name).map(|person| (person, "the name is the same"));
        let loose = unit.main.address.as_ref().map(address::Address::loose).unwrap_or_default();
        let by_address =
            proposals.addresses.find(&loose).map(|person| (person, "the address differs in dots or a tag"));
        let all = by_name.chain(by_address).take(3);
        let fact = |(person, why)| format!("may be {}: {why}", self.label(person));
        all.map(|own| Evidence::new(SourceKind::Tenant, fact(own))).collect()
    }

    /// Persons who are expected and have no user.
    pub(super) fn hidden(&self) -> Vec<Finding> {
        if self.config.hidden.is_none() || !self.is_sound() {
            return Vec::new();
        }
        let mut taken: BTreeSet<u32> = BTreeSet::new();
        for unit in self.units {
            match &unit.verdict {
                Verdict::None => {}
                Verdict::One { person, others, .. } => {
                    taken.extend(others.iter().map(|(_, other)| *other).chain([*person]));
                }
                // A user that several persons fit may be that of any of them.
                Verdict::Several { persons, .. } => taken.extend(persons),
                Verdict::Contradicted { person, .. } => _ = taken.insert(*person),
            }
        }
        let is_expected = |status: Option<&Status>| matches!(status, Some(Status::Active));
        let absent = self.persons.iter().filter(|(place, person)| {
            let (hr, idp) = (person.status(SourceKind::Hr), person.status(SourceKind::Idp));
            let is_active = if self.has(SourceKind::Hr) { is_expected(hr) } else { is_expected(idp) };
            !taken.contains(place)
                && is_active
                && !matches!(idp, Some(Status::Left(_)))
                && person.unclear.is_none()
                && person.identities().any(|(_, own)| own.is_expected)
        });
        let finding = |(place, person): (u32, &Person)| {
            let fact = |(kind, own): (SourceKind, &Identity)| {
                let address = own.address.as_ref().map(|address| format!(" with {address}")).unwrap_or_default();
                Evidence::new(kind, format!("active{address}"))
            };
            let (evidence, own) = (person.identities().map(fact).collect(), Some(person.key.to_string()));
            Finding { evidence, person: own, ..Finding::new(FindingKind::Hidden, &[&person.key], self.label(place)) }
        };
        absent.map(finding).collect()
    }
}
