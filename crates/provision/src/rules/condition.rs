//! The conditions of rules: `department = "Sales" and not (country in ["DE", "AT"] or site is empty)`.

use std::str::FromStr;

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization as _;
use winnow::ascii::{Caseless, multispace0};
use winnow::combinator::{alt, cut_err, delimited, fail, not, opt, preceded, separated, terminated};
use winnow::error::{StrContext, StrContextValue};
use winnow::token::{one_of, take_till, take_while};
use winnow::{ModalResult, Parser as _};

/// A condition on the attributes of a user: the columns of a roster, by their headings, or the fields of a user.
///
/// Texts are compared without case. `=`, `!=`, `in [...]`, `not in [...]`, `is empty` and `is not empty` are combined with
/// `and`, `or`, `not` and parentheses; `and` goes before `or`. A heading with spaces is written between backticks. An attribute
/// with several values, as JSON can have it, equals a text if any of its values does.
///
/// ```
/// use thought_industries_provision::Condition;
///
/// let condition: Condition = r#"department = "Sales" and `Home Country` in ["DE", "AT"]"#.parse()?;
/// assert!(condition.holds(|name| match name {
///     "department" => vec!["SALES".to_owned()],
///     _ => vec!["at".to_owned()],
/// }));
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct Condition(Expression);

#[derive(Debug, Clone, PartialEq)]
enum Expression {
    Any(Vec<Expression>),
    All(Vec<Expression>),
    Not(Box<Expression>),
    /// The attribute has one of these values.
    Is(String, Vec<String>),
    Empty(String),
}

/// How deep parentheses and `not` may be nested.
const DEEPEST: usize = 64;

impl Condition {
    /// Whether it holds. `values` are those of an attribute; none if it is empty.
    pub fn holds(&self, values: impl Fn(&str) -> Vec<String>) -> bool {
        self.0.holds(&|name| {
            let values = values(name).into_iter().map(|value| normal(&value));
            values.filter(|value| !value.is_empty()).collect()
        })
    }

    /// The attributes that it is about.
    pub fn names(&self) -> Vec<&str> {
        self.0.names()
    }
}

impl Expression {
    fn holds(&self, values: &dyn Fn(&str) -> Vec<String>) -> bool {
        match self {
            Self::Any(parts) => parts.iter().any(|part| part.holds(values)),
            Self::All(parts) => parts.iter().all(|part| part.holds(values)),
            Self::Not(part) => !part.holds(values),
            Self::Is(name, wanted) => values(name).iter().any(|value| wanted.contains(value)),
            Self::Empty(name) => values(name).is_empty(),
        }
    }

    fn names(&self) -> Vec<&str> {
        match self {
            Self::Any(parts) | Self::All(parts) => parts.iter().flat_map(Self::names).collect(),
            Self::Not(part) => part.names(),
            Self::Is(name, _) | Self::Empty(name) => vec![name],
        }
    }

    fn negated_if(self, is_negated: bool) -> Self {
        if is_negated { Self::Not(Box::new(self)) } else { self }
    }
}

/// A text as it is compared.
fn normal(text: &str) -> String {
    text.trim().nfc().flat_map(char::to_lowercase).collect()
}

impl FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let whole = preceded(multispace0, |input: &mut &str| any(input, 0));
        let end = winnow::combinator::eof.context(expected("`and`, `or` or the end"));
        terminated(whole, cut_err(end)).parse(text).map(Self).map_err(|error| {
            let (before, rest) = text.split_at_checked(error.offset()).unwrap_or((text, ""));
            let reason = error.inner().context().find_map(|context| match context {
                StrContext::Expected(value) => Some(value.to_string()),
                _ => None,
            });
            let found = match rest.split_whitespace().next() {
                Some(word) => format!("`{word}`"),
                None => "the end".to_owned(),
            };
            let reason = reason.unwrap_or_else(|| "a condition".to_owned());
            format!("at character {}: expected {reason}, found {found}", before.chars().count() + 1)
        })
    }
}

