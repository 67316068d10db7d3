//! Corrects impacts with the result of a validator. The validator knows whether a query is rejected, which the uses of
//! fragments and selections only approximate. It does not know which change is the cause.

use super::{Impact, Status};
use crate::change::Change;
use crate::kind::Kind;
use crate::level::Break;

/// Corrects the impacts on one operation, valid before, by whether it is rejected after the changes.
pub(crate) fn correct(changes: &mut [Change], operation: &Impact, is_rejected: bool) {
    let mut uses: Vec<Use<'_>> = changes.iter_mut().filter_map(|change| Use::of(change, operation)).collect();
    if !is_rejected {
        for it in &mut uses {
            // Other kinds stay broken: the validator does not see an input that is rejected when it is sent.
            if it.impact.status == Status::Broken && is_guessed(it.kind) {
                // The query is valid, but its response may be of another type.
                it.impact.status = match it.kind {
                    Kind::FieldTypeChanged | Kind::TypeKindChanged => Status::PotentiallyAffected,
                    _ => Status::Unaffected,
                };
            }
        }
        return;
    }
    // The rejection already has a cause.
    if uses.iter().any(|it| it.by_document && it.impact.status == Status::Broken) {
        return;
    }
    // The likeliest cause first: a change that may break the query, then any other that reaches it.
    let blame: [fn(&Use<'_>) -> bool; 3] = [
        |it| it.by_document && it.impact.status == Status::PotentiallyAffected,
        |it| it.by_document || is_guessed(it.kind),
        |it| it.kind.subject().is_type(),
    ];
    if let Some(is_blamed) = blame.into_iter().find(|is_blamed| uses.iter().any(is_blamed)) {
        for it in uses.iter_mut().filter(|it| is_blamed(it)) {
            it.impact.status = Status::Broken;
        }
    }
}

/// The effect of a change on the operation.
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

/// Kinds whose effect on a query depends on where its fragments are, and on everything selected below.
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
