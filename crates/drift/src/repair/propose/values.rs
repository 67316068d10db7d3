//! Candidates for arguments, directives and values.

use apollo_compiler::ast::{Argument, DirectiveList, Value};
use apollo_compiler::{Name, Node};

use super::{Candidate, VALUE_NEEDED, Walk};
use crate::repair::edit::trimmed;
use crate::repair::selections::range;
use crate::schema::{EnumValue, InputValue, TypeKind, TypeRef, member};

impl<'d> Walk<'_, 'd> {
    pub(super) fn arguments(&mut self, given: &'d [Node<Argument>], inputs: &'d [InputValue], owner: &str) {
        let known: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
        for argument in given {
            let input = member(inputs, &argument.name, |input: &InputValue| &input.name);
            self.value(
                &argument.value,
                input.map(|input| &input.ty),
                input.is_some_and(|input| input.default.is_some()),
            );
            if input.is_some() {
                continue;
            }
            let mut candidates = self.renames(&argument.name, &format!("{owner}({}:)", argument.name), &known);
            // A required argument that is not given may be this one under another name.
            let is_given = |name: &str| given.iter().any(|other| other.name == name);
            let required =
                inputs.iter().filter(|input| matches!(input.ty, TypeRef::NonNull(_)) && !is_given(&input.name));
            candidates.extend(required.map(|input| self.replace(&argument.name, &input.name, false)));
            let what = format!("the argument `{owner}({}:)` is removed", argument.name);
            candidates.push(self.without_item(range(argument.location()), given.len() == 1, ('(', ')'), what));
            self.propose(argument.location(), candidates, None);
        }
    }

    pub(super) fn directives(&mut self, directives: &'d DirectiveList) {
        for node in directives {
            let definition = self.schema.directives.get(node.name.as_str());
            let is_built_in = matches!(node.name.as_str(), "skip" | "include");
            if let Some(definition) = definition {
                self.arguments(&node.arguments, &definition.arguments, &format!("@{}", node.name));
            } else {
                let ty = is_built_in.then(|| TypeRef::NonNull(Box::new(TypeRef::Named("Boolean".to_owned()))));
                node.arguments.iter().for_each(|argument| self.value(&argument.value, ty.as_ref(), false));
            }
            let at = trimmed(self.text.source(), range(node.location()));
            let before = self.text.source().get(..at.start).unwrap_or_default();
            let edits = vec![self.edit(before.trim_end().len()..at.end, "")];
            let what = format!("`@{}` is removed", node.name);
            self.propose(node.location(), vec![Candidate { edits, what, is_hinted: false }], None);
        }
    }

    pub(super) fn value(&mut self, value: &'d Node<Value>, ty: Option<&TypeRef>, has_default: bool) {
        match (&**value, ty) {
            (Value::Variable(name), Some(ty)) => self.expected.entry(name).or_default().push((ty.clone(), has_default)),
            (Value::List(items), ty) => {
                let inner = ty.map(|ty| match ty {
                    TypeRef::NonNull(inner) => inner,
                    other => other,
                });
                let inner = inner.map(|ty| if let TypeRef::List(inner) = ty { inner } else { ty });
                for item in items {
                    self.value(item, inner, false);
                }
            }
            (Value::Enum(asked), Some(ty)) => {
                if let Some(TypeKind::Enum { values }) = self.schema.types.get(ty.name()).map(|ty| &ty.kind)
                    && member(values, asked, |value: &EnumValue| &value.name).is_none()
                {
                    let known: Vec<&str> = values.iter().map(|value| value.name.as_str()).collect();
                    let candidates = self.renames(asked, &format!("{}.{asked}", ty.name()), &known);
                    self.propose(asked.location(), candidates, Some("nothing says which value took its place"));
                }
            }
            (Value::Object(given), ty) => self.object(value, given, ty),
            _ => {}
        }
    }

    fn object(&mut self, value: &'d Node<Value>, given: &'d [(Name, Node<Value>)], ty: Option<&TypeRef>) {
        let definition = ty.and_then(|ty| self.schema.types.get(ty.name()));
        let Some(TypeKind::InputObject { fields, .. }) = definition.map(|definition| &definition.kind) else {
            return given.iter().for_each(|(_, value)| self.value(value, None, false));
        };
        let name = definition.map(|definition| definition.name.as_str()).unwrap_or_default();
        let known: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        let is_given = |name: &str| given.iter().any(|(other, _)| other == name);
        for (key, inner) in given {
            let field = member(fields, key, |field: &InputValue| &field.name);
            self.value(inner, field.map(|field| &field.ty), field.is_some_and(|field| field.default.is_some()));
            if field.is_some() {
                continue;
            }
            let mut candidates = self.renames(key, &format!("{name}.{key}"), &known);
            let required =
                fields.iter().filter(|field| matches!(field.ty, TypeRef::NonNull(_)) && !is_given(&field.name));
            candidates.extend(required.map(|field| self.replace(key, &field.name, false)));
            let at = range(key.location()).start..range(inner.location()).end;
            candidates.push(self.without(at, format!("the field `{name}.{key}` is removed")));
            self.propose(key.location(), candidates, None);
        }
        self.propose(value.location(), Vec::new(), Some(VALUE_NEEDED));
    }
}
