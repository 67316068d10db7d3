//! What a validator says of a schema and of documents, as problems with their place and a suggested fix.

use std::collections::BTreeSet;

use apollo_compiler::Schema;
use apollo_compiler::diagnostic::ToCliReport as _;
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::{DiagnosticData, DiagnosticList};

use crate::Problem;

/// What problems are explained with.
#[derive(Default)]
pub(crate) struct Context<'c> {
    /// The file of a problem that has no place.
    pub(crate) path: &'c str,
    /// Names are suggested from it.
    pub(crate) schema: Option<&'c Schema>,
    /// The names of all fragments.
    pub(crate) fragments: Vec<&'c str>,
    /// What to do if nothing better is known.
    pub(crate) help: &'static str,
}

/// The errors that count as problems, each once, sorted by place.
pub(crate) fn problems(
    errors: &DiagnosticList,
    context: &Context<'_>,
    counts: impl Fn(&DiagnosticData) -> bool,
) -> Vec<Problem> {
    let mut problems: Vec<(bool, Problem)> = errors
        .iter()
        .filter(|diagnostic| counts(diagnostic.error))
        .map(|diagnostic| {
            let place = diagnostic.line_column_range().map_or((0, 0), |range| (range.start.line, range.start.column));
            let file = diagnostic.error.location().and_then(|location| diagnostic.sources.get(&location.file_id()));
            let path = file.map(|file| file.path().to_string_lossy().replace('\\', "/"));
            let path = path.unwrap_or_else(|| context.path.to_owned());
            let name = diagnostic.error.unstable_error_name();
            let plain = diagnostic.error.to_string();
            let message = diagnostic.error.unstable_compat_message().unwrap_or_else(|| in_words(&plain));
            let suggestion = suggestion(context, &message);
            let help = suggestion.unwrap_or_else(|| help(name, &plain).unwrap_or(context.help).to_owned());
            let problem = Problem { path, line: place.0, column: place.1, message: tidy(&message), help };
            (name.is_none(), problem)
        })
        .collect();
    problems.sort_by(|(_, one), (_, other)| one.cmp(other));
    // After the first syntax error of a file, the others follow from it.
    let mut with_syntax = BTreeSet::new();
    problems.retain(|(is_syntax, problem)| !*is_syntax || with_syntax.insert(problem.path.clone()));
    let mut problems: Vec<Problem> = problems.into_iter().map(|(_, problem)| problem).collect();
    problems.dedup();
    problems
}

/// What to do about an error, by its name.
fn help(name: Option<&str>, message: &str) -> Option<&'static str> {
    Some(match name {
        Some("UndefinedArgument") => "remove the argument, or use one that the field takes",
        Some("UndefinedDirective") => "use `@include`, `@skip`, or a directive of the schema",
        Some("UndefinedVariable") => "declare it behind the name of the operation: `($name: Type)`",
        Some("UndefinedFragment") => "define the fragment, in any document of the folder",
        Some("UndefinedEnumValue") => "use a value of the enum",
        Some("UndefinedInputValue") => "remove the field, or use one of the input type",
        Some("UniqueVariable" | "UniqueArgument" | "UniqueInputValue" | "UniqueDirective") => "remove one of the two",
        Some("RequiredArgument") => "add the argument",
        Some("RequiredField") => "add the field to the input",
        Some("VariableInputType") => "use a scalar, an enum or an input type",
        Some("UnusedVariable") => "use it in an argument, or remove it",
        Some("UnusedFragment") => "use it in an operation, or remove it",
        Some("UnsupportedLocation") => "move the directive to a place that the schema allows",
        Some("UnsupportedValueType" | "IntCoercionError" | "FloatCoercionError") => {
            "write a value of the expected type"
        }
        Some("MissingSubselection") => "select fields: `{ id }`",
        Some("SubselectionOnScalarType" | "SubselectionOnEnumType") => "remove its selection set",
        Some("InvalidFragmentTarget") => "use the fragment on an object type, an interface or a union",
        Some("InvalidFragmentSpread") => "no value can have both types: remove the spread, or correct its type",
        Some("DisallowedVariableUsage") => "declare the variable with the type of the argument",
        Some("RecursiveFragmentDefinition") => "remove the recursive spread",
        Some("OperationNameCollision" | "FragmentNameCollision") => "rename one of the two",
        Some("UndefinedRootOperation") => "use an operation that the schema has a root type for",
        Some("TypeSystemDefinition") => "a query document holds operations and fragments; move the type to the schema",
        Some("ConflictingFieldType" | "ConflictingFieldName" | "ConflictingFieldArgument") => {
            "give one of them another alias"
        }
        Some("RecursionError" | "RecursionLimitError") => "nest the selection less deeply",
        _ if message.contains("EOF") || message.contains("unterminated") => {
            "close what is open: `{`, `(`, `[` or a string"
        }
        _ => return None,
    })
}

