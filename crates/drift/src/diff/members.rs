//! Fields, arguments, input fields and enum values.

use super::merge::{Pair, pairs};
use super::{Detail, Difference, Part, Walk};
use crate::coerce::same_default;
use crate::coordinate::Coordinate;
use crate::kind::Kind;
use crate::level::Levels;
use crate::schema::{Deprecation, EnumValue, Field, InputValue};

impl<'s> Walk<'s> {
    /// A field of a type, which has two names if it is a renamed root.
    pub(super) fn field_pair(&mut self, (ty, new_ty): (&'s str, &'s str), pair: &Pair<&'s Field>) {
        match *pair {
            Pair::Old(old) => {
                self.note(Kind::FieldRemoved, Coordinate::Member(ty, &old.name), Some(Part::Field(old)), None);
            }
            Pair::New(new) => {
                self.note(Kind::FieldAdded, Coordinate::Member(new_ty, &new.name), None, Some(Part::Field(new)));
                self.field(new_ty, None, new);
            }
            Pair::Both(old, new) => self.field(ty, Some(old), new),
        }
    }

    fn field(&mut self, ty: &'s str, old: Option<&'s Field>, new: &'s Field) {
        let coordinate = Coordinate::Member(ty, &new.name);
        let (before, after) = (old.map(Part::Field), Part::Field(new));
        self.description(coordinate, before, after);
        self.field_deprecation(coordinate, before, after);
        if old.is_some_and(|old| old.ty != new.ty) {
            self.note(Kind::FieldTypeChanged, coordinate, before, Some(after));
        }
        let arguments = old.map_or(&[][..], |old| &old.arguments);
        for pair in pairs(arguments, &new.arguments, |argument| &argument.name) {
            match pair {
                Pair::Old(gone) => {
                    let coordinate = Coordinate::Argument(ty, &new.name, &gone.name);
                    self.note(Kind::FieldArgumentRemoved, coordinate, Some(Part::Input(gone)), None);
                }
                Pair::New(come) => self.found.push(Difference {
                    kind: Kind::FieldArgumentAdded,
                    coordinate: Coordinate::Argument(ty, &new.name, &come.name),
                    detail: Detail::Itself,
                    old: None,
                    new: Some(Part::Input(come)),
                    in_new: old.is_none(),
                }),
                Pair::Both(before, after) => {
                    let coordinate = Coordinate::Argument(ty, &new.name, &after.name);
                    self.argument(&ARGUMENT, coordinate, before, after);
                    self.usages(coordinate, Some(Part::Input(before)), Part::Input(after));
                }
            }
        }
        self.usages(coordinate, before, after);
    }

    pub(super) fn argument(
        &mut self,
        kinds: &InputKinds,
        coordinate: Coordinate<'s>,
        old: &'s InputValue,
        new: &'s InputValue,
    ) {
        let (before, after) = (Some(Part::Input(old)), Part::Input(new));
        self.description(coordinate, before, after);
        if !same_default((self.old, old), (self.new, new), self.levels) {
            self.note(kinds.default, coordinate, before, Some(after));
        }
        if old.ty != new.ty {
            self.note(kinds.ty, coordinate, before, Some(after));
        }
        if let Some(kind) = kinds.deprecation(old.deprecation.as_ref(), new.deprecation.as_ref()) {
            self.note(kind, coordinate, before, Some(after));
        }
    }

    pub(super) fn input_field_pair(&mut self, ty: &'s str, pair: &Pair<&'s InputValue>, in_new: bool) {
        match *pair {
            Pair::Old(old) => {
                self.note(Kind::InputFieldRemoved, Coordinate::Member(ty, &old.name), Some(Part::Input(old)), None);
            }
            Pair::New(new) => {
                let (coordinate, after) = (Coordinate::Member(ty, &new.name), Part::Input(new));
                self.note_detail(Kind::InputFieldAdded, coordinate, Detail::Itself, None, Some(after), in_new);
                self.description(coordinate, None, after);
                self.usages(coordinate, None, after);
            }
            Pair::Both(old, new) => {
                let coordinate = Coordinate::Member(ty, &new.name);
                self.argument(&INPUT_FIELD, coordinate, old, new);
                self.usages(coordinate, Some(Part::Input(old)), Part::Input(new));
            }
        }
    }

