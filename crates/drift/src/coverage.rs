//! Which parts of a schema operations use, and which deprecated parts they do not use.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use serde::Serialize;

use crate::finding::Finding;
use crate::operations::Operations;
use crate::rules;
use crate::schema::{Deprecation, Schema, TypeKind};

/// The parts of a schema that operations use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Coverage {
    /// How much of the schema is used.
    pub summary: CoverageSummary,
    /// Every type with members, by name.
    pub types: Vec<TypeCoverage>,
    /// Deprecated parts that operations use.
    pub used_deprecated: Vec<DeprecatedPart>,
    /// Deprecated parts that no operation uses.
    pub unused_deprecated: Vec<DeprecatedPart>,
    /// Where the operations do not fit the schema.
    pub findings: Vec<Finding>,
}

/// How much of a schema is used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CoverageSummary {
    /// The number of operations.
    pub operations: usize,
    /// All types with members.
    pub types: usize,
    /// Types with at least one used member.
    pub types_used: usize,
    /// All fields, input fields and enum values.
    pub members: usize,
    /// Members that are used.
    pub members_used: usize,
}

/// How much of a type is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TypeCoverage {
    /// Its name.
    pub name: String,
    /// Its SDL keyword.
    pub kind: &'static str,
    /// How many members it has.
    pub members: usize,
    /// The used members, each with the number of operations that use it.
    pub used: BTreeMap<String, usize>,
}

/// A deprecated part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct DeprecatedPart {
    /// Its coordinate.
    pub coordinate: String,
    /// Why it is deprecated.
    pub reason: String,
    /// The operations that use it.
    pub operations: Vec<String>,
}

/// Computes which parts of a schema operations use. An input field is used if a literal or a variable may set it.
pub fn coverage(schema: &Schema, operations: &Operations) -> Coverage {
    let footprints = operations.footprints(schema);
    let mut users: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut findings = operations.findings.clone();
    findings.extend(rules::check(schema, operations).findings);
    findings.sort();
    for footprint in &footprints {
        let mut use_once = |coordinate: String| {
            let users = users.entry(coordinate).or_default();
            // One footprint is recorded at a time, so a repeated use can only be the last entry.
            if users.last() != Some(&footprint.name) {
                users.push(footprint.name.clone());
            }
        };
        let members = footprint.fields.keys().chain(footprint.input_fields.keys()).chain(footprint.values.keys());
        members.for_each(|(ty, member)| use_once(format!("{ty}.{member}")));
        footprint.arguments.keys().for_each(|(ty, field, argument)| use_once(format!("{ty}.{field}({argument}:)")));
        for ty in footprint.sent.keys() {
            for (member, _) in schema.types.get(*ty).map(|definition| members_of(&definition.kind)).unwrap_or_default()
            {
                use_once(format!("{ty}.{member}"));
            }
        }
    }
    let mut coverage = Coverage {
        summary: CoverageSummary { operations: footprints.len(), ..CoverageSummary::default() },
        types: Vec::new(),
        used_deprecated: Vec::new(),
        unused_deprecated: Vec::new(),
        findings,
    };
    for (name, definition) in &schema.types {
        let members = members_of(&definition.kind);
        if members.is_empty() {
            continue;
        }
        let used: BTreeMap<String, usize> = members
            .iter()
            .filter_map(|(member, _)| Some(((*member).to_owned(), users.get(&format!("{name}.{member}"))?.len())))
            .collect();
        coverage.summary.types += 1;
        coverage.summary.types_used += usize::from(!used.is_empty());
        coverage.summary.members += members.len();
        coverage.summary.members_used += used.len();
        for (member, reason) in members {
            coverage.note_deprecated(&users, format!("{name}.{member}"), reason);
        }
        for field in definition.fields() {
            for argument in &field.arguments {
                let coordinate = format!("{name}.{}({}:)", field.name, argument.name);
                coverage.note_deprecated(&users, coordinate, argument.deprecation.as_ref().map(Deprecation::reason));
            }
        }
        coverage.types.push(TypeCoverage {
            name: name.clone(),
            kind: definition.kind.keyword(),
            members: members_of(&definition.kind).len(),
            used,
        });
    }
    coverage
}

impl Coverage {
    fn note_deprecated(&mut self, users: &BTreeMap<String, Vec<String>>, coordinate: String, reason: Option<&str>) {
        let Some(reason) = reason else { return };
        let operations = users.get(&coordinate).cloned().unwrap_or_default();
        let list = if operations.is_empty() { &mut self.unused_deprecated } else { &mut self.used_deprecated };
        list.push(DeprecatedPart { coordinate, reason: reason.to_owned(), operations });
    }

    /// A one-sentence summary.
    pub(crate) fn headline(&self) -> String {
        let CoverageSummary { operations, types, types_used, members, members_used } = &self.summary;
        format!("{operations} operations use {members_used} of {members} members, in {types_used} of {types} types")
    }

    /// The coverage as one JSON object.
    pub fn json(&self) -> String {
        // A `Coverage` always serializes to JSON.
        serde_json::to_string_pretty(self).map(|text| text + "\n").unwrap_or_default()
    }
}

/// The members of a type, each with the reason of its deprecation.
fn members_of(kind: &TypeKind) -> Vec<(&str, Option<&str>)> {
    match kind {
        TypeKind::Object { fields, .. } | TypeKind::Interface { fields, .. } => {
            fields.iter().map(|it| (it.name.as_str(), it.deprecation.as_ref().map(Deprecation::reason))).collect()
        }
        TypeKind::Enum { values } => {
            values.iter().map(|it| (it.name.as_str(), it.deprecation.as_ref().map(Deprecation::reason))).collect()
        }
        TypeKind::InputObject { fields, .. } => {
            fields.iter().map(|it| (it.name.as_str(), it.deprecation.as_ref().map(Deprecation::reason))).collect()
        }
        TypeKind::Scalar { .. } | TypeKind::Union { .. } => Vec::new(),
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.headline())?;
        for ty in self.types.iter().filter(|ty| !ty.used.is_empty()) {
            writeln!(f, "\n{} {}: {} of {}", ty.kind, ty.name, ty.used.len(), ty.members)?;
            for (member, users) in &ty.used {
                writeln!(f, "  {member}  {users}")?;
            }
        }
        for (title, parts) in
            [("deprecated and used", &self.used_deprecated), ("deprecated and unused", &self.unused_deprecated)]
        {
            if !parts.is_empty() {
                writeln!(f, "\n{title}")?;
            }
            for part in parts {
                let mut line = format!("  {}: {}", part.coordinate, part.reason);
                if !part.operations.is_empty() {
                    write!(line, " (used by {})", part.operations.join(", "))?;
                }
                writeln!(f, "{line}")?;
            }
        }
        for finding in &self.findings {
            writeln!(f, "\nfinding: {finding}")?;
        }
        Ok(())
    }
}
