//! The rules that link: in a fixed order, each by a key that both sides have. The first unique hit wins, and several hits are
//! never decided.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::address::{self, Address};
use crate::lookup::Lookup;
use crate::person::Persons;
use crate::rule::{Domains, Rule, ScimLink};

/// What links an account, or an identity of a directory.
#[derive(Debug, Default)]
pub(crate) struct Keys<'k> {
    /// The persons that were named by hand.
    pub(crate) manual: Vec<u32>,
    pub(crate) numbers: Vec<&'k str>,
    pub(crate) scim: Vec<&'k ScimLink>,
    pub(crate) address: Option<&'k Address>,
    pub(crate) aliases: &'k [Address],
    /// The names, where a number alone is not believed.
    pub(crate) names: Option<[Option<&'k str>; 2]>,
}

/// What the rules say of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// No rule finds a person.
    None,
    /// One person. Later rules may find others, who are listed.
    One { person: u32, rule: Rule, others: Vec<(Rule, u32)> },
    /// A rule finds several persons.
    Several { rule: Rule, persons: Vec<u32> },
    /// A rule finds a person whom other facts contradict.
    Contradicted { rule: Rule, person: u32, reason: Contradiction },
}

/// Why a hit is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contradiction {
    /// The numbers of the employee differ.
    OtherNumber,
    /// Only the number is the same: neither a name nor the domain of the address is.
    OnlyNumber,
}

/// Finds the persons of keys.
#[derive(Debug)]
pub(crate) struct Linker<'p> {
    persons: &'p Persons,
    domains: &'p Domains,
    by_number: Lookup<'p>,
    by_key: Lookup<'p>,
    by_address: Lookup<'p>,
    by_alias: Lookup<'p>,
    by_new_address: Lookup<'p>,
    /// The domains of the addresses of persons.
    own_domains: BTreeSet<&'p str>,
    /// Whether numbers of both sides are of one kind, so that a difference says something.
    are_numbers_shared: bool,
}

