//! Definitions of directives.

use super::members::DIRECTIVE_ARGUMENT;
use super::merge::{Pair, maps, pairs};
use super::{Detail, Part, Walk};
use crate::coordinate::Coordinate;
use crate::kind::Kind;
use crate::schema::DirectiveDefinition;

impl<'s> Walk<'s> {
    pub(super) fn directive_definitions(&mut self) {
        for pair in maps(&self.old.directives, &self.new.directives) {
            match pair {
                Pair::Old(old) => {
                    let coordinate = Coordinate::Directive(&old.name);
                    self.note(Kind::DirectiveRemoved, coordinate, Some(Part::Directive(old)), None);
                }
                Pair::New(new) => {
                    let coordinate = Coordinate::Directive(&new.name);
                    self.note(Kind::DirectiveAdded, coordinate, None, Some(Part::Directive(new)));
                    self.directive(None, new);
                }
                Pair::Both(old, new) => self.directive(Some(old), new),
            }
        }
    }

    fn directive(&mut self, old: Option<&'s DirectiveDefinition>, new: &'s DirectiveDefinition) {
        let coordinate = Coordinate::Directive(&new.name);
        let (before, after) = (old.map(Part::Directive), Part::Directive(new));
        self.description(coordinate, before, after);
        match (old.is_some_and(|old| old.is_repeatable), new.is_repeatable) {
            (false, true) => self.note(Kind::DirectiveRepeatableAdded, coordinate, before, Some(after)),
            (true, false) => self.note(Kind::DirectiveRepeatableRemoved, coordinate, before, Some(after)),
            _ => {}
        }
        let kinds = (Kind::DirectiveLocationRemoved, Kind::DirectiveLocationAdded);
        let locations = (old.map_or(&[][..], |old| &old.locations), &new.locations[..]);
        self.named(kinds, coordinate, locations, before, after);
        for pair in pairs(old.map_or(&[][..], |old| &old.arguments), &new.arguments, |argument| &argument.name) {
            match pair {
                Pair::Old(gone) => {
                    let coordinate = Coordinate::DirectiveArgument(&new.name, &gone.name);
                    self.note(Kind::DirectiveArgumentRemoved, coordinate, Some(Part::Input(gone)), None);
                }
                Pair::New(come) => self.note_detail(
                    Kind::DirectiveArgumentAdded,
                    Coordinate::DirectiveArgument(&new.name, &come.name),
                    Detail::Itself,
                    None,
                    Some(Part::Input(come)),
                    old.is_none(),
                ),
                Pair::Both(before, after) => {
                    let coordinate = Coordinate::DirectiveArgument(&new.name, &after.name);
                    self.argument(&DIRECTIVE_ARGUMENT, coordinate, before, after);
                }
            }
        }
    }
}
