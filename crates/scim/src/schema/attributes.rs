//! The table of attributes: what the tenant or the store of the gateway can keep, and nothing else.

use super::{Attribute, Mutability, ValueKind};

/// Text that is compared without regard to case.
const fn text(name: &'static str, description: &'static str) -> Attribute {
    Attribute {
        name,
        description,
        kind: ValueKind::Text,
        is_multi: false,
        is_required: false,
        is_case_exact: false,
        mutability: Mutability::ReadWrite,
        is_unique: false,
        canonical: &[],
        references: &[],
        sub: &[],
    }
}

const fn boolean(name: &'static str, description: &'static str) -> Attribute {
    Attribute { kind: ValueKind::Boolean, ..text(name, description) }
}

const fn complex(name: &'static str, description: &'static str, sub: &'static [Attribute]) -> Attribute {
    Attribute { kind: ValueKind::Complex, sub, ..text(name, description) }
}

const fn multi(name: &'static str, description: &'static str, sub: &'static [Attribute]) -> Attribute {
    Attribute { is_multi: true, ..complex(name, description, sub) }
}

const fn required(attribute: Attribute) -> Attribute {
    Attribute { is_required: true, ..attribute }
}

const fn unique(attribute: Attribute) -> Attribute {
    Attribute { is_unique: true, ..attribute }
}

const fn exact(attribute: Attribute) -> Attribute {
    Attribute { is_case_exact: true, ..attribute }
}

const fn read_only(attribute: Attribute) -> Attribute {
    Attribute { mutability: Mutability::ReadOnly, ..attribute }
}

const fn immutable(attribute: Attribute) -> Attribute {
    Attribute { mutability: Mutability::Immutable, ..attribute }
}

const fn of(canonical: &'static [&'static str], attribute: Attribute) -> Attribute {
    Attribute { canonical, ..attribute }
}

const fn reference(name: &'static str, references: &'static [&'static str], description: &'static str) -> Attribute {
    Attribute { kind: ValueKind::Reference, references, is_case_exact: true, ..text(name, description) }
}

const fn time(name: &'static str, description: &'static str) -> Attribute {
    Attribute { kind: ValueKind::DateTime, ..read_only(exact(text(name, description))) }
}

const PRIMARY: Attribute = boolean("primary", "Whether this is the preferred value; true at most once.");
const PLACES: &[&str] = &["work", "home", "other"];

/// The attributes of users.
pub(super) const USER: &[Attribute] = &[
    required(unique(text(
        "userName",
        "The name that the directory knows the user by. Defaults to the e-mail address.",
    ))),
    complex(
        "name",
        "The parts of the name.",
        &[
            text("formatted", "The whole name. Kept by the gateway."),
            text("familyName", "The last name."),
            text("givenName", "The first name."),
        ],
    ),
    text("displayName", "The name to show. Kept by the gateway."),
    text("title", "The title of the position. Kept by the gateway."),
    text("userType", "The relation to the organization. Kept by the gateway."),
    text("preferredLanguage", "The language. Kept by the gateway, unless the connection maps it."),
    text("locale", "The locale. Kept by the gateway."),
    // The tenant always has a status. A creation without one is active.
    required(boolean("active", "Whether the user can log in.")),
    required(multi(
        "emails",
        "E-mail addresses. The primary one is the address of the user; the others are kept by the gateway.",
        &[required(text("value", "The address.")), of(PLACES, text("type", "What the address is for.")), PRIMARY],
    )),
    multi(
        "phoneNumbers",
        "Telephone numbers. That of work is the number of the user, or else a mobile one, or else the first.",
        &[
            required(text("value", "The number.")),
            of(&["work", "home", "mobile", "fax", "pager", "other"], text("type", "What the number is for.")),
            PRIMARY,
        ],
    ),
    multi(
        "addresses",
        "Postal addresses. The primary one, or else that of work, or else the first is the address of the user.",
        &[
            text("formatted", "The whole address. Kept by the gateway."),
            text("streetAddress", "Street and number, in one line or more."),
            text("locality", "The city."),
            text("region", "The state or province."),
            text("postalCode", "The postal code."),
            text("country", "The country."),
            of(PLACES, text("type", "What the address is for.")),
            PRIMARY,
        ],
    ),
    read_only(multi(
        "groups",
        "The groups of the user. They change through the groups.",
        &[
            read_only(exact(text("value", "The id of the group."))),
            read_only(reference("$ref", &["Group"], "The address of the group.")),
            read_only(text("display", "The name of the group.")),
            read_only(of(&["direct"], text("type", "How the user belongs to the group."))),
        ],
    )),
];

/// The attributes of the extension for enterprise users.
pub(super) const ENTERPRISE: &[Attribute] = &[
    text("employeeNumber", "The number of the employee. Kept by the gateway, unless the connection maps it."),
    text("costCenter", "The cost center. Kept by the gateway, unless the connection maps it."),
    text("organization", "The organization. Kept by the gateway, unless the connection maps it."),
    text("division", "The division. Kept by the gateway, unless the connection maps it."),
    text("department", "The department. Kept by the gateway, unless the connection maps it."),
    complex(
        "manager",
        "The manager of the user. Kept by the gateway.",
        &[exact(text("value", "The id of the manager.")), read_only(text("displayName", "The name of the manager."))],
    ),
];

/// The attributes of groups.
pub(super) const GROUP: &[Attribute] = &[
    required(unique(text("displayName", "The name of the group."))),
    multi(
        "members",
        "The users of the group.",
        &[
            immutable(exact(text("value", "The id of the user."))),
            immutable(reference("$ref", &["User"], "The address of the user.")),
            immutable(of(&["User"], text("type", "What the member is."))),
        ],
    ),
];

/// The attributes of every resource. No schema lists them (RFC 7643, section 3.1).
pub(super) const COMMON: &[Attribute] = &[
    read_only(exact(text("id", "The id, which is that of the tenant."))),
    exact(text("externalId", "The id in the directory.")),
    read_only(exact(text("schemas", "The schemas of the resource."))),
    read_only(complex(
        "meta",
        "About the resource.",
        &[
            read_only(exact(text("resourceType", "The kind of the resource."))),
            time("created", "When it was created."),
            time("lastModified", "When it was changed."),
            read_only(reference("location", &[], "Its address.")),
            read_only(exact(text("version", "Its version."))),
        ],
    )),
];
