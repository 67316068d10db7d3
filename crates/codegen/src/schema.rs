//! The schema, indexed for resolving selections.

use std::collections::{BTreeMap, BTreeSet};

use cynic_parser::common::{OperationType, WrappingType};
use cynic_parser::type_system::{Definition, FieldDefinition, Type, TypeDefinition};

use crate::{Problem, Source};

/// The types of a schema by name.
#[derive(Debug, Default)]
pub(crate) struct Schema {
    pub(crate) types: BTreeMap<String, TypeInfo>,
    pub(crate) query: Option<String>,
    pub(crate) mutation: Option<String>,
    pub(crate) subscription: Option<String>,
}

/// A type, with the data that selections need.
#[derive(Debug)]
pub(crate) struct TypeInfo {
    pub(crate) description: Option<String>,
    pub(crate) kind: Kind,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Scalar,
    Enum {
        values: Vec<(String, Option<String>)>,
    },
    Object {
        fields: BTreeMap<String, FieldInfo>,
        interfaces: BTreeSet<String>,
    },
    Interface {
        fields: BTreeMap<String, FieldInfo>,
    },
    Union {
        members: BTreeSet<String>,
    },
    /// The types of its fields.
    InputObject {
        fields: BTreeSet<String>,
    },
}

/// A field of an object or interface.
#[derive(Debug, Clone)]
pub(crate) struct FieldInfo {
    pub(crate) description: Option<String>,
    pub(crate) ty: TypeInfoRef,
    /// Its arguments, each with whether it is required.
    pub(crate) arguments: BTreeMap<String, bool>,
}

/// A reference to a type: its name, and its wrappers from the outermost inwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TypeInfoRef {
    pub(crate) name: String,
    pub(crate) wrappers: Vec<Wrapper>,
    pub(crate) text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrapper {
    NonNull,
    List,
}

