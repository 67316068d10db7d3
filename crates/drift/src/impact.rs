//! Which operations a change reaches, and what it does to them.

mod given;
mod inputs;
pub(crate) mod verdicts;

use std::collections::{BTreeSet, HashMap};

use apollo_compiler::ast::OperationType;

use crate::coordinate::Coordinate;
use crate::diff::{Detail, Difference, Part};
use crate::effect::{Impact, Status};
use crate::kind::Kind;
use crate::level::Level;
use crate::levels::narrows;
use crate::operations::Place;
use crate::operations::footprint::{Footprint, Selected};
use crate::schema::{InputValue, Schema, TypeDefinition, TypeKind};

/// Determines the effect of changes on operations.
pub(crate) struct Impacts<'s> {
    old: &'s Schema,
    new: &'s Schema,
    pub(crate) footprints: Vec<Footprint<'s>>,
    /// The indexes of the footprints that select a field, by type and field. Most changes are those of fields, and most
    /// operations select few of them.
    users: HashMap<(&'s str, &'s str), Vec<usize>>,
}

type Reached<'d> = Option<(Status, Place<'d>)>;

/// A change, and the operation that it may reach.
#[derive(Clone, Copy)]
struct Asked<'a, 's> {
    difference: &'a Difference<'s>,
    /// This crate's own level of the change.
    level: Level,
    print: &'a Footprint<'s>,
}

impl<'s> Impacts<'s> {
    pub(crate) fn new(old: &'s Schema, new: &'s Schema, footprints: Vec<Footprint<'s>>) -> Self {
        let mut users: HashMap<(&'s str, &'s str), Vec<usize>> = HashMap::new();
        for (index, footprint) in footprints.iter().enumerate() {
            for key in footprint.fields.keys() {
                users.entry(*key).or_default().push(index);
            }
        }
        Self { old, new, footprints, users }
    }

    /// The footprints that a difference may reach.
    fn candidates(&self, difference: &Difference<'s>) -> Box<dyn Iterator<Item = &Footprint<'s>> + '_> {
        let is_field = matches!(difference.old.or(difference.new), Some(Part::Field(_)));
        let key = match difference.coordinate {
            Coordinate::Member(ty, field) if is_field => (ty, field),
            Coordinate::Argument(ty, field, _) => (ty, field),
            _ => return Box::new(self.footprints.iter()),
        };
        Box::new(self.users.get(&key).into_iter().flatten().filter_map(|index| self.footprints.get(*index)))
    }

    /// The operations that a difference reaches, the worst affected first. `level` is this crate's own.
    pub(crate) fn of(&self, difference: &Difference<'s>, level: Level) -> Vec<Impact> {
        let mut impacts: Vec<Impact> = self
            .candidates(difference)
            .filter_map(|footprint| {
                let (status, place) = self.reach(Asked { difference, level, print: footprint })?;
                let (file, line) = (place.file.to_owned(), place.line);
                Some(Impact { status, file, line, ..footprint.declaration() })
            })
            .collect();
        impacts.sort();
        impacts
    }

