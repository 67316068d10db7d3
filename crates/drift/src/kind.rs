//! The kinds of change, by name.

use std::fmt;

use serde::{Serialize, Serializer};

macro_rules! kinds {
    ($(#[$docs:meta] $variant:ident $name:literal $title:literal)*) => {
        /// What happened to a part of a schema. The names are graphql-inspector's where it has one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Kind {
            $(#[$docs] $variant,)*
        }

        impl Kind {
            /// Every kind there is.
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
        }
    };
}

kinds! {
    /// A field's argument has another description.
    FieldArgumentDescriptionChanged "FIELD_ARGUMENT_DESCRIPTION_CHANGED" "argument description changed"
    /// A field's argument has another default, got one or lost it.
    FieldArgumentDefaultChanged "FIELD_ARGUMENT_DEFAULT_CHANGED" "argument default changed"
    /// A field's argument has another type.
    FieldArgumentTypeChanged "FIELD_ARGUMENT_TYPE_CHANGED" "argument type changed"
    /// A directive is gone.
    DirectiveRemoved "DIRECTIVE_REMOVED" "directive removed"
    /// A directive is new.
    DirectiveAdded "DIRECTIVE_ADDED" "directive added"
    /// A directive has another description.
    DirectiveDescriptionChanged "DIRECTIVE_DESCRIPTION_CHANGED" "directive description changed"
    /// A directive may stand in one more place.
    DirectiveLocationAdded "DIRECTIVE_LOCATION_ADDED" "directive location added"
    /// A directive may stand in one place less.
    DirectiveLocationRemoved "DIRECTIVE_LOCATION_REMOVED" "directive location removed"
    /// A directive has a new argument.
    DirectiveArgumentAdded "DIRECTIVE_ARGUMENT_ADDED" "directive argument added"
    /// A directive lost an argument.
    DirectiveArgumentRemoved "DIRECTIVE_ARGUMENT_REMOVED" "directive argument removed"
    /// A directive's argument has another description.
    DirectiveArgumentDescriptionChanged "DIRECTIVE_ARGUMENT_DESCRIPTION_CHANGED" "directive argument description changed"
    /// A directive's argument has another default, got one or lost it.
    DirectiveArgumentDefaultValueChanged "DIRECTIVE_ARGUMENT_DEFAULT_VALUE_CHANGED" "directive argument default changed"
    /// A directive's argument has another type.
    DirectiveArgumentTypeChanged "DIRECTIVE_ARGUMENT_TYPE_CHANGED" "directive argument type changed"
    /// A directive may now be repeated.
    DirectiveRepeatableAdded "DIRECTIVE_REPEATABLE_ADDED" "directive became repeatable"
    /// A directive may no longer be repeated.
    DirectiveRepeatableRemoved "DIRECTIVE_REPEATABLE_REMOVED" "directive no longer repeatable"
    /// An enum lost a value.
    EnumValueRemoved "ENUM_VALUE_REMOVED" "enum value removed"
    /// An enum has a new value.
    EnumValueAdded "ENUM_VALUE_ADDED" "enum value added"
    /// An enum value has another description.
    EnumValueDescriptionChanged "ENUM_VALUE_DESCRIPTION_CHANGED" "enum value description changed"
    /// An enum value is deprecated for another reason.
    EnumValueDeprecationReasonChanged "ENUM_VALUE_DEPRECATION_REASON_CHANGED" "enum value deprecation reason changed"
    /// An enum value is deprecated, or now has a reason of its own.
    EnumValueDeprecationReasonAdded "ENUM_VALUE_DEPRECATION_REASON_ADDED" "enum value deprecated"
    /// An enum value is no longer deprecated, or no longer has a reason of its own.
    EnumValueDeprecationReasonRemoved "ENUM_VALUE_DEPRECATION_REASON_REMOVED" "enum value no longer deprecated"
    /// A field is gone.
    FieldRemoved "FIELD_REMOVED" "field removed"
    /// A field is new.
    FieldAdded "FIELD_ADDED" "field added"
    /// A field has another description.
    FieldDescriptionChanged "FIELD_DESCRIPTION_CHANGED" "field description changed"
    /// A field got a description.
    FieldDescriptionAdded "FIELD_DESCRIPTION_ADDED" "field description added"
    /// A field lost its description.
    FieldDescriptionRemoved "FIELD_DESCRIPTION_REMOVED" "field description removed"
    /// A field is deprecated.
    FieldDeprecationAdded "FIELD_DEPRECATION_ADDED" "field deprecated"
    /// A field is no longer deprecated.
    FieldDeprecationRemoved "FIELD_DEPRECATION_REMOVED" "field no longer deprecated"
    /// A field is deprecated for another reason.
    FieldDeprecationReasonChanged "FIELD_DEPRECATION_REASON_CHANGED" "field deprecation reason changed"
    /// A deprecated field now has a reason of its own.
    FieldDeprecationReasonAdded "FIELD_DEPRECATION_REASON_ADDED" "field deprecation reason added"
    /// A deprecated field no longer has a reason of its own.
    FieldDeprecationReasonRemoved "FIELD_DEPRECATION_REASON_REMOVED" "field deprecation reason removed"
    /// A field has another type.
    FieldTypeChanged "FIELD_TYPE_CHANGED" "field type changed"
    /// A field has a new argument.
    FieldArgumentAdded "FIELD_ARGUMENT_ADDED" "argument added"
    /// A field lost an argument.
    FieldArgumentRemoved "FIELD_ARGUMENT_REMOVED" "argument removed"
    /// An input object lost a field.
    InputFieldRemoved "INPUT_FIELD_REMOVED" "input field removed"
    /// An input object has a new field.
    InputFieldAdded "INPUT_FIELD_ADDED" "input field added"
    /// An input field got a description.
    InputFieldDescriptionAdded "INPUT_FIELD_DESCRIPTION_ADDED" "input field description added"
    /// An input field lost its description.
    InputFieldDescriptionRemoved "INPUT_FIELD_DESCRIPTION_REMOVED" "input field description removed"
    /// An input field has another description.
    InputFieldDescriptionChanged "INPUT_FIELD_DESCRIPTION_CHANGED" "input field description changed"
    /// An input field has another default, got one or lost it.
    InputFieldDefaultValueChanged "INPUT_FIELD_DEFAULT_VALUE_CHANGED" "input field default changed"
    /// An input field has another type.
    InputFieldTypeChanged "INPUT_FIELD_TYPE_CHANGED" "input field type changed"
    /// An object or interface implements one more interface.
    ObjectTypeInterfaceAdded "OBJECT_TYPE_INTERFACE_ADDED" "interface implemented"
    /// An object or interface implements one interface less.
    ObjectTypeInterfaceRemoved "OBJECT_TYPE_INTERFACE_REMOVED" "interface no longer implemented"
    /// Queries start from another type.
    SchemaQueryTypeChanged "SCHEMA_QUERY_TYPE_CHANGED" "query root changed"
    /// Mutations start from another type.
    SchemaMutationTypeChanged "SCHEMA_MUTATION_TYPE_CHANGED" "mutation root changed"
    /// Subscriptions start from another type.
    SchemaSubscriptionTypeChanged "SCHEMA_SUBSCRIPTION_TYPE_CHANGED" "subscription root changed"
    /// A type is gone.
    TypeRemoved "TYPE_REMOVED" "type removed"
    /// A type is new.
    TypeAdded "TYPE_ADDED" "type added"
    /// A type is now of another kind.
    TypeKindChanged "TYPE_KIND_CHANGED" "type kind changed"
    /// A type has another description.
    TypeDescriptionChanged "TYPE_DESCRIPTION_CHANGED" "type description changed"
    /// A type lost its description.
    TypeDescriptionRemoved "TYPE_DESCRIPTION_REMOVED" "type description removed"
    /// A type got a description.
    TypeDescriptionAdded "TYPE_DESCRIPTION_ADDED" "type description added"
    /// A union lost a member.
    UnionMemberRemoved "UNION_MEMBER_REMOVED" "union member removed"
    /// A union has a new member.
    UnionMemberAdded "UNION_MEMBER_ADDED" "union member added"
    /// A directive was applied to a union.
    DirectiveUsageUnionMemberAdded "DIRECTIVE_USAGE_UNION_MEMBER_ADDED" "directive applied to union"
    /// A directive was taken off a union.
    DirectiveUsageUnionMemberRemoved "DIRECTIVE_USAGE_UNION_MEMBER_REMOVED" "directive taken off union"
    /// A directive was applied to an enum.
    DirectiveUsageEnumAdded "DIRECTIVE_USAGE_ENUM_ADDED" "directive applied to enum"
    /// A directive was taken off an enum.
    DirectiveUsageEnumRemoved "DIRECTIVE_USAGE_ENUM_REMOVED" "directive taken off enum"
    /// A directive was applied to an enum value.
    DirectiveUsageEnumValueAdded "DIRECTIVE_USAGE_ENUM_VALUE_ADDED" "directive applied to enum value"
    /// A directive was taken off an enum value.
    DirectiveUsageEnumValueRemoved "DIRECTIVE_USAGE_ENUM_VALUE_REMOVED" "directive taken off enum value"
    /// A directive was applied to an input object.
    DirectiveUsageInputObjectAdded "DIRECTIVE_USAGE_INPUT_OBJECT_ADDED" "directive applied to input object"
    /// A directive was taken off an input object.
    DirectiveUsageInputObjectRemoved "DIRECTIVE_USAGE_INPUT_OBJECT_REMOVED" "directive taken off input object"
    /// Has a name in graphql-inspector, which never reports it: a field is a field definition there.
    DirectiveUsageFieldAdded "DIRECTIVE_USAGE_FIELD_ADDED" "directive applied to field"
    /// Has a name in graphql-inspector, which never reports it: a field is a field definition there.
    DirectiveUsageFieldRemoved "DIRECTIVE_USAGE_FIELD_REMOVED" "directive taken off field"
    /// A directive was applied to a scalar.
    DirectiveUsageScalarAdded "DIRECTIVE_USAGE_SCALAR_ADDED" "directive applied to scalar"
    /// A directive was taken off a scalar.
    DirectiveUsageScalarRemoved "DIRECTIVE_USAGE_SCALAR_REMOVED" "directive taken off scalar"
    /// A directive was applied to an object type.
    DirectiveUsageObjectAdded "DIRECTIVE_USAGE_OBJECT_ADDED" "directive applied to object"
    /// A directive was taken off an object type.
    DirectiveUsageObjectRemoved "DIRECTIVE_USAGE_OBJECT_REMOVED" "directive taken off object"
    /// A directive was applied to an interface.
    DirectiveUsageInterfaceAdded "DIRECTIVE_USAGE_INTERFACE_ADDED" "directive applied to interface"
    /// A directive was taken off an interface.
    DirectiveUsageInterfaceRemoved "DIRECTIVE_USAGE_INTERFACE_REMOVED" "directive taken off interface"
    /// A directive was applied to an argument of a field.
    DirectiveUsageArgumentDefinitionAdded "DIRECTIVE_USAGE_ARGUMENT_DEFINITION_ADDED" "directive applied to argument"
    /// A directive was taken off an argument of a field.
    DirectiveUsageArgumentDefinitionRemoved "DIRECTIVE_USAGE_ARGUMENT_DEFINITION_REMOVED" "directive taken off argument"
    /// A directive was applied to the schema.
    DirectiveUsageSchemaAdded "DIRECTIVE_USAGE_SCHEMA_ADDED" "directive applied to schema"
    /// A directive was taken off the schema.
    DirectiveUsageSchemaRemoved "DIRECTIVE_USAGE_SCHEMA_REMOVED" "directive taken off schema"
    /// A directive was applied to a field.
    DirectiveUsageFieldDefinitionAdded "DIRECTIVE_USAGE_FIELD_DEFINITION_ADDED" "directive applied to field"
    /// A directive was taken off a field.
    DirectiveUsageFieldDefinitionRemoved "DIRECTIVE_USAGE_FIELD_DEFINITION_REMOVED" "directive taken off field"
    /// A directive was applied to an input field.
    DirectiveUsageInputFieldDefinitionAdded "DIRECTIVE_USAGE_INPUT_FIELD_DEFINITION_ADDED" "directive applied to input field"
    /// A directive was taken off an input field.
    DirectiveUsageInputFieldDefinitionRemoved "DIRECTIVE_USAGE_INPUT_FIELD_DEFINITION_REMOVED" "directive taken off input field"
    /// An applied directive was given an argument.
    DirectiveUsageArgumentAdded "DIRECTIVE_USAGE_ARGUMENT_ADDED" "applied directive given an argument"
    /// An applied directive is no longer given an argument, or not with this value.
    DirectiveUsageArgumentRemoved "DIRECTIVE_USAGE_ARGUMENT_REMOVED" "applied directive lost an argument"

    /// An argument of a field is deprecated. Not in graphql-inspector.
    FieldArgumentDeprecationAdded "FIELD_ARGUMENT_DEPRECATION_ADDED" "argument deprecated"
    /// An argument of a field is no longer deprecated. Not in graphql-inspector.
    FieldArgumentDeprecationRemoved "FIELD_ARGUMENT_DEPRECATION_REMOVED" "argument no longer deprecated"
    /// An argument of a field is deprecated for another reason. Not in graphql-inspector.
    FieldArgumentDeprecationReasonChanged "FIELD_ARGUMENT_DEPRECATION_REASON_CHANGED" "argument deprecation reason changed"
    /// An argument of a directive is deprecated. Not in graphql-inspector.
    DirectiveArgumentDeprecationAdded "DIRECTIVE_ARGUMENT_DEPRECATION_ADDED" "directive argument deprecated"
    /// An argument of a directive is no longer deprecated. Not in graphql-inspector.
    DirectiveArgumentDeprecationRemoved "DIRECTIVE_ARGUMENT_DEPRECATION_REMOVED" "directive argument no longer deprecated"
    /// An argument of a directive is deprecated for another reason. Not in graphql-inspector.
    DirectiveArgumentDeprecationReasonChanged "DIRECTIVE_ARGUMENT_DEPRECATION_REASON_CHANGED" "directive argument deprecation reason changed"
    /// An input field is deprecated. Not in graphql-inspector.
    InputFieldDeprecationAdded "INPUT_FIELD_DEPRECATION_ADDED" "input field deprecated"
    /// An input field is no longer deprecated. Not in graphql-inspector.
    InputFieldDeprecationRemoved "INPUT_FIELD_DEPRECATION_REMOVED" "input field no longer deprecated"
    /// An input field is deprecated for another reason. Not in graphql-inspector.
    InputFieldDeprecationReasonChanged "INPUT_FIELD_DEPRECATION_REASON_CHANGED" "input field deprecation reason changed"
    /// An input object became `@oneOf`. Not in graphql-inspector.
    InputObjectOneOfAdded "INPUT_OBJECT_ONE_OF_ADDED" "input object became @oneOf"
    /// An input object is no longer `@oneOf`. Not in graphql-inspector.
    InputObjectOneOfRemoved "INPUT_OBJECT_ONE_OF_REMOVED" "input object no longer @oneOf"
    /// A scalar names its specification. Not in graphql-inspector.
    ScalarSpecifiedByAdded "SCALAR_SPECIFIED_BY_ADDED" "scalar specification added"
    /// A scalar no longer names its specification. Not in graphql-inspector.
    ScalarSpecifiedByRemoved "SCALAR_SPECIFIED_BY_REMOVED" "scalar specification removed"
    /// A scalar names another specification. Not in graphql-inspector.
    ScalarSpecifiedByChanged "SCALAR_SPECIFIED_BY_CHANGED" "scalar specification changed"
    /// The schema got a description. Not in graphql-inspector.
    SchemaDescriptionAdded "SCHEMA_DESCRIPTION_ADDED" "schema description added"
    /// The schema lost its description. Not in graphql-inspector.
    SchemaDescriptionRemoved "SCHEMA_DESCRIPTION_REMOVED" "schema description removed"
    /// The schema has another description. Not in graphql-inspector.
    SchemaDescriptionChanged "SCHEMA_DESCRIPTION_CHANGED" "schema description changed"
}

impl Kind {
    /// Whether graphql-inspector has this kind.
    pub fn is_inspectors(self) -> bool {
        self < Self::FieldArgumentDeprecationAdded
    }

    /// Whether it says that a directive was applied, was taken off, or has other arguments than before.
    pub fn is_directive_usage(self) -> bool {
        (Self::DirectiveUsageUnionMemberAdded..=Self::DirectiveUsageArgumentRemoved).contains(&self)
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
