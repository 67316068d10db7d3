//! What a validator has to say. It knows whether a query is rejected, which what is known of each use can only guess
//! at for fragments and selections; which change is to blame, it does not know.

use super::{Impact, Status};
use crate::change::Change;
use crate::kind::Kind;
use crate::levels::Break;

/// Corrects the impacts on one operation by whether it is rejected after the changes, having been valid before.
pub(crate) fn correct(changes: &mut [Change], operation: &Impact, is_rejected: bool) {
    let mut uses: Vec<Use<'_>> = changes.iter_mut().filter_map(|change| Use::of(change, operation)).collect();
    if !is_rejected {
        for it in &mut uses {
            if it.impact.status == Status::Broken && is_guessed(it.kind) {
                // The query is fine; what it answers may be another type.
                it.impact.status = match it.kind {
                    Kind::FieldTypeChanged | Kind::TypeKindChanged => Status::PotentiallyAffected,
                    _ => Status::Unaffected,
                };
            }
        }
        return;
    }
    if uses.iter().any(|it| it.by_document && it.impact.status == Status::Broken) {
        return;
    }
    // The likeliest first: what might break the query, then whatever touches it otherwise.
    let blame: [fn(&Use<'_>) -> bool; 3] = [
        |it| it.by_document && it.impact.status == Status::PotentiallyAffected,
        |it| it.by_document || is_guessed(it.kind),
        |it| it.kind.name().ends_with("TYPE_CHANGED"),
    ];
    if let Some(is_blamed) = blame.into_iter().find(|is_blamed| uses.iter().any(is_blamed)) {
        for it in uses.iter_mut().filter(|it| is_blamed(it)) {
            it.impact.status = Status::Broken;
        }
    }
}

/// What a change does to the operation.
struct Use<'c> {
    kind: Kind,
    /// Whether such a change breaks queries.
    by_document: bool,
    impact: &'c mut Impact,
}

impl<'c> Use<'c> {
    fn of(change: &'c mut Change, operation: &Impact) -> Option<Self> {
        let (kind, by_document) = (change.kind, change.breaks.contains(&Break::Document));
        let is_own =
            |impact: &&mut Impact| impact.declared_in == operation.declared_in && impact.name == operation.name;
        change.operations.iter_mut().find(is_own).map(|impact| Self { kind, by_document, impact })
    }
}

/// Kinds whose effect on a query depends on where its fragments stand, and on all that is selected below.
fn is_guessed(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::FieldTypeChanged
            | Kind::TypeKindChanged
            | Kind::UnionMemberRemoved
            | Kind::ObjectTypeInterfaceRemoved
            | Kind::SchemaQueryTypeChanged
            | Kind::SchemaMutationTypeChanged
            | Kind::SchemaSubscriptionTypeChanged
    )
}