impl<'p> Linker<'p> {
    /// `numbers` are those of the other side.
    pub(crate) fn new<'n>(
        persons: &'p Persons,
        domains: &'p Domains,
        numbers: impl IntoIterator<Item = &'n str>,
    ) -> Self {
        let all = || persons.identities();
        let by_number = Lookup::of(all().filter_map(|(person, own)| Some((own.number.as_deref()?.into(), person))));
        let addresses = || all().filter_map(|(person, own)| Some((person, own.address.as_ref()?)));
        let by_new_address = if domains.is_empty() {
            Lookup::default()
        } else {
            Lookup::of(addresses().map(|(person, own)| (Cow::Owned(renamed(own, domains).as_str().to_owned()), person)))
        };
        let aliases =
            all().flat_map(|(person, own)| own.aliases.iter().map(move |alias| (alias.as_str().into(), person)));
        Self {
            persons,
            domains,
            by_key: Lookup::of(all().filter_map(|(person, own)| Some((own.key.as_deref()?.into(), person)))),
            by_address: Lookup::of(addresses().map(|(person, own)| (own.as_str().into(), person))),
            by_alias: Lookup::of(aliases),
            by_new_address,
            own_domains: addresses().map(|(_, own)| own.domain()).collect(),
            are_numbers_shared: numbers.into_iter().any(|number| by_number.has(number)),
            by_number,
        }
    }

    /// Whether any number of the other side is that of a person.
    pub(crate) fn are_numbers_shared(&self) -> bool {
        self.are_numbers_shared
    }

    /// The persons with this key, number or address: for links by hand.
    pub(crate) fn named(&self, text: &str) -> Vec<u32> {
        let address = Address::parse(text);
        let by_address = address.iter().flat_map(|address| self.by_address.find(address.as_str()));
        let by_key = self.persons.with_key(text);
        let mut found: Vec<u32> = by_key.into_iter().chain(self.by_number.find(text)).chain(by_address).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// What the rules say.
    pub(crate) fn judge(&self, keys: &Keys<'_>) -> Verdict {
        let mut rules = Rule::ALL.into_iter();
        while let Some(rule) = rules.next() {
            let hits = self.hits(rule, keys);
            let person = match hits.as_slice() {
                [] => continue,
                [one] => *one,
                _ => return Verdict::Several { rule, persons: hits },
            };
            if let Some(reason) = self.contradiction(rule, person, keys) {
                return Verdict::Contradicted { rule, person, reason };
            }
            // What was decided by hand needs no other proof.
            let later = rules.filter(|_| rule != Rule::Manual);
            let others = later.flat_map(|rule| self.hits(rule, keys).into_iter().map(move |hit| (rule, hit)));
            let others = others.filter(|(_, other)| *other != person).collect();
            return Verdict::One { person, rule, others };
        }
        Verdict::None
    }

    /// The persons that a rule finds, each once.
    fn hits(&self, rule: Rule, keys: &Keys<'_>) -> Vec<u32> {
        let mut found: Vec<u32> = match rule {
            Rule::Manual => keys.manual.clone(),
            Rule::Number => keys.numbers.iter().flat_map(|number| self.by_number.find(number)).collect(),
            Rule::Scim => keys.scim.iter().flat_map(|link| self.by_scim(link)).collect(),
            Rule::Address => keys.address.into_iter().flat_map(|own| self.by_address.find(own.as_str())).collect(),
            Rule::Alias => {
                let own = keys.address.into_iter().flat_map(|own| self.by_alias.find(own.as_str()));
                own.chain(keys.aliases.iter().flat_map(|alias| self.by_address.find(alias.as_str()))).collect()
            }
            Rule::Domain if self.domains.is_empty() => Vec::new(),
            Rule::Domain => {
                let own = keys.address.map(|own| renamed(own, self.domains));
                own.iter().flat_map(|own| self.by_new_address.find(own.as_str())).collect()
            }
        };
        found.sort_unstable();
        found.dedup();
        found
    }

    fn by_scim(&self, link: &ScimLink) -> Vec<u32> {
        let by_key: Vec<u32> = link.external_id.iter().flat_map(|id| self.by_key.find(id)).collect();
        match Address::parse(&link.user_name) {
            // A directory may send another id than it exports.
            Some(name) if by_key.is_empty() => self.by_address.find(name.as_str()).collect(),
            _ => by_key,
        }
    }

    fn contradiction(&self, rule: Rule, person: u32, keys: &Keys<'_>) -> Option<Contradiction> {
        match rule {
            Rule::Number => {
                let [first, last] = keys.names?;
                let has_own_domain = keys.address.is_some_and(|own| {
                    self.own_domains.contains(own.domain())
                        || self.own_domains.contains(renamed(own, self.domains).domain())
                });
                let is_name = |own: Option<&str>, other: &Option<Box<str>>| {
                    own.zip(other.as_deref()).is_some_and(|(own, other)| address::name(own) == address::name(other))
                };
                let has_name = self
                    .persons
                    .of(person)
                    .any(|(_, identity)| is_name(first, &identity.first_name) || is_name(last, &identity.last_name));
                (!has_own_domain && !has_name).then_some(Contradiction::OnlyNumber)
            }
            Rule::Address | Rule::Alias | Rule::Domain if self.are_numbers_shared => {
                let mut known =
                    self.persons.of(person).filter_map(|(_, identity)| identity.number.as_deref()).peekable();
                let differs = known.peek().is_some() && !keys.numbers.is_empty();
                let is_same = known.any(|number| keys.numbers.contains(&number));
                (differs && !is_same).then_some(Contradiction::OtherNumber)
            }
            _ => None,
        }
    }
}

/// An address in the domain that it has now.
fn renamed(address: &Address, domains: &Domains) -> Address {
    match domains.get(address.domain()) {
        Some(domain) => address.in_domain(domain),
        None => address.clone(),
    }
}
