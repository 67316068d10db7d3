//! Literals, and whether they are values of the expected type.

use std::collections::HashMap;

use apollo_compiler::Node;
use apollo_compiler::ast::Value;

use super::{Expected, InputObject, Usage, Walk, nullable, start};
use crate::operations::Place;
use crate::schema::{InputValue, TypeKind, TypeRef, member};
use crate::sdl::print_literal;
use crate::suggest::closest;

/// The longest literal that a message quotes, in characters.
const LONGEST: usize = 60;

impl<'d> Walk<'d, '_> {
    /// Checks a value of an argument. If it is not `judged`, a part around it is wrong already, and only the variables in
    /// it count.
    pub(super) fn value(&mut self, value: &'d Node<Value>, expected: Expected<'_>, judged: bool) {
        match &**value {
            Value::Variable(name) => self.facts.usages.push(Usage {
                name,
                place: start(value, self.text),
                expected: expected.ty.cloned(),
                has_default: expected.has_default,
                one_of: expected.one_of.map(str::to_owned),
            }),
            Value::List(items) => {
                let ty = expected.ty.map(nullable);
                let (inner, judged) = match ty {
                    Some(TypeRef::List(inner)) => (Some(&**inner), judged),
                    other => {
                        self.leaf(value, other, judged);
                        (other, false)
                    }
                };
                for item in items {
                    self.value(item, Expected { ty: inner, ..Expected::default() }, judged);
                }
            }
            Value::Object(fields) => {
                let inputs = expected.ty.and_then(|ty| self.scope.input_object(ty.name()));
                match inputs {
                    Some((name, inputs, is_one_of)) if judged => self.object(value, (name, inputs, is_one_of)),
                    Some(_) => {}
                    None => self.leaf(value, expected.ty, judged),
                }
                self.unique_fields(fields);
                for (key, value) in fields {
                    let input = inputs.and_then(|(_, inputs, _)| member(inputs, key, |input: &InputValue| &input.name));
                    let one_of = inputs.filter(|(_, _, is_one_of)| *is_one_of).map(|(name, ..)| name);
                    let expected =
                        input.map(|input| Expected { one_of, ..self.scope.expected(input) }).unwrap_or_default();
                    self.value(value, expected, judged);
                }
            }
            _ => self.leaf(value, expected.ty, judged),
        }
    }

    fn unique_fields(&mut self, fields: &'d [(apollo_compiler::Name, Node<Value>)]) {
        let mut seen: HashMap<&str, Place<'d>> = HashMap::new();
        for (key, _) in fields {
            let place = self.text.place(key.location());
            let first = *seen.entry(key).or_insert(place);
            if first != place {
                self.find(first, format!("the field `{key}` is given more than once"));
            }
        }
    }

    /// The fields of a literal of an input object, without their values.
    fn object(&mut self, value: &'d Node<Value>, (name, inputs, is_one_of): InputObject<'d>) {
        let Value::Object(given) = &**value else { return };
        let place = start(value, self.text);
        for input in inputs {
            if self.scope.is_required(input) && !given.iter().any(|(key, _)| key.as_str() == input.name) {
                self.find(place, format!("`{name}` needs the field `{}` of type `{}`", input.name, input.ty));
            }
        }
        for (key, _) in given {
            if member(inputs, key, |input: &InputValue| &input.name).is_none() {
                let suggestion = closest(key, inputs.iter().map(|input| input.name.as_str()));
                let at = self.text.place(key.location());
                self.suggest(at, format!("input object `{name}` has no field `{key}`"), suggestion);
            }
        }
        let is_one = matches!(given.as_slice(), [(_, only)] if !only.is_null());
        if is_one_of && !is_one {
            self.find(place, format!("`{name}` takes exactly one of its fields, and it cannot be null"));
        }
    }

    /// A literal that is no variable, and no list or object that is expected as such.
    fn leaf(&mut self, value: &'d Node<Value>, ty: Option<&TypeRef>, judged: bool) {
        let (Some(ty), true) = (ty, judged) else { return };
        let name = ty.name();
        let is_one = match (name, &**value) {
            (_, Value::Variable(_)) => return,
            (_, Value::Null) => !matches!(ty, TypeRef::NonNull(_)),
            ("Int", Value::Int(int)) => int.try_to_i32().is_ok(),
            ("Float", Value::Int(int)) => int.as_str().parse::<f64>().is_ok_and(f64::is_finite),
            ("Float", Value::Float(float)) => float.as_str().parse::<f64>().is_ok_and(f64::is_finite),
            ("String" | "ID", Value::String(_)) | ("ID", Value::Int(_)) | ("Boolean", Value::Boolean(_)) => true,
            ("Int" | "Float" | "String" | "ID" | "Boolean", _) => false,
            (_, value) => match (self.scope.schema.types.get(name).map(|definition| &definition.kind), value) {
                (Some(TypeKind::Enum { values }), Value::Enum(asked)) => {
                    if !values.iter().any(|value| value.name == asked.as_str()) {
                        let suggestion = closest(asked, values.iter().map(|value| value.name.as_str()));
                        let place = self.text.place(asked.location());
                        self.suggest(place, format!("enum `{name}` has no value `{asked}`"), suggestion);
                    }
                    return;
                }
                (Some(TypeKind::Enum { .. } | TypeKind::InputObject { .. }), _) => false,
                // A custom scalar accepts any literal, and an unknown type is reported where it is named.
                _ => true,
            },
        };
        if !is_one {
            let mut literal: String = print_literal(value).chars().take(LONGEST + 1).collect();
            if literal.chars().count() > LONGEST {
                literal.pop();
                literal.push('…');
            }
            self.find(start(value, self.text), format!("expected a value of type `{ty}`, found `{literal}`"));
        }
    }
}