impl TryFrom<String> for Condition {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

fn expected(what: &'static str) -> StrContext {
    StrContext::Expected(StrContextValue::Description(what))
}

fn any(input: &mut &str, depth: usize) -> ModalResult<Expression> {
    let parts = separated(1.., |input: &mut &str| all(input, depth), keyword("or"));
    parts.map(|parts: Vec<Expression>| single(parts, Expression::Any)).parse_next(input)
}

fn all(input: &mut &str, depth: usize) -> ModalResult<Expression> {
    let parts = separated(1.., |input: &mut &str| term(input, depth), keyword("and"));
    parts.map(|parts: Vec<Expression>| single(parts, Expression::All)).parse_next(input)
}

fn single(mut parts: Vec<Expression>, several: impl Fn(Vec<Expression>) -> Expression) -> Expression {
    match (parts.pop(), parts.is_empty()) {
        (Some(one), true) => one,
        (last, _) => {
            parts.extend(last);
            several(parts)
        }
    }
}

fn term(input: &mut &str, depth: usize) -> ModalResult<Expression> {
    if depth > DEEPEST {
        return cut_err(fail.context(expected("a condition that is nested less deeply"))).parse_next(input);
    }
    let negated = preceded(keyword("not"), |input: &mut &str| term(input, depth + 1));
    let close = cut_err(symbol(")").context(expected("`)`")));
    let nested = delimited(symbol("("), |input: &mut &str| any(input, depth + 1), close);
    let negated = negated.map(|part| part.negated_if(true));
    // Wherever a term is tried, there has to be one.
    cut_err(alt((negated, nested, comparison)).context(expected("a column, `not` or `(`"))).parse_next(input)
}

fn comparison(input: &mut &str) -> ModalResult<Expression> {
    let name = name.parse_next(input)?;
    let one = || cut_err(text.context(expected("a text in quotes"))).map(|value| vec![value]);
    let items = separated(1.., text, symbol(",")).context(expected("a text in quotes"));
    let open = symbol("[").context(expected("`[`"));
    let close = symbol("]").context(expected("`,` or `]`"));
    let list = cut_err(delimited(open, items, close));
    let is = |is_negated, wanted| Expression::Is(name.clone(), wanted).negated_if(is_negated);
    let empty = cut_err(keyword("empty").context(expected("`empty` or `not empty`")));
    cut_err(
        alt((
            preceded(alt((symbol("=="), symbol("="))), one()).map(|wanted| is(false, wanted)),
            preceded(symbol("!="), one()).map(|wanted| is(true, wanted)),
            (opt(keyword("not")), keyword("in"), list).map(|(negation, (), wanted)| is(negation.is_some(), wanted)),
            (keyword("is"), opt(keyword("not")), empty)
                .map(|((), negation, ())| Expression::Empty(name.clone()).negated_if(negation.is_some())),
        ))
        .context(expected("`=`, `!=`, `in`, `not in` or `is`")),
    )
    .parse_next(input)
}

/// The name of a column, as it is or between backticks.
fn name(input: &mut &str) -> ModalResult<String> {
    const KEYWORDS: [&str; 6] = ["and", "or", "not", "in", "is", "empty"];
    let is_keyword = |word: &str| KEYWORDS.iter().any(|keyword| keyword.eq_ignore_ascii_case(word));
    let bare = take_while(1.., is_of_name).verify(move |word: &str| !is_keyword(word));
    let quoted = delimited("`", take_till(1.., '`'), "`");
    terminated(alt((quoted, bare)), multispace0).map(str::to_owned).parse_next(input)
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '#')
}

/// A text in quotes of either kind.
fn text(input: &mut &str) -> ModalResult<String> {
    let of = |quote: char| delimited(quote, take_till(0.., quote), quote);
    terminated(alt((of('"'), of('\''))), multispace0).map(normal).parse_next(input)
}

fn keyword<'i>(word: &'static str) -> impl winnow::ModalParser<&'i str, (), winnow::error::ContextError> {
    (Caseless(word), not(one_of(is_of_name)), multispace0).void()
}

