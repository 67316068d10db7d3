//! Who has left and may still log in, and who has several users.

use std::collections::BTreeMap;

use super::{Judge, disable};
use crate::finding::{Evidence, Finding, FindingKind};
use crate::identity::Status;
use crate::link::Verdict;
use crate::person::Person;
use crate::source::SourceKind;
use crate::unit::Unit;

/// Why a person has left.
struct Departure {
    evidence: Vec<Evidence>,
    since: Option<String>,
    /// Whether HR still has the person as active, so that nothing is to be done without a question.
    is_disputed: bool,
    is_absence: bool,
}

impl Judge<'_> {
    /// A user who may log in although their person has left.
    pub(super) fn leaver(&self, unit: &Unit<'_>) -> Option<Finding> {
        let active: Vec<_> = unit.records().filter(|record| !record.is_disabled).collect();
        if active.is_empty() {
            return None;
        }
        let person = unit.person().and_then(|person| self.persons.get(person));
        let departure = match person {
            Some(person) => self.departure(person).or_else(|| self.has_left_hr(unit, person)),
            None => self.is_gone(unit),
        }?;
        let Departure { mut evidence, since, is_disputed, is_absence } = departure;
        for record in &active {
            let seen = record.last_active.map(|date| format!(", last active on {}", day(date))).unwrap_or_default();
            evidence.push(Evidence::new(SourceKind::Tenant, format!("user {} is active{seen}", record.id)));
        }
        // A plan is about the learner's record of a dual role.
        let fix = (!is_disputed && !unit.main.is_disabled).then(|| disable(since.as_deref(), is_absence));
        let person = person.map(|person| person.key.to_string());
        Some(Finding { person, since, evidence, fix, ..Self::about(FindingKind::Leaver, unit, &[]) })
    }

    /// Whether a source has a person as left or disabled.
    fn departure(&self, person: &Person) -> Option<Departure> {
        let (hr, idp) = (person.status(SourceKind::Hr), person.status(SourceKind::Idp));
        if let Some(Status::Left(ended)) = hr {
            // The grace counts from the last day. Without one, there is none.
            if ended.as_deref().is_some_and(|ended| !self.has_passed(ended, self.config.grace_days)) {
                return None;
            }
            let mut evidence = vec![left(SourceKind::Hr, ended.as_deref())];
            evidence.extend(idp.map(|status| Evidence::new(SourceKind::Idp, said(status))));
            let since = ended.as_ref().map(ToString::to_string);
            return Some(Departure { evidence, since, is_disputed: false, is_absence: false });
        }
        let Some(Status::Left(ended)) = idp else { return None };
        if ended.as_deref().is_some_and(|ended| !self.has_passed(ended, self.config.grace_days)) {
            return None;
        }
        let mut evidence = vec![left(SourceKind::Idp, ended.as_deref())];
        evidence.extend(hr.map(|status| Evidence::new(SourceKind::Hr, said(status))));
        let since = ended.as_ref().map(ToString::to_string);
        Some(Departure { evidence, since, is_disputed: hr.is_some(), is_absence: false })
    }

    /// Whether HR has no row any more for someone whom it had.
    fn has_left_hr(&self, unit: &Unit<'_>, person: &Person) -> Option<Departure> {
        let before = self.memory.persons.get(&*unit.main.id).filter(|before| before.starts_with("hr:"))?;
        let is_gone = person.status(SourceKind::Hr).is_none() && self.persons.with_key(before).is_none();
        (is_gone && self.has(SourceKind::Hr) && self.is_sound()).then(|| absent(before))
    }

    /// Whether the person of a user is in no source any more.
    fn is_gone(&self, unit: &Unit<'_>) -> Option<Departure> {
        let before = self.memory.persons.get(&*unit.main.id)?;
        let is_gone = unit.verdict == Verdict::None && self.persons.with_key(before).is_none();
        (is_gone && self.is_sound()).then(|| absent(before))
    }

    /// Persons, and addresses without one, that have several users who may log in.
    pub(super) fn duplicates(&self) -> Vec<Finding> {
        let mut groups: BTreeMap<(bool, String), Vec<&Unit<'_>>> = BTreeMap::new();
        for unit in self.units.iter().filter(|unit| unit.is_active()) {
            let key = match (unit.linked(), &unit.main.address) {
                (Some(person), _) => self.persons.get(person).map(|person| (true, person.key.to_string())),
                (None, Some(address)) if unit.verdict == Verdict::None => Some((false, address.as_str().to_owned())),
                _ => None,
            };
            if let Some(key) = key {
                groups.entry(key).or_default().push(unit);
            }
        }
        // Where the other record of a user is not shown, users with one address may be a dual role.
        let is_blind = self.tenant.unseen.contains("learnerUserId");
        let may_be_pair = |units: &[&Unit<'_>]| {
            is_blind && units.windows(2).all(|two| matches!(two, [a, b] if a.main.address == b.main.address))
        };
        let several = groups.into_iter().filter(|(_, units)| units.len() > 1 && !may_be_pair(units));
        let finding = |((is_person, key), units): ((bool, String), Vec<&Unit<'_>>)| {
            let person = if is_person { self.persons.with_key(&key) } else { None };
            let fact = |unit: &&Unit<'_>| {
                let by = match &unit.verdict {
                    Verdict::One { rule, .. } => format!(", linked by {}", rule.title()),
                    _ => String::new(),
                };
                Evidence::new(SourceKind::Tenant, format!("user {} with {}{by}", unit.main.id, unit.main.label()))
            };
            let subject = person.map_or_else(|| key.clone(), |person| self.label(person));
            let evidence = units.iter().map(fact).collect();
            let own = Finding::new(FindingKind::Duplicate, &[&key], subject);
            Finding { evidence, person: is_person.then_some(key), ..own }
        };
        several.map(finding).collect()
    }
}

/// That a source has someone as left.
fn left(source: SourceKind, ended: Option<&str>) -> Evidence {
    Evidence::new(source, said(&Status::Left(ended.map(Into::into))))
}

/// What a status says, for readers.
fn said(status: &Status) -> String {
    match status {
        Status::Active => "active".to_owned(),
        Status::Future(day) => format!("starts on {day}"),
        Status::Left(Some(day)) => format!("left on {day}"),
        Status::Left(None) => "left or disabled".to_owned(),
    }
}

fn absent(before: &str) -> Departure {
    let kind = if before.starts_with("hr:") { SourceKind::Hr } else { SourceKind::Idp };
    let evidence = vec![Evidence::new(kind, format!("{before} is not there any more"))];
    Departure { evidence, since: None, is_disputed: false, is_absence: true }
}

/// The day of a time, in UTC.
pub(super) fn day(date: thought_industries::Date) -> String {
    date.to_string().chars().take(10).collect()
}
