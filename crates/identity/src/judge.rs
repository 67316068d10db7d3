//! From users and persons to findings. Pure: what is given decides, and its order does not.

mod differences;
mod seats;
mod standing;
mod unlinked;

use std::collections::BTreeSet;

use jiff::civil;
use thought_industries::Date;

use crate::account::Tenant;
use crate::config::GraphConfig;
use crate::finding::{Evidence, Finding, FindingKind, Fix};
use crate::link::{Contradiction, Verdict};
use crate::memory::Memory;
use crate::person::Persons;
use crate::source::{SourceKind, SourceReport};
use crate::unit::Unit;

pub use seats::{FreeableSeats, SeatCount};

/// What findings are judged by.
#[derive(Debug)]
pub(crate) struct Judge<'j> {
    pub(crate) persons: &'j Persons,
    pub(crate) tenant: &'j Tenant,
    pub(crate) units: &'j [Unit<'j>],
    pub(crate) sources: &'j [SourceReport],
    pub(crate) config: &'j GraphConfig,
    pub(crate) memory: &'j Memory,
    pub(crate) today: civil::Date,
    pub(crate) now: Date,
}

/// A day in milliseconds.
const DAY: i64 = 86_400_000;

impl Judge<'_> {
    /// All findings, in the order of their kinds and keys, and the seats that could be freed.
    pub(crate) fn findings(&self) -> (Vec<Finding>, FreeableSeats) {
        let mut found = Vec::new();
        let mut leavers = BTreeSet::new();
        for (place, unit) in self.units.iter().enumerate() {
            if let Some(leaver) = self.leaver(unit) {
                leavers.insert(place);
                found.push(leaver);
            }
            found.extend(self.ambiguous(unit));
            if !leavers.contains(&place) {
                found.extend(self.drift(unit));
            }
        }
        found.extend(self.unclear_persons());
        found.extend(self.duplicates());
        found.extend(self.hidden());
        found.extend(self.unlinked(&leavers));
        let seats = self.seats(&leavers, &mut found);
        found.extend(self.sources.iter().filter(|source| !source.is_sound).map(stale));
        found.sort_by(|a, b| (a.kind, &a.key).cmp(&(b.kind, &b.key)));
        (found, seats)
    }

    /// Whether a finding may rest on the absence of someone from every source.
    fn is_sound(&self) -> bool {
        self.sources.iter().all(|source| source.is_sound)
    }

    fn has(&self, kind: SourceKind) -> bool {
        self.sources.iter().any(|source| source.kind == kind)
    }

    /// Whether so many days have passed since a day.
    fn has_passed(&self, day: &str, days: u32) -> bool {
        // A day that cannot be read has no grace.
        let Ok(day) = day.parse::<civil::Date>() else { return true };
        let Ok(past) = self.today.since(day) else { return true };
        i64::from(past.get_days()) > i64::from(days)
    }

    /// A finding about a user.
    fn about(kind: FindingKind, unit: &Unit<'_>, ids: &[&str]) -> Finding {
        let mut all = vec![&*unit.main.id];
        all.extend(ids);
        let (account, email) = (Some(unit.main.id.to_string()), unit.main.email.as_ref().map(ToString::to_string));
        Finding { account, email, ..Finding::new(kind, &all, unit.main.label().to_owned()) }
    }

    fn label(&self, person: u32) -> String {
        self.persons.get(person).map(crate::person::Person::label).unwrap_or_default()
    }

    /// A user whom several persons fit, or whom facts contradict.
    fn ambiguous(&self, unit: &Unit<'_>) -> Option<Finding> {
        if !unit.is_active() {
            return None;
        }
        let mut facts = Vec::new();
        let mut person = None;
        match &unit.verdict {
            Verdict::None => return None,
            Verdict::One { others, .. } if others.is_empty() => return None,
            Verdict::One { person: own, rule, others } => {
                person = Some(*own);
                facts.push(format!("by {} it is {}", rule.title(), self.label(*own)));
                facts
                    .extend(others.iter().map(|(rule, own)| format!("by {} it is {}", rule.title(), self.label(*own))));
            }
            Verdict::Several { rule, persons } => {
                facts.extend(persons.iter().map(|own| format!("by {} it is {}", rule.title(), self.label(*own))));
            }
            Verdict::Contradicted { rule, person, reason } => {
                facts.push(format!("by {} it is {}", rule.title(), self.label(*person)));
                facts.push(match reason {
                    Contradiction::OtherNumber => {
                        let own = unit.main.number.as_deref().unwrap_or_default();
                        format!("the user has another employee number: {own}")
                    }
                    Contradiction::OnlyNumber => {
                        "neither a name nor the domain of the address is that person's".to_owned()
                    }
                });
            }
        }
        let evidence = facts.into_iter().map(|fact| Evidence::new(SourceKind::Tenant, fact)).collect();
        let person = person.and_then(|own| self.persons.get(own)).map(|own| own.key.to_string());
        Some(Finding { person, evidence, ..Self::about(FindingKind::Ambiguous, unit, &[]) })
    }

    /// Identities of the directory that several persons of HR fit.
    fn unclear_persons(&self) -> impl Iterator<Item = Finding> {
        self.persons.iter().filter_map(|(_, person)| {
            let unclear = person.unclear.as_ref()?;
            let fact = format!("by {} it may be {}", unclear.rule.title(), unclear.persons.join(" or "));
            let (evidence, own) = (vec![Evidence::new(SourceKind::Idp, fact)], Some(person.key.to_string()));
            Some(Finding {
                evidence,
                person: own,
                ..Finding::new(FindingKind::Ambiguous, &[&person.key], person.label())
            })
        })
    }
}

/// A source on whose absences nothing rests.
fn stale(source: &SourceReport) -> Finding {
    let doubts = source.doubts.iter().map(|doubt| Evidence::new(source.kind, doubt));
    let subject = format!("{} ({})", source.kind.title(), source.name);
    Finding { evidence: doubts.collect(), ..Finding::new(FindingKind::StaleSource, &[source.kind.name()], subject) }
}

/// The fix of a leaver.
fn disable(ended: Option<&str>, is_absence: bool) -> Fix {
    Fix::Disable { ended: ended.map(str::to_owned), is_absence }
}
