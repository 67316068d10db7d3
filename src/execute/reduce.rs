//! A query shrinks field by field: what the tenant's schema lacks is left out of the document, instead of moving the whole
//! operation to another surface. Most fields are optional, so a smaller response is still a response; the gaps name what
//! it was asked without.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::graphql::{has_validation_code, is_late};
use crate::runtime::{GeneratedOperation, OperationKind, ParsedOperation, Reduction, Surface};
use crate::tenant::Tenant;
use crate::{Error, GraphQlError};

/// How often a query shrinks within one call. Most servers report everything that they lack at once.
const MOST: usize = 20;

/// The query of an operation for one tenant.
pub(super) struct Query {
    pub(super) text: Cow<'static, str>,
    pub(super) points: u32,
    /// The paths that it does not ask for, because the tenant lacks them.
    pub(super) gaps: Vec<String>,
}

impl Query {
    /// The query without what the tenant lacks as far as that is known. `Err` names what it lacks if nothing would be left,
    /// if a value could not be decoded without it, or if it is one of the paths that are `needed`.
    pub(super) fn of<O: GeneratedOperation>(tenant: &Tenant, needed: &[String]) -> Result<Self, String> {
        let whole = Self { text: O::QUERY.into(), points: O::SPEC.points, gaps: Vec::new() };
        let Some(endpoint) = tenant.endpoint(Surface::GraphQl).filter(|endpoint| !endpoint.lacks.is_empty()) else {
            return Ok(whole);
        };
        match O::parsed().without(&endpoint.lacks) {
            Reduction::Whole => Ok(whole),
            Reduction::Reduced { query, points, gaps } if !gaps.iter().any(|gap| needed.contains(gap)) => {
                Ok(Self { text: query.into(), points, gaps })
            }
            Reduction::Reduced { .. } | Reduction::Nothing => {
                let lacks = endpoint.lacks.iter().filter(|lack| O::parsed().selects(lack));
                let lacks: Vec<String> = lacks.map(|lack| format!("`{lack}`")).collect();
                Err(format!("the tenant's schema lacks {}", lacks.join(", ")))
            }
        }
    }
}

/// The paths below a response key, seen from there, sorted.
pub(super) fn below(root: &str, paths: impl Iterator<Item = String>) -> Vec<String> {
    let all: BTreeSet<String> = paths.filter_map(|path| inside(root, &path)).collect();
    all.into_iter().collect()
}

/// A path below a response key, seen from there.
pub(super) fn inside(root: &str, path: &str) -> Option<String> {
    path.strip_prefix(root)?.strip_prefix('.').map(str::to_owned)
}

/// How often a call has shrunk its query.
#[derive(Default)]
pub(super) struct Rounds(usize);

impl Rounds {
    /// Learns from a refusal what the tenant lacks. Whether the query can be retried without it.
    pub(super) fn shrink<O: GeneratedOperation>(&mut self, tenant: &Tenant, error: &Error) -> bool {
        // A mutation is retried only if no error can have occurred after it was carried out.
        if O::SPEC.kind == OperationKind::Mutation && error.graphql_errors().iter().any(is_late) {
            return false;
        }
        let Some(endpoint) = tenant.endpoint(Surface::GraphQl).filter(|_| self.0 < MOST) else { return false };
        let lacks = error.graphql_errors().iter().filter_map(|error| lack(error, O::parsed()));
        let new: BTreeSet<String> = lacks.filter(|lack| !endpoint.lacks.contains(lack)).collect();
        if new.is_empty() {
            return false;
        }
        self.0 += 1;
        tracing::info!(path = endpoint.path, lacks = ?new, "the tenant's schema lacks fields; the query is sent without them");
        tenant.learn_endpoint(&endpoint.path, |endpoint| endpoint.lacks.extend(new));
        true
    }
}

/// Wordings of servers for a field or type that their schema lacks. Such an error precedes execution.
const LACKING: [&str; 9] = [
    "cannot query field",
    "unknown field",
    "unknown type",
    "doesn't exist",
    "does not exist",
    "is undefined",
    "fieldundefined",
    "not defined",
    "does not have a field",
];

/// The coordinate of the operation that an error names as lacking: `License.ref10`, or `License` for a type.
fn lack(error: &GraphQlError, operation: &ParsedOperation) -> Option<String> {
    let message = error.message.as_str();
    let lower = message.to_ascii_lowercase();
    // An error with a path occurred at a value, and may be about a record instead of the schema.
    if !error.path.is_empty() && !has_validation_code(error) {
        return None;
    }
    // An argument or a variable that the tenant lacks changes what is asked, so nothing is left out.
    if !LACKING.iter().any(|wording| lower.contains(wording))
        || lower.contains("argument")
        || lower.contains("variable")
    {
        return None;
    }
    let names = names(message);
    let fields = names.iter().flat_map(|owner| names.iter().map(move |field| format!("{owner}.{field}")));
    let fields = fields.chain(names.iter().filter(|name| name.contains('.')).map(|name| (*name).to_owned()));
    let field = fields.into_iter().find(|coordinate| operation.selects(coordinate));
    // Only an error about a type itself means the type.
    field.or_else(|| {
        names.iter().find(|name| lower.contains("type") && operation.selects(name)).map(|name| (*name).to_owned())
    })
}

/// The quoted names of a message, in whichever quotes.
fn names(message: &str) -> Vec<&str> {
    let is_name =
        |piece: &&str| !piece.is_empty() && piece.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
    // A name may stand between any two quotes, whichever of them opens.
    message.split(['"', '\'', '`', '‘', '’', '“', '”']).filter(is_name).collect()
}

/// Learns from the types of a schema what the tenant lacks of an operation.
pub(crate) fn lacks_of(operation: &ParsedOperation, has: impl Fn(&str) -> bool) -> BTreeSet<String> {
    operation.coordinates().iter().filter(|coordinate| !has(coordinate)).cloned().collect()
}
