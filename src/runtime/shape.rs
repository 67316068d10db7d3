//! The JSON types that selected fields may have, and lossless conversions to them.

use serde_json::{Number, Value};
use thought_industries_spec::{Leaf, Shape};

use super::scalar::Date;

/// The value in a shape, converted if that loses nothing; `Err` describes the types otherwise.
pub(crate) fn fit(shape: Shape, value: Value) -> Result<Value, String> {
    let found = describe(&value);
    converted(value, shape.leaf, shape.depth).ok_or_else(|| format!("{found} instead of {}", name(shape)))
}

fn name(shape: Shape) -> &'static str {
    match (shape.depth, shape.leaf) {
        (1.., Leaf::Object) => "a list of objects",
        (1.., _) => "a list of values",
        (0, Leaf::Object) => "an object",
        (0, Leaf::Text) => "text",
        (0, Leaf::Integer) => "a whole number",
        (0, Leaf::Number) => "a number",
        (0, Leaf::Flag) => "true or false",
        (0, Leaf::Date) => "a date",
        (0, Leaf::Any) => "a value",
    }
}

/// The type of a value, for messages. Never the value.
fn describe(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(items) if items.iter().any(Value::is_object) => "a list with objects",
        Value::Array(items) if items.iter().any(Value::is_string) => "a list with strings",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn converted(value: Value, leaf: Leaf, depth: u8) -> Option<Value> {
    match (value, depth) {
        (Value::Null, _) => Some(Value::Null),
        (value, _) if leaf == Leaf::Any => Some(value),
        // A list without one of its entries would look complete, so an entry that does not fit drops all of it.
        (Value::Array(items), 1..) => {
            items.into_iter().map(|item| converted(item, leaf, depth - 1)).collect::<Option<Vec<_>>>().map(Value::Array)
        }
        (value, 0) => convert(value, leaf),
        _ => None,
    }
}

fn convert(value: Value, leaf: Leaf) -> Option<Value> {
    match (leaf, value) {
        (Leaf::Object, value @ Value::Object(_))
        | (Leaf::Text, value @ Value::String(_))
        | (Leaf::Number, value @ Value::Number(_))
        | (Leaf::Flag, value @ Value::Bool(_))
        | (Leaf::Any, value) => Some(value),
        (Leaf::Text, Value::Number(number)) => Some(Value::String(number.to_string())),
        (Leaf::Text, Value::Bool(flag)) => Some(Value::String(flag.to_string())),
        (Leaf::Integer, Value::Number(number)) => integer(&number).map(Value::from),
        (Leaf::Integer, Value::String(text)) => text.trim().parse::<i64>().ok().map(Value::from),
        (Leaf::Number, Value::String(text)) => {
            let number = text.trim().parse::<f64>().ok()?;
            Number::from_f64(number).map(Value::Number)
        }
        (Leaf::Flag, Value::String(text)) => text.trim().parse::<bool>().ok().map(Value::Bool),
        (Leaf::Flag, Value::Number(number)) => match number.as_u64()? {
            0 => Some(Value::Bool(false)),
            1 => Some(Value::Bool(true)),
            _ => None,
        },
        (Leaf::Date, Value::String(text)) => text.parse::<Date>().is_ok().then_some(Value::String(text)),
        // Epoch milliseconds, as production sends them for events.
        (Leaf::Date, Value::Number(number)) => {
            let date = Date::from_millisecond(integer(&number)?)?;
            Some(Value::String(date.to_string()))
        }
        _ => None,
    }
}

/// The number, if it is whole.
#[expect(clippy::cast_possible_truncation, reason = "checked: the float is whole and within 53 bits")]
fn integer(number: &Number) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let whole = |float: f64| (float.fract() == 0.0 && float.abs() < EXACT).then_some(float as i64);
    number.as_i64().or_else(|| number.as_f64().and_then(whole))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn fitted(leaf: Leaf, depth: u8, value: Value) -> Result<Value, String> {
        fit(Shape { leaf, depth }, value)
    }

    #[test]
    fn values_are_converted_if_that_loses_nothing() {
        for (leaf, from, to) in [
            (Leaf::Number, json!("0.00"), json!(0.0)),
            (Leaf::Integer, json!("25"), json!(25)),
            (Leaf::Integer, json!(25.0), json!(25)),
            (Leaf::Text, json!(4711), json!("4711")),
            (Leaf::Text, json!(true), json!("true")),
            (Leaf::Flag, json!("false"), json!(false)),
            (Leaf::Flag, json!(1), json!(true)),
            (Leaf::Date, json!(1_704_067_200_000_i64), json!("2024-01-01T00:00:00.000Z")),
            (Leaf::Date, json!("2024-01-01T00:00:00Z"), json!("2024-01-01T00:00:00Z")),
            (Leaf::Any, json!({ "a": [1] }), json!({ "a": [1] })),
        ] {
            assert_eq!(fitted(leaf, 0, from.clone()), Ok(to), "{from}");
            assert_eq!(fitted(leaf, 0, Value::Null), Ok(Value::Null));
        }
        assert_eq!(fitted(Leaf::Text, 1, json!([1, "a", null])), Ok(json!(["1", "a", null])));
    }

    #[test]
    fn what_does_not_fit_is_described_by_its_type() {
        for (leaf, depth, value, expected) in [
            (Leaf::Number, 0, json!("a lot"), "a string instead of a number"),
            (Leaf::Integer, 0, json!(2.5), "a number instead of a whole number"),
            (Leaf::Text, 0, json!(["x"]), "a list with strings instead of text"),
            (Leaf::Flag, 0, json!("yes"), "a string instead of true or false"),
            (Leaf::Date, 0, json!("soon"), "a string instead of a date"),
            (Leaf::Object, 0, json!("x"), "a string instead of an object"),
            (Leaf::Object, 1, json!(["x", "y"]), "a list with strings instead of a list of objects"),
            (Leaf::Object, 1, json!([{}, "y"]), "a list with objects instead of a list of objects"),
            (Leaf::Text, 1, json!("x"), "a string instead of a list of values"),
        ] {
            assert_eq!(fitted(leaf, depth, value.clone()), Err(expected.to_owned()), "{value}");
        }
    }

    proptest! {
        /// A number that is shown as text is the same number, and an id that is shown as a number is the same id.
        #[test]
        fn conversions_lose_nothing(number in any::<i64>(), float in -1e12_f64..1e12) {
            prop_assert_eq!(fitted(Leaf::Text, 0, json!(number)), Ok(json!(number.to_string())));
            prop_assert_eq!(fitted(Leaf::Integer, 0, json!(number.to_string())), Ok(json!(number)));
            prop_assert_eq!(fitted(Leaf::Number, 0, json!(float.to_string())), Ok(json!(float)));
        }
    }
}
