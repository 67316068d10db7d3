//! What a schema has of the operations: their costs, and how another schema reduces them.

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::ExecutableDocument;
use thought_industries_spec::{Document, Types};

use crate::documents::Documents;
use crate::resolve::{select_all, selection_of};
use crate::routes::Routes;
use crate::schema::Schema;
use crate::selection::Selected;
use crate::settings::Settings;
use crate::validate::{self, Context};
use crate::{Costs, Problem, Source, types};

/// The cost of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OperationCost {
    /// The name of the operation.
    pub name: String,
    /// Its root fields.
    pub root_fields: Vec<String>,
    /// The points, of which a query may use 1,000.
    pub points: u32,
    /// How many fields it selects, the root field included.
    pub fields: usize,
    /// The object types that it selects from, below the root.
    pub types: BTreeSet<String>,
}

/// The cost of each operation in points, sorted by name.
///
/// # Errors
/// If a document does not match the schema, or costs more than a query may.
pub fn costs(schema: &Source, documents: &[Source], costs: &Costs) -> Result<Vec<OperationCost>, Vec<Problem>> {
    let (selected, types) = resolve(&Schema::parse(schema)?, documents, costs)?;
    Ok(selected
        .iter()
        .map(|operation| OperationCost {
            name: operation.name.clone(),
            root_fields: operation.roots.values().map(|root| root.name.clone()).collect(),
            points: operation.points,
            fields: selection_of(&operation.text, &types).len(),
            types: operation.types(),
        })
        .collect())
}

/// How an operation fits a schema other than the one that it was written for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fit {
    /// Why the schema does not have the operation, if so.
    pub absent: Option<String>,
    /// The coordinates that the schema lacks, such as `License.ref10`.
    pub lacks: BTreeSet<String>,
    /// Its root fields.
    pub root_fields: Vec<String>,
    /// What it costs without them.
    pub points: u32,
}

impl Fit {
    /// Whether the schema has everything of the operation.
    pub fn is_whole(&self) -> bool {
        self.absent.is_none() && self.lacks.is_empty()
    }

    /// The fit in words.
    pub(crate) fn lines(&self, operation: &str) -> Vec<String> {
        if let Some(reason) = &self.absent {
            return vec![format!("the tenant's schema does not have `{operation}` over GraphQL: {reason}")];
        }
        let lacks: Vec<&str> = self.lacks.iter().map(String::as_str).collect();
        vec![format!("`{operation}` is sent without what the tenant's schema lacks: {}", lacks.join(", "))]
    }
}

/// How operations that are written for one schema fit another, by name.
///
/// # Errors
/// If the documents do not match the first schema, or the second one cannot be read.
pub fn fit(
    reference: &Source,
    tenant: &Source,
    documents: &[Source],
    costs: &Costs,
) -> Result<BTreeMap<String, Fit>, Vec<Problem>> {
    let (selected, types) = resolve(&Schema::parse(reference)?, documents, costs)?;
    let tenant = Schema::parse(tenant)?;
    let fits = selected.iter().map(|operation| (operation.name.clone(), fit_one(operation, &types, &tenant, costs)));
    Ok(fits.collect())
}

fn resolve(schema: &Schema, documents: &[Source], costs: &Costs) -> Result<(Vec<Selected>, Types), Vec<Problem>> {
    let mut settings = Settings::default();
    settings.costs = costs.clone();
    let documents = Documents::parse(schema, documents)?;
    let types = types::types(schema, &documents, &Routes::default(), &settings);
    Ok((select_all(schema, &documents, &types, &settings)?, types))
}

fn fit_one(operation: &Selected, types: &Types, tenant: &Schema, costs: &Costs) -> Fit {
    let root_fields = operation.roots.values().map(|root| root.name.clone()).collect();
    let Some(document) = Document::parse(&operation.text) else { return Fit::default() };
    // Root types compare by role, whatever their names.
    let roots = [
        (types.query.as_deref(), tenant.valid.schema_definition.query.as_ref()),
        (types.mutation.as_deref(), tenant.valid.schema_definition.mutation.as_ref()),
    ];
    let named = |owner: &str| {
        let root = roots.iter().find(|(name, _)| *name == Some(owner)).and_then(|(_, root)| *root);
        root.map_or(owner.to_owned(), |root| root.name.to_string())
    };
    let has = |coordinate: &str| match coordinate.split_once('.') {
        Some((owner, field)) => tenant.field(&named(owner), field).is_some(),
        None => tenant.kind(&named(coordinate)).is_some(),
    };
    let lacks: BTreeSet<String> =
        document.coordinates(types).into_iter().filter(|coordinate| !has(coordinate)).collect();
    let absent = |reason: String| Fit { absent: Some(reason), lacks: lacks.clone(), ..Fit::default() };
    let Some(reduced) = document.without(&lacks, types, operation.is_strict) else {
        let first =
            lacks.iter().find(|lack| operation.roots.values().any(|root| lack.ends_with(&format!(".{}", root.name))));
        let reason = first.or(lacks.first()).and_then(|lack| lack.split_once('.'));
        let reason = reason.map(|(owner, field)| format!("`{}` has no field `{field}`", named(owner)));
        return absent(reason.unwrap_or_else(|| "it has none of its types".to_owned()));
    };
    let text = reduced.to_string();
    if let Err(invalid) = ExecutableDocument::parse_and_validate(&tenant.valid, &text, "operation.graphql") {
        let problems = validate::problems(&invalid.errors, &Context::default(), |_| true);
        return absent(problems.first().map(|problem| problem.message.clone()).unwrap_or_default());
    }
    let points = selection_of(&text, types).points();
    // The API rejects a query over the limit, so the operation needs another surface.
    if points > costs.limit {
        return absent(format!("it costs {points} points"));
    }
    Fit { absent: None, lacks, root_fields, points }
}