    fn reach(&self, asked: Asked<'_, 's>) -> Reached<'s> {
        let difference = asked.difference;
        match difference.coordinate {
            Coordinate::Schema => self.schema(asked),
            Coordinate::Type(ty) => self.type_change(asked, ty),
            Coordinate::Member(ty, member) => match difference.old.or(difference.new)? {
                Part::Field(_) => self.field(asked, (ty, member)),
                Part::Value(_) => self.value(asked, (ty, member)),
                _ => self.input_field(asked, (ty, member)),
            },
            Coordinate::Argument(ty, field, argument) => self.argument(asked, (ty, field, argument)),
            Coordinate::Directive(name) | Coordinate::DirectiveArgument(name, _) => self.directive(asked, name),
        }
    }

    fn schema(&self, asked: Asked<'_, 's>) -> Reached<'s> {
        let Asked { difference, level, print } = asked;
        let (operation, before, after) = match difference.kind {
            Kind::SchemaQueryTypeChanged => (OperationType::Query, &self.old.query, &self.new.query),
            Kind::SchemaMutationTypeChanged => (OperationType::Mutation, &self.old.mutation, &self.new.mutation),
            Kind::SchemaSubscriptionTypeChanged => {
                (OperationType::Subscription, &self.old.subscription, &self.new.subscription)
            }
            _ => return None,
        };
        if print.operation != operation {
            return None;
        }
        let fields = after.as_ref().and_then(|root| self.new.types.get(root)).map_or(&[][..], TypeDefinition::fields);
        let asked = print.fields.keys().filter(|(ty, _)| before.as_deref() == Some(ty));
        let gone = asked.filter(|(_, asked)| !fields.iter().any(|field| field.name == *asked)).count() > 0;
        // A fragment may be on the root.
        let named = before.as_deref().filter(|root| !self.new.types.contains_key(*root));
        let gone = gone || named.is_some_and(|root| print.conditions.contains_key(root));
        let status = if gone { Status::Broken } else { at_most(level, Status::PotentiallyAffected) };
        Some((status, print.place))
    }

    fn type_change(&self, asked: Asked<'_, 's>, ty: &'s str) -> Reached<'s> {
        let Asked { difference, level, print } = asked;
        let named = print.conditions.get(ty).copied();
        let declared = print.variables.get(ty).and_then(|uses| uses.first()).map(|variable| variable.place);
        let touched = named
            .or_else(|| print.answered.get(ty).copied())
            .or_else(|| print.sent.get(ty).copied())
            .or_else(|| print.objects.get(ty).and_then(|sites| sites.first()).map(|(_, place)| *place));
        // A fragment that only this type made possible.
        let through = |ty: &str| self.impossible_spread(print, |_, _, before| before.contains(ty));
        let broken = match difference.kind {
            Kind::TypeRemoved => named.or(declared).or_else(|| through(ty)),
            Kind::TypeKindChanged => self.other_kind(difference, print, ty),
            Kind::UnionMemberRemoved | Kind::ObjectTypeInterfaceRemoved => {
                let members = match difference.detail {
                    Detail::Named(member) if difference.kind == Kind::UnionMemberRemoved => self.old.possible(member),
                    _ => self.old.possible(ty),
                };
                members.iter().find_map(|member| through(member))
            }
            // Only literals can be checked; the values of variables are unknown.
            Kind::InputObjectOneOfAdded => {
                let sites = print.objects.get(ty).into_iter().flatten();
                sites.filter(|(given, _)| given.len() != 1).map(|(_, place)| *place).min()
            }
            _ => None,
        };
        if let Some(place) = broken {
            return Some((Status::Broken, place));
        }
        let touched = match (difference.kind, difference.detail) {
            // A new possible type appears where the interface is returned, not the object.
            (Kind::ObjectTypeInterfaceAdded, Detail::Named(interface)) => print.answered.get(interface).copied(),
            (Kind::ObjectTypeInterfaceRemoved, Detail::Named(interface)) => {
                touched.or_else(|| print.answered.get(interface).copied())
            }
            (Kind::UnionMemberAdded, _) => print.answered.get(ty).copied(),
            _ => touched,
        }?;
        // If every fragment can still be spread, losing a possible type takes nothing from the query.
        let harmless = matches!(difference.kind, Kind::UnionMemberRemoved | Kind::ObjectTypeInterfaceRemoved);
        let status = if harmless { Status::Unaffected } else { at_most(level, Status::PotentiallyAffected) };
        Some((status, touched))
    }

    /// Where an operation uses a type in a way that its new kind does not allow.
    fn other_kind(&self, difference: &Difference<'s>, print: &Footprint<'s>, ty: &'s str) -> Option<Place<'s>> {
        let (Some(Part::Type(old)), Some(Part::Type(new))) = (difference.old, difference.new) else { return None };
        let composite = |kind: &TypeKind| {
            matches!(kind, TypeKind::Object { .. } | TypeKind::Interface { .. } | TypeKind::Union { .. })
        };
        let selected = print.fields.iter().filter(|((parent, _), _)| *parent == ty);
        let selected = selected.flat_map(|(_, uses)| uses).map(|selected| selected.place).min();
        let declared = print.variables.get(ty).and_then(|uses| uses.first()).map(|variable| variable.place);
        let spread = || self.impossible_spread(print, |parent, condition, _| parent == ty || condition == ty);
        let written = print.objects.get(ty).and_then(|sites| sites.first()).map(|(_, place)| *place);
        match (composite(&old.kind), composite(&new.kind)) {
            // A union has no fields of its own, so every selected field is rejected.
            (true, true) if matches!(new.kind, TypeKind::Union { .. }) => selected.or_else(spread),
            (true, true) => spread(),
            (true, false) => {
                selected.or_else(|| print.conditions.get(ty).copied()).or_else(|| print.answered.get(ty).copied())
            }
            // A composite type cannot be the type of a variable, and a field of it needs a selection set.
            (false, true) => declared.or_else(|| print.answered.get(ty).copied()),
            (false, false) => match (&old.kind, &new.kind) {
                // An enum accepts no object literal; a custom scalar accepts any literal.
                (TypeKind::InputObject { .. }, TypeKind::Enum { .. }) => written,
                (_, TypeKind::InputObject { .. }) => {
                    let value = print.values.iter().filter(|((of, _), _)| *of == ty).map(|(_, place)| *place).min();
                    value.or_else(|| print.answered.get(ty).copied())
                }
                _ => None,
            },
        }
    }

    /// A fragment, among those that pass, that can no longer be spread where it is.
    fn impossible_spread(
        &self,
        print: &Footprint<'s>,
        passes: impl Fn(&str, &str, &BTreeSet<&str>) -> bool,
    ) -> Option<Place<'s>> {
        let mut places = print.spreads.iter().filter(|(parent, condition, _)| {
            let (outer, inner) = (self.old.possible(parent), self.old.possible(condition));
            let before: BTreeSet<&str> = outer.intersection(&inner).copied().collect();
            // A spread that was already impossible is an error of the operation, not of the change.
            passes(parent, condition, &before) && !before.is_empty() && !self.new.overlap(parent, condition)
        });
        places.next().map(|(_, _, place)| *place)
    }

    fn field(&self, asked: Asked<'_, 's>, key: (&'s str, &'s str)) -> Reached<'s> {
        let Asked { difference, level, print } = asked;
        let uses = print.fields.get(&key)?;
        let first = uses.iter().map(|selected| selected.place).min()?;
        let status = match difference.kind {
            Kind::FieldRemoved => Status::Broken,
            Kind::FieldTypeChanged if level == Level::Breaking => {
                let (old, new) = difference.types()?;
                // The query is still valid, but a new null or list cannot be read as the old type.
                if old.name() == new.name() {
                    Status::Broken
                } else {
                    let still =
                        |selected: &Selected<'_>| self.selectable(new.name(), selected.is_leaf, &selected.below);
                    let leaf = uses.iter().any(|selected| selected.is_leaf);
                    if !leaf && uses.iter().all(still) { Status::PotentiallyAffected } else { Status::Broken }
                }
            }
            Kind::FieldTypeChanged if level == Level::Dangerous => {
                let (old, new) = difference.types()?;
                let elsewhere = print
                    .spreads
                    .iter()
                    .find(|(parent, condition, _)| *parent == old.name() && !self.new.overlap(new.name(), condition));
                match elsewhere {
                    Some((_, _, place)) if narrows(self.new, old, new) => {
                        // The same type may be selected elsewhere, where the fragment is still valid.
                        let only_here = print.answered.get(old.name()) == Some(&first);
                        let status = if only_here { Status::Broken } else { Status::PotentiallyAffected };
                        return Some((status, *place));
                    }
                    _ => Status::Unaffected,
                }
            }
            _ => at_most(level, Status::PotentiallyAffected),
        };
        if status == Status::Unaffected && difference.kind == Kind::FieldTypeChanged {
            // Fields with the same response name must have the same type, even on different parent types.
            let named_alike = print
                .fields
                .iter()
                .filter(|(other, _)| **other != key)
                .flat_map(|(_, uses)| uses)
                .any(|other| uses.iter().any(|selected| selected.response_name == other.response_name));
            return Some((if named_alike { Status::PotentiallyAffected } else { status }, first));
        }
        Some((status, first))
    }

    /// Whether the same selection is valid on another type.
    fn selectable(&self, name: &str, is_leaf: bool, below: &[&str]) -> bool {
        match self.new.types.get(name).map(|definition| &definition.kind) {
            Some(TypeKind::Object { fields, .. } | TypeKind::Interface { fields, .. }) => {
                !is_leaf
                    && below
                        .iter()
                        .all(|asked| asked.starts_with("__") || fields.iter().any(|field| field.name == *asked))
            }
            Some(TypeKind::Union { .. }) => !is_leaf && below.iter().all(|asked| asked.starts_with("__")),
            _ => is_leaf,
        }
    }

    fn value(&self, asked: Asked<'_, 's>, key: (&'s str, &'s str)) -> Reached<'s> {
        let Asked { difference, level, print } = asked;
        let ty = key.0;
        let (answered, sent) = (print.answered.get(ty).copied(), print.sent.get(ty).copied());
        match (difference.kind, print.values.get(&key)) {
            (Kind::EnumValueRemoved, Some(place)) => Some((Status::Broken, *place)),
            // A variable may hold the value; a response merely stops containing it.
            (Kind::EnumValueRemoved, None) => match sent {
                Some(place) => Some((Status::PotentiallyAffected, place)),
                None => match self.by_default(print, key) {
                    Some(place) => Some((Status::PotentiallyAffected, place)),
                    None => Some((Status::Unaffected, answered?)),
                },
            },
            // Only a response can contain a value that the client does not know.
            (Kind::EnumValueAdded, _) => match answered {
                Some(place) => Some((at_most(level, Status::PotentiallyAffected), place)),
                None => Some((Status::Unaffected, sent?)),
            },
            (_, written) => {
                Some((at_most(level, Status::PotentiallyAffected), written.copied().or(answered).or(sent)?))
            }
        }
    }
}

impl<'s> Impacts<'s> {
    /// Where an operation relies on an enum value, since it is the default of an input.
    fn by_default(&self, print: &Footprint<'s>, (ty, value): (&str, &str)) -> Option<Place<'s>> {
        let is_default = |input: &InputValue| input.ty.name() == ty && input.default.as_deref() == Some(value);
        let fields = print.fields.iter().filter(|((parent, name), _)| {
            let fields = self.old.types.get(*parent).map_or(&[][..], TypeDefinition::fields);
            fields.iter().any(|field| field.name == *name && field.arguments.iter().any(is_default))
        });
        let objects = print.objects.iter().filter(|(object, _)| {
            let kind = self.old.types.get(**object).map(|definition| &definition.kind);
            matches!(kind, Some(TypeKind::InputObject { fields, .. }) if fields.iter().any(is_default))
        });
        let fields = fields.flat_map(|(_, uses)| uses).map(|selected| selected.place);
        fields.chain(objects.flat_map(|(_, sites)| sites).map(|(_, place)| *place)).min()
    }
}

/// The worst effect of a change of this level if nothing more is known.
fn at_most(level: Level, status: Status) -> Status {
    if level == Level::Safe { Status::Unaffected } else { status }
}
