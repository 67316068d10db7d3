//! The inputs that operations give: arguments, fields of input objects, and directives.

use super::given::{Fit, fits};
use super::{Asked, Impacts, Reached, Status, at_most};
use crate::coordinate::Coordinate;
use crate::diff::{Detail, Difference, Part};
use crate::kind::Kind;
use crate::level::Level;
use crate::levels::is_required;
use crate::operations::Place;
use crate::operations::footprint::{Footprint, Given};
use crate::schema::TypeRef;

impl<'s> Impacts<'s> {
    pub(super) fn argument(&self, asked: Asked<'_, 's>, key: (&'s str, &'s str, &'s str)) -> Reached<'s> {
        let Asked { difference, level, print } = asked;
        let uses = print.fields.get(&(key.0, key.1))?;
        let first = uses.iter().map(|selected| selected.place).min()?;
        let given: Vec<&Given<'s>> = print.arguments.get(&key).into_iter().flatten().collect();
        let given_at = given.iter().map(|given| given.place).min();
        let left_out = uses.iter().filter(|selected| !selected.arguments.contains(key.2));
        let left_out = left_out.map(|selected| selected.place).min();
        Some(match difference.kind {
            Kind::FieldArgumentRemoved => match given_at {
                Some(place) => (Status::Broken, place),
                None => (Status::Unaffected, first),
            },
            // No query written for the old schema can give the new argument.
            Kind::FieldArgumentAdded if level == Level::Breaking => (Status::Broken, first),
            Kind::FieldArgumentTypeChanged | Kind::FieldArgumentDefaultChanged => self
                .input(difference, level, &given, left_out)
                .unwrap_or((Status::Unaffected, given_at.unwrap_or(first))),
            _ => (at_most(level, Status::PotentiallyAffected), given_at.unwrap_or(first)),
        })
    }

    /// The effect of a changed type or default where a value is given and where it is omitted.
    fn input(
        &self,
        difference: &Difference<'s>,
        level: Level,
        given: &[&Given<'s>],
        left_out: Option<Place<'s>>,
    ) -> Reached<'s> {
        let Some(Part::Input(new)) = difference.new else { return None };
        if level == Level::Safe {
            return None;
        }
        let misfit = |worst: Fit| {
            let fit = |given: &&&Given<'s>| fits(given, &new.ty, new.default.is_some(), self.new) == worst;
            given.iter().filter(fit).map(|given| given.place).min()
        };
        if let Some(place) = misfit(Fit::No) {
            return Some((Status::Broken, place));
        }
        if let Some(place) = left_out.filter(|_| is_required(new)) {
            return Some((Status::Broken, place));
        }
        if difference.kind.subject().is_default() {
            // A variable that is not sent counts as an omitted value.
            let perhaps = given.iter().filter(|given| may_be_left_out(given)).map(|given| given.place).min();
            return left_out.or(perhaps).map(|place| (Status::PotentiallyAffected, place));
        }
        misfit(Fit::Unknown).map(|place| (Status::PotentiallyAffected, place))
    }

    pub(super) fn input_field(&self, asked: Asked<'_, 's>, key: (&'s str, &'s str)) -> Reached<'s> {
        let Asked { difference, level, print } = asked;
        let ty = key.0;
        let given: Vec<&Given<'s>> = print.input_fields.get(&key).into_iter().flatten().collect();
        let given_at = given.iter().map(|given| given.place).min();
        let sites = print.objects.get(ty).map_or(&[][..], Vec::as_slice);
        let left_out = sites.iter().filter(|(names, _)| !names.contains(key.1)).map(|(_, place)| *place).min();
        let sent = print.sent.get(ty).copied();
        let reached = given_at.or_else(|| sites.iter().map(|(_, place)| *place).min()).or(sent)?;
        let written = match difference.kind {
            Kind::InputFieldRemoved => given_at.map(|place| (Status::Broken, place)),
            Kind::InputFieldAdded if level == Level::Breaking => {
                left_out.or_else(|| always_sent(print, ty)).map(|place| (Status::Broken, place))
            }
            Kind::InputFieldTypeChanged | Kind::InputFieldDefaultValueChanged => {
                self.input(difference, level, &given, left_out)
            }
            _ => None,
        };
        // The value of a variable is unknown, so at worst it may be affected.
        let sent = sent.map(|place| (at_most(level, Status::PotentiallyAffected), place));
        let worst = written.into_iter().chain(sent).min();
        Some(worst.unwrap_or_else(|| match difference.kind {
            Kind::InputFieldAdded
            | Kind::InputFieldRemoved
            | Kind::InputFieldTypeChanged
            | Kind::InputFieldDefaultValueChanged => (Status::Unaffected, reached),
            _ => (at_most(level, Status::PotentiallyAffected), reached),
        }))
    }

    pub(super) fn directive(&self, asked: Asked<'_, 's>, name: &'s str) -> Reached<'s> {
        let Asked { difference, level, print } = asked;
        let uses = || print.directives.iter().filter(|applied| applied.name == name);
        let first = uses().map(|applied| applied.place).min()?;
        if level == Level::Safe {
            return Some((Status::Unaffected, first));
        }
        // A change of the directive itself concerns no argument, and no argument has an empty name.
        let argument = match difference.coordinate {
            Coordinate::DirectiveArgument(_, argument) => argument,
            _ => "",
        };
        let given = || uses().flat_map(|applied| &applied.arguments).filter(|(name, _)| *name == argument);
        let left_out = uses().filter(|applied| !applied.arguments.iter().any(|(name, _)| *name == argument));
        let left_out = left_out.map(|applied| applied.place).min();
        let broken = match difference.kind {
            Kind::DirectiveRemoved | Kind::DirectiveArgumentAdded => Some(first),
            Kind::DirectiveLocationRemoved => {
                uses().find(|applied| difference.detail == Detail::Named(applied.location)).map(|applied| applied.place)
            }
            Kind::DirectiveRepeatableRemoved => uses().find(|applied| applied.is_repeated).map(|applied| applied.place),
            Kind::DirectiveArgumentRemoved => given().map(|(_, given)| given.place).min(),
            Kind::DirectiveArgumentTypeChanged | Kind::DirectiveArgumentDefaultValueChanged => {
                let given: Vec<&Given<'s>> = given().map(|(_, given)| given).collect();
                return Some(self.input(difference, level, &given, left_out).unwrap_or((Status::Unaffected, first)));
            }
            _ => None,
        };
        Some(broken.map_or((Status::Unaffected, first), |place| (Status::Broken, place)))
    }
}

/// Whether a value is a variable that may be omitted.
fn may_be_left_out(given: &Given<'_>) -> bool {
    given.variable.as_ref().is_some_and(|variable| !variable.has_default && !matches!(variable.ty, TypeRef::NonNull(_)))
}

/// Where every call sends an object of this type: the place of a required variable.
fn always_sent<'d>(print: &Footprint<'d>, ty: &str) -> Option<Place<'d>> {
    // A required list does not count, since it may be empty.
    let required = print
        .variables
        .get(ty)?
        .iter()
        .find(|variable| matches!(&variable.ty, TypeRef::NonNull(inner) if matches!(&**inner, TypeRef::Named(_))));
    required.map(|variable| variable.place)
}
