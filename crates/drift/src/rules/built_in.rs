//! The directives that the specification defines, which no schema lists.

use std::sync::LazyLock;

use crate::schema::{DirectiveDefinition, InputValue, Position, TypeRef};

static BUILT_IN: LazyLock<[DirectiveDefinition; 5]> = LazyLock::new(|| {
    let executable = ["FIELD", "FRAGMENT_SPREAD", "INLINE_FRAGMENT"];
    [
        directive("skip", &executable, vec![condition()]),
        directive("include", &executable, vec![condition()]),
        directive("deprecated", &["FIELD_DEFINITION"], Vec::new()),
        directive("specifiedBy", &["SCALAR"], Vec::new()),
        directive("oneOf", &["INPUT_OBJECT"], Vec::new()),
    ]
});

/// The directive of the specification with a name.
pub(super) fn built_in(name: &str) -> Option<&'static DirectiveDefinition> {
    BUILT_IN.iter().find(|directive| directive.name == name)
}

fn directive(name: &str, locations: &[&str], arguments: Vec<InputValue>) -> DirectiveDefinition {
    DirectiveDefinition {
        name: name.to_owned(),
        description: None,
        arguments,
        locations: locations.iter().map(|location| (*location).to_owned()).collect(),
        is_repeatable: false,
        position: Position::default(),
    }
}

/// `if: Boolean!`.
fn condition() -> InputValue {
    InputValue {
        name: "if".to_owned(),
        description: None,
        ty: TypeRef::NonNull(Box::new(TypeRef::Named("Boolean".to_owned()))),
        default: None,
        deprecation: None,
        position: Position::default(),
        applied: crate::Applied::default(),
    }
}
