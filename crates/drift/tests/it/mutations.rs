//! Every single mutation of a schema that has some of everything.

use std::sync::LazyLock;

use graphql_drift::{Deprecation, EnumValue, Field, InputValue, Kind, Schema, TypeKind, TypeRef, sdl};

/// A schema with some of everything.
pub(crate) const BASE: &str = r#"
"All of it."
schema { query: Query mutation: Change }
type Query { node(id: ID!, at: Date): Node person(id: ID!, sort: Sort = ASC, filter: Filter = {age: 1}): Person! find(filter: Filter!, page: Int! = 1): [Result!]! "Costs." all: [Person] @deprecated count(unit: Unit): Int }
type Change { rename(id: ID!, name: String = "x", old: Int @deprecated(reason: "no")): Person! pick(one: One!): Boolean remove(ids: [ID!]!): Int! }
interface Node { id: ID! }
interface Named implements Node { id: ID! name: String }
"Somebody." type Person implements Named & Node { id: ID! name: String friends(first: Int = 10): [Person!]! sort: Sort score: Float status: Status }
type Course implements Node { id: ID! title: String! people: [Person!] }
union Result = Person | Course
"Up or down." enum Sort { ASC "Downwards." DESC OLD @deprecated(reason: "use DESC") }
enum Status { ACTIVE DISABLED }
enum Unit { ONE DOZEN }
input Filter { name: String = "a" age: Int deep: Filter "By." sort: Sort! = ASC list: [Int!] }
input One @oneOf { id: ID email: String }
scalar Date @specifiedBy(url: "https://example.com/date")
scalar Json
"Costs." directive @cost(points: Int! = 1, unit: Unit) repeatable on FIELD_DEFINITION | OBJECT
directive @trace(level: Int, tag: String) on FIELD | QUERY
"#;

/// A mutated schema, and what is to be said of it.
pub(crate) struct Mutation {
    pub(crate) schema: Schema,
    pub(crate) kind: Kind,
    pub(crate) coordinate: String,
}

pub(crate) fn base() -> Schema {
    sdl::load(BASE).expect("the base")
}

/// Every mutation of the base.
pub(crate) static ALL: LazyLock<Vec<Mutation>> = LazyLock::new(|| {
    let mut mutations = Mutations { base: base(), all: Vec::new() };
    mutations.schema();
    mutations.types();
    mutations.directives();
    mutations.all
});

struct Mutations {
    base: Schema,
    all: Vec<Mutation>,
}

impl Mutations {
    fn add(&mut self, kind: Kind, coordinate: impl Into<String>, mutate: impl FnOnce(&mut Schema)) {
        let mut schema = self.base.clone();
        mutate(&mut schema);
        // Written and read again, it is in order.
        let schema = sdl::load(&sdl::print(&schema)).expect("a mutated schema");
        self.all.push(Mutation { schema, kind, coordinate: coordinate.into() });
    }

    fn schema(&mut self) {
        self.add(Kind::SchemaQueryTypeChanged, "", |schema| schema.query = Some("Person".to_owned()));
        self.add(Kind::SchemaMutationTypeChanged, "", |schema| schema.mutation = None);
        self.add(Kind::SchemaSubscriptionTypeChanged, "", |schema| schema.subscription = Some("Query".to_owned()));
        self.add(Kind::SchemaDescriptionChanged, "", |schema| schema.description = Some("More.".to_owned()));
        self.add(Kind::SchemaDescriptionRemoved, "", |schema| schema.description = None);
    }

    fn types(&mut self) {
        for (name, definition) in self.base.types.clone() {
            self.add(Kind::TypeRemoved, &name, |schema| _ = schema.types.remove(&name));
            self.add(Kind::TypeAdded, format!("{name}2"), |schema| {
                let mut copy = schema.types[&name].clone();
                copy.name = format!("{name}2");
                schema.types.insert(copy.name.clone(), copy);
            });
            let other = if definition.kind.keyword() == "scalar" { "Status" } else { "Json" };
            self.add(Kind::TypeKindChanged, &name, |schema| {
                let kind = schema.types[other].kind.clone();
                schema.types.get_mut(&name).expect("it").kind = kind;
            });
            let kinds = [Kind::TypeDescriptionAdded, Kind::TypeDescriptionChanged, Kind::TypeDescriptionRemoved];
            self.description(kinds, &name, definition.description.is_some(), |schema, text| {
                schema.types.get_mut(&name).expect("it").description = text;
            });
            match &definition.kind {
                TypeKind::Object { fields, .. } | TypeKind::Interface { fields, .. } => self.fields(&name, fields),
                TypeKind::Union { members } => self.members(&name, members),
                TypeKind::Enum { values } => self.values(&name, values),
                TypeKind::InputObject { fields, is_one_of } => {
                    self.input_fields(&name, fields);
                    let kind = if *is_one_of { Kind::InputObjectOneOfRemoved } else { Kind::InputObjectOneOfAdded };
                    self.add(kind, &name, |schema| {
                        if let TypeKind::InputObject { is_one_of, .. } = kind_of(schema, &name) {
                            *is_one_of = !*is_one_of;
                        }
                    });
                }
                TypeKind::Scalar { specified_by_url } => self.specification(&name, specified_by_url.is_some()),
            }
            self.interfaces(&name);
        }
    }

