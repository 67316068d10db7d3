//! Likely renames: hints in addition to the removal and the addition, never instead of them.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

use crate::coordinate::Coordinate;
use crate::diff::{Difference, Part};
use crate::kind::Kind;
use crate::schema::{TypeDefinition, TypeKind};

/// The other half of a likely rename.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Rename {
    /// The removed part may have been renamed to this.
    To(String),
    /// The added part may have been renamed from this.
    From(String),
}

/// The most pairs of removals and additions of one parent; if there are more, they are not compared.
const MOST_PAIRS: usize = 100_000;

/// The likely renames, by the index of the difference.
pub(crate) fn likely(differences: &[Difference<'_>]) -> HashMap<usize, Rename> {
    let mut families: HashMap<(String, Kind), (Vec<usize>, Vec<usize>)> = HashMap::new();
    for (index, difference) in differences.iter().enumerate() {
        let (gone, family) = match difference.kind {
            Kind::TypeRemoved => (true, Kind::TypeRemoved),
            Kind::TypeAdded => (false, Kind::TypeRemoved),
            Kind::FieldRemoved => (true, Kind::FieldRemoved),
            Kind::FieldAdded => (false, Kind::FieldRemoved),
            Kind::FieldArgumentRemoved => (true, Kind::FieldArgumentRemoved),
            Kind::FieldArgumentAdded => (false, Kind::FieldArgumentRemoved),
            Kind::InputFieldRemoved => (true, Kind::InputFieldRemoved),
            Kind::InputFieldAdded => (false, Kind::InputFieldRemoved),
            Kind::EnumValueRemoved => (true, Kind::EnumValueRemoved),
            Kind::EnumValueAdded => (false, Kind::EnumValueRemoved),
            _ => continue,
        };
        let (removed, added) = families.entry((parent(difference.coordinate), family)).or_default();
        if gone { removed.push(index) } else { added.push(index) }
    }
    let mut found = HashMap::new();
    for (removed, added) in families.into_values() {
        if removed.len().saturating_mul(added.len()) > MOST_PAIRS {
            continue;
        }
        pair_up(differences, &removed, &added, &mut found);
    }
    found
}

/// Pairs each removal with the most similar addition, the most similar pairs first.
fn pair_up(differences: &[Difference<'_>], removed: &[usize], added: &[usize], found: &mut HashMap<usize, Rename>) {
    let mut pairs = Vec::new();
    for gone in removed {
        for come in added {
            if let (Some(old), Some(new)) = (differences.get(*gone), differences.get(*come))
                && let Some(likeness) = likeness(old, new)
            {
                pairs.push((likeness, *gone, *come, old.coordinate, new.coordinate));
            }
        }
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| (a.3, a.4).cmp(&(b.3, b.4))));
    for (_, gone, come, old, new) in pairs {
        if !found.contains_key(&gone) && !found.contains_key(&come) {
            found.insert(gone, Rename::To(new.to_string()));
            found.insert(come, Rename::From(old.to_string()));
        }
    }
}

/// The similarity of two parts, if it is high enough.
fn likeness(old: &Difference<'_>, new: &Difference<'_>) -> Option<f64> {
    let names = strsim::normalized_damerau_levenshtein(
        &own_name(old.coordinate).to_lowercase(),
        &own_name(new.coordinate).to_lowercase(),
    );
    match (old.old?, new.new?) {
        (Part::Type(old), Part::Type(new)) if old.kind.keyword() == new.kind.keyword() => {
            let members = shared_members(old, new);
            (members >= 0.7 || (members >= 0.4 && names >= 0.6)).then_some(members + names)
        }
        (Part::Value(_), Part::Value(_)) => (names >= 0.7).then_some(names),
        (old, new) => {
            let same_type = old.ty().is_some() && old.ty() == new.ty();
            (same_type && names >= 0.5 || names >= 0.8).then_some(names + f64::from(u8::from(same_type)))
        }
    }
}

/// The share of members that two types have in common.
fn shared_members(old: &TypeDefinition, new: &TypeDefinition) -> f64 {
    fn members(definition: &TypeDefinition) -> BTreeSet<&str> {
        match &definition.kind {
            TypeKind::Scalar { .. } => BTreeSet::new(),
            TypeKind::Object { fields, .. } | TypeKind::Interface { fields, .. } => {
                fields.iter().map(|field| field.name.as_str()).collect()
            }
            TypeKind::Union { members } => members.iter().map(String::as_str).collect(),
            TypeKind::Enum { values } => values.iter().map(|value| value.name.as_str()).collect(),
            TypeKind::InputObject { fields, .. } => fields.iter().map(|field| field.name.as_str()).collect(),
        }
    }
    let (old, new) = (members(old), members(new));
    let count = |number: usize| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    let all = old.union(&new).count();
    if all < 2 { 0.0 } else { count(old.intersection(&new).count()) / count(all) }
}

fn parent(coordinate: Coordinate<'_>) -> String {
    match coordinate {
        Coordinate::Member(ty, _) => ty.to_owned(),
        Coordinate::Argument(ty, field, _) => format!("{ty}.{field}"),
        _ => String::new(),
    }
}

fn own_name(coordinate: Coordinate<'_>) -> &str {
    match coordinate {
        Coordinate::Schema => "",
        Coordinate::Type(name)
        | Coordinate::Member(_, name)
        | Coordinate::Argument(_, _, name)
        | Coordinate::Directive(name)
        | Coordinate::DirectiveArgument(_, name) => name,
    }
}
