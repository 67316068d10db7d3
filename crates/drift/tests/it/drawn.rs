//! Operations that are drawn from a seed for a schema, with and without mistakes.

use std::fmt::Write as _;

use graphql_drift::validate::Source;
use graphql_drift::{InputValue, Schema, TypeKind, TypeRef};

/// Numbers that a seed decides (xorshift).
pub(crate) struct Draw(u64);

impl Draw {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// A number from 0 to just below a limit.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).expect("64 bits") % limit.max(1)
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    fn of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// One to three documents with operations and fragments for a schema. One in three has mistakes.
pub(crate) fn documents(schema: &Schema, draw: &mut Draw) -> Vec<Source> {
    let mut writer = Writer { schema, mistakes: if draw.one_in(3) { 12 } else { 0 }, draw, variables: Vec::new() };
    let mut sources = Vec::new();
    for file in 0..=writer.draw.below(3) {
        let mut text = String::new();
        for operation in 0..=writer.draw.below(3) {
            writer.operation(&mut text, &format!("Op{file}{operation}"));
        }
        sources.push(Source { path: format!("{file}.graphql"), text });
    }
    let mut text = String::new();
    for number in 0..FRAGMENTS {
        writer.fragment(&mut text, number);
    }
    sources.push(Source { path: "fragments.graphql".to_owned(), text });
    sources
}

const FRAGMENTS: usize = 5;

/// The type that each fragment applies to. Only later fragments are spread in earlier ones, mistakes aside.
const CONDITIONS: [&str; FRAGMENTS] = ["Person", "Node", "Result", "Course", "Person"];

struct Writer<'s, 'd> {
    schema: &'s Schema,
    draw: &'d mut Draw,
    /// One in how many places has a mistake; 0 for none.
    mistakes: usize,
    variables: Vec<(String, String)>,
}

impl Writer<'_, '_> {
    fn slips(&mut self) -> bool {
        self.mistakes > 0 && self.draw.one_in(self.mistakes)
    }

    fn operation(&mut self, text: &mut String, name: &str) {
        let is_mutation = self.schema.mutation.is_some() && self.draw.one_in(4);
        let (keyword, root) = match (is_mutation, &self.schema.mutation, &self.schema.query) {
            (true, Some(root), _) => ("mutation", root.clone()),
            (_, _, Some(root)) => ("query", root.clone()),
            _ => return,
        };
        self.variables = Vec::new();
        let mut body = String::new();
        self.selections(&mut body, &root, 0, 0);
        if self.slips() {
            self.variables.push(("unused".to_owned(), "Int".to_owned()));
        }
        let declared: Vec<String> = self.variables.iter().map(|(name, ty)| format!("${name}: {ty}")).collect();
        let declared = if declared.is_empty() { String::new() } else { format!("({})", declared.join(",\n  ")) };
        let traced = if self.draw.one_in(5) { " @trace(level: 1)" } else { "" };
        writeln!(text, "{keyword} {name}{declared}{traced} {body}").expect("a string");
    }

    fn fragment(&mut self, text: &mut String, number: usize) {
        // A fragment has no variables of its own.
        self.variables = vec![(String::new(), String::new())];
        let condition = CONDITIONS[number];
        let mut body = String::new();
        self.selections(&mut body, condition, 2, number + 1);
        writeln!(text, "fragment F{number} on {condition} {body}").expect("a string");
    }

    fn selections(&mut self, out: &mut String, ty: &str, depth: usize, first: usize) {
        let Some(definition) = self.schema.types.get(ty) else { return };
        let indent = "  ".repeat(depth + 1);
        out.push_str("{\n");
        writeln!(out, "{indent}__typename").expect("a string");
        for index in 0..=self.draw.below(3) {
            let fields = definition.fields();
            if fields.is_empty() || self.draw.one_in(6) {
                self.spread(out, ty, &indent, depth, first);
                continue;
            }
            let field = self.draw.of(fields).clone();
            let is_leaf =
                self.schema.types.get(field.ty.name()).is_none_or(|definition| {
                    matches!(definition.kind, TypeKind::Scalar { .. } | TypeKind::Enum { .. })
                });
            if !is_leaf && depth > 3 {
                continue;
            }
            // Without an alias, fields of one name may conflict.
            let alias = if self.draw.one_in(4) || self.mistakes == 0 {
                format!("a{depth}{index}{}: ", field.name)
            } else {
                String::new()
            };
            let name = if self.slips() { format!("{}x", field.name) } else { field.name.clone() };
            let arguments = self.arguments(&field.arguments);
            let skip = if self.draw.one_in(8) { " @skip(if: true)" } else { "" };
            write!(out, "{indent}{alias}{name}{arguments}{skip}").expect("a string");
            if is_leaf == self.slips() {
                out.push(' ');
                if is_leaf {
                    write!(out, "{{ id }}").expect("a string");
                } else {
                    self.selections(out, field.ty.name(), depth + 1, first);
                    continue;
                }
            }
            out.push('\n');
        }
        writeln!(out, "{}}}", "  ".repeat(depth)).expect("a string");
    }