/// Tokens of the parser in words.
fn in_words(message: &str) -> String {
    const WORDS: [(&str, &str); 16] = [
        ("R_CURLY", "`}`"),
        ("L_CURLY", "`{`"),
        ("R_PAREN", "`)`"),
        ("L_PAREN", "`(`"),
        ("R_BRACK", "`]`"),
        ("L_BRACK", "`[`"),
        ("COLON", "`:`"),
        ("DOLLAR", "`$`"),
        ("EQ", "`=`"),
        ("BANG", "`!`"),
        ("SPREAD", "`...`"),
        ("<EOF>", "the end of the file"),
        ("EOF", "the end of the file"),
        ("syntax error: ", ""),
        ("StringValue, Name or OperationDefinition", "`query`, `mutation`, `fragment` or a definition"),
        ("Selection Set", "selection in braces"),
    ];
    WORDS.iter().fold(message.to_owned(), |text, (token, words)| text.replace(token, words))
}

/// One sentence on one line, with names in backticks as in all other messages. What to do about it is the help.
fn tidy(message: &str) -> String {
    let message = message.replace('"', "`").split_whitespace().collect::<Vec<_>>().join(" ");
    let first = message.split(". ").next().unwrap_or(&message).trim_end_matches('.');
    // The parser names a token that it did not expect as it stands in the text.
    match first.split_once(", got ") {
        Some((before, token)) if !token.contains(' ') && !token.contains('`') => format!("{before}, got `{token}`"),
        _ => first.to_owned(),
    }
}

/// The field or type that was probably meant. The message quotes the requested name, and its type behind it.
fn suggestion(context: &Context<'_>, message: &str) -> Option<String> {
    let schema = context.schema?;
    let mut quoted = message.split(['"', '`']).skip(1).step_by(2);
    let (asked, owner) = (quoted.next()?, quoted.next());
    if !asked.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return None;
    }
    // The owner of an argument is a coordinate, `Type.field`.
    let owner = owner.map(|owner| owner.split_once('.').map_or((owner, None), |(ty, field)| (ty, Some(field))));
    let known: Vec<&str> = match owner {
        Some((ty, Some(field))) => {
            let field = schema.type_field(ty, field.trim_end_matches(|c: char| !c.is_alphanumeric())).ok()?;
            field.arguments.iter().map(|argument| argument.name.as_str()).collect()
        }
        Some((ty, None)) => match schema.types.get(ty)? {
            ExtendedType::Object(object) => object.fields.keys().map(AsRef::as_ref).collect(),
            ExtendedType::Interface(interface) => interface.fields.keys().map(AsRef::as_ref).collect(),
            ExtendedType::InputObject(input) => input.fields.keys().map(AsRef::as_ref).collect(),
            ExtendedType::Enum(values) => values.values.keys().map(AsRef::as_ref).collect(),
            _ => return None,
        },
        None if message.starts_with("Unknown fragment") => context.fragments.clone(),
        None if message.starts_with("Unknown type") => schema.types.keys().map(AsRef::as_ref).collect(),
        None => return None,
    };
    closest(asked, known).map(|name| format!("did you mean `{name}`?"))
}

/// The name that is closest to another, if it is close enough for a typing error.
pub(crate) fn closest<'a>(asked: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = 1 + asked.chars().count() / 3;
    let distance = |name: &str| strsim::damerau_levenshtein(&asked.to_lowercase(), &name.to_lowercase());
    let near = known.into_iter().map(|name| (distance(name), name)).filter(|(distance, _)| *distance <= limit);
    near.min().map(|(_, name)| name).filter(|name| *name != asked)
}
