//! Generates the model, operations, routes and fields from `schema/` and `queries/`: this crate's own operations are the
//! first that `thought-industries-codegen` generates. Reads files only.

fn main() {
    thought_industries_codegen::Builder::new()
        .routes("queries/routes.toml")
        .fields("schema/fields.toml")
        .capabilities("schema/capabilities.toml")
        .scalars("schema/scalars.toml")
        .costs("schema/costs.toml")
        .tenant("schema/tenant.graphql")
        .require_ids()
        .runtime("crate::runtime")
        .compile();
    #[cfg(feature = "cynic")]
    register_schema();
}

/// Registers the pinned schema with cynic under the name that `src/lib.rs` uses.
#[cfg(feature = "cynic")]
fn register_schema() {
    let registered = cynic_codegen::register_schema("thought_industries")
        .from_sdl_file("schema/schema.graphql")
        .and_then(cynic_codegen::registration::SchemaRegistration::as_default);
    if let Err(error) = registered {
        println!("cargo::error=schema/schema.graphql: {error}");
    }
}