    fn spread(&mut self, out: &mut String, ty: &str, indent: &str, depth: usize, first: usize) {
        if first < FRAGMENTS && self.draw.one_in(2) {
            let fits: Vec<usize> = (first..FRAGMENTS).filter(|index| CONDITIONS[*index] == ty).collect();
            let number = if self.slips() {
                self.draw.below(FRAGMENTS + 1)
            } else if fits.is_empty() {
                return;
            } else {
                *self.draw.of(&fits)
            };
            writeln!(out, "{indent}...F{number}").expect("a string");
        } else if depth < 4 {
            let object = match self.schema.types.get(ty).map(|definition| &definition.kind) {
                Some(TypeKind::Union { members }) => members.first().cloned(),
                Some(TypeKind::Interface { .. }) => self
                    .schema
                    .types
                    .values()
                    .find(|it| it.interfaces().iter().any(|name| name == ty))
                    .map(|it| it.name.clone()),
                _ => Some(ty.to_owned()),
            };
            let Some(object) = object else { return };
            let object = if self.slips() { "Course".to_owned() } else { object };
            write!(out, "{indent}... on {object} ").expect("a string");
            self.selections(out, &object, depth + 1, first);
        }
    }

    fn arguments(&mut self, inputs: &[InputValue]) -> String {
        let mut given = Vec::new();
        for input in inputs {
            let is_required = matches!(input.ty, TypeRef::NonNull(_)) && input.default.is_none();
            if (is_required && !self.slips()) || self.draw.one_in(2) {
                let name = if self.slips() { "nope" } else { &input.name };
                given.push(format!("{name}: {}", self.value(&input.ty, 0)));
            }
        }
        if given.is_empty() { String::new() } else { format!("({})", given.join(",\n      ")) }
    }

    fn value(&mut self, ty: &TypeRef, depth: usize) -> String {
        let in_fragment = self.variables.first().is_some_and(|(name, _)| name.is_empty());
        if !in_fragment && self.draw.one_in(3) {
            let name = format!("v{}", self.variables.len());
            let declared = if self.slips() { "Int".to_owned() } else { ty.to_string() };
            if !self.slips() {
                self.variables.push((name.clone(), declared));
            }
            return format!("${name}");
        }
        if self.slips() {
            let wrong =
                ["\"x\"", "1", "1.5", "true", "NOPE", "null", "[]", "{}", "[$v0]", "{ a: [1, $v0] }", "99999999999"];
            return (*self.draw.of(&wrong)).to_owned();
        }
        match ty {
            TypeRef::NonNull(inner) => self.value(inner, depth).replace("null", "1"),
            TypeRef::List(inner) => {
                let items: Vec<String> = (0..self.draw.below(3)).map(|_| self.value(inner, depth + 1)).collect();
                format!("[{}]", items.join(", "))
            }
            TypeRef::Named(name) => match name.as_str() {
                "Int" => self.draw.below(100).to_string(),
                "Float" => "1.5".to_owned(),
                "Boolean" => "true".to_owned(),
                "String" | "ID" => format!("\"{}\"", self.draw.below(3)),
                name => match self.schema.types.get(name).map(|definition| &definition.kind) {
                    Some(TypeKind::Enum { values }) if !values.is_empty() => self.draw.of(values).name.clone(),
                    Some(TypeKind::InputObject { fields, is_one_of }) => {
                        let fields = fields.clone();
                        let mut given = Vec::new();
                        for field in &fields {
                            let is_required = matches!(field.ty, TypeRef::NonNull(_)) && field.default.is_none();
                            if is_required
                                || (depth < 2 && !is_one_of && self.draw.one_in(2))
                                || (*is_one_of && given.is_empty())
                            {
                                given.push(format!("{}: {}", field.name, self.value(&field.ty, depth + 1)));
                            }
                        }
                        format!("{{ {} }}", given.join(", "))
                    }
                    _ => "\"2020-01-01\"".to_owned(),
                },
            },
        }
    }
}