    fn description(
        &mut self,
        [added, changed, removed]: [Kind; 3],
        coordinate: &str,
        is_there: bool,
        set: impl Fn(&mut Schema, Option<String>),
    ) {
        if is_there {
            self.add(changed, coordinate, |schema| set(schema, Some("Something else.".to_owned())));
            self.add(removed, coordinate, |schema| set(schema, None));
        } else {
            self.add(added, coordinate, |schema| set(schema, Some("Something.".to_owned())));
        }
    }

    fn specification(&mut self, name: &str, is_there: bool) {
        let mut set = |kind, url: Option<&str>| {
            self.add(kind, name, |schema| {
                *kind_of(schema, name) = TypeKind::Scalar { specified_by_url: url.map(str::to_owned) }
            });
        };
        if is_there {
            set(Kind::ScalarSpecifiedByChanged, Some("https://example.com/other"));
            set(Kind::ScalarSpecifiedByRemoved, None);
        } else {
            set(Kind::ScalarSpecifiedByAdded, Some("https://example.com/json"));
        }
    }

    fn interfaces(&mut self, name: &str) {
        let TypeKind::Object { interfaces, .. } = self.base.types[name].kind.clone() else { return };
        for interface in ["Named", "Node"] {
            let has = interfaces.iter().any(|own| own == interface);
            let kind = if has { Kind::ObjectTypeInterfaceRemoved } else { Kind::ObjectTypeInterfaceAdded };
            self.add(kind, name, |schema| {
                if let TypeKind::Object { interfaces, .. } = kind_of(schema, name) {
                    interfaces.retain(|own| own != interface);
                    interfaces.extend((!has).then(|| interface.to_owned()));
                }
            });
        }
    }

    fn members(&mut self, name: &str, members: &[String]) {
        for index in 0..members.len() {
            self.add(Kind::UnionMemberRemoved, name, |schema| {
                if let TypeKind::Union { members } = kind_of(schema, name) {
                    members.remove(index);
                }
            });
        }
        self.add(Kind::UnionMemberAdded, name, |schema| {
            if let TypeKind::Union { members } = kind_of(schema, name) {
                members.push("Change".to_owned());
            }
        });
    }

    fn values(&mut self, name: &str, values: &[EnumValue]) {
        self.add(Kind::EnumValueAdded, format!("{name}.NEW"), |schema| {
            let mut copy = values_of(schema, name)[0].clone();
            copy.name = "NEW".to_owned();
            values_of(schema, name).push(copy);
        });
        for (index, value) in values.iter().enumerate() {
            let coordinate = format!("{name}.{}", value.name);
            self.add(Kind::EnumValueRemoved, &coordinate, |schema| _ = values_of(schema, name).remove(index));
            let changed = [Kind::EnumValueDescriptionChanged; 3];
            self.description(changed, &coordinate, value.description.is_some(), |schema, text| {
                values_of(schema, name)[index].description = text;
            });
            let kind = if value.deprecation.is_some() {
                Kind::EnumValueDeprecationReasonRemoved
            } else {
                Kind::EnumValueDeprecationReasonAdded
            };
            self.add(kind, &coordinate, |schema| toggle(&mut values_of(schema, name)[index].deprecation));
        }
    }

