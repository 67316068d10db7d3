//! Fields of a user that are not as the side has them that wins.

use unicode_normalization::UnicodeNormalization as _;

use super::Judge;
use crate::account::Account;
use crate::address::{self, Address};
use crate::config::Side;
use crate::finding::{Evidence, Finding, FindingKind, Fix};
use crate::identity::Identity;
use crate::person::Person;
use crate::source::SourceKind;
use crate::unit::Unit;

impl Judge<'_> {
    /// The fields of a linked user that differ.
    pub(super) fn drift(&self, unit: &Unit<'_>) -> Vec<Finding> {
        let person = unit.person().and_then(|person| self.persons.get(person));
        let Some(person) = person.filter(|_| !unit.main.is_disabled) else { return Vec::new() };
        let has_left = person.identities().all(|(_, own)| own.status.is_left());
        if has_left {
            return Vec::new();
        }
        let fields = ["firstName", "lastName", "email"].into_iter().chain(self.config.further_fields());
        let seen = fields.filter(|field| !self.tenant.unseen.contains(*field));
        seen.filter_map(|field| self.difference(unit, person, field)).collect()
    }

    fn difference(&self, unit: &Unit<'_>, person: &Person, field: &str) -> Option<Finding> {
        let own = value_of_account(unit.main, field);
        let sides = self.config.sides(field);
        let is_ours = sides.contains(&Side::Tenant);
        // Where the tenant wins, both other sides are compared with it.
        let sides = if is_ours { vec![Side::Hr, Side::Idp] } else { sides };
        let wanted = sides.into_iter().find_map(|side| {
            let kind = match side {
                Side::Hr => SourceKind::Hr,
                Side::Idp => SourceKind::Idp,
                Side::Tenant | Side::Ignore => return None,
            };
            let mut values = person.in_source(kind).filter_map(|own| value(own, field)).peekable();
            values.peek()?;
            Some((kind, values.collect::<Vec<&str>>()))
        });
        let (kind, values) = wanted?;
        if values.iter().any(|value| own.is_some_and(|own| is_same(field, own, value))) {
            return None;
        }
        let value = values.first()?;
        let winner = if is_ours { "the tenant's counts" } else { "this one counts" };
        let has = own.map_or_else(|| "it is empty".to_owned(), |own| format!("it is {own}"));
        let evidence = vec![
            Evidence::new(SourceKind::Tenant, format!("{field}: {has}")),
            Evidence::new(kind, format!("{field}: it is {value}; {winner}")),
        ];
        let update = || Fix::Update { field: field.to_owned(), value: (*value).to_owned() };
        // The address is what a plan finds users by.
        let fix = (!is_ours && field != "email").then(update);
        let person = Some(person.key.to_string());
        Some(Finding { person, evidence, fix, ..Self::about(FindingKind::Drift, unit, &[field]) })
    }
}

fn value_of_account<'a>(account: &'a Account, field: &str) -> Option<&'a str> {
    match field {
        "firstName" => account.first_name.as_deref(),
        "lastName" => account.last_name.as_deref(),
        "email" => account.email.as_deref(),
        field => account.fields.get(field).map(AsRef::as_ref),
    }
}

fn value<'a>(identity: &'a Identity, field: &str) -> Option<&'a str> {
    match field {
        "firstName" => identity.first_name.as_deref(),
        "lastName" => identity.last_name.as_deref(),
        "email" => identity.address.as_ref().map(Address::as_str),
        field => identity.fields.get(field).map(AsRef::as_ref),
    }
}

fn is_same(field: &str, own: &str, other: &str) -> bool {
    match field {
        "email" => Address::parse(own) == Address::parse(other),
        // Many exports have names in capital letters.
        "firstName" | "lastName" => address::name(own) == address::name(other),
        _ => own.trim().nfc().eq(other.trim().nfc()),
    }
}
