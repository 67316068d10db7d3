//! The kinds of change, by name.

use std::fmt;

use serde::{Serialize, Serializer};

/// What a kind of change is about. The first group are the parts of a schema themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    Type,
    Field,
    Argument,
    InputField,
    EnumValue,
    UnionMember,
    Directive,
    DirectiveArgument,
    DirectiveLocation,

    /// Whether a type is an object, an enum, ….
    TypeKind,
    FieldType,
    ArgumentType,
    ArgumentDefault,
    InputFieldType,
    InputFieldDefault,
    DirectiveArgumentType,
    DirectiveArgumentDefault,
    DirectiveRepeatable,
    /// An interface that a type implements.
    Interface,
    /// The type that queries, mutations or subscriptions start from.
    Root,
    OneOf,
    /// The address of a scalar's specification.
    Specification,
    Deprecation,
    Description,
    /// A directive applied to a part of the schema.
    Usage,
    UsageArgument,
}

impl Subject {
    /// Whether it is the default of an input.
    pub(crate) fn is_default(self) -> bool {
        matches!(self, Self::ArgumentDefault | Self::InputFieldDefault | Self::DirectiveArgumentDefault)
    }

    /// Whether it is the type of a part, or of the root of operations.
    pub(crate) fn is_type(self) -> bool {
        matches!(
            self,
            Self::FieldType | Self::ArgumentType | Self::InputFieldType | Self::DirectiveArgumentType | Self::Root
        )
    }
}

/// What happened to the subject of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    Added,
    Removed,
    Changed,
}

macro_rules! kinds {
    ($(#[$docs:meta] $variant:ident $name:literal $title:literal $subject:ident $event:ident $in_inspector:literal)*) => {
        /// What happened to a part of a schema. The names are those of graphql-inspector, if it has the kind.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Kind {
            $(#[$docs] $variant,)*
        }

        impl Kind {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name, such as `FIELD_REMOVED`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// What happened, in a few words, such as `field removed`.
            pub fn title(self) -> &'static str {
                match self {
                    $(Self::$variant => $title,)*
                }
            }

            /// What is added, removed or changed.
            pub(crate) fn subject(self) -> Subject {
                match self {
                    $(Self::$variant => Subject::$subject,)*
                }
            }

            /// What happened to it.
            pub(crate) fn event(self) -> Event {
                match self {
                    $(Self::$variant => Event::$event,)*
                }
            }

            /// Whether graphql-inspector has this kind.
            pub fn in_inspector(self) -> bool {
                match self {
                    $(Self::$variant => $in_inspector,)*
                }
            }
        }
    };
}