    fn fields(&mut self, name: &str, fields: &[Field]) {
        self.add(Kind::FieldAdded, format!("{name}.fresh"), |schema| {
            let mut copy = fields_of(schema, name)[0].clone();
            copy.name = "fresh".to_owned();
            fields_of(schema, name).push(copy);
        });
        for (index, field) in fields.iter().enumerate() {
            let coordinate = format!("{name}.{}", field.name);
            self.add(Kind::FieldRemoved, &coordinate, |schema| _ = fields_of(schema, name).remove(index));
            for ty in other_types(&field.ty) {
                self.add(Kind::FieldTypeChanged, &coordinate, |schema| fields_of(schema, name)[index].ty = ty);
            }
            let kinds = [Kind::FieldDescriptionAdded, Kind::FieldDescriptionChanged, Kind::FieldDescriptionRemoved];
            self.description(kinds, &coordinate, field.description.is_some(), |schema, text| {
                fields_of(schema, name)[index].description = text;
            });
            let deprecated = field.deprecation.is_some();
            let kind = if deprecated { Kind::FieldDeprecationRemoved } else { Kind::FieldDeprecationAdded };
            self.add(kind, &coordinate, |schema| toggle(&mut fields_of(schema, name)[index].deprecation));
            for new in new_inputs() {
                let coordinate = format!("{name}.{}({}:)", field.name, new.name);
                self.add(Kind::FieldArgumentAdded, coordinate, |schema| {
                    fields_of(schema, name)[index].arguments.push(new);
                });
            }
            for (argument, input) in field.arguments.iter().enumerate() {
                let coordinate = format!("{name}.{}({}:)", field.name, input.name);
                self.input(&ARGUMENT, &coordinate, input, |schema, change| {
                    change(&mut fields_of(schema, name)[index].arguments, argument);
                });
            }
        }
    }

    fn input_fields(&mut self, name: &str, fields: &[InputValue]) {
        for new in new_inputs() {
            let coordinate = format!("{name}.{}", new.name);
            self.add(Kind::InputFieldAdded, coordinate, |schema| inputs_of(schema, name).push(new));
        }
        for (index, input) in fields.iter().enumerate() {
            let coordinate = format!("{name}.{}", input.name);
            self.input(&INPUT_FIELD, &coordinate, input, |schema, change| change(inputs_of(schema, name), index));
        }
    }

    fn input(
        &mut self,
        kinds: &InputKinds,
        coordinate: &str,
        input: &InputValue,
        at: impl Fn(&mut Schema, &dyn Fn(&mut Vec<InputValue>, usize)),
    ) {
        self.add(kinds.removed, coordinate, |schema| at(schema, &|inputs, index| _ = inputs.remove(index)));
        for ty in other_types(&input.ty) {
            self.add(kinds.ty, coordinate, |schema| at(schema, &|inputs, index| inputs[index].ty = ty.clone()));
        }
        let default = if input.default.is_some() { None } else { Some(default_of(&input.ty)) };
        self.add(kinds.default, coordinate, |schema| {
            at(schema, &|inputs, index| inputs[index].default = default.clone());
        });
        self.description(kinds.description, coordinate, input.description.is_some(), |schema, text| {
            at(schema, &|inputs, index| inputs[index].description = text.clone());
        });
        let [deprecated, no_longer] = kinds.deprecation;
        let kind = if input.deprecation.is_some() { no_longer } else { deprecated };
        self.add(kind, coordinate, |schema| {
            at(schema, &|inputs, index| toggle(&mut inputs[index].deprecation));
        });
    }

    fn directives(&mut self) {
        for (name, directive) in self.base.directives.clone() {
            let of = |schema: &mut Schema| schema.directives.remove(&name).expect("it");
            let coordinate = format!("@{name}");
            self.add(Kind::DirectiveRemoved, &coordinate, |schema| _ = of(schema));
            self.add(Kind::DirectiveAdded, "@fresh", |schema| {
                let mut copy = schema.directives[&name].clone();
                copy.name = "fresh".to_owned();
                schema.directives.insert(copy.name.clone(), copy);
            });
            let described = [Kind::DirectiveDescriptionChanged; 3];
            self.description(described, &coordinate, directive.description.is_some(), |schema, text| {
                schema.directives.get_mut(&name).expect("it").description = text;
            });
            let repeatable =
                if directive.is_repeatable { Kind::DirectiveRepeatableRemoved } else { Kind::DirectiveRepeatableAdded };
            self.add(repeatable, &coordinate, |schema| {
                let directive = schema.directives.get_mut(&name).expect("it");
                directive.is_repeatable = !directive.is_repeatable;
            });
            self.add(Kind::DirectiveLocationAdded, &coordinate, |schema| {
                schema.directives.get_mut(&name).expect("it").locations.push("MUTATION".to_owned());
            });
            self.add(Kind::DirectiveLocationRemoved, &coordinate, |schema| {
                schema.directives.get_mut(&name).expect("it").locations.remove(0);
            });
            for new in new_inputs() {
                let coordinate = format!("@{name}({}:)", new.name);
                self.add(Kind::DirectiveArgumentAdded, coordinate, |schema| {
                    schema.directives.get_mut(&name).expect("it").arguments.push(new);
                });
            }
            for (index, input) in directive.arguments.iter().enumerate() {
                let coordinate = format!("@{name}({}:)", input.name);
                self.input(&DIRECTIVE_ARGUMENT, &coordinate, input, |schema, change| {
                    change(&mut schema.directives.get_mut(&name).expect("it").arguments, index);
                });
            }
        }
    }
}