impl Schema {
    pub(crate) fn parse(source: &Source) -> Result<Self, Vec<Problem>> {
        let document = cynic_parser::parse_type_system_document(&source.text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            vec![source.problem(offset, error.to_string(), "run `cargo xtask schema pull`")]
        })?;
        let mut schema = Self::default();
        let mut explicit_roots = false;
        for definition in document.definitions() {
            match definition {
                Definition::Schema(roots) => {
                    explicit_roots = true;
                    for root in roots.root_operations() {
                        let name = Some(root.named_type().to_owned());
                        match root.operation_type() {
                            OperationType::Query => schema.query = name,
                            OperationType::Mutation => schema.mutation = name,
                            OperationType::Subscription => schema.subscription = name,
                        }
                    }
                }
                Definition::Type(definition) => {
                    schema.types.insert(definition.name().to_owned(), type_info(definition));
                }
                _ => {}
            }
        }
        if !explicit_roots {
            let present = |name: &str| schema.types.contains_key(name).then(|| name.to_owned());
            (schema.query, schema.mutation, schema.subscription) =
                (present("Query"), present("Mutation"), present("Subscription"));
        }
        // SDL does not define these, and selections have to know that they are leaves.
        for scalar in ["Int", "Float", "String", "Boolean", "ID"] {
            schema.types.insert(scalar.to_owned(), TypeInfo { description: None, kind: Kind::Scalar });
        }
        Ok(schema)
    }

    /// The object types that a value of this type may have, sorted by name.
    pub(crate) fn possible_types(&self, name: &str) -> Vec<&str> {
        match self.types.get_key_value(name) {
            Some((name, TypeInfo { kind: Kind::Object { .. }, .. })) => vec![name],
            Some((_, TypeInfo { kind: Kind::Union { members }, .. })) => members.iter().map(String::as_str).collect(),
            Some((_, TypeInfo { kind: Kind::Interface { .. }, .. })) => self
                .types
                .iter()
                .filter(|(_, info)| matches!(&info.kind, Kind::Object { interfaces, .. } if interfaces.contains(name)))
                .map(|(name, _)| name.as_str())
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Whether an object type matches a type condition.
    pub(crate) fn applies(&self, object: &str, condition: &str) -> bool {
        self.possible_types(condition).contains(&object)
    }

    pub(crate) fn fields(&self, name: &str) -> Option<&BTreeMap<String, FieldInfo>> {
        match &self.types.get(name)?.kind {
            Kind::Object { fields, .. } | Kind::Interface { fields } => Some(fields),
            _ => None,
        }
    }

    /// The enums in an input of this type, at any depth.
    pub(crate) fn input_enums(&self, name: &str) -> BTreeSet<String> {
        let (mut seen, mut enums) = (BTreeSet::new(), BTreeSet::new());
        let mut open = vec![name.to_owned()];
        while let Some(name) = open.pop() {
            match self.types.get(&name).map(|info| &info.kind) {
                Some(Kind::Enum { .. }) => _ = enums.insert(name),
                // Input objects may refer to themselves.
                Some(Kind::InputObject { fields }) if seen.insert(name.clone()) => open.extend(fields.iter().cloned()),
                _ => {}
            }
        }
        enums
    }

    /// Whether values of this type have no fields to select.
    pub(crate) fn is_leaf(&self, name: &str) -> bool {
        matches!(self.types.get(name).map(|info| &info.kind), Some(Kind::Scalar | Kind::Enum { .. }))
    }

    /// Whether values of this type may have several object types.
    pub(crate) fn is_abstract(&self, name: &str) -> bool {
        matches!(self.types.get(name).map(|info| &info.kind), Some(Kind::Interface { .. } | Kind::Union { .. }))
    }
}

impl TypeInfoRef {
    /// A nullable value of a named type.
    pub(crate) fn named(name: &str) -> Self {
        Self { name: name.to_owned(), wrappers: Vec::new(), text: name.to_owned() }
    }

    pub(crate) fn is_non_null(&self) -> bool {
        self.wrappers.first() == Some(&Wrapper::NonNull)
    }
}

fn type_info(definition: TypeDefinition<'_>) -> TypeInfo {
    let kind = match definition {
        TypeDefinition::Scalar(_) => Kind::Scalar,
        TypeDefinition::Enum(definition) => Kind::Enum {
            values: definition
                .values()
                .map(|value| (value.value().to_owned(), value.description().map(|text| text.to_cow().into_owned())))
                .collect(),
        },
        TypeDefinition::Object(object) => Kind::Object {
            fields: object.fields().map(field_info).collect(),
            interfaces: object.implements_interfaces().map(str::to_owned).collect(),
        },
        TypeDefinition::Interface(interface) => {
            Kind::Interface { fields: interface.fields().map(field_info).collect() }
        }
        TypeDefinition::Union(union) => {
            Kind::Union { members: union.members().map(|member| member.name().to_owned()).collect() }
        }
        TypeDefinition::InputObject(input) => {
            Kind::InputObject { fields: input.fields().map(|field| field.ty().name().to_owned()).collect() }
        }
    };
    TypeInfo { description: definition.description().map(|text| text.to_cow().into_owned()), kind }
}

fn field_info(field: FieldDefinition<'_>) -> (String, FieldInfo) {
    let arguments = field.arguments().map(|argument| {
        let required = argument.ty().is_non_null() && argument.default_value().is_none();
        (argument.name().to_owned(), required)
    });
    let info = FieldInfo {
        description: field.description().map(|text| text.to_cow().into_owned()),
        ty: type_ref(field.ty()),
        arguments: arguments.collect(),
    };
    (field.name().to_owned(), info)
}

fn type_ref(ty: Type<'_>) -> TypeInfoRef {
    let wrappers = ty.wrappers().map(|wrapper| match wrapper {
        WrappingType::NonNull => Wrapper::NonNull,
        WrappingType::List => Wrapper::List,
    });
    TypeInfoRef { name: ty.name().to_owned(), wrappers: wrappers.collect(), text: ty.to_string() }
}