kinds! {
    /// A field's argument has another description.
    FieldArgumentDescriptionChanged "FIELD_ARGUMENT_DESCRIPTION_CHANGED" "argument description changed" Description Changed true
    /// A field's argument has another default, got one or lost it.
    FieldArgumentDefaultChanged "FIELD_ARGUMENT_DEFAULT_CHANGED" "argument default changed" ArgumentDefault Changed true
    /// A field's argument has another type.
    FieldArgumentTypeChanged "FIELD_ARGUMENT_TYPE_CHANGED" "argument type changed" ArgumentType Changed true
    /// A directive is gone.
    DirectiveRemoved "DIRECTIVE_REMOVED" "directive removed" Directive Removed true
    /// A directive is new.
    DirectiveAdded "DIRECTIVE_ADDED" "directive added" Directive Added true
    /// A directive has another description.
    DirectiveDescriptionChanged "DIRECTIVE_DESCRIPTION_CHANGED" "directive description changed" Description Changed true
    /// A directive is allowed in one more location.
    DirectiveLocationAdded "DIRECTIVE_LOCATION_ADDED" "directive location added" DirectiveLocation Added true
    /// A directive is allowed in one location fewer.
    DirectiveLocationRemoved "DIRECTIVE_LOCATION_REMOVED" "directive location removed" DirectiveLocation Removed true
    /// A directive has a new argument.
    DirectiveArgumentAdded "DIRECTIVE_ARGUMENT_ADDED" "directive argument added" DirectiveArgument Added true
    /// A directive lost an argument.
    DirectiveArgumentRemoved "DIRECTIVE_ARGUMENT_REMOVED" "directive argument removed" DirectiveArgument Removed true
    /// A directive's argument has another description.
    DirectiveArgumentDescriptionChanged "DIRECTIVE_ARGUMENT_DESCRIPTION_CHANGED" "directive argument description changed" Description Changed true
    /// A directive's argument has another default, got one or lost it.
    DirectiveArgumentDefaultValueChanged "DIRECTIVE_ARGUMENT_DEFAULT_VALUE_CHANGED" "directive argument default changed" DirectiveArgumentDefault Changed true
    /// A directive's argument has another type.
    DirectiveArgumentTypeChanged "DIRECTIVE_ARGUMENT_TYPE_CHANGED" "directive argument type changed" DirectiveArgumentType Changed true
    /// A directive may now be repeated.
    DirectiveRepeatableAdded "DIRECTIVE_REPEATABLE_ADDED" "directive became repeatable" DirectiveRepeatable Added true
    /// A directive may no longer be repeated.
    DirectiveRepeatableRemoved "DIRECTIVE_REPEATABLE_REMOVED" "directive no longer repeatable" DirectiveRepeatable Removed true
    /// An enum lost a value.
    EnumValueRemoved "ENUM_VALUE_REMOVED" "enum value removed" EnumValue Removed true
    /// An enum has a new value.
    EnumValueAdded "ENUM_VALUE_ADDED" "enum value added" EnumValue Added true
    /// An enum value has another description.
    EnumValueDescriptionChanged "ENUM_VALUE_DESCRIPTION_CHANGED" "enum value description changed" Description Changed true
    /// An enum value is deprecated for another reason.
    EnumValueDeprecationReasonChanged "ENUM_VALUE_DEPRECATION_REASON_CHANGED" "enum value deprecation reason changed" Deprecation Changed true
    /// An enum value is deprecated, or now has a reason of its own.
    EnumValueDeprecationReasonAdded "ENUM_VALUE_DEPRECATION_REASON_ADDED" "enum value deprecated" Deprecation Added true
    /// An enum value is no longer deprecated, or no longer has a reason of its own.
    EnumValueDeprecationReasonRemoved "ENUM_VALUE_DEPRECATION_REASON_REMOVED" "enum value no longer deprecated" Deprecation Removed true
    /// A field is gone.
    FieldRemoved "FIELD_REMOVED" "field removed" Field Removed true
    /// A field is new.
    FieldAdded "FIELD_ADDED" "field added" Field Added true
    /// A field has another description.
    FieldDescriptionChanged "FIELD_DESCRIPTION_CHANGED" "field description changed" Description Changed true
    /// A field got a description.
    FieldDescriptionAdded "FIELD_DESCRIPTION_ADDED" "field description added" Description Added true
    /// A field lost its description.
    FieldDescriptionRemoved "FIELD_DESCRIPTION_REMOVED" "field description removed" Description Removed true
    /// A field is deprecated.
    FieldDeprecationAdded "FIELD_DEPRECATION_ADDED" "field deprecated" Deprecation Added true
    /// A field is no longer deprecated.
    FieldDeprecationRemoved "FIELD_DEPRECATION_REMOVED" "field no longer deprecated" Deprecation Removed true
    /// A field is deprecated for another reason.
    FieldDeprecationReasonChanged "FIELD_DEPRECATION_REASON_CHANGED" "field deprecation reason changed" Deprecation Changed true
    /// A deprecated field now has a reason of its own.
    FieldDeprecationReasonAdded "FIELD_DEPRECATION_REASON_ADDED" "field deprecation reason added" Deprecation Added true
    /// A deprecated field no longer has a reason of its own.
    FieldDeprecationReasonRemoved "FIELD_DEPRECATION_REASON_REMOVED" "field deprecation reason removed" Deprecation Removed true
    /// A field has another type.
    FieldTypeChanged "FIELD_TYPE_CHANGED" "field type changed" FieldType Changed true
    /// A field has a new argument.
    FieldArgumentAdded "FIELD_ARGUMENT_ADDED" "argument added" Argument Added true
    /// A field lost an argument.
    FieldArgumentRemoved "FIELD_ARGUMENT_REMOVED" "argument removed" Argument Removed true
    /// An input object lost a field.
    InputFieldRemoved "INPUT_FIELD_REMOVED" "input field removed" InputField Removed true
    /// An input object has a new field.
    InputFieldAdded "INPUT_FIELD_ADDED" "input field added" InputField Added true
    /// An input field got a description.
    InputFieldDescriptionAdded "INPUT_FIELD_DESCRIPTION_ADDED" "input field description added" Description Added true
    /// An input field lost its description.
    InputFieldDescriptionRemoved "INPUT_FIELD_DESCRIPTION_REMOVED" "input field description removed" Description Removed true
    /// An input field has another description.
    InputFieldDescriptionChanged "INPUT_FIELD_DESCRIPTION_CHANGED" "input field description changed" Description Changed true
    /// An input field has another default, got one or lost it.
    InputFieldDefaultValueChanged "INPUT_FIELD_DEFAULT_VALUE_CHANGED" "input field default changed" InputFieldDefault Changed true
    /// An input field has another type.
    InputFieldTypeChanged "INPUT_FIELD_TYPE_CHANGED" "input field type changed" InputFieldType Changed true
    /// An object or interface implements one more interface.
    ObjectTypeInterfaceAdded "OBJECT_TYPE_INTERFACE_ADDED" "interface implemented" Interface Added true
    /// An object or interface implements one interface fewer.
    ObjectTypeInterfaceRemoved "OBJECT_TYPE_INTERFACE_REMOVED" "interface no longer implemented" Interface Removed true
    /// Queries start from another type.
    SchemaQueryTypeChanged "SCHEMA_QUERY_TYPE_CHANGED" "query root changed" Root Changed true
    /// Mutations start from another type.
    SchemaMutationTypeChanged "SCHEMA_MUTATION_TYPE_CHANGED" "mutation root changed" Root Changed true
    /// Subscriptions start from another type.
    SchemaSubscriptionTypeChanged "SCHEMA_SUBSCRIPTION_TYPE_CHANGED" "subscription root changed" Root Changed true
    /// A type is gone.
    TypeRemoved "TYPE_REMOVED" "type removed" Type Removed true
    /// A type is new.
    TypeAdded "TYPE_ADDED" "type added" Type Added true
    /// A type is now of another kind.
    TypeKindChanged "TYPE_KIND_CHANGED" "type kind changed" TypeKind Changed true
    /// A type has another description.
    TypeDescriptionChanged "TYPE_DESCRIPTION_CHANGED" "type description changed" Description Changed true
    /// A type lost its description.
    TypeDescriptionRemoved "TYPE_DESCRIPTION_REMOVED" "type description removed" Description Removed true
    /// A type got a description.
    TypeDescriptionAdded "TYPE_DESCRIPTION_ADDED" "type description added" Description Added true
    /// A union lost a member.
    UnionMemberRemoved "UNION_MEMBER_REMOVED" "union member removed" UnionMember Removed true
    /// A union has a new member.
    UnionMemberAdded "UNION_MEMBER_ADDED" "union member added" UnionMember Added true
    /// A directive was applied to a union.
    DirectiveUsageUnionMemberAdded "DIRECTIVE_USAGE_UNION_MEMBER_ADDED" "directive applied to union" Usage Added true
    /// A directive was removed from a union.
    DirectiveUsageUnionMemberRemoved "DIRECTIVE_USAGE_UNION_MEMBER_REMOVED" "directive removed from union" Usage Removed true
    /// A directive was applied to an enum.
    DirectiveUsageEnumAdded "DIRECTIVE_USAGE_ENUM_ADDED" "directive applied to enum" Usage Added true
    /// A directive was removed from an enum.
    DirectiveUsageEnumRemoved "DIRECTIVE_USAGE_ENUM_REMOVED" "directive removed from enum" Usage Removed true
    /// A directive was applied to an enum value.
    DirectiveUsageEnumValueAdded "DIRECTIVE_USAGE_ENUM_VALUE_ADDED" "directive applied to enum value" Usage Added true
    /// A directive was removed from an enum value.
    DirectiveUsageEnumValueRemoved "DIRECTIVE_USAGE_ENUM_VALUE_REMOVED" "directive removed from enum value" Usage Removed true
    /// A directive was applied to an input object.
    DirectiveUsageInputObjectAdded "DIRECTIVE_USAGE_INPUT_OBJECT_ADDED" "directive applied to input object" Usage Added true
    /// A directive was removed from an input object.
    DirectiveUsageInputObjectRemoved "DIRECTIVE_USAGE_INPUT_OBJECT_REMOVED" "directive removed from input object" Usage Removed true
    /// Has a name in graphql-inspector, which never reports it: a field is a field definition there.
    DirectiveUsageFieldAdded "DIRECTIVE_USAGE_FIELD_ADDED" "directive applied to field" Usage Added true
    /// Has a name in graphql-inspector, which never reports it: a field is a field definition there.
    DirectiveUsageFieldRemoved "DIRECTIVE_USAGE_FIELD_REMOVED" "directive removed from field" Usage Removed true
    /// A directive was applied to a scalar.
    DirectiveUsageScalarAdded "DIRECTIVE_USAGE_SCALAR_ADDED" "directive applied to scalar" Usage Added true
    /// A directive was removed from a scalar.
    DirectiveUsageScalarRemoved "DIRECTIVE_USAGE_SCALAR_REMOVED" "directive removed from scalar" Usage Removed true
    /// A directive was applied to an object type.
    DirectiveUsageObjectAdded "DIRECTIVE_USAGE_OBJECT_ADDED" "directive applied to object" Usage Added true
    /// A directive was removed from an object type.
    DirectiveUsageObjectRemoved "DIRECTIVE_USAGE_OBJECT_REMOVED" "directive removed from object" Usage Removed true
    /// A directive was applied to an interface.
    DirectiveUsageInterfaceAdded "DIRECTIVE_USAGE_INTERFACE_ADDED" "directive applied to interface" Usage Added true
    /// A directive was removed from an interface.
    DirectiveUsageInterfaceRemoved "DIRECTIVE_USAGE_INTERFACE_REMOVED" "directive removed from interface" Usage Removed true
    /// A directive was applied to an argument of a field.
    DirectiveUsageArgumentDefinitionAdded "DIRECTIVE_USAGE_ARGUMENT_DEFINITION_ADDED" "directive applied to argument" Usage Added true
    /// A directive was removed from an argument of a field.
    DirectiveUsageArgumentDefinitionRemoved "DIRECTIVE_USAGE_ARGUMENT_DEFINITION_REMOVED" "directive removed from argument" Usage Removed true
    /// A directive was applied to the schema.
    DirectiveUsageSchemaAdded "DIRECTIVE_USAGE_SCHEMA_ADDED" "directive applied to schema" Usage Added true
    /// A directive was removed from the schema.
    DirectiveUsageSchemaRemoved "DIRECTIVE_USAGE_SCHEMA_REMOVED" "directive removed from schema" Usage Removed true
    /// A directive was applied to a field.
    DirectiveUsageFieldDefinitionAdded "DIRECTIVE_USAGE_FIELD_DEFINITION_ADDED" "directive applied to field" Usage Added true
    /// A directive was removed from a field.
    DirectiveUsageFieldDefinitionRemoved "DIRECTIVE_USAGE_FIELD_DEFINITION_REMOVED" "directive removed from field" Usage Removed true
    /// A directive was applied to an input field.
    DirectiveUsageInputFieldDefinitionAdded "DIRECTIVE_USAGE_INPUT_FIELD_DEFINITION_ADDED" "directive applied to input field" Usage Added true
    /// A directive was removed from an input field.
    DirectiveUsageInputFieldDefinitionRemoved "DIRECTIVE_USAGE_INPUT_FIELD_DEFINITION_REMOVED" "directive removed from input field" Usage Removed true
    /// An applied directive was given an argument.
    DirectiveUsageArgumentAdded "DIRECTIVE_USAGE_ARGUMENT_ADDED" "applied directive given an argument" UsageArgument Added true
    /// An applied directive is no longer given an argument, or not with this value.
    DirectiveUsageArgumentRemoved "DIRECTIVE_USAGE_ARGUMENT_REMOVED" "applied directive lost an argument" UsageArgument Removed true
    /// An argument of a field is deprecated. Not in graphql-inspector.
    FieldArgumentDeprecationAdded "FIELD_ARGUMENT_DEPRECATION_ADDED" "argument deprecated" Deprecation Added false
    /// An argument of a field is no longer deprecated. Not in graphql-inspector.
    FieldArgumentDeprecationRemoved "FIELD_ARGUMENT_DEPRECATION_REMOVED" "argument no longer deprecated" Deprecation Removed false
    /// An argument of a field is deprecated for another reason. Not in graphql-inspector.
    FieldArgumentDeprecationReasonChanged "FIELD_ARGUMENT_DEPRECATION_REASON_CHANGED" "argument deprecation reason changed" Deprecation Changed false
    /// An argument of a directive is deprecated. Not in graphql-inspector.
    DirectiveArgumentDeprecationAdded "DIRECTIVE_ARGUMENT_DEPRECATION_ADDED" "directive argument deprecated" Deprecation Added false
    /// An argument of a directive is no longer deprecated. Not in graphql-inspector.
    DirectiveArgumentDeprecationRemoved "DIRECTIVE_ARGUMENT_DEPRECATION_REMOVED" "directive argument no longer deprecated" Deprecation Removed false
    /// An argument of a directive is deprecated for another reason. Not in graphql-inspector.
    DirectiveArgumentDeprecationReasonChanged "DIRECTIVE_ARGUMENT_DEPRECATION_REASON_CHANGED" "directive argument deprecation reason changed" Deprecation Changed false
    /// An input field is deprecated. Not in graphql-inspector.
    InputFieldDeprecationAdded "INPUT_FIELD_DEPRECATION_ADDED" "input field deprecated" Deprecation Added false
    /// An input field is no longer deprecated. Not in graphql-inspector.
    InputFieldDeprecationRemoved "INPUT_FIELD_DEPRECATION_REMOVED" "input field no longer deprecated" Deprecation Removed false
    /// An input field is deprecated for another reason. Not in graphql-inspector.
    InputFieldDeprecationReasonChanged "INPUT_FIELD_DEPRECATION_REASON_CHANGED" "input field deprecation reason changed" Deprecation Changed false
    /// An input object became `@oneOf`. Not in graphql-inspector.
    InputObjectOneOfAdded "INPUT_OBJECT_ONE_OF_ADDED" "input object became @oneOf" OneOf Added false
    /// An input object is no longer `@oneOf`. Not in graphql-inspector.
    InputObjectOneOfRemoved "INPUT_OBJECT_ONE_OF_REMOVED" "input object no longer @oneOf" OneOf Removed false
    /// A scalar names its specification. Not in graphql-inspector.
    ScalarSpecifiedByAdded "SCALAR_SPECIFIED_BY_ADDED" "scalar specification added" Specification Added false
    /// A scalar no longer names its specification. Not in graphql-inspector.
    ScalarSpecifiedByRemoved "SCALAR_SPECIFIED_BY_REMOVED" "scalar specification removed" Specification Removed false
    /// A scalar names another specification. Not in graphql-inspector.
    ScalarSpecifiedByChanged "SCALAR_SPECIFIED_BY_CHANGED" "scalar specification changed" Specification Changed false
    /// The schema got a description. Not in graphql-inspector.
    SchemaDescriptionAdded "SCHEMA_DESCRIPTION_ADDED" "schema description added" Description Added false
    /// The schema lost its description. Not in graphql-inspector.
    SchemaDescriptionRemoved "SCHEMA_DESCRIPTION_REMOVED" "schema description removed" Description Removed false
    /// The schema has another description. Not in graphql-inspector.
    SchemaDescriptionChanged "SCHEMA_DESCRIPTION_CHANGED" "schema description changed" Description Changed false
}

impl Kind {
    /// Whether a directive was applied or removed, or got other arguments.
    pub fn is_directive_usage(self) -> bool {
        matches!(self.subject(), Subject::Usage | Subject::UsageArgument)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