struct InputKinds {
    removed: Kind,
    ty: Kind,
    default: Kind,
    description: [Kind; 3],
    deprecation: [Kind; 2],
}

const ARGUMENT: InputKinds = InputKinds {
    removed: Kind::FieldArgumentRemoved,
    ty: Kind::FieldArgumentTypeChanged,
    default: Kind::FieldArgumentDefaultChanged,
    description: [Kind::FieldArgumentDescriptionChanged; 3],
    deprecation: [Kind::FieldArgumentDeprecationAdded, Kind::FieldArgumentDeprecationRemoved],
};

const INPUT_FIELD: InputKinds = InputKinds {
    removed: Kind::InputFieldRemoved,
    ty: Kind::InputFieldTypeChanged,
    default: Kind::InputFieldDefaultValueChanged,
    description: [
        Kind::InputFieldDescriptionAdded,
        Kind::InputFieldDescriptionChanged,
        Kind::InputFieldDescriptionRemoved,
    ],
    deprecation: [Kind::InputFieldDeprecationAdded, Kind::InputFieldDeprecationRemoved],
};

const DIRECTIVE_ARGUMENT: InputKinds = InputKinds {
    removed: Kind::DirectiveArgumentRemoved,
    ty: Kind::DirectiveArgumentTypeChanged,
    default: Kind::DirectiveArgumentDefaultValueChanged,
    description: [Kind::DirectiveArgumentDescriptionChanged; 3],
    deprecation: [Kind::DirectiveArgumentDeprecationAdded, Kind::DirectiveArgumentDeprecationRemoved],
};

fn kind_of<'s>(schema: &'s mut Schema, name: &str) -> &'s mut TypeKind {
    &mut schema.types.get_mut(name).expect("the type").kind
}

fn fields_of<'s>(schema: &'s mut Schema, name: &str) -> &'s mut Vec<Field> {
    match kind_of(schema, name) {
        TypeKind::Object { fields, .. } | TypeKind::Interface { fields, .. } => fields,
        _ => panic!("{name} has no fields"),
    }
}

fn inputs_of<'s>(schema: &'s mut Schema, name: &str) -> &'s mut Vec<InputValue> {
    match kind_of(schema, name) {
        TypeKind::InputObject { fields, .. } => fields,
        _ => panic!("{name} has no input fields"),
    }
}

fn values_of<'s>(schema: &'s mut Schema, name: &str) -> &'s mut Vec<EnumValue> {
    match kind_of(schema, name) {
        TypeKind::Enum { values } => values,
        _ => panic!("{name} has no values"),
    }
}

/// An optional input, a required one, and one with a default.
fn new_inputs() -> Vec<InputValue> {
    let schema = sdl::load("input I { newDefaulted: Int! = 1 newOptional: Int newRequired: Int! }").expect("SDL");
    match &schema.types["I"].kind {
        TypeKind::InputObject { fields, .. } => fields.clone(),
        _ => panic!("it is an input object"),
    }
}

fn other_types(ty: &TypeRef) -> Vec<TypeRef> {
    let nullable = match ty {
        TypeRef::NonNull(inner) => (**inner).clone(),
        other => TypeRef::NonNull(Box::new(other.clone())),
    };
    let other = if ty.name() == "Int" { "String" } else { "Int" };
    vec![nullable, TypeRef::List(Box::new(ty.clone())), TypeRef::Named(other.to_owned())]
}

fn default_of(ty: &TypeRef) -> String {
    match ty.name() {
        "Int" => "7",
        "Filter" => "{age: 7}",
        "Sort" => "DESC",
        "Unit" => "DOZEN",
        "One" => "{id: \"7\"}",
        _ => "\"seven\"",
    }
    .to_owned()
}

fn toggle(deprecation: &mut Option<Deprecation>) {
    *deprecation = if deprecation.is_some() { None } else { Some(Deprecation::default()) };
}