    pub(super) fn value_pair(&mut self, ty: &'s str, pair: &Pair<&'s EnumValue>, in_new: bool) {
        match *pair {
            Pair::Old(old) => {
                self.note(Kind::EnumValueRemoved, Coordinate::Member(ty, &old.name), Some(Part::Value(old)), None);
            }
            Pair::New(new) => {
                let (coordinate, after) = (Coordinate::Member(ty, &new.name), Part::Value(new));
                self.note_detail(Kind::EnumValueAdded, coordinate, Detail::Itself, None, Some(after), in_new);
                self.value(coordinate, None, new);
            }
            Pair::Both(old, new) => self.value(Coordinate::Member(ty, &new.name), Some(old), new),
        }
    }

    fn value(&mut self, coordinate: Coordinate<'s>, old: Option<&'s EnumValue>, new: &'s EnumValue) {
        let (before, after) = (old.map(Part::Value), Part::Value(new));
        self.description(coordinate, before, after);
        let was = before.and_then(|before| self.deprecation(before)).map(Deprecation::reason);
        let is = self.deprecation(after).map(Deprecation::reason);
        // An enum value has no kinds for the deprecation itself, only for its reason, as in graphql-inspector.
        if was.unwrap_or_default() != is.unwrap_or_default() {
            let kind = match (was, is) {
                (None | Some(Deprecation::DEFAULT_REASON), _) => Kind::EnumValueDeprecationReasonAdded,
                (_, None | Some(Deprecation::DEFAULT_REASON)) => Kind::EnumValueDeprecationReasonRemoved,
                _ => Kind::EnumValueDeprecationReasonChanged,
            };
            self.note_of(kind, coordinate, before, after);
        }
        self.usages(coordinate, before, after);
    }

    fn field_deprecation(&mut self, coordinate: Coordinate<'s>, old: Option<Part<'s>>, new: Part<'s>) {
        let was = old.and_then(|old| self.deprecation(old)).map(Deprecation::reason);
        let is = self.deprecation(new).map(Deprecation::reason);
        let kind = match (was, is) {
            (None, None) => return,
            (None, Some(_)) => Kind::FieldDeprecationAdded,
            (Some(_), None) => Kind::FieldDeprecationRemoved,
            (Some(was), Some(is)) if was == is => return,
            // SDL without a reason has the default one, so the default counts as no reason.
            (Some(Deprecation::DEFAULT_REASON), _) => Kind::FieldDeprecationReasonAdded,
            (_, Some(Deprecation::DEFAULT_REASON)) => Kind::FieldDeprecationReasonRemoved,
            _ => Kind::FieldDeprecationReasonChanged,
        };
        self.note_of(kind, coordinate, old, new);
    }

    /// The deprecation of a part. graphql-inspector detects it by its reason, and ignores one without a reason.
    fn deprecation(&self, part: Part<'s>) -> Option<&'s Deprecation> {
        part.deprecation().filter(|deprecation| self.levels == Levels::Own || deprecation.given.is_some())
    }
}

/// The kinds of change of an argument or input field.
pub(super) struct InputKinds {
    default: Kind,
    ty: Kind,
    deprecated: Kind,
    no_longer_deprecated: Kind,
    reason: Kind,
}

const ARGUMENT: InputKinds = InputKinds {
    default: Kind::FieldArgumentDefaultChanged,
    ty: Kind::FieldArgumentTypeChanged,
    deprecated: Kind::FieldArgumentDeprecationAdded,
    no_longer_deprecated: Kind::FieldArgumentDeprecationRemoved,
    reason: Kind::FieldArgumentDeprecationReasonChanged,
};

const INPUT_FIELD: InputKinds = InputKinds {
    default: Kind::InputFieldDefaultValueChanged,
    ty: Kind::InputFieldTypeChanged,
    deprecated: Kind::InputFieldDeprecationAdded,
    no_longer_deprecated: Kind::InputFieldDeprecationRemoved,
    reason: Kind::InputFieldDeprecationReasonChanged,
};

pub(super) const DIRECTIVE_ARGUMENT: InputKinds = InputKinds {
    default: Kind::DirectiveArgumentDefaultValueChanged,
    ty: Kind::DirectiveArgumentTypeChanged,
    deprecated: Kind::DirectiveArgumentDeprecationAdded,
    no_longer_deprecated: Kind::DirectiveArgumentDeprecationRemoved,
    reason: Kind::DirectiveArgumentDeprecationReasonChanged,
};

impl InputKinds {
    fn deprecation(&self, old: Option<&Deprecation>, new: Option<&Deprecation>) -> Option<Kind> {
        match (old, new) {
            (None, Some(_)) => Some(self.deprecated),
            (Some(_), None) => Some(self.no_longer_deprecated),
            (Some(old), Some(new)) if old != new => Some(self.reason),
            _ => None,
        }
    }
}