fn symbol<'i>(symbol: &'static str) -> impl winnow::ModalParser<&'i str, (), winnow::error::ContextError> {
    (symbol, multispace0).void()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn values(name: &str) -> Vec<String> {
        let list = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
        match name {
            "department" => list(&["Sales "]),
            "Home Country" => list(&["de"]),
            "groups" => list(&["a", "B"]),
            _ => list(&[]),
        }
    }

    #[test]
    fn conditions_hold_as_they_read() {
        for (text, holds) in [
            ("department = \"sales\"", true),
            ("department == 'SALES'", true),
            ("department != \"Sales\"", false),
            ("site != \"x\"", true),
            ("`Home Country` in [\"AT\", \"DE\"]", true),
            ("`Home Country` not in [\"AT\", \"DE\"]", false),
            ("groups = \"b\" and groups = \"a\"", true),
            ("site is empty AND department is not empty", true),
            ("site = \"x\" and site = \"x\" or department = \"sales\"", true),
            ("site = \"x\" and (site = \"x\" or department = \"sales\")", false),
            (" NOT ( site = \"x\" ) ", true),
            ("not not site is empty", true),
            ("notes is empty", true),
            ("site = \"\"", false),
        ] {
            let condition: Condition = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(condition.holds(values), holds, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        for (text, reason) in [
            ("", "at character 1: expected a column, `not` or `(`, found the end"),
            ("department", "at character 11: expected `=`, `!=`, `in`, `not in` or `is`, found the end"),
            ("department = Sales", "at character 14: expected a text in quotes, found `Sales`"),
            ("a = \"b\" und c = \"d\"", "at character 9: expected `and`, `or` or the end, found `und`"),
            ("a = \"b\" and", "at character 12: expected a column, `not` or `(`, found the end"),
            ("a in [\"b\" \"c\"]", "at character 11: expected `,` or `]`, found `\"c\"]`"),
            ("a in []", "at character 7: expected a text in quotes, found `]`"),
            ("a in \"b\"", "at character 6: expected `[`, found `\"b\"`"),
            ("(a = \"b\"", "at character 9: expected `)`, found the end"),
            ("ä is \"b\"", "at character 6: expected `empty` or `not empty`, found `\"b\"`"),
            ("a = \"b", "at character 5: expected a text in quotes, found `\"b`"),
        ] {
            assert_eq!(text.parse::<Condition>(), Err(reason.to_owned()), "{text}");
        }
        let deep = "(".repeat(100_000);
        let error = deep.parse::<Condition>().expect_err("too deep");
        assert!(error.starts_with("at character 66: expected a condition that is nested less deeply"), "{error}");
    }

    fn expression() -> impl Strategy<Value = Expression> {
        let name = "[a-z]{1,3}( [a-z]{1,3})?"
            .prop_filter("no keyword", |name: &String| !matches!(name.as_str(), "and" | "or" | "not" | "in" | "is"));
        let value = "[a-z é\"]{0,4}".prop_map(|value| normal(&value));
        let leaf = prop_oneof![
            (name.clone(), prop::collection::vec(value, 1..3)).prop_map(|(name, wanted)| Expression::Is(name, wanted)),
            name.prop_map(Expression::Empty),
        ];
        leaf.prop_recursive(4, 24, 3, |inner| {
            let several = prop::collection::vec(inner.clone(), 2..4);
            prop_oneof![
                several.clone().prop_map(Expression::Any),
                several.prop_map(Expression::All),
                inner.prop_map(|part| Expression::Not(Box::new(part))),
            ]
        })
    }

    /// An expression as it is written, with no more parentheses than it needs.
    fn written(expression: &Expression, is_part: bool) -> String {
        let quoted = |value: &String| if value.contains('"') { format!("'{value}'") } else { format!("\"{value}\"") };
        let joined = |parts: &[Expression], word: &str| {
            let text = parts.iter().map(|part| written(part, true)).collect::<Vec<_>>().join(word);
            if is_part { format!("({text})") } else { text }
        };
        match expression {
            Expression::Any(parts) => joined(parts, " or "),
            Expression::All(parts) => joined(parts, " and "),
            Expression::Not(part) => format!("not {}", written(part, true)),
            Expression::Is(name, wanted) => match wanted.as_slice() {
                [one] => format!("`{name}`={}", quoted(one)),
                several => format!("`{name}` in [{}]", several.iter().map(quoted).collect::<Vec<_>>().join(" , ")),
            },
            Expression::Empty(name) => format!("`{name}` is empty"),
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(expression in expression()) {
            let text = written(&expression, false);
            prop_assert_eq!(text.parse::<Condition>(), Ok(Condition(expression)), "{}", text);
        }

        #[test]
        fn any_text_is_a_condition_or_an_error(text in "[a-c=!'\"`()\\[\\], notiremp]{0,40}") {
            _ = text.parse::<Condition>();
        }
    }
}
