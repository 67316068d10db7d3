//! All differences between two schemas, without their levels.

mod directives;
mod members;
mod merge;
mod usages;

use crate::coordinate::Coordinate;
use crate::kind::Kind;
use crate::level::Levels;
use crate::schema::{
    AppliedDirective, Deprecation, DirectiveDefinition, EnumValue, Field, InputValue, Position, Schema, TypeDefinition,
    TypeKind, TypeRef,
};
use merge::{Pair, names, pairs};

/// One difference, with the part that it concerns in the old and the new schema.
#[derive(Debug, Clone)]
pub(crate) struct Difference<'s> {
    pub(crate) kind: Kind,
    pub(crate) coordinate: Coordinate<'s>,
    /// The part that the coordinate does not name.
    pub(crate) detail: Detail<'s>,
    pub(crate) old: Option<Part<'s>>,
    pub(crate) new: Option<Part<'s>>,
    /// Whether it belongs to a definition that is entirely new.
    pub(crate) in_new: bool,
}

impl<'s> Difference<'s> {
    /// The types before and after, if the part has a type.
    pub(crate) fn types(&self) -> Option<(&'s TypeRef, &'s TypeRef)> {
        Some((self.old?.ty()?, self.new?.ty()?))
    }
}

/// What was added or removed at a coordinate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail<'s> {
    /// The part that has the coordinate.
    Itself,
    /// An interface, a member of a union, a location of a directive.
    Named(&'s str),
    /// An applied directive.
    Usage(&'s AppliedDirective),
    /// An argument of an applied directive, and its value.
    UsageArgument(&'s AppliedDirective, &'s str, &'s str),
}

/// A part of a schema.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Part<'s> {
    Schema(&'s Schema),
    Type(&'s TypeDefinition),
    Field(&'s Field),
    Input(&'s InputValue),
    Value(&'s EnumValue),
    Directive(&'s DirectiveDefinition),
}

impl<'s> Part<'s> {
    pub(crate) fn position(self) -> Position {
        match self {
            Self::Schema(schema) => schema.position,
            Self::Type(definition) => definition.position,
            Self::Field(field) => field.position,
            Self::Input(value) => value.position,
            Self::Value(value) => value.position,
            Self::Directive(directive) => directive.position,
        }
    }

    pub(crate) fn description(self) -> Option<&'s str> {
        match self {
            Self::Schema(schema) => schema.description.as_deref(),
            Self::Type(definition) => definition.description.as_deref(),
            Self::Field(field) => field.description.as_deref(),
            Self::Input(value) => value.description.as_deref(),
            Self::Value(value) => value.description.as_deref(),
            Self::Directive(directive) => directive.description.as_deref(),
        }
    }

    pub(crate) fn deprecation(self) -> Option<&'s Deprecation> {
        match self {
            Self::Field(field) => field.deprecation.as_ref(),
            Self::Input(value) => value.deprecation.as_ref(),
            Self::Value(value) => value.deprecation.as_ref(),
            Self::Schema(_) | Self::Type(_) | Self::Directive(_) => None,
        }
    }

    /// The type of a field, argument or input field.
    pub(crate) fn ty(self) -> Option<&'s TypeRef> {
        match self {
            Self::Field(field) => Some(&field.ty),
            Self::Input(value) => Some(&value.ty),
            Self::Schema(_) | Self::Type(_) | Self::Value(_) | Self::Directive(_) => None,
        }
    }

    pub(crate) fn applied(self) -> &'s [AppliedDirective] {
        match self {
            Self::Schema(schema) => &schema.applied.0,
            Self::Type(definition) => &definition.applied.0,
            Self::Field(field) => &field.applied.0,
            Self::Input(value) => &value.applied.0,
            Self::Value(value) => &value.applied.0,
            Self::Directive(_) => &[],
        }
    }
}

/// All differences between two schemas that `levels` covers; with applied directives if `usages` is set.
pub(crate) fn diff<'s>(old: &'s Schema, new: &'s Schema, levels: Levels, usages: bool) -> Vec<Difference<'s>> {
    let mut walk = Walk { old, new, levels, usages, found: Vec::new() };
    walk.directive_definitions();
    walk.roots();
    let renamed = walk.renamed_roots();
    for (old, new) in &renamed {
        walk.type_definition(Some(old), new);
    }
    for pair in merge::maps(&old.types, &new.types) {
        let is_compared = match pair {
            Pair::Old(gone) => renamed.iter().any(|(old, _)| old.name == gone.name),
            Pair::New(come) => renamed.iter().any(|(_, new)| new.name == come.name),
            Pair::Both(..) => false,
        };
        if !is_compared {
            walk.type_pair(&pair);
        }
    }
    let (before, after) = (Part::Schema(old), Part::Schema(new));
    walk.description(Coordinate::Schema, Some(before), after);
    walk.usages(Coordinate::Schema, Some(before), after);
    let Walk { mut found, .. } = walk;
    // graphql-inspector does not report some kinds at all, such as a changed description of the schema.
    if levels == Levels::GraphqlInspector {
        found.retain(|difference| difference.kind.in_inspector());
    }
    found
}

/// A walk over both schemas at once.
struct Walk<'s> {
    old: &'s Schema,
    new: &'s Schema,
    levels: Levels,
    usages: bool,
    found: Vec<Difference<'s>>,
}

impl<'s> Walk<'s> {
    /// Records a difference of the part at this coordinate.
    fn note(&mut self, kind: Kind, coordinate: Coordinate<'s>, old: Option<Part<'s>>, new: Option<Part<'s>>) {
        self.note_detail(kind, coordinate, Detail::Itself, old, new, false);
    }

    /// Records a difference in a property of a part; for a new part, it is marked as `in_new`.
    fn note_of(&mut self, kind: Kind, coordinate: Coordinate<'s>, old: Option<Part<'s>>, new: Part<'s>) {
        self.note_detail(kind, coordinate, Detail::Itself, old, Some(new), old.is_none());
    }

    fn note_detail(
        &mut self,
        kind: Kind,
        coordinate: Coordinate<'s>,
        detail: Detail<'s>,
        old: Option<Part<'s>>,
        new: Option<Part<'s>>,
        in_new: bool,
    ) {
        self.found.push(Difference { kind, coordinate, detail, old, new, in_new });
    }

    fn roots(&mut self) {
        let (old, new) = (self.old, self.new);
        for (kind, before, after) in [
            (Kind::SchemaQueryTypeChanged, &old.query, &new.query),
            (Kind::SchemaMutationTypeChanged, &old.mutation, &new.mutation),
            (Kind::SchemaSubscriptionTypeChanged, &old.subscription, &new.subscription),
        ] {
            if before != after {
                self.note(kind, Coordinate::Schema, Some(Part::Schema(old)), Some(Part::Schema(new)));
            }
        }
    }

    /// Roots with another name, before and after. graphql-inspector takes such a root for a new type.
    fn renamed_roots(&self) -> Vec<(&'s TypeDefinition, &'s TypeDefinition)> {
        let (old, new) = (self.old, self.new);
        let roots = [(&old.query, &new.query), (&old.mutation, &new.mutation), (&old.subscription, &new.subscription)];
        let mut renamed = Vec::new();
        for (before, after) in roots {
            if let (Some(before), Some(after), Levels::Own) = (before, after, self.levels)
                && old.is_renamed_root(new, (before, after))
                && let (Some(before), Some(after)) = (old.types.get(before), new.types.get(after))
            {
                renamed.push((before, after));
            }
        }
        renamed
    }

    fn type_pair(&mut self, pair: &Pair<&'s TypeDefinition>) {
        match *pair {
            Pair::Old(old) => {
                self.note(Kind::TypeRemoved, Coordinate::Type(&old.name), Some(Part::Type(old)), None);
            }
            Pair::New(new) => {
                self.note(Kind::TypeAdded, Coordinate::Type(&new.name), None, Some(Part::Type(new)));
                self.type_definition(None, new);
            }
            Pair::Both(old, new) => self.type_definition(Some(old), new),
        }
    }

    fn type_definition(&mut self, old: Option<&'s TypeDefinition>, new: &'s TypeDefinition) {
        // A renamed root keeps its old name, which is the one that operations were written for.
        let coordinate = Coordinate::Type(old.map_or(&new.name, |old| &old.name));
        let same_kind = old.is_none_or(|old| old.kind.keyword() == new.kind.keyword());
        if same_kind {
            self.type_parts(old, new);
            self.usages(coordinate, old.map(Part::Type), Part::Type(new));
        } else {
            self.note(Kind::TypeKindChanged, coordinate, old.map(Part::Type), Some(Part::Type(new)));
        }
        self.description(coordinate, old.map(Part::Type), Part::Type(new));
    }

    /// The parts of a type; both types are of the same kind.
    fn type_parts(&mut self, old: Option<&'s TypeDefinition>, new: &'s TypeDefinition) {
        match &new.kind {
            TypeKind::Scalar { specified_by_url: after } => {
                let before = match old.map(|old| &old.kind) {
                    Some(TypeKind::Scalar { specified_by_url }) => specified_by_url,
                    // A new scalar is reported as one addition.
                    _ => after,
                };
                let kind = match (before, after) {
                    (None, Some(_)) => Kind::ScalarSpecifiedByAdded,
                    (Some(_), None) => Kind::ScalarSpecifiedByRemoved,
                    (Some(before), Some(after)) if before != after => Kind::ScalarSpecifiedByChanged,
                    _ => return,
                };
                self.note(kind, Coordinate::Type(&new.name), old.map(Part::Type), Some(Part::Type(new)));
            }
            TypeKind::Object { .. } | TypeKind::Interface { .. } => {
                self.interfaces(old, new);
                let name = old.map_or(&new.name, |old| &old.name);
                for pair in pairs(old.map_or(&[], TypeDefinition::fields), new.fields(), |field| &field.name) {
                    self.field_pair((name, &new.name), &pair);
                }
            }
            TypeKind::Union { members: after } => {
                let before: &[String] = match old.map(|old| &old.kind) {
                    Some(TypeKind::Union { members }) => members,
                    _ => &[],
                };
                let kinds = (Kind::UnionMemberRemoved, Kind::UnionMemberAdded);
                self.named(kinds, Coordinate::Type(&new.name), (before, after), old.map(Part::Type), Part::Type(new));
            }
            TypeKind::Enum { values: after } => {
                let before: &[EnumValue] = match old.map(|old| &old.kind) {
                    Some(TypeKind::Enum { values }) => values,
                    _ => &[],
                };
                for pair in pairs(before, after, |value| &value.name) {
                    self.value_pair(&new.name, &pair, old.is_none());
                }
            }
            TypeKind::InputObject { fields: after, is_one_of } => {
                let (before, was_one_of): (&[InputValue], bool) = match old.map(|old| &old.kind) {
                    Some(TypeKind::InputObject { fields, is_one_of }) => (fields, *is_one_of),
                    // A new input object is reported as one addition.
                    _ => (&[], *is_one_of),
                };
                for pair in pairs(before, after, |field| &field.name) {
                    self.input_field_pair(&new.name, &pair, old.is_none());
                }
                let kind = match (was_one_of, is_one_of) {
                    (false, true) => Kind::InputObjectOneOfAdded,
                    (true, false) => Kind::InputObjectOneOfRemoved,
                    _ => return,
                };
                self.note(kind, Coordinate::Type(&new.name), old.map(Part::Type), Some(Part::Type(new)));
            }
        }
    }

    fn interfaces(&mut self, old: Option<&'s TypeDefinition>, new: &'s TypeDefinition) {
        let kinds = (Kind::ObjectTypeInterfaceRemoved, Kind::ObjectTypeInterfaceAdded);
        let lists = (old.map_or(&[][..], TypeDefinition::interfaces), new.interfaces());
        let coordinate = Coordinate::Type(old.map_or(&new.name, |old| &old.name));
        self.named(kinds, coordinate, lists, old.map(Part::Type), Part::Type(new));
    }

    /// Names that were added to a list or removed from it.
    fn named(
        &mut self,
        (removed, added): (Kind, Kind),
        coordinate: Coordinate<'s>,
        (before, after): (&'s [String], &'s [String]),
        old: Option<Part<'s>>,
        new: Part<'s>,
    ) {
        for pair in names(before, after) {
            let (kind, name) = match pair {
                Pair::Old(name) => (removed, name),
                Pair::New(name) => (added, name),
                Pair::Both(..) => continue,
            };
            self.note_detail(kind, coordinate, Detail::Named(name), old, Some(new), old.is_none());
        }
    }

    /// A description that was added, removed or changed. An empty description counts as none.
    fn description(&mut self, coordinate: Coordinate<'s>, old: Option<Part<'s>>, new: Part<'s>) {
        let (before, after) = (old.and_then(Part::description), new.description());
        if before.unwrap_or_default() == after.unwrap_or_default() {
            return;
        }
        let came = [Kind::TypeDescriptionAdded, Kind::FieldDescriptionAdded, Kind::InputFieldDescriptionAdded];
        let went = [Kind::TypeDescriptionRemoved, Kind::FieldDescriptionRemoved, Kind::InputFieldDescriptionRemoved];
        let changed = [Kind::TypeDescriptionChanged, Kind::FieldDescriptionChanged, Kind::InputFieldDescriptionChanged];
        let [of_type, of_field, of_input] = match (before, after) {
            (None, _) => came,
            (_, None) => went,
            _ => changed,
        };
        let kind = match (new, coordinate) {
            (Part::Schema(_), _) => match (before, after) {
                (None, _) => Kind::SchemaDescriptionAdded,
                (_, None) => Kind::SchemaDescriptionRemoved,
                _ => Kind::SchemaDescriptionChanged,
            },
            (Part::Type(_), _) => of_type,
            (Part::Field(_), _) => of_field,
            // graphql-inspector has a single kind for arguments, enum values and directives, whatever the event.
            (Part::Input(_), Coordinate::Argument(..)) => Kind::FieldArgumentDescriptionChanged,
            (Part::Input(_), Coordinate::DirectiveArgument(..)) => Kind::DirectiveArgumentDescriptionChanged,
            (Part::Input(_), _) => of_input,
            (Part::Value(_), _) => Kind::EnumValueDescriptionChanged,
            (Part::Directive(_), _) => Kind::DirectiveDescriptionChanged,
        };
        self.note_of(kind, coordinate, old, new);
    }
}
