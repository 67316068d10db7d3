//! Directives applied to the parts of a schema, which only SDL contains.

use super::{Detail, Part, Walk};
use crate::coordinate::Coordinate;
use crate::kind::Kind;
use crate::level::Levels;
use crate::schema::{AppliedDirective, TypeKind, is_built_in_directive};

impl<'s> Walk<'s> {
    /// Directives that were applied to a part, removed from it, or given other arguments.
    pub(super) fn usages(&mut self, coordinate: Coordinate<'s>, old: Option<Part<'s>>, new: Part<'s>) {
        let (before, after) = (old.map_or(&[][..], Part::applied), new.applied());
        if !self.usages || (before.is_empty() && after.is_empty()) {
            return;
        }
        match self.levels {
            // The specification's own directives are reported as deprecation, `@oneOf` and specification.
            Levels::Own => {
                let own = |usage: &&AppliedDirective| !is_built_in_directive(&usage.name);
                let lists = (before.iter().filter(own).collect(), after.iter().filter(own).collect());
                self.usage_lists(coordinate, old, new, lists);
            }
            // graphql-inspector compares each block of the schema, but only the definitions of types.
            Levels::GraphqlInspector => {
                let blocks = before.iter().chain(after).map(|usage| usage.block).max().unwrap_or_default();
                let seen = if coordinate == Coordinate::Schema { blocks } else { 0 };
                for block in 0..=seen {
                    let of_block = |usage: &&AppliedDirective| usage.block == block;
                    let lists = (before.iter().filter(of_block).collect(), after.iter().filter(of_block).collect());
                    self.usage_lists(coordinate, old, new, lists);
                }
            }
        }
    }

    /// The n-th use of a name in one list is paired with the n-th in the other.
    fn usage_lists(
        &mut self,
        coordinate: Coordinate<'s>,
        old: Option<Part<'s>>,
        new: Part<'s>,
        (before, mut after): (Vec<&'s AppliedDirective>, Vec<&'s AppliedDirective>),
    ) {
        let Some((added, removed)) = kinds(coordinate, new) else { return };
        for usage in before {
            match after.iter().position(|candidate| candidate.name == usage.name) {
                None => self.note_detail(removed, coordinate, Detail::Usage(usage), old, Some(new), false),
                Some(index) => {
                    let kept = after.remove(index);
                    self.usage_arguments(coordinate, old, new, Some(usage), kept);
                }
            }
        }
        for usage in after {
            self.note_detail(added, coordinate, Detail::Usage(usage), old, Some(new), old.is_none());
            self.usage_arguments(coordinate, old, new, None, usage);
        }
    }

    fn usage_arguments(
        &mut self,
        coordinate: Coordinate<'s>,
        old: Option<Part<'s>>,
        new: Part<'s>,
        before: Option<&'s AppliedDirective>,
        after: &'s AppliedDirective,
    ) {
        let given = |usage: &'s AppliedDirective, name: &str| usage.arguments.iter().find(|(given, _)| given == name);
        let mut note = |kind, detail| self.note_detail(kind, coordinate, detail, old, Some(new), old.is_none());
        if let Some(usage) = before {
            for (name, value) in &usage.arguments {
                // There is no kind for a changed value, so the argument is reported as removed and added.
                if given(after, name).is_none_or(|(_, now)| now != value) {
                    note(Kind::DirectiveUsageArgumentRemoved, Detail::UsageArgument(usage, name, value));
                }
            }
        }
        for (name, value) in &after.arguments {
            if before.and_then(|before| given(before, name)).is_none_or(|(_, then)| then != value) {
                note(Kind::DirectiveUsageArgumentAdded, Detail::UsageArgument(after, name, value));
            }
        }
    }
}

/// The kinds of change for applying a directive to such a part and for removing it.
fn kinds(coordinate: Coordinate<'_>, part: Part<'_>) -> Option<(Kind, Kind)> {
    Some(match (part, coordinate) {
        (Part::Schema(_), _) => (Kind::DirectiveUsageSchemaAdded, Kind::DirectiveUsageSchemaRemoved),
        (Part::Type(definition), _) => match definition.kind {
            TypeKind::Scalar { .. } => (Kind::DirectiveUsageScalarAdded, Kind::DirectiveUsageScalarRemoved),
            TypeKind::Object { .. } => (Kind::DirectiveUsageObjectAdded, Kind::DirectiveUsageObjectRemoved),
            TypeKind::Interface { .. } => (Kind::DirectiveUsageInterfaceAdded, Kind::DirectiveUsageInterfaceRemoved),
            TypeKind::Union { .. } => (Kind::DirectiveUsageUnionMemberAdded, Kind::DirectiveUsageUnionMemberRemoved),
            TypeKind::Enum { .. } => (Kind::DirectiveUsageEnumAdded, Kind::DirectiveUsageEnumRemoved),
            TypeKind::InputObject { .. } => {
                (Kind::DirectiveUsageInputObjectAdded, Kind::DirectiveUsageInputObjectRemoved)
            }
        },
        (Part::Field(_), _) => (Kind::DirectiveUsageFieldDefinitionAdded, Kind::DirectiveUsageFieldDefinitionRemoved),
        (Part::Input(_), Coordinate::Argument(..)) => {
            (Kind::DirectiveUsageArgumentDefinitionAdded, Kind::DirectiveUsageArgumentDefinitionRemoved)
        }
        (Part::Input(_), _) => {
            (Kind::DirectiveUsageInputFieldDefinitionAdded, Kind::DirectiveUsageInputFieldDefinitionRemoved)
        }
        (Part::Value(_), _) => (Kind::DirectiveUsageEnumValueAdded, Kind::DirectiveUsageEnumValueRemoved),
        (Part::Directive(_), _) => return None,
    })
}
