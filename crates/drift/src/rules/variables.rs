//! The variables of an operation: declared, used, and of a type that fits where they are used.

use std::collections::{HashMap, HashSet};

use apollo_compiler::Node;
use apollo_compiler::ast::{OperationDefinition, VariableDefinition};

use super::{Facts, Finding, Scope, Usage, finding, start};
use crate::operations::{Located, name_of};
use crate::schema::TypeRef;
use crate::sdl::read_type_ref;
use crate::suggest::closest;

/// In the message for a variable that is not used.
const UNUSED: &str = "does not use its variable";

/// Whether a finding is that a variable is not used, for which the schema is no cause.
pub(crate) fn is_unused(finding: &Finding) -> bool {
    finding.message.contains(UNUSED)
}

/// What is wrong with the variables of an operation.
pub(super) struct OfVariables {
    pub(super) faults: Vec<Finding>,
    pub(super) unused: Vec<Finding>,
}

/// Checks the variables of an operation and of the fragments that it reaches.
pub(super) fn check<'d>(
    scope: Scope<'d, '_>,
    operation: &Located<'d, OperationDefinition>,
    facts: &Facts<'d>,
    reached: &[&Facts<'d>],
) -> OfVariables {
    let node = operation.node;
    // Of variables with one name, the last counts, as in graphql-js.
    let declared: HashMap<&str, Declared<'d>> =
        node.variables.iter().map(|variable| (variable.name.as_str(), Declared::of(variable, scope))).collect();
    let mut faults = Vec::new();
    let mut used: HashSet<&str> = HashSet::new();
    for usage in std::iter::once(facts).chain(reached.iter().copied()).flat_map(|facts| &facts.usages) {
        let Some(variable) = declared.get(usage.name) else {
            let message = format!("`{}` does not declare the variable `${}`", name_of(node), usage.name);
            let suggestion = closest(usage.name, declared.keys().copied()).map(|name| format!("${name}"));
            faults.push(Finding { suggestion, ..finding(usage.place, message) });
            continue;
        };
        used.insert(usage.name);
        if let Some(message) = variable.misfit(usage) {
            faults.push(finding(start(variable.node, operation.text), message));
        }
    }
    let unused = node.variables.iter().filter(|variable| !used.contains(variable.name.as_str())).map(|variable| {
        let message = format!("`{}` {UNUSED} `${}`", name_of(node), variable.name);
        finding(start(variable, operation.text), message)
    });
    OfVariables { unused: unused.collect(), faults }
}

struct Declared<'d> {
    node: &'d Node<VariableDefinition>,
    /// `None` if the schema has no such type, which is reported where it is named.
    ty: Option<TypeRef>,
}

impl<'d> Declared<'d> {
    fn of(node: &'d Node<VariableDefinition>, scope: Scope<'d, '_>) -> Self {
        Self { node, ty: Some(read_type_ref(&node.ty)).filter(|ty| scope.is_known(ty.name())) }
    }

    /// Why the variable does not fit where it is used, if it does not.
    fn misfit(&self, usage: &Usage<'_>) -> Option<String> {
        let (ty, expected) = (self.ty.as_ref()?, usage.expected.as_ref()?);
        let name = usage.name;
        // Only a non-null default allows a nullable variable in a non-null position.
        let has_default = self.node.default_value.as_deref().is_some_and(|value| !value.is_null());
        if !ty.fits(has_default, expected, usage.has_default) {
            return Some(format!("variable `${name}` of type `{ty}` cannot be used where `{expected}` is expected"));
        }
        let one_of = usage.one_of.as_ref().filter(|_| !matches!(ty, TypeRef::NonNull(_)))?;
        Some(format!("variable `${name}` of type `{ty}` must be non-null to be used for a field of `{one_of}`"))
    }
}
