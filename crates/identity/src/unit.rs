//! Units: the users of the tenant, with both records of a dual role as one, and the person of each.

use std::collections::HashMap;

use crate::account::{Account, Tenant};
use crate::link::{Keys, Linker, Verdict};
use crate::memory::HandLink;
use crate::rule::ScimLink;

/// A user, with both records if they have two: the learner's, and the one to manage with.
#[derive(Debug, Clone)]
pub(crate) struct Unit<'t> {
    pub(crate) main: &'t Account,
    pub(crate) second: Option<&'t Account>,
    pub(crate) verdict: Verdict,
}

impl<'t> Unit<'t> {
    pub(crate) fn records(&self) -> impl Iterator<Item = &'t Account> {
        [self.main].into_iter().chain(self.second)
    }

    pub(crate) fn is_active(&self) -> bool {
        self.records().any(|record| !record.is_disabled)
    }

    /// The person, if no other rule leads to another one.
    pub(crate) fn person(&self) -> Option<u32> {
        match &self.verdict {
            Verdict::One { person, others, .. } if others.is_empty() => Some(*person),
            _ => None,
        }
    }

    /// The person, whatever other rules lead to.
    pub(crate) fn linked(&self) -> Option<u32> {
        match &self.verdict {
            Verdict::One { person, .. } => Some(*person),
            _ => None,
        }
    }
}

/// Puts the records of dual roles together. Two records are one user if they have the same address and name each other.
pub(crate) fn units(tenant: &Tenant) -> Vec<Unit<'_>> {
    let by_id: HashMap<&str, &Account> = tenant.accounts.iter().map(|own| (&*own.id, own)).collect();
    let other = |own: &Account| {
        let other = *by_id.get(own.other_record.as_deref()?)?;
        let is_pair = other.id != own.id
            && other.other_record.as_deref() == Some(&own.id)
            && own.address.is_some()
            && other.address == own.address;
        is_pair.then_some(other)
    };
    // A record that only claims to be the second one is a user of its own.
    let is_main =
        |own: &Account, other: &Account| (own.is_second_record, &own.id) < (other.is_second_record, &other.id);
    let mut units: Vec<Unit<'_>> = Vec::with_capacity(tenant.accounts.len());
    for own in &tenant.accounts {
        let second = other(own);
        if second.is_none_or(|other| is_main(own, other)) {
            units.push(Unit { main: own, second, verdict: Verdict::None });
        }
    }
    units.sort_unstable_by(|a, b| a.main.id.cmp(&b.main.id));
    units
}

/// Finds the person of each unit. Returns what is wrong with links by hand, in sentences.
pub(crate) fn link(
    units: &mut [Unit<'_>],
    linker: &Linker<'_>,
    scim: &[ScimLink],
    by_hand: &[HandLink],
) -> Vec<String> {
    let (by_hand, notes) = resolved(units, linker, by_hand);
    let mut by_user: HashMap<&str, Vec<&ScimLink>> = HashMap::new();
    for link in scim {
        by_user.entry(&link.user_id).or_default().push(link);
    }
    for (place, unit) in units.iter_mut().enumerate() {
        let mut numbers: Vec<&str> = unit.records().filter_map(|record| record.number.as_deref()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let scim = unit.records().filter_map(|record| by_user.get(&*record.id)).flatten().copied().collect();
        let main = unit.main;
        unit.verdict = linker.judge(&Keys {
            manual: by_hand.get(&place).copied().into_iter().collect(),
            numbers,
            scim,
            address: main.address.as_ref(),
            aliases: &[],
            names: Some([main.first_name.as_deref(), main.last_name.as_deref()]),
        });
    }
    notes
}

/// The persons of units that were linked by hand.
fn resolved(units: &[Unit<'_>], linker: &Linker<'_>, by_hand: &[HandLink]) -> (HashMap<usize, u32>, Vec<String>) {
    let (mut found, mut notes) = (HashMap::new(), Vec::new());
    for HandLink { account, person, .. } in by_hand {
        let address = crate::address::Address::parse(account);
        let is_named = |unit: &Unit<'_>| {
            unit.records().any(|own| *own.id == **account || (address.is_some() && own.address == address))
        };
        let places: Vec<usize> = (0..).zip(units).filter(|(_, unit)| is_named(unit)).map(|(place, _)| place).collect();
        match (places.as_slice(), linker.named(person).as_slice()) {
            ([place], [person]) => _ = found.insert(*place, *person),
            ([_], persons) => notes.push(format!("the link by hand of {account} names {} persons", persons.len())),
            (places, _) => notes.push(format!("the link by hand of {account} names {} users", places.len())),
        }
    }
    (found, notes)
}
