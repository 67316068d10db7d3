//! The generator as `build.rs` calls it.

use std::path::{Path, PathBuf};

use crate::fit::{self, Fit};
use crate::generate::{Inputs, generate};
use crate::settings::Settings;
use crate::{Costs, Generated, Problem, Source};

/// How many problems are reported. More would hide the first.
const MOST_PROBLEMS: usize = 20;

/// Generates typed operations in a `build.rs`. Paths are relative to the folder of the package.
///
/// ```no_run
/// thought_industries_codegen::Builder::new().schema("schema/tenant.graphql").queries("queries").compile();
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Builder {
    schema: String,
    queries: String,
    routes: Option<String>,
    fields: Option<String>,
    capabilities: Option<String>,
    scalars: Option<String>,
    costs: Option<String>,
    tenant: Option<String>,
    settings: Settings,
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

impl Builder {
    /// Reads `schema/schema.graphql` and the documents below `queries`, unless other paths are set.
    pub fn new() -> Self {
        Self {
            schema: "schema/schema.graphql".to_owned(),
            queries: "queries".to_owned(),
            routes: None,
            fields: None,
            capabilities: None,
            scalars: None,
            costs: None,
            tenant: None,
            settings: Settings::default(),
        }
    }

    /// The schema: SDL, or the JSON of an introspection, such as `ti schema pull` writes.
    pub fn schema(mut self, path: impl Into<String>) -> Self {
        self.schema = path.into();
        self
    }

    /// The folder of the query documents: every file below it that ends in `.graphql` or `.gql`. Fragments are shared by
    /// all of them.
    pub fn queries(mut self, folder: impl Into<String>) -> Self {
        self.queries = folder.into();
        self
    }

    /// A file with the REST equivalents of operations, and whether they may be retried:
    ///
    /// ```toml
    /// [operations."courses.archive"]
    /// kind = "mutation"
    /// replay = "idempotent" # or `safe`, `never`
    /// document = "ArchiveCourse"
    /// v2 = { method = "POST", path = "/incoming/v2/courses/{id}/archive" }
    /// ```
    ///
    /// Without a row, an operation is sent over GraphQL only; a query may be retried, and a mutation only if it proves
    /// that it was not carried out.
    pub fn routes(mut self, path: impl Into<String>) -> Self {
        self.routes = Some(path.into());
        self
    }

    /// A file with the Rust types of custom scalars, such as `Money = "String"`: `String`, `Date` or `Json`. The scalars
    /// of TI's public schema, `DateTime`, `UUID` and the like are known; all others are JSON.
    pub fn scalars(mut self, path: impl Into<String>) -> Self {
        self.scalars = Some(path.into());
        self
    }

    /// A file with the costs of fields: `limit`, 1,000 points by default, and `[surcharges]` such as
    /// `"User.purchasedCourses" = 3`.
    pub fn costs(mut self, path: impl Into<String>) -> Self {
        self.costs = Some(path.into());
        self
    }

    /// The schema of the tenant that the program is for, if it is not the one that code is generated from. The file may be
    /// missing. The build prints which operations it reduces and why, and never fails because of it.
    pub fn tenant(mut self, path: impl Into<String>) -> Self {
        self.tenant = Some(path.into());
        self
    }

    /// Refuses a selection without the `id` of a type that always has one. Otherwise the `id` of such a type is an
    /// `Option` in the model.
    pub fn require_ids(mut self) -> Self {
        self.settings.require_ids = true;
        self
    }

    /// The path of the client's runtime, if it is not `::thought_industries::runtime`.
    pub fn runtime(mut self, path: impl Into<String>) -> Self {
        self.settings.runtime = path.into();
        self
    }

    /// A table of writable fields, for the client's own setters.
    #[doc(hidden)]
    pub fn fields(mut self, path: impl Into<String>) -> Self {
        self.fields = Some(path.into());
        self
    }

    /// The recorded capability matrix, for the client's own operations.
    #[doc(hidden)]
    pub fn capabilities(mut self, path: impl Into<String>) -> Self {
        self.capabilities = Some(path.into());
        self
    }

    /// Generates into `OUT_DIR`, where `thought_industries::include_operations!()` finds it. Reports problems as errors of
    /// the build, at most 20, and ends the build script with a failure.
    pub fn compile(self) {
        let Some((root, out)) = folder("CARGO_MANIFEST_DIR").zip(folder("OUT_DIR")) else {
            return fail(&[Problem::whole("build.rs", "the generator runs in a build script", "run `cargo build`")]);
        };
        for path in self.paths() {
            println!("cargo::rerun-if-changed={path}");
        }
        let written = self.generate(&root).and_then(|generated| write(&out, &generated));
        if let Err(problems) = written {
            return fail(&problems);
        }
        for (name, fit) in self.reduced(&root) {
            for line in fit.lines(&name) {
                println!("cargo::warning={line}");
            }
        }
    }

    /// Generates from the files below a folder.
    ///
    /// # Errors
    /// Every problem with its file, line and column, and what to do about it.
    pub fn generate(&self, root: &Path) -> Result<Generated, Vec<Problem>> {
        generate(&self.read(root)?)
    }

    /// The operations that a tenant's schema reduces or lacks. Empty without a tenant's schema, or if it cannot be read.
    fn reduced(&self, root: &Path) -> Vec<(String, Fit)> {
        let Some(tenant) = self.tenant.as_ref().filter(|path| root.join(path).exists()) else { return Vec::new() };
        let fits = self.read(root).and_then(|inputs| {
            let tenant = Source::read(root, tenant).map_err(|problem| vec![problem])?;
            fit::fit(&inputs.schema, &tenant, &inputs.documents, &inputs.settings.costs)
        });
        match fits {
            Ok(fits) => fits.into_iter().filter(|(_, fit)| !fit.is_whole()).collect(),
            Err(problems) => {
                problems
                    .iter()
                    .take(MOST_PROBLEMS)
                    .for_each(|problem| println!("cargo::warning={}", one_line(problem)));
                Vec::new()
            }
        }
    }

    fn paths(&self) -> impl Iterator<Item = &str> {
        let optional = [&self.routes, &self.fields, &self.capabilities, &self.scalars, &self.costs, &self.tenant]
            .into_iter()
            .flatten();
        [&self.schema, &self.queries].into_iter().chain(optional).map(String::as_str)
    }

    fn read(&self, root: &Path) -> Result<Inputs, Vec<Problem>> {
        let one = |path: &String| Source::read(root, path).map_err(|problem| vec![problem]);
        let optional = |path: &Option<String>| path.as_ref().map(one).transpose();
        let mut settings = self.settings.clone();
        if let Some(scalars) = optional(&self.scalars)? {
            settings.add_scalars(&scalars).map_err(|problem| vec![problem])?;
        }
        if let Some(costs) = optional(&self.costs)? {
            settings.costs = Costs::parse(&costs).map_err(|problem| vec![problem])?;
        }
        let mut documents = Source::read_folder(root, &self.queries, "graphql").map_err(|problem| vec![problem])?;
        documents.extend(Source::read_folder(root, &self.queries, "gql").map_err(|problem| vec![problem])?);
        Ok(Inputs {
            schema: one(&self.schema)?,
            documents,
            routes: optional(&self.routes)?,
            fields: optional(&self.fields)?,
            capabilities: optional(&self.capabilities)?,
            settings,
        })
    }
}

fn write(out: &Path, generated: &Generated) -> Result<(), Vec<Problem>> {
    let write = |name: &str, text: &str| {
        std::fs::write(out.join(name), text)
            .map_err(|error| vec![Problem::whole(name, format!("cannot be written: {error}"), "")])
    };
    write("operations.rs", &generated.operations)?;
    generated.fields.as_ref().map_or(Ok(()), |fields| write("fields.rs", fields))
}

/// Reports problems to cargo, and ends the build script.
#[expect(clippy::exit, reason = "a build script has no other way to fail without a backtrace")]
fn fail(problems: &[Problem]) {
    for problem in problems.iter().take(MOST_PROBLEMS) {
        println!("cargo::error={}", one_line(problem));
    }
    if let Some(more) = problems.len().checked_sub(MOST_PROBLEMS).filter(|more| *more > 0) {
        println!("cargo::error=and {more} more problems");
    }
    std::process::exit(1);
}

/// A problem as cargo takes it.
fn one_line(problem: &Problem) -> String {
    problem.to_string().replace('\n', "")
}

fn folder(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from)
}
