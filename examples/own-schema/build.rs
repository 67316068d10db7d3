//! Generates the modules `model` and `operations` from the schema of the tenant and the documents below `queries/`.

fn main() {
    thought_industries_codegen::Builder::new()
        .schema("schema/academy.graphql")
        .queries("queries")
        .routes("queries/routes.toml")
        .scalars("schema/scalars.toml")
        .compile();
}
